"""The session store keeps Django's promises, and some of its own."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core import signing
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from accounts.models import Device, User
from accounts.sessions import purge
from accounts.sessions.purging import AT_ONCE
from accounts.sessions.store import SessionStore
from tests.base import client_of

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def session() -> SessionStore:
    """Stored, with something in it."""
    session = SessionStore()
    session["bread"] = "rye"
    session.save()
    return session


def again(session: SessionStore) -> SessionStore:
    return SessionStore(session.session_key)


def age(key: str, **ago: timedelta) -> None:
    """Let a session be so much older."""
    device = Device.objects.get(key_hash=hashlib.sha256(key.encode()).hexdigest())
    for field, by in ago.items():
        setattr(device, field, getattr(device, field) - by)
    device.save(update_fields=list(ago))


def test_what_is_stored_comes_back(session: SessionStore) -> None:
    assert again(session)["bread"] == "rye"
    assert len(session.session_key) == 32


def test_the_database_does_not_know_the_key(session: SessionStore) -> None:
    (row,) = Device.objects.values_list()

    assert not any(session.session_key in str(value) for value in row)
    key = hashlib.sha256(session.session_key.encode()).hexdigest()
    assert Device.objects.get().key_hash == key
    assert SessionStore(key).load() == {}, "the hash opens nothing"


def test_what_was_signed_for_one_row_means_nothing_in_another(
    session: SessionStore,
) -> None:
    mine = SessionStore()
    mine.create()
    data = Device.objects.exclude(id=_row(mine).id).get().data
    Device.objects.filter(id=_row(mine).id).update(data=data)

    assert again(mine).load() == {}
    assert again(session).load() == {"bread": "rye"}


def _row(session: SessionStore) -> Device:
    key = hashlib.sha256(session.session_key.encode()).hexdigest()
    return Device.objects.get(key_hash=key)


def test_data_that_nobody_signed_is_none(session: SessionStore) -> None:
    Device.objects.update(data=signing.dumps({SESSION_KEY: "me"}))

    assert again(session).load() == {}


@pytest.mark.parametrize("key", [None, "", "short", "a" * 32, "\x00" * 9, "\ud800" * 9])
def test_a_key_that_opens_nothing_is_not_taken_over(key: str | None) -> None:
    """Else an attacker could choose the key of somebody's session."""
    session = SessionStore(key)
    assert session.load() == {}
    session["bread"] = "rye"
    session.save()

    assert session.session_key not in (key, None)


def test_another_key_for_the_same_device(session: SessionStore) -> None:
    before, device = session.session_key, _row(session).id
    session.cycle_key()

    assert session.session_key != before
    assert again(session).load() == {"bread": "rye"}
    assert not SessionStore().exists(before)
    assert SessionStore(before).load() == {}
    assert _row(session).id == device


def test_a_new_session_gets_its_first_key_by_cycling() -> None:
    session = SessionStore()
    session["bread"] = "rye"
    session.cycle_key()

    assert again(session)["bread"] == "rye"


def test_a_session_of_a_person_that_ended_is_not_brought_back(alice: User) -> None:
    session = client_of(alice).session
    assert session[SESSION_KEY] == str(alice.pk)
    Device.objects.all().delete()

    with pytest.raises(SessionInterrupted):
        session.cycle_key()
    with pytest.raises(SessionInterrupted):
        session[HASH_SESSION_KEY] = "x"
    assert not Device.objects.exists()


def test_a_stranger_whose_session_went_gets_another(session: SessionStore) -> None:
    """Two tabs may sign in from one form."""
    other = again(session)
    assert other["bread"] == "rye"
    session.cycle_key()
    other.cycle_key()

    assert again(other)["bread"] == again(session)["bread"] == "rye"


def test_flushing_leaves_nothing(session: SessionStore) -> None:
    before = session.session_key
    session.flush()

    assert (session.session_key, session.is_empty()) == (None, True)
    assert not SessionStore().exists(before)


