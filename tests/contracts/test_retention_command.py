"""``manage.py retention``, and what the server does of itself."""

from __future__ import annotations

import io
import uuid
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone

from accounts import holds, retention
from accounts.models import AuditEvent
from conversations import upkeep
from conversations.models import ColdPart, Conversation
from conversations.services import expiring
from conversations.store import Store
from tests.base import make_person
from tests.factories import create_conversation

pytestmark = [pytest.mark.database, pytest.mark.django_db]
NOW = timezone.now()


def run(*words: str) -> list[str]:
    out = io.StringIO()
    call_command("retention", *words, stdout=out)
    return out.getvalue().splitlines()


def line(told: list[str], begins: str) -> list[str]:
    """The cells of a line of the table."""
    (found,) = [each for each in told if each.startswith(f"{begins}  ")]
    return [cell.strip() for cell in found.split("  ") if cell.strip()]


def aged(owner, days: int, **fields) -> Conversation:
    at = NOW - timedelta(days=days)
    talk = create_conversation(owner, messages=2, created=at, **fields)
    Conversation.objects.filter(id=talk.id).update(updated=at)
    return talk


@pytest.fixture
def some(alice, bob) -> None:
    """Something of most classes."""
    retention.change("normal", 300, "fixed", by=None)
    aged(alice, 301), aged(bob, 302), aged(alice, 200)
    aged(alice, 40, deleted_at=NOW - timedelta(days=31))
    aged(alice, 8, temporary=True)
    holds.place(bob, "case-7", by=None)


def test_a_dry_run_tells_and_changes_nothing(some):
    before = list(Conversation.objects.values_list("id", "cold_at"))
    events = AuditEvent.objects.count()

    told = run("--dry-run")

    oldest = f"{NOW - timedelta(days=301):%Y-%m-%d}"
    kept = "300 days since it was made"
    assert line(told, "Conversations") == ["Conversations", kept, "1", oldest, "1"]
    assert line(told, "Trash")[1:3] == ["30 days since it was deleted", "1"]
    assert line(told, "Temporary conversations")[1:3] == [
        "7 days since it was last used",
        "1",
    ]
    assert line(told, "Pinned conversations")[1:] == ["for ever", "0", "0"]
    assert told[-2:] == ["Legal holds: 1.", "Nothing was changed."]
    assert list(Conversation.objects.values_list("id", "cold_at")) == before
    assert AuditEvent.objects.count() == events


def test_a_run_does_it_and_tells(some):
    told = run()

    assert told[-4:] == [
        "Temporary conversations: 1 removed.",
        "Conversations: 1 removed.",
        "Trash: 1 removed.",
        "Conversations moved to cold storage: 2.",
    ]
    assert Conversation.objects.count() == ColdPart.objects.count() == 2
    ran = AuditEvent.objects.get(action="accounts.retention_ran")
    assert ran.details == {"temporary": 1, "normal": 1, "trash": 1}
    assert (ran.actor, ran.subject_id) == (None, "")

    again = run()
    assert again[-1] == "Nothing was removed."
    assert "Removing" not in "".join(again)


def test_the_bar_reaches_its_end(some):
    bar = [each for each in run() if each.startswith("Removing")][-1]

    assert bar.endswith("100 %  3 of 3")


def test_the_audit_log_goes_too(alice):
    retention.change("audit", 1, "fixed", by=None)
    assert not any("Audit log:" in each for each in run())


def test_a_database_that_fails_is_an_error(monkeypatch):
    def fails():
        raise OperationalError("database is locked")

    monkeypatch.setattr(retention, "previews", fails)

    with pytest.raises(CommandError, match="locked"):
        run()


# --- by itself
@pytest.mark.django_db(transaction=True)
async def test_the_server_does_it_of_itself():
    store = Store(uuid.uuid4())

    def prepare() -> None:
        alice = make_person("Alice")
        aged(alice, 200)
        aged(alice, 40, deleted_at=NOW - timedelta(days=31))

    await store.chore(prepare)

    assert await upkeep.expire(store)
    assert not await upkeep.expire(store)
    assert await upkeep.move_cold(store)
    assert not await upkeep.move_cold(store)

    left = await store.chore(lambda: list(Conversation.objects.values("cold_at")))
    assert [row["cold_at"] is None for row in left] == [False]


@pytest.mark.parametrize("piece", [upkeep.expire, upkeep.move_cold])
def test_it_is_looked_for_every_hour(piece):
    assert upkeep.UPKEEP[piece] == upkeep.HOUR


async def test_the_log_is_trimmed_when_there_is_no_more_to_remove(monkeypatch):
    called = []

    class Chores:
        async def chore(self, work):
            called.append(work)
            return {}

    assert not await upkeep.expire(Chores())
    assert called == [expiring.expire_some, expiring.trim_audit]
