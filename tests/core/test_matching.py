from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.core.bm25 import LEAST
from conversations.core.matching import NEIGHBOURS, Said, best_turns
from conversations.core.terms import terms_of

TALK = [
    ("user", "My sister Ana moved to Porto last spring."),
    ("assistant", "How does she like it there?"),
    ("user", "I bake rye bread on Sundays."),
    ("assistant", "What flour do you use?"),
    ("user", "The launch code for the north gate is 7391."),
    ("assistant", "I noted the code."),
    ("user", "Tomorrow it will rain."),
    ("assistant", "Take an umbrella."),
]


def messages(*texts: str, conversation: str = "here", first: int = 0) -> list[Said]:
    """Two messages to a turn."""
    return [
        Said(first + at // 2, conversation, terms_of(text))
        for at, text in enumerate(texts)
    ]


def found(question: str, said: list[Said], turns: int = 3) -> list[object]:
    return [turn for turn, _ in best_turns(terms_of(question), said, turns)]


SAID = messages(*(text for _, text in TALK))


@pytest.mark.parametrize(
    ("question", "turn"),
    [
        ("What is the launch code?", 2),
        ("Which codes did I give you for the gates?", 2),
        ("Where did Ana move?", 0),
        ("Where does my SISTER live?", 0),
        ("What am I baking?", 1),
        ("Will it be raining?", 3),
        ("7391", 2),
    ],
)
def test_a_turn_is_found_by_the_words_it_shares(question, turn):
    assert found(question, SAID)[0] == turn


@pytest.mark.parametrize("question", ["And why?", "", "…", "Zebra?"])
def test_nothing_is_found_by_words_that_say_nothing(question):
    assert found(question, SAID) == []


def test_no_more_turns_are_given_than_asked_for():
    said = messages(*["The code is red."] * 20)
    assert found("code", said, 4) == [9, 8, 7, 6]
    assert found("code", said, 0) == []
    assert found("code", [], 4) == []


def test_rare_words_count_more_than_common_ones():
    said = messages("Bread and salt.", "x", *["Bread, bread, bread.", "x"] * 9)
    assert found("salt or bread", said, 1) == [0]


def test_scores_fall_and_weak_matches_are_left_away():
    ranked = best_turns(terms_of("launch code of the north gate"), SAID, 8)
    scores = [score for _, score in ranked]
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] > LEAST * scores[0]


def test_a_neighbour_lends_some_of_its_score():
    said = messages("The gate is old.", "Yes.", "It is green.", "No.")
    alone = best_turns(terms_of("gate"), said[:1] + said[2:], 2)
    assert [turn for turn, _ in alone] == [0, 1]
    assert alone[1][1] == pytest.approx(NEIGHBOURS * alone[0][1])
    before = [*said[:1:-1], said[0]]
    assert best_turns(terms_of("gate"), before, 2) == alone


def test_a_short_message_says_more_with_the_same_word():
    long = "The gate and a house, a garden, three trees, some grass and a wall."
    said = messages("The gate.", "", "", "", long, "")
    assert found("gate", said, 2) == [0, 2]


def test_neighbours_are_of_the_same_conversation():
    said = [
        *messages("The gate is old.", conversation="there"),
        *messages("It is green.", conversation="here", first=1),
    ]
    assert found("gate", said) == [0]


def test_terms_may_be_anything_that_can_be_compared():
    said = [Said("a", 1, {17: 2, 4: 1}), Said("b", 1, {4: 1}), Said("c", 1, {5: 1})]
    assert best_turns({17: 1}, said, 1)[0][0] == "a"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("codes", "code"),
        ("living", "lives"),
        ("preferred", "prefer"),
        ("cities", "city"),
        ("Café", "cafe"),
        ("CAFÉ", "café"),
        ("STRASSE", "Straße"),
        ("Maya's", "Maya"),
        ("１２３", "123"),
    ],
)
def test_ways_to_write_a_word_are_one_term(one, other):
    assert terms_of(one) == terms_of(other) != {}


def test_terms_are_counted_and_stop_words_are_not():
    assert terms_of("The bread, the BREAD and my salt") == {"bread": 2, "salt": 1}


def test_scripts_without_spaces_are_matched_by_pairs_of_signs():
    said = messages("我的猫叫米索。", "好名字。", "我住在根特。", "好。")
    assert found("猫叫什么？", said, 1) == [0]
    assert terms_of("東京") == {"東京": 1}
    assert terms_of("猫") == {"猫": 1}
    assert terms_of("abc東京x9") == {"abc": 1, "東京": 1, "x9": 1}


def test_other_alphabets_are_words_too():
    said = messages("Мою кошку зовут Мисо.", "Хорошо.", "मेरा घर पुणे में है।", "ठीक।")
    assert found("кошку", said, 1) == [0]
    assert found("पुणे", said, 1) == [1]


@given(st.text(max_size=200))
def test_no_text_breaks_it(text):
    terms = terms_of(text)
    assert all(times > 0 for times in terms.values())
    ranked = best_turns(terms, [Said(0, 0, terms)], 1)
    assert len(ranked) == (1 if terms else 0)


@given(st.lists(st.dictionaries(st.integers(0, 9), st.integers(1, 5)), max_size=12),
       st.dictionaries(st.integers(0, 9), st.integers(1, 3)))  # fmt: skip
def test_every_turn_is_given_once_and_the_same_each_time(texts, question):
    said = [Said(at // 2, 0, terms) for at, terms in enumerate(texts)]
    ranked = best_turns(question, said, 99)
    assert ranked == best_turns(question, said, 99)
    turns = [turn for turn, _ in ranked]
    assert len(turns) == len(set(turns))
    assert all(score > 0 for _, score in ranked)


TRAPS = ["\u0301\u0323", "a", "'.-", "a'", "東", "ﷺ", "word ", "1,", "_"]


@pytest.mark.parametrize("trap", TRAPS)
def test_no_text_takes_long(trap):
    started = time.perf_counter()
    terms_of(trap * 200_000)
    assert time.perf_counter() - started < 1


def test_five_hundred_messages_take_no_time_to_speak_of():
    said = messages(*[f"Message {n} tells of place {n} and its river." * 5
                      for n in range(500)])  # fmt: skip
    question = terms_of("Which place has the river 250? " * 200)
    started = time.perf_counter()
    assert [turn for turn, _ in best_turns(question, said, 1)] == [125]
    assert time.perf_counter() - started < 0.2
