"""Whatever a model writes, the page gets only what is on this list."""

from __future__ import annotations

import html
import random
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.core.markdown import MarkdownStream, render
from conversations.core.markdown.sanitise import sanitise
from tests.core.markdown.browser import cut_at_random
from tests.core.markdown.corpus import DOCUMENTS, LINKED
from tests.core.markdown.payloads import PAYLOADS

MATHML = """
math semantics annotation mrow mi mn mo mtext mspace ms mfrac msqrt mroot mstyle merror
mpadded mphantom msub msup msubsup munder mover munderover mmultiscripts mprescripts
mtable mtr mtd none menclose
"""
MATHML_ATTRIBUTES = """
accent accentunder class columnalign columnspan depth dir display displaystyle encoding
fence form height largeop linethickness lspace mathvariant maxsize minsize movablelimits
notation rowspan rspace scriptlevel separator stretchy symmetric voffset width
"""
HTML = """
p h3 h4 h5 h6 ul ol li blockquote hr br em strong del a code pre figure figcaption
button span div table thead tbody tr th td input sup sub kbd mark small u
"""
ATTRIBUTES = """
a.href a.title a.rel button.type button.class button.data-copy div.class div.tabindex
div.role div.aria-label figure.class input.type input.checked input.disabled
input.aria-label ol.start pre.tabindex span.class td.align th.align
"""
VALUES = {
    ("button", "type"): {"button"},
    ("button", "class"): {"copy"},
    ("div", "class"): {"table", "math-block", "math-block pending"},
    ("figure", "class"): {"code"},
    ("input", "type"): {"checkbox"},
    ("input", "aria-label"): {"Done", "To do"},
    ("td", "align"): {"left", "right", "center"},
    ("th", "align"): {"left", "right", "center"},
    ("a", "rel"): {"noopener noreferrer nofollow"},
}
VOID = {"br", "hr", "input"}


class Inspector(HTMLParser):
    """Reads HTML as a browser would and complains about what is not on the list."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.stack: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in (HTML + MATHML).split(), tag
        for name, value in attrs:
            self.check(tag, name, value or "")
        if tag == "input":
            assert "disabled" in dict(attrs)
        if tag not in VOID:
            self.stack.append(tag)

    def check(self, tag: str, name: str, value: str) -> None:
        assert not name.startswith("on")
        assert name != "style"
        if tag in MATHML.split():
            assert name in MATHML_ATTRIBUTES.split(), (tag, name)
            return
        assert f"{tag}.{name}" in ATTRIBUTES.split(), (tag, name)
        if (tag, name) in VALUES:
            assert value in VALUES[tag, name], (tag, name, value)
        if name == "href":
            assert value.startswith(("http://", "https://", "mailto:")), value

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def inspect(rendered: str) -> None:
    inspector = Inspector()
    inspector.feed(rendered)
    inspector.close()
    assert inspector.stack == []


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_becomes_harmless(payload: str) -> None:
    inspect(render(payload))


@pytest.mark.parametrize("around", ["- {}", "> {}", "**{}**", "| {} |\n|---|", "# {}"])
def test_a_payload_inside_something_becomes_harmless(around: str) -> None:
    for payload in PAYLOADS:
        inspect(render(around.format(payload)))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_is_harmless_at_every_moment_of_a_stream(payload: str) -> None:
    stream = MarkdownStream()
    for start in range(0, min(len(payload), 400), 3):
        stream.feed(payload[start : start + 3])
        stream.flush()
        inspect(stream.html)
    stream.feed(payload[400:])
    stream.finish()
    inspect(stream.html)


@settings(deadline=None, max_examples=60)
@given(
    parts=st.lists(st.sampled_from(PAYLOADS), min_size=2, max_size=4),
    seed=st.integers(),
)
def test_payloads_in_company_are_harmless(parts: list[str], seed: int) -> None:
    chance = random.Random(seed)
    source = "".join(part + chance.choice(("", "\n", "\n\n", " ")) for part in parts)
    inspect(render(source))
    stream = MarkdownStream()
    for text, flush in cut_at_random(source[:2_000], chance):
        stream.feed(text)
        if flush:
            stream.flush()
            inspect(stream.open_html)


@pytest.mark.parametrize(
    "unsafe",
    [
        "<script>x</script><p>a</p>",
        '<a href="javascript:x">a</a>',
        '<a href="data:text/html,x">a</a>',
        '<a href="tel:1">a</a>',
        '<a href="/x">a</a>',
        '<a href="https:x">a</a>',
        '<a title="> href" href="HTTP:/x">a</a>',
        '<p style="color: red" onclick="x" id="y">a</p>',
        '<img src="http://x/y.png">a',
        "a<svg onload=x><a href='http://x'>b</a></svg>",
        '<math href="http://x"><mi onclick="x">a</mi></math>',
    ],
)
def test_the_sanitiser_does_not_count_on_the_parser(unsafe: str) -> None:
    clean = sanitise(unsafe)
    inspect(clean)
    assert "a" in clean


@pytest.mark.parametrize("name", [*DOCUMENTS, *LINKED])
def test_ordinary_documents_pass_the_same_inspection(name: str) -> None:
    inspect(render({**DOCUMENTS, **LINKED}[name]))


@pytest.mark.parametrize(
    "unsafe", ["<img>", "<p style=x>", "<p onclick=x>", "<!-- x -->"]
)
def test_the_inspection_would_notice(unsafe: str) -> None:
    with pytest.raises(AssertionError):
        inspect(unsafe)


def test_raw_html_is_shown_rather_than_dropped() -> None:
    """A reply about HTML must stay readable."""
    for payload in PAYLOADS[:36]:
        text = re.sub(r"<[^>]*>", "", render(payload))
        assert sum(map(str.isalpha, html.unescape(text))) > 0.9 * sum(
            map(str.isalpha, payload)
        ), payload
