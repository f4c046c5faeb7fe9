"""Put the tool calls of a reply together, whatever pieces they arrive in."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import orjson

from conversations.core.errors import ReplyCut
from conversations.core.model_api import ToolUse
from conversations.core.tools import new_call_id

MAX_CALLS = 16
MAX_ARGUMENTS = 64 << 10  # characters of one call

_LONGEST_ID = 120
_LONGEST_NAME = 64
# A history with a name of other characters would be refused.
_ODD = re.compile(r"[^\w.-]", re.ASCII)


@dataclass(slots=True)
class GrowingCall:
    """A call while it arrives."""

    call_id: str
    name: str
    _pieces: list[str] = field(default_factory=list)
    _size: int = 0

    def add(self, piece: object) -> None:
        """Add a piece of the arguments; some servers send an object and not its text.

        Raises ``ReplyCut`` when they are longer than any tool wants them.
        """
        text = piece if isinstance(piece, str) else ""
        if isinstance(piece, dict):
            text = orjson.dumps(piece).decode()
        self._size += len(text)
        if self._size > MAX_ARGUMENTS:
            raise ReplyCut(
                "The model asked for a tool with more text than fits.",
                detail="tool arguments too long",
            )
        if text:
            self._pieces.append(text)

    def settle(self, arguments: object) -> None:
        """Take the whole arguments for what came in pieces, if they are there."""
        if arguments and isinstance(arguments, str | dict):
            self._pieces, self._size = [], 0
            self.add(arguments)

    @property
    def arguments(self) -> str:
        return "".join(self._pieces)

    @property
    def is_whole(self) -> bool:
        """Whether the arguments so far are a whole object."""
        if not self._pieces or not self._pieces[-1].rstrip().endswith("}"):
            return False
        try:
            return isinstance(orjson.loads(self.arguments), dict)
        except orjson.JSONDecodeError:
            return False


class CallCollector:
    """The calls of one reply, in the order in which they began.

    A place is what a server calls a call by within the reply: an index or an id.
    """

    def __init__(self) -> None:
        self._calls: list[GrowingCall] = []
        self._at: dict[object, GrowingCall] = {}

    def __len__(self) -> int:
        return len(self._calls)

    @property
    def last(self) -> GrowingCall | None:
        """The call that began last."""
        return self._calls[-1] if self._calls else None

    def at(self, place: object) -> GrowingCall | None:
        """Return the call that began last at a place."""
        return self._at.get(place) if isinstance(place, str | int) else None

    def begin(self, place: object, call_id: object, name: object) -> GrowingCall:
        """Begin a call; raises ``ReplyCut`` when there are more than anyone needs."""
        if len(self._calls) == MAX_CALLS:
            raise ReplyCut(
                "The model asked for too many tools at once.",
                detail="too many tool calls",
            )
        call = GrowingCall(text_of(call_id), text_of(name))
        self._calls.append(call)
        if isinstance(place, str | int):
            self._at[place] = call
        return call

    def finished(self) -> tuple[ToolUse, ...]:
        """Return every call that has a name, each with an id of its own."""
        found: dict[str, ToolUse] = {}
        for call in self._calls:
            name = _ODD.sub("_", call.name.strip())[:_LONGEST_NAME]
            if not name:
                continue
            call_id = call.call_id
            if not 0 < len(call_id) <= _LONGEST_ID or call_id in found:
                call_id = new_call_id()
            # No arguments at all is how many servers write an empty object.
            found[call_id] = ToolUse(call_id, name, call.arguments.strip() or "{}")
        return tuple(found.values())


def text_of(value: object) -> str:
    """Return a text from a server, or "" for anything else."""
    return value if isinstance(value, str) else ""
