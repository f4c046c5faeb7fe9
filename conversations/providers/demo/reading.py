"""Read a sentence without a grammar: whose things it speaks of, and which."""

from __future__ import annotations

import re
from dataclasses import dataclass

from conversations.providers.demo.words import STOP, WORD, simplified, stem

_MINE = {"my", "our", "mine"}
_I = {"i", "we", "i'm", "i've", "we're"}
_ME = _I | {"me", "us", "myself"}
PRONOUNS = {"his", "her", "their", "its", "your"}
_DETERMINERS = {"the", "a", "an", "this", "that", "these", "those"}
# "To" is missing: "to drink" is something one does.
_PREPOSITIONS = {"of", "for", "in", "about", "on", "at", "with", "from", "by"}
_PHRASE_OPENERS = _MINE | PRONOUNS | _DETERMINERS | _PREPOSITIONS
_AUXILIARIES = {"do", "does", "did", "will", "would", "can", "should", "is", "was"}
DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Reading:
    """What one sentence is about, as sets of stems."""

    content: frozenset[str]
    phrases: tuple[frozenset[str], ...]  # runs of words after an article, owner, …
    mine: frozenset[str]  # words of the things that are "my"
    heads: frozenset[str]  # the first word of each of them
    owned: frozenset[str]  # words of things that belong to someone named
    owners: frozenset[str]
    insists: frozenset[str]  # words an answer cannot do without
    subject: bool  # it says "I"
    me: bool
    any_mine: bool


class _Reader:
    """Walks over the words of a sentence and sorts them."""

    def __init__(self) -> None:
        self.content: list[str] = []
        self.phrases: list[list[str]] = []
        self.mine: set[str] = set()
        self.heads: set[str] = set()
        self.owned: set[str] = set()
        self.owners: set[str] = set()
        self.proper: set[str] = set()
        self.subject = self.me = self.any_mine = False
        self._owner = ""  # whose things the words of this phrase are: "me", "other"
        self._in_phrase = False

    def function_word(self, word: str) -> None:
        self.subject = self.subject or word in _I
        self.me = self.me or word in _ME
        self.any_mine = self.any_mine or word in _MINE
        self._owner = "me" if word in _MINE else "other" if word in PRONOUNS else ""
        if word in PRONOUNS:
            self.owners.add(word)
        self._in_phrase = word in _PHRASE_OPENERS
        if self._in_phrase:
            self.phrases.append([])

    def content_word(self, original: str, at_start: bool) -> None:
        word = stem(original)
        self.content.append(word)
        # A sentence starts with a capital whatever its first word is.
        if DIGIT.search(original) or (original[0].isupper() and not at_start):
            self.proper.add(word)
        if self._in_phrase:
            self.phrases[-1].append(word)
        if self._owner == "me":
            if len(self.phrases[-1]) == 1:
                self.heads.add(word)
            self.mine.add(word)
        elif self._owner == "other":
            self.owned.add(word)
        # "Tom's phone": what follows is Tom's, whoever was the owner so far.
        if original.replace("’", "'").lower().endswith("'s"):
            self.owners.add(word)
            self._owner = "other"
            if not self._in_phrase:
                self._in_phrase = True
                self.phrases.append([word])


def read(sentence: str) -> Reading:
    """Take a sentence apart."""
    reader = _Reader()
    words = WORD.findall(simplified(sentence))
    for place, original in enumerate(words):
        low = original.lower().replace("’", "'")
        if low in STOP or low in PRONOUNS | _MINE:
            reader.function_word(low)
        else:
            reader.content_word(original, place == 0)
    _lend_of(words, reader)
    phrases = tuple(frozenset(phrase) for phrase in reader.phrases if phrase)
    return Reading(
        content=frozenset(reader.content),
        phrases=phrases,
        mine=frozenset(reader.mine),
        heads=frozenset(reader.heads),
        owned=frozenset(reader.owned),
        owners=frozenset(reader.owners),
        insists=_insisted(words, reader),
        subject=reader.subject,
        me=reader.me,
        any_mine=reader.any_mine,
    )


def _lend_of(words: list[str], reader: _Reader) -> None:
    """Read "the name of my dog" as "my dog's name"."""
    for before, of, owner, after in zip(
        words, words[1:], words[2:], words[3:], strict=False
    ):
        if of.lower() == "of" and owner.lower() in _MINE | _DETERMINERS:
            reader.owned.add(stem(before))
            reader.owners.add(stem(after))


def _insisted(words: list[str], reader: _Reader) -> frozenset[str]:
    # Names, numbers and the words of noun phrases; other words may be put differently.
    insisted = {word for phrase in reader.phrases for word in phrase}
    last = stem(words[-1]) if words else ""
    run = next((p for p in reader.phrases if p and p[-1] == last), [])
    asks_what_it_does = any(word.lower() in _AUXILIARIES for word in words[:3])
    if asks_what_it_does and len(run) > 1 and _is_verb(words):
        # "Where does my sister live?": the verb may be said in another way.
        insisted.discard(last)
    return frozenset(insisted | reader.proper)


def _is_verb(words: list[str]) -> bool:
    asks_doing = any(w.lower() in {"do", "does", "did", "will"} for w in words[:3])
    return asks_doing or words[-1].lower().endswith("ed")
