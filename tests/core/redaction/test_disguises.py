"""What only looks different is the same; places are those of the text as it stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.core.redaction.folding import Folded
from tests.core.redaction.values import found, in_fours, with_check_digit

CARD = in_fours(with_check_digit("510510510510510"))


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("CARD", CARD.replace(" ", "\u00a0")),
        ("CARD", CARD.replace(" ", "\u2009")),
        ("CARD", CARD.replace(" ", "\u2013")),
        ("CARD", CARD.replace(" ", "\u200b")),
        ("CARD", "".join(chr(ord(c) + 0xFEE0) if c != " " else c for c in CARD)),
        ("EMAIL", "ann%40example.com"),
        ("EMAIL", "ann&#64;example.com"),
        ("EMAIL", "ann&#x40;example&period;com"),
        ("EMAIL", "ann&commat;example.com"),
        ("EMAIL", "a\u00adnn@exam\u00adple.com"),
        ("EMAIL", "ann [at] example [dot] com"),
        ("EMAIL", "ann(at)example.com"),
        ("EMAIL", "ann <at> example.com"),
        ("EMAIL", r"ann\u0040example.com"),
        ("EMAIL", "\uff41nn\uff20example\uff0ecom"),
        ("PHONE", "+1 ٢١٢-٥٥٥-٠١٤٧"),
        ("PHONE", "%2B33612345678"),
        ("PHONE", "\uff0b1 212\u2011555\u20110147"),
        ("SSN", "219\u201346\u20133375"),
        ("IP", "91\u200b.198.174.192"),
    ],
)
def test_a_disguise_hides_nothing(kind, written):
    assert found(f"é {written}, % & [x]") == [(kind, written)]


def test_a_line_in_a_string_of_code_ends_where_it_is_written():
    assert found(rf"\n{CARD}\n") == [("CARD", CARD)]
    assert found(r"SSN:\t219-46-3375\r\n") == [("SSN", "219-46-3375")]
    assert found(r"CORP\nancy@example.com") == [("EMAIL", "nancy@example.com")]


@given(st.text())
def test_every_place_leads_back_to_where_it_came_from(text):
    folded = Folded(text)
    places = [folded.original(at, at + 1) for at in range(len(folded.text))]
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert all(
        one[1] <= other[0] for one, other in zip(places, places[1:], strict=False)
    )


@given(st.text(st.characters(exclude_characters="%&[({<\\", max_codepoint=0x7E)))
def test_plain_text_is_read_as_it_is(text):
    assert Folded(text).text == text
