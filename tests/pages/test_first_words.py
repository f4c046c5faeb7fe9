"""The first words of a message as its title, whatever the message is."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.core.first_words import (
    MOST_CHARACTERS,
    MOST_WORDS,
    UNTITLED,
    first_words,
)


@pytest.mark.parametrize(
    ("message", "title"),
    [
        ("Hello", "Hello"),
        ("Why is my rye starter flat", "Why is my rye starter flat"),
        ("Why is my rye starter flat, and wet?", "Why is my rye starter flat…"),
        ("  spaces\n\nand\tlines  ", "spaces and lines"),
        ("# A heading\n\nText", "A heading Text"),
        ("**Bold** and _italic_ and `code`", "Bold and italic and code"),
        ("> quoted\n> twice", "quoted twice"),
        ("- one\n- two\n1. three", "one two three"),
        ("[a link](https://example.org/x) here", "a link here"),
        ("snake_case and 2*3*4", "snake_case and 2*3*4"),
        ("Fix this:\n```py\nx = 1\n```\nplease", "Fix this: please"),
        ("```py\nprint(1)\n```", "print(1)"),
        ("```\nnever closed", "never closed"),
        ("~~~\na\n~~~ \nafter", "after"),
        ("***", "***"),
        ("? ! …", "? ! …"),
        ("", UNTITLED),
        (" \n\t ", UNTITLED),
        ("\u200b\u202e\x00", UNTITLED),
        ("\ud800", UNTITLED),
    ],
)
def test_the_first_words(message: str, title: str) -> None:
    assert first_words(message) == title


def test_a_word_without_end_is_cut() -> None:
    assert first_words("a" * 100) == "a" * 47 + "…"


def test_a_script_without_spaces_is_cut() -> None:
    assert first_words("日本語" * 30) == ("日本語" * 16)[:47] + "…"


def test_words_from_right_to_left_stay() -> None:
    assert first_words("שלום עולם") == "שלום עולם"
    assert first_words("می‌خواهم بدانم") == "می‌خواهم بدانم"


@pytest.mark.parametrize("sign", ["👨‍👩‍👧‍👦", "🇸🇪", "👍🏽", "e\u0301", "❤️"])
def test_no_sign_is_cut_in_two(sign: str) -> None:
    title = first_words(sign * 60)

    assert title.endswith("…")
    whole = title[:-1]
    assert whole == sign * (len(whole) // len(sign)) != ""


def test_only_the_beginning_of_a_long_message_is_read() -> None:
    assert first_words("word " * 2_000_000) == "word word word word word word…"


@given(st.text(max_size=300))
def test_it_is_always_a_title(message: str) -> None:
    title = first_words(message)

    assert 1 <= len(title) <= max(MOST_CHARACTERS + 1, len(UNTITLED))
    assert title == title.strip()
    assert len(title.split(" ")) <= MOST_WORDS
    assert not any(
        unicodedata.category(ch).startswith("C") and ch not in "\u200c\u200d"
        for ch in title
    )
