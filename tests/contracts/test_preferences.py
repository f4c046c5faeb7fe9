"""What people want of conversations: who decides, and who has a say after them."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection

from chatsite.lib.fields import MARKER
from conversations.core.context import STRATEGIES
from conversations.models import Conversation, Preferences, Preset, SharedPreset
from conversations.services import (
    access,
    catalogue,
    choices,
    conversation_settings,
    preferences,
    presets,
)
from conversations.services.choices import BadChoice
from conversations.services.conversations import Refused
from conversations.services.preferences import Wishes

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _fresh_table():
    catalogue.forget()
    yield
    catalogue.forget()


@pytest.fixture
def talk(alice) -> Conversation:
    return Conversation.objects.create(owner=alice, title="Rye bread")


def now_of(talk: Conversation) -> Conversation:
    return Conversation.objects.get(id=talk.id)


# --- a person's
def test_who_never_said_follows_the_site(alice):
    assert preferences.of(alice.id) == Wishes("", "", "", True)
    assert Preferences.objects.count() == 0


def test_a_change_is_of_what_was_named_and_nothing_else(alice, bob):
    preferences.change(alice.id, strategy="full", system_prompt="Be brief.\r\nPlease. ")
    preferences.change(alice.id, model="demo-fast")
    changed = preferences.change(alice.id, uses_facts=False)

    assert changed == Wishes("demo-fast", "full", "Be brief.\nPlease.", False)
    assert preferences.of(alice.id) == changed
    assert preferences.of(bob.id) == Wishes()


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("strategy", "clairvoyance", "no such context strategy"),
        ("model", "two words", "cannot be the name of a model"),
        ("model", "x" * 121, "cannot be the name of a model"),
        ("model", "nobody-knows-it", "not among the models of this site"),
        ("system_prompt", "x" * 20_001, "at most 20,000 characters; this is 20,001"),
    ],
)
def test_what_cannot_be_chosen_is_refused(alice, talk, field, value, told):
    with pytest.raises(BadChoice, match=told):
        preferences.change(alice.id, **{field: value})
    assert preferences.of(alice.id) == Wishes()


def test_a_strategy_that_is_no_longer_there_is_as_if_none_were_chosen(alice):
    Preferences.objects.create(owner=alice, strategy="clairvoyance")

    assert preferences.of(alice.id).strategy == ""


def test_no_word_is_readable_in_the_database(alice):
    preferences.change(alice.id, system_prompt="canary one")
    presets.add(alice.id, name="canary two", text="canary three")

    with connection.cursor() as cursor:
        for table in ("preferences", "preset"):
            cursor.execute(f"SELECT * FROM conversations_{table}")
            for value in cursor.fetchone():
                raw = bytes(value) if isinstance(value, bytes | memoryview) else b""
                assert b"canary" not in raw and "canary" not in str(value)


def test_a_prompt_that_cannot_be_opened_is_no_instruction_and_not_overwritten(
    alice, talk
):
    preferences.change(alice.id, system_prompt="mine")
    Preferences.objects.update(system_prompt=b"\x01damaged")
    Conversation.objects.update(system_prompt=b"\x01damaged")

    assert preferences.of(alice.id).system_prompt == MARKER
    assert preferences.system_prompt_for(now_of(talk)) == ""
    with pytest.raises(BadChoice):
        preferences.change(alice.id, system_prompt="new")
    with pytest.raises(BadChoice):
        conversation_settings.set_system_prompt(
            by=alice.id, conversation_id=talk.id, text="new"
        )
    assert preferences.change(alice.id, strategy="full").strategy == "full"


# --- whose system prompt counts
def test_the_nearest_system_prompt_counts(alice, bob, talk, settings):
    settings.SYSTEM_PROMPT = "the site's"
    assert preferences.system_prompt_for(now_of(talk)) == "the site's"

    SharedPreset.objects.create(name="Offered", text="offered to all")
    SharedPreset.objects.create(name="House", text="the house's", is_default=True)
    assert preferences.system_prompt_for(now_of(talk)) == "the house's"

    preferences.change(bob.id, system_prompt="Bob's")
    preferences.change(alice.id, system_prompt="Alice's")
    assert preferences.system_prompt_for(now_of(talk)) == "Alice's"

    conversation_settings.set_system_prompt(
        by=alice.id, conversation_id=talk.id, text="this conversation's"
    )
    assert preferences.system_prompt_for(now_of(talk)) == "this conversation's"
    assert preferences.inherited_prompt(alice.id) == "Alice's"


def test_finding_it_takes_two_queries_at_most(alice, talk, django_assert_num_queries):
    talk = now_of(talk)
    wishes = preferences.of(alice.id)
    with django_assert_num_queries(2):
        preferences.system_prompt_for(talk)
    with django_assert_num_queries(0):  # the organisation's is known for a while
        preferences.system_prompt_for(talk, wishes)
    talk.system_prompt = "its own"
    with django_assert_num_queries(0):
        preferences.system_prompt_for(talk)


# --- a conversation's
def test_a_conversations_settings_are_set_one_by_one(alice, talk):
    that = {"by": alice.id, "conversation_id": talk.id}
    conversation_settings.set_system_prompt(**that, text=" Be brief. ")
    conversation_settings.set_choice(**that, model="demo-fast")
    conversation_settings.set_choice(**that, strategy="full")
    conversation_settings.set_flags(**that, uses_facts=False)
    conversation_settings.set_flags(**that, summarises=False)

    now = now_of(talk)
    assert (now.system_prompt, now.model, now.strategy) == (
        "Be brief.",
        "demo-fast",
        "full",
    )
    assert (now.uses_facts, now.summarises, now.updated) == (False, False, talk.updated)


def test_nothing_given_changes_nothing(alice, talk):
    conversation_settings.set_choice(by=alice.id, conversation_id=talk.id)
    conversation_settings.set_flags(by=alice.id, conversation_id=talk.id)

    assert now_of(talk).model == ""


CHANGES = [
    lambda **that: conversation_settings.set_system_prompt(**that, text="x"),
    lambda **that: conversation_settings.set_choice(**that, strategy="full"),
    lambda **that: conversation_settings.set_flags(**that, uses_facts=False),
    lambda **that: conversation_settings.set_flags(**that),
]


@pytest.mark.parametrize("change", CHANGES)
def test_somebody_elses_conversation_has_no_settings(change, bob, talk):
    before = Conversation.objects.filter(id=talk.id).values().get()

    for target in (talk.id, uuid.uuid4()):
        with pytest.raises(access.NotFound):
            change(by=bob.id, conversation_id=target)
    assert Conversation.objects.filter(id=talk.id).values().get() == before


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_in_the_trash_stays_as_it_was(change, alice, talk):
    Conversation.objects.update(deleted_at=talk.created)

    with pytest.raises(Refused):
        change(by=alice.id, conversation_id=talk.id)


# --- presets
def test_presets_are_ones_own_by_name(alice, bob):
    presets.add(alice.id, name="teacher", text="Teach.")
    presets.add(alice.id, name=" Editor\n", text="Edit.\r\nKindly.")
    his = presets.add(bob.id, name="Editor", text="Bob's.")

    assert [(p.name, p.text) for p in presets.mine(alice.id)] == [
        ("Editor", "Edit.\nKindly."),
        ("teacher", "Teach."),
    ]
    for act in (
        lambda: presets.get(alice.id, his.id),
        lambda: presets.text_of(alice.id, his.id),
        lambda: presets.change(alice.id, his.id, name="x", text="y"),
        lambda: presets.delete(alice.id, his.id),
    ):
        with pytest.raises(access.NotFound):
            act()
    assert presets.text_of(bob.id, his.id) == "Bob's."


def test_the_organisations_presets_are_everybodys(alice, bob):
    house = SharedPreset.objects.create(name="House", text="Our words.")

    assert presets.shared() == [house]
    assert presets.text_of(alice.id, house.id) == "Our words."
    assert presets.text_of(bob.id, house.id) == "Our words."


def test_a_preset_is_changed_and_deleted(alice):
    made = presets.add(alice.id, name="Editor", text="Edit.")

    presets.change(alice.id, made.id, name="editor", text="Edit well.")
    assert [(p.name, p.text) for p in presets.mine(alice.id)] == [
        ("editor", "Edit well.")
    ]
    presets.delete(alice.id, made.id)
    assert presets.mine(alice.id) == []


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("", "x", "needs a name"),
        ("\u200b", "x", "needs a name"),
        ("n" * 81, "x", "at most 80 characters"),
        ("New", " \n", "some words for the model"),
        ("New", "x" * 20_001, "at most 20,000 characters"),
        ("EDITOR", "x", "a preset of that name"),
    ],
)
def test_a_bad_preset_is_refused_with_a_sentence(alice, name, text, told):
    presets.add(alice.id, name="Editor", text="Edit.")
    other = presets.add(alice.id, name="Other", text="Other.")

    with pytest.raises(presets.BadPreset, match=told):
        presets.add(alice.id, name=name, text=text)
    with pytest.raises(presets.BadPreset, match=told):
        presets.change(alice.id, other.id, name=name, text=text)
    assert presets.get(alice.id, other.id).text == "Other."


def test_there_are_so_many_presets_and_no_more(alice, monkeypatch):
    monkeypatch.setattr(presets, "MOST", 1)
    presets.add(alice.id, name="one", text="x")

    with pytest.raises(presets.BadPreset, match="Delete one first"):
        presets.add(alice.id, name="two", text="x")


def test_a_preset_that_cannot_be_opened_is_not_overwritten(alice):
    made = presets.add(alice.id, name="Editor", text="Edit.")
    Preset.objects.update(text=b"\x01damaged")

    with pytest.raises(presets.BadPreset, match="cannot be decrypted"):
        presets.change(alice.id, made.id, name="Editor", text="New")
    presets.delete(alice.id, made.id)


# --- what is offered
def test_every_strategy_is_explained():
    offered = {offer.name: offer.line for offer in choices.strategies()}

    assert set(offered) == set(STRATEGIES)
    assert all(offered.values())


def test_models_say_what_they_cost(settings):
    settings.DEMO_MODEL = False
    settings.CHAT_MODEL = "gpt-5"

    first = choices.models()[0]

    assert first.name == "gpt-5"
    assert first.line == "$1.25 in, $10.00 out per million tokens"
