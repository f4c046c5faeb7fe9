"""What was found once is found again, whatever stands around it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.core.redaction import Known, MemoryVault, Span, Type, to_placeholders

PHONE, PIN = "0171 555 0199", "hunter2"


@pytest.fixture
def known():
    known = Known()
    known.add(Type.PHONE, PHONE)
    known.add(Type.SECRET, PIN)
    return known


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        (PHONE, [(0, 13)]),
        (f"so {PHONE}{PHONE}", [(3, 16), (16, 29)]),
        (f"x{PHONE}y", [(1, 14)]),  # long enough to be nothing else
        (f"({PIN})", [(1, 8)]),
        (f"x{PIN}", []),  # short enough to be some other word
        (f"{PIN}s and {PIN}", [(13, 20)]),
        (PHONE[:-1], []),
        ("", []),
        ("hu", []),
    ],
)
def test_a_known_value_is_found_wherever_it_stands(known, text, spans):
    assert [span[1:] for span in known.spans(text)] == spans


def test_the_kind_is_the_one_it_was_found_as(known):
    assert known.spans(f"{PIN} {PHONE}") == [
        Span(Type.SECRET, 0, 7),
        Span(Type.PHONE, 8, 21),
    ]


@pytest.mark.parametrize(("kind", "value"), [(Type.TEXT, "[EMAIL_1]"), (Type.IP, "::")])
def test_what_only_looks_like_a_placeholder_and_what_is_too_short_is_not_kept(
    kind, value
):
    known = Known()
    known.add(kind, value)
    assert len(known) == 0
    assert known.version == 0


def test_the_value_that_was_seen_longest_ago_goes():
    known = Known(most=2)
    for value in ("one@x.de", "two@x.de", "one@x.de", "three@x.de"):
        known.add(Type.EMAIL, value)
    text = "one@x.de two@x.de three@x.de"
    assert [text[start:end] for _, start, end in known.spans(text)] == [
        "one@x.de",
        "three@x.de",
    ]


def test_of_two_that_overlap_both_are_covered():
    known = Known()
    known.add(Type.PHONE, "555 0199")
    known.add(Type.PHONE, PHONE)
    assert known.spans(PHONE) == [Span(Type.PHONE, 0, 13)]


def test_the_version_tells_when_more_is_found(known):
    before = known.version
    known.add(Type.PHONE, PHONE)
    assert known.version == before
    known.add(Type.PHONE, "0171 555 0100")
    assert known.version == before + 1


def test_a_text_has_the_placeholder_of_a_known_value(known):
    vault = MemoryVault()
    placed = to_placeholders(f"Say {PIN}, or {PHONE}.", vault, known=known)
    assert placed == "Say [SECRET_1], or [PHONE_1]."


def test_a_placeholder_is_not_read_for_known_values():
    known, vault = Known(), MemoryVault()
    known.add(Type.SECRET, "EMAIL_1")
    vault.put(Type.EMAIL, "ann@example.com")
    text = "[EMAIL_1] and EMAIL_1"
    placed = to_placeholders(text, vault, placed=True, known=known)
    assert placed == "[EMAIL_1] and [SECRET_1]"


@given(st.text("ab01 ", max_size=40), st.lists(st.text("ab01", min_size=8, max_size=9)))
def test_it_finds_what_searching_for_each_finds(text, values):
    known = Known()
    for value in values:
        known.add(Type.SECRET, value)
    covered = {at for _, start, end in known.spans(text) for at in range(start, end)}
    for value in values:
        at = text.find(value)
        assert at < 0 or covered.issuperset(range(at, at + len(value)))


@pytest.mark.parametrize(
    ("text", "half"),
    [
        ("so 0171 5", "0171 5"),
        ("so 0171 555 019", "0171 555 019"),
        ("so 0171", ""),  # too little to tell anything
        ("0171 55 so", ""),  # not at the end
    ],
)
def test_the_beginning_of_a_value_at_the_end_of_a_text_is_found(known, text, half):
    assert [text[start:end] for _, start, end in known.cut_off(text)] == [half] * bool(
        half
    )
