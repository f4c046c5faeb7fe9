"""What the words before a number say about it."""

from __future__ import annotations

import re

REACH = 40  # characters before a number in which a word is about it
_ESCAPES = (r"\n", r"\r", r"\t")
_WORD = re.compile(r"[^\W_]+")  # user_phone speaks of a phone


def goes_on(sign: str) -> bool:
    """Whether a number or a key goes on with it; scripts without spaces may touch."""
    return sign.isascii() and sign.isalnum()


def begins(text: str, at: int) -> bool:
    """Whether nothing at ``at`` goes on; the letter of an escaped line end is none."""
    return not goes_on(text[at - 1 : at]) or text[max(0, at - 2) : at] in _ESCAPES


class Words:
    """Lists of words by what they say; a ``*`` stands for any ending."""

    def __init__(self, **lists: str) -> None:
        said = {word: name for name, words in lists.items() for word in words.split()}
        self._whole = {word: name for word, name in said.items() if word[-1] != "*"}
        self._stems = {
            word[:-1]: name for word, name in said.items() if word[-1] == "*"
        }
        self._lengths = sorted(set(map(len, self._stems)), reverse=True)
        self._starts = {word[:2] for word in (*self._whole, *self._stems)}

    def last_said(self, text: str, start: int, among: int = 99) -> str | None:
        """Which list the last of the words before ``start``, in its line, is of."""
        first = max(0, start - REACH)
        line = text[max(first, text.rfind("\n", first, start) + 1) : start]
        for word in _WORD.findall(line.lower())[: -among - 1 : -1]:
            if word[:2] not in self._starts:  # as most words
                continue
            name = self._whole.get(word) or self._by_stem(word)
            if name:
                return name
        return None

    def _by_stem(self, word: str) -> str | None:
        for length in self._lengths:
            if name := self._stems.get(word[:length]):
                return name
        return None
