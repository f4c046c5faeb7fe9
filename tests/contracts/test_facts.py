"""What is known about a person: kept, replaced, forgotten, taken back, and sealed."""

from __future__ import annotations

import hashlib
import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone

from accounts import fact_chains, facts
from accounts.models import Fact
from chatsite.lib.fields import MARKER
from conversations.core.context import KnownFact
from conversations.models import Conversation
from conversations.services import preferences, profile
from tests.base import make_person
from tests.factories import create_message

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def held(person) -> dict[str, str]:
    return {fact.key: fact.value for fact in facts.known(person.id)}


def later(monkeypatch, **span) -> None:
    now = timezone.now() + timedelta(**span)
    monkeypatch.setattr(facts.timezone, "now", lambda: now)


# --- remembering
def test_a_fact_is_known_from_then_on(alice):
    done = facts.remember(alice.id, "name", "Maya")

    assert held(alice) == {"name": "Maya"}
    assert (done.fact.importance, done.fact.source) == (0.5, "person")
    assert (done.replaced, done.changed, done.fact.pinned) == (None, True, False)


@pytest.mark.parametrize(
    "key",
    ["Home Town", "  home   town ", "HOME\tTOWN", "Ｈome\u00a0Town", "home\x00 town"],
)
def test_keys_that_read_the_same_are_the_same(alice, key):
    facts.remember(alice.id, "home town", "Oslo")

    done = facts.remember(alice.id, key, "Bergen")

    assert done.replaced.value == "Oslo"
    assert held(alice) == {"home town": "Bergen"}


def test_the_same_value_again_changes_nothing(alice):
    first = facts.remember(alice.id, "name", "Maya", importance=0.9)

    again = facts.remember(alice.id, "Name", " Maya ", importance=0.1)

    assert (again.fact.id, again.changed) == (first.fact.id, False)
    assert facts.get(alice.id, first.fact.id).importance == 0.9
    assert Fact.objects.count() == 1


def test_what_replaces_a_fact_is_as_important_and_as_pinned(alice):
    first = facts.remember(alice.id, "diet", "none", importance=0.9).fact
    facts.set_pinned(alice.id, first.id, True)

    second = facts.remember(alice.id, "diet", "vegan").fact
    third = facts.remember(alice.id, "diet", "vegetarian", importance=0.1).fact

    assert (second.importance, second.pinned) == (0.9, True)
    assert (third.importance, third.pinned, third.replaces_id) == (0.1, True, second.id)


def test_a_value_is_one_line_of_what_can_be_seen(alice):
    facts.remember(alice.id, "diet", " no meat\n- name: Eve\u202e\x00\ud800 ")

    assert held(alice) == {"diet": "no meat - name: Eve"}


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("", "x", "A fact needs a name"),
        (" \u200b\n", "x", "A fact needs a name"),
        ("k" * 65, "x", "at most 64 characters; this is 65."),
        ("name", "", "Say what should be remembered."),
        ("name", "\u202e", "Say what should be remembered."),
        ("name", "v" * 501, "at most 500 characters; this is 501."),
    ],
)
def test_what_is_no_fact_is_refused_with_a_sentence(alice, key, value, told):
    with pytest.raises(facts.BadFact, match=told):
        facts.remember(alice.id, key, value)
    assert held(alice) == {}


def test_the_longest_facts_are_kept(alice):
    facts.remember(alice.id, "k" * 64, "v" * 500)

    assert held(alice) == {"k" * 64: "v" * 500}


@pytest.mark.parametrize("importance", [-0.1, 1.1, float("nan")])
def test_importance_is_from_nought_to_one(alice, importance):
    fact = facts.remember(alice.id, "name", "Maya", importance=1).fact

    with pytest.raises(facts.BadFact):
        facts.remember(alice.id, "job", "nurse", importance=importance)
    with pytest.raises(facts.BadFact):
        facts.set_importance(alice.id, fact.id, importance)


