"""Branches of conversations for tests: written out, or made by Hypothesis."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from conversations.core.context import (
    Attachment,
    Budget,
    GivenFile,
    KnownFact,
    Material,
    Passage,
    PastCall,
    Recalled,
    RunningSummary,
    StoredMessage,
)
from conversations.core.context.enclosed import attachment
from conversations.core.context.short_form import least_cost
from conversations.core.model_api import Image
from conversations.core.tokens import PER_ITEM, count

START = datetime(2026, 5, 1, 12, tzinfo=UTC)
HERE, ELSEWHERE = uuid.UUID(int=1), uuid.UUID(int=2)


class ListHistory:
    """``History`` over a list; counts how much of it was read."""

    def __init__(self, messages: Iterable[StoredMessage]) -> None:
        self.messages = [
            replace(message, place=at) for at, message in enumerate(messages, start=1)
        ]
        self.count = len(self.messages)
        self.read = 0

    def tail(self, tokens: int, at_most: int | None = None) -> list[StoredMessage]:
        kept: list[StoredMessage] = []
        spent = 0
        for message in reversed(self.messages[-at_most:] if at_most else self.messages):
            kept.append(message)
            spent += least_cost(message.tokens, message.excluded)
            if spent > tokens:
                break
        self.read += len(kept)
        return kept[::-1]

    def everything(self) -> list[StoredMessage]:
        self.read += len(self.messages)
        return self.messages

    def pinned(self) -> list[StoredMessage]:
        return [message for message in self.messages if message.pinned]


@dataclass
class Finds:
    """``Recall`` that finds what it is told to, and remembers the questions."""

    found: list[Recalled]

    def __post_init__(self) -> None:
        self.asked: list[str] = []

    def find(self, question: str, turns: int) -> list[Recalled]:
        self.asked.append(question)
        return self.found[:turns]


class ListFiles:
    """``Files`` over lists of texts; finds the passages that say "match"."""

    def __init__(self, texts: dict[GivenFile, list[str]]) -> None:
        self._given = tuple(texts)
        self._passages = {
            file.id: [
                Passage(uuid.UUID(int=(file.id.int << 32) + n), file.id, n, text)
                for n, text in enumerate(mine, start=1)
            ]
            for file, mine in texts.items()
        }

    def given(self) -> tuple[GivenFile, ...]:
        return self._given

    def passages(self, file: uuid.UUID, at_most: int) -> list[Passage]:
        return self._passages[file][:at_most]

    def find(self, question: str, at_most: int) -> list[Passage]:
        every = [p for mine in self._passages.values() for p in mine]
        return [p for p in every if "match" in p.text][:at_most]


def given_file(
    number: int, name: str, texts: list[str], **more: object
) -> tuple[GivenFile, list[str]]:
    tokens = sum(count(text) for text in texts)
    file = GivenFile(uuid.UUID(int=number), name, 1, len(texts), tokens, **more)
    return file, texts


def said(role: str, text: str, **more: object) -> StoredMessage:
    """A message with a random id and its true tokens."""
    return StoredMessage(uuid.uuid4(), role, text, count(text), **more)


def talk(*texts: str) -> list[StoredMessage]:
    """A conversation in turns: the person, the assistant, the person …"""
    return [
        said("assistant" if at % 2 else "user", text) for at, text in enumerate(texts)
    ]


def words(number: int, name: str = "") -> str:
    return " ".join([name, *["word"] * number]).strip()


def recalled(
    *messages: StoredMessage, score: float = 1.0, days: int = 0, here: bool = True
) -> Recalled:
    where = HERE if here else ELSEWHERE
    return Recalled(messages, score, START + timedelta(days=days), where)


def call(n: int, output: str, offset: int) -> PastCall:
    tokens = count(output) + count("{}") + 3 * PER_ITEM
    return PastCall(f"call_{n}", "look_up", "{}", output, offset, tokens)


sizes = st.one_of(
    st.integers(0, 12), st.integers(0, 12), st.integers(0, 300), st.just(2_100)
)
seldom = st.sampled_from([False] * 6 + [True])


@st.composite
def branches(draw) -> list[StoredMessage]:
    """Any branch: failed replies, tool calls, pins, exclusions; a question is last."""
    ids = (uuid.UUID(int=n) for n in range(1_000, 2_000))
    messages: list[StoredMessage] = []

    def add(role: str, text: str, calls: tuple[PastCall, ...] = ()) -> None:
        flags = draw(seldom), draw(seldom)
        attached: tuple[Attachment, ...] = ()
        if role == "user" and draw(seldom):
            image = Image(next(ids)) if draw(st.booleans()) else None
            attached = (attachment("[image: a.png, 9×9]", image, 85 if image else 0),)
        messages.append(
            StoredMessage(
                next(ids), role, text, count(text), *flags, calls, attached=attached
            )
        )

    for turn in range(draw(st.integers(0, 12))):
        add("user", words(draw(sizes), f"q{turn}"))
        if draw(st.sampled_from([True] * 4 + [False])):
            size = draw(sizes)
            text = words(size, f"a{turn}") if size else ""
            calls = tuple(
                call(turn * 10 + n, words(draw(st.integers(1, 30))), n * 3)
                for n in range(draw(st.sampled_from([0, 0, 0, 1, 2])))
            )
            add("assistant", text, calls)
    add("user", words(draw(st.integers(0, 60)), "the question"))
    return messages


@st.composite
def materials(draw) -> Material:
    history = ListHistory(draw(branches()))
    facts = draw(st.lists(st.builds(KnownFact, st.sampled_from(["name", "city\nx"]),
        st.sampled_from(["Maya", words(40)]), st.floats(0, 1), st.booleans(),
    ), max_size=14))  # fmt: skip
    summary = None
    if draw(st.booleans()):
        text = words(draw(st.sampled_from([3, 30, 400])), "summary")
        covered = draw(st.integers(1, history.count))
        source = draw(st.sampled_from([0, 20, 10_000]))
        summary = RunningSummary(uuid.UUID(int=9), text, count(text), covered, source)
    found = []
    for at in draw(st.lists(st.integers(0, history.count - 1), max_size=12)):
        found.append(
            recalled(*history.messages[at : at + 2], score=9 / (at + 1), days=at)
        )
    if draw(st.booleans()):
        elsewhere = said("user", words(draw(sizes), "elsewhere"), pinned=draw(seldom))
        found.insert(0, recalled(elsewhere, here=False))
    # Between nothing and everything is where something has to be decided.
    all_of_it = sum(least_cost(m.tokens) for m in history.messages)
    window = draw(st.integers(0, all_of_it + 300))
    budget = Budget(window, draw(st.integers(0, 20)), draw(st.integers(0, 20)))
    system = draw(st.sampled_from(["", "Be brief."]))
    files = draw(enclosures())
    return Material(
        system,
        history,
        budget,
        tuple(facts),
        summary,
        Finds(found),
        HERE,
        files=files,
    )


@st.composite
def enclosures(draw) -> ListFiles:
    """Some files: short and long ones, of which something is found or nothing."""
    texts = st.sampled_from(["A line.\n\nAnother.", words(60), words(30, "match")])
    made = {}
    for number in range(draw(st.integers(0, 3))):
        passages = draw(st.lists(texts, max_size=6))
        problem = "" if passages else "not read yet"
        file, passages = given_file(
            number, f"f{number}\n.txt", passages, asked=number == 0, problem=problem
        )
        made[file] = passages
    return ListFiles(made)
