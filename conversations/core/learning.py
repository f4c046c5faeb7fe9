"""Facts in what a person says of themselves: is it worth asking a model for them, and
what of its answer may be kept. Rather nothing than something wrong or delicate.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from conversations.core.commands import command_in
from conversations.core.first_person import says_something_lasting
from conversations.core.own_words import alike, own_words
from conversations.core.sensitive import is_delicate

MOST = 5  # facts of a message
LONGEST_KEY = 40  # characters; a model that writes more did not find a name for it
LONGEST_VALUE = 200
LEAST_QUOTE = 4  # characters
USUAL_IMPORTANCE = 0.5
MOST_IMPORTANCE = 0.8  # the highest is the person's to give

_THOUGHT = re.compile(r"<(think|thinking|reasoning)>.*?(?:</\1>|\Z)", re.S | re.I)
_TOKEN = re.compile(r"\w+")
_JSON = json.JSONDecoder()
_LONGEST_ANSWER = 20_000
_MOST_LISTS = 50  # that are looked at: a model in a loop writes brackets without end


@dataclass(frozen=True, slots=True)
class Found:
    """A fact in a message. ``outright``: the value is there in the person's words."""

    key: str
    value: str
    importance: float
    outright: bool


def worth_asking(text: str) -> bool:
    """Whether the message plausibly says something lasting of the one who sent it."""
    if command_in(text) is not None:
        return False
    return any(says_something_lasting(alike(one)) for one in own_words(text))


def found_in(answer: str, text: str) -> tuple[Found, ...]:
    """The facts in a model's ``answer`` about the message ``text`` that may be kept:
    stated by the person there, and nothing delicate. Of rubbish, none.
    """
    told = alike(" ".join(own_words(text)))
    kept: dict[str, Found] = {}
    for entry in _entries(answer):
        found = _checked(entry, told)
        if found is not None and len(kept) < MOST:
            kept.setdefault(found.key, found)
    return tuple(kept.values())


def says_no_more(value: str, known: str) -> bool:
    """Whether who knows ``known`` learns nothing from ``value``."""
    return set(_TOKEN.findall(alike(value))) <= set(_TOKEN.findall(alike(known)))


def _entries(answer: str) -> list[Any]:
    """The last list in the answer that holds objects, whatever stands around it."""
    text = _THOUGHT.sub("", answer[:_LONGEST_ANSWER])
    found: list[Any] = []
    for value in _lists_in(text):
        if any(isinstance(one, dict) for one in value):
            found = value
    return found


def _lists_in(text: str) -> Iterator[list[Any]]:
    at = text.find("[")
    for _ in range(_MOST_LISTS):
        if at < 0:
            return
        try:
            value, end = _JSON.raw_decode(text, at)
        except (ValueError, RecursionError):
            end = at + 1
        else:
            yield value
        at = text.find("[", end)


def _checked(entry: Any, told: str) -> Found | None:
    if not isinstance(entry, dict):
        return None
    words = [entry.get(name) for name in ("key", "value", "quote")]
    if not all(isinstance(one, str) for one in words):
        return None
    key, value, quote = (" ".join(str(one).split()) for one in words)
    key, value = " ".join(key.split("_")), value.strip(" .,;")
    quote = alike(quote).strip(" .!…")
    if not (0 < len(key) <= LONGEST_KEY and 0 < len(value) <= LONGEST_VALUE):
        return None
    if len(quote) < LEAST_QUOTE or quote not in told or not _stands_in(value, quote):
        return None
    if is_delicate(key, value):
        return None
    return Found(
        key, value, _importance(entry.get("importance")), alike(value) in quote
    )


def _stands_in(value: str, quote: str) -> bool:
    """Whether some word of the value was said, in any form; else it is a guess."""
    words = _TOKEN.findall(alike(value))
    telling = [word for word in words if len(word) > 2 or not word.isascii()]
    telling += [word for word in words if word.isdecimal()]
    return any(word[:5] in quote for word in telling or words)


def _importance(given: Any) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float):
        return USUAL_IMPORTANCE
    return min(max(float(given), 0.0), MOST_IMPORTANCE) if given == given else 0.5
