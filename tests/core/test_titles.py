import pytest

from conversations.core.titles import clean_title


@pytest.mark.parametrize(
    ("answer", "title"),
    [
        ("Rye starter trouble", "Rye starter trouble"),
        ('"Rye starter trouble."', "Rye starter trouble"),
        ("Title: **Rye starter**\nBecause you asked.", "Rye starter"),
        ("<think>hm, a title…</think>\n\nRye starter", "Rye starter"),
        ("<think>never closed", ""),
        ("  Zwei\tWörter \x07", "Zwei Wörter"),
        ("", ""),
        ("...", ""),
        ("Sure! Here is a title that I think would fit your conversation well:", ""),
        ("x" * 81, ""),
    ],
)
def test_only_a_title_is_taken_from_an_answer(answer, title):
    assert clean_title(answer) == title
