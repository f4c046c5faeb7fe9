"""Phone numbers: any with its country, and as they are written at home in the United
States and Canada, Britain, France and Germany.

A shape alone is not enough: its country must have such numbers, and without a plus or
the groups that are usual there, a word before it must say that it is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers
from phonenumbers import ValidationResult

from .spans import Span, Type
from .words import REACH, Words

_OPEN = r"(?<![A-Za-z0-9+].)(?<![0-9][.\-/:].)(?<![0-9A-Fa-f]{2}-.)"  # after a sign
_CLOSE = r"(?!(?!x[0-9]|ext)[A-Za-z0-9])(?![.\-:][0-9])"
_ABROAD = re.compile(
    r"[+0](?<![A-Za-z0-9+].)(?:(?<=\+) ?|(?<=0)(?:0|11)(?:[ .\-]|(?=[1-9])))"
    r"\(?[1-9](?:[ ().\-/]{0,3}[0-9]){6,14}(?![0-9])"
)
_AREA = r"(?:\([2-9][0-9]{2}\)[ .\-/]{0,2}|[2-9][0-9]{2}[ .\-/]?)"
_AMERICAN = re.compile(
    rf"[(1-9]{_OPEN}(?:(?<=1)[ .\-]{{0,2}}{_AREA}"
    r"|(?<=\()[2-9][0-9]{2}\)[ .\-/]{0,2}|(?<=[2-9])[0-9]{2}[ .\-/]?)"
    rf"[0-9]{{3}}[ .\-]?[0-9]{{4}}{_CLOSE}"
)
_TRUNK = re.compile(
    rf"[(0]{_OPEN}(?:(?<=0)|0(?=[0-9]{{1,5}}\)))"
    rf"[1-9](?:[ ()./\-]{{0,3}}[0-9]){{7,10}}{_CLOSE}"
)
_LABELLED = re.compile(
    rf"[(0-9]{_OPEN}(?:(?<=[0-9])|[0-9])(?:[ ().\-/]{{0,3}}[0-9]){{6,14}}{_CLOSE}"
)
_DATE = re.compile(r"(?:19|20)\d\d[./\- ]?\d\d?[./\- ]?\d\d?\b|\d\d?[./]\d\d?[./]\d{4}")
_ZIP = re.compile(r"[0-9]{5}-[0-9]{4}")
_FRENCH = re.compile(r"0[1-9](?:([ .\-/]?)\d\d)(?:\1\d\d){3}")
_BRITISH = re.compile(r"\(?0(?:[123578]\d{1,4}\)?)(?:[ \-]?\d{3,}){1,3}")
_GERMAN = re.compile(
    r"\(?0[1-9]\d{1,4}\)?[ ./\-]{1,3}\d{2,}(?:[ \-]\d{2,}){0,4}(?:-\d)?"
)
# Not given to anybody, for films and examples; people write them all the same.
_EXAMPLES = re.compile(r"1?555\d{7}|07700900\d{3}|01632960\d{3}|01990\d{5}|063998\d{4}")

_DIGIT = re.compile("[0-9]")
NEAR = 24  # characters after a label

_LABELS = """
phone* telephone* tel tél mobile* handy* fax* telefax whatsapp telegram sms telefon*
téléphone* portable teléfono* telefono* móvil celular cellulare telefoon* gsm
mobil* rufnummer* telefone* hotline voicemail pager cellphone* landline ph fon mob tlf
switchboard festnetz durchwahl standard
"""
_HINTS = """
call* ring text txt dial* reach contact* cell appel* rappel* joindre anruf* ruf
erreichbar chiama* llama* bel joignable
"""
_OTHERS = """
order* part item* catalog* invoice* ref* sku model serial* id ids ticket* case tracking
page* isbn issn version* zip account* po code build* commit* hash port seed timestamp*
range chapter* section* batch lot bestell* rechnung* commande* facture* kunden*
customer* uid pid ean upc gtin imei article* artikel* siren siret nif
"""
_WORDS = Words(other=_OTHERS, label=_LABELS, hint=_HINTS)
_THEIR_NUMBER = re.compile(  # said by itself, "number" says nothing
    r"\b(?:my|his|her|our|their|your|its|mein\w*|ihre?|mon|son|mi|su|il mio|'s|’s) "
    r"(?:new |neue |nouveau )?(?:number|numéro|n[uú]mero|nummer)\b[^0-9\n]{0,12}\Z",
    re.IGNORECASE,
)


def _abroad(text: str, match: re.Match[str]) -> Iterator[Span]:
    """The most groups that are a number together: the last may be something else."""
    written = match[0]
    if written[0] == "0" and (
        _in_a_row(text, match)
        or _is_called_other(text, match)
        or not _may_be_bare(text, match)
    ):
        return  # as well some number with zeros before it
    if written[1] == " " and _DIGIT.search(text, match.start() - 2, match.start()):
        return  # a sum
    written = re.sub(r"^(?:00|011)", "+", written)
    shorter = len(match[0]) - len(written)
    ends = [group.end() for group in re.finditer(r"\d+", written)]
    for end in ends[:-5:-1]:
        if _has_country(written[:end]):
            yield Span(Type.PHONE, match.start(), match.start() + end + shorter)
            return


def _has_country(written: str) -> bool:
    try:
        number = phonenumbers.parse(written, None)
    except phonenumbers.NumberParseException:
        return False
    if phonenumbers.is_valid_number(number):
        return True
    reason = phonenumbers.is_possible_number_with_reason(number)
    return len(_digits(written)) >= 10 and reason == ValidationResult.IS_POSSIBLE


def _is_american(text: str, match: re.Match[str]) -> bool:
    if not _may_be_bare(text, match) or _is_called_other(text, match):
        return False
    if " " in match[0] and _in_a_row(text, match):
        return False
    return _is_valid(_digits(match[0]), "US", "CA")


def _is_at_home(text: str, match: re.Match[str]) -> bool:
    """With the zero before the area code, as in Britain, France and Germany."""
    written, digits = match[0], _digits(match[0])
    if not _may_be_bare(text, match) or _is_called_other(text, match):
        return False
    if _DATE.match(written) or _ZIP.fullmatch(written) or _in_a_row(text, match):
        return False
    return bool(
        (
            _FRENCH.fullmatch(written)
            and (_is_valid(digits, "FR") or _is_asked(text, match))
        )
        or (_BRITISH.fullmatch(written) and _is_valid(digits, "GB"))
        or (len(digits) > 8 and _GERMAN.fullmatch(written) and _is_valid(digits, "DE"))
        or (written.isdigit() and _is_valid(digits, "DE"))
    )


def _is_labelled(text: str, match: re.Match[str]) -> bool:
    """Whether a word says so, and no other number stands between it and this one."""
    if _DIGIT.search(text, max(0, match.start() - NEAR), match.start()):
        return False
    if _DATE.match(match[0]):
        return False
    return _WORDS.last_said(text, match.start()) == "label"


def _may_be_bare(text: str, match: re.Match[str]) -> bool:
    """Whether there is a sign in it, or a word before it that asks for a number."""
    start = match.start()
    return (
        not match[0].isdigit()
        or _is_asked(text, match)
        or _THEIR_NUMBER.search(text[max(0, start - REACH) : start]) is not None
    )


def _is_asked(text: str, match: re.Match[str]) -> bool:
    return _WORDS.last_said(text, match.start()) in ("label", "hint")


def _is_called_other(text: str, match: re.Match[str]) -> bool:
    return _WORDS.last_said(text, match.start(), among=3) == "other"


def _in_a_row(text: str, match: re.Match[str]) -> bool:
    """Whether other numbers stand beside it, as in a table."""
    before = text[max(0, match.start() - 3) : match.start()].rstrip(" ")
    after = text[match.end() : match.end() + 3].lstrip(" ")
    return before[-1:].isdigit() or after[:1].isdigit()


def _is_valid(digits: str, *regions: str) -> bool:
    if _EXAMPLES.fullmatch(digits):
        return True
    country = phonenumbers.country_code_for_region(regions[0])
    number = phonenumbers.PhoneNumber(
        country, int(digits[1:] if digits[0] in "01" else digits)
    )
    return any(phonenumbers.is_valid_number_for_region(number, r) for r in regions)


def _digits(written: str) -> str:
    return "".join(filter(str.isdigit, written))


_AT_HOME = (
    (_AMERICAN, _is_american),
    (_TRUNK, _is_at_home),
    (_LABELLED, _is_labelled),
)


def phones(text: str) -> Iterator[Span]:
    known: set[int] = set()  # where those end that were found already
    for match in _ABROAD.finditer(text):
        for span in _abroad(text, match):
            known.add(span.end)
            yield span
    for shape, is_number in _AT_HOME:
        for match in shape.finditer(text):
            if match.end() not in known and is_number(text, match):
                known.add(match.end())
                yield Span(Type.PHONE, *match.span())
