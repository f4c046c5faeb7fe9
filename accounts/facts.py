"""What is known about a person: remembered, replaced, forgotten, taken back.

A fact is never changed. Another value is another row; the row before it ends, and
stays as the fact's history (``fact_chains``). What is forgotten is kept a day, so that
it can be taken back, and is then deleted with its history by the next change. Every
change locks the person's row first, so of two at once each sees the other's work.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import fact_chains, keyring
from accounts.models import Fact
from accounts.remembering import lock, seen

LONGEST_KEY = 64  # characters
LONGEST_VALUE = 500  # characters
MOST = 200  # facts a person
GO_ALONG = 10  # facts that go with a turn
USUAL_IMPORTANCE = 0.5
KEPT = timedelta(days=1)  # a change can be taken back for so long

Change = Literal["remembered", "forgotten"]


class BadFact(ValueError):
    """The fact is refused; ``str()`` is a sentence for the person."""


class NoSuchFact(Exception):
    """There is no such fact, as far as this person may know."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """``replaced``: the fact of the same key that ended. ``changed``: False when just
    that was known already.
    """

    fact: Fact
    replaced: Fact | None = None
    changed: bool = True


def known(owner_id: UUID) -> list[Fact]:
    """All that holds now, the most important first."""
    return list(_by_weight(owner_id))


def most_important(owner_id: UUID, at_most: int = GO_ALONG) -> tuple[Fact, ...]:
    """What goes with a turn: pinned facts, then by importance, then the newest. One
    query.
    """
    return tuple(_by_weight(owner_id)[:at_most])


def get(owner_id: UUID, fact_id: UUID) -> Fact:
    """A fact, ended or not. Raises ``NoSuchFact``."""
    fact = Fact.objects.filter(owner_id=owner_id, id=fact_id).first()
    if fact is None:
        raise NoSuchFact
    return fact


@transaction.atomic
def remember(
    owner_id: UUID,
    key: str,
    value: str,
    *,
    importance: float | None = None,
    source: Literal["person", "model", "talk"] = "person",
    source_message: UUID | None = None,
) -> Remembered:
    """Know ``value`` under ``key`` from now on, in place of what was known under it.

    Without ``importance`` (0 to 1) it is that of the replaced fact. The same value
    again changes nothing. Raises ``BadFact``.
    """
    key, value = clean_key(key), _clean_value(value)
    _check_importance(importance)
    _begin_change(owner_id)
    key_hash = _key_hash(owner_id, key)
    before = _current(owner_id).filter(key_hash=key_hash).first()
    if before is None:
        _check_room(owner_id)
    elif before.value == value:
        return Remembered(before, changed=False)
    else:
        _end(before)
    if importance is None:
        importance = before.importance if before else USUAL_IMPORTANCE
    fact = Fact.objects.create(
        owner_id=owner_id,
        key=key,
        value=value,
        key_hash=key_hash,
        importance=importance,
        source=source,
        source_message=source_message,
        pinned=before.pinned if before else False,
        replaces=before,
    )
    fact_chains.shorten(fact)
    return Remembered(fact, before)


@transaction.atomic
def forget(owner_id: UUID, key: str) -> Fact | None:
    """End what is known under ``key``; None when nothing is."""
    try:
        key_hash = _key_hash(owner_id, clean_key(key))
    except BadFact:
        return None
    _begin_change(owner_id)
    fact = _current(owner_id).filter(key_hash=key_hash).first()
    if fact is not None:
        _end(fact)
    return fact


@transaction.atomic
def forget_one(owner_id: UUID, fact_id: UUID) -> Fact:
    """End this fact, readable or not; one that has ended stays as it is."""
    _begin_change(owner_id)
    fact = get(owner_id, fact_id)
    if fact.ended is None:
        _end(fact)
    return fact


@transaction.atomic
def undo(owner_id: UUID, fact_id: UUID, change: Change | None = None) -> bool:
    """Take back the latest change of a fact's key: that the fact was remembered (what
    it replaced holds again) or forgotten. ``change`` says which one is meant.

    False, and nothing is changed, when that was not the latest change of the key, or
    is more than a day ago.
    """
    _begin_change(owner_id)
    fact = Fact.objects.filter(owner_id=owner_id, id=fact_id).first()
    if fact is None:
        return False
    current = _current(owner_id).filter(key_hash=fact.key_hash).first()
    if current is None:
        return change != "remembered" and _revive(fact)
    same = fact.id in (current.id, current.replaces_id)
    return change != "forgotten" and same and _take_back(current)


@transaction.atomic
def set_pinned(owner_id: UUID, fact_id: UUID, pinned: bool) -> None:
    """Raises ``NoSuchFact`` unless the fact holds."""
    _set(owner_id, fact_id, pinned=pinned)


@transaction.atomic
def set_importance(owner_id: UUID, fact_id: UUID, importance: float) -> None:
    """``importance`` is 0 to 1. Raises ``BadFact``, and ``NoSuchFact`` unless the fact
    holds.
    """
    _check_importance(importance)
    _set(owner_id, fact_id, importance=importance)


def purge(owner_id: UUID | None = None) -> int:
    """Delete what was forgotten more than a day ago, with its history, of one person
    or of all; how many rows.
    """
    return fact_chains.purge(_since(), owner_id)


def clean_key(key: str) -> str:
    """The key as it is stored: two that read the same are the same. ``BadFact``."""
    words = _one_line(unicodedata.normalize("NFKC", key)).casefold()
    if not words:
        raise BadFact("A fact needs a name, such as “name” or “diet”.")
    return _at_most(LONGEST_KEY, words, "The name of a fact")


def _clean_value(value: str) -> str:
    words = _one_line(value)
    if not words:
        raise BadFact("Say what should be remembered.")
    return _at_most(LONGEST_VALUE, words, "A fact")


def _at_most(longest: int, words: str, what: str) -> str:
    if len(words) > longest:
        raise BadFact(f"{what} has at most {longest} characters; this is {len(words)}.")
    return words


def _one_line(text: str) -> str:
    """One line of what can be seen: in a prompt each fact is a line of its own."""
    words = " ".join(seen(text).split())
    return words if any(unicodedata.category(ch)[0] in "LNPS" for ch in words) else ""


def _check_importance(importance: float | None) -> None:
    if importance is not None and not 0 <= importance <= 1:
        raise BadFact("Importance is a number from 0 to 1.")


def _check_room(owner_id: UUID) -> None:
    if _current(owner_id).count() >= MOST:
        raise BadFact(f"{MOST} facts are known already. Forget one first.")


def _key_hash(owner_id: UUID, key: str) -> str:
    """Finds the same key again, for whoever has the person's data key."""
    data_key = keyring.data_key(owner_id)
    subkey = hmac.digest(data_key, b"accounts.Fact.key_hash", hashlib.sha256)
    return hmac.new(subkey, key.encode(), hashlib.sha256).hexdigest()


