"""What stands in a text for what was taken out: ``[EMAIL]``, ``[EMAIL_1]``."""

from __future__ import annotations

import re

from .spans import Type

DIGITS = 7  # of a number: nobody has ten million addresses
_TYPES = "|".join(Type)
_NAME = rf"(?:{_TYPES})\\?_[1-9][0-9]{{0,{DIGITS - 1}}}"

# A model writes Markdown: both brackets may come back escaped, and the underscore.
NUMBERED = re.compile(rf"\[{_NAME}\]|\\\[{_NAME}\\\]")
ANY = re.compile(rf"\[(?:{_TYPES})\]|{NUMBERED.pattern}")
LONGEST = max(map(len, Type)) + DIGITS + len(r"\[\_\]")

_SLASH = r"\\?"
_beginnings = {kind[:size] for kind in Type for size in range(len(kind))}
_ENDLESS = (
    rf"(?:{'|'.join(sorted(_beginnings, reverse=True))}"
    rf"|(?:{_TYPES})(?:\\|\\?_(?:[1-9][0-9]{{0,{DIGITS - 1}}}%s)?)?)"
)
_BEGUN = re.compile(rf"\[{_ENDLESS % ''}|\\(?:\[{_ENDLESS % _SLASH})?")


def numbered(kind: Type, number: int) -> str:
    return f"[{kind}_{number}]"


def parsed(placeholder: str) -> tuple[Type, int]:
    """Of a match of ``NUMBERED``."""
    kind, number = placeholder.replace("\\", "")[1:-1].split("_")
    return Type(kind), int(number)


def begun_at(text: str) -> int:
    """Where a placeholder begins that the end of ``text`` cuts; its length if none."""
    start = max(0, len(text) - LONGEST + 1)
    if text.find("[", start) < 0 and not text.endswith("\\"):
        return len(text)
    for at in range(start, len(text)):
        if text[at] in "[\\" and _BEGUN.fullmatch(text, at):
            return at
    return len(text)
