"""What a hold keeps; and files, memories and the audit log, which go by themselves."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts import core_memory, facts, holds, retention
from accounts.models import AuditEvent, CoreMemory, Fact, RetentionRule
from conversations.models import Conversation, File, FilePart, Passage
from conversations.services import conversations, expiring, files
from tests.attaching import read_all, send, upload
from tests.contracts.aging import DAY, NOW, aged, expire_all

pytestmark = [pytest.mark.database, pytest.mark.django_db]


# --- holds
def test_a_hold_keeps_everything_of_a_person_until_it_is_lifted(alice, bob):
    for name in ("normal", "temporary", "pinned", "files"):
        retention.change(name, 1, "fixed", by=None)
    retention.change("memories", 1, "fixed", by=None)
    hold = holds.place(alice, "case-7", by=None)
    for person in (alice, bob):
        aged(person, made=2 * DAY)
        aged(person, made=40 * DAY, deleted_at=NOW - 31 * DAY)
        facts.remember(person.pk, "harbour", "Odda")
    Fact.objects.update(created=NOW - 2 * DAY)

    assert expire_all() == {"normal": 1, "trash": 1, "memories": 1}
    assert {talk.owner_id for talk in Conversation.objects.all()} == {alice.pk}

    holds.lift(hold.id, by=None)
    assert expire_all() == {"normal": 1, "trash": 1, "memories": 1}


def test_who_is_held_cannot_delete_for_good(alice):
    talk = aged(alice, made=DAY, deleted_at=NOW)
    hold = holds.place(alice, "case-7", by=None)

    with pytest.raises(conversations.Refused, match="stays in the trash"):
        conversations.erase(by=alice.pk, conversation_id=talk.id)
    assert talk.messages.count() == 2

    holds.lift(hold.id, by=None)
    conversations.erase(by=alice.pk, conversation_id=talk.id)
    assert not Conversation.objects.exists()


def test_an_upload_of_who_is_held_is_not_purged(alice, bob):
    upload(alice), upload(bob)
    holds.place(alice, "case-7", by=None)

    files.purge_unsent(NOW + 2 * DAY)

    assert [file.owner_id for file in File.objects.all()] == [alice.pk]


# --- files and memories
@pytest.mark.parametrize(("mode", "goes"), [("fixed", True), ("sliding", False)])
def test_files_go_out_of_conversations_that_stay(alice, mode, goes):
    posted = send(alice, upload(alice))
    read_all()
    talk = Conversation.objects.get(id=posted.conversation)
    talk.turns.update(status="complete")
    File.objects.update(created=NOW - 9 * DAY)
    Conversation.objects.update(updated=NOW)
    retention.change("files", 8, mode, by=None)

    assert expire_all() == ({"files": 1} if goes else {})

    assert talk.messages.count() == 2
    for model in (File, FilePart, Passage):
        assert model.objects.exists() is not goes


def test_files_stay_while_their_question_is_answered(alice):
    posted = send(alice, upload(alice))
    File.objects.update(created=NOW - 9 * DAY)
    retention.change("files", 8, "fixed", by=None)

    assert expire_all() == {}

    Conversation.objects.get(id=posted.conversation).turns.update(status="complete")
    assert expire_all() == {"files": 1}


def test_each_memory_goes_by_its_own_age(alice):
    facts.remember(alice.pk, "boat", "Ran")
    core_memory.write(alice.pk, "person", "Sails.")
    for model in (Fact, CoreMemory):
        model.objects.update(created=NOW - 9 * DAY)
    facts.remember(alice.pk, "boat", "Njord")
    retention.change("memories", 8, "fixed", by=None)

    assert expire_all() == {"memories": 2}

    assert [fact.value for fact in facts.known(alice.pk)] == ["Njord"]
    assert core_memory.current(alice.pk) == {}
    assert RetentionRule.objects.count() == 1


# --- the audit log
def test_the_audit_log_is_trimmed_once_a_day(alice, monkeypatch):
    later = NOW + timedelta(days=401)
    before = AuditEvent.objects.count()
    assert expiring.trim_audit(NOW) == 0

    assert expiring.trim_audit(later) == before
    assert AuditEvent.objects.get().action == "accounts.audit_trimmed"

    monkeypatch.setattr(expiring, "TRIM_EVERY", timedelta(days=500))
    assert expiring.trim_audit(later + DAY) == 0
    assert expiring.trim_audit(later + DAY, at_once=True) == 1


def test_a_log_that_is_kept_for_ever_is_not_trimmed(alice):
    retention.change("audit", None, "fixed", by=None)

    assert expiring.trim_audit(NOW + timedelta(days=9_000), at_once=True) == 0
