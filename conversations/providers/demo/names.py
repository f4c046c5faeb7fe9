"""The person's own name, which people give in many ways."""

from __future__ import annotations

import re
from collections.abc import Iterable

from conversations.providers.demo.statements import Statement
from conversations.providers.demo.words import word_set

# After "my name is" even a lower-case word is a name, and so is a mask for one.
_MASK = r"[\[<{‹«⟦][^\s\]>}›»⟧]{1,40}[\]>}›»⟧]+"
_NAME = rf"({_MASK}|[^\W\d_][\w'’-]*(?:\s+[A-ZÀ-Þ][\w'’-]*){{0,3}})"
_PROPER = r"([A-ZÀ-Þ][\w'’-]*(?:\s+[A-ZÀ-Þ][\w'’-]*){0,3})"
# How people introduce themselves …
_GIVEN = (
    re.compile(rf"\b(?i:my (?:full |first |real )?name(?:['’]s| is| was)) {_NAME}"),
    re.compile(rf"\b(?i:(?:call me|i am called|i['’]m called|i go by)) {_NAME}"),
    re.compile(rf"\b(?i:ich heiße|mein name ist|je m['’]appelle|mon nom est) {_NAME}"),
    re.compile(rf"\b(?i:me llamo|mi nombre es|ik heet|mijn naam is) {_NAME}"),
    re.compile(rf"^(?:I am|I['’]m|(?i:this is)) {_PROPER}(?=$|[.,!;]| and\b| from\b)"),
)
# … how a summary or a note tells it …
_REPORTED = (
    re.compile(rf"(?i:\buser['’]s name is|\buser is (?:called|named)) {_NAME}"),
    re.compile(rf"(?i:\b(?:their|the person['’]s) name is) {_NAME}"),
)
# … and how an assistant says it back.
_REPEATED = re.compile(rf"(?i:\byour name is) {_NAME}")
_KEYS = re.compile(
    r"(?i:(?:user(?:['’]s)? |my |preferred |first |full )?name|nickname)"
)
_ASKED = re.compile(
    r"\bmy (?:full |first |own |real )?name\b(?! of)|\byou call me\b|"
    r"\bwho am i\b(?! (?:talk|speak|chat))|\bwhat am i called\b|"
    r"\bwie hei(?:ß|ss)e ich|\bje m['’]appelle|\bme llamo\b|\bheet ik\b",
    re.I,
)
# "My name is not important."
_NOT_NAMES = word_set(
    "not a an the so very sorry going sure glad happy important secret unknown your "
    "what it here there in on at from back when if later"
)
# "I'm Dutch" says something else than "I'm Maya".
_PEOPLES = word_set(
    "american australian austrian belgian brazilian british canadian chinese czech "
    "danish dutch english european finnish french german greek indian irish italian "
    "japanese korean mexican norwegian polish portuguese romanian russian scottish "
    "spanish swedish swiss turkish ukrainian welsh catholic jewish muslim hindu"
)


def asks_for_name(question: str) -> bool:
    """Whether someone wants to hear their own name."""
    return bool(_ASKED.search(question))


def latest_name(found: Iterable[Statement]) -> str:
    """Return the name the person gave last, or nothing."""
    return latest_naming(found)[0]


def latest_naming(found: Iterable[Statement]) -> tuple[str, int]:
    """Return that name and the number to cite it by, if it has one."""
    named = [(s.rank, name, s.mark) for s in found if (name := _name_in(s))]
    return max(named)[1:] if named else ("", 0)


def _name_in(statement: Statement) -> str:
    if _KEYS.fullmatch(statement.key) and statement.speaker in ("system", "user"):
        return statement.value.rstrip(".")
    # Each speaker can only say it in one way: "my name" of a system prompt is not the
    # person's, nor is "your name" in the person's own words.
    patterns: tuple[re.Pattern[str], ...] = ()
    if statement.speaker == "user":
        patterns = _GIVEN
    elif statement.speaker in ("system", "tool"):
        patterns = _REPORTED
    elif statement.speaker == "assistant":
        patterns = (_REPEATED, *_REPORTED)
    for pattern in patterns:
        if (match := pattern.search(statement.text)) and _is_name(match[1]):
            return match[1].rstrip(".'’-")
    return ""


def _is_name(words: str) -> bool:
    first = words.split()[0].lower()
    return first not in _NOT_NAMES and first not in _PEOPLES
