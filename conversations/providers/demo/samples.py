"""Markdown to look at while it streams: code, tables, lists, maths, long texts."""

from __future__ import annotations

import re
from pathlib import Path

_FOLDER = Path(__file__).parent / "samples"
_LANGUAGES = ("javascript", "sql", "python")

_WANTS = re.compile(
    r"\b(?:show|write|give|make|create|generate|draw|explain|need|want|see|print|list|"
    r"render|display|produce|tell|try|answer)\b",
    re.I,
)
# Asked for by these words; a message may ask for several.
_KINDS = {
    "code": re.compile(
        r"\b(?:function|script|snippet|program|some code|"
        r"code (?:in|for|that|to|example)|"
        r"(?:write|show|see|generate) (?:me )?(?:\w+ )?code)\b",
        re.I,
    ),
    "table": re.compile(r"\b(?:table|tabular|columns)\b", re.I),
    "list": re.compile(r"\b(?:lists?|bullets?|checklist|steps)\b", re.I),
    "maths": re.compile(r"\b(?:maths?|formulas?|equations?|latex)\b", re.I),
    "long": re.compile(r"\b(?:long|detailed|essay|story|\d{3,} words)\b", re.I),
}


def sample_for(text: str) -> str:
    """Return the samples a message asks for, or nothing."""
    if not _WANTS.search(text):
        return ""
    everything = "markdown" in text.lower()
    names = [n for n, words in _KINDS.items() if everything or words.search(text)]
    return "\n\n".join(_read(_language(text) if n == "code" else n) for n in names)


def _language(text: str) -> str:
    low = text.lower()
    return next((name for name in _LANGUAGES if name in low), "python")


def _read(name: str) -> str:
    return (_FOLDER / f"{name}.md").read_text(encoding="utf-8").rstrip()
