"""Completes what is half typed, so that a growing reply shows no stray marks.

Only the open end of a reply passes through here and what comes out is soon replaced:
nothing else depends on these guesses.
"""

from __future__ import annotations

import re

# Beyond this a paragraph is shown as it is typed.
MAX_PARAGRAPH = 10_000
MAX_HIDDEN = 120

_UNDECIDED = re.compile(
    r"[ \t>]*+(?:\d{1,9}(?:[.)][ \t]*+)?+)?+[-=*+#>`~|:$_ \t\[\]\\]*+"
    r"|\\begin\{?[a-z]*\*?"
)
_BLOCK_START = re.compile(
    r"^(?:[ \t>]*(?:[-*+]|\d{1,9}[.)]|#{1,6})[ \t]+|[ \t>]*\||[ \t>]*\n)", re.M
)
_ROW = re.compile(r"[ >]*(?=\|)")
_CLOSED = re.compile(
    r"(?<![`\\])(`+)(?!`).*?(?<!`)\1(?!`)"
    r"|\\\(.{0,400}?\\\)|\\[^(]|\$\$?(?!\s)[^$\n]*[^$\s]\$(?!\d)",
    re.S,
)
_OPEN_MATHS = re.compile(rf"(?:(?<![\w$])\$(?![\s\d$])|\\\()[^\n]{{0,{MAX_HIDDEN}}}\Z")
_OPEN_LINK = re.compile(r"(!?)\[([^\[\]]*)(?:\](?:\([^()\s]*)?)?\Z")
_MARK = re.compile(r"\*\*\*|\*\*|\*|~~|~\Z|__|_")


def mend(text: str, *, last_line_open: bool) -> str:
    """Close or hold back what the last paragraph of the text leaves open."""
    head, _, last = text.rpartition("\n")
    if last_line_open and _UNDECIDED.fullmatch(last):
        text, last_line_open = head, False
    row = _first_row(text)
    if row is not None:
        lead, cells = row
        if last_line_open:
            return text[: text.rfind("\n") + 1]
        return f"{text.rstrip()}\n{lead}{'|---' * cells}|"
    start = max((match.end() for match in _BLOCK_START.finditer(text)), default=0)
    if len(text) - start > MAX_PARAGRAPH:
        return text
    return text[:start] + _mend_paragraph(text[start:])


def _first_row(text: str) -> tuple[str, int] | None:
    """The lead and the number of cells, if the last line may be the head of a table."""
    head, _, last = text.rstrip("\n").rpartition("\n")
    lead = _ROW.match(last)
    if not lead or _ROW.match(head.rpartition("\n")[2]):
        return None
    return lead[0], max(1, last.strip(" >|").count("|") + 1)


def _mend_paragraph(text: str) -> str:
    bare = _blanked(text)
    # Code comes first: nothing inside it is a mark.
    tick = bare.find("`")
    if tick >= 0:
        run = len(bare) - len(bare[tick:].lstrip("`")) - tick
        # Without content the ticks may still be more ticks, so they wait.
        if bare[tick + run :].strip():
            return text + "`" * run + _closers(bare[:tick])[1]
        text, bare = text[:tick], bare[:tick]
    if match := _OPEN_MATHS.search(bare):
        text, bare = text[: match.start()], bare[: match.start()]
    if match := _OPEN_LINK.search(bare):
        words = slice(*match.span(2))
        shown = "" if match[1] else text[words]
        text = text[: match.start()] + shown
        bare = bare[: match.start()] + (bare[words] if shown else "")
    length, closers = _closers(bare)
    text = text[:length]
    return text.rstrip(" ") + closers if closers else text


def _blanked(text: str) -> str:
    """The text with code, formulas and escapes that are complete made invisible."""
    return _CLOSED.sub(lambda match: "x" * len(match[0]), text)


def _closers(bare: str) -> tuple[int, str]:
    """How much of the text to show, and the marks that close its open emphasis."""
    opened: list[str] = []
    for match in _MARK.finditer(bare):
        mark = match[0]
        before, after = bare[: match.start()][-1:], bare[match.end() :][:1]
        if opened and opened[-1] == mark and before.strip():
            opened.pop()
        elif after.strip() and not (mark[0] == "_" and before.isalnum()):
            opened.append(mark)
        elif not after:
            return match.start(), "".join(reversed(opened))
    return len(bare), "".join(reversed(opened))
