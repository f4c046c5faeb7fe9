"""Long pastes and outputs in a few words, with a handle to read on from."""

from __future__ import annotations

from dataclasses import replace

from conversations.core.context.base import StoredMessage
from conversations.core.context.enclosed import Attachment, attachment
from conversations.core.prompts import MORE
from conversations.core.tokens import PER_ITEM, count

# About three printed pages: longer than what people type and than most replies.
LONG = 2_000  # tokens
# Enough to tell what it is, and a quarter of the least that is cut.
BEGINNING = 400
# The most tokens a short form takes: a beginning, and the line with the handle.
SHORT_TOKENS = 500


def shortened(text: str, tokens: int, handle: str) -> str:
    """The beginning of ``text``, how many of its ``tokens`` are missing, and the
    handle ("message …", "tool call …") with which the rest can be read.
    """
    start = beginning(text)
    missing = max(0, tokens - count(start))
    return f"{start}\n{MORE.format(tokens=missing, handle=handle)}"


def short_output(output: str, call_id: str) -> str:
    """What stays of a tool's output in later prompts: all of it, unless it is long."""
    tokens = count(output)
    return (
        shortened(output, tokens, f"tool call {call_id}") if tokens > LONG else output
    )


def as_sent(message: StoredMessage, longest: int = LONG) -> StoredMessage:
    """An older message as it goes into a prompt: a long one in its short form, with
    the tokens of that, and none with its images. What a person pinned stays whole:
    that is what pinning means.
    """
    if message.pinned:
        return message
    if any(one.image for one in message.attached):
        message = replace(message, attached=_told_of(message))
    if message.tokens <= longest:
        return message
    text = shortened(message.text, message.tokens, f"message {message.id}")
    kept = len(beginning(message.text))
    # A call that was made further on comes after the handle, not in the middle of it.
    calls = tuple(
        call if call.offset <= kept else replace(call, offset=len(text))
        for call in message.calls
    )
    return replace(message, text=text, tokens=count(text), calls=calls, short=True)


def _told_of(message: StoredMessage) -> tuple[Attachment, ...]:
    """Its attachments without their images, which cost as much again every time."""
    return tuple(
        one if one.image is None else attachment(one.line) for one in message.attached
    )


def least_cost(tokens: int, excluded: bool = False) -> int:
    """How a walk over stored messages counts one of ``tokens`` tokens, unread: what it
    costs in a prompt, a short form at its longest.
    """
    if excluded:
        return 0
    return PER_ITEM + (SHORT_TOKENS if tokens > LONG else tokens)


def beginning(text: str, tokens: int = BEGINNING) -> str:
    """The first characters of ``text``, of at most ``tokens`` tokens."""
    start = text[: 4 * tokens]  # most languages have fewer characters to a token
    while (size := count(start)) > tokens:
        start = start[: len(start) * tokens // size]
    return start.rstrip()
