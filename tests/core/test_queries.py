"""What was typed into a search, taken apart."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.core.periods import BadPeriod, period, terms_between
from conversations.core.queries import (
    LONGEST,
    MOST_WORDS,
    TOO_MANY,
    Part,
    Query,
    parse,
)
from conversations.core.terms import day_terms

RED_DOOR = Part(("red", "door"), exact=True)
DAYS = st.dates(date(1990, 1, 1), date(2030, 1, 1))


def word(text: str, **how: bool) -> Part:
    return Part((text,), **how)


@pytest.mark.parametrize(
    ("typed", "parts"),
    [
        ("", ()),
        ("  \t\n ", ()),
        ("Red DOOR", (word("red"), word("door"))),
        ("Café Über", (word("cafe"), word("uber"))),
        ("東京 tower", (word("東京"), word("tower"))),
        ("go東京now", (Part(("go", "東京", "now"), exact=True),)),
        ("node.js", (Part(("node", "js"), exact=True),)),
        ("alice's dog’s", (word("alice"), word("dog"))),
        ("--all a-b", (word("all"), Part(("a", "b"), exact=True))),
        ("100% _x_ *y* [a-z]+", (word("100"), word("x"), word("y"),
                                 Part(("a", "z"), exact=True))),
        ("% _ * .* ?", ()),
        ("🎉", ()),
    ],
)  # fmt: skip
def test_words(typed: str, parts: tuple[Part, ...]) -> None:
    assert parse(typed) == Query(parts=parts)


@pytest.mark.parametrize(
    "typed", ['"red door"', "“Red, door!”", "„red door“", "„red door”", "«red door»",
              "»red door«", '"red door'],
)  # fmt: skip
def test_phrases(typed: str) -> None:
    assert parse(typed) == Query(parts=(RED_DOOR,))


def test_a_phrase_ends_where_it_is_closed_and_may_be_one_word() -> None:
    door = word("door", exact=True)
    assert parse('"door"s "" x').parts == (door, word("s"), word("x"))


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("in:title", Query(kind="title")),
        ("IN:Title", Query(kind="title")),
        ("in:files", Query(kind="files")),
        ("in:trash", Query(place="trash")),
        ("in:archive", Query(place="archive")),
        ("from:me", Query(role="user")),
        ("from:assistant", Query(role="assistant")),
        ("has:code", Query(code=True)),
        ("has:file", Query(file=True)),
        ("has:code has:file", Query(code=True, file=True)),
        ("is:pinned", Query(pinned=True)),
        ("pinned:", Query(pinned=True)),
        ("before:2026", Query(until=date(2026, 1, 1))),
        ("before:2026-03", Query(until=date(2026, 3, 1))),
        ("before:2026-03-14", Query(until=date(2026, 3, 14))),
        ("after:2025", Query(since=date(2025, 1, 1))),
        ("after:2025-12", Query(since=date(2025, 12, 1))),
        ("on:2026-03-14", Query(since=date(2026, 3, 14), until=date(2026, 3, 15))),
        ("on:2026-12", Query(since=date(2026, 12, 1), until=date(2027, 1, 1))),
        ("on:2026", Query(since=date(2026, 1, 1), until=date(2027, 1, 1))),
        ("on:2026/3/4", Query(since=date(2026, 3, 4), until=date(2026, 3, 5))),
        ("after:2025 on:2024", Query(since=date(2025, 1, 1), until=date(2025, 1, 1))),
    ],
)
def test_operators(typed: str, expected: Query) -> None:
    assert parse(typed) == expected
    assert parse(f"door {typed} red").parts == (word("door"), word("red"))


@pytest.mark.parametrize("typed", ["in:nowhere", "from:bob", "foo:bar", "pinned:x"])
def test_an_unknown_operator_is_words(typed: str) -> None:
    assert parse(typed) == Query(parts=(Part(tuple(typed.split(":")), exact=True),))


def test_what_is_excluded() -> None:
    assert parse('door -red -"old house" -in:title') == Query(
        parts=(word("door"),),
        without=(
            word("red"),
            Part(("old", "house"), exact=True),
            Part(("in", "title"), exact=True),
        ),
    )
    assert parse("- -- -") == Query()


@pytest.mark.parametrize(
    "value", ["", "x", "26", "2026-13", "2026-02-30", "0000", "9999-1", "2026-3-14-1",
              "-2026", "٢٠٢٦", "1e9", "2026-"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["before", "after", "on"])
def test_a_bad_date_is_told_and_loses_nothing(name: str, value: str) -> None:
    found = parse(f"red {name}:{value} door from:me")

    assert found.parts == (word("red"), word("door")) and found.role == "user"
    assert (found.since, found.until) == (None, None)
    (sentence,) = found.notices
    assert sentence.startswith(f"“{name}:{value}” is left out")
    assert f"{name}:2026-03-14" in sentence


def test_while_it_is_typed_the_last_word_may_go_on() -> None:
    assert parse("red doo", typing=True).parts == (word("red"), word("doo", open=True))
    assert parse("red doo ", typing=True).parts == (word("red"), word("doo"))
    assert parse('"red doo"', typing=True).parts[0].open is False
    assert parse('"red doo', typing=True).parts[0].open is True
    assert parse("node.j", typing=True).parts[0].open is True


@pytest.mark.parametrize("begun", ["from:", "in:t", "before:", "on:20", "has:c", "is:"])
def test_an_operator_that_is_being_typed_is_no_mistake(begun: str) -> None:
    assert parse(f"door {begun}", typing=True) == Query(parts=(word("door"),))


def test_too_many_words_are_told() -> None:
    found = parse(" ".join(f"word{n}" for n in range(MOST_WORDS + 1)))

    assert len(found.parts) == MOST_WORDS and found.notices == (TOO_MANY,)


@given(st.text(max_size=2 * LONGEST), st.booleans())
def test_anything_can_be_typed(typed: str, typing: bool) -> None:
    found = parse(typed, typing=typing)

    assert sum(len(part.words) for part in found.parts + found.without) <= MOST_WORDS
    assert all(part.words for part in found.parts + found.without)


@given(
    st.lists(
        st.sampled_from(
            [
                "door",
                '"a b"',
                "-x",
                "from:me",
                "before:2026",
                "on:x",
                "in:title",
                "é",
                '"',
            ]
        )
    )
)
def test_order_and_spaces_mean_little(typed: list[str]) -> None:  # fmt: skip
    assert parse(" ".join(typed)) == parse("  " + "   ".join(typed) + " \n")


# --- periods
@given(DAYS, DAYS)
def test_terms_between_two_days_are_those_of_the_days_between(one, other) -> None:
    first, last = sorted((one, other))
    terms = set(terms_between(first, last))

    for day in (first, last, first + (last - first) / 2):
        assert terms & set(day_terms(day))
    for day in (first - timedelta(1), last + timedelta(1)):
        assert not terms & set(day_terms(day))
    assert len(terms) <= 2 * (30 + 11) + 40


def test_no_time_at_all_has_no_terms() -> None:
    assert list(terms_between(date(2026, 1, 2), date(2026, 1, 1))) == []


@given(st.text(max_size=12))
def test_a_period_is_read_or_refused(typed: str) -> None:
    try:
        first, after = period(typed)
    except BadPeriod:
        return
    assert first < after
