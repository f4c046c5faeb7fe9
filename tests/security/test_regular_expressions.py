"""No regular expression of ours can be made to run for ever.

Each is tried on 100 KB of what makes careless ones quadratic or worse: those take hours
there, not seconds of processor time, so a generous limit tells them apart.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("accounts", "chatsite", "conversations")
NOT_OURS = ("migrations", "management", "settings", "server", "asgi", "program")
LENGTH = 100_000
LIMIT = 8.0  # seconds of this process's own time, for all ways to ask

PIECES = [
    "a",
    " ",
    "\t\n",
    "1",
    "1-",
    "1 ",
    "a.",
    "a@",
    "x@a.",
    "a.a@a.",
    "(",
    "[EMAIL_",
    "`",
    "*_",
    "<a ",
    "\\",
    "$",
    "-----BEGIN ",
    "eyJ.",
    "/",
    ":",
    "\u00a0",
    "\ud55c",
]


def modules() -> Iterator[Any]:
    for name in PACKAGES:
        package = importlib.import_module(name)
        for found in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not set(found.name.split(".")) & set(NOT_OURS):
                yield importlib.import_module(found.name)


def patterns_in(value: Any, depth: int = 0) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth < 3 and isinstance(value, dict):
        for each in (*value.keys(), *value.values()):
            yield from patterns_in(each, depth + 1)
    elif depth < 3 and isinstance(value, (tuple, list, set, frozenset)):
        for each in value:
            yield from patterns_in(each, depth + 1)
    elif depth < 3 and hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            yield from patterns_in(getattr(value, name, None), depth + 1)


USES = re.compile(
    r"\b(\w+)\.(search|match|fullmatch|finditer|findall|sub|subn|split)\b"
)


def uses() -> dict[str, set[str]]:
    """How the names of patterns are used, anywhere: by a method of theirs."""
    found: dict[str, set[str]] = {}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for name, method in USES.findall(path.read_text()):
                found.setdefault(name, set()).add(method)
    return found


# What they look at is never long, and why.
BOUNDED = {
    "conversations.core.citations._TAG": "HTML of our own: every < has its >",
    "conversations.core.redaction.emails._ROUTE": "64 characters of the text",
}


def all_patterns() -> dict[str, re.Pattern[Any]]:
    found: dict[str, re.Pattern[Any]] = {}
    for module in modules():
        for name, value in vars(module).items():
            owners = [value]
            if isinstance(value, type) and value.__module__ == module.__name__:
                owners = list(vars(value).values())
            for owner in owners:
                for number, pattern in enumerate(patterns_in(owner)):
                    where = f"{module.__name__}.{name}[{number}]"
                    if pattern not in found.values():
                        found[where] = pattern
    return found


ALL = all_patterns()
USED = uses()
USED["_FORMATS"] = {"match"}  # each at the place where its first letters stand
ANYHOW = {"search", "finditer", "fullmatch"}


class TooLong(BaseException):
    """Not an ``Exception``: nothing on the way may swallow it."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    def stop(*given: Any) -> None:
        raise TooLong

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def ask(pattern: re.Pattern[Any], way: str, text: Any) -> None:
    if way in ("match", "search", "fullmatch"):
        getattr(pattern, way)(text)
    else:  # the others look for all of them
        sum(1 for _ in pattern.finditer(text))


def test_the_patterns_are_found() -> None:
    assert len(ALL) > 40


def test_the_limit_tells() -> None:
    with pytest.raises(TooLong), at_most(0.2):
        re.search(r"(a+)+$", "a" * 60 + "b")


@pytest.mark.parametrize(
    "where", sorted(where for where in ALL if where.split("[")[0] not in BOUNDED)
)
def test_it_takes_no_time(where: str) -> None:
    pattern, name = ALL[where], where.split(".")[-1].split("[")[0]
    for piece in PIECES:
        text: Any = (piece * (LENGTH // len(piece)))[:LENGTH] + "!"
        if isinstance(pattern.pattern, bytes):
            text = text.encode("utf-8", "replace")
        try:
            with at_most(LIMIT):
                for way in USED.get(name, ANYHOW):
                    ask(pattern, way, text)
        except TooLong:
            pytest.fail(f"{pattern.pattern!r} on {piece!r}, again and again")
