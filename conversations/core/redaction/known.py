"""Values that are known to be somebody's, found wherever they stand.

A number is often found by the words around it, and somebody who repeats it leaves them
out. What it costs to look depends on the text and not on how many values are known.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict

from .spans import Span, Type, merged

MOST = 20_000  # values; those that were seen longest ago go
HEAD = 3  # characters that a value is looked for by; a shorter one is nobody's
LEAST = 5  # characters of a value that tell something of it
LONGEST = 300  # characters that are looked at for the beginning of one
WHOLE = 8  # characters; a shorter one may be a part of some other word


class Known:
    """Values of one person, the latest last. Any thread may add and look."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self.version = 0  # another, once something is found that was not before
        self._values: OrderedDict[str, Type] = OrderedDict()
        self._by_head: dict[str, set[str]] = defaultdict(set)

    def __len__(self) -> int:
        return len(self._values)

    def add(self, kind: Type, value: str) -> None:
        if len(value) < HEAD or kind is Type.TEXT:
            return
        with self._lock:
            if value not in self._values:
                self._by_head[value[:HEAD]].add(value)
                self.version += 1
            self._values[value] = kind
            self._values.move_to_end(value)
            if len(self._values) > self._most:
                self._drop(next(iter(self._values)))

    def spans(self, text: str) -> list[Span]:
        """Sorted and disjoint."""
        if not self._values:
            return []
        heads = {text[at : at + HEAD] for at in range(len(text) - HEAD + 1)}
        with self._lock:
            near = heads & self._by_head.keys()
            values = [
                (v, self._values[v]) for head in near for v in self._by_head[head]
            ]
        return merged(span for value in values for span in _all(text, *value))

    def cut_off(self, text: str) -> list[Span]:
        """The beginning of a value that ``text`` ends with: what was shown of a reply
        that was stopped just there.
        """
        with self._lock:
            for at in range(max(0, len(text) - LONGEST), len(text) - LEAST + 1):
                for value in self._by_head.get(text[at : at + HEAD], ()):
                    if value.startswith(text[at:]):
                        return [Span(self._values[value], at, len(text))]
        return []

    def _drop(self, value: str) -> None:
        del self._values[value]
        same = self._by_head[value[:HEAD]]
        same.discard(value)
        if not same:
            del self._by_head[value[:HEAD]]


def _all(text: str, value: str, kind: Type) -> list[Span]:
    found = []
    at = text.find(value)
    while at >= 0:
        end = at + len(value)
        if len(value) >= WHOLE or not _goes_on(text, at, end):
            found.append(Span(kind, at, end))
        at = text.find(value, end)
    return found


def _goes_on(text: str, start: int, end: int) -> bool:
    before, after = text[max(0, start - 1) : start], text[end : end + 1]
    return before.isalnum() or after.isalnum()
