"""The rolling summary: when it is due, what it is made from, what passes as one."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from conversations.core.context.base import StoredMessage
from conversations.core.context.blocks import items_of
from conversations.core.context.short_form import as_sent
from conversations.core.context.turns import KEPT_TURNS, WholeTurn, whole_turns
from conversations.core.model_api import Item
from conversations.core.prompts import (
    NEW_TURNS,
    SPEAKERS,
    SUMMARY_SO_FAR,
    summary_items,
)
from conversations.core.tokens import count

# A summary costs a call that reads the one before it and the new turns: not every turn.
DUE_TURNS = 6
# Fewer turns will do when they are this long, since every turn pays for them again.
DUE_TOKENS = 2_000
# Less than this is cheaper to send than to summarise.
LEAST_TOKENS = 200
# What one call reads at most; the rest waits for the next. Fits the smallest windows.
MATERIAL_TOKENS = 6_000
# More is no summary: it would be paid for with every turn.
MOST_TOKENS = 1_500


class BadSummary(ValueError):
    """What came is not used as a summary; ``reason`` says why, in a short phrase."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Due:
    """What the next summary is made from: ``messages``, whole turns; with them it
    speaks of the first ``covered`` messages of the branch, and stands for ``tokens``
    more of them.
    """

    messages: tuple[StoredMessage, ...]
    covered: int
    tokens: int


def due(
    uncovered: Sequence[StoredMessage],
    covered: int,
    *,
    keep: int = KEPT_TURNS,
    now: bool = False,
) -> Due | None:
    """Whether a summary should be made, and of what.

    ``uncovered``: the messages of the branch after the first ``covered``, oldest first.
    The last ``keep`` turns are left alone. ``now``: somebody asked for it, so that
    anything is enough.
    """
    turns = whole_turns(uncovered, covered + 1)
    turns = turns[: max(0, len(turns) - keep)]
    tokens = sum(turn.cost() for turn in turns)
    enough = len(turns) >= DUE_TURNS or tokens >= DUE_TOKENS
    if not tokens or not (now or (enough and tokens >= LEAST_TOKENS)):
        return None
    return _first_of(turns)


def _first_of(turns: Sequence[WholeTurn]) -> Due:
    """As many of the first ``turns`` as one call reads, and one at least."""
    taken: list[StoredMessage] = []
    end = tokens = size = 0
    for turn in turns:
        size += sum(_shortly(message).cost for message in turn.messages)
        if end and size > MATERIAL_TOKENS:
            break
        taken += turn.messages
        tokens += turn.cost()
        end = turn.end
    return Due(tuple(taken), end, tokens)


def material(previous: str, messages: Sequence[StoredMessage]) -> tuple[Item, ...]:
    """The prompt that asks for a summary of ``previous`` and ``messages``.

    Long ones go in their short form, so that nothing a person pastes makes it dear.
    """
    items = (item for message in messages for item in items_of(_shortly(message)))
    return summary_items(previous, (item for item in items if item.text))


def _shortly(message: StoredMessage) -> StoredMessage:
    # What is pinned goes whole with every turn: here its beginning is enough.
    return as_sent(replace(message, pinned=False))


