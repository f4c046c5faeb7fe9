from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.core import learning
from conversations.core.learning import Found, found_in, says_no_more, worth_asking
from conversations.core.own_words import LONGEST, LONGEST_MESSAGE, alike, own_words
from conversations.core.prompts import (
    LEARN_PROMPT,
    SUMMARY_PROMPT,
    TITLE_PROMPT,
    first_sentence,
    learn_items,
)

SAID = "My name is Maya and I live in Oslo."
NAME = {"key": "name", "value": "Maya", "importance": 0.7, "quote": "My name is Maya"}
HOME = {"key": "home", "value": "Oslo", "importance": 0.5, "quote": "I live in Oslo"}


def found(*entries: object, said: str = SAID) -> list[tuple[str, str]]:
    return [(one.key, one.value) for one in found_in(json.dumps(entries), said)]


# --- is it worth asking?
@pytest.mark.parametrize(
    "text",
    [
        SAID,
        "I'm Maya, nice to meet you",
        "I’m vegan",
        "I am a nurse from Bergen.",
        "Please remember that I prefer short answers.",
        "Hi! I work as a carpenter. What tools should I buy?",
        "I have two cats.",
        "My boat is called Grebe.",
        "My favourite colour is green",
        "I don't eat meat.",
        "I was born in 1990.",
        "I've lived in Rome for ten years.",
        "Call me Max.",
        "As a teacher, I often need worksheets.",
        "PS: I speak Welsh.",
        "Ich heiße Jonas und wohne in Köln.",
        "Ich bin Lehrerin.",
        "Mein Hund heißt Rex.",
        "Je m'appelle Claire et j’habite à Lyon.",
        "Je suis infirmière.",
        "Me llamo Ana y vivo en Sevilla.",
        "Soy profesora de inglés.",
        "Mi chiamo Luca.",
        "Eu moro em Lisboa.",
        "Ik heet Daan en woon in Utrecht.",
        "Jag heter Elsa.",
        "Mam na imię Ola.",
        "Меня зовут Иван.",
        "我叫小明。我住在北京。",
        "私は学生です。",
        "제 이름은 민수입니다.",
    ],
)
def test_what_says_something_lasting_is_worth_asking_about(text):
    assert worth_asking(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hello",
        "Thanks!",
        "What is my name?",
        "Where do I live?",
        "Do you know that I am a nurse?",
        "Wie heiße ich?",
        "¿Dónde vivo?",
        "/set name Maya",
        "/remember I am a nurse",
        "Compare rye and wheat.",
        "I get an error when I run this",
        "I'm trying to deploy Django",
        "I am running into an issue with my app",
        "I'm stuck on this problem",
        "I have a question about SQL.",
        "I have a small bug.",
        "My code is not working",
        "My question is simple",
        "I need help",
        "I think so",
        "I would like a poem about rain",
        "If I were a doctor, what would I do?",
        "Can you translate “I live in Oslo” into French?",
        "Translate: I am a teacher",
        "Übersetze: Ich bin Lehrer.",
        "Please proofread this text.\n\nMy name is Maya and I live in Oslo.",
        "Pretend I am a king.",
        "Write a story in which I am a pirate.",
        "> I am a nurse",
        "```\nI am a nurse\n```",
        "```\nI am a nurse",
        "`my name is Maya`",
        'She said "I am a doctor".',
        "Er sagte: „Ich bin Arzt.“",
        "« Je suis médecin »",
        "User: I am a baker\nBot: I am a bot",
        "[12:03] I am a nurse",
        "12:03 I am a nurse",
        "| I am a nurse | yes |",
        "def f():\n    return 1",
        "Loaf 3 was baked with rye and a cold starter.",
        'use the tool remember {"key": "diet", "value": "vegan"}',
    ],
)
def test_what_does_not_costs_no_call(text):
    assert not worth_asking(text)


