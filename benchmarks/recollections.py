"""A long talk as a person's conversations; import when Django is ready."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from benchmarks.people import make_person
from conversations.models import Conversation, Message
from conversations.services import ancestry, embedding, vectors
from conversations.services.branches import Branch
from conversations.services.growing import grow
from conversations.services.recalling import Memory, Names

_WHEN = "%I:%M %p on %d %B, %Y"
_TURN = re.compile(r"D\d+:\d+")
BETWEEN = timedelta(minutes=1)  # two messages of a session


class Reader:
    """The person who talked, with all that was said indexed. ``number`` tells them
    from those of other talks.
    """

    def __init__(self, talk: dict[str, Any], number: int) -> None:
        sessions = talk.get("sessions") or []
        self._person, self._other = _speakers(talk, sessions)
        self._owner = make_person(f"{self._person}-{number}")
        self._turns: dict[UUID, str] = {}
        self._latest = datetime(2000, 1, 1, tzinfo=UTC)
        for session in sessions:
            if session.get("turns"):
                self._keep(session)
        missing = vectors.Missing(embedding.embedder())
        while missing.index_some():
            pass
        here = Conversation.objects.create(owner=self._owner, title="A question")
        names = Names(self._person, self._other)
        self._memory = Memory(Branch(here, None, 0), embedding.embedder(), names)

    def recalled(self, question: str, at_most: int) -> list[str]:
        """The turns that are found, by their names in the file, the best first."""
        found = self._memory.ranked(question, at_most)
        return [self._turns[row.message] for row, _ in found]

    def known(self, evidence: Iterable[str]) -> set[str]:
        """The turns of the talk among what is named as evidence; some names are not."""
        named = {turn for text in evidence for turn in _TURN.findall(text)}
        return named & set(self._turns.values())

    def _keep(self, session: dict[str, Any]) -> None:
        self._latest = at = _when(session.get("date"), self._latest)
        title = f"Talk {session.get('n', '')}"
        talk = Conversation(owner=self._owner, title=title, created=at)
        said: list[Message] = []
        place = None
        for number, turn in enumerate(session["turns"]):
            by_person = turn.get("speaker") == self._person
            message = Message(
                conversation=talk,
                owner_id=self._owner.id,
                parent=said[-1] if said else None,
                role=Message.Role.USER if by_person else Message.Role.ASSISTANT,
                body=_text(turn),
                created=at + number * BETWEEN,
            )
            place = ancestry.put(message, place)
            self._turns[message.id] = str(turn.get("id"))
            said.append(message)
        with transaction.atomic():
            grow(talk, said, None)


def _speakers(talk: dict[str, Any], sessions: list[dict[str, Any]]) -> tuple[str, str]:
    """The two who talk, or the first two who say something."""
    said = [turn for session in sessions for turn in session.get("turns") or ()]
    named = talk.get("speakers") or dict.fromkeys(turn.get("speaker") for turn in said)
    person, other, *_ = *(str(name) for name in named if name), "", ""
    return person, other


def _when(written: str | None, before: datetime) -> datetime:
    """When a session was; one that does not say, a day after the one ``before``."""
    try:
        return datetime.strptime(written or "", _WHEN).replace(tzinfo=UTC)
    except ValueError:
        return before + timedelta(days=1)


def _text(turn: dict[str, Any]) -> str:
    """What was said, and what was shown."""
    caption = turn.get("caption")
    return (turn.get("text") or "") + (f" [image: {caption}]" if caption else "")
