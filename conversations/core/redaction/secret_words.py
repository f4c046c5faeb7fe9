"""Passwords and keys that are called so: ``password = "…"``, ``Bearer …``, addresses
with a password in them. What is called so counts when it does not read as a word.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from .spans import Span, Type

_PASSWORDS = (
    r"pass(?:word|wd|phrase|code|wort)|pwd|(?<=[_\-?&;\"'])pass|kennwort|mot de passe"
    r"|contraseña|senha|пароль"
)
_KEYS = (
    r"secret[_ -]?(?:access[_ -]?)?key|client[_ -]?secret|secret|(?:api|access|account"
    r"|auth|encryption|private|signing|license)[_ -]?(?:key|token)|token|apikey"
    r"|(?:api|geheim)-?schl(?:ü|ue)ssel|clé (?:d['’])?api|clave (?:de )?api|chiave api"
)
_MARKS = (
    *("pass", "pwd", "kennwort", "contraseña", "senha", "пароль"),
    *("secret", "key", "token", "schl", "clé", "clave", "chiave"),
)
_BEFORE = len("encryption_")  # the longest that stands before the mark in a name
_ASSIGNED = re.compile(
    rf"(?:(?P<password>{_PASSWORDS})|(?P<key>{_KEYS}))(?![A-Za-z])[\"'`\])]{{0,2}}"
    r"(?:\s{1,3}(?:is|ist|est|es|lautet)(?:\s?:)?\s|\s{0,3}(?::=|=>|={1,3}|:)\s{0,3}"
    r"|(?<=--password)\s{1,3}|>(?=[^\s<>]{6,128}</))"
    r"(?:[\"'`](?P<quoted>[^\"'`\n\0]++)[\"'`]|(?P<bare>[^\s\"'`<>\0]++))",
    re.IGNORECASE,
)
# password=one,host=two; "password=one\n"
_NEXT = re.compile(r"[,;&]\w+[=:]|\\[nrt]\Z")
_BEARER = re.compile(
    r"(?:bearer|authorization[\"']?\s{0,3}[:=]\s{0,3}[\"']?(?:basic|token|apikey))"
    r"\s{1,3}(?P<bare>[A-Za-z0-9._~+/\-]{16,}+=*)",
    re.IGNORECASE,
)
_LOGIN = re.compile(r"://[^\s:/@\0\"']{0,64}:(?P<bare>[^\s/@\0\"'<>]{3,}+)@")
# Not the secret but where it comes from, or that somebody is to put one here.
_ELSEWHERE = re.compile(
    r"^\$\w|\$[{(]|%[({]|\{\{|\w\(|://|^(?:os|process|env|config|settings|self|this|args"
    r"|request|data|user|form|body|params|secrets|vault|var|local)[.\[]|^[*.xX•…\-_]+$"
    r"|(?:your|my|the|some|example|sample|dummy|placeholder|changeme|change[_-]me|redacted"
    r"|insert|replace)(?:[_\-]|$)",
    re.IGNORECASE,
)
_DUMMIES = """
password passwd pass pwd secret user username admin root test postgres example token
guest changeme
"""
LEAST_BITS = 2.8  # of a sign: few signs of a language have less


def may_hold_secrets(text: str) -> bool:
    """``False``: nothing in it is called a password or a key."""
    return _has_one(text, _MARKS)


def assigned_secrets(text: str) -> Iterator[Span]:
    for match in _assigned(text):
        name = "quoted" if match["quoted"] is not None else "bare"
        start, value = match.start(name), match[name]
        if name == "bare":
            following = _NEXT.search(value)
            value = value[: following.start()] if following else value
            value = value.rstrip(".,;:!?)]}\\")
        looks = _is_password if match["password"] else is_key
        if looks(value) and not _ELSEWHERE.search(value):
            yield Span(Type.SECRET, start, start + len(value))


def _assigned(text: str) -> Iterator[re.Match[str]]:
    """All matches, looked for only where one can begin: shortly before a mark."""
    lowered = text.lower()
    marks = [at for mark in _MARKS for at in _places(lowered, mark)]
    if len(lowered) != len(text):  # the places are others
        if marks:
            yield from _ASSIGNED.finditer(text)
        return
    done = 0
    for mark in sorted(marks):
        for at in range(max(done, mark - _BEFORE), mark + 1):
            if match := _ASSIGNED.match(text, at):
                yield match
                done = match.end()
                break
        else:
            done = max(done, mark + 1)


def _places(text: str, word: str) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + 1)


def carried_secrets(text: str) -> Iterator[Span]:
    if _has_one(text, ("bearer", "authorization")):
        for match in _BEARER.finditer(text):
            if is_key(match["bare"]):
                yield Span(Type.SECRET, *match.span("bare"))
    if "://" in text:
        for match in _LOGIN.finditer(text):
            value = match["bare"]
            if value.lower() not in _DUMMIES.split() and not _ELSEWHERE.search(value):
                yield Span(Type.SECRET, *match.span("bare"))


def _has_one(text: str, words: Iterable[str]) -> bool:
    lowered = text.lower()
    for word in words:  # noqa: SIM110 - a third of the time of any()
        if word in lowered:
            return True
    return False


def _is_password(value: str) -> bool:
    """Letters with digits or signs in them; a word or a number alone is none."""
    if len(value) < 6 or len(set(value)) < 4 or " " in value:
        return False
    letters = sum(map(str.isalpha, value))
    return 0 < letters < len(value) - sum(map(value.count, "-_.'"))


def is_key(value: str) -> bool:
    """Long, without spaces, with a digit, and hard to guess sign by sign."""
    if len(value) < 12 or " " in value or not any(map(str.isdigit, value)):
        return False
    return bits(value) >= LEAST_BITS


def bits(value: str) -> float:
    """The entropy of a sign of ``value``."""
    counts = Counter(value).values()
    return -sum(n / len(value) * math.log2(n / len(value)) for n in counts)
