"""Numbers become links where they cite something, and nothing else does."""

from __future__ import annotations

import pytest

from conversations.core.citations import Cited, linked
from conversations.core.markdown import render

SOURCES = {
    1: Cited("report.pdf, page 3", "/files/a/p/3/"),
    2: Cited("Boats & <more>, 3 March", '/c/b/?at="c"'),
}
ONE = (
    '<a class="cite" href="/files/a/p/3/" data-nav'
    ' title="Source 1: report.pdf, page 3"'
    ' aria-label="Source 1: report.pdf, page 3">[1]</a>'
)


def test_a_number_becomes_a_link():
    assert linked("<p>It is green [1].</p>", SOURCES) == (
        f"<p>It is green {ONE}.</p>",
        [1],
    )


def test_words_and_addresses_are_escaped():
    html, marks = linked("<p>[2]</p>", SOURCES)
    assert marks == [2]
    assert "Boats &amp; &lt;more&gt;" in html
    assert 'href="/c/b/?at=&quot;c&quot;"' in html


@pytest.mark.parametrize("text", ["[3]", "[0]", "[1000]", "[a]", "[^1]", "1", "[ 1 ]"])
def test_what_is_no_source_stays(text):
    html = f"<p>{text}</p>"
    assert linked(html, SOURCES) == (html, [])


@pytest.mark.parametrize(
    "markdown",
    [
        "`a[1]`",
        "```python\\na[1]\\n```",
        "[the list [1]](https://example.org)",
        "$a[1]$",
    ],
)
def test_code_formulas_and_links_are_left_alone(markdown):
    html = render(markdown.replace("\\n", "\n"))
    assert "[1]" in html or "1" in html
    assert linked(html, SOURCES) == (html, [])


def test_after_code_it_goes_on():
    html = render("`a[1]` is [1], and so is **bold [2]**.")
    made, marks = linked(html, SOURCES)
    assert marks == [1, 2]
    assert made.count('class="cite"') == 2
    assert "<code>a[1]</code>" in made


def test_attributes_are_no_text():
    html = '<p title="a > b [1]">x</p>'
    assert linked(html, SOURCES) == (html, [])


def test_several_in_a_row_are_several_links():
    _, marks = linked("<li>[1][2] and [1]</li>", SOURCES)
    assert marks == [1, 2]
