"""Facts without understanding: the few forms in which people mostly give them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import orjson

from conversations.core.prompts import NAMES_IN_USE, THEIR_MESSAGE
from conversations.providers.demo.names import latest_name
from conversations.providers.demo.request import Message
from conversations.providers.demo.statements import statements

_PLACE = r"([A-ZÀ-Þ][\w'’.-]*(?: [A-ZÀ-Þ][\w'’-]*){0,3})"
_END = r"(?=[.,;!]|\s+(?:and|but|und|et|y)\b|$)"
_FORMS = (
    ("home", re.compile(rf"(?i:\bI(?:['’]m| am)? (?:live|living|based) in) {_PLACE}")),
    ("home", re.compile(rf"(?i:\bich (?:wohne|lebe) in|j['’]habite à) {_PLACE}")),
    ("home", re.compile(rf"(?i:\bund (?:wohne|lebe) in|vivo en|woon in) {_PLACE}")),
    ("job", re.compile(rf"\bI work as (?:an? )?([\w -]{{3,40}}?){_END}", re.I)),
    ("job", re.compile(rf"\bI(?:['’]m| am) an? ([\w-]+(?: [\w-]+)?){_END}", re.I)),
    ("age", re.compile(r"\bI(?:['’]m| am) (\d{1,3} years old)\b", re.I)),
    ("diet", re.compile(r"\bI(?:['’]m| am) (?:an? )?(vegan|vegetarian)\b", re.I)),
    ("pets", re.compile(r"\bI have ((?:an?|\w+) (?:cat|dog|bird|horse)s?)\b", re.I)),
)
# "My boat is called Grebe."
_MINE = re.compile(
    rf"\bmy ([\w -]{{2,40}}?)(?:['’]s| is| are)(?: called| named)? ([^,;.!?]+?){_END}",
    re.I,
)
# a key in use for the same thing is used again
_SAME = (
    frozenset(("home", "city", "home city", "home town", "town", "residence")),
    frozenset(("job", "work", "profession", "occupation")),
)


def learned_from(material: str) -> str:
    """Return what a message says of the one who sent it, as JSON."""
    before, _, said = material.partition(f"{THEIR_MESSAGE}\n")
    names = before.removeprefix(NAMES_IN_USE).split(",")
    in_use = {name.strip() for name in names}
    found: dict[str, dict[str, object]] = {}
    for statement in statements((Message("user", said),)):
        if name := latest_name([statement]):
            _add(found, in_use, "name", name, statement.text, 0.8)
        for key, value in _told(statement.text):
            _add(found, in_use, key, value, statement.text, 0.5)
    return orjson.dumps(list(found.values())).decode()


def _told(text: str) -> Iterator[tuple[str, str]]:
    for key, form in _FORMS:
        if match := form.search(text):
            yield key, match[1].strip(" .")
    for match in _MINE.finditer(text):
        if not match[1].lower().endswith("name"):
            yield match[1].lower(), match[2].strip()


def _add(
    found: dict[str, dict[str, object]],
    in_use: set[str],
    key: str,
    value: str,
    quote: str,
    importance: float,
) -> None:
    same = next((group for group in _SAME if key in group), frozenset())
    key = next(iter(sorted(in_use & same)), key)
    entry = {"key": key, "value": value, "importance": importance, "quote": quote}
    found.setdefault(key, entry)
