"""A reply that is masked while it streams: nothing found is shown, all else is."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conversations.core.redaction import Masker, mask
from conversations.core.redaction.streaming import UNBROKEN, WINDOW

VALUES = {
    "[EMAIL]": "ann.lee@example.com",
    "[PHONE]": "+49 151 23456789",
    "[CARD]": "4111 1111 1111 1111",
    "[IBAN]": "GB29 NWBK 6016 1331 9268 19",
    "[IP]": "91.198.174.192",
    "[SECRET]": "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
}
KEY = "-----BEGIN PRIVATE KEY-----\n" + "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n" * 26
KEY += "-----END PRIVATE KEY-----"
WORDS = ["One", "two", "three,", "a", "list:", "-", "*bold*", "is", "(so)", "😀", "\n"]

sentences = st.lists(
    st.sampled_from([*WORDS, *VALUES.values()]), min_size=1, max_size=14
).map(" ".join)


def streamed(text, cuts):
    edges = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    masker = Masker()
    given_out = [masker.feed(text[at:end]) for at, end in pairwise(edges)]
    return "".join([*given_out, masker.end()])


def plain_words(text):
    return [word for word in text.split() if word in WORDS]


@given(sentences, st.lists(st.integers(0, 300), max_size=30))
@example(f"so {VALUES['[CARD]']} it", list(range(60)))
def test_no_cut_shows_a_value(text, cuts):
    shown = streamed(text, cuts)
    for value in VALUES.values():
        assert value not in shown
    assert plain_words(shown) == plain_words(text)  # and all else is shown


@given(sentences)
def test_in_one_piece_it_is_masking(text):
    assert streamed(text, []) == mask(text).text


@pytest.mark.parametrize(("masked", "value"), VALUES.items())
def test_letter_by_letter_each_value_is_masked(masked, value):
    text = f"Here it is, as you wanted it: {value} – is that all?"
    assert streamed(text, range(len(text))) == text.replace(value, masked)


def test_a_private_key_is_masked_however_long():
    text = f"Take this.\n{KEY}\nDone."
    shown = streamed(text, range(0, len(text), 7))
    assert shown == "Take this.\n[SECRET]\nDone."


def test_a_long_word_is_masked_whole():
    token = "ghp_" + "a1B2" * 300
    assert streamed(f"It is {token} then", range(0, 1300, 5)) == "It is [SECRET] then"


def test_plain_words_are_hardly_held_back():
    masker, text = Masker(), "These are some plain words that nobody has to wait for. "
    out = ""
    for at, sign in enumerate(text, 1):
        out += masker.feed(sign)
        assert at - len(out) <= 12  # the last word or two
    assert out + masker.end() == text


@pytest.mark.parametrize("filler", ["1. item ", "12 34 56 78 ", "(at) "])
def test_of_numbers_no_more_is_held_back_than_a_value_could_need(filler):
    masker, given_in, out = Masker(), 0, 0
    for _ in range(200):
        out += len(masker.feed(filler))
        given_in += len(filler)
        assert given_in - out <= WINDOW + 2 * len(filler)
    assert given_in - out < given_in


def test_a_word_without_end_is_not_held_back_for_ever():
    masker = Masker()
    out = sum(len(masker.feed("abcdefg" * 100)) for _ in range(60))
    assert out >= 60 * 700 - 2 * UNBROKEN


def test_what_is_said_before_a_number_still_says_what_it_is():
    text = "My handy is, as I have told you, 0151 2345678 and no other."
    assert mask(text).text != text
    assert streamed(text, range(len(text))) == mask(text).text


def test_at_its_end_nothing_is_left():
    masker = Masker()
    masker.feed("ann@example.com")
    assert (masker.end(), masker.end()) == ("[EMAIL]", "")
