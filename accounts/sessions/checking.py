"""Is a session still good, and for whom?"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.audit import record
from accounts.models import Device, User
from accounts.sessions.clients import OFF, Client, client_of
from accounts.sessions.listeners import tell
from accounts.sessions.store import SessionStore, hash_of

A_MINUTE = timedelta(minutes=1)  # what is seen within it is not written down

Standing: TypeAlias = tuple[str, bool, bool]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that was good when it was looked at."""

    device: UUID
    person: UUID
    standing: Standing  # what the person may do for others
    seen: datetime


def signed_in_with(key: str, client: Client) -> SignedIn | None:
    """Who is signed in with a session's key, checked as Django checks a page: it must
    be alive and of an active person, and its password hash the person's present one.

    A session that is bound to another network or browser ends here.
    """
    rows = Device.objects.alive().select_related("person")
    device = rows.filter(key_hash=hash_of(key), person__is_active=True).first()
    if device is None or not _is_proven(device, key):
        return None
    if not client.is_of(device):
        refuse(device)
        return None
    person: User = device.person
    standing = (person.role, person.is_staff, person.is_superuser)
    return SignedIn(device.id, person.id, standing, device.last_seen)


def _is_proven(device: Device, key: str) -> bool:
    """By the signed data: the columns are only for queries."""
    data = SessionStore(key).decode(device.data)
    return (
        data.get(SESSION_KEY) == str(device.person_id)
        and data.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
        and constant_time_compare(
            data.get(HASH_SESSION_KEY, ""), device.person.get_session_auth_hash()
        )
    )


def over(known: Collection[SignedIn]) -> set[UUID]:
    """The devices of these on which nobody is signed in any more, or somebody who may
    do other things than then. One query for them all, without their data.
    """
    before = {each.device: each for each in known}
    return set(before) - set(_unchanged(before))


def _unchanged(before: Mapping[UUID, SignedIn]) -> Iterator[UUID]:
    rows = Device.objects.alive().filter(id__in=before, person__is_active=True)
    fields = ("role", "is_staff", "is_superuser")
    somebody = User()  # one for all: most of the time would go into making them
    for device, person, proof, password, *standing in rows.order_by().values_list(
        "id",
        "person_id",
        "auth_hash",
        "person__password",
        *(f"person__{field}" for field in fields),
    ):
        then = before[device]
        if (then.person, then.standing) == (person, tuple(standing)):
            somebody.password = password
            if constant_time_compare(proof, somebody.get_session_auth_hash()):
                yield device


def touch(device_id: UUID, client: Client | None = None) -> None:
    """It was used now. However many tabs say so, a minute has one write."""
    now = timezone.now()
    before = Device.objects.filter(id=device_id, last_seen__lt=now - A_MINUTE)
    before.update(last_seen=now, **(client.fields() if client else {}))


def is_due(seen: datetime) -> bool:
    """Whether a use now is to be written down."""
    return timezone.now() - seen > A_MINUTE


def use(request: HttpRequest) -> bool:
    """The person asks for a page with their session; False when it ended by that."""
    device: Device | None = getattr(request.session, "device", None)
    if device is None:  # it began with this request
        return True
    if settings.SESSION_BINDING != OFF:
        client = client_of(request)
        if not client.is_of(device):
            refuse(device)
            return False
        if not (device.network and device.agent_hash):
            Device.objects.filter(id=device.id).update(**client.fields())
    if is_due(device.last_seen):
        touch(device.id, client_of(request))
    return True


def refuse(device: Device) -> None:
    """It is used from where it does not belong: nobody has it any more."""
    with transaction.atomic():
        ended, _ = Device.objects.filter(id=device.id).delete()
        if ended:
            tell()
            record("accounts.session_refused", subject=device.person, device=device.id)
