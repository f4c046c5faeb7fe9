"""Whatever the text, what is found is in it, and taking it out takes it out."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conversations.core.redaction import (
    MemoryVault,
    Span,
    Type,
    find,
    mask,
    restore,
    to_placeholders,
)
from conversations.core.redaction.spans import merged
from tests.core.redaction.values import found, values

FRAGMENTS = [
    "ann@example.com", "+1 212-555-0147", "212 555 0147", "4111 1111 1111 1111",
    "DE89 3704 0044 0532 0130 00", "219-46-3375", "91.198.174.192", "030 123456",
    "2a00:1450:4001:81b::200e", "06 12 34 56 78", "password=", "Tr0ub4dor&3",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a", "bearer ", "://u:pw123@h.de",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "-----BEGIN PRIVATE KEY-----",
    "-----END PRIVATE KEY-----", "abc123DEF456ghi789", "phone ", "order ",
    "[EMAIL_1]", "\\[EMAIL\\_1\\]", "[EMAIL]", "[TEXT_1]", "[", "\\", "]", "_1]",
    "EMAIL", "%40", "%", "&#64;", "(at)", " ", "\n", ".", "-", "/", ":", "@", "+",
    "0", "7", "a", "é", "電", "\u00ad", "\u00a0", "\0", "🙂",
]  # fmt: skip
texts = st.one_of(
    st.lists(st.sampled_from(FRAGMENTS), max_size=9).map("".join),
    st.lists(values, max_size=3).map(" ".join),
    st.text(max_size=60),
)


@given(texts)
def test_spans_are_sorted_disjoint_and_in_the_text(text):
    end = 0
    for span in find(text):
        assert end <= span.start < span.end <= len(text)
        end = span.end


@given(texts)
def test_masking_what_was_masked_changes_nothing(text):
    masked = mask(text)
    assert mask(masked.text) == (masked.text, [])


@given(values, st.sampled_from(" .,;:!?()[]<>\"'|*_~\n\t電…—"), st.data())
def test_a_value_is_taken_out_between_any_two_signs(value, sign, data):
    other = data.draw(st.sampled_from(" .,;!?()]<>\"'|*_~\n\t電…—"))
    [(_, covered)] = found(f"x {sign}{value}{other} x")
    assert value in covered


@given(texts, texts)
def test_masking_keeps_all_that_is_not_found(before, after):
    text = f"{before}\n{after}"
    kept, done = [], 0
    for span in find(text):
        kept.append(text[done : span.start])
        done = span.end
    masked = mask(text).text
    for piece in [*kept, text[done:]]:
        assert piece in masked
        masked = masked[masked.index(piece) + len(piece) :]


def test_what_was_found_is_told_by_its_type():
    text = "Ann, ann@example.com, 91.198.174.192"
    assert mask(text).text == "Ann, [EMAIL], [IP]"
    assert mask(text).found == [Span(Type.EMAIL, 5, 20), Span(Type.IP, 22, 36)]


@given(texts)
def test_what_was_put_away_comes_back(text):
    vault = MemoryVault()
    placed = to_placeholders(text, vault)
    assert restore(placed, vault) == text
    assert restore(to_placeholders(placed, vault, placed=True), vault) == text


@given(st.lists(texts, max_size=3), texts)
@example(earlier=[], text="ann@example.com[EMAIL_1]")
def test_placing_again_keeps_what_a_text_means(earlier, text):
    vault = MemoryVault()
    for one in earlier:
        to_placeholders(one, vault)
    means = restore(text, vault)
    assert restore(to_placeholders(text, vault, placed=True), vault) == means


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ((Type.PHONE, 0, 9), (Type.CARD, 3, 6), (Type.CARD, 0, 9)),
        ((Type.SECRET, 0, 5), (Type.EMAIL, 3, 9), (Type.SECRET, 0, 9)),
        ((Type.IP, 2, 4), (Type.IP, 2, 9), (Type.IP, 2, 9)),
    ],
)
def test_of_two_that_overlap_all_is_covered(one, other, both):
    assert merged([Span(*one), Span(*other)]) == [Span(*both)]
    assert merged([Span(*other), Span(*one)]) == [Span(*both)]


def test_two_that_touch_stay_two():
    spans = [Span(Type.IP, 0, 4), Span(Type.EMAIL, 4, 9)]
    assert merged(reversed(spans)) == spans
