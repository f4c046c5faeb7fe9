"""When the tokens of a reply are due."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

from conversations.providers.demo.steering import Steering

# About four characters each, like real tokens; joined they are the text again.
_PIECE = re.compile(r"\s*\S{1,5}|\s+")
_ECHO_PIECE = re.compile(r".{1,400}", re.S)

# An unpaced stream still lets others run between two writes.
_UNPACED_BATCH = 8


def pieces_of(text: str, steering: Steering) -> list[str]:
    """Cut a text into token-like pieces; an echoed context is too long for that."""
    return (_ECHO_PIECE if steering.echo else _PIECE).findall(text)


async def paced(pieces: list[str], steering: Steering) -> AsyncIterator[list[str]]:
    """Yield pieces when they are due, several at once when that is already past.

    Due times are counted from the start, so lateness never adds up.
    """
    clock = asyncio.get_running_loop().time
    start = clock() + steering.first_token_s
    sent = 0
    while sent < len(pieces):
        if steering.tps:
            await asyncio.sleep(max(0.0, start + sent / steering.tps - clock()))
            due = max(sent, int((clock() - start) * steering.tps)) + 1
        else:
            await asyncio.sleep(0)
            due = sent + _UNPACED_BATCH
        yield pieces[sent:due]
        sent = due
