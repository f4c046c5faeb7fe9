"""Which messages a question is about: both stages, on messages of plain words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.core.ranking import (
    AROUND,
    CANDIDATES,
    Cosines,
    Moment,
    Pool,
    Posting,
    Question,
    approximate,
    counted,
    moments_in,
    question_of,
    rank,
    rarities,
)
from conversations.core.ranking.asking import MOST_TERMS
from conversations.core.ranking.pool import STRETCH, Surroundings
from conversations.core.ranking.scoring import WORDS, WORDS_AND_VECTORS, features
from conversations.core.terms import marks_of, terms_of

TODAY = date(2026, 11, 21)  # a Saturday
DAY = date(2026, 3, 14)
Said = tuple[str, str]  # role, text

TALK: list[Said] = [
    ("user", "My sister Ana moved to Porto last spring."),
    ("assistant", "How does she like it there?"),
    ("user", "I bake rye bread on Sundays."),
    ("assistant", "What flour do you use?"),
    ("user", "The launch code for the north gate is 7391."),
    ("assistant", "I noted the code."),
    ("user", "Tomorrow it will rain."),
    ("assistant", "Take an umbrella."),
]


def asked(text: str) -> Question:
    return question_of(text, TODAY, "Maya Kern", "Ada")


def pool_of(
    question: Question, said: Sequence[Said], conversations: Sequence[int] | None = None
) -> Pool:
    """All that was said, a day between each two."""
    terms = [terms_of(text) for _, text in said]
    marks = [set(marks_of(text, terms_of(text))) for _, text in said]
    count = range(len(said))
    return Pool(
        numbers=np.array(count, np.int64),
        conversations=np.array(conversations or [7] * len(said), np.int64),
        places=np.array(count, np.int64) + 1,
        of_person=np.array([role == "user" for role, _ in said], bool),
        of_assistant=np.array([role == "assistant" for role, _ in said], bool),
        lengths=np.array([sum(each.values()) for each in terms], float),
        days=np.array([DAY + timedelta(days=n) for n in count], "datetime64[D]"),
        asks=np.array(["has:question" in each for each in marks], bool),
        tells_time=np.array(["has:time" in each for each in marks], bool),
        counts=np.array(
            [[each.get(term, 0) for term in question.terms] for each in terms], float
        ).reshape(len(said), len(question.terms)),
    )


def rarities_in(pool: Pool) -> np.ndarray:
    postings = [
        Posting(np.flatnonzero(column), int((column > 0).sum()))
        for column in pool.counts.T
    ]
    return rarities(postings, len(pool))


def found(text: str, said: Sequence[Said] = TALK, **more: object) -> list[int]:
    question = asked(text)
    pool = replace(pool_of(question, said), **more)
    return [number for number, _ in rank(question, pool, rarities_in(pool))]


# ---- what is asked


@pytest.mark.parametrize(
    ("text", "of_person"),
    [
        ("What is my sister's name?", True),
        ("Where did I put the key?", True),
        ("Where does Maya live?", True),
        ("What did you recommend?", False),
        ("What did Ada say about bread?", False),
        ("What did you tell me about bread?", None),
        ("What did we say about bread?", None),
        ("Which bread?", None),
        ("Can you remind me where my sister lives?", True),
        ("Do you remember my sister?", True),
        ("Tell me what you recommended.", False),
        ("", None),
    ],
)
def test_whose_words_are_asked_for(text, of_person):
    assert asked(text).of_person is of_person


def test_the_names_of_the_two_are_no_terms_and_are_not_embedded():
    question = asked("When did Maya's sister bake rye bread, Ada?")
    assert question.terms == ("sister", "bak", "rye", "bread")
    assert question.bare == "When did sister bake rye bread, ?"
    assert asked("Maya").bare == "Maya"
    assert question_of("Where is Ada?", TODAY).terms == ("ada",)


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("When did I start?", True),
        ("Do you know when we were there?", True),
        ("How long was I away?", True),
        ("Which month was it?", True),
        ("What do I do when it rains?", False),
        ("What is the code?", False),
    ],
)
def test_whether_a_time_is_asked_for(text, when):
    assert asked(text).asks_when is when


def test_of_a_page_of_text_its_beginning_and_its_end_are_looked_up():
    question = asked(" ".join(f"word{n}" for n in range(100)))
    assert len(question.terms) == MOST_TERMS
    assert {"word0", "word99"} <= set(question.terms)


@pytest.mark.parametrize(
    ("text", "moments"),
    [
        ("on 8 May, 2023", [(2023, 5, 8)]),
        ("on the 8th of may", [(None, 5, 8)]),
        ("on May 3, 2023?", [(2023, 5, 3)]),
        ("on Sept 3rd", [(None, 9, 3)]),
        ("in January 2024", [(2024, 1, None)]),
        ("in  may", [(None, 5, None)]),
        ("2023-05-08", [(2023, 5, 8)]),
        ("on 1 May and 2 May 2025", [(None, 5, 1), (2025, 5, 2)]),
        ("yesterday", [(2026, 11, 20)]),
        ("today", [(2026, 11, 21)]),
        ("last month", [(2026, 10, None)]),
        ("11 months ago", [(2025, 12, None)]),
        ("a day ago", [(2026, 11, 20)]),
        ("last Friday", [(2026, 11, 20)]),
        ("last Saturday", [(2026, 11, 14)]),
        ("last week", [(2026, 11, day) for day in range(9, 16)]),
        ("two weeks ago", [(2026, 11, day) for day in range(5, 10)]),
        ("I may march in 2023", []),
        ("2023-13-40, 32 May", []),
        ("version 3.11", []),
    ],
)
def test_days_and_months_that_are_named(text, moments):
    assert moments_in(text, TODAY) == [Moment(*moment) for moment in moments]


def test_a_moment_is_looked_up_in_the_index_year_by_year():
    assert Moment(2023, 5, 8).terms(2020, 2026) == ["d:2023-05-08"]
    assert Moment(None, 5, 8).terms(2025, 2026) == ["d:2025-05-08", "d:2026-05-08"]
    assert Moment(None, 11).terms(2026, 2026) == ["m:2026-11"]


@given(st.text(max_size=80), st.dates(date(1900, 1, 1), date(9999, 1, 1)))
def test_no_question_breaks_it(text, today):
    question = question_of(text, today, text[:9], text[5:])
    assert len(question.terms) <= MOST_TERMS
    for moment in question.moments:
        assert 1 <= moment.month <= 12
        assert moment.terms(today.year, today.year)


# ---- what a message is marked with


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("Is it far?", {"has:question"}),
        ("Is it far? [image: a road]", {"has:question"}),
        ("远吗？", {"has:question"}),
        ("Is it? No.", set()),
        ("[image: is this it?]", set()),
        ("It was yesterday.", {"has:time"}),
        ("It was in 1998.", {"has:time"}),
        ("I may, even at 19987 m.", set()),
        ("```x```", {"has:code"}),
        ("", set()),
    ],
)
def test_marks(text, marks):
    assert set(marks_of(text, terms_of(text))) == marks


@pytest.mark.parametrize("trap", ["?", "[", "[]", "? [", "]?", "199", "?\u0301"])
def test_the_marks_of_a_trap_are_told(trap):
    assert len(list(marks_of(trap * 200_000, {}))) < 2


# ---- the first stage


def posting(*numbers: int, in_all: int | None = None) -> Posting:
    return Posting(
        np.array(numbers, np.int64), len(numbers) if in_all is None else in_all
    )


def test_entries_with_rarer_and_more_terms_come_first():
    common, rare = posting(9, 8, 5, 4, 3), posting(3, 1)
    assert approximate([common, rare], 10).tolist() == [3, 1, 9, 8, 5, 4]
    assert approximate([common, rare], 10, at_most=2).tolist() == [3, 1]


def test_no_terms_and_terms_nobody_said_find_nothing():
    assert approximate([], 10).tolist() == []
    assert approximate([posting()], 10).tolist() == []
    assert approximate([posting(1)], 10, at_most=0).tolist() == []


def test_how_often_a_term_is_said_is_reckoned_from_where_a_list_was_cut():
    assert Posting.of([900, 850, 800], 4, oldest=1, newest=1_000).in_all == 3
    assert Posting.of([1_000, 950, 900], 3, oldest=0, newest=1_000).in_all == 30
    assert Posting.of([1_000, 500, 0], 3, oldest=0, newest=1_000).in_all == 3
    assert Posting.of([5], 1, oldest=5, newest=5).in_all == 1
    assert Posting.of([], 3, oldest=1, newest=9).in_all == 0


def test_rarer_terms_tell_more_and_none_tells_less_than_nothing():
    told = [posting(in_all=n).rarity(10) for n in (0, 1, 5, 10, 20)]
    assert told == sorted(told, reverse=True)
    assert told[-1] > 0


@given(
    st.lists(st.sets(st.integers(0, 30)), max_size=5),
    st.randoms(use_true_random=False),
)
def test_the_order_of_terms_does_not_matter(sets, random):
    postings = [posting(*sorted(each, reverse=True)) for each in sets]
    once = approximate(postings, 31).tolist()
    random.shuffle(postings)
    assert approximate(postings, 31).tolist() == once
    assert sorted(once) == sorted(set().union(*sets))


def test_of_long_lists_the_first_stage_takes_a_few():
    postings = [posting(*range(20_000, 0, -step)) for step in range(1, 9)]
    assert len(approximate(postings, 200_000)) == CANDIDATES


# ---- the pool


def test_terms_are_counted_from_the_hashes_of_entries():
    entries = [[5, -7, 52], [], [-7], [5, 52, 54]]
    groups = [[5, 52, 54], [-7, 72, 74], [9, 92, 94]]
    assert counted(entries, groups).tolist() == [
        [2, 1, 0],
        [0, 0, 0],
        [0, 1, 0],
        [4, 0, 0],
    ]
    assert counted([], groups).shape == (0, 3)
    assert counted(entries, []).shape == (4, 0)


def test_what_is_summed_up_stands_near_in_the_same_conversation():
    pool = pool_of(asked("x"), [("user", "")] * 6, [1, 1, 1, 1, 2, 2])
    ones = np.array([1.0, 10, 100, 1_000, 10_000, 100_000])
    assert Surroundings(pool, 1).sums(ones).tolist() == [
        *(11, 111, 1_110, 1_100),
        *(110_000, 110_000),
    ]
    apart = replace(pool, places=np.array([1, 2, 4, 5, 1, 9]))
    assert Surroundings(apart, 1).sums(ones).tolist() == [
        *(11, 11, 1_100, 1_100),
        *(10_000, 100_000),
    ]
    assert Surroundings(apart, 1).means(ones)[0] == 5.5


# ---- the second stage


@pytest.mark.parametrize(
    ("question", "number"),
    [
        ("What is the launch code?", 4),
        ("Which codes did I give you for the gates?", 4),
        ("Where did Ana move?", 0),
        ("What am I baking?", 2),
        ("Will it be raining?", 6),
        ("7391", 4),
    ],
)
def test_a_message_is_found_by_the_words_it_shares(question, number):
    assert found(question)[0] == number


@pytest.mark.parametrize("question", ["And why?", "", "…", "Zebra?"])
def test_nothing_is_found_by_words_that_say_nothing(question):
    assert found(question) == []


def test_nothing_is_found_among_nothing():
    assert found("bread", []) == []
    question = asked("bread in May 2026")
    pool = pool_of(question, [])
    nowhere = Cosines(np.zeros(0), 0.0, 1.0)
    assert rank(question, pool, np.ones(len(question.terms)), nowhere) == []


def test_no_more_are_given_than_asked_for():
    question = asked("code")
    pool = pool_of(question, [("user", "The code is red.")] * 20)
    assert len(rank(question, pool, rarities_in(pool), at_most=4)) == 4
    assert rank(question, pool, rarities_in(pool), at_most=0) == []


def test_of_equals_the_later_is_first():
    said = [("user", "The code is red.")] * 6
    numbers = np.array([3, 9, 1, 7, 5, 2])
    alone = np.arange(6)
    assert found("red code", said, numbers=numbers, conversations=alone) == [
        *(9, 7, 5, 3, 2, 1)
    ]


def test_the_one_who_is_asked_about_comes_first():
    said = [("user", "Rye bread."), ("assistant", "Rye bread.")]
    alone = np.array([1, 2])
    assert found("my bread", said, conversations=alone) == [0, 1]
    assert found("your bread", said, conversations=alone) == [1, 0]
    assert found("bread", said, conversations=alone) == [1, 0]  # the later


def test_who_asks_when_is_given_times_first():
    said = [("user", "I baked bread yesterday."), ("user", "I baked bread hungrily.")]
    alone = np.array([1, 2])
    assert found("When was bread baked?", said, conversations=alone) == [0, 1]
    assert found("Why was bread baked?", said, conversations=alone) == [1, 0]


def test_answers_come_before_questions():
    said = [("user", "Bread has holes."), ("user", "Bread has holes?")]
    assert found("holes in bread", said, conversations=np.array([1, 2])) == [0, 1]


def test_what_was_said_on_the_day_comes_first_then_in_the_month():
    said = [("user", "We baked bread.")] * 3
    days = np.array(["2026-04-01", "2026-03-02", "2026-03-09"], "datetime64[D]")
    alone = np.array([1, 2, 3])
    more = {"days": days, "conversations": alone}
    assert found("bread on March 2", said, **more) == [1, 2, 0]
    assert found("bread on March 2, 2025", said, **more) == [2, 1, 0]
    assert found("what happened in april?", said, **more) == [0]


def test_an_answer_is_found_by_the_question_before_it():
    said = [
        ("user", "What did you think of the lighthouse keeper?"),
        ("assistant", "A most generous woman, and patient."),
        *[("user", "Something else altogether."), ("assistant", "Indeed so.")] * 4,
    ]
    assert set(found("lighthouse keeper", said)[:2]) == {0, 1}
    assert len(found("lighthouse keeper", said)) == 1 + AROUND


def test_a_row_near_by_vector_is_found_without_a_word():
    question = asked("feline")
    pool = pool_of(question, TALK)
    values = np.array([0.1, np.nan, 0.1, 0.6, 0.1, 0.1, np.nan, 0.1])
    told = rank(question, pool, rarities_in(pool), Cosines(values, 0.1, 0.2))
    assert [number for number, _ in told] == [3]
    nothing = Cosines(values, 0.1, 0.0)
    assert rank(question, pool, rarities_in(pool), nothing) == []


def test_a_model_whose_cosines_are_all_high_ranks_as_one_whose_are_low():
    question = asked("rye bread")
    pool = pool_of(question, TALK)
    low = np.linspace(0, 0.4, len(TALK))
    high = 0.8 + low / 4
    ranked = [
        rank(question, pool, rarities_in(pool), Cosines(values, values.mean(), spread))
        for values, spread in ((low, low.std()), (high, high.std()))
    ]
    assert [r.number for r in ranked[0]] == [r.number for r in ranked[1]]


def test_every_weight_has_its_feature_and_the_sign_that_makes_sense():
    question = asked("bread")
    pool = pool_of(question, TALK)
    cosines = Cosines(np.zeros(len(TALK)), 0.0, 1.0)
    assert WORDS.keys() == features(question, pool, np.ones(1), None).keys()
    with_vectors = features(question, pool, np.ones(1), cosines)
    assert WORDS_AND_VECTORS.keys() == with_vectors.keys()
    for weights in (WORDS, WORDS_AND_VECTORS):
        assert [name for name, weight in weights.items() if weight < 0] == ["question"]


def test_only_one_of_them_talks():
    said = [("user", text) for _, text in TALK]
    assert found("my launch code", said)[0] == 4
    assert found("your launch code", said)[0] == 4


def test_a_long_answer_about_it_comes_before_a_short_word_of_it():
    about = " ".join(f"Sourdough bread needs step{n} and time." for n in range(60))
    said = [
        ("user", "Some bread, cheese and a plum, please."),
        ("assistant", about),
        *[("user", "Something else is here."), ("assistant", "So it is.")] * 5,
    ]
    alone = np.arange(len(said))
    assert found("sourdough bread", said, conversations=alone)[0] == 1


# ---- always

WORDS_SAID = "bread rye gate code river heron yesterday so?"
texts = st.lists(st.sampled_from(WORDS_SAID.split()), max_size=6).map(" ".join)
said_by = st.tuples(st.sampled_from(["user", "assistant", "tool"]), texts)
talks = st.lists(st.tuples(st.integers(1, 3), said_by), max_size=14)


def rows(pool: Pool, order: Sequence[int]) -> Pool:
    at = np.array(order, np.int64)
    return Pool(*(getattr(pool, field.name)[at] for field in fields(pool)))


def ranked(question: Question, talk: list[tuple[int, Said]], near: list[float]):
    pool = pool_of(question, [said for _, said in talk], [where for where, _ in talk])
    cosines = Cosines(np.array(near[: len(talk)]), 0.1, 0.3) if near else None
    return pool, rarities_in(pool), cosines


@given(
    talks,
    texts,
    st.one_of(st.just([]), st.lists(st.floats(-1, 1), min_size=14, max_size=14)),
    st.randoms(use_true_random=False),
)
def test_the_order_of_rows_does_not_matter_and_scores_are_shares(
    talk, text, near, random
):
    question = asked(text)
    pool, told, cosines = ranked(question, talk, near)
    once = rank(question, pool, told, cosines)
    order = list(range(len(talk)))
    random.shuffle(order)
    mixed = cosines and cosines._replace(values=cosines.values[order])
    again = rank(question, rows(pool, order), told, mixed)
    scores = [score for _, score in once]
    assert dict(again) == pytest.approx(dict(once))
    assert all(np.isfinite(scores)) and scores == sorted(scores, reverse=True)
    assert sum(scores) == pytest.approx(1 if once else 0)
    assert len({number for number, _ in once}) == len(once)


@given(texts, texts, st.lists(said_by, max_size=6))
def test_another_conversation_never_lends_its_words(text, before, talk):
    """All else being equal: what stands in the same place of another talk."""
    question = asked(text)
    said = [("user", before), *talk]
    elsewhere = pool_of(question, said, [1, *[2] * len(talk)])
    silent = pool_of(question, [("user", ""), *talk], [1, *[2] * len(talk)])
    for reach in (AROUND, STRETCH):
        one = Surroundings(elsewhere, reach).sums(elsewhere.counts)
        other = Surroundings(silent, reach).sums(silent.counts)
        assert one[1:].tolist() == other[1:].tolist()


@given(texts, texts)
def test_a_message_that_says_it_is_never_behind_one_that_does_not(text, other):
    question = asked(f"{text} bread")
    said = [("user", f"{other} bread"), ("user", f"{other} heronry")]
    pool = pool_of(question, said, [1, 2])
    pool = replace(pool, tells_time=pool.asks & False, asks=pool.asks & False)
    assert rank(question, pool, rarities_in(pool))[0].number == 0