def _begin_change(owner_id: UUID) -> None:
    lock(owner_id)
    purge(owner_id)


def _current(owner_id: UUID) -> QuerySet[Fact]:
    return Fact.objects.filter(owner_id=owner_id, ended=None)


def _by_weight(owner_id: UUID) -> QuerySet[Fact]:
    return _current(owner_id).order_by("-pinned", "-importance", "-created", "-id")


def _end(fact: Fact) -> None:
    fact.ended = timezone.now()
    fact.save(update_fields=["ended"])


def _set(owner_id: UUID, fact_id: UUID, **values: float | bool) -> None:
    if not _current(owner_id).filter(id=fact_id).update(**values):
        raise NoSuchFact


def _revive(fact: Fact) -> bool:
    """Let a fact hold again that was the last of its key to hold."""
    same_key = Fact.objects.filter(owner_id=fact.owner_id, key_hash=fact.key_hash)
    if fact.ended is None or same_key.filter(ended__gt=fact.ended).exists():
        return False
    return bool(same_key.filter(id=fact.id).update(ended=None))


def _take_back(fact: Fact) -> bool:
    """As if it had never been remembered: its row goes."""
    if fact.created < _since():
        return False
    before = fact.replaces_id
    owner_id = fact.owner_id
    fact.delete()
    Fact.objects.filter(owner_id=owner_id, id=before).update(ended=None)
    return True


def _since() -> datetime:
    return timezone.now() - KEPT
