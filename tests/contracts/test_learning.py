"""Facts learned from what people say: when to ask, what is kept, what gives way."""

from __future__ import annotations

import uuid

import pytest

from accounts import fact_chains, facts
from accounts.models import Fact
from conversations.core.learning import Found
from conversations.models import Charge, Conversation, Message, Preferences, Turn
from conversations.services import learning, memory_changes, preferences
from tests.factories import create_conversation, create_message, create_reply

pytestmark = [pytest.mark.database, pytest.mark.django_db]
SAID = "My name is Maya and I live in Oslo."


def turn(person, said=SAID, **fields) -> Turn:
    talk = create_conversation(person, **fields)
    create_message(talk, said)
    return create_reply(talk, "Hello Maya!")


def work_of(turn: Turn) -> learning.Work:
    work = learning.due_after(turn.id)
    assert work is not None
    return work


def held(person) -> dict[str, str]:
    return {fact.key: fact.value for fact in facts.known(person.id)}


def known(key, value, importance=0.5, outright=True) -> Found:
    return Found(key, value, importance, outright)


# --- when to ask
def test_a_message_that_says_something_is_asked_about_with_the_names_in_use(alice):
    facts.remember(alice.id, "diet", "a secret of hers")
    of = turn(alice)

    work = work_of(of)

    assert (work.owner, work.conversation) == (alice.id, of.conversation_id)
    assert (work.message, work.text) == (of.message.parent_id, SAID)
    asked = "\n".join(item.text for item in work.items)
    assert f"Names in use: diet\nMessage:\n{SAID}" in asked
    assert "a secret of hers" not in asked


@pytest.mark.parametrize(
    "said", ["What is my name?", "Hello", f"Translate: {SAID}", f"“{SAID}”"]
)
def test_what_says_nothing_costs_one_query_and_no_call(
    alice, said, django_assert_num_queries
):
    of = turn(alice, said)
    with django_assert_num_queries(1):
        assert learning.due_after(of.id) is None


@pytest.mark.parametrize(
    "fields", [{"temporary": True}, {"uses_facts": False}, {"deleted": True}]
)
def test_nothing_is_asked_where_nothing_may_be_learned(alice, fields):
    of = turn(alice)
    talks = Conversation.objects.filter(id=of.conversation_id)
    if fields.pop("deleted", False):
        fields = {"deleted_at": of.message.created}
    talks.update(**fields)

    assert learning.due_after(of.id) is None


@pytest.mark.parametrize("switch", ["uses_facts", "learns_facts"])
def test_who_switched_it_off_is_not_learned_from(alice, bob, switch):
    preferences.change(alice.id, **{switch: False})
    Preferences.objects.create(owner=bob, learns_facts=True)

    assert learning.due_after(turn(alice).id) is None
    assert learning.due_after(turn(bob).id) is not None


def test_a_message_left_out_of_every_turn_is_not_learned_from(alice):
    of = turn(alice)
    Message.objects.filter(id=of.message.parent_id).update(excluded=True)

    assert learning.due_after(of.id) is None


def test_a_message_is_asked_about_once_however_often_it_is_answered(alice):
    of = turn(alice)
    Charge.objects.create(
        owner_id=alice.id,
        conversation_id=of.conversation_id,
        turn_id=of.id,
        kind="facts",
        model="demo",
    )
    sibling = Message.objects.create(
        conversation_id=of.conversation_id,
        owner_id=alice.id,
        parent_id=of.message.parent_id,
        depth=2,
        role="assistant",
        body="Hi!",
    )
    again = Turn.objects.create(
        conversation_id=of.conversation_id,
        owner_id=alice.id,
        message=sibling,
        model="demo",
        strategy="window",
        status="complete",
    )

    assert learning.due_after(of.id) is None
    assert learning.due_after(again.id) is None


def test_a_turn_that_is_gone_is_nothing_to_do(alice):
    assert learning.due_after(uuid.uuid4()) is None


# --- what is kept
def test_what_was_found_is_known_with_where_it_was_said(alice):
    work = work_of(turn(alice))

    assert learning.keep(work, [known("Name", "Maya", 0.8), known("home", "Oslo")]) == 2

    name = {fact.key: fact for fact in facts.known(alice.id)}["name"]
    assert (name.value, name.source, name.importance) == ("Maya", "talk", 0.8)
    assert name.source_message == work.message