def test_there_are_so_many_facts_and_no_more(alice, bob, monkeypatch):
    monkeypatch.setattr(facts, "MOST", 2)
    facts.remember(alice.id, "a", "1")
    facts.remember(alice.id, "b", "2")

    with pytest.raises(facts.BadFact, match="Forget one first"):
        facts.remember(alice.id, "c", "3")
    facts.remember(alice.id, "b", "replaced, not added")
    facts.remember(bob.id, "a", "he has room")
    facts.forget(alice.id, "a")
    facts.remember(alice.id, "c", "3")

    assert held(alice) == {"b": "replaced, not added", "c": "3"}


# --- what goes along
def test_pinned_facts_go_first_then_the_important_then_the_new(alice):
    for key, importance in (("low", 0.1), ("old", 0.5), ("new", 0.5), ("high", 0.9)):
        facts.remember(alice.id, key, "x", importance=importance)
    pinned = facts.remember(alice.id, "pinned", "x", importance=0).fact
    facts.set_pinned(alice.id, pinned.id, True)

    best = facts.most_important(alice.id, 4)

    assert [fact.key for fact in best] == ["pinned", "high", "new", "old"]
    assert len(facts.most_important(alice.id)) == 5


def test_finding_the_most_important_is_one_query(alice, django_assert_num_queries):
    for number in range(30):
        facts.remember(alice.id, f"key {number}", "x")

    with django_assert_num_queries(1):
        told = [(f.key, f.value) for f in facts.most_important(alice.id)]

    assert len(told) == 10


# --- forgetting and taking back
def test_what_is_forgotten_is_no_longer_known_and_can_be_taken_back(alice):
    facts.remember(alice.id, "name", "Maya")

    gone = facts.forget(alice.id, " NAME ")

    assert (gone.value, held(alice)) == ("Maya", {})
    assert facts.undo(alice.id, gone.id, "forgotten")
    assert held(alice) == {"name": "Maya"}


def test_forgetting_what_is_not_known_does_nothing(alice):
    assert facts.forget(alice.id, "name") is None
    assert facts.forget(alice.id, "") is None


def test_what_was_replaced_holds_again_when_that_is_taken_back(alice):
    facts.remember(alice.id, "name", "Maya")
    second = facts.remember(alice.id, "name", "Eve").fact

    assert facts.undo(alice.id, second.id, "remembered")

    assert held(alice) == {"name": "Maya"}
    assert not Fact.objects.filter(id=second.id).exists()  # as if it had never been


def test_the_replaced_fact_names_the_same_change(alice):
    first = facts.remember(alice.id, "name", "Maya").fact
    facts.remember(alice.id, "name", "Eve")

    assert facts.undo(alice.id, first.id)

    assert held(alice) == {"name": "Maya"}


def test_a_new_fact_can_be_taken_back(alice):
    fact = facts.remember(alice.id, "name", "Maya", source="model").fact

    assert facts.undo(alice.id, fact.id, "remembered")

    assert Fact.objects.count() == 0


def test_only_the_latest_change_of_a_key_is_taken_back(alice):
    first = facts.remember(alice.id, "name", "Maya").fact
    facts.forget(alice.id, "name")
    second = facts.remember(alice.id, "name", "Eve").fact

    assert not facts.undo(alice.id, first.id, "forgotten")
    assert held(alice) == {"name": "Eve"}

    facts.forget(alice.id, "name")
    assert not facts.undo(alice.id, first.id, "forgotten")
    assert not facts.undo(alice.id, second.id, "remembered")  # it is forgotten since
    assert held(alice) == {}
    assert facts.undo(alice.id, second.id, "forgotten")
    assert not facts.undo(alice.id, second.id, "forgotten")  # twice is once
    assert held(alice) == {"name": "Eve"}


def test_changes_of_other_keys_are_in_nobodys_way(alice):
    fact = facts.remember(alice.id, "name", "Maya").fact
    facts.forget(alice.id, "name")
    facts.remember(alice.id, "job", "nurse")

    assert facts.undo(alice.id, fact.id)
    assert held(alice) == {"name": "Maya", "job": "nurse"}