_THOUGHT = re.compile(r"<(think|thinking|reasoning)>", re.I)
# Models that think aloud begin like this. "I need to renew my passport" is no thought.
_THINKING = re.compile(
    r"(?:ok(?:ay)?|alright|all right|hmm+|wait|so|well|first)\b[,.!:…]*\s*"
    r"(?:let me|let['’]s|i|we|the user|the person)\b|"
    r"let me\b|(?:i|we) (?:need|have|should|will|must) (?:to )?summari[sz]e\b|"
    r"the (?:user|person) (?:wants|asks|asked|is asking) me\b",
    re.I,
)
_REFUSING = re.compile(
    r"(?:(?:i['’]m|i am) )?(?:very |so )?sorry\b|"
    r"i (?:can['’]?t|cannot|can not|won['’]t)\b|(?:i['’]m|i am) (?:unable|not able)\b|"
    r"as an ai\b|unfortunately,? i\b|"
    r"there is (?:nothing|no \w+) to summari[sz]e\b",
    re.I,
)
# "Here is the updated summary:", "**Summary**"
_ANNOUNCING = re.compile(
    r"(?:(?:sure|certainly|of course|ok(?:ay)?)[,.!]?\s*)?here(?:['’]s| is)\b.{0,80}:|"
    r"[#*_\s]*(?:updated |new |running )?summary(?: so far)?[*_\s]*:?[*_\s]*",
    re.I,
)
_SPEAKING = tuple(f"{speaker}:" for speaker in SPEAKERS.values())


def validate(answer: str, source_tokens: int, source: str = "") -> str:
    """The summary in a model's ``answer``, or ``BadSummary``.

    ``source_tokens``: of all the messages it would stand for. ``source``: some of what
    they say, to see whether the answer is written in the same script.
    """
    lines = _without_wrapping(_without_thoughts(answer)).splitlines()
    if not any(line.strip() for line in lines):
        raise BadSummary("it is empty")
    first = next(line.strip() for line in lines if line.strip())
    if _THINKING.match(first):
        raise BadSummary("it thinks aloud")
    if len(lines) == 1 and _REFUSING.match(first):
        raise BadSummary("it refuses")
    if _echoes(lines):
        raise BadSummary("it repeats the conversation")
    summary = "\n".join(lines).strip()
    tokens = count(summary)
    if tokens >= source_tokens:
        raise BadSummary("it is no shorter than what it stands for")
    if tokens > MOST_TOKENS:
        raise BadSummary("it is too long")
    if _other_script(source, summary):
        raise BadSummary("it is in another language")
    return summary


def _without_thoughts(answer: str) -> str:
    """Without marked reasoning, wherever it is; one that never ends is all there is."""
    kept, rest = "", answer
    while match := _THOUGHT.search(rest):
        kept += rest[: match.start()]
        end = rest.lower().find(f"</{match[1].lower()}>", match.end())
        rest = rest[end + len(match[1]) + 3 :] if end >= 0 else ""
    return kept + rest


def _without_wrapping(answer: str) -> str:
    """Without a fence around it, a heading that says what it is, and odd characters."""
    text = "".join(c for c in answer if c.isprintable() or c in "\n\t").strip()
    if text.startswith("```") and text.endswith("```") and "\n" in text:
        text = text.removesuffix("```").partition("\n")[2].strip()
    first, _, rest = text.partition("\n")
    return rest.strip() if _ANNOUNCING.fullmatch(first.strip()) else text


def _echoes(lines: Sequence[str]) -> bool:
    """Whether it is the transcript, or goes on with it. A list may name speakers."""
    said = [line.strip() for line in lines if line.strip()]
    headed = {NEW_TURNS, SUMMARY_SO_FAR} & set(said)
    return bool(headed) or sum(s.startswith(_SPEAKING) for s in said) * 2 > len(said)


def _other_script(source: str, summary: str) -> bool:
    # Latin letters may be code and names, so they tell nothing about a language.
    wanted, written = _script(source), _script(summary)
    return wanted not in ("", "LATIN", written) and written != ""


def _script(text: str) -> str:
    """The script that nearly all letters of ``text`` are in: "LATIN", "CYRILLIC", …"""
    found = Counter(
        _SAME_SCRIPT.get(name, name)
        for c in text[:4_000]
        if c.isalpha() and (name := unicodedata.name(c, "?").split()[0])
    )
    if not found:
        return ""
    script, times = found.most_common(1)[0]
    return script if times * 10 >= found.total() * 8 else ""


_SAME_SCRIPT = {"HIRAGANA": "CJK", "KATAKANA": "CJK", "KATAKANA-HIRAGANA": "CJK"}
