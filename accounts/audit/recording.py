"""Writing an event: the one way to do it."""

from __future__ import annotations

from functools import partial
from typing import Any, TypeAlias, cast
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone

from accounts.audit import checkpoints
from accounts.audit.actions import ACTIONS, UnknownAction
from accounts.audit.chain import GENESIS, digest
from accounts.audit.details import checked
from accounts.audit.keys import chain_key
from accounts.audit.origin import origin
from accounts.models import AuditAnchor, AuditEvent, Pseudonym, User

PERSON = "accounts.person"
LOCK = 0x6175646974  # "audit"; PostgreSQL's advisory locks are numbers

Actor: TypeAlias = User | AnonymousUser | UUID | None
Subject: TypeAlias = Model | tuple[str, str] | None


def record(
    action: str,
    *,
    actor: Actor = None,
    subject: Subject = None,
    request: HttpRequest | None = None,
    **details: Any,
) -> AuditEvent:
    """Write one event, in the transaction of the act: both are stored, or neither.

    Other writers wait until that transaction ends, so call it as the last thing in it.
    ``actor`` is a person or their id, ``subject`` a row or its kind and id, ``details``
    are ids, numbers and names (``NotADetail``), never what somebody wrote.
    """
    if action not in ACTIONS:
        raise UnknownAction(action)
    told = checked(details)
    ip, request_id = origin(request)
    with transaction.atomic(savepoint=False):
        _wait_for_turn()
        kind, key = _subject(subject)
        seq, head = latest() or (0, GENESIS)
        event = AuditEvent(
            seq=seq + 1,
            time=timezone.now(),
            action=action,
            actor=_actor(actor),
            subject_kind=kind,
            subject_id=key,
            ip=ip,
            request_id=request_id,
            details=told,
            prev=head,
        )
        event.hash = digest(chain_key(), event)
        event.save(force_insert=True)
        if event.seq % checkpoints.EVERY == 0:
            write = partial(checkpoints.write, event.seq, event.hash)
            transaction.on_commit(write, robust=True)
    return event


def latest() -> tuple[int, str] | None:
    """Number and hash of the last event, also of one that has gone since."""
    newest = AuditEvent.objects.order_by("-seq").values_list("seq", "hash").first()
    return newest or AuditAnchor.objects.values_list("seq", "head").last()


def pseudonym(user_id: UUID) -> UUID:
    """A person's name in the log, given to them the first time it is needed."""
    return Pseudonym.objects.get_or_create(user_id=user_id)[0].id


def _wait_for_turn() -> None:
    """Writers of SQLite queued at BEGIN already."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _actor(actor: Actor) -> UUID | None:
    if isinstance(actor, UUID):
        return pseudonym(actor)
    return pseudonym(actor.pk) if actor and actor.is_authenticated else None


def _subject(subject: Subject) -> tuple[str, str]:
    if subject is None:
        return "", ""
    if isinstance(subject, tuple):
        return subject
    meta = subject._meta
    if isinstance(subject, User):
        return PERSON, str(pseudonym(subject.pk))
    if (
        meta.pk and meta.pk.related_model is User
    ):  # the row is a person's, known by them
        return cast(str, meta.label_lower), str(pseudonym(subject.pk))
    return cast(str, meta.label_lower), str(subject.pk)
