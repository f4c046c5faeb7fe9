"""Social security numbers of the United States, in issued ranges only."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .spans import Span, Type
from .words import Words

_SHAPE = re.compile(
    r"[0-9](?<![A-Za-z0-9].)(?<![0-9][.\-].)[0-9]{2}( ?[.\-] ?| ?)[0-9]{2}\1[0-9]{4}"
    r"(?![A-Za-z0-9])(?![.\-][0-9])"
)
_WORDS = Words(
    other="""
    part* item* catalog* order* sku model serial* ref* zip case* ticket* tracking
    invoice* product* article* isbn phone* tel* fax po version* page* batch lot
    """,
    security="ssn* ss social soc itin tin taxpayer*",
)
_NUMBERED = Words(other="no id code")  # of whom, the word before says
_TAXPAYER = (range(50, 66), range(70, 89), range(90, 93), range(94, 100))


def social_security_numbers(text: str) -> Iterator[Span]:
    for match in _SHAPE.finditer(text):
        said = _WORDS.last_said(text, match.start(), among=4)
        if said is None:
            said = _NUMBERED.last_said(text, match.start(), among=4)
        plain = match[1] == "-" and said != "other"
        if (plain or said == "security") and _issued(match[0], said):
            yield Span(Type.SSN, *match.span())


def _issued(written: str, said: str | None) -> bool:
    digits = "".join(filter(str.isdigit, written))
    area, group, serial = int(digits[:3]), int(digits[3:5]), int(digits[5:])
    if area >= 900:  # taxpayer numbers
        return said == "security" and any(group in part for part in _TAXPAYER)
    return area not in (0, 666) and group != 0 and serial != 0
