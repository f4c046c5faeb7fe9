"""What was found in a file, as the process that looked tells the server."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from conversations.core.blocks import Block

KINDS = ("text", "pdf", "docx", "image")
BLOCK_KINDS = ("heading", "text", "code", "header", "row")
LONGEST_BLOCK = 50_000  # characters
LONGEST_SENTENCE = 290  # characters


class Malformed(Exception):
    """Not what the process would say."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a file is. ``refusal`` says why it is not taken; ``named`` is what to call
    it, as in "an image". ``image``: the picture made anew, without what else was in it.
    """

    kind: str = ""
    media_type: str = ""
    named: str = ""
    refusal: str = ""
    width: int | None = None
    height: int | None = None
    image: bytes | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """``done``: percent of the file; ``pages`` it has, where it has some."""

    done: int
    pages: int | None = None


@dataclass(frozen=True, slots=True)
class End:
    """``problem``: what the person should know; ``failed``: nothing could be read."""

    problem: str = ""
    failed: bool = False


Event = Block | Progress | End


def encode_found(found: Found) -> bytes:
    """A line, and after it the image's bytes."""
    fields = {
        "kind": found.kind,
        "media_type": found.media_type,
        "named": found.named,
        "refusal": found.refusal[:LONGEST_SENTENCE],
        "width": found.width,
        "height": found.height,
        "image": found.image is not None,
    }
    return json.dumps(fields).encode() + b"\n" + (found.image or b"")


def decode_found(answer: bytes) -> Found:
    """Raises ``Malformed``."""
    line, newline, rest = answer.partition(b"\n")
    fields = _json(line) if newline else None
    if not isinstance(fields, dict):
        raise Malformed
    refusal = _string(fields, "refusal", LONGEST_SENTENCE)
    if refusal:
        return Found(refusal=refusal, named=_string(fields, "named", 80))
    if fields.get("kind") not in KINDS:
        raise Malformed
    return Found(
        fields["kind"],
        _string(fields, "media_type", 100),
        _string(fields, "named", 80),
        "",
        _number(fields, "width"),
        _number(fields, "height"),
        rest if fields.get("image") is True else None,
    )


def encode_events(events: Sequence[Event]) -> bytes:
    """A line: each costs the server a step, so rows of a table come many at a time."""
    return json.dumps([_fields(event) for event in events]).encode() + b"\n"


def decode_events(line: bytes) -> list[Event]:
    """Raises ``Malformed``."""
    told = _json(line)
    if not isinstance(told, list):
        raise Malformed
    return [_event(fields) for fields in told]


def _fields(event: Event) -> dict[str, Any]:
    if isinstance(event, Block):
        return {"text": event.text, "kind": event.kind, "page": event.page}
    if isinstance(event, Progress):
        return {"done": event.done, "pages": event.pages}
    return {"problem": event.problem[:LONGEST_SENTENCE], "failed": event.failed}


def _event(fields: Any) -> Event:
    if not isinstance(fields, dict):
        raise Malformed
    if "text" in fields:
        if fields.get("kind") not in BLOCK_KINDS:
            raise Malformed
        text = _string(fields, "text", LONGEST_BLOCK)
        return Block(text, fields["kind"], _number(fields, "page"))
    if "done" in fields:
        done = _number(fields, "done")
        return Progress(min(done or 0, 100), _number(fields, "pages"))
    problem = _string(fields, "problem", LONGEST_SENTENCE)
    return End(problem, fields.get("failed") is not False)


def _json(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        raise Malformed from None


def _string(fields: dict[str, Any], name: str, longest: int) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or len(value) > longest:
        raise Malformed
    return value


def _number(fields: dict[str, Any], name: str) -> int | None:
    value = fields.get(name)
    if value is not None and (type(value) is not int or not 0 <= value < 2**31):
        raise Malformed
    return value