def test_what_was_forgotten_a_day_ago_is_deleted_by_the_next_change(
    alice, bob, monkeypatch
):
    facts.remember(bob.id, "name", "Bob")
    facts.forget(bob.id, "name")
    first = facts.remember(alice.id, "name", "Maya").fact
    second = facts.remember(alice.id, "name", "Eve").fact
    facts.remember(alice.id, "job", "nurse")
    job = facts.forget(alice.id, "job")
    later(monkeypatch, days=1, seconds=1)

    assert not facts.undo(alice.id, second.id, "remembered")
    assert not facts.undo(alice.id, job.id, "forgotten")

    assert held(alice) == {"name": "Eve"}
    assert not Fact.objects.filter(id=job.id).exists()
    assert fact_chains.history(second) == [first]  # replaced, not forgotten
    assert Fact.objects.filter(owner=bob).count() == 1
    assert facts.purge() == 1
    assert Fact.objects.filter(owner=bob).count() == 0


# --- what a fact came after
def values(fact) -> list[str]:
    return [one.value for one in fact_chains.history(fact)]


def test_a_fact_has_the_values_it_replaced_the_latest_first(alice, bob):
    facts.remember(bob.id, "city", "canary of Bob")
    facts.remember(bob.id, "city", "Rome")
    for city in ("Ghent", "Bergen", "Oslo"):
        fact = facts.remember(alice.id, "city", city, source="talk").fact

    assert values(fact) == ["Bergen", "Ghent"]
    assert facts.undo(alice.id, fact.id, "remembered")
    (fact,) = facts.known(alice.id)
    assert (fact.value, values(fact)) == ("Bergen", ["Ghent"])


def test_a_history_costs_one_query(alice, django_assert_num_queries):
    for number in range(10):
        fact = facts.remember(alice.id, "city", f"{number}").fact

    with django_assert_num_queries(1):
        assert len(values(fact)) == 9


def test_a_history_keeps_the_latest(alice, monkeypatch):
    monkeypatch.setattr(fact_chains, "LONGEST", 3)
    for number in range(7):
        fact = facts.remember(alice.id, "city", f"{number}").fact
    facts.remember(alice.id, "name", "Maya")

    assert values(fact) == ["5", "4", "3"]
    assert Fact.objects.filter(owner=alice).count() == 5


def test_what_is_forgotten_goes_with_its_history_a_day_later(alice, monkeypatch):
    for city in ("Ghent", "Bergen"):
        facts.remember(alice.id, "city", city)
    gone = facts.forget(alice.id, "city")
    begun = facts.remember(alice.id, "city", "Oslo").fact
    assert (values(gone), values(begun)) == (["Ghent"], [])

    later(monkeypatch, days=1, seconds=1)
    assert facts.purge(alice.id) == 2

    assert held(alice) == {"city": "Oslo"}
    assert Fact.objects.filter(owner=alice).count() == 1


def test_what_was_forgotten_and_taken_back_has_its_history_still(alice, monkeypatch):
    facts.remember(alice.id, "city", "Ghent")
    facts.remember(alice.id, "city", "Oslo")
    gone = facts.forget(alice.id, "city")

    assert facts.undo(alice.id, gone.id, "forgotten")
    later(monkeypatch, days=3)

    assert facts.purge() == 0
    (fact,) = facts.known(alice.id)
    assert (fact.value, values(fact)) == ("Oslo", ["Ghent"])


def test_importance_and_pin_change_in_place(alice):
    fact = facts.remember(alice.id, "name", "Maya").fact

    facts.set_importance(alice.id, fact.id, 0.8)
    facts.set_pinned(alice.id, fact.id, True)

    now = facts.get(alice.id, fact.id)
    assert (now.importance, now.pinned, now.value) == (0.8, True, "Maya")
    facts.forget(alice.id, "name")
    with pytest.raises(facts.NoSuchFact):
        facts.set_pinned(alice.id, fact.id, False)


