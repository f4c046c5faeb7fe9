"""What may stand as a title."""

from __future__ import annotations

from conversations.core.first_words import one_line

LONGEST = 200


class BadTitle(ValueError):
    """The title is refused; ``str()`` is a sentence for the person who gave it."""


def clean(title: str) -> str:
    """The title as it is stored: one line of visible characters, or ``BadTitle``."""
    words = one_line(title)
    if not words:
        raise BadTitle("A title needs at least one visible character.")
    if len(words) > LONGEST:
        raise BadTitle(
            f"A title has at most {LONGEST} characters; this is {len(words)}."
        )
    return words
