"""Markdown that arrives piece by piece, rendered at about the cost of its text.

Blocks that no further text can change are rendered once and forgotten; only the open
end is rendered again at each flush. ``finish`` renders the whole message once more and
compares, so what was streamed always becomes what will be stored.
"""

from __future__ import annotations

import re

from .mend import mend
from .parse import parse, top_level
from .patch import Patch, change, count_blocks, utf16_length
from .render import dress, render
from .scanner import Scanner
from .veil import clean

# Begins a paragraph, whatever follows; so it ends a list or a table like this "x".
_PROSE = re.compile(r"\*{0,2}[^\W\d_]")
_SENTENCE = "\nx"
# Continues whatever an empty line does not end: a list, indented code, an open fence.
_INDENTED = "\n" + " " * 20 + "x"

_ITEM = r"(?:[-*+]|\d{1,9}[.)])"
_EMPTY_ITEM = re.compile(rf"[ \t>]*(?:{_ITEM}[ \t]+)*{_ITEM}[ \t]*")
_DEFINITION = re.compile(r" {0,3}\[[^\]]{1,200}\]:.{0,300}")
_UNDECIDED_FENCE = re.compile(r"[ \t>]*(?:`*|~*)")
# They are parsed again with each flush; what is beyond them, ``finish`` puts right.
MAX_DEFINITIONS = 100


class MarkdownStream:
    """A reply as it grows: ``feed`` at will, ``flush`` to show, ``finish`` once."""

    def __init__(self) -> None:
        self._chunks: list[str] = []
        self._fresh: list[str] = []
        self._partial = ""
        self._scanner = Scanner()
        self._lines: list[str] = []  # of the open block, as the parser reads them
        self._looked_at: tuple[int, str] = (0, "")
        self._definitions: list[str] = []
        self._closed: list[str] = []
        self._open = ""
        self.closed_blocks = 0

    @property
    def source(self) -> str:
        """All that was fed, whether shown or not."""
        self._chunks = ["".join(self._chunks)]
        return self._chunks[0]

    @property
    def closed_html(self) -> str:
        """The part that will not change again, except if ``finish`` replaces it."""
        self._closed = ["".join(self._closed)]
        return self._closed[0]

    @property
    def open_html(self) -> str:
        return self._open

    @property
    def html(self) -> str:
        return self.closed_html + self._open

    def feed(self, text: str) -> None:
        """Take in more text; nothing is rendered yet."""
        self._chunks.append(text)
        self._fresh.append(text)

    def flush(self) -> Patch | None:
        """Render what is new. None if there is nothing to show."""
        if not self._fresh:
            return None
        self._read_lines()
        same = Patch(utf16_length(self._open), "")
        patch = self._advance(self._close_blocks(), self._render_open())
        return None if patch == same else patch

    def finish(self) -> Patch:
        """Render the rest, and replace everything if a later line changed its meaning.

        That happens when a link is defined after its use.
        """
        self._fresh, self._lines, self._partial = [], [], ""
        whole, closed = render(self.source), self.closed_html
        if whole.startswith(closed):
            return self._advance(whole[len(closed) :], "")
        self._closed, self._open = [whole], ""
        self.closed_blocks = count_blocks(whole)
        return Patch(-1, whole, utf16_length(whole), self.closed_blocks)

    def _read_lines(self) -> None:
        text = self._partial + "".join(self._fresh)
        self._fresh = []
        # The last "\r" may be half of a line end.
        cut = len(text) - text.endswith("\r")
        *lines, self._partial = clean(text[:cut]).split("\n")
        self._partial += text[cut:]
        for line in lines:
            self._lines += self._scanner.line(line)

    def _close_blocks(self) -> str:
        """Render the blocks that are final now and drop their lines."""
        probe = self._probe()
        if self._looked_at == (len(self._lines), probe):
            return ""
        spans = top_level("\n".join(self._lines) + probe + "\n")
        final = spans[-1][0] - 1 if spans else 0
        done, self._lines = self._lines[:final], self._lines[final:]
        self._looked_at = (len(self._lines), probe)
        if not done:
            return ""
        closed = self._render(done)
        self._define(done, spans)
        return closed

    def _probe(self) -> str:
        """A line to try: if it would begin a new block, what is before it is final."""
        if _PROSE.match(self._partial) and not self._scanner.in_formula:
            return _SENTENCE
        blank = bool(self._lines) and not self._lines[-1].strip()
        return _INDENTED if blank and not self._ends_in_empty_item() else ""

    def _ends_in_empty_item(self) -> bool:
        """Such an item takes no text after an empty line, but its list takes items."""
        last = next((line for line in reversed(self._lines) if line.strip()), "")
        return bool(_EMPTY_ITEM.fullmatch(last))

    def _define(self, lines: list[str], spans: list[tuple[int, int]]) -> None:
        """Keep link definitions, for the blocks to come: lines that no block covers."""
        covered = {line for first, last in spans for line in range(first, last + 1)}
        for number, line in enumerate(lines, 1):
            if number not in covered and _DEFINITION.fullmatch(line):
                self._definitions.append(line)
        del self._definitions[MAX_DEFINITIONS:]

    def _render(self, lines: list[str], *, in_code: bool = False) -> str:
        # The empty line ends the definitions: a title could follow them. The last line
        # end counts, for a code block keeps an empty line before it.
        source = "\n".join([*self._definitions, "", *lines, ""])
        return dress(parse(source), in_code=in_code)

    def _render_open(self) -> str:
        scanner, lines = self._scanner.copy(), list(self._lines)
        partial = self._partial.rstrip("\r")
        # It may become the end of the code: wait.
        if scanner.in_code and _UNDECIDED_FENCE.fullmatch(partial):
            partial = ""
        if partial:
            lines += scanner.line(partial)
        lines += scanner.pending()
        if not scanner.in_code:
            mended = mend("\n".join(lines), last_line_open=bool(partial))
            lines = mended.split("\n")
        return self._render(lines, in_code=scanner.in_code) if any(lines) else ""

    def _advance(self, closed: str, after: str) -> Patch:
        patch = change(self._open, closed, after)
        if closed:
            self._closed.append(closed)
        self._open = after
        self.closed_blocks += patch.blocks
        return patch
