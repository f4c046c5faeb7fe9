"""Payment cards: the number of an issuer, a length of that issuer, a check digit."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .spans import Span, Type
from .words import Words

# Digits in one go, or groups of four and a rest, or as American Express and Diners
# write them; one sign between groups, the same one.
_OPEN = r"[0-9](?<![A-Za-z0-9].)(?<![0-9]\..)"
_BARE = re.compile(_OPEN + r"[0-9]{12,18}(?![A-Za-z0-9])(?!\.[0-9])")
_GROUPED = re.compile(
    _OPEN + r"(?=([0-9]{3}([ .\-_/]{1,3})(?:[0-9]{6}\2[0-9]{4,5}(?![0-9])"
    r"|(?:[0-9]{4}\2){2}[0-9]{1,4}(?![0-9])(?:\2[0-9]{1,3}(?![0-9]))?)))"
)
_ISSUERS = (
    (re.compile(r"4"), {13, 16, 19}),  # Visa
    (re.compile(r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), {16}),  # Mastercard
    (re.compile(r"3[47]"), {15}),  # American Express
    (re.compile(r"30[0-5]|3095|3[689]"), {14, 16}),  # Diners Club
    (re.compile(r"6011|64[4-9]|65"), {16, 19}),  # Discover
    (re.compile(r"62"), {16, 17, 18, 19}),  # UnionPay
    (re.compile(r"35(?:2[89]|[3-8])"), {16, 19}),  # JCB
    (re.compile(r"220[0-4]"), {16, 19}),  # Mir
    (re.compile(r"50|5[6-8]|6304|6390|67"), {16, 18, 19}),  # Maestro
    (re.compile(r"60|81|82|508|353"), {16}),  # RuPay
)
_WORDS = Words(other="ean* gtin* upc isbn* barcode* imei*")
_GROUP = re.compile(r"\d+")
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def cards(text: str) -> Iterator[Span]:
    for match in _BARE.finditer(text):
        if is_card(match[0]) and not _WORDS.last_said(text, match.start(), among=2):
            yield Span(Type.CARD, *match.span())
    for match in _GROUPED.finditer(text):
        yield from _in_groups(match[0] + match[1], match.start())


def _in_groups(written: str, start: int) -> Iterator[Span]:
    """All of it, or the first four: the fifth may be a date or a security code."""
    groups = list(_GROUP.finditer(written))
    for some in (groups, groups[:4]):
        if is_card("".join(group[0] for group in some)):
            yield Span(Type.CARD, start, start + some[-1].end())
            return


def is_card(digits: str) -> bool:
    return issued(digits) and luhn(digits)


def issued(digits: str) -> bool:
    return any(
        len(digits) in lengths and prefix.match(digits) for prefix, lengths in _ISSUERS
    )


def luhn(digits: str) -> bool:
    ordered = [int(digit) for digit in reversed(digits)]
    return (sum(ordered[::2]) + sum(_DOUBLED[d] for d in ordered[1::2])) % 10 == 0
