"""Summaries without understanding: the sentences that state something are kept."""

from __future__ import annotations

from conversations.core.prompts import NEW_TURNS, SPEAKERS, SUMMARY_SO_FAR
from conversations.providers.demo.facts import is_about_person
from conversations.providers.demo.reading import DIGIT, read
from conversations.providers.demo.request import Message
from conversations.providers.demo.statements import Statement, statements

# A summary that is not clearly shorter than what it replaces is of no use.
_SHARE = 0.6
_AT_LEAST = 60
_AT_MOST = 4_000
_LONGEST_LINE = 240


def summary_of(material: str) -> str:
    """Return what the material states; what tells most about the person is kept."""
    before, _, new = material.rpartition(NEW_TURNS)
    before = before.removeprefix(SUMMARY_SO_FAR).strip()
    room = min(_AT_MOST, len(before) + max(_AT_LEAST, int(len(new) * _SHARE)))
    found = list(statements((Message("summary", f"{before}\n\n{new}"),)))
    told = [statement for statement in found if _tells_something(statement)]
    kept: dict[int, str] = {}
    # The most telling come first, the latest of them before older ones.
    for index in sorted(range(len(told)), key=lambda i: (_weight(told[i]), -i)):
        line = _line(told[index])
        if line not in kept.values() and len(line) + 1 <= room:
            kept[index] = line
            room -= len(line) + 1
    lines = "\n".join(kept[index] for index in sorted(kept))
    return lines or new.strip()[:_AT_LEAST] or "Nothing was said yet."


def _tells_something(statement: Statement) -> bool:
    return len(read(statement.text).content) > 1 or bool(DIGIT.search(statement.text))


def _weight(statement: Statement) -> int:
    """Return 0 for what must be kept, more for what may be dropped."""
    if statement.speaker == "assistant":
        return 3
    reading = read(statement.text)
    if reading.any_mine or statement.key or DIGIT.search(statement.text):
        return 0
    return 1 if is_about_person(statement) else 2


def _line(statement: Statement) -> str:
    speaker = SPEAKERS.get(statement.speaker)
    text = statement.text[:_LONGEST_LINE]
    return f"- {speaker}: {text}" if speaker else f"- {text}"
