"""What has been kept long enough goes: exactly that, and it is recorded."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some

from accounts import facts, holds, retention
from accounts.models import AuditEvent
from conversations.models import Conversation, IndexEntry
from conversations.services import conversations, expiring, files
from tests.attaching import read_all, send, upload
from tests.contracts.aging import DAY, NOW, TICK, aged, everything, expire_all, runs
from tests.factories import create_reply

pytestmark = [pytest.mark.database, pytest.mark.django_db]

# --- exactly what is overdue
AGES = some.sampled_from(
    [days * DAY + off for days in (1, 5, 30) for off in (-TICK, TICK, DAY / 2)]
)
TALKS = some.lists(
    some.fixed_dictionaries(
        {
            "made": AGES,
            "used": AGES,
            "deleted": some.none() | AGES,
            "pinned": some.booleans(),
            "temporary": some.booleans(),
            "held": some.booleans(),
            "live": some.booleans(),
        }
    ),
    max_size=6,
)
DAYS = some.none() | some.sampled_from([1, 5, 30])
RULES = some.fixed_dictionaries(
    {
        "normal": some.tuples(DAYS, some.sampled_from(["fixed", "sliding"])),
        "temporary": some.tuples(DAYS, some.sampled_from(["fixed", "sliding"])),
        "pinned": some.tuples(DAYS, some.sampled_from(["fixed", "sliding"])),
        "trash": some.tuples(DAYS, some.just("fixed")),
    }
)


def is_overdue(talk: dict[str, Any], rules: dict[str, Any]) -> bool:
    """The rules in other words."""
    if talk["held"] or talk["live"]:
        return False
    kind = "temporary" if talk["temporary"] else "normal"
    kind = "trash" if talk["deleted"] else "pinned" if talk["pinned"] else kind
    days, mode = rules[kind]
    age = talk["deleted"] or (talk["made"] if mode == "fixed" else talk["used"])
    return days is not None and age > days * DAY


OLD = {"made": 30 * DAY + TICK, "used": 30 * DAY + TICK, "deleted": None}
PLAIN = {"pinned": False, "temporary": False, "held": False, "live": False}


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(talks=TALKS, rules=RULES)
@example(
    talks=[OLD | PLAIN, OLD | PLAIN | {"live": True}, OLD | PLAIN | {"held": True}],
    rules={
        "normal": (30, "sliding"),
        "temporary": (1, "fixed"),
        "pinned": (None, "fixed"),
        "trash": (30, "fixed"),
    },
)
def test_exactly_the_overdue_go(alice, bob, talks, rules):
    with transaction.atomic():
        holds.place(bob, "case-7", by=None)
        for name, (days, mode) in rules.items():
            retention.change(name, days, mode, by=None)
        stay, go = set(), set()
        for talk in talks:
            row = aged(
                bob if talk["held"] else alice,
                made=talk["made"],
                used=talk["used"],
                deleted_at=NOW - talk["deleted"] if talk["deleted"] else None,
                pinned_at=NOW if talk["pinned"] else None,
                temporary=talk["temporary"],
            )
            if talk["live"]:
                create_reply(row, "", status="running")
            (go if is_overdue(talk, rules) else stay).add(row.id)
            assert_told(row.id, talk, rules)

        gone = expire_all()

        left = set(Conversation.objects.values_list("id", flat=True))
        assert left == stay
        assert sum(gone.values()) == len(go)
        assert runs() == ([gone] if go else [])
        transaction.set_rollback(True)


def assert_told(row_id, talk, rules) -> None:
    """Pages say when it goes, and that is when it goes."""
    row = Conversation.objects.get(id=row_id)
    until = expiring.kept_until([row]).get(row.id)
    if not talk["live"]:
        assert (until is not None and until < NOW) == is_overdue(talk, rules)


def test_the_rest_is_as_it_was_byte_for_byte(alice, bob):
    retention.change("normal", 10, "sliding", by=None)
    aged(bob, made=9 * DAY), aged(alice, made=20 * DAY, used=DAY)
    facts.remember(alice.pk, "harbour", "Odda")
    before = everything()
    assert before["message"] and before["turn"] and before["fact"]
    for person in (alice, bob, alice):
        aged(person, made=11 * DAY)

    assert expire_all() == {"normal": 3}

    assert everything() == before


def test_nothing_is_left_of_what_went(alice, monkeypatch):
    posted = send(alice, upload(alice))
    read_all()
    files.File.objects.update(created=NOW)
    Conversation.objects.update(updated=NOW - 8 * DAY)
    conversation = Conversation.objects.get(id=posted.conversation)
    conversation.turns.update(status="complete")
    assert IndexEntry.objects.filter(kind="p").exists()
    retention.change("normal", 7, "sliding", by=None)

    expire_all()

    content = set(apps.get_app_config("conversations").models) - {"languagemodel"}
    left = {name for name in content if everything()[name]}
    assert left <= {"spending", "charge"}  # what it cost was still spent


# --- runs
def test_a_second_run_changes_nothing_and_is_not_recorded(alice, bob):
    retention.change("normal", 10, "sliding", by=None)
    aged(alice, made=11 * DAY)
    aged(bob, made=40 * DAY, deleted_at=NOW - 31 * DAY)

    assert expiring.expire_some(NOW) == {"normal": 1, "trash": 1}
    before = everything()

    assert expiring.expire_some(NOW) == {}
    assert everything() == before
    assert runs() == [{"normal": 1, "trash": 1}]


def test_nothing_to_do_writes_nothing(alice, django_assert_num_queries):
    aged(alice, made=11 * DAY)

    with django_assert_num_queries(3):  # rules; temporary ones, trash
        assert expiring.expire_some(NOW) == {}


def test_much_goes_in_pieces_and_a_run_that_is_broken_off_goes_on(alice, monkeypatch):
    monkeypatch.setattr(expiring, "AT_ONCE", 2)
    retention.change("normal", 10, "sliding", by=None)
    for _ in range(5):
        aged(alice, made=11 * DAY)

    assert expiring.expire_some(NOW) == {"normal": 2}
    assert Conversation.objects.count() == 3
    assert expire_all() == {"normal": 3}
    assert runs() == [{"normal": 2}, {"normal": 2}, {"normal": 1}]


def test_long_conversations_go_few_at_a_time(alice, monkeypatch):
    monkeypatch.setattr(expiring, "MESSAGES", 5)
    retention.change("normal", 10, "sliding", by=None)
    for _ in range(3):
        aged(alice, made=11 * DAY)
    Conversation.objects.update(message_count=4)

    assert expiring.expire_some(NOW) == {"normal": 1}


def test_what_fails_leaves_everything_and_no_record(alice, monkeypatch):
    retention.change("normal", 10, "sliding", by=None)
    aged(alice, made=11 * DAY), aged(alice, made=12 * DAY)
    before, events = everything(), AuditEvent.objects.count()
    destroy, calls = conversations.destroy, []

    def dies(conversation):
        calls.append(conversation)
        if len(calls) == 2:
            raise KeyboardInterrupt
        destroy(conversation)

    monkeypatch.setattr(conversations, "destroy", dies)
    with pytest.raises(KeyboardInterrupt):
        expiring.expire_some(NOW)

    assert everything() == before
    assert AuditEvent.objects.count() == events


def test_what_is_used_again_in_the_last_moment_stays(alice, monkeypatch):
    retention.change("normal", 10, "sliding", by=None)
    talk = aged(alice, made=11 * DAY)
    aged(alice, made=11 * DAY)
    lock = expiring._lock

    def written(conversation_id):
        """Somebody wrote between the look and the lock."""
        Conversation.objects.filter(id=talk.id).update(updated=NOW)
        return lock(conversation_id)

    monkeypatch.setattr(expiring, "_lock", written)

    assert expiring.expire_some(NOW) == {"normal": 1}
    assert [*Conversation.objects.all()] == [talk]


def test_a_turn_that_begins_in_the_last_moment_keeps_it(alice, monkeypatch):
    retention.change("normal", 10, "sliding", by=None)
    talk = aged(alice, made=11 * DAY)
    lock = expiring._lock

    def asked(conversation_id):
        create_reply(talk, "", status="queued")
        return lock(conversation_id)

    monkeypatch.setattr(expiring, "_lock", asked)

    assert expiring.expire_some(NOW) == {}
    assert Conversation.objects.filter(id=talk.id).exists()


def test_a_rule_that_is_changed_holds_from_the_next_run(alice):
    aged(alice, made=11 * DAY)
    assert expire_all() == {}

    retention.change("normal", 11, "fixed", by=None)
    assert expire_all(NOW - TICK) == {}
    assert expire_all(NOW + TICK) == {"normal": 1}
