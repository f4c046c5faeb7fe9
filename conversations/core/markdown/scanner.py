r"""Reads complete lines and decides what of each the Markdown parser may see.

Display maths (``$$``, ``\[``, ``\begin{align}``) is hidden from the parser, which
would take a line ``=`` inside a formula for a heading and ``- b`` for a list. Raw HTML
is kept from opening a block, so it stays text. Lines that would cost the parser too
much are hidden too.

The scanner is a function of the sequence of lines and nothing else: how the text was
cut into chunks cannot change what comes out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from .veil import BACKSLASH, LESS, clean, hide

# Possessive (++, *+) where a space could belong to either side of a repetition: a line
# of list markers would otherwise be tried in exponentially many ways.
_ITEM = r"(?:[-*+]|\d{1,9}[.)])"
_LEAD = rf"[ \t>]*+(?:{_ITEM}[ \t]++[ \t>]*+)*+"
_FENCE = re.compile(rf"({_LEAD})(`{{3,}}(?=[^`]*$)|~{{3,}})")
_ENVIRONMENT = (
    r"(?:equation|align|alignat|flalign|gather|multline|eqnarray|aligned|gathered"
    r"|split|cases|[bBpvV]?matrix)\*?"
)
_MATHS = re.compile(
    rf"((?: *+{_ITEM} ++)*+ *+)(\$\$(?!\$)|\\\[|\\begin\{{({_ENVIRONMENT})\}})"
)
# `<http://a.b>` and `<a@b.c>` are links, not HTML.
_AUTOLINK = r"[A-Za-z][A-Za-z0-9+.-]{1,31}:|[^\s<>]+@"
_HTML_BLOCK = re.compile(rf"^({_LEAD})<(?!{_AUTOLINK})(?=[A-Za-z/!?])")
_LATEX_PAREN = re.compile(r"\\(?=[(\[])")
_CONTAINERS = re.compile(rf"^{_LEAD}")
_TOO_DEEP = re.compile(rf"(?:[ \t]*+(?:>|{_ITEM}(?=[ \t]))){{40}}")

# What one line, formula or paragraph may ask of the parser. The parser needs quadratic
# time for columns, for brackets after an address and for "\(" without its "\)".
MAX_LINE = 10_000
MAX_COLUMNS = 60
MAX_FORMULA_LINES = 80
MAX_LOOSE_PARENS = 8


@dataclass(frozen=True, slots=True)
class _Fence:
    """A code fence that is open: its run of marks and where it stands."""

    run: str
    indent: int
    nested: bool
    quoted: bool

    def closed_by(self, line: str) -> bool:
        body = line.strip(" \t>" if self.quoted else " \t")
        if len(body) < len(self.run) or body.strip(self.run[0]):
            return False
        return self.quoted or _indent(line) < self.indent + 4

    def left_by(self, line: str) -> bool:
        """Whether the line ends the quote or the list item that holds the fence."""
        if self.quoted:
            return not line.lstrip(" ").startswith(">")
        return self.nested and bool(line.strip()) and _indent(line) < self.indent


@dataclass(frozen=True, slots=True)
class _Formula:
    """Display maths that is open: what closes it and its lines so far."""

    lead: str
    closer: str
    lines: tuple[str, ...]

    def hidden(self, *, complete: bool) -> str:
        first, *rest = self.lines
        width = len(self.lead)
        body = [first[width:], *(_dedent(line, width) for line in rest)]
        return self.lead + hide("maths" if complete else "pending", "\n".join(body))


@dataclass(slots=True)
class Scanner:
    """Feed it lines without their newline; it answers with the lines to parse."""

    _fence: _Fence | None = None
    _formula: _Formula | None = None
    _loose_parens: int = 0

    @property
    def in_code(self) -> bool:
        return self._fence is not None

    @property
    def in_formula(self) -> bool:
        return self._formula is not None

    def copy(self) -> Scanner:
        return replace(self)

    def line(self, text: str) -> list[str]:
        if self._formula:
            return self._continue(self._formula, text)
        if self._fence and self._fence.left_by(text):
            self._fence = None
        if not self._fence and (match := _MATHS.match(text)):
            lead, opener, environment = match.groups()
            closer = _closer(opener, environment)
            rest = text[match.end() :]
            if closer not in rest:
                self._formula = _Formula(lead, closer, (text,))
                return []
            # `$$a$$ and more` is a sentence: the parser reads it as inline maths.
            if not rest.partition(closer)[2].strip():
                return [_Formula(lead, closer, (text.rstrip(),)).hidden(complete=True)]
        return [self._plain(text)]

    def pending(self) -> list[str]:
        """The open formula as one more line, to show while it is being typed."""
        return [self._formula.hidden(complete=False)] if self._formula else []

    def end(self) -> list[str]:
        """No more lines: a formula that never closed was not one."""
        lines = self._formula.lines if self._formula else ()
        self._formula = None
        return [self._plain(line) for line in lines]

    def _continue(self, formula: _Formula, text: str) -> list[str]:
        inside, closer, after = text.partition(formula.closer)
        if not closer:
            # A price may begin a paragraph, so "$$" gets no further than its end.
            blank = not text.strip() and formula.closer == "$$"
            if blank or len(formula.lines) > MAX_FORMULA_LINES or _FENCE.match(text):
                return [*self.end(), *self.line(text)]
            self._formula = replace(formula, lines=(*formula.lines, text))
            return []
        self._formula = None
        whole = replace(formula, lines=(*formula.lines, inside + closer))
        out = [whole.hidden(complete=True)]
        if after.strip():
            out.append(self._plain(" " * len(formula.lead) + after.strip()))
        return out

    def _plain(self, text: str) -> str:
        if _TOO_DEEP.match(text):
            return hide("raw", text)
        if len(text) > MAX_LINE or text.count("|") > MAX_COLUMNS:
            # Without its marker the line would leave its list or quote.
            body = _CONTAINERS.sub("", text)
            return text[: len(text) - len(body)] + hide("raw", body)
        self._follow_fence(text)
        if not text.strip(" \t"):
            self._loose_parens = 0
            return text
        return self._close_parens(_HTML_BLOCK.sub(rf"\1{LESS}", text, count=1))

    def _follow_fence(self, text: str) -> None:
        if self._fence:
            if self._fence.closed_by(text):
                self._fence = None
        elif match := _FENCE.match(text):
            lead, run = match.groups()
            indent = len(lead.expandtabs(4))
            nested = indent > 3 or bool(lead.strip())
            self._fence = _Fence(run, indent, nested, ">" in lead)

    def _close_parens(self, text: str) -> str:
        r"""Hide each ``\(`` that its paragraph has too many of and does not close."""
        loose = sum(
            text.count(opener, text.rfind(closer) + 1)
            for opener, closer in (("\\(", "\\)"), ("\\[", "\\]"))
        )
        if self._loose_parens + loose > MAX_LOOSE_PARENS:
            return _LATEX_PAREN.sub(BACKSLASH, text)
        self._loose_parens += loose
        return text


def prepare(source: str) -> str:
    """What the parser reads of a whole text."""
    scanner = Scanner()
    lines: list[str] = []
    for line in clean(source).split("\n"):
        lines += scanner.line(line)
    return "\n".join(lines + scanner.end())


def _closer(opener: str, environment: str | None) -> str:
    if environment:
        return rf"\end{{{environment}}}"
    return "$$" if opener == "$$" else "\\]"


def _indent(line: str) -> int:
    flat = line.expandtabs(4)
    return len(flat) - len(flat.lstrip(" "))


def _dedent(line: str, width: int) -> str:
    return line[min(width, len(line) - len(line.lstrip(" "))) :]
