"""How a conversation went, turn by turn, without a word of it: for who helps people.

No sealed field is read. A page costs the same whatever is said and however much.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q
from django.template.defaultfilters import filesizeformat

from accounts import retention
from accounts.models import Fact, RetentionRule
from conversations.core.prices import dollars
from conversations.models import (
    Charge,
    Conversation,
    File,
    Message,
    Summary,
    ToolCall,
    Turn,
)

SHOWN = 25  # turns a page
SEALED = ("title", "system_prompt")
_TURN = [
    field.name for field in Turn._meta.concrete_fields if field.name != "receipt"
] + [
    f"{path}__{name}"
    for path in ("message", "message__parent")
    for name in ("parent_id", "conversation_id", "role", "tokens", "created")
]


@dataclass(frozen=True, slots=True)
class Step:
    time: datetime
    what: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """Which rule it falls under; ``until`` is None when it stays."""

    name: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Told:
    """A turn: its row, and what happened in the order in which it did."""

    turn: Turn
    steps: tuple[Step, ...]

    @property
    def took(self) -> str:
        return _between(self.turn.started, self.turn.finished)


@dataclass(frozen=True, slots=True)
class Timeline:
    """A page of turns, the newest first; ``earlier`` is where the next one begins."""

    conversation: Conversation
    kept: Kept
    turns: list[Told]
    earlier: UUID | None


def of(conversation_id: UUID, *, before: UUID | None = None) -> Timeline | None:
    """None when there is no such conversation. Whoever calls it may see its state."""
    rows = Conversation.objects.select_related("owner").defer(*SEALED)
    conversation = rows.filter(id=conversation_id).first()
    if conversation is None:
        return None
    turns = Turn.objects.filter(conversation=conversation).order_by("-id")
    turns = turns.select_related("message__parent").only(*_TURN)
    if before is not None:
        turns = turns.filter(id__lt=before)
    page = list(turns[: SHOWN + 1])
    more, page = len(page) > SHOWN, page[:SHOWN]
    told = list(_tell(conversation, page, newest=before is None)) if page else []
    return Timeline(
        conversation, _kept(conversation), told, page[-1].id if more else None
    )


def _kept(conversation: Conversation) -> Kept:
    classes = RetentionRule.Class
    name: Any = classes.NORMAL
    if conversation.deleted_at:
        name = classes.TRASH
    elif conversation.pinned_at:
        name = classes.PINNED
    elif conversation.temporary:
        name = classes.TEMPORARY
    rule = retention.rule(name)
    if rule.days is None:
        return Kept(name.label, None)
    (source,) = retention.CLASSES[name].sources
    since: datetime = getattr(conversation, source.since[rule.mode])
    return Kept(name.label, since + timedelta(days=rule.days))


def _tell(
    conversation: Conversation, turns: list[Turn], *, newest: bool
) -> Iterator[Told]:
    steps: dict[UUID, list[Step]] = defaultdict(list)
    said = [turn.message for turn in turns]
    asked = [reply.parent for reply in said if reply.parent]
    versions = _versions(conversation.id, [*said, *asked])
    files = _files(conversation, asked)
    learned = _learned(conversation, [*said, *asked])
    for turn in turns:
        question = turn.message.parent
        if question is not None:
            steps[turn.id].append(_asked(question, versions, files))
        steps[turn.id] += _went(turn, versions)
        known = learned.get(turn.message_id, 0)
        known += learned.get(question.id, 0) if question else 0
        if known and (at := turn.finished or turn.started):
            steps[turn.id].append(Step(at, "Memory written", _many(known, "fact")))
    _called(steps, turns)
    _summed_up(steps, conversation, turns, newest)
    for turn in turns:
        yield Told(turn, tuple(sorted(steps[turn.id], key=lambda step: step.time)))


def _asked(
    question: Message, versions: dict[UUID, tuple[int, int]], files: dict[UUID, str]
) -> Step:
    at, of_all = versions[question.id]
    what = "Asked" if at == 1 else f"Asked in other words, version {at} of {of_all}"
    detail = [_many(question.tokens, "token"), files.get(question.id, "")]
    return Step(question.created, what, ", ".join(filter(None, detail)))


def _went(turn: Turn, versions: dict[UUID, tuple[int, int]]) -> Iterator[Step]:
    at, of_all = versions[turn.message_id]
    again = f"version {at} of {of_all} of the reply" if of_all > 1 else ""
    if turn.revision:
        again = ", ".join(
            filter(None, [again, f"reworded {turn.revision}× while it waited"])
        )
    yield Step(turn.created, "Queued", again)
    if turn.started:
        yield Step(turn.started, "Begun", f"{turn.model}, {turn.strategy}")
    if turn.first_token:
        wait = _between(turn.started, turn.first_token)
        yield Step(turn.first_token, "First token", f"after {wait}" if wait else "")
    if turn.stop_requested:
        seen = turn.stop_seen
        detail = "" if seen is None else f"{seen:,} characters had been seen"
        yield Step(turn.stop_requested, "Stop asked for", detail)
    if turn.attempts and turn.heartbeat:
        tries = f"{turn.attempts}× without a word more"
        yield Step(turn.heartbeat, "Taken over after a crash", tries)
    if turn.finished:
        used = f"{turn.input_tokens:,} in, {turn.output_tokens:,} out"
        detail = ", ".join(filter(None, [turn.error_code, used]))
        yield Step(turn.finished, turn.status.capitalize(), detail)


def _called(steps: dict[UUID, list[Step]], turns: list[Turn]) -> None:
    calls = ToolCall.objects.filter(turn__in=turns).order_by("id")
    for call in calls.only("turn_id", "name", "status", "created", "finished"):
        took = _between(call.created, call.finished)
        detail = ", ".join(filter(None, [call.status, took]))
        steps[call.turn_id].append(Step(call.created, f"Tool {call.name}", detail))
    charges = Charge.objects.filter(turn_id__in=[turn.id for turn in turns])
    for charge in charges.order_by("id"):
        tokens = _many(charge.input_tokens + charge.output_tokens, "token")
        detail = f"{charge.model}, {tokens}, {dollars(charge.cost_usd)}"
        what = f"Background call: {charge.get_kind_display().lower()}"
        if charge.turn_id:
            steps[charge.turn_id].append(Step(charge.created, what, detail))


def _summed_up(
    steps: dict[UUID, list[Step]],
    conversation: Conversation,
    turns: list[Turn],
    newest: bool,
) -> None:
    """Each with the turn that was the last one then."""
    made = Summary.objects.filter(
        conversation=conversation, created__gte=turns[-1].created
    )
    if not newest:  # what came after this page is on the one before
        made = made.filter(created__lt=turns[0].created + timedelta(days=1))
    for each in made.order_by("-id").defer("text")[: 2 * SHOWN]:
        after = next((turn for turn in turns if turn.created <= each.created), None)
        if after is not None:
            by = "in the person's words" if each.edited else ""
            of_so_many = f"{_many(each.covered, 'message')} in {each.tokens:,} tokens"
            detail = ", ".join(filter(None, [of_so_many, by]))
            steps[after.id].append(
                Step(each.created, f"Summary {each.version}", detail)
            )


def _versions(
    conversation_id: UUID, messages: Iterable[Message]
) -> dict[UUID, tuple[int, int]]:
    """Of each: which of its siblings it is, and how many there are."""
    messages = list(messages)
    parents = {each.parent_id for each in messages}
    same = Q(parent_id__in=parents - {None})
    if None in parents:
        same |= Q(conversation_id=conversation_id, parent=None)
    siblings: dict[UUID | None, list[UUID]] = defaultdict(list)
    pairs = Message.objects.filter(same).order_by("id").values_list("parent_id", "id")
    for parent, message in pairs:
        siblings[parent].append(message)
    return {
        each.id: (
            siblings[each.parent_id].index(each.id) + 1,
            len(siblings[each.parent_id]),
        )
        for each in messages
    }


def _files(conversation: Conversation, asked: list[Message]) -> dict[UUID, str]:
    """Kinds and sizes: a name is content."""
    found: dict[UUID, list[str]] = defaultdict(list)
    sent = File.objects.filter(owner_id=conversation.owner_id, message__in=asked)
    for message, kind, size in sent.values_list("message_id", "kind", "size"):
        weight = filesizeformat(size).replace("\xa0", " ")
        found[message].append(f"{kind} {weight}")
    return {
        message: f"{_many(len(each), 'file')}: {', '.join(each[:5])}"
        for message, each in found.items()
    }


def _learned(conversation: Conversation, messages: list[Message]) -> dict[UUID, int]:
    rows = Fact.objects.filter(
        owner_id=conversation.owner_id, source_message__in=[m.id for m in messages]
    )
    counted = rows.order_by().values("source_message").annotate(n=Count("id"))
    return dict(counted.values_list("source_message", "n"))


def _between(start: datetime | None, end: datetime | None) -> str:
    if start is None or end is None:
        return ""
    seconds = max(0.0, (end - start).total_seconds())
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:,.1f} s"


def _many(count: int, thing: str) -> str:
    return f"{count:,} {thing}{'' if count == 1 else 's'}"
