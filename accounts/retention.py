"""How long each class of data is kept: one line in the table each.

What an administrator decided is a row; without one the default here holds. A thing
belongs to one class at a time. What removes it is ``expiring``, in conversations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.db.models import Min, Q, QuerySet
from django.utils import timezone

from accounts.audit import record
from accounts.holds import held_people
from accounts.models import AuditEvent, Pseudonym, RetentionRule, User

TEMPORARY, NORMAL, PINNED, FILES, MEMORIES, TRASH, AUDIT, COLD = (
    RetentionRule.Class.values
)
SLIDING, FIXED = RetentionRule.Mode.values
LONGEST = 36_500  # days
COUNTED = 100_000  # of a class; a preview of more says "more than"
TEMPORARY_DAYS, TRASH_DAYS, AUDIT_DAYS, COLD_DAYS = 7, 30, 400, 180


class BadRule(ValueError):
    """``str()`` is a sentence for the administrator."""


@dataclass(frozen=True, slots=True)
class Limit:
    """``days`` of None: for ever."""

    days: int | None
    mode: str = SLIDING

    def cutoff(self, now: datetime) -> datetime | None:
        """What is older than this has been kept long enough."""
        return None if self.days is None else now - timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class Rule(Limit):
    """``decided``: by an administrator, not by the settings."""

    decided: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """Rows of a class. ``since``: the moment that its days are counted from, by mode;
    ``person``: the lookup that leads to whose it is, "" when it is nobody's.
    """

    model: str
    person: str
    since: Mapping[str, str]
    where: Q = Q()

    def older(self, cutoff: datetime, mode: str) -> QuerySet[Any]:
        """What is, and is on no hold."""
        rows = self._before(cutoff, mode)
        return rows.exclude(self._held()) if self.person else rows

    def kept_by_hold(self, cutoff: datetime, mode: str) -> QuerySet[Any]:
        """What would go if nobody were on hold."""
        rows = self._before(cutoff, mode)
        return rows.filter(self._held()) if self.person else rows.none()

    def _before(self, cutoff: datetime, mode: str) -> QuerySet[Any]:
        return apps.get_model(self.model)._default_manager.filter(
            self.where, **{f"{self.since[mode]}__lt": cutoff}
        )

    def _held(self) -> Q:
        return Q(**{f"{self.person}__in": held_people()})


@dataclass(frozen=True, slots=True)
class Kept:
    """A class of data: where it is, and its limit when nobody decided another."""

    sources: tuple[Source, ...]
    default: Callable[[], Limit]

    @property
    def modes(self) -> tuple[str, ...]:
        return tuple(self.sources[0].since)


def _normal() -> Limit:
    mode = FIXED if settings.CONVERSATION_TTL_MODE == "fixed" else SLIDING
    return Limit(settings.CONVERSATION_TTL_DAYS or None, mode)


def _temporary() -> Limit:
    """No longer than other conversations."""
    days = settings.CONVERSATION_TTL_DAYS or TEMPORARY_DAYS
    return Limit(min(days, TEMPORARY_DAYS), _normal().mode)


def _conversations(**where: Any) -> tuple[Source]:
    since = {SLIDING: "updated", FIXED: "created"}
    here = Q(deleted_at=None, **where)
    return (Source("conversations.Conversation", "owner_id", since, here),)


CLASSES: Mapping[str, Kept] = {
    TEMPORARY: Kept(_conversations(pinned_at=None, temporary=True), _temporary),
    NORMAL: Kept(_conversations(pinned_at=None, temporary=False), _normal),
    PINNED: Kept(_conversations(pinned_at__isnull=False), lambda: Limit(None)),
    FILES: Kept(
        (
            Source(
                "conversations.File",
                "owner_id",
                {SLIDING: "conversation__updated", FIXED: "created"},
                Q(message__isnull=False),  # unsent ones go after a day
            ),
        ),
        lambda: Limit(None),
    ),
    MEMORIES: Kept(
        (
            # never changed, only replaced: each version counts from when it was written
            Source("accounts.Fact", "owner_id", {FIXED: "created"}),
            Source("accounts.CoreMemory", "owner_id", {FIXED: "created"}),
        ),
        lambda: Limit(None, FIXED),
    ),
    TRASH: Kept(
        (
            Source(
                "conversations.Conversation",
                "owner_id",
                {FIXED: "deleted_at"},
                Q(deleted_at__isnull=False),
            ),
        ),
        lambda: Limit(TRASH_DAYS, FIXED),
    ),
    AUDIT: Kept(
        (Source("accounts.AuditEvent", "", {FIXED: "time"}),),
        lambda: Limit(AUDIT_DAYS, FIXED),
    ),
    COLD: Kept(
        (
            Source(
                "conversations.Conversation",
                "",  # it stays, so no hold keeps it from moving
                {SLIDING: "updated"},
                Q(cold_at=None),
            ),
        ),
        lambda: Limit(COLD_DAYS),
    ),
}


@dataclass(frozen=True, slots=True)
class Preview:
    """What a limit would remove now. ``more``: there are more than ``count``;
    ``oldest``: the moment that its days are counted from; ``held``: kept by a hold.
    """

    count: int = 0
    more: bool = False
    oldest: datetime | None = None
    held: int = 0


def rules() -> dict[str, Rule]:
    """What holds, for every class. One query."""
    rows = {row.data_class: row for row in RetentionRule.objects.all()}
    return {name: _rule(name, rows.get(name)) for name in CLASSES}


def rule(data_class: str) -> Rule:
    row = RetentionRule.objects.filter(data_class=data_class).first()
    return _rule(data_class, row)


@transaction.atomic
def change(
    data_class: str, days: int | None, mode: str, *, by: User | None
) -> Rule | None:
    """Let this hold from now on; what held before, None when that is the same. Raises
    ``BadRule``.
    """
    _check(data_class, days, mode)
    before = rule(data_class)
    if before == Rule(days, mode, decided=True):
        return None
    RetentionRule.objects.update_or_create(
        data_class=data_class, defaults={"days": days, "mode": mode}
    )
    _record(data_class, before, Limit(days, mode), by=by)
    return before


@transaction.atomic
def withdraw(data_class: str, *, by: User | None) -> Rule | None:
    """Let the settings hold again; what held before, None when they do already."""
    before = rule(data_class)
    if not before.decided:
        return None
    RetentionRule.objects.filter(data_class=data_class).delete()
    _record(data_class, before, CLASSES[data_class].default(), by=by, withdrawn=True)
    return before


def preview(
    data_class: str, days: int | None, mode: str, now: datetime | None = None
) -> Preview:
    """What such a rule would remove at once, before anybody decides it. Raises
    ``BadRule``. The cost is bounded.
    """
    _check(data_class, days, mode)
    return _would_go(data_class, Limit(days, mode), now or timezone.now())


def previews(now: datetime | None = None) -> dict[str, tuple[Rule, Preview]]:
    """Every class, its rule, and what is overdue by it."""
    now = now or timezone.now()
    return {name: (it, _would_go(name, it, now)) for name, it in rules().items()}


def older(data_class: str, limit: Limit, now: datetime) -> list[QuerySet[Any]]:
    """The rows that have been kept long enough, of each model of the class."""
    cutoff = limit.cutoff(now)
    if data_class == AUDIT and cutoff:
        cutoff = audit_cutoff(cutoff)
    if cutoff is None:
        return []
    sources = CLASSES[data_class].sources
    found = [source.older(cutoff, limit.mode) for source in sources]
    if data_class == COLD:  # what was opened is not idle
        return [rows.exclude(read_at__gte=cutoff) for rows in found]
    return found


def audit_cutoff(cutoff: datetime) -> datetime:
    """The log goes from its beginning only: up to the first event of who is held."""
    held = Pseudonym.objects.filter(user_id__in=held_people())
    names = list(held.values_list("id", flat=True))
    if not names:
        return cutoff
    about = Q(actor__in=names) | Q(subject_id__in=[str(name) for name in names])
    first = AuditEvent.objects.filter(about, time__lt=cutoff).order_by("seq").first()
    return first.time if first else cutoff


def _record(
    data_class: str, before: Rule, then: Limit, *, by: User | None, **more: bool
) -> None:
    record(
        "accounts.retention_changed",
        actor=by,
        data_class=data_class,
        days_before=before.days,
        days=then.days,
        mode_before=before.mode,
        mode=then.mode,
        **more,
    )


def _rule(data_class: str, row: RetentionRule | None) -> Rule:
    if row:
        return Rule(row.days, row.mode, decided=True)
    limit = CLASSES[data_class].default()
    return Rule(limit.days, limit.mode)


def _check(data_class: str, days: int | None, mode: str) -> None:
    if data_class not in CLASSES:
        raise BadRule("There is no such class of data.")
    if mode not in CLASSES[data_class].modes:
        raise BadRule("The days of this class are not counted like that.")
    if days is not None and not 1 <= days <= LONGEST:
        raise BadRule(f"Between 1 and {LONGEST:,} days, or for ever.")


def _would_go(data_class: str, limit: Limit, now: datetime) -> Preview:
    cutoff = limit.cutoff(now)
    if cutoff is None:
        return Preview()
    found, sources = older(data_class, limit, now), CLASSES[data_class].sources
    counts = [rows.order_by()[: COUNTED + 1].count() for rows in found]
    held = [source.kept_by_hold(cutoff, limit.mode) for source in sources]
    moments = [
        rows.aggregate(at=Min(source.since[limit.mode]))["at"]
        for source, rows in zip(sources, found, strict=True)
    ]
    return Preview(
        min(sum(counts), COUNTED),
        sum(counts) > COUNTED,
        min((at for at in moments if at), default=None),
        sum(rows.order_by()[:COUNTED].count() for rows in held),
    )
