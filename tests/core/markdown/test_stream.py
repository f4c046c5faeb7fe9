from __future__ import annotations

import random

import pytest

from conversations.core.markdown import MarkdownStream, Patch, render, utf16_length
from conversations.core.markdown import stream as module
from tests.core.markdown.browser import Browser, cut_at_random, stream_in_pieces
from tests.core.markdown.corpus import DOCUMENTS, LINKED

BOTH = {**DOCUMENTS, **LINKED}


def at_each_character(source: str) -> list[tuple[str, bool]]:
    return [(char, True) for char in source]


@pytest.mark.parametrize("name", BOTH)
def test_character_by_character_is_the_same_as_at_once(name: str) -> None:
    browser = stream_in_pieces(BOTH[name], at_each_character(BOTH[name]))
    assert browser.html == render(BOTH[name])


@pytest.mark.parametrize("name", BOTH)
def test_any_cuts_and_flushes_are_the_same_as_at_once(name: str) -> None:
    chance = random.Random(name)
    for _ in range(10):
        pieces = cut_at_random(BOTH[name], chance)
        assert stream_in_pieces(BOTH[name], pieces).html == render(BOTH[name])


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_was_closed_stays_unless_a_link_is_defined_late(name: str) -> None:
    browser = stream_in_pieces(DOCUMENTS[name], at_each_character(DOCUMENTS[name]))
    assert browser.replaced == 0


def test_a_late_definition_replaces_the_message_once() -> None:
    source = "[a]\n\ntext\n\n[a]: http://x.y"
    browser = stream_in_pieces(source, at_each_character(source))
    assert browser.replaced == 1
    assert browser.html == render(source)


def test_an_early_definition_serves_later_blocks() -> None:
    stream = MarkdownStream()
    stream.feed("[a]: http://x.y\n\ntext\n\n[a] is ")
    stream.flush()
    assert 'href="http://x.y"' in stream.open_html


def test_a_definition_shown_as_code_defines_nothing() -> None:
    stream = MarkdownStream()
    stream.feed("```\n[a]: http://x.y\n```\n\ntext\n\n[a] is ")
    stream.flush()
    assert stream.open_html == "<p>[a] is</p>\n"


def test_a_first_flush_without_text_has_nothing_to_say() -> None:
    stream = MarkdownStream()
    assert stream.flush() is None
    stream.feed("")
    assert stream.flush() is None
    assert stream.finish() == Patch(0, "")


def test_text_that_is_held_back_is_not_worth_a_patch() -> None:
    stream = MarkdownStream()
    stream.feed("a")
    assert stream.flush() == Patch(0, "<p>a</p>\n")
    stream.feed("\n-")
    assert stream.flush() is None
    stream.feed(" b")
    assert stream.flush() == Patch(9, "<ul>\n<li>b</li>\n</ul>\n")


def test_growing_text_is_sent_as_what_is_new() -> None:
    stream = MarkdownStream()
    stream.feed("Hello 🙂")
    stream.flush()
    stream.feed(" world")
    assert stream.flush() == Patch(len("<p>Hello .."), " world</p>\n")


def test_feeding_renders_nothing() -> None:
    stream = MarkdownStream()
    stream.feed("# a\n\nb\n\n")
    assert stream.html == ""


def test_a_paragraph_closes_at_the_empty_line() -> None:
    stream = MarkdownStream()
    stream.feed("a\n\n")
    assert stream.flush() == Patch(0, "<p>a</p>\n", done=9, blocks=1)
    assert (stream.closed_html, stream.open_html) == ("<p>a</p>\n", "")


def test_a_list_closes_when_a_sentence_begins() -> None:
    stream = MarkdownStream()
    stream.feed("- a\n\n")
    stream.flush()
    assert stream.closed_blocks == 0
    stream.feed("Th")
    stream.flush()
    assert stream.closed_html == "<ul>\n<li>a</li>\n</ul>\n"
    assert stream.open_html == "<p>Th</p>\n"


@pytest.mark.parametrize("start", ["1", "-", "*", "  a", "\t", ">", "*a"[:1], "12. "])
def test_a_list_stays_open_while_it_may_go_on(start: str) -> None:
    stream = MarkdownStream()
    stream.feed("- a\n\n" + start)
    stream.flush()
    assert stream.closed_blocks == 0


