"""Core memory: two blocks in versions, written by person and model, told each turn."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone

from accounts import core_memory, facts
from accounts.models import CoreMemory
from chatsite.lib.fields import MARKER
from conversations.core.context import CoreBlock
from conversations.models import Conversation
from conversations.services import memory_file, preferences, profile, receipts
from tests.base import make_person
from tests.contracts.test_receipts import begun, exact, wire
from tests.factories import create_conversation, create_message

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def now(person) -> dict[str, str]:
    return {label: row.text for label, row in core_memory.current(person.id).items()}


def numbers(person, label="person") -> list[int]:
    return [row.version for row in core_memory.versions(person.id, label)]


# --- writing
def test_what_is_written_is_in_force_and_what_was_is_kept(alice):
    first = core_memory.write(alice.id, "assistant", "Be brief.")
    core_memory.write(alice.id, "person", "Bakes.")
    second = core_memory.write(alice.id, "assistant", "Be long.", source="model")

    assert now(alice) == {"assistant": "Be long.", "person": "Bakes."}
    assert (first.version.version, second.version.version) == (1, 2)
    assert (second.version.source, second.changed) == ("model", True)
    texts = [row.text for row in core_memory.versions(alice.id, "assistant")]
    assert texts == ["Be long.", "Be brief."]


def test_the_same_words_again_change_nothing(alice):
    core_memory.write(alice.id, "person", "Bakes.")

    again = core_memory.write(alice.id, "person", " Bakes.\n")

    assert (again.changed, again.version.version) == (False, 1)
    assert core_memory.write(alice.id, "assistant", "").version is None
    assert CoreMemory.objects.count() == 1


def test_lines_are_kept_and_what_cannot_be_seen_is_not(alice):
    core_memory.write(alice.id, "person", "one\r\n\ttwo\u202e  \n\nthree\x00\ud800\n")

    assert now(alice) == {"person": "one\n two\n\nthree"}


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (lambda by: core_memory.write(by, "person", "x" * 2_001), "2,000 characters"),
        (lambda by: core_memory.append(by, "person", "x" * 1_996), "would be 2,003"),
        (lambda by: core_memory.append(by, "person", " \n"), "Say what"),
        (lambda by: core_memory.replace(by, "person", "cake", "x"), "nowhere"),
        (lambda by: core_memory.replace(by, "person", "", "x"), "nowhere"),
        (lambda by: core_memory.replace(by, "person", "e", "x"), "more than once"),
        (lambda by: core_memory.write(by, "human", "x"), "assistant, person"),
        (lambda by: core_memory.write(by, "person", "x", onto=0), "meanwhile"),
        (lambda by: core_memory.write(by, "person", "x", onto=7), "meanwhile"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(alice, act, told):
    core_memory.write(alice.id, "person", "Cheese")

    with pytest.raises(core_memory.BadMemory, match=told):
        act(alice.id)

    assert now(alice) == {"person": "Cheese"}


def test_a_block_may_be_as_long_as_that(alice):
    core_memory.append(alice.id, "person", "x" * 1_000)
    core_memory.append(alice.id, "person", "y" * 999)

    assert len(now(alice)["person"]) == core_memory.LONGEST


def test_lines_are_added_replaced_and_taken_out(alice):
    core_memory.append(alice.id, "person", "Likes rye.")
    core_memory.append(alice.id, "person", "Bakes at night.")
    assert now(alice) == {"person": "Likes rye.\nBakes at night."}

    core_memory.replace(alice.id, "person", "rye", "spelt")
    assert now(alice) == {"person": "Likes spelt.\nBakes at night."}

    core_memory.replace(alice.id, "person", "Likes spelt.\n", "")
    assert now(alice)["person"].strip() == "Bakes at night."
    assert numbers(alice) == [4, 3, 2, 1]


def test_who_looked_at_the_newest_version_may_write(alice):
    core_memory.write(alice.id, "person", "one", onto=0)
    core_memory.write(alice.id, "person", "two", onto=1)

    assert now(alice) == {"person": "two"}


def test_the_oldest_versions_go(alice, monkeypatch):
    monkeypatch.setattr(core_memory, "VERSIONS", 3)
    for number in range(6):
        core_memory.write(alice.id, "person", f"{number}")
    core_memory.write(alice.id, "assistant", "x")

    assert numbers(alice) == [6, 5, 4]
    assert numbers(alice, "assistant") == [1]


# --- going back
def test_a_version_is_restored_as_a_new_one(alice):
    old = core_memory.write(alice.id, "person", "one").version
    core_memory.write(alice.id, "person", "two", source="model")

    done = core_memory.restore(alice.id, old.id)

    assert now(alice) == {"person": "one"}
    assert (done.version.version, done.version.source) == (3, "person")


def test_the_newest_change_is_taken_back_once(alice):
    core_memory.write(alice.id, "person", "one")
    first = core_memory.current(alice.id)["person"]
    second = core_memory.write(alice.id, "person", "two").version

    assert not core_memory.undo(alice.id, first.id)
    assert core_memory.undo(alice.id, second.id)
    assert not core_memory.undo(alice.id, second.id)
    assert now(alice) == {"person": "one"}
    assert core_memory.undo(alice.id, first.id)
    assert now(alice) == {}


def test_a_day_later_nothing_is_taken_back(alice, monkeypatch):
    made = core_memory.write(alice.id, "person", "one").version
    then = timezone.now() + timedelta(days=1, seconds=1)
    monkeypatch.setattr(core_memory.timezone, "now", lambda: then)

    assert not core_memory.undo(alice.id, made.id)
    assert now(alice) == {"person": "one"}


# --- whose it is
def test_two_peoples_blocks_never_meet(alice, bob):
    hers = core_memory.write(alice.id, "person", "canary of Alice").version
    core_memory.write(bob.id, "person", "canary of Bob")

    assert now(alice) == {"person": "canary of Alice"}
    assert now(bob) == {"person": "canary of Bob"}
    for act in (core_memory.get, core_memory.restore):
        with pytest.raises(core_memory.NoSuchVersion):
            act(bob.id, hers.id)
    assert not core_memory.undo(bob.id, hers.id)
    assert profile.core_for(Conversation(owner=bob))[0].text == "canary of Bob"


def test_nothing_of_it_is_readable_in_the_database(alice):
    core_memory.write(alice.id, "person", "canary")

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_corememory")
        (row,) = cursor.fetchall()
    stored = [bytes(v) if isinstance(v, bytes | memoryview) else v for v in row]
    assert b"canary" not in b"|".join(str(v).encode() for v in stored)
    assert any(isinstance(v, bytes) and len(v) > 20 for v in stored)


def test_one_that_cannot_be_opened_is_told_to_nobody_and_never_added_to(alice):
    core_memory.write(alice.id, "person", "one")
    kept = core_memory.write(alice.id, "person", "two").version
    CoreMemory.objects.filter(id=kept.id).update(text=b"\x01damaged")

    assert now(alice) == {"person": MARKER}
    assert profile.core_for(Conversation(owner=alice)) == ()
    for act in (
        lambda: core_memory.append(alice.id, "person", "x"),
        lambda: core_memory.restore(alice.id, kept.id),
    ):
        with pytest.raises(core_memory.BadMemory, match="cannot be decrypted"):
            act()
    core_memory.write(alice.id, "person", "three")
    assert now(alice) == {"person": "three"}
    assert bytes(CoreMemory.objects.values_list("text", flat=True)[1]) == b"\x01damaged"


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_each_sees_the_others():
    alice = make_person("Alice")
    start, failed = threading.Barrier(6), []

    def add(number):
        try:
            start.wait(60)
            core_memory.append(alice.id, "person", f"line {number}")
        except BaseException as problem:
            failed.append(problem)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=add, args=[n]) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    lines = now(alice)["person"].splitlines()
    assert sorted(lines) == [f"line {n}" for n in range(6)]
    assert numbers(alice) == [6, 5, 4, 3, 2, 1]


# --- what a turn is told
def test_both_blocks_are_read_in_one_query(alice, django_assert_num_queries):
    for number in range(20):
        core_memory.write(alice.id, "person", f"{number}")
        core_memory.write(alice.id, "assistant", f"{number}")

    with django_assert_num_queries(1):
        assert now(alice) == {"assistant": "19", "person": "19"}


def test_it_goes_along_unless_somebody_said_no(alice):
    core_memory.write(alice.id, "person", "Bakes.")
    core_memory.write(alice.id, "assistant", "Be brief.")
    told = (CoreBlock("assistant", "Be brief."), CoreBlock("person", "Bakes."))

    assert profile.core_for(Conversation(owner=alice)) == told
    assert profile.core_for(Conversation(owner=alice, uses_facts=False)) == ()
    assert profile.core_for(Conversation(owner=alice, temporary=True)) == ()
    core_memory.write(alice.id, "person", "")
    assert profile.core_for(Conversation(owner=alice)) == told[:1]
    preferences.change(alice.id, uses_facts=False)
    assert profile.core_for(Conversation(owner=alice)) == ()


@pytest.mark.parametrize("strategy", ["full", "window", "summary", "recall", "hybrid"])
def test_it_is_sent_counted_told_and_rebuilt(alice, strategy):
    core_memory.write(alice.id, "assistant", "Be “brief”.\nCall me Maya 🍞")
    facts.remember(alice.id, "bread", "Rye")

    posted, briefing = begun(alice, "hello", strategy=strategy)
    core_memory.write(alice.id, "assistant", "Be long.")  # later, for others

    seen = receipts.of(alice.id, posted.reply)
    labels = [part.label for part in seen.parts]
    assert labels[:2] == ["Core memory", "Profile facts"]
    assert seen.parts[0].text.splitlines() == [
        "How you want to be with the person you talk to, as you noted it:",
        "  Be “brief”.",
        "  Call me Maya 🍞",
    ]
    assert sum(part.tokens for part in seen.parts) == briefing.prompt_tokens
    assert exact(alice, posted) == wire(briefing)


def test_the_file_has_it_all_and_nobody_elses(alice, bob):
    talk = create_conversation(alice)
    said = create_message(talk)
    facts.remember(bob.id, "city", "canary of Bob")
    core_memory.write(bob.id, "person", "canary of Bob")
    facts.remember(alice.id, "city", "Ghent")
    facts.remember(alice.id, "city", "Oslo", source="talk", source_message=said.id)
    facts.remember(alice.id, "gone", "forgotten")
    facts.forget(alice.id, "gone")
    core_memory.write(alice.id, "person", "one")
    core_memory.write(
        alice.id, "person", "two", source="model", source_message=uuid.uuid4()
    )

    made = memory_file.memory_file(alice.id)

    assert "canary" not in str(made) and "forgotten" not in str(made)
    (city,) = made["facts"]
    assert (city["key"], city["value"], city["source"]) == ("city", "Oslo", "talk")
    assert (city["message"], city["conversation"]) == (str(said.id), str(talk.id))
    assert [(old["value"], old["source"]) for old in city["history"]] == [
        ("Ghent", "person")
    ]
    assert city["history"][0]["ended"] > city["history"][0]["created"]
    assert city["ended"] is None
    blocks = made["core_memory"]
    assert [one["text"] for one in blocks["person"]] == ["two", "one"]
    assert blocks["person"][0]["conversation"] is None
    assert blocks["assistant"] == []
