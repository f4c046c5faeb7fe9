"""What can be found of a text."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.core.requests import MAX_TEXT_BYTES
from conversations.core.terms import (
    EDGES,
    LONGEST,
    beginning,
    beginnings_of,
    entry_terms,
    terms_of,
    words_of,
)

DAY = date(2026, 3, 14)


def test_words_are_found_by_what_they_have_in_common():
    assert terms_of("Painting the paintings") == {"paint": 2}
    assert terms_of("Über Cafés") == {"uber": 1, "caf": 1}


@pytest.mark.parametrize("text", ["", "the and of", "!!! --- ???", "\u0301\u0301"])
def test_what_says_nothing_has_no_terms(text):
    assert terms_of(text) == {}


def test_signs_written_without_spaces_are_found_in_pairs():
    assert set(terms_of("東京都に")) == {"東京", "京都", "都に"}
    assert list(words_of("go東京now")) == ["go", "東京", "now"]


def test_a_korean_word_is_found_whatever_ending_is_stuck_to_it():
    assert set(terms_of("서울")) <= set(terms_of("어제 서울에서 만났다"))


def test_a_korean_word_written_in_letters_is_the_word_written_in_syllables():
    assert terms_of(unicodedata.normalize("NFD", "서울에서")) == terms_of("서울에서")


@pytest.mark.parametrize(
    ("written", "typed"),
    [("Łódź", "lodz"), ("Ærøskøbing", "aeroskobing"), ("DIŞARI", "dışarı"),
     ("ŒUVRE", "oeuvre"), ("Đà Nẵng", "da nang")],
)  # fmt: skip
def test_letters_that_have_no_accent_to_take_off_are_found_all_the_same(written, typed):
    assert terms_of(written) == terms_of(typed)


def test_beginnings_are_those_of_the_words_as_written():
    assert beginnings_of("Painting the") == {"pa", "pai", "paint"}
    assert beginnings_of("it ox") == {"ox"}


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("p", None),
        ("pa", "pa"),
        ("pain", "pai"),
        ("paint", "paint"),
        ("paints", "paint"),
    ],
)
def test_a_beginning_is_looked_up_by_the_longest_that_is_kept(typed, found):
    assert beginning(typed) == found


def test_an_entry_has_words_levels_beginnings_days_and_marks():
    terms, length = entry_terms("Heron heron! ```x```", DAY)
    assert length == 2
    assert terms == {
        *("heron", "2:heron", "p:he", "p:her", "p:heron"),
        *("d:2026-03-14", "m:2026-03", "y:2026", "has:code"),
    }


def test_how_often_is_kept_roughly():
    terms, _ = entry_terms("gull " * 5, DAY)
    assert {"gull", "2:gull", "4:gull"} <= terms


def test_a_long_text_is_found_by_how_it_begins():
    assert "heron" not in terms_of("x " * LONGEST + "heron")


def test_whatever_can_be_sent_is_found_to_its_last_word():
    assert "heron" in terms_of("x " * (MAX_TEXT_BYTES // 2) + "heron")


@given(st.text(max_size=200))
def test_every_word_of_a_text_is_found_by_its_beginning(text):
    kept = beginnings_of(text)
    terms, length = entry_terms(text, DAY)
    assert {f"p:{each}" for each in kept} <= terms
    assert all(len(each) in EDGES for each in kept)
    assert length == sum(terms_of(text).values())


@given(st.text(max_size=200))
def test_terms_of_words_and_other_terms_are_never_taken_for_each_other(text):
    assert not any(":" in term for term in terms_of(text))
