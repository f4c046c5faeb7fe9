"""What was looked at is not looked at again, and gives the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from conversations.core.redaction import again, find, mask
from conversations.core.redaction.again import Finder

PARTS = ["ann@example.com", "+49 151 23456789", "words", "\ud800", " "]


@given(st.lists(st.sampled_from(PARTS)).map("".join))
def test_it_finds_what_find_finds_every_time(text):
    finder = Finder()
    assert finder(text) == finder(text) == find(text)
    assert mask(text, look=finder) == mask(text)


def test_a_text_is_looked_at_once(monkeypatch):
    looked = []
    monkeypatch.setattr(again, "find", lambda text: looked.append(text) or [])
    finder = Finder(most=2)
    for text in ("a", "b", "a", "c", "a", "b"):
        finder(text)
    assert looked == ["a", "b", "c", "b"]  # it made room for c
    assert len(finder) == 2


def test_what_is_given_out_is_nobody_elses():
    finder = Finder()
    finder("ann@example.com").clear()
    assert len(finder("ann@example.com")) == 1
