"""What goes to a model and what comes back, as values that know no vendor."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Literal, Protocol

Role = Literal["system", "user", "assistant", "tool"]


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a prompt, in the order in which the model reads it."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One call of a model. ``max_output_tokens`` of None leaves it to the server."""

    model: str
    items: tuple[Item, ...]
    max_output_tokens: int | None = None
    temperature: float | None = None


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


FinishReason = Literal["complete", "length", "filtered"]


@dataclass(frozen=True, slots=True)
class Finished:
    """The model is done. ``usage`` is None when the server did not say."""

    usage: Usage | None = None
    reason: FinishReason = "complete"


ModelEvent = TextDelta | Finished


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

        Closing the iterator (``aclose``, or cancelling the task that reads it) closes
        the request upstream, so nothing more is generated or billed.
        """
        ...

    async def complete(self, request: ModelRequest) -> Completion: ...

    async def close(self) -> None: ...
