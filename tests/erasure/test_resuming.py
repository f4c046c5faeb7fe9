"""A process that dies in the middle of an erasure leaves it to the next."""

from __future__ import annotations

import pkgutil
from typing import Any

import pytest
from django.db import connection

from accounts import keyring, personal_data
from accounts.erasure import sought_by, steps
from accounts.models import AuditEvent, DataRequest, User
from chatsite.lib.crypto import CannotOpen
from tests import personal
from tests.audit_log import findings
from tests.base import make_person
from tests.erasure.watching import (
    ask,
    carry_out,
    database_files,
    forms_of,
    found_in,
    left_alone,
    rows_of_everybody,
)

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


class Died(BaseException):
    """As SIGKILL: nothing of the program runs after it."""


@pytest.fixture(autouse=True)
def elsewhere(settings: Any, tmp_path: Any) -> None:
    settings.VAR_DIR = tmp_path


def test_each_step_can_be_done_again(bob: User) -> None:
    """After every single piece the worker dies, and another does that piece again."""
    personal.fill(bob)
    others = rows_of_everybody()
    alice = make_person("Alice")
    marks = personal.fill(alice)
    request = ask(alice)
    before: list[str] = []
    while request.certificate is None:
        step = request.step
        carry_out(request, pieces=1)
        left_alone(request)
        if request.certificate is None and request.step != step:
            before.append(step)
            # what was done is stored, and that it was is not
            DataRequest.objects.filter(id=request.id).update(step=step)
            carry_out(request, pieces=1)
            left_alone(request)

    assert before == ["", *list(steps._steps())[1:-1]]
    assert carry_out(request).status == DataRequest.Status.DONE
    assert request.certificate["remains"] == {}
    assert not others - rows_of_everybody()
    assert not any(
        count
        for name, count in personal_data.counts(alice.id).items()
        if name not in personal.ABSENT
    )
    assert findings(signed=False) == []
    acts = AuditEvent.objects.filter(subject_id=str(request.pseudonym))
    told = [event.action for event in acts.order_by("seq")]
    assert told.count("accounts.erasure_began") == told.count("accounts.erased") == 1
    if connection.vendor == "sqlite":
        sought = [marks.seed, alice.email, *forms_of(alice.id)]
        assert found_in(database_files("default"), sought) == []


@pytest.mark.parametrize(
    "where",
    [
        "accounts.erasure.steps.note",
        "accounts.erasure.steps.ErasedPerson.objects.update_or_create",
        "accounts.erasure.steps.search",
        "accounts.erasure.steps.keyring.destroy",
        "accounts.erasure.steps.compact",
        "accounts.erasure.steps.certificates.make",
        "accounts.erasure.steps.cut_log",
    ],
)
@pytest.mark.parametrize("after", [False, True])
def test_whoever_dies_inside_a_step_is_gone_on_from(
    where: str, after: bool, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    personal.fill(alice)
    request = ask(alice)
    with monkeypatch.context() as patched:
        patched.setattr(where, dying(where, after))
        with pytest.raises(Died):
            carry_out(request)
    left_alone(request)

    certificate = carry_out(request).certificate

    assert certificate["remains"] == {}
    assert certificate["rows"]["before"]["messages"] > 0
    with pytest.raises(CannotOpen):
        keyring.data_key(alice.id)
    assert findings(signed=False) == []


def dying(where: str, after: bool) -> Any:
    original = pkgutil.resolve_name(where)

    def act(*words: Any, **options: Any) -> Any:
        if after:
            original(*words, **options)
        raise Died

    return act


def test_who_is_erased_is_known_until_the_key_is_gone(alice: User) -> None:
    request = ask(alice)
    assert sought_by(request) is None
    known: list[str] = []
    while request.certificate is None:
        carry_out(request, pieces=1)
        left_alone(request)
        sought = sought_by(request)
        assert sought is None or sought.emails == (alice.email,)
        known.append(request.step if sought else "")

    assert known.index("") == len(known) - 2
    assert known[-3] == "the key"


def test_an_erasure_that_an_older_version_began_is_gone_on_with(alice: User) -> None:
    personal.fill(alice)
    request = ask(alice)
    carry_out(request, pieces=9)
    DataRequest.objects.filter(id=request.id).update(step="a kind of former times")
    left_alone(request)

    assert carry_out(request).certificate["remains"] == {}
