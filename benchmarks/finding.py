"""One person's messages by the hundred thousand, sealed and indexed, and questions
about them; import when Django is ready.

Words are made up and occur as in real talk (Zipf): a few very often, most hardly ever.
"""

from __future__ import annotations

import itertools
import random
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.utils import timezone

from accounts.models import User
from benchmarks.figures import median, percentile
from benchmarks.people import make_person
from chatsite.lib.ids import uuid7
from conversations import index
from conversations.models import Conversation, Message
from conversations.providers.embeddings.none import NoEmbedder
from conversations.services import extents, indexing, searching
from conversations.services.branches import Branch
from conversations.services.recalling import Memory, Names

VOCABULARY = 30_000  # words
WORDS = 70  # of a message: some 400 bytes
LITTLE = 0.4  # of them, words that say nothing by themselves
PER_TALK = 100  # messages
AT_ONCE = 500  # messages stored together
YEARS = 3


_SAYING_LITTLE = """
the a of and to in is it that for on with as was at by be this are or an from not we you
i have had but they which one there can if so what about would when
"""
_LITTLE = _SAYING_LITTLE.split()


class _Words(NamedTuple):
    common: str
    usual: str
    rare: str
    rarest: str
    phrase: str


class Library:
    """What is there grows; the questions stay."""

    def __init__(self, others: float) -> None:
        self._others = others
        self._chance = random.Random(7)  # noqa: S311 - the same talk every time
        self._words = list(_vocabulary(self._chance))
        ranks = range(3, VOCABULARY + 3)
        self._weights = list(itertools.accumulate(1 / rank for rank in ranks))
        self.reader: User = make_person("reader")
        self._other: User = make_person("other")
        self._here = Conversation.objects.create(owner=self.reader, title="Here")
        self._size = 0
        self._index_seconds = 0.0

    def grow_to(self, size: int) -> None:
        """So many messages of the reader's, and as many of others as was said."""
        self._index_seconds, before = 0.0, self._size
        while self._size < size:
            count = min(PER_TALK, size - self._size)
            self._talk(self.reader, count, self._size / size)
            self._size += count
            if self._chance.random() < self._others:
                self._talk(self._other, PER_TALK, self._size / size)
            _say(f"  {self._size:,} messages")
        _say("\n")
        self._per_message = self._index_seconds / max(1, self._size - before)

    def footprint(self) -> dict[str, float]:
        """Bytes a message of its index, bytes of its text, microseconds to index it."""
        entries = Message.objects.filter(entry__isnull=False).count()
        return {
            "index": index.entries().bytes_used() / entries,
            "text": len(self._message_at(0)),
            "indexing": 1e6 * self._per_message,
        }

    def measured(self, repeat: int) -> Iterator[dict[str, Any]]:
        """Milliseconds of each kind of question, other words every time."""
        for name, ask in self._questions().items():
            extents.forget(self.reader.id)
            ask(self._words_at(0))  # what is kept in memory is there afterwards
            spent: list[float] = []
            results = 0
            for number in range(1, repeat + 1):
                words = self._words_at(number)
                began = time.perf_counter()
                results = max(results, ask(words))
                spent.append(1000 * (time.perf_counter() - began))
            yield {
                "what": name,
                "results": results,
                "median": median(spent),
                "p95": percentile(spent, 95),
                "longest": max(spent),
            }

    def _questions(self) -> dict[str, Callable[[_Words], int]]:
        def typed(text: Callable[[_Words], str]) -> Callable[[_Words], int]:
            return lambda words: self._found(text(words), typing=True)

        def sent(text: Callable[[_Words], str]) -> Callable[[_Words], int]:
            return lambda words: self._found(text(words), typing=False)

        return {
            "typed: two letters": typed(lambda w: w.common[:2]),
            "typed: four letters": typed(lambda w: w.rare[:4]),
            "typed: a common word and a beginning": typed(
                lambda w: f"{w.common} {w.usual[:3]}"
            ),
            "sent: a common word": sent(lambda w: w.common),
            "sent: a rare word": sent(lambda w: w.rare),
            "sent: three words": sent(lambda w: f"{w.common} {w.usual} {w.rare}"),
            "sent: a phrase": sent(lambda w: f'"{w.phrase}"'),
            "sent: a word of last year": sent(
                lambda w: f"{w.usual} before:{timezone.now().year}"
            ),
            "sent: words nobody said together": sent(
                lambda w: f"{w.rare} {w.rarest} zzzyx"
            ),
            "recall: a question of six words": lambda w: self._recalled(
                f"What about {w.common} {w.usual} and {w.rare}, {w.phrase}?"
            ),
        }

    def _found(self, text: str, *, typing: bool) -> int:
        found = searching.search(self.reader.id, text, zone=UTC, typing=typing)
        return len(found.titles) + sum(len(group.hits) for group in found.groups)

    def _recalled(self, question: str) -> int:
        memory = Memory(Branch(self._here, None, 0), NoEmbedder(), Names())
        return len(memory.find(question, 8))

    def _words_at(self, number: int) -> _Words:
        """Words of the ranks that their names say, others for each number."""
        at = self._words
        message = self._message_at(number)
        spoken = message.split()
        return _Words(
            common=at[10 + number],
            usual=at[300 + 7 * number],
            rare=at[6_000 + 31 * number],
            rarest=at[VOCABULARY - 1 - number],
            phrase=" ".join(spoken[20:25]),
        )

    def _message_at(self, number: int) -> str:
        mine = Message.objects.filter(owner_id=self.reader.id)
        place = self._size * (number % 17) // 17
        return mine.order_by("id")[place].body

    def _talk(self, owner: User, messages: int, when: float) -> None:
        at = timezone.now() - timedelta(days=365 * YEARS * (1 - when))
        talk = Conversation.objects.create(
            owner=owner, title=self._text(4), created=at, updated=at
        )
        said = list(self._said(talk, messages, at))
        for start in range(0, len(said), AT_ONCE):
            Message.objects.bulk_create(said[start : start + AT_ONCE])
        began = time.perf_counter()
        indexing.put_messages(said)
        indexing.put_title(talk)
        self._index_seconds += time.perf_counter() - began
        Conversation.objects.filter(id=talk.id).update(
            head=said[-1], message_count=len(said)
        )

    def _said(self, talk: Conversation, count: int, at: datetime) -> Iterator[Message]:
        parent = None
        for number in range(count):
            message = Message(
                id=uuid7(),
                conversation=talk,
                owner_id=talk.owner_id,
                parent_id=parent,
                depth=number + 1,
                role=("user", "assistant")[number % 2],
                body=self._text(WORDS),
                tokens=90,
                created=at + timedelta(minutes=number),
            )
            parent = message.id
            yield message

    def _text(self, words: int) -> str:
        said = self._chance.choices(self._words, cum_weights=self._weights, k=words)
        return " ".join(
            self._chance.choice(_LITTLE) if self._chance.random() < LITTLE else word
            for word in said
        )


def _vocabulary(chance: random.Random) -> Iterator[str]:
    """Words that can be spoken, no two the same."""
    made: set[str] = set()
    while len(made) < VOCABULARY:
        parts = chance.randint(2, 4)
        word = "".join(
            chance.choice("bcdfghklmnprstvw") + chance.choice("aeiou")
            for _ in range(parts)
        )
        if word not in made:
            made.add(word)
            yield word


def _say(line: str) -> None:
    print(f"\r{line}", end="", file=sys.stderr, flush=True)
