"""What an erasure has to know to the end, though the account is gone before.

It is noted with the request, sealed with the key of who is erased: it can be read as
long as there is something to look for, and goes with the key.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress

from accounts import keyring
from accounts.erasure.searching import Sought
from accounts.models import DataRequest, ErasedPerson, User
from chatsite.lib.crypto import CannotOpen, open_sealed, seal


def user_id_of(request: DataRequest) -> UUID:
    if request.person_id_was is not None:
        return request.person_id_was
    return ErasedPerson.objects.get(request_id=request.id).user_id


def note(request: DataRequest, **notes: Any) -> None:
    request.notes = request.notes | notes
    request.hold_on("notes")


def sealed(request: DataRequest, person: User) -> str:
    """Who is looked for at the end, when the account is gone."""
    emails = {person.email, *_addresses(person.pk)}
    told = {"emails": sorted(each.lower() for each in emails), "name": person.name}
    key = keyring.data_key(person.pk)
    return b64encode(seal(key, json.dumps(told), _place(request))).decode()


def _addresses(user_id: UUID) -> list[str]:
    rows = EmailAddress.objects.filter(user_id=user_id)
    return list(rows.values_list("email", flat=True))


def sought(request: DataRequest) -> Sought:
    user_id = user_id_of(request)
    value = b64decode(request.notes["sought"])
    told = json.loads(open_sealed(keyring.data_key(user_id), value, _place(request)))
    return Sought(user_id, tuple(told["emails"]), told["name"].strip().lower())


def sought_by(request: DataRequest) -> Sought | None:
    """Who is being erased, as long as that is known."""
    try:
        return sought(request)
    except (KeyError, CannotOpen, ErasedPerson.DoesNotExist):
        return None


def _place(request: DataRequest) -> str:
    return f"accounts_datarequest|{request.id}|sought"
