"""Whatever the text, the cuts and the flushes: the page ends as one rendering would."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.core.markdown import render
from tests.core.markdown.browser import stream_in_pieces

FRAGMENTS = [
    "- a", "  - b", "    - c", "1. x", "2) y", "10. z", "100. n", "+ p", "* q", "-",
    "1.", "*", "> q", "> - r", ">", "> ```", "", "", "", "para text", "  two",
    "   three", "    four", "\ttab", "# H", "## H2 #", "===", "---", "***", "___",
    "```", "```py", "~~~", "  ```", "   ```js", "    ```", "````", "- ```", "  code",
    "| a | b |", "|---|---|", "| 1 | 2 |", "| `x|y` | **z** |", "<div>", "</div>",
    "<!-- c", "-->", "<script>", "<pre>", "<b>x", "<?php", "?>", "<!X", "<br>",
    "<sub>x</sub>", "<a href='x'", "x>", "$$", "$$ x $$", "$$ y", "\\[", "\\]",
    "\\[ z \\]", "  $$", "   $$", "- $$", "1. $$ w $$", "> $$", "\\begin{align}",
    "\\end{align}", "a $x$ b", "\\(a\\) b", "\\(open", "`code` **b**", "text **bold",
    "*em* `c", "**Bold** start", "[a](http://x.y", "![i](http://h/p.png)", "- [ ] t",
    "- # H", "- > q", "-\ttab", "hello\\", "a  ", "&amp; <i>", "http://a.b/c_d",
    "🙂 emoji 𝔼", "\ud800 x", "a\x00b",
]  # fmt: skip
LINKS = [
    "[r]: /u",
    "[r]",
    "text [r] and [s][r]",
    "> [s]: /v",
    '[s]:\n/w "t"',
    "- [r]: /x",
]

documents = st.lists(st.sampled_from(FRAGMENTS), max_size=14).map("\n".join)
linked_documents = st.lists(st.sampled_from(FRAGMENTS + LINKS), max_size=14).map(
    "\n".join
)
alphabet = st.sampled_from("*_`~[]()<>!$\\|-+#=.:&1 \t\n\r\"'ab🙂\ud83d\x00\ufdd2\x0c")
noise = st.one_of(
    st.text(alphabet, max_size=80),
    st.text(st.characters(codec=None), max_size=80),
)


@st.composite
def pieces_of(
    draw: st.DrawFn, sources: st.SearchStrategy[str]
) -> list[tuple[str, bool]]:
    """A text cut at some places, each piece with or without a flush after it."""
    source = draw(sources)
    cuts = draw(st.lists(st.integers(0, len(source)), max_size=30))
    edges = [0, *sorted(cuts), len(source)]
    flushes = draw(st.lists(st.booleans(), min_size=len(edges), max_size=len(edges)))
    pairs = zip(edges, edges[1:], flushes, strict=False)
    return [(source[start:end], flush) for start, end, flush in pairs]


def check(pieces: list[tuple[str, bool]]) -> int:
    source = "".join(text for text, _ in pieces)
    browser = stream_in_pieces(source, pieces)
    assert browser.html == render(source)
    return browser.replaced


@settings(deadline=None, max_examples=1000)
@given(pieces_of(documents))
def test_documents_without_definitions_stream_without_a_replacement(
    pieces: list[tuple[str, bool]],
) -> None:
    assert check(pieces) == 0


@settings(deadline=None, max_examples=500)
@given(pieces_of(linked_documents))
def test_documents_with_definitions_are_replaced_at_most_once(
    pieces: list[tuple[str, bool]],
) -> None:
    assert check(pieces) <= 1


@settings(deadline=None, max_examples=1000)
@given(pieces_of(noise))
def test_no_text_whatsoever_raises_or_differs(pieces: list[tuple[str, bool]]) -> None:
    assert check(pieces) <= 1


@settings(deadline=None, max_examples=300)
@given(linked_documents | noise)
def test_every_character_on_its_own_gives_the_same(source: str) -> None:
    check([(char, True) for char in source])


@settings(deadline=None, max_examples=500)
@given(noise)
def test_rendered_text_can_be_encoded(source: str) -> None:
    render(source).encode()