def test_code_is_coloured_when_its_fence_closes() -> None:
    stream = MarkdownStream()
    stream.feed("```python\nx = 1\n``")
    stream.flush()
    assert "<code>x = 1\n</code>" in stream.open_html
    stream.feed("`")
    stream.flush()
    stream.feed("\n")
    stream.flush()
    assert '<span class="n">x</span>' in stream.open_html


def test_code_in_a_list_is_coloured_when_its_fence_closes() -> None:
    stream = MarkdownStream()
    stream.feed("- a\n  ```python\n  x = 1\n  ```\n- b\n  ```python\n  y = 2\n")
    stream.flush()
    assert '<span class="n">x</span>' in stream.open_html
    assert '<span class="n">y</span>' not in stream.open_html


def test_a_formula_shows_its_source_until_it_is_complete() -> None:
    stream = MarkdownStream()
    stream.feed("$$\nx < y\n")
    stream.flush()
    assert stream.open_html == (
        '<div class="math-block pending"><code>$$\nx &lt; y</code></div>\n'
    )
    stream.feed("$$")
    stream.flush()
    assert '<div class="math-block" tabindex="0"><math' in stream.open_html


def test_no_marks_are_seen_while_a_reply_grows() -> None:
    source = (
        "Some **bold**, `code`, [a link](http://x.y) and $x^2$.\n\n- **b** and *c*\n"
    )
    stream = MarkdownStream()
    for char in source:
        stream.feed(char)
        stream.flush()
        assert not {"**", "`", "](", "$"} & {
            mark for mark in ("**", "`", "](", "$") if mark in stream.open_html
        }


def test_who_comes_late_takes_a_snapshot_and_follows() -> None:
    source = DOCUMENTS["programming"]
    stream, late = MarkdownStream(), Browser()
    for number, char in enumerate(source):
        stream.feed(char)
        patch = stream.flush()
        if number == 300:
            late.join(stream)
        elif number > 300:
            late.apply(patch)
    late.apply(stream.finish())
    assert late.html == stream.html == render(source)
    assert late.blocks == stream.closed_blocks


def test_lengths_are_in_utf16_units() -> None:
    stream = MarkdownStream()
    stream.feed("𝔼🙂\n\n")
    patch = stream.flush()
    assert patch == Patch(
        0, "<p>𝔼🙂</p>\n", done=utf16_length("<p>𝔼🙂</p>\n"), blocks=1
    )


@pytest.mark.parametrize(
    "pieces", [("a\r", "\nb"), ("a\r", "b"), ("a", "\r", "\n", "\rb")]
)
def test_a_line_end_may_be_cut_in_two(pieces: tuple[str, ...]) -> None:
    stream = MarkdownStream()
    for piece in pieces:
        stream.feed(piece)
        stream.flush()
    stream.finish()
    assert stream.html == render("".join(pieces))


def test_a_finished_stream_is_closed() -> None:
    stream = MarkdownStream()
    stream.feed("a\n\n- b")
    stream.flush()
    stream.finish()
    assert stream.open_html == ""
    assert stream.closed_html == stream.html == render("a\n\n- b")
    assert stream.closed_blocks == 2
    assert stream.flush() is None


def test_the_source_is_kept_as_it_came() -> None:
    stream = MarkdownStream()
    stream.feed("a\r\n")
    stream.flush()
    stream.feed("b\x00")
    assert stream.source == "a\r\nb\x00"


def test_a_flush_reads_only_the_open_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """The characters parsed for a reply grow as it does, whatever it was before."""
    read: list[int] = []

    def parse(source: str) -> str:
        read.append(len(source))
        return original(source)

    original = module.parse
    monkeypatch.setattr(module, "parse", parse)
    source = "".join(DOCUMENTS[name] + "\n\n" for name in ("recipe", "programming"))

    def cost(times: int) -> int:
        read.clear()
        stream_in_pieces(source * times, [(char, True) for char in source * times])
        return sum(read)

    once, eight = cost(1), cost(8)
    assert eight < 8.5 * once
    assert max(read) < 700
