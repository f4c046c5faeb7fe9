"""People's data keys."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

import pytest
from cryptography.fernet import Fernet
from django.db import connections

from accounts import keyring
from accounts.models import DataKey, User
from chatsite.lib.crypto import CannotOpen

pytestmark = pytest.mark.database


@pytest.fixture
def use_master_keys(settings) -> Iterator[Callable[..., None]]:
    """Settings change, and the ring that was made of them with them."""

    def use(*keys: str) -> None:
        settings.MASTER_KEYS, settings.MASTER_KEY_FILE = list(keys), None
        keyring._master_ring.cache_clear()

    yield use
    keyring._master_ring.cache_clear()


def test_a_person_has_a_key_from_the_start(alice: User, bob: User) -> None:
    assert len(keyring.data_key(alice.id)) == 32
    assert keyring.data_key(alice.id) != keyring.data_key(bob.id)


def test_keys_lie_in_their_own_database_only(alice: User) -> None:
    tables = {
        alias: set(connections[alias].introspection.table_names())
        for alias in ("default", "keys")
    }

    assert "accounts_datakey" not in tables["default"]
    assert tables["keys"] == {
        "accounts_datakey",
        "accounts_erasedperson",
        "django_migrations",
    }


def test_the_key_is_stored_wrapped(alice: User) -> None:
    wrapped = bytes(DataKey.objects.get(user_id=alice.id).wrapped)

    assert keyring.data_key(alice.id) not in wrapped


def test_making_a_key_again_changes_nothing(alice: User) -> None:
    before = DataKey.objects.get(user_id=alice.id).wrapped

    keyring.create(alice.id)

    assert bytes(DataKey.objects.get(user_id=alice.id).wrapped) == bytes(before)


def test_a_key_is_looked_up_once(
    alice: User, django_assert_num_queries: Callable
) -> None:
    keyring.forget(alice.id)

    with django_assert_num_queries(1, connection=connections["keys"]):
        assert keyring.data_key(alice.id) == keyring.data_key(alice.id)


def test_a_destroyed_key_is_gone_at_once_where_it_is_forgotten(alice: User) -> None:
    keyring.data_key(alice.id)
    DataKey.objects.all().delete()

    keyring.forget(alice.id)

    with pytest.raises(CannotOpen):
        keyring.data_key(alice.id)


def test_a_destroyed_key_is_gone_everywhere_within_a_minute(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(keyring.time, "monotonic", lambda: now)
    keyring.data_key(alice.id)
    DataKey.objects.all().delete()
    assert len(keyring.data_key(alice.id)) == 32

    now += 60.0

    with pytest.raises(CannotOpen):
        keyring.data_key(alice.id)


def test_nobody_has_no_key(db: None) -> None:
    with pytest.raises(CannotOpen):
        keyring.data_key(uuid.uuid4())


def test_memory_holds_the_keys_used_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "KEPT", 2)
    memory, people = keyring._Memory(), [uuid.uuid4() for _ in range(3)]

    for person in people:
        memory.put(person, person.bytes)

    assert [memory.get(person) for person in people] == [
        None,
        people[1].bytes,
        people[2].bytes,
    ]


def test_an_old_master_key_still_opens_until_it_is_removed(
    use_master_keys: Callable[..., None], db: None
) -> None:
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    use_master_keys(old)
    person = User.objects.create_user("maya@example.org", None)
    key = keyring.data_key(person.id)

    use_master_keys(new, old)
    keyring.forget(person.id)
    assert keyring.data_key(person.id) == key

    use_master_keys(new)
    keyring.forget(person.id)
    with pytest.raises(CannotOpen):
        keyring.data_key(person.id)
