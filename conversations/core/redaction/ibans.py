"""Bank accounts: a country, the length of its accounts, a remainder of 97."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .spans import Span, Type
from .words import begins, goes_on

_LENGTHS = """
AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22
DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28
HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25
MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29
RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29
VA22 VG24 XK20 YE30
"""
LENGTHS = {word[:2]: int(word[2:]) for word in _LENGTHS.split()}
_CHECK = re.compile(r"[0-9](?<=[A-Za-z]{2}.)[0-9](?=[ .\-]?[A-Za-z0-9])")
_SIGNS = re.compile(r"(?:[A-Za-z0-9][ .\-]?)+")


def ibans(text: str) -> Iterator[Span]:
    for match in _CHECK.finditer(text):
        start = match.start() - 2
        length = LENGTHS.get(text[start : start + 2].upper())
        if length and _begins(text, start):
            yield from _account(text, start, length)


def _begins(text: str, start: int) -> bool:
    return begins(text, start) or text[max(0, start - 4) : start] == "IBAN"


def _account(text: str, start: int, length: int) -> Iterator[Span]:
    written = _SIGNS.match(text, start, start + 2 * length)
    limit = written.end() if written else start
    places = [at for at in range(start, limit) if text[at].isalnum()]
    if len(places) < length:
        return
    end = places[length - 1] + 1
    account = "".join(text[at] for at in places[:length])
    if not goes_on(text[end : end + 1]) and is_iban(account):
        yield Span(Type.IBAN, start, end)


def is_iban(account: str) -> bool:
    """Whether the check digits are right."""
    turned = account[4:] + account[:4]
    return int("".join(str(int(sign, 36)) for sign in turned)) % 97 == 1
