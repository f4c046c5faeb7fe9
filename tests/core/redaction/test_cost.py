"""No text makes the search long: counted in steps, which are the same on any machine.

How long it takes is measured by ``benchmarks.redaction``.
"""

from __future__ import annotations

import re
import re._constants as kinds
import re._parser as parser
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

import pytest

from benchmarks.redaction import HOSTILE
from conversations.core import redaction
from conversations.core.redaction import find

SIZE = 4_000
REPEATS = {kinds.MAX_REPEAT, kinds.MIN_REPEAT}
LONG = 300  # what a bounded repeat may look at from each place


def patterns() -> dict[str, re.Pattern[str]]:
    """Every compiled pattern of the package, by its name."""
    return {
        f"{module.split('.')[-1]}.{name}": pattern
        for module, content in sys.modules.items()
        if module.startswith(redaction.__name__ + ".")
        for name, value in vars(content).items()
        for pattern in compiled(value)
    }


def compiled(value: object) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        yield from (one for one in value.values() if isinstance(one, re.Pattern))
    elif isinstance(value, tuple):
        for one in value:
            yield from compiled(one)


def nested_without_end(parsed: Any, inside: bool = False) -> bool:
    """Whether something that can repeat without end does so inside another such."""
    for kind, argument in parsed:
        if kind in REPEATS:
            least, most, body = argument
            endless = most > LONG and least != most
            if (endless and inside) or nested_without_end(body, inside or endless):
                return True
        elif any(nested_without_end(part, inside) for part in parts(kind, argument)):
            return True
    return False


def parts(kind: Any, argument: Any) -> list[Any]:
    if kind is kinds.BRANCH:
        return list(argument[1])
    if kind is kinds.SUBPATTERN:
        return [argument[3]]
    if kind in (kinds.ASSERT, kinds.ASSERT_NOT):
        return [argument[1]]
    if kind is kinds.ATOMIC_GROUP:
        return [argument]
    if kind is kinds.POSSESSIVE_REPEAT:
        return [argument[2]]
    return []


def steps(text: str) -> int:
    """Calls that searching takes, of Python and of C."""
    count = 0

    def counting(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counting)
    try:
        find(text)
    finally:
        sys.setprofile(None)
    return count


def test_the_check_sees_what_it_is_for():
    assert nested_without_end(parser.parse("(a+)+b"))
    assert nested_without_end(parser.parse("(?:x|(?:a*b?)*)c"))
    assert not nested_without_end(parser.parse("(?:a{0,3}b){6,14}c*"))


@pytest.mark.parametrize(("name", "pattern"), patterns().items(), ids=patterns())
def test_nothing_endless_repeats_inside_something_endless(name, pattern):
    parsed = parser.parse(pattern.pattern, pattern.flags)
    # The parts of a domain end in a dot, which they have none of.
    assert nested_without_end(parsed) == (name == "emails._DOMAIN")


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE.keys())
def test_twice_the_text_takes_twice_the_steps(unit):
    find(unit)  # what is loaded on first use
    once, twice = (steps((unit * size)[:size]) for size in (SIZE, 2 * SIZE))
    assert twice <= 2.2 * once + 100


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_sign_takes_many_steps(unit):
    text = (unit * SIZE)[:SIZE]
    assert steps(text) <= 120 * len(text) + 1_000
