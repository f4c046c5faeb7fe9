"""The running summary in the database: when one is due and of what, stored, edited.

A summary is made from the one before it on the branch and the messages after that, so
that looking for work costs the same however long the branch is. Versions are only ever
added. Of two made at once the first to be stored counts: the other finds its version
taken, and is dropped.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, QuerySet, Subquery

from chatsite.lib.crypto import CannotOpen
from chatsite.lib.fields import Unreadable
from conversations.core.context import StoredMessage
from conversations.core.context.turns import KEPT_TURNS
from conversations.core.model_api import Item
from conversations.core.summaries import due, material, validate
from conversations.core.tokens import count
from conversations.models import Charge, Conversation, Message, Summary, Turn
from conversations.services import access, ancestry, choices, history
from conversations.services.branches import stored
from conversations.services.planning import SUMMARISING, VERSIONS, newest_through
from conversations.services.redacting import told

LEFT_ALONE = 2 * KEPT_TURNS  # messages of the latest turns, which no summary speaks of
READ = 120  # messages read for one summary; of a branch that has more, the rest waits
AGAIN = 3  # turns to wait after an answer that could not be used: each try costs money
LONGEST = 8_000  # characters of an edited summary, which every turn pays for
LISTED = 10  # versions that the page shows
_SAMPLE = 500  # characters of a message, enough to see its script


class BadEdit(ValueError):
    """It cannot be stored; ``str()`` is a sentence for the person."""


@dataclass(frozen=True, slots=True)
class Work:
    """A summary to ask for, with the prompt ``items``. It will be ``version``, speak of
    the first ``covered`` messages of its branch, the last of them ``covers``, and stand
    for ``source_tokens``. ``gained`` of the messages are new in it, and ``sample`` is
    some of what they say. It is made of the summary ``before`` and what was ``said``.
    """

    conversation: UUID
    owner: UUID
    items: tuple[Item, ...]
    covers: UUID
    covered: int
    gained: int
    source_tokens: int
    version: int
    sample: str
    before: UUID | None
    said: tuple[UUID, ...]


# --- when one is due, and of what
def due_after(turn_id: UUID) -> Work | None:
    """The summary to be made now that a turn is over: one query while a conversation
    is young, two or three when nothing is due.

    None for a strategy that sends no summary: nobody would have anything of it.
    """
    turn = Turn.objects.filter(id=turn_id, strategy__in=SUMMARISING)
    turn = turn.filter(conversation__summarises=True, conversation__deleted_at=None)
    at = _end(turn, "conversation_id", "message")
    if at is None or at.depth <= LEFT_ALONE:
        return None
    begins, messages = _after_the_last(at)
    if len(messages) <= LEFT_ALONE:
        return None
    work = _work(at, begins, messages)
    return None if work and _was_in_vain(at.conversation) else work


def due_now(conversation_id: UUID) -> Work | None:
    """The summary that can be made when somebody asks for it."""
    at = _end(_summarised(conversation_id), "id", "head")
    if at is None or not at.depth:
        return None
    begins, messages = _after_the_last(at)
    return _work(at, begins, messages, now=True)


def due_again(conversation_id: UUID) -> Work | None:
    """The summary in use, to be made anew of what it was made from."""
    at = _end(_summarised(conversation_id), "id", "head")
    there = in_use(conversation_id, at.last) if at else None
    if at is None or there is None:
        return None
    before = _before(there)
    covered = before.covered if before else 0
    messages = history.branch(
        at.conversation, there.covers_id, at_most=there.covered - covered
    )
    return _asked(
        at,
        before,
        stored(messages),
        covers=there.covers_id,
        covered=there.covered,
        source_tokens=there.source_tokens,
    )


# --- what is kept
def store(work: Work, answer: str) -> Summary | None:
    """Keep a model's ``answer`` as the newest version. None when it comes too late:
    another version was stored, something of it was excluded, or the person wants none
    any more.

    Raises ``BadSummary``.
    """
    text = validate(answer, work.source_tokens, work.sample)
    try:
        with transaction.atomic():
            # locked, so that nothing is excluded until it is stored
            wanted = _summarised(work.conversation).select_for_update().first()
            if wanted is None or _was_excluded(work):
                return None
            return _add(
                owner_id=work.owner,
                conversation_id=work.conversation,
                covers_id=work.covers,
                covered=work.covered,
                source_tokens=work.source_tokens,
                version=work.version,
                text=text,
            )
    except IntegrityError:
        return None


def edit(*, by: UUID, conversation_id: UUID, version: int, text: str) -> None:
    """A person's own words in place of ``version``, as a version of its own.

    Raises ``BadEdit``; ``NotFound``, also when the conversation is in the trash.
    """
    text = _clean(text)
    try:
        with transaction.atomic():
            access.conversation_to_write(by, conversation_id)
            rows = Summary.objects.filter(conversation_id=conversation_id)
            base = rows.filter(version=version).first()
            if base is None:
                raise access.NotFound
            if text == base.text:
                return
            if rows.filter(version__gt=version).exists():
                raise IntegrityError
            _add(
                owner_id=base.owner_id,
                conversation_id=conversation_id,
                covers_id=base.covers_id,
                covered=base.covered,
                source_tokens=base.source_tokens,
                version=version + 1,
                text=text,
                edited=True,
            )
    except IntegrityError:
        raise BadEdit(
            "The summary was renewed while you wrote. Compare, then save again."
        ) from None
    except CannotOpen:
        raise BadEdit("Your data key is missing, so nothing can be stored.") from None


# --- what is shown
def in_use(conversation_id: UUID, last: UUID | None) -> Summary | None:
    """The newest version that holds for the branch that ends with ``last``."""
    return newest_through(_newest(conversation_id), last)


def ending_among(
    conversation: Conversation, messages: Collection[UUID]
) -> Summary | None:
    """The summary in use on the branch shown, when the last message it speaks of is one
    of these ``messages`` of the branch. One query, or a few where branches meet.
    """
    if not conversation.summarises or conversation.message_count <= KEPT_TURNS:
        return None
    for summary in _newest(conversation.id)[:VERSIONS]:
        if summary.covers_id in messages:
            return summary
        if ancestry.leads_through(
            conversation.head_id, summary.covers_id, summary.covered
        ):
            return None
    return None


def versions(conversation: Conversation) -> list[Summary]:
    """Those of the latest versions that hold for the branch shown, the newest first."""
    rows = list(_newest(conversation.id)[:LISTED])
    ends = {row.covers_id: row.covered for row in rows}
    here = {
        message
        for message, depth in ends.items()
        if ancestry.leads_through(conversation.head_id, message, depth)
    }
    return [row for row in rows if row.covers_id in here]


# --- helpers
@dataclass(frozen=True, slots=True)
class _End:
    """The end of a branch, and the newest summary of its conversation, on whichever
    branch that is; ``version`` 0: there is none.
    """

    conversation: UUID
    owner: UUID
    last: UUID
    depth: int
    version: int
    covers: UUID | None
    covered: int


@dataclass(frozen=True, slots=True)
class _Start:
    """Where the material of the next summary begins: after the first ``covered``
    messages, the last of them ``covers``; None: with the first message.
    """

    covers: UUID | None = None
    covered: int = 0


def _summarised(conversation_id: UUID) -> QuerySet[Conversation]:
    return Conversation.objects.filter(
        id=conversation_id, summarises=True, deleted_at=None
    )


def _newest(conversation_id: UUID) -> QuerySet[Summary]:
    rows = Summary.objects.filter(conversation_id=conversation_id)
    return rows.order_by("-version")


def _end(rows: QuerySet[Any], conversation: str, last: str) -> _End | None:
    newest = Summary.objects.filter(conversation_id=OuterRef(conversation))
    newest = newest.order_by("-version")
    row = rows.values_list(
        conversation,
        "owner_id",
        f"{last}_id",
        f"{last}__depth",
        *(Subquery(newest.values(n)[:1]) for n in ("version", "covers_id", "covered")),
    ).first()
    if row is None:
        return None
    talk, owner, end, depth, version, covers, covered = row
    covers = Message._meta.pk.to_python(covers)  # SQLite gives it as text
    return _End(talk, owner, end, depth or 0, version or 0, covers, covered or 0)


def _after_the_last(at: _End) -> tuple[_Start, list[Message]]:
    """The first messages after the last summary of the branch, and where they begin."""
    for start in _starts(at):
        messages = _after(at, start)
        if messages is not None:
            return start, messages
    return _Start(), []


def _starts(at: _End) -> Iterator[_Start]:
    """What a branch may go on from, as planning looks for it: the newest first."""
    if at.version:
        yield _Start(at.covers, at.covered)
        older = _newest(at.conversation).values_list("covers_id", "covered")
        for covers, covered in older[1:VERSIONS]:
            yield _Start(covers, covered)
    yield _Start()


def _after(at: _End, start: _Start) -> list[Message] | None:
    """None when the branch does not go through what ``start`` covers. The walk to there
    shows it: no other query is needed.
    """
    wanted = at.depth - start.covered
    if wanted < 0:
        return None
    end: UUID | None = at.last
    if wanted > READ + LEFT_ALONE + 1:
        wanted = READ
        end = ancestry.ancestor_at(at.last, start.covered + READ)
    known = int(start.covers is not None)
    messages = history.branch(at.conversation, end, at_most=wanted + known)
    if known and (not messages or messages[0].id != start.covers):
        return None
    return messages[known:]


def _work(
    at: _End, start: _Start, messages: list[Message], *, now: bool = False
) -> Work | None:
    if not messages:
        return None
    whole = messages[-1].id == at.last
    said = stored(_settled(at.conversation, messages) if now else messages)
    # of a part of the branch the last turn may be cut, and it is none of the latest
    made = due(said, start.covered, keep=KEPT_TURNS if whole else 1, now=now)
    if made is None:
        return None
    before = None
    if start.covers is not None:
        before = _newest(at.conversation).filter(covers_id=start.covers).first()
    return _asked(
        at,
        before,
        made.messages,
        covers=messages[made.covered - start.covered - 1].id,
        covered=made.covered,
        source_tokens=(before.source_tokens if before else 0) + made.tokens,
    )


def _settled(conversation_id: UUID, messages: list[Message]) -> list[Message]:
    """Without what waits for its answer: of that nothing may be summarised yet."""
    live = Turn.objects.filter(conversation_id=conversation_id, status__in=Turn.LIVE)
    replies = set(live.values_list("message_id", flat=True))
    ended = next((at for at, m in enumerate(messages) if m.id in replies), None)
    return messages if ended is None else messages[: max(0, ended - 1)]


def _asked(
    at: _End,
    before: Summary | None,
    messages: Collection[StoredMessage],
    *,
    covers: UUID,
    covered: int,
    source_tokens: int,
) -> Work | None:
    so_far = told(before, "text") if before else ""
    texts = [so_far, *(message.text for message in messages)]
    if any(isinstance(text, Unreadable) for text in texts):
        return None  # markers are nothing to summarise
    return Work(
        at.conversation,
        at.owner,
        material(so_far, [m for m in messages if not m.excluded]),
        covers,
        covered,
        covered - (before.covered if before else 0),
        source_tokens,
        at.version + 1,
        "\n".join(text[:_SAMPLE] for text in texts[1:]),
        before.id if before else None,
        tuple(m.id for m in messages if not m.excluded),
    )


def _was_excluded(work: Work) -> bool:
    """Whether a message was that it speaks of: with it, its summary goes as well."""
    if work.before and not Summary.objects.filter(id=work.before).exists():
        return True
    return Message.objects.filter(id__in=work.said, excluded=True).exists()


def _before(summary: Summary) -> Summary | None:
    """The version that a summary went on from."""
    shorter = _newest(summary.conversation_id).filter(
        version__lt=summary.version, covered__lt=summary.covered
    )
    return newest_through(shorter, summary.covers_id)


def _was_in_vain(conversation_id: UUID) -> bool:
    """Whether the latest try brought nothing, a few turns ago or less."""
    tries = Charge.objects.filter(
        conversation_id=conversation_id,
        kind=Charge.Kind.SUMMARY,
        turn_id__isnull=False,
    )
    latest = tries.order_by("-id").first()
    if latest is None:
        return False
    made = Summary.objects.filter(conversation_id=conversation_id)
    if made.filter(created__gte=latest.created).exists():
        return False
    turns = Turn.objects.filter(conversation_id=conversation_id, id__gt=latest.turn_id)
    return len(turns.values_list("id")[:AGAIN]) < AGAIN


def _add(**fields: Any) -> Summary:
    """Store a version; raises ``IntegrityError`` when there is one of that number."""
    made = Summary(tokens=count(fields["text"]), **fields)
    with transaction.atomic():
        made.save(force_insert=True)
    return made


def _clean(text: str) -> str:
    if len(text) <= choices.LONGEST_PROMPT:
        text = choices.clean_prompt(text)
    if not text:
        raise BadEdit("A summary cannot be empty. Its settings switch it off.")
    if len(text) > LONGEST:
        raise BadEdit(
            f"A summary has at most {LONGEST:,} characters; this is {len(text):,}."
        )
    return text
