"""Where the parts of a query are in a text, and what of it a list shows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.core.finding import Finder, fold, in_text
from conversations.core.queries import parse
from conversations.core.snippets import AROUND, WIDEST, snippet, whole
from conversations.core.terms import folded, is_unspaced, terms_of, words_of

SIGNS = st.text(st.sampled_from("aeébßﬁİ東京 _-.,\n1Ⅳ½ก\u0301"), max_size=60)


def marked(query: str, text: str, **how: bool) -> list[str] | None:
    """The words that are found, as they stand in the text."""
    match = Finder(parse(query, **how)).find(text)
    if match is None:
        return None
    return [text[place.start : place.end] for place in in_text(text, match.places)]


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("paint", "Painted; painting a paint-pot.", ["Painted", "painting", "paint"]),
        ("story", "Stories of a storyteller", ["Stories"]),
        ("stories", "a story", ["story"]),
        ("red door", "A door is red.", ["door", "red"]),
        ("red door", "A door is blue.", None),
        ('"red door"', "A door is red.", None),
        ('"red door"', "A red\n-- door.", ["red\n-- door"]),
        ('"red doors"', "A red door.", None),
        ('"to be"', "or not to be", ["to be"]),
        ("cafe", "Das CAFÉ", ["CAFÉ"]),
        ("Café", "the cafe\u0301!", ["cafe\u0301"]),
        ("strasse", "Die Straße", ["Straße"]),
        ("fine", "ﬁne ½", ["ﬁne"]),
        ("1", "about ½", ["½"]),
        ("東京", "私は東京都に", ["東京"]),
        ("東京 京都", "東京都", ["東京", "京都"]),
        ("서울", "어제 서울에서", ["서울"]),
        ("dışarı", "DIŞARI çık", ["DIŞARI"]),
        ("aero", "på Ærø", ["Ærø"]),
        ("node.js", "Node.js, node js", ["Node.js", "node js"]),
        ("node.js", "js node", None),
        ("art", "party start art", ["art"]),
        ("snake", "a_snake_case", ["snake"]),
        ("the door", "a door", ["door"]),
        ("the", "breathe the air", ["the"]),
        ("the", "breathe", None),
        ("door -red", "a red door", None),
        ("door -red", "a door", ["door"]),
        ('-"red door"', "a red door", None),
        ('-"red door"', "a door, red", []),
    ],
)
def test_what_is_found(query: str, text: str, found: list[str] | None) -> None:
    assert marked(query, text) == found


def test_the_last_word_may_go_on_while_it_is_typed() -> None:
    assert marked("sourdo", "Sourdough sour", typing=True) == ["Sourdough"]
    assert marked("sourdo ", "Sourdough sour", typing=True) is None
    assert marked('"a sourd', "a sourdough", typing=True) == ["a sourdough"]
    assert marked("painted", "paints", typing=True) == ["paints"]


def test_words_that_are_near_and_said_often_count_more() -> None:
    finder = Finder(parse("red door"))
    score = lambda text: finder.find(text).score  # noqa: E731

    assert score("red door") > score("red " + "x " * 50 + "door")
    assert score("red door red door") > score("red door")


@given(SIGNS)
def test_folding_sign_by_sign_is_folding(text: str) -> None:
    assert fold(text) == folded(text)


@given(st.text(max_size=50))
def test_folding_any_sign_by_itself_is_folding(text: str) -> None:
    assert fold(text) == folded(text)


@given(SIGNS | st.text(max_size=60), st.data())
def test_whatever_a_text_is_indexed_by_is_found_in_it(text: str, data) -> None:
    words = [w for w in words_of(text) if terms_of(w) and not is_unspaced(w)]
    if words:
        assert marked(data.draw(st.sampled_from(words)), text)


@given(SIGNS, SIGNS)
def test_places_are_in_the_text(query: str, text: str) -> None:
    match = Finder(parse(query, typing=True)).find(text)
    if match is not None:
        for place in in_text(text, match.places):
            assert 0 <= place.start < place.end <= len(text)


# --- snippets
def shown(query: str, text: str) -> str:
    """With what is marked in brackets."""
    match = Finder(parse(query)).find(text)
    pieces = snippet(text, in_text(text, match.places))
    return "".join(f"[{p.text}]" if p.marked else p.text for p in pieces)


def test_a_short_text_is_shown_as_it_is() -> None:
    assert shown("red door", "A  red\n\tdoor.") == "A [red] [door]."


def test_a_long_one_is_cut_between_words() -> None:
    text = "long " * 100 + "door" + " tail" * 100

    said = shown("door", text)

    assert said.startswith("… long ") and said.endswith(" tail …")
    assert len(said) <= 2 * AROUND + 20


def test_the_place_with_most_of_the_words_is_shown() -> None:
    text = "red " + "x " * 200 + "a red door " + "y " * 200 + "door"

    assert "a [red] [door]" in shown("red door", text)


def test_text_without_spaces_is_cut_too() -> None:
    said = shown("東京", "空" * 500 + "東京" + "山" * 500)

    assert "[東京]" in said and len(said) < 3 * AROUND


@given(SIGNS.map(lambda text: text * 20), SIGNS)
def test_a_snippet_is_short_and_of_the_text(text: str, query: str) -> None:
    match = Finder(parse(query)).find(text)
    places = in_text(text, match.places) if match else ()

    pieces = snippet(text, places)

    assert sum(len(piece.text) for piece in pieces) <= 2 * AROUND + WIDEST + 70
    spaced = " ".join(text.split())
    assert all(p.text.strip() in spaced or p.text in ("… ", " …") for p in pieces)
    assert "".join(p.text for p in whole(text, places)).split() == text.split()


def test_what_cannot_be_shown_is_not() -> None:
    pieces = snippet("a\x00b\ud800c", ())

    assert pieces[0].text == "a\ufffdb\ufffdc"
