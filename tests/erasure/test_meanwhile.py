"""What happens while a person is being erased: holds, and replies under way."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts import data_requests, holds, personal_data
from accounts.erasure import steps
from accounts.models import (
    DataRequest,
    LegalHold,
    User,
)
from conversations.models import Conversation, Message
from tests.erasure.watching import (
    ask,
    carry_out,
    left_alone,
)
from tests.factories import create_conversation

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
SQLITE = connection.vendor == "sqlite"


@pytest.fixture(autouse=True)
def elsewhere(settings: Any, tmp_path: Any) -> None:
    settings.VAR_DIR = tmp_path


# --- legal holds
def test_a_hold_that_was_placed_after_the_asking_is_waited_for(alice: User) -> None:
    talk = create_conversation(alice, messages=2)
    request = ask(alice)
    hold = holds.place(alice, "case 7", by=None)

    carry_out(request)

    request.refresh_from_db()
    assert request.status == DataRequest.Status.WAITING
    assert request.problem == holds.WAITS
    assert request.not_before > timezone.now()
    assert User.objects.get(pk=alice.pk).is_active
    assert Message.objects.filter(conversation=talk).count() == 2

    assert request.started is None  # nothing was done yet

    holds.lift(hold.id, by=None)
    while data_requests.Worker().advance():  # who knows nothing of holds
        left_alone(request)
    request.refresh_from_db()
    assert request.certificate["remains"] == {}
    assert not LegalHold.objects.exists()


def test_one_of_two_holds_is_enough(alice: User) -> None:
    request = ask(alice)
    first, second = (holds.place(alice, case, by=None) for case in ("7", "8"))
    carry_out(request)

    holds.lift(first.id, by=None)
    request.refresh_from_db()
    assert request.status == DataRequest.Status.WAITING

    holds.lift(second.id, by=None)
    request.refresh_from_db()
    assert (request.status, request.problem) == (DataRequest.Status.QUEUED, "")


def test_a_lifted_hold_does_not_shorten_the_time_to_think(alice: User) -> None:
    request = ask(alice, grace=True)
    holds.lift(holds.place(alice, "case 7", by=None).id, by=None)

    request.refresh_from_db()
    assert request.status == DataRequest.Status.WAITING
    assert request.not_before > timezone.now()


def test_who_is_kept_by_a_hold_can_still_change_their_mind(alice: User) -> None:
    request = ask(alice)
    hold = holds.place(alice, "case 7", by=None)
    carry_out(request)

    assert data_requests.cancel(request.id, by=alice)
    holds.lift(hold.id, by=None)

    request.refresh_from_db()
    assert request.status == DataRequest.Status.CANCELLED


def test_a_hold_stops_an_erasure_that_has_begun(alice: User) -> None:
    create_conversation(alice, messages=2)
    request = ask(alice)
    carry_out(request, pieces=3)
    holds.place(alice, "case 7", by=None)
    left_alone(request)

    carry_out(request)

    request.refresh_from_db()
    assert request.status == DataRequest.Status.WAITING
    assert not data_requests.cancel(request.id, by=alice)  # it had begun
    assert Message.objects.filter(conversation__owner=alice).count() == 2


# --- what comes in meanwhile
def test_what_a_reply_under_way_still_writes_is_deleted_too(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = ask(alice)
    late: list[Conversation] = []

    def write(user_id: Any) -> bool:
        if not late:
            late.append(create_conversation(alice, messages=2))
        return False

    monkeypatch.setattr(personal_data, "hooks_after", lambda: [write])

    certificate = carry_out(request).certificate

    assert certificate["remains"] == {}
    assert not Conversation.objects.filter(pk=late[0].pk).exists()


def test_what_writes_on_for_ever_is_a_failure_and_no_certificate(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = ask(alice)

    def write(user_id: Any) -> bool:
        create_conversation(alice)
        return False

    monkeypatch.setattr(personal_data, "hooks_after", lambda: [write])

    with pytest.raises(steps.StillMore):
        carry_out(request)

    request.refresh_from_db()
    assert (request.problem, request.certificate) == ("StillMore", None)
