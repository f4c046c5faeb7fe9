"""One piece of Markdown to the HTML that is shown and stored."""

from __future__ import annotations

import html
import re

from .highlight import figure
from .maths import typeset
from .parse import parse
from .sanitise import sanitise
from .scanner import prepare
from .veil import show

# What the parser leaves to us. It escapes all text, so a tag found here is its own.
# Each alternative begins with "<" or "&": that lets the search skip what is between.
_FOUND = re.compile(
    r'<pre><code(?: class="language-(?P<language>[^"]*)")?[^>]*>'
    r"(?P<code>.*?)</code></pre>"
    r"|<code>(?P<inline>.*?)</code>"
    r'|<span data-math-style="(?P<style>inline|display)">(?P<latex>.*?)</span>'
    r"|<x-(?P<state>maths|pending)>(?P<formula>.*?)</x-(?P=state)>"
    r'|<(?P<link>a [^>]*><)?img src="(?P<address>[^"]*)" alt="(?P<words>[^"]*)"[^>]*/>'
    r"|<(?P<end>/?)h(?P<level>[1-6])>"
    r"|<(?P<over>/?)table>"
    r'|<input type="checkbox"(?P<box>(?: checked="")?) disabled="" />'
    r"|&lt;(?P<single>br) ?/?&gt;"
    r"|&lt;(?P<tag>sub|sup|kbd|mark|small|u)&gt;(?P<text>[^<>]{1,200}?)&lt;/(?P=tag)&gt;",
    re.S,
)
_TABLE = '<div class="table" tabindex="0" role="region" aria-label="Table"><table>'


def render(source: str) -> str:
    """Return the sanitised HTML of a whole message."""
    return dress(parse(prepare(source)))


def dress(parsed: str, *, in_code: bool = False) -> str:
    """Typeset, highlight, sanitise. ``in_code``: the last code block is still open."""
    shown = show(parsed)
    # Highlighting waits for the end: half a string would colour all that follows it.
    last_code = shown.rfind("<pre>") if in_code else -1

    def replaced(match: re.Match[str]) -> str:
        if match["code"] is not None:
            return _code(match, coloured=match.start() != last_code)
        return _replaced(match)

    return sanitise(_FOUND.sub(replaced, shown))


def _code(match: re.Match[str], *, coloured: bool) -> str:
    language = html.unescape(match["language"] or "")
    if language != "math":
        return figure(language, match["code"], coloured=coloured)
    return _display(match["code"], complete=coloured)


def _replaced(match: re.Match[str]) -> str:
    if match["latex"] is not None:
        display = match["style"] == "display"
        return typeset(html.unescape(match["latex"]), display=display)
    if match["state"]:
        return _display(match["formula"], complete=match["state"] == "maths")
    if match["level"]:
        # A message stands under the page's own h1 and h2.
        return f"<{match['end']}h{min(6, int(match['level']) + 2)}>"
    if match["over"] is not None:
        return "</table></div>" if match["over"] else _TABLE
    if match["box"] is not None:
        said = "Done" if match["box"] else "To do"
        return f'<input type="checkbox" aria-label="{said}"{match["box"]} disabled="">'
    if match["address"] is not None:
        return _image(match["link"], match["address"], match["words"])
    if match["tag"]:
        return f"<{match['tag']}>{match['text']}</{match['tag']}>"
    return "<br>" if match["single"] else match[0]


def _display(escaped: str, *, complete: bool) -> str:
    if not complete:
        return f'<div class="math-block pending"><code>{escaped}</code></div>'
    latex = _inside(html.unescape(escaped).strip())
    formula = typeset(latex, display=True)
    return f'<div class="math-block" tabindex="0">{formula}</div>'


def _inside(formula: str) -> str:
    """The formula without the marks that made it display maths."""
    for opener, closer in (("$$", "$$"), ("\\[", "\\]")):
        if formula.startswith(opener) and formula.endswith(closer):
            return formula[2:-2]
    return formula


def _image(link: str | None, address: str, words: str) -> str:
    """A link: fetching a picture from elsewhere would tell that the reply is read."""
    words = words or "image"
    if link:
        return f"<{link[:-1]}{words}"
    return f'<a href="{address}">{words}</a>' if address else words