def test_a_long_paste_is_nobodys_telling():
    sentence = "I am a nurse from Bergen. "
    assert worth_asking(sentence * 5)
    assert not worth_asking(sentence * (LONGEST // 25 + 2))
    assert not worth_asking("x" * LONGEST_MESSAGE + SAID)
    assert not worth_asking("I am a nurse " + "and so on " * 60)


@given(st.text(max_size=300))
def test_any_text_can_be_looked_at(text):
    assert isinstance(worth_asking(text), bool)
    assert all(sentence.strip() for sentence in own_words(text))


def test_the_question_beside_a_statement_is_not_part_of_it():
    said = "I work as a carpenter. Do I live in Oslo? “I am a king.” I am 40."
    assert own_words(said) == ["I work as a carpenter.", "I am 40."]


# --- asking
def test_the_prompt_is_told_from_others_and_has_the_names_in_use():
    system, user = learn_items(SAID, ["name", "home town"])
    assert system.text == LEARN_PROMPT
    assert user.text == f"Names in use: name, home town\nMessage:\n{SAID}"
    others = (TITLE_PROMPT, SUMMARY_PROMPT)
    assert not any(first_sentence(LEARN_PROMPT) in other for other in others)


# --- what of the answer may be kept
@pytest.mark.parametrize(
    "answer",
    [
        json.dumps([NAME, HOME]),
        f"```json\n{json.dumps([NAME, HOME], indent=2)}\n```",
        f"<think>[1] she is Maya</think>\n{json.dumps([NAME, HOME])}",
        f"<THINKING>{json.dumps([NAME])}</THINKING>{json.dumps([NAME, HOME])}",
        f"Here are the facts [from the message]: {json.dumps([NAME, HOME])} Done.",
        json.dumps({"facts": [NAME, HOME]}),
        f"[{json.dumps([])}]\n\n{json.dumps([NAME, HOME])}",
    ],
)
def test_facts_are_read_whatever_stands_around_them(answer):
    assert found_in(answer, SAID) == (
        Found("name", "Maya", 0.7, True),
        Found("home", "Oslo", 0.5, True),
    )


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "[]",
        "No facts.",
        "null",
        "[1, 2]",
        '["name"]',
        "[{}]",
        json.dumps(NAME),
        f"<think>{json.dumps([NAME])}",
        json.dumps([NAME])[:-2],
        "[" * 5_000,
        '{"a":' * 5_000,
        "I cannot help with that.",
    ],
)
def test_of_rubbish_nothing_is_kept(answer):
    assert found_in(answer, SAID) == ()


@given(st.text(max_size=200))
def test_any_answer_can_be_read(answer):
    assert found_in(answer, SAID) == ()


anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["key", "value", "importance", "quote", "x"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(anything)
def test_any_json_can_be_read(value):
    assert isinstance(found_in(json.dumps(value), SAID), tuple)


@pytest.mark.parametrize(
    "change",
    [
        {"key": ""},
        {"key": "  "},
        {"key": 5},
        {"key": None},
        {"key": "x" * 41},
        {"value": ""},
        {"value": ["Maya"]},
        {"value": "Maya " * 60},
        {"value": "Anna"},  # she said another
        {"quote": ""},
        {"quote": "is"},
        {"quote": "My name is Anna"},  # she did not say that
        {"quote": None},
    ],
)
def test_what_has_no_ground_in_the_message_is_dropped(change):
    assert found({**NAME, **change}, HOME) == [("home", "Oslo")]


def test_a_quote_is_the_same_in_other_spaces_quotes_and_letters():
    said = "I’m  Maya,\u00a0and my\nboat is Grebe"
    entry = {"key": "name", "value": "Maya", "quote": "i'm maya, and my boat."}
    assert found(entry, said=said) == [("name", "Maya")]


def test_what_is_cited_asked_or_code_is_no_ground():
    said = f"I am 40. “{SAID}” Is it so that my name is Maya? `My name is Maya`"
    assert found(NAME, HOME, said=said) == []


def test_a_value_in_another_form_of_a_word_is_kept_but_not_outright():
    entry = {"key": "job", "value": "teacher of maths", "quote": "I teach maths"}
    (kept,) = found_in(json.dumps([entry]), "I teach maths in Ghent.")
    assert (kept.value, kept.outright) == ("teacher of maths", False)


def test_so_many_facts_a_message_and_each_name_once():
    said = ", ".join(f"my boat {n} is called Grebe{n}" for n in range(9))
    entries = [
        {"key": f"boat {n}", "value": f"Grebe{n}", "quote": said} for n in range(9)
    ]
    assert len(found(*entries, said=said)) == learning.MOST
    assert found(entries[0], {**entries[1], "key": "boat_0"}, said=said) == [
        ("boat 0", "Grebe0")
    ]


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        (0.3, 0.3),
        (1, 0.8),
        (-4, 0.0),
        ("high", 0.5),
        (None, 0.5),
        (True, 0.5),
        (float("nan"), 0.5),
        (float("inf"), 0.8),
    ],
)
def test_importance_is_a_number_within_bounds(given_, kept):
    (one,) = found_in(json.dumps([{**NAME, "importance": given_}]), SAID)
    assert one.importance == kept


@pytest.mark.parametrize(
    ("value", "known", "no_more"),
    [
        ("Maya", "maya", True),
        ("Oslo", "Oslo, Norway", True),
        ("Oslo, Norway", "Oslo", False),
        ("Bergen", "Oslo", False),
        ("vegan.", "Vegan", True),
    ],
)
def test_what_is_known_already_is_no_news(value, known, no_more):
    assert says_no_more(value, known) is no_more


def test_texts_that_read_the_same_are_alike():
    assert alike(" I’m\u00a0A\n nurse ") == "i'm a nurse"
