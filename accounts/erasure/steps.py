"""How a person is erased: step by step, each of which can be done again.

*Beginning*: not while a legal hold lasts. Who they are is noted, sealed with their own
key; they can do nothing from here on. *Ending*: their devices are signed out, their
replies stop. Then a step for each kind of data, in the registry's order, in batches.
*Clearing*: indexes, caches. *The account*: the row, and their name in the log with it.
*Listing*: their id goes on the list of who must not come back, and leaves the requests.
*Searching*: every table of both databases. *Compacting*: the database's files. *The
key*: destroyed. *Certifying*: an event in the log, and the statement that is signed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from uuid import UUID

from django.db import connections, transaction
from django.utils import timezone

from accounts import holds, keyring, personal_data, sessions
from accounts.audit import record
from accounts.audit.chain import stamp
from accounts.audit.recording import PERSON
from accounts.erasure import certificates
from accounts.erasure.compacting import compact, cut_log
from accounts.erasure.noting import note, sealed, sought, user_id_of
from accounts.erasure.removing import remove_some
from accounts.erasure.searching import search
from accounts.models import DataRequest, ErasedPerson, ExportPart, Pseudonym, User
from accounts.personal_data import Kind, Rows

LOOK_AGAIN = timedelta(hours=1)  # at a hold, if its lifting was not heard
OFTEN = 2.0  # seconds between two beats of a long piece
PASSES = 5  # when something new turns up after everything was deleted
# these have steps of their own, at the end
LAST = ("accounts.User", "accounts.Pseudonym", "accounts.DataKey")
# where the id is as it should be when everything is searched
RIGHTLY = {
    ("keys.accounts_datakey", "user_id"),
    ("keys.accounts_erasedperson", "user_id"),
}

Step = Callable[[DataRequest], bool]  # whether there is more of it


class StillMore(Exception):
    """Something goes on writing rows about a person who is being erased."""


def advance(request: DataRequest) -> bool:
    """A bounded piece of the erasure; False when it is done and certified."""
    if request.certificate is not None:
        return False
    if _waits_for_hold(request):
        return True
    steps = _steps()
    names = list(steps)
    # an older version knew other kinds: what is left is found from the beginning on
    request.step = now = request.step if request.step in steps else names[0]
    if steps[now](request) or request.step != now:
        return True
    if now == names[-1]:
        return False
    request.step = names[names.index(now) + 1]
    return True


def erasable() -> list[Kind]:
    """What goes, in order."""
    return [kind for kind in personal_data.kinds() if not kind.kept]


def step_names() -> list[str]:
    """What ``DataRequest.step`` says one after the other."""
    return list(_steps())


def _steps() -> Mapping[str, Step]:
    kinds = {kind.name: partial(_remove, kind) for kind in erasable() if _early(kind)}
    return {
        "beginning": _begin,
        "ending": _end,
        **kinds,
        "clearing": _clear,
        "the account": _remove_account,
        "listing": _list,
        "searching": _search,
        "compacting": _compact,
        "the key": _destroy_key,
        "certifying": _certify,
    }


# --- the steps
def _begin(request: DataRequest) -> bool:
    person = User.objects.filter(pk=request.person_id_was).first()
    if person is None or "sought" in request.notes:
        return False  # it had begun
    keyring.create(person.pk)  # who came back with a backup has none
    again = ErasedPerson.objects.filter(user_id=person.pk).exists()
    request.counts = personal_data.counts(person.pk)
    request.total = sum(request.counts[kind.name] for kind in erasable())
    with transaction.atomic():
        note(
            request,
            sought=sealed(request, person),
            began=stamp(timezone.now()),
            again=again,
        )
        request.hold_on("counts", "total")
        person.set_unusable_password()
        person.is_active = False
        person.save(update_fields=["is_active", "password"])
        _cancel_others(request, person.pk)
        record("accounts.erasure_began", subject=person, data_request=request.id)
    return False


def _end(request: DataRequest) -> bool:
    """Again each time: a device may have been signing in."""
    user_id = user_id_of(request)
    if User.objects.filter(pk=user_id).exists():
        sessions.end_all(user_id)
    again = [hook(user_id) for hook in personal_data.hooks_before()]
    return any(again)


def _remove(kind: Kind, request: DataRequest) -> bool:
    for rows in _early(kind):
        if gone := remove_some(rows.of(user_id_of(request))):
            request.done += gone
            return True
    return False


def _clear(request: DataRequest) -> bool:
    user_id = user_id_of(request)
    again = [hook(user_id) for hook in personal_data.hooks_after()]
    return any(again)


def _remove_account(request: DataRequest) -> bool:
    user_id = user_id_of(request)
    if _left(user_id):
        _go_back(request)
        return False
    with transaction.atomic():
        request.done += remove_some(Pseudonym.objects.filter(user_id=user_id))
        request.done += remove_some(User.objects.filter(pk=user_id))
    return False


def _list(request: DataRequest) -> bool:
    """From here on the list tells whose request it is."""
    user_id = user_id_of(request)
    told = {"pseudonym": request.pseudonym, "request_id": request.id}
    ErasedPerson.objects.update_or_create(user_id=user_id, defaults=told)
    ExportPart.objects.filter(owner_id=user_id).delete()
    DataRequest.objects.filter(person_id_was=user_id).update(
        person_id_was=None, person=None
    )
    request.person_id_was = request.person_id = None
    return False


def _search(request: DataRequest) -> bool:
    found = search(sought(request), _is_right, _beat(request))
    note(
        request,
        search={
            "tables": found.tables,
            "rows": found.rows,
            "traces": found.traces,
            "namesakes": found.namesakes,
        },
    )
    return False


def _compact(request: DataRequest) -> bool:
    found = compact("default", sought(request).certain, _beat(request))
    note(request, files={"database": connections["default"].vendor, "found": found})
    return False


def _destroy_key(request: DataRequest) -> bool:
    user_id = user_id_of(request)
    if _left(user_id):
        _go_back(request)
        return False
    wrapped = keyring.destroy(user_id)
    compact("keys", [wrapped] if wrapped else [], _beat(request), anew=not wrapped)
    return False


def _certify(request: DataRequest) -> bool:
    erased = ErasedPerson.objects.get(request_id=request.id)
    after = {kind.name: kind.count(erased.user_id) for kind in erasable()}
    notes = request.notes
    in_files = {"the database's files": notes["files"]["found"]}
    remains = {**after, **notes["search"]["traces"], **in_files}
    request.done = request.total  # also what went with something else
    action = "accounts.erasure_replayed" if notes["again"] else "accounts.erased"
    with transaction.atomic():
        subject = (PERSON, str(request.pseudonym))
        told = {"data_request": request.id, "rows": request.done}
        event = record(action, subject=subject, **told)
        request.certificate = certificates.make(
            request,
            event,
            origin=request.origin,
            asked_by=str(request.asked_by) if request.asked_by else None,
            asked=stamp(request.created),
            began=notes["began"],
            finished=stamp(event.time),
            rows={"before": _counts_of(erasable(), request), "after": after},
            kept={kind.name: kind.kept for kind in personal_data.kinds() if kind.kept},
            key={"destroyed": True, "fingerprint": erased.key},
            search=notes["search"],
            files=notes["files"],
            remains={place: count for place, count in remains.items() if count},
        )
        request.notes = {}
        request.hold_on("certificate", "notes", "done")
    for alias in ("default", "keys"):
        cut_log(alias, _beat(request))
    return False


# --- helpers
def _waits_for_hold(request: DataRequest) -> bool:
    """Also one that was placed after the erasure was asked for. What has done nothing
    yet has not begun: it can still be taken back.
    """
    if request.person_id_was is None or not holds.is_held(request.person_id_was):
        return False
    DataRequest.objects.filter(id=request.id, runner=request.runner).update(
        status=DataRequest.Status.WAITING,
        not_before=timezone.now() + LOOK_AGAIN,
        problem=holds.WAITS,
        runner=None,
        started=request.started if "sought" in request.notes else None,
    )
    return True


def _early(kind: Kind) -> list[Rows]:
    return [rows for rows in kind.rows if rows.model not in LAST]


def _left(user_id: UUID) -> int:
    """Rows that came after their kind was deleted, from what was under way."""
    rows = [each for kind in erasable() for each in _early(kind)]
    return sum(each.of(user_id).count() for each in rows)


def _go_back(request: DataRequest) -> None:
    passes = request.notes.get("passes", 0) + 1
    if passes > PASSES:
        raise StillMore
    note(request, passes=passes)
    request.step = "ending"


def _counts_of(kinds: list[Kind], request: DataRequest) -> dict[str, int]:
    return {kind.name: request.counts.get(kind.name, 0) for kind in kinds}


def _cancel_others(request: DataRequest, user_id: UUID) -> None:
    others = DataRequest.objects.filter(
        person_id_was=user_id, status__in=DataRequest.OPEN
    ).exclude(id=request.id)
    others.update(status=DataRequest.Status.CANCELLED, finished=timezone.now())


def _beat(request: DataRequest) -> Callable[[], None]:
    """Now and then, while a piece takes long."""
    last = time.monotonic()

    def beat() -> None:
        nonlocal last
        if time.monotonic() - last > OFTEN:
            request.hold_on()
            last = time.monotonic()

    return beat


def _is_right(table: str, column: str) -> bool:
    return (table, column) in RIGHTLY
