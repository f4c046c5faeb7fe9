"""The first administrator: a link that works once, on a site that has none."""

from __future__ import annotations

import hashlib
import secrets

from django.db import transaction

from accounts.audit import record
from accounts.models import SetupLink, User
from accounts.roles import administrators
from accounts.services.people import create_person


def new_setup_link() -> str | None:
    """The token of a new link, in place of any before; None when no one needs it."""
    if _has_administrator():
        return None
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        SetupLink.objects.all().delete()
        SetupLink.objects.create(token_hash=_hash(token))
    return token


def is_open(token: str) -> bool:
    link = SetupLink.objects.filter(token_hash=_hash(token))
    return link.exists() and not _has_administrator()


def create_administrator(
    token: str, *, email: str, password: str, name: str = ""
) -> User | None:
    """Use the link up; None when it is not, or no longer, good.

    Raises ``ValidationError`` and leaves the link good when the person will not do.
    """
    with transaction.atomic():
        # of two requests at once, one deletes the row
        used, _ = SetupLink.objects.filter(token_hash=_hash(token)).delete()
        if not used or _has_administrator():
            return None
        person = create_person(email=email, password=password, name=name, admin=True)
        record("accounts.setup_link_used", actor=person)
        return person


def _has_administrator() -> bool:
    return administrators().exists()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
