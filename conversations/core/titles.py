"""Making sure that what a model gives as a title is one."""

from __future__ import annotations

import re

LONGEST = 80  # characters
MOST_WORDS = 12
_REASONING = re.compile(r"<think>.*?(</think>|$)", re.DOTALL | re.IGNORECASE)
_WRAPPING = " \t\"'`*#“”‘’«».:-–—"


def clean_title(answer: str) -> str:
    """The title in a model's answer, or "" when it gave something else instead."""
    lines = _REASONING.sub("", answer).strip().splitlines()
    title = re.sub(r"^title:\s*", "", lines[0], flags=re.IGNORECASE) if lines else ""
    title = "".join(c for c in " ".join(title.split()) if c.isprintable())
    title = title.strip(_WRAPPING)
    too_much = len(title) > LONGEST or len(title.split()) > MOST_WORDS
    return "" if too_much else title
