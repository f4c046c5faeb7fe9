"""Everything that the detectors find, in time linear in the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from .cards import cards
from .emails import emails
from .folding import Folded
from .ibans import ibans
from .networks import networks
from .phones import phones
from .secret_formats import known_keys, may_hold_keys, private_keys, signed_tokens
from .secret_words import assigned_secrets, carried_secrets, may_hold_secrets
from .social_security import social_security_numbers
from .spans import Span, merged

Detector = Callable[[str], Iterator[Span]]

DETECTORS: tuple[Detector, ...] = (
    emails,
    known_keys,
    signed_tokens,
    private_keys,
    assigned_secrets,
    carried_secrets,
)
# only where there is a digit, and a number as long as the shortest of a phone
IN_DIGITS: tuple[Detector, ...] = (ibans, networks)
IN_NUMBERS: tuple[Detector, ...] = (cards, social_security_numbers, phones)
_DIGIT = re.compile("[0-9]")
_NUMBER = re.compile(r"[0-9](?:[ ().\-/_]{0,3}[0-9]){6}")
ROUNDS = 3  # for a long text; for a short one so many as read that many characters:
ENOUGH = 32_768


def find(text: str) -> list[Span]:
    """Sorted and disjoint spans of ``text``. Placeholders in it are left alone.

    What is found hides what stands beside it no longer, so the rest is read again:
    masking what was masked changes nothing.
    """
    found: list[Span] = []
    for _ in range(max(ROUNDS, ENOUGH // (len(text) + 1))):
        new = _found_in(Folded(text, (span[1:] for span in found)))
        if not new:
            break
        found = merged([*found, *new])
    return found


def _found_in(folded: Folded) -> list[Span]:
    text, detectors = folded.text, DETECTORS
    if digit := _DIGIT.search(text):
        detectors += IN_DIGITS
        if _NUMBER.search(text, digit.start()):
            detectors += IN_NUMBERS
    elif "@" not in text and not may_hold_keys(text) and not may_hold_secrets(text):
        return []  # as most that is said, and what is left of most other texts
    spans = [span for detector in detectors for span in detector(text)]
    return [
        Span(span.type, *folded.original(span.start, span.end))
        for span in merged(spans)
    ]