def test_what_was_deleted_is_not_stored_again(session: SessionStore) -> None:
    session.delete()
    session["bread"] = "wheat"

    with pytest.raises(UpdateError):
        session.save()
    assert not Device.objects.exists()


@pytest.mark.django_db(transaction=True)  # what is not there is seen at the commit
def test_a_session_of_somebody_who_is_gone_is_not_stored(alice: User) -> None:
    session = SessionStore()
    session.create()
    session[SESSION_KEY] = str(alice.pk)
    User.objects.filter(pk=alice.pk).delete()
    with pytest.raises(UpdateError):
        session.save()


def test_deleting_what_is_not_there_is_harmless(session: SessionStore) -> None:
    SessionStore().delete()
    SessionStore().delete("a" * 32)

    assert again(session)["bread"] == "rye"


async def _async_words(key: str) -> tuple[str, dict[str, object]]:
    session = SessionStore(key)
    await session.aset("butter", 1)
    await session.asave()
    await session.acycle_key()
    loaded = await SessionStore(session.session_key).aload()
    await sync_to_async(connections.close_all)()
    return session.session_key, loaded


@pytest.mark.django_db(transaction=True)
def test_the_same_with_await(session: SessionStore) -> None:
    key, loaded = asyncio.run(_async_words(session.session_key))

    assert loaded == {"bread": "rye", "butter": 1}
    assert not SessionStore().exists(session.session_key)
    assert SessionStore().exists(key)


@pytest.mark.parametrize(
    ("field", "days"), [("last_seen", 7), ("created", 30), ("expires", 30)]
)
def test_a_session_ends_when_it_is_idle_or_old(
    field: str, days: int, session: SessionStore
) -> None:
    age(session.session_key, **{field: timedelta(days=days, minutes=-1)})
    assert again(session)["bread"] == "rye"
    age(session.session_key, **{field: timedelta(minutes=2)})

    assert again(session).load() == {}
    purge()
    assert not Device.objects.exists()


def test_the_settings_say_how_long(session: SessionStore, settings) -> None:
    age(session.session_key, last_seen=timedelta(days=2), created=timedelta(days=4))

    settings.SESSION_IDLE_DAYS = 1
    assert again(session).load() == {}
    settings.SESSION_IDLE_DAYS, settings.SESSION_DAYS = 3, 3
    assert again(session).load() == {}
    settings.SESSION_DAYS = 5
    assert again(session).load() == {"bread": "rye"}


def test_a_session_may_be_given_less_time(session: SessionStore) -> None:
    session.set_expiry(timezone.now() + timedelta(hours=1))
    session.save()
    assert again(session)["bread"] == "rye"
    age(session.session_key, expires=timedelta(hours=2))

    assert again(session).load() == {}


def test_more_time_than_the_settings_allow_is_not_had(session: SessionStore) -> None:
    session.set_expiry(timedelta(days=400))
    session.save()
    age(session.session_key, created=timedelta(days=31))

    assert again(session).load() == {}


def test_purging_is_done_in_pieces_and_leaves_the_living(
    session: SessionStore, alice: User
) -> None:
    signed_in = client_of(alice).session
    past = timezone.now() - timedelta(days=8)
    Device.objects.bulk_create(
        Device(key_hash=str(number), last_seen=past, expires=past)
        for number in range(AT_ONCE + 1)
    )

    assert [purge(), purge()] == [True, False]
    assert Device.objects.count() == 2
    User.objects.filter(pk=alice.pk).update(is_active=False)
    call_command("clearsessions")
    assert not SessionStore().exists(signed_in.session_key)
    assert again(session)["bread"] == "rye"


def test_a_row_knows_whose_it_is(alice: User) -> None:
    session = client_of(alice).session
    row = _row(session)

    assert row.person == alice
    assert row.auth_hash == alice.get_session_auth_hash()
    alice.delete()
    assert not Device.objects.exists()


def test_a_page_costs_two_queries_for_knowing_who_asks(
    alice: User, django_assert_num_queries
) -> None:
    client = client_of(alice)
    with django_assert_num_queries(2):
        client.post("/settings/theme/", {"theme": "no such theme"})
