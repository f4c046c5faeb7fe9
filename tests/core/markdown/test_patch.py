from __future__ import annotations

import pytest

from conversations.core.markdown.patch import Patch, change, count_blocks, utf16_length


@pytest.mark.parametrize(("text", "length"), [("", 0), ("ab", 2), ("é", 1), ("🙂𝔼", 4)])
def test_length_is_what_javascript_says(text: str, length: int) -> None:
    assert utf16_length(text) == length


def test_a_patch_keeps_what_still_stands() -> None:
    assert change("<p>a</p>", "", "<p>ab</p>") == Patch(4, "b</p>")
    assert change("<p>a</p>", "", "<p>a</p>") == Patch(8, "")
    assert change("", "", "<p>a</p>") == Patch(0, "<p>a</p>")
    assert change("<p>a</p>", "", "") == Patch(0, "")


def test_a_patch_says_what_is_final() -> None:
    patch = change("<p>🙂</p>", "<p>🙂</p>\n<hr>\n", "<p>b</p>")
    assert patch == Patch(9, "\n<hr>\n<p>b</p>", done=15, blocks=2)


@pytest.mark.parametrize(
    ("html", "blocks"),
    [
        ("", 0),
        ("<p>a<br>b</p>\n<hr>\n<ul><li><p>c</p></li></ul>", 3),
        ('<p><a title="&lt;/p&gt;&lt;p&gt;">b</a></p>', 1),
        ("<p><math><mspace></mspace></math></p><p>&lt;p&gt;</p>", 2),
        ('<ul><li><input type="checkbox"> a</li></ul>', 1),
    ],
)
def test_blocks_are_the_elements_at_the_top(html: str, blocks: int) -> None:
    assert count_blocks(html) == blocks
