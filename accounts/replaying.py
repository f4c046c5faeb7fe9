"""Erasing again who came back with a backup.

The list of erased people lies with the data keys, apart from the content, so a backup
of content never brings back an older one.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from uuid import UUID

from accounts.data_requests import ask
from accounts.holds import held_people
from accounts.models import DataRequest, ErasedPerson, User

TOGETHER = 500  # ids that are compared at once
SOME = 50  # people a piece of upkeep asks for


def came_back() -> Iterator[UUID]:
    """Whoever is on the list and has an account."""
    listed = ErasedPerson.objects.order_by("user_id").values_list("user_id", flat=True)
    ids = listed.iterator(TOGETHER)
    while some := list(islice(ids, TOGETHER)):
        yield from User.objects.filter(pk__in=some).values_list("pk", flat=True)


def replay_some() -> bool:
    """Shut them out, and ask for their erasure; whether there may be more of them."""
    asked = 0
    under_way = set(
        DataRequest.objects.filter(
            kind=DataRequest.Kind.ERASE, status__in=DataRequest.OPEN
        ).values_list("person_id_was", flat=True)
    )
    held = set(held_people())
    for user_id in came_back():
        if user_id in under_way or user_id in held:
            continue
        again(user_id)
        if (asked := asked + 1) == SOME:
            return True
    return False


def again(user_id: UUID) -> DataRequest | None:
    """The request to erase somebody who was erased; None when they are not here."""
    person = User.objects.filter(pk=user_id).first()
    if person is None:
        return None
    person.is_active = False
    person.save(update_fields=["is_active"])
    origin = str(DataRequest.Origin.COMMAND)
    return ask(DataRequest.Kind.ERASE, person, by=None, origin=origin)