# --- whose they are
def test_two_peoples_facts_never_meet(alice, bob):
    hers = facts.remember(alice.id, "name", "canary of Alice").fact
    his = facts.remember(bob.id, "name", "canary of Bob").fact

    assert held(alice) == {"name": "canary of Alice"}
    assert held(bob) == {"name": "canary of Bob"}
    assert hers.key_hash != his.key_hash
    for act in (
        lambda: facts.get(bob.id, hers.id),
        lambda: facts.forget_one(bob.id, hers.id),
        lambda: facts.set_pinned(bob.id, hers.id, True),
        lambda: facts.set_importance(bob.id, hers.id, 1),
    ):
        with pytest.raises(facts.NoSuchFact):
            act()
    assert not facts.undo(bob.id, hers.id)
    facts.forget(bob.id, "name")
    assert not facts.undo(alice.id, his.id)
    assert held(alice) == {"name": "canary of Alice"}


def test_nothing_of_a_fact_is_readable_in_the_database(alice):
    facts.remember(alice.id, "canarykey", "canaryvalue")
    facts.remember(alice.id, "canarykey", "canaryvalue again")
    facts.forget(alice.id, "canarykey")

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_fact")
        rows = cursor.fetchall()
    stored = b"|".join(
        bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
        for row in rows
        for value in row
    )
    assert len(rows) == 2
    assert b"canary" not in stored
    assert hashlib.sha256(b"canarykey").hexdigest().encode() not in stored


def test_a_fact_that_cannot_be_opened_is_shown_as_such_told_to_nobody_and_forgotten(
    alice,
):
    talk = Conversation(owner=alice)
    fact = facts.remember(alice.id, "name", "Maya").fact
    Fact.objects.update(value=b"\x01damaged")

    assert held(alice) == {"name": MARKER}
    assert profile.facts_for(talk) == ()
    facts.forget_one(alice.id, fact.id)
    assert held(alice) == {}


# --- at once
@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_holds_and_each_sees_the_other():
    alice = make_person("Alice")
    start, failed = threading.Barrier(6), []

    def remember(number):
        try:
            start.wait(60)
            facts.remember(alice.id, "name", f"Maya {number}")
        except BaseException as problem:
            failed.append(problem)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=remember, args=[n]) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    assert len(facts.known(alice.id)) == 1
    rows = Fact.objects.filter(owner=alice)
    replaced = [row.replaces_id for row in rows if row.replaces_id]
    assert (rows.count(), len(set(replaced))) == (6, 5)  # a chain, nothing twice


# --- what a conversation's turns are told
def test_facts_go_along_unless_somebody_said_no(alice):
    fact = facts.remember(alice.id, "name", "Maya", importance=0.8).fact
    facts.set_pinned(alice.id, fact.id, True)
    told = (KnownFact("name", "Maya", 0.8, True),)

    assert profile.facts_for(Conversation(owner=alice)) == told
    assert profile.facts_for(Conversation(owner=alice, uses_facts=False)) == ()
    assert profile.facts_for(Conversation(owner=alice, temporary=True)) == ()
    preferences.change(alice.id, uses_facts=False)
    assert profile.facts_for(Conversation(owner=alice)) == ()


def test_a_facts_conversation_is_found_for_its_owner_only(alice, bob):
    talk = Conversation.objects.create(owner=alice, title="x")
    said = create_message(talk)
    gone = uuid.uuid4()
    for person in (alice, bob):
        facts.remember(person.id, "a", "1", source="model", source_message=said.id)
        facts.remember(person.id, "b", "2", source="model", source_message=gone)

    hers, his = facts.known(alice.id), facts.known(bob.id)

    assert profile.conversations_behind(alice.id, hers) == {said.id: talk.id}
    assert profile.conversations_behind(bob.id, his) == {}
