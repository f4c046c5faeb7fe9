"""What a browser may send, checked field by field before anything acts on it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

MAX_FRAME_BYTES = 64 * 1024
MAX_TEXT_BYTES = 32 * 1024
MAX_ATTACHMENTS = 10
NO_WORDS = "Write something first."
TOO_LARGE = "That is more than one message can hold."
_NAME = re.compile(r"[\w.:/@+-]{1,120}")


class BadRequest(Exception):
    """A frame that cannot be acted on. ``str()`` is the sentence for the person."""

    def __init__(self, sentence: str, code: str = "bad_request", id: Any = None):
        super().__init__(sentence)
        self.code = code
        self.id = id


@dataclass(frozen=True, slots=True)
class Request:
    """A checked frame: UUIDs are ``UUID``, what was not sent is not in ``fields``. Its
    answer bears ``id``, spelled as it came.
    """

    type: str
    fields: dict[str, Any]
    id: str | None = None

    def get(self, name: str, default: Any = None) -> Any:
        return self.fields.get(name, default)


def parse(frame: str) -> Request:
    """The request in a frame; raises ``BadRequest``."""
    if len(frame.encode("utf-8", "surrogatepass")) > MAX_FRAME_BYTES:
        raise BadRequest(TOO_LARGE, "too_long", id=_id_in(frame))
    data = _decode(frame)
    if not isinstance(data, dict):
        raise BadRequest("A frame is a JSON object.")
    shape = SHAPES.get(str(data.get("type")))
    if shape is None:
        raise BadRequest("There is no such request.", id=_id_of(data))
    request = Request(data.pop("type"), _check(shape, data), _id_of(data))
    if request.type == "send" and not request.get("attachments"):
        _need_words(request)
    return request


def clean_text(text: str) -> str:
    """A message as it will be stored. Half characters, which cannot be, are marked."""
    text = _as_stored(text)
    if not text.strip():
        raise BadRequest(NO_WORDS)
    return text


def _need_words(request: Request) -> None:
    """Files may be sent without a word; nothing at all may not."""
    if not request.fields["text"].strip():
        raise BadRequest(NO_WORDS, id=request.id)


def _as_stored(text: str) -> str:
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if len(text.encode()) > MAX_TEXT_BYTES:
        raise BadRequest("A message can be 32 KB long at most.", "too_long")
    return text


def _decode(frame: str) -> Any:
    try:
        return orjson.loads(frame)
    except orjson.JSONDecodeError:
        pass
    try:  # the standard library also takes half surrogate pairs
        return json.loads(frame)
    except (ValueError, RecursionError):
        raise BadRequest("That is not JSON.") from None


def _check(shape: dict[str, Field], data: dict[str, Any]) -> dict[str, Any]:
    request_id = _id_of(data)
    fields: dict[str, Any] = {}
    for name, value in data.items():
        field = shape.get(name)
        if field is None:
            raise BadRequest(f"{name[:40]!r} does not belong here.", id=request_id)
        if value is None and not field.required:
            continue
        fields[name] = _value(field, name, value, request_id)
    for name, field in shape.items():
        if field.required and name not in fields:
            raise BadRequest(f"{name!r} is missing.", id=request_id)
    return fields


def _value(field: Field, name: str, value: Any, request_id: str | None) -> Any:
    try:
        return field.check(value)
    except BadRequest as problem:
        problem.id = request_id
        raise
    except (ValueError, TypeError):
        raise BadRequest(f"{name!r} is not valid.", id=request_id) from None


def _id_in(frame: str) -> str | None:
    """Of a frame that is refused whole: its sender waits for an answer all the same."""
    try:
        data = _decode(frame)
    except BadRequest:
        return None
    return _id_of(data) if isinstance(data, dict) else None


def _id_of(data: dict[str, Any]) -> str | None:
    """The request's id for an error frame, if it has one that is worth repeating."""
    value = data.get("id")
    if isinstance(value, str) and len(value) <= 64 and value.isascii():
        return value
    return None


@dataclass(frozen=True, slots=True)
class Field:
    check: Callable[[Any], Any]
    required: bool = False


def _uuid(value: Any) -> UUID:
    if not isinstance(value, str) or len(value) > 45:
        raise ValueError
    return UUID(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError
    return clean_text(value)


def _any_text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError
    return _as_stored(value)


def _offset(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 2**31:
        raise ValueError
    return value


def _name(value: Any) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise ValueError
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value


def _format(value: Any) -> str:
    if value not in ("html", "text"):
        raise ValueError
    return str(value)


def _scalar(value: Any) -> Any:
    if isinstance(value, str) and (len(value) > 64 or not value.isascii()):
        raise ValueError
    if isinstance(value, dict | list) or type(value) is int and abs(value) >= 2**63:
        raise ValueError
    return value


def _uuids(value: Any) -> list[UUID]:
    if not isinstance(value, list):
        raise ValueError
    if len(value) > MAX_ATTACHMENTS:
        raise BadRequest(f"A message can have {MAX_ATTACHMENTS} files at most.")
    return [_uuid(each) for each in value]


SHAPES: dict[str, dict[str, Field]] = {
    "watch": {
        "conversation": Field(_uuid, required=True),
        "turn": Field(_uuid),
        "offset": Field(_offset),
        "format": Field(_format),
    },
    "unwatch": {"conversation": Field(_uuid, required=True)},
    "send": {
        "id": Field(_uuid, required=True),
        "text": Field(_any_text, required=True),
        "conversation": Field(_uuid),
        "parent": Field(_uuid),
        "attachments": Field(_uuids),
        "model": Field(_name),
        "strategy": Field(_name),
        "temporary": Field(_flag),
        "format": Field(_format),
    },
    "edit": {
        "id": Field(_uuid, required=True),
        "message": Field(_uuid, required=True),
        "text": Field(_text, required=True),
        "rerun": Field(_flag, required=True),
        "format": Field(_format),
    },
    "regenerate": {
        "id": Field(_uuid, required=True),
        "message": Field(_uuid, required=True),
        "model": Field(_name),
        "strategy": Field(_name),
        "format": Field(_format),
    },
    "continue": {
        "id": Field(_uuid, required=True),
        "turn": Field(_uuid, required=True),
        "format": Field(_format),
    },
    "drop": {
        "id": Field(_uuid, required=True),
        "message": Field(_uuid, required=True),
        "format": Field(_format),
    },
    "stop": {
        "id": Field(_uuid),
        "turn": Field(_uuid, required=True),
        "seen": Field(_offset),
    },
    "ping": {"t": Field(_scalar)},
}
