"""What somebody typed into a search, taken apart: words, phrases, operators.

Nothing typed is ever lost or refused: what is no operator is words, and a date that
cannot be read is left out with a sentence that says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

from conversations.core.periods import BadPeriod, period
from conversations.core.terms import words_of

LONGEST = 300  # characters of a query
MOST_WORDS = 16
# what begins a phrase, and what ends it
QUOTES = {'"': '"', "“": "”“", "”": "”", "„": "“”", "«": "»", "»": "«"}
TOO_MANY = f"Only the first {MOST_WORDS} words are looked for."


@dataclass(frozen=True, slots=True)
class Part:
    """Words that stand one after another. ``exact``: as they are written, else a word
    is as good as its plural and tenses. ``open``: the last one may go on.
    """

    words: tuple[str, ...]
    exact: bool = False
    open: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for. ``since`` and ``until`` are days of the person's calendar,
    ``until`` the first one that is not meant. "" and None ask for nothing.
    """

    parts: tuple[Part, ...] = ()
    without: tuple[Part, ...] = ()
    kind: str = ""  # title, files
    place: str = ""  # trash, archive
    role: str = ""  # user, assistant
    code: bool = False
    file: bool = False
    pinned: bool = False
    since: date | None = None
    until: date | None = None
    notices: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return replace(self, notices=()) == Query()

    @property
    def is_plain(self) -> bool:
        """Whether it is words only."""
        return replace(self, parts=(), without=(), notices=()) == Query()


class _Chunk(NamedTuple):
    text: str
    quoted: bool
    excluded: bool
    ended: bool  # something was typed after it, if only a space


def parse(typed: str, *, typing: bool = False) -> Query:
    """The query that was typed. ``typing``: it is not finished, so that its last word
    may go on, and an operator without its value is no mistake yet.
    """
    reading = _Reading()
    for chunk in _chunks(typed[:LONGEST]):
        reading.take(chunk, is_last=typing and not chunk.ended)
    return reading.query()


def _chunks(typed: str) -> Iterator[_Chunk]:
    at, end = 0, len(typed)
    while at < end:
        if typed[at].isspace():
            at += 1
            continue
        excluded = _excludes(typed, at)
        at += excluded
        start = at
        if closing := QUOTES.get(typed[at]):
            start, at = at + 1, at + 1
            while at < end and typed[at] not in closing:
                at += 1
            yield _Chunk(typed[start:at], True, excluded, at < end)
            at += 1
        else:
            while at < end and not typed[at].isspace():
                at += 1
            yield _Chunk(typed[start:at], False, excluded, at < end)


def _excludes(typed: str, at: int) -> bool:
    """A minus that stands before a word; of ``--all`` neither is one."""
    following = typed[at + 1 : at + 2]
    return typed[at] == "-" and (following.isalnum() or following in QUOTES)


@dataclass(slots=True)
class _Reading:
    parts: list[Part] = field(default_factory=list)
    without: list[Part] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    asked: Query = field(default_factory=Query)
    words: int = 0

    def take(self, chunk: _Chunk, *, is_last: bool) -> None:
        if chunk.quoted or chunk.excluded or not self._is_operator(chunk.text, is_last):
            self._take_words(chunk, is_last)

    def query(self) -> Query:
        notices = tuple(dict.fromkeys(self.notices))
        parts, without = tuple(self.parts), tuple(self.without)
        return replace(self.asked, parts=parts, without=without, notices=notices)

    def _is_operator(self, text: str, is_last: bool) -> bool:
        name, colon, value = text.lower().partition(":")
        if not colon:
            return False
        if fixed := _FIXED.get(f"{name}:{value}"):
            self.asked = fixed(self.asked)
        elif dated := _DATED.get(name):
            if value or not is_last:
                self._take_date(dated, text, value, is_last)
        else:  # the beginning of an operator is no word yet
            return is_last and any(one.startswith(text.lower()) for one in _FIXED)
        return True

    def _take_date(self, dated: _Dated, text: str, value: str, is_last: bool) -> None:
        try:
            self.asked = dated(self.asked, *period(value))
        except BadPeriod:
            if not is_last:
                name = text.partition(":")[0].lower()
                self.notices.append(
                    f"“{text}” is left out: after “{name}:” comes a year, a month or "
                    f"a day, such as {name}:2026-03-14."
                )

    def _take_words(self, chunk: _Chunk, is_last: bool) -> None:
        text = chunk.text
        if not chunk.quoted and text.lower().endswith(("'s", "’s")):
            text = text[:-2]
        words = tuple(words_of(text))
        room = MOST_WORDS - self.words
        if len(words) > room:
            self.notices.append(TOO_MANY)
            words = words[:room]
        if not words:
            return
        self.words += len(words)
        exact = chunk.quoted or len(words) > 1
        if chunk.excluded:
            self.without.append(Part(words, exact))
        else:
            self.parts.append(Part(words, exact, open=is_last))


_Dated = Callable[[Query, date, date], Query]
_Fixed = Callable[[Query], Query]


def _with(**values: str | bool) -> _Fixed:
    return lambda query: replace(query, **values)  # type: ignore[arg-type]


def _from(query: Query, first: date, _: date) -> Query:
    return replace(query, since=max(first, query.since or first))


def _before(query: Query, end: date, _: date | None = None) -> Query:
    return replace(query, until=min(end, query.until or end))


def _on(query: Query, first: date, after: date) -> Query:
    return _before(_from(query, first, after), after)


_FIXED: Mapping[str, _Fixed] = {
    "in:title": _with(kind="title"),
    "in:files": _with(kind="files"),
    "in:trash": _with(place="trash"),
    "in:archive": _with(place="archive"),
    "from:me": _with(role="user"),
    "from:assistant": _with(role="assistant"),
    "has:code": _with(code=True),
    "has:file": _with(file=True),
    "is:pinned": _with(pinned=True),
    "pinned:": _with(pinned=True),
}
_DATED: Mapping[str, _Dated] = {"before": _before, "after": _from, "on": _on}
