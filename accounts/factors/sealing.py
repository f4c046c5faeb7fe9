"""Secrets of second factors, sealed under the data key of the person they are of.

allauth asks to seal and open a text, and does not say whose it is: that is who signs in
or is signed in. A secret that was copied to somebody else's row does not open there.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from allauth.core import context

from accounts import keyring
from accounts.models import User
from chatsite.lib.crypto import CannotOpen, open_sealed, seal

_whose: ContextVar[UUID | None] = ContextVar("whose_second_factor", default=None)


@contextmanager
def secrets_of(person: User) -> Iterator[None]:
    """What is sealed and opened inside belongs to this person."""
    token = _whose.set(person.pk)
    try:
        yield
    finally:
        _whose.reset(token)


def seal_secret(text: str) -> str:
    owner = _owner()
    sealed = seal(keyring.data_key(owner), text, _place(owner))
    return urlsafe_b64encode(sealed).decode()


def open_secret(sealed: str) -> str:
    """Raises ``CannotOpen``, also for a text that was never sealed."""
    owner = _owner()
    try:
        data = urlsafe_b64decode(sealed)
    except ValueError as problem:
        raise CannotOpen(_place(owner)) from problem
    return open_sealed(keyring.data_key(owner), data, _place(owner))


def _owner() -> UUID:
    named = _whose.get()
    if named is not None:
        return named
    request: Any = context.request
    if request is None or not request.user.is_authenticated:
        raise CannotOpen("a second factor of nobody in particular")
    return request.user.pk


def _place(owner: UUID) -> str:
    return f"second factor|{owner}"
