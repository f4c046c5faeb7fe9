"""However a reply is cut, it comes out as if it had been restored at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.core.redaction import LONGEST, MemoryVault, Restorer, Type, restore

PIECES = [
    "[EMAIL_1]", "[EMAIL_12]", "[CARD_1]", "[EMAIL_9999999]", "\\[EMAIL\\_1\\]",
    "\\[SECRET\\_1\\]", "[EMAIL\\_1]", "[", "\\", "]", "_", "EMAIL", "EM", "1", "12",
    "*", "[x](", "a", " ", "\n", "🙂", "[[", "\\[", "\\]", "[TEXT_1", "٣",
]  # fmt: skip
replies = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
    st.text("[]\\_EMAIL12 ", max_size=30),
)


def filled() -> MemoryVault:
    vault = MemoryVault()
    for number in range(1, 13):
        vault.put(Type.EMAIL, f"person{number}@example.com")
    vault.put(Type.CARD, "4111 1111 1111 1111")
    vault.put(Type.SECRET, "[EMAIL_1] \\")  # what comes back is not read again
    return vault


VAULT = filled()


@given(replies, st.lists(st.integers(0, 60), max_size=20))
def test_every_cut_gives_the_same(reply, cuts):
    edges = [0, *sorted(min(cut, len(reply)) for cut in cuts), len(reply)]
    restorer = Restorer(VAULT)
    given_out = [
        restorer.feed(reply[start:end])
        for start, end in zip(edges, edges[1:], strict=False)
    ]
    assert "".join([*given_out, restorer.end()]) == restore(reply, VAULT)
    assert restorer.end() == ""


@given(replies)
def test_no_more_is_held_back_than_a_placeholder_could_need(reply):
    restorer, out = Restorer(MemoryVault()), ""
    for at, sign in enumerate(reply, 1):
        out += restorer.feed(sign)
        held = reply[len(out) : at]
        assert out + held == reply[:at]
        assert len(held) < LONGEST
        assert held == "" or held[0] in "[\\"


@pytest.mark.parametrize(
    ("reply", "held"),
    [
        ("Write to", ""),
        ("Write to [", "["),
        ("\\", "\\"),
        ("[EMAIL_1", "[EMAIL_1"),
        ("[EMAIL_1]", ""),
        ("[EMAIL_12345678", ""),
        ("[EMAIL_0", ""),
        ("[EX", ""),
        ("[link](", ""),
        ("[ ", ""),
        ("a[0", ""),
        ("\\[EMAIL\\_1\\", "\\[EMAIL\\_1\\"),
        ("[EMAIL_1\\", "\\"),
        ("[[IP", "[IP"),
    ],
)
def test_only_what_may_become_a_placeholder_is_held_back(reply, held):
    restorer = Restorer(MemoryVault())
    assert restorer.feed(reply) == reply[: len(reply) - len(held)]
    assert restorer.end() == held


def test_words_without_placeholders_pass_at_once():
    restorer = Restorer(VAULT)
    words = ["One", "two,", " *three*", "(four)!"]
    assert [restorer.feed(word) for word in words] == words
