"""A branch of a conversation as context strategies read it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from conversations.core.context import PastCall, StoredMessage
from conversations.models import Conversation, Message, ToolCall
from conversations.services import ancestry, calling, history
from conversations.services.redacting import Form, told, told_offset


class Branch:
    """``History`` of the branch that ends with ``last``, the message to answer, of
    ``count`` messages; read no further than is asked for.
    """

    def __init__(
        self, conversation: Conversation, last: UUID | None, count: int
    ) -> None:
        self.conversation, self.last, self.count = conversation, last, count
        self._tail: list[StoredMessage] = []

    def tail(self, tokens: int, at_most: int | None = None) -> list[StoredMessage]:
        most = history.NO_LIMIT if at_most is None else at_most
        self._tail = self._read(at_most=most, tokens=tokens)
        return self._tail

    def everything(self) -> list[StoredMessage]:
        return self._read()

    def pinned(self) -> list[StoredMessage]:
        marked = Message.objects.filter(
            conversation=self.conversation, pinned_at__isnull=False
        ).defer("html")
        here = {message.id for message in self._tail}
        return stored(
            message
            for message in marked.order_by("depth")
            if message.id in here
            or ancestry.leads_through(self.last, message.id, message.depth)
        )

    def _read(
        self, at_most: int = history.NO_LIMIT, tokens: int = history.NO_LIMIT
    ) -> list[StoredMessage]:
        found = history.branch(
            self.conversation.id, self.last, at_most=at_most, tokens=tokens
        )
        return stored(found)


def stored(
    messages: Iterable[Message], form: Form | None = None
) -> list[StoredMessage]:
    """Messages as strategies take them, in the words that models are told (``form`` as
    in ``redacting.told``), replies with their tool calls.
    """
    messages = list(messages)
    calls = _calls((m for m in messages if m.role == Message.Role.ASSISTANT), form)
    return [
        StoredMessage(
            message.id,
            message.role,
            told(message, "body", form),
            message.tokens,
            pinned=message.pinned_at is not None,
            excluded=message.excluded,
            calls=tuple(calls[message.id]),
            place=message.depth,
        )
        for message in messages
    ]


def _calls(replies: Iterable[Message], form: Form | None) -> dict[UUID, list[PastCall]]:
    found: dict[UUID, list[PastCall]] = defaultdict(list)
    by_id = {reply.id: reply for reply in replies}
    rows = ToolCall.objects.filter(turn__message_id__in=list(by_id))
    for call in rows.select_related("turn").only(*_OF_CALLS):
        reply = by_id[call.turn.message_id]
        offset = told_offset(reply, "body", call.offset, form)
        found[reply.id].append(replace(calling.as_past(call, form), offset=offset))
    return found


_OF_CALLS = (
    "owner_id",
    "call_id",
    "name",
    "input",
    "output",
    "short",
    "offset",
    "tokens",
    "turn__message_id",
)