def test_the_same_again_or_less_is_no_change(alice):
    work = work_of(turn(alice))
    facts.remember(alice.id, "name", "Maya Lindqvist")
    facts.remember(alice.id, "home", "oslo", source="talk")

    assert learning.keep(work, [known("name", "maya"), known("home", "Oslo")]) == 0
    assert held(alice) == {"name": "Maya Lindqvist", "home": "oslo"}
    assert Fact.objects.count() == 2


def test_a_contradiction_replaces_and_keeps_what_it_was(alice):
    facts.remember(alice.id, "home", "Ghent", importance=0.9, source="model")
    work = work_of(turn(alice))

    assert learning.keep(work, [known("home", "Oslo", 0.1, outright=False)]) == 1

    (now,) = facts.known(alice.id)
    assert (now.value, now.importance) == ("Oslo", 0.9)
    assert [old.value for old in fact_chains.history(now)] == ["Ghent"]
    assert facts.undo(alice.id, now.id, "remembered")
    assert held(alice) == {"home": "Ghent"}


@pytest.mark.parametrize("by_hand", ["set", "pinned"])
def test_what_the_person_set_gives_way_only_to_their_own_words(alice, by_hand):
    source = "person" if by_hand == "set" else "talk"
    fact = facts.remember(alice.id, "home", "Ghent", importance=0.9, source=source).fact
    facts.set_pinned(alice.id, fact.id, by_hand == "pinned")
    work = work_of(turn(alice))

    assert learning.keep(work, [known("home", "Norway", outright=False)]) == 0
    assert held(alice) == {"home": "Ghent"}
    assert learning.keep(work, [known("home", "Oslo")]) == 1

    (now,) = facts.known(alice.id)
    assert (now.value, now.importance, now.source) == ("Oslo", 0.9, "talk")
    assert now.pinned is (by_hand == "pinned")


def test_two_values_for_one_name_in_one_message_leave_the_last(alice):
    work = work_of(turn(alice))

    assert learning.keep(work, [known("home", "Oslo"), known("Home", "Bergen")]) == 2
    assert held(alice) == {"home": "Bergen"}


def test_what_there_is_no_room_for_stays_out(alice, monkeypatch):
    monkeypatch.setattr(facts, "MOST", 1)
    work = work_of(turn(alice))

    assert learning.keep(work, [known("name", "Maya"), known("home", "Oslo")]) == 1
    assert held(alice) == {"name": "Maya"}


def test_what_has_no_name_that_can_be_seen_stays_out(alice):
    assert learning.keep(work_of(turn(alice)), [known("\u200b", "Maya")]) == 0


@pytest.mark.parametrize("change", ["temporary", "uses_facts", "deleted", "person"])
def test_what_was_switched_off_meanwhile_counts(alice, change):
    of = turn(alice)
    work = work_of(of)
    talks = Conversation.objects.filter(id=of.conversation_id)
    if change == "person":
        preferences.change(alice.id, learns_facts=False)
    elif change == "deleted":
        talks.delete()
    else:
        talks.update(**{change: change == "temporary"})

    assert learning.keep(work, [known("name", "Maya")]) == 0
    assert held(alice) == {}


def test_two_peoples_facts_never_meet(alice, bob):
    hers, his = turn(alice), turn(bob, "My name is Bob, the canary.")
    facts.remember(bob.id, "canary", "of Bob")

    assert "canary" not in str(work_of(hers).items)
    learning.keep(work_of(hers), [known("name", "Maya")])
    learning.keep(work_of(his), [known("name", "Bob")])

    assert held(alice) == {"name": "Maya"}
    assert held(bob) == {"name": "Bob", "canary": "of Bob"}
    assert memory_changes.changes_of(alice.id).learned([his.message]) == {}


# --- what is shown of it
def test_it_is_shown_with_every_reply_to_what_was_said(alice):
    of = turn(alice)
    learning.keep(work_of(of), [known("name", "Maya")])

    changes = memory_changes.changes_of(alice.id)

    (told,) = changes.learned([of.message]).values()
    assert [fact.key for fact in told] == ["name"]
    other = turn(alice)
    assert changes.learned([other.message]) == {}


def test_what_changed_since_is_shown_no_more(alice):
    of = turn(alice)
    learning.keep(work_of(of), [known("name", "Maya")])
    facts.remember(alice.id, "name", "Anna")

    assert memory_changes.changes_of(alice.id).learned([of.message]) == {}
