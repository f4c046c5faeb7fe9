"""Rules of retention: what holds, how it is changed, what it would remove."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import facts, holds, retention
from accounts.audit import record
from accounts.audit.recording import pseudonym
from accounts.audit.retention import trim
from accounts.models import AuditEvent, Fact, RetentionRule
from accounts.retention import BadRule, Preview, Rule
from conversations.models import Conversation
from tests.factories import create_conversation

pytestmark = [pytest.mark.database, pytest.mark.django_db]
NOW = timezone.now()


def aged(owner, days: float, **fields) -> Conversation:
    at = NOW - timedelta(days=days)
    return create_conversation(owner, **{"created": at, "updated": at} | fields)


# --- what holds
def test_without_a_decision_the_defaults_hold():
    assert retention.rules() == {
        "temporary": Rule(7, "sliding"),
        "normal": Rule(None, "sliding"),
        "pinned": Rule(None, "sliding"),
        "files": Rule(None, "sliding"),
        "memories": Rule(None, "fixed"),
        "trash": Rule(30, "fixed"),
        "audit": Rule(400, "fixed"),
        "cold": Rule(180, "sliding"),
    }


def test_every_class_has_a_line():
    assert list(retention.CLASSES) == RetentionRule.Class.values


def test_the_settings_decide_for_conversations(settings):
    settings.CONVERSATION_TTL_DAYS, settings.CONVERSATION_TTL_MODE = 90, "fixed"
    assert retention.rule("normal") == Rule(90, "fixed")
    assert retention.rule("temporary") == Rule(7, "fixed")

    settings.CONVERSATION_TTL_DAYS = 3
    assert retention.rule("temporary") == Rule(3, "fixed")  # not longer than others


def test_a_decision_is_over_the_settings(settings):
    settings.CONVERSATION_TTL_DAYS = 90

    retention.change("normal", None, "sliding", by=None)

    assert retention.rule("normal") == Rule(None, "sliding", decided=True)
    assert retention.rules()["normal"] == retention.rule("normal")


def test_rules_cost_one_query(django_assert_num_queries):
    retention.change("trash", 3, "fixed", by=None)
    retention.change("cold", None, "sliding", by=None)

    with django_assert_num_queries(1):
        retention.rules()


# --- changing
def test_a_change_tells_what_held_before_and_is_recorded(admin_person):
    before = retention.change("trash", 10, "fixed", by=admin_person)
    again = retention.change("trash", 10, "fixed", by=admin_person)

    assert (before, again) == (Rule(30, "fixed"), None)
    (event,) = AuditEvent.objects.filter(action="accounts.retention_changed")
    assert event.actor == pseudonym(admin_person.pk)
    assert event.details == {
        "data_class": "trash",
        "days_before": 30,
        "days": 10,
        "mode_before": "fixed",
        "mode": "fixed",
    }


def test_for_ever_is_recorded_as_no_number():
    retention.change("audit", None, "fixed", by=None)

    assert AuditEvent.objects.latest("seq").details["days"] is None


@pytest.mark.parametrize(
    ("data_class", "days", "mode"),
    [
        ("normal", 0, "fixed"),
        ("normal", -1, "fixed"),
        ("normal", 36_501, "fixed"),
        ("normal", 10, "never"),
        ("trash", 10, "sliding"),
        ("audit", 10, "sliding"),
        ("memories", 10, "sliding"),
        ("cold", 10, "fixed"),
        ("sessions", 10, "fixed"),
    ],
)
def test_what_makes_no_sense_is_refused(data_class, days, mode):
    with pytest.raises(BadRule):
        retention.change(data_class, days, mode, by=None)
    with pytest.raises(BadRule):
        retention.preview(data_class, days, mode)

    assert not RetentionRule.objects.exists()


# --- previews
def test_a_preview_counts_what_would_go_and_names_the_oldest(alice):
    for days in (5, 20, 40):
        aged(alice, days)
    aged(alice, 50, pinned_at=NOW)
    aged(alice, 50, temporary=True)
    aged(alice, 50, deleted_at=NOW)

    found = retention.preview("normal", 10, "sliding", NOW)

    assert found == Preview(2, False, NOW - timedelta(days=40), 0)
    assert Conversation.objects.count() == 6
    assert retention.preview("normal", None, "sliding", NOW) == Preview()


def test_the_mode_says_what_days_are_counted_from(alice):
    aged(alice, 40, updated=NOW)

    assert retention.preview("normal", 10, "sliding", NOW).count == 0
    assert retention.preview("normal", 10, "fixed", NOW).count == 1


def test_whom_a_hold_is_on_is_told_apart(alice, bob):
    aged(alice, 40), aged(bob, 30)
    holds.place(alice, "case-7", by=None)

    found = retention.preview("normal", 10, "sliding", NOW)

    assert found == Preview(1, False, NOW - timedelta(days=30), held=1)


def test_no_preview_counts_for_ever(alice, monkeypatch):
    monkeypatch.setattr(retention, "COUNTED", 2)
    for days in (20, 30, 40):
        aged(alice, days)

    found = retention.preview("normal", 10, "sliding", NOW)

    assert (found.count, found.more) == (2, True)
    assert not retention.preview("normal", 25, "sliding", NOW).more


def test_memories_count_from_when_they_were_written(alice):
    facts.remember(alice.pk, "harbour", "Odda")
    facts.remember(alice.pk, "boat", "Ran")
    Fact.objects.filter(value__isnull=False).update(created=NOW - timedelta(days=9))
    facts.remember(alice.pk, "boat", "Njord")

    assert retention.preview("memories", 8, "fixed", NOW).count == 2
    assert retention.preview("memories", 10, "fixed", NOW).count == 0


def test_what_was_opened_lately_does_not_move_to_cold_storage(alice):
    aged(alice, 200)
    aged(alice, 200, read_at=NOW - timedelta(days=1))
    aged(alice, 200, read_at=NOW - timedelta(days=190))
    aged(alice, 200, cold_at=NOW)

    assert retention.preview("cold", 180, "sliding", NOW).count == 2


def test_previews_tell_of_every_class(alice):
    aged(alice, 40, deleted_at=NOW - timedelta(days=31))

    found = retention.previews(NOW)

    assert list(found) == RetentionRule.Class.values
    assert found["trash"] == (
        Rule(30, "fixed"),
        Preview(1, False, found["trash"][1].oldest),
    )
    assert sum(preview.count for _, preview in found.values()) == 1


# --- the audit log
LATER = NOW + timedelta(days=500)


def test_the_log_goes_up_to_the_first_event_about_who_is_held(bob, alice):
    record("accounts.signed_in", actor=bob)
    first = AuditEvent.objects.filter(subject_id=pseudonym(alice.pk)).earliest("seq")
    assert (first.seq, first.action) == (2, "accounts.person_added")
    assert retention.audit_cutoff(LATER) == LATER

    holds.place(alice, "case-7", by=None)

    assert retention.audit_cutoff(LATER) == first.time
    assert retention.preview("audit", 1, "fixed", LATER).count == 1


def test_the_log_goes_up_to_the_first_thing_that_who_is_held_did(alice, bob):
    trim(LATER)  # that the account was made, and with what
    record("accounts.signed_in", actor=bob)
    first = record("accounts.signed_in", actor=alice)

    holds.place(alice, "case-7", by=None)

    assert retention.audit_cutoff(LATER) == first.time
