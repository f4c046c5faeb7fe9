"""Who listens in this process: to a conversation, and to all of a person's changes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol
from uuid import UUID

TEXT, HTML = "text", "html"


class Listener(Protocol):
    """A socket, as far as a turn cares."""

    def deliver(self, frame: str) -> None:
        """Take a frame; never wait and never raise."""
        ...


class Hub:
    def __init__(self) -> None:
        self._watching: dict[UUID, dict[Listener, str]] = {}
        self._people: dict[UUID, set[Listener]] = {}

    def join(self, person: UUID, listener: Listener) -> int:
        """Returns how many sockets the person now has."""
        sockets = self._people.setdefault(person, set())
        sockets.add(listener)
        return len(sockets)

    def leave(self, person: UUID, listener: Listener) -> None:
        sockets = self._people.get(person, set())
        sockets.discard(listener)
        if not sockets:
            self._people.pop(person, None)

    def watch(self, conversation: UUID, listener: Listener, format: str) -> None:
        self._watching.setdefault(conversation, {})[listener] = format

    def unwatch(self, conversation: UUID, listener: Listener) -> None:
        watching = self._watching.get(conversation, {})
        watching.pop(listener, None)
        if not watching:
            self._watching.pop(conversation, None)

    def watchers(self, conversation: UUID, format: str = "") -> Iterable[Listener]:
        """Those who watch a conversation, in one format or in any."""
        watching = self._watching.get(conversation)
        if not watching:
            return ()
        return [who for who, form in watching.items() if not format or form == format]

    def watched(self) -> set[UUID]:
        """The conversations that somebody here watches."""
        return set(self._watching)

    def formats(self, conversation: UUID) -> list[tuple[Listener, str]]:
        return list(self._watching.get(conversation, {}).items())

    def tell_watchers(self, conversation: UUID, frame: str, format: str = "") -> None:
        for listener in self.watchers(conversation, format):
            listener.deliver(frame)

    def tell_person(self, person: UUID, frame: str) -> None:
        for listener in tuple(self._people.get(person, ())):
            listener.deliver(frame)

    @property
    def sockets(self) -> int:
        return sum(len(sockets) for sockets in self._people.values())
