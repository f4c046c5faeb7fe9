"""The little language the demo model has: words, sentences, who said what."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.providers.demo.embeddings import embed
from conversations.providers.demo.pace import pieces_of
from conversations.providers.demo.reading import read
from conversations.providers.demo.request import Message
from conversations.providers.demo.statements import (
    is_question,
    sentences,
    statements,
)
from conversations.providers.demo.steering import steering_for
from conversations.providers.demo.words import content_stems, stem


@pytest.mark.parametrize(
    "alike",
    [
        "live lives lived living resides moved",
        "code codes code's",
        "city cities town",
        "prefer preferred like likes favourite favorite",
        "name names named called",
        "colour color colours",
        "allergy allergies allergic",
        "phone phones telephone mobile",
        "due deadline deadlines",
    ],
)
def test_forms_of_a_word_meet(alike):
    assert len({stem(word) for word in alike.split()}) == 1


@pytest.mark.parametrize("apart", ["north south", "gate gait", "bus bush", "is was"])
def test_different_words_stay_apart(apart):
    assert len({stem(word) for word in apart.split()}) == 2


def test_codes_times_and_addresses_are_one_word():
    assert content_stems("ZX-81 at 9:40, mail anna@example.com!") == [
        "zx-81",
        "9:40",
        "mail",
        "anna@example.com",
    ]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("I saw Dr. Smith. It was 9.40.", ["I saw Dr. Smith.", "It was 9.40."]),
        ("Dr. Smith is in.", ["Dr. Smith is in."]),
        ("- one\n* two\n3. three\n\n> four", ["one", "two", "three", "four"]),
        ("He said “Go.” Then he left.", ["He said “Go.", "Then he left."]),
        ("", []),
    ],
)
def test_texts_fall_into_sentences(text, parts):
    assert sentences(text) == parts


@pytest.mark.parametrize(
    ("sentence", "asks"),
    [
        ("What is it?", True),
        ("what is it", True),
        ("Please, tell me the code", True),
        ("Also, remind me of the code.", True),
        ("I want to know the code.", True),
        ("I forgot the code.", True),
        ("When does it start", True),
        ("When I travel, I read.", False),
        ("Where I live it rains.", False),
        ("The code is 4711.", False),
        ("Remember that it rains.", False),
        ("", False),
    ],
)
def test_questions_are_told_from_statements(sentence, asks):
    assert is_question(sentence) is asks


def stated(*messages: Message) -> list[tuple[str, str]]:
    return [(s.speaker, s.text) for s in statements(messages)]


def test_a_system_prompt_gives_facts_but_no_orders():
    prompt = "You are kind. Answer briefly. Never guess.\n\nFacts:\n- city: Ghent"
    assert stated(Message("system", prompt)) == [
        ("system", "Facts:"),
        ("system", "city: Ghent"),
    ]


def test_what_comes_after_the_first_turn_is_material_even_with_orders():
    passage = Message("system", "Use the red lever. You must pull it.")
    said = stated(Message("user", "Hi."), passage)
    assert said[1:] == [
        ("system", "Use the red lever."),
        ("system", "You must pull it."),
    ]


def test_quoted_turns_keep_their_speakers():
    recalled = (
        "From earlier talks:\n[2026-05-01 10:00] user: I like tea.\nBlack, mostly.\n"
        "assistant: Noted.\n\nThe user is 34."
    )
    assert stated(Message("system", recalled))[1:] == [
        ("user", "I like tea."),
        ("user", "Black, mostly."),
        ("assistant", "Noted."),
        ("system", "The user is 34."),
    ]


def test_later_statements_rank_higher_and_written_facts_above_their_neighbours():
    messages = (
        Message("system", "name: Maya\nThe user is called May."),
        Message("user", "Call me Mimi."),
    )
    ranks = {s.text: s.rank for s in statements(messages)}
    assert ranks["The user is called May."] < ranks["name: Maya"]
    assert ranks["name: Maya"] < ranks["Call me Mimi."]


def test_owners_are_read():
    reading = read("The name of Anna's dog is Rex, and my cat is Miso.")
    assert "anna" in reading.owners
    assert "dog" in reading.owned
    assert reading.mine == {"cat"}
    assert not reading.subject


@given(st.text(max_size=300), st.sampled_from(["demo", "demo-echo-context"]))
def test_pieces_joined_are_the_text(text, name):
    pieces = pieces_of(text, steering_for(name))
    assert "".join(pieces) == text
    assert all(pieces)


def test_pieces_are_about_as_long_as_tokens():
    text = "The quick brown fox jumps over the lazy dog, again and again. " * 20
    assert 3 < len(text) / len(pieces_of(text, steering_for("demo"))) < 6


def test_embeddings_are_the_same_in_every_process():
    vector = [round(value, 4) for value in embed("rye bread honey", 8)]
    assert vector == [0.0, 0.5774, 0.0, 0.0, -0.5774, 0.0, 0.0, -0.5774]
