"""What goes to a model and what comes back, as values that know no vendor."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol
from uuid import UUID

Role = Literal["system", "user", "assistant", "tool"]


@dataclass(frozen=True, slots=True)
class ToolUse:
    """One call of a tool, as a model asked for it.

    ``arguments`` should be the JSON text of an object. Models write it, so it may be
    anything: whoever runs the tool checks it.
    """

    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Thought:
    """What a model thought before it asked for tools, sealed by its server, which wants
    it back with the results. ``before``: the call it led to, by its place among those
    of its item; -1: to the text before them.
    """

    id: str
    sealed: str = field(repr=False)
    before: int


@dataclass(frozen=True, slots=True)
class Image:
    """A picture in a prompt. ``url`` has its content (``data:image/png;base64,…``); it
    is "" while only planning.
    """

    id: UUID
    url: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a prompt, in the order in which the model reads it.

    An assistant's item may ask for tools after its text: ``calls``. What such a call
    gave is an item of the role "tool" with its ``call_id``; each call needs one, and
    they follow the item that asked. A tool's item without it is plain text to read.
    ``images`` are shown with what a user says. ``cleared``: it is as it may go out, by
    the site's policy for personal data. ``thoughts`` led to the calls.
    """

    role: Role
    text: str
    calls: tuple[ToolUse, ...] = ()
    call_id: str = ""
    images: tuple[Image, ...] = ()
    cleared: bool = False
    thoughts: tuple[Thought, ...] = ()


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as it is offered to a model.

    ``name`` has ASCII letters, digits, "_" and "-", 64 at most; ``parameters`` is the
    JSON schema of an object.
    """

    name: str
    description: str
    parameters: Mapping[str, Any] = field(hash=False)


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One call of a model. ``max_output_tokens`` of None leaves it to the server.
    ``owner``: whose words it has.
    """

    model: str
    items: tuple[Item, ...]
    max_output_tokens: int | None = None
    temperature: float | None = None
    tools: tuple[ToolSpec, ...] = ()
    owner: UUID | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call; ``cached`` counts the part of ``input`` billed as cached."""

    input: int = 0
    output: int = 0
    cached: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.input + other.input,
            self.output + other.output,
            self.cached + other.cached,
        )


@dataclass(frozen=True, slots=True)
class TextDelta:
    """Text that arrived together; never empty."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolAsked:
    """The model wants these tools run and their results in its next prompt.

    All calls of a reply come in one event, after its text, their ids all different.
    """

    calls: tuple[ToolUse, ...]
    thoughts: tuple[Thought, ...] = ()


FinishReason = Literal["complete", "length", "filtered", "tools"]


@dataclass(frozen=True, slots=True)
class Finished:
    """The model is done. ``usage`` is None when the server did not say."""

    usage: Usage | None = None
    reason: FinishReason = "complete"


ModelEvent = TextDelta | ToolAsked | Finished


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole answer at once, for titles and other background calls."""

    text: str
    usage: Usage | None = field(default=None)


class ReadPacer(Protocol):
    """Says how long to wait before the next read, in seconds; 0 means at once."""

    def pause(self) -> float: ...


class ChatModel(Protocol):
    """A model behind an API. Every error it raises is a ``TurnError``."""

    def stream(
        self, request: ModelRequest, pacer: ReadPacer | None = None
    ) -> AsyncIterator[ModelEvent]:
        """Yield text as it arrives, then exactly one ``Finished``.

        A ``ToolAsked`` comes right before a ``Finished`` of the reason "tools", and
        only when the request offers tools.

        Closing the iterator (``aclose``, or cancelling the task that reads it) closes
        the request upstream, so nothing more is generated or billed.
        """
        ...

    async def complete(self, request: ModelRequest) -> Completion: ...

    async def close(self) -> None: ...
