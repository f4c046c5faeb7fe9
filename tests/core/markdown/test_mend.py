from __future__ import annotations

import pytest

from conversations.core.markdown.mend import MAX_PARAGRAPH, mend


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("a **b", "a **b**"),
        ("a **b ", "a **b**"),
        ("a **b*", "a **b**"),
        ("a **", "a "),
        ("a *b **c", "a *b **c***"),
        ("***a", "***a***"),
        ("__a", "__a__"),
        ("snake_case", "snake_case"),
        ("2 * 3", "2 * 3"),
        ("~~a", "~~a~~"),
        ("~~a~", "~~a~~"),
        ("`a", "`a`"),
        ("``a ` b", "``a ` b``"),
        ("a `", "a "),
        ("**a `b", "**a `b`**"),
        ("`*` a", "`*` a"),
        (r"\* a", r"\* a"),
        ("[a", "a"),
        ("[a]", "a"),
        ("[a](", "a"),
        ("[a](http://b", "a"),
        ("[a](http://b)", "[a](http://b)"),
        ("[**a", "**a**"),
        ("![a](http://b", ""),
        ("a $x", "a "),
        ("a $x$ b", "a $x$ b"),
        ("a $5 and $", "a $5 and "),
        ("costs $5", "costs $5"),
        ("a \\(x", "a "),
        ("a \\(x\\) b", "a \\(x\\) b"),
        ("a $x" + "y" * 200, "a $x" + "y" * 200),
    ],
)
def test_what_is_half_typed_in_a_line_is_completed_or_held_back(
    typed: str, shown: str
) -> None:
    assert mend(typed, last_line_open=True) == shown


@pytest.mark.parametrize(
    "typed",
    [
        "-",
        "- ",
        "1",
        "12.",
        "#",
        "## ",
        "```",
        "~~~",
        ">",
        "---",
        "***",
        "$$",
        "\\[",
        "|--",
    ],
)
def test_a_line_that_is_only_marks_waits(typed: str) -> None:
    assert mend(f"a\n{typed}", last_line_open=True) == "a"


@pytest.mark.parametrize(
    "typed", ["\\", "\\[", "\\begin", "\\begin{al", "\\begin{align*"]
)
def test_a_formula_that_begins_waits(typed: str) -> None:
    assert mend(f"a\n{typed}", last_line_open=True) == "a"


def test_a_complete_line_of_marks_does_not_wait() -> None:
    assert mend("a\n---", last_line_open=False) == "a\n---"


def test_a_table_is_held_back_until_its_first_row_is_there() -> None:
    assert mend("a\n\n| b | c", last_line_open=True) == "a\n\n"
    assert mend("| b | c |\n", last_line_open=False) == "| b | c |\n|---|---|"
    assert mend("| b | c |\n|--", last_line_open=True) == "| b | c |\n|---|---|"
    whole = "| b | c |\n|---|---|\n| 1"
    assert mend(whole, last_line_open=True) == whole


def test_only_the_last_item_row_or_paragraph_is_mended() -> None:
    assert mend("- **a\n- b", last_line_open=True) == "- **a\n- b"
    assert mend("* a\n* **b", last_line_open=True) == "* a\n* **b**"
    assert mend("**a\n\n**b", last_line_open=True) == "**a\n\n**b**"
    assert mend("|a|\n|-|\n|**b", last_line_open=True) == "|a|\n|-|\n|**b**"
    assert mend("## **a", last_line_open=True) == "## **a**"


def test_a_very_long_paragraph_is_shown_as_typed() -> None:
    text = "**" + "a" * MAX_PARAGRAPH
    assert mend(text, last_line_open=True) == text
