"""Requests are claimed by one, taken over when it dies, tried again, and given up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core import mail
from django.utils import timezone

from accounts import data_requests
from accounts.data_requests import ATTEMPTS, OnHold, Worker, ask, beat, cancel
from accounts.models import AuditEvent, DataRequest, LegalHold, TakenOver, User

pytestmark = [pytest.mark.database, pytest.mark.django_db]
Kind, Status, Origin = DataRequest.Kind, DataRequest.Status, DataRequest.Origin
Work = Callable[[DataRequest], bool]


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Callable[[Work], None]:
    """What exports and erasures are from now on."""

    def use(piece: Work) -> None:
        table = {Kind.EXPORT: piece, Kind.ERASE: piece}
        monkeypatch.setattr(data_requests, "WORK", table)

    return use


@pytest.fixture
def asked(alice: User) -> DataRequest:
    return ask(Kind.EXPORT, alice, by=alice, origin="person")


def again(request: DataRequest) -> DataRequest:
    return DataRequest.objects.get(pk=request.pk)


def let_heart_stop() -> None:
    DataRequest.objects.update(heartbeat=timezone.now() - timedelta(minutes=1))


def events(action: str) -> int:
    return AuditEvent.objects.filter(action=f"accounts.{action}").count()


def test_asking_twice_is_one_request(alice: User, asked: DataRequest) -> None:
    second = ask(Kind.EXPORT, alice, by=alice, origin="person")

    assert second == asked
    assert events("export_asked") == 1
    assert (asked.pseudonym, asked.asked_by) == (alice.pseudonym.id,) * 2
    assert asked.due > timezone.now() + timedelta(days=29)


@pytest.mark.parametrize(
    ("asked_on", "due_on"),
    [
        ("2026-11-21", "2026-12-21"),
        ("2026-12-15", "2027-01-14"),  # thirty days
        ("2027-01-31", "2027-02-28"),
        ("2027-02-10", "2027-03-10"),
        ("2028-01-30", "2028-02-29"),
    ],
)
def test_it_is_due_within_a_month_however_short_that_is(
    asked_on: str, due_on: str
) -> None:
    moment = datetime.fromisoformat(f"{asked_on}T09:30:00+00:00")

    assert data_requests.due(moment).isoformat() == f"{due_on}T09:30:00+00:00"


def test_nothing_to_do_is_told(work: Callable[[Work], None]) -> None:
    work(lambda request: True)

    assert Worker().advance() is False


def test_a_request_is_worked_on_until_it_is_done(
    asked: DataRequest, work: Callable[[Work], None]
) -> None:
    left = [True, True, False]
    work(lambda request: left.pop(0))
    worker = Worker()

    assert [worker.advance() for _ in range(4)] == [True, True, True, False]
    request = again(asked)
    assert (request.status, request.runner) == (Status.DONE, None)
    assert request.started <= request.finished


def test_the_most_urgent_comes_first_and_what_was_begun_before_all(
    asked: DataRequest, bob: User, work: Callable[[Work], None]
) -> None:
    urgent = ask(Kind.EXPORT, bob, by=bob, origin="person")
    DataRequest.objects.filter(pk=urgent.pk).update(due=timezone.now())
    seen: list[UUID] = []
    work(lambda request: bool(seen.append(request.pk)) or len(seen) < 2)
    worker = Worker()

    worker.advance()
    DataRequest.objects.filter(pk=asked.pk).update(due=timezone.now())
    for _ in range(2):
        worker.advance()

    assert seen == [urgent.pk, urgent.pk, asked.pk]


def test_two_workers_never_have_the_same(
    asked: DataRequest, work: Callable[[Work], None]
) -> None:
    work(lambda request: True)
    one, other = Worker(), Worker()

    assert one.advance() is True
    assert other.advance() is False
    let_heart_stop()
    both_read = again(asked), again(asked)
    assert [other.claim(both_read[0]), Worker().claim(both_read[1])] == [True, False]
    assert again(asked).runner == other.id


def test_a_dead_workers_request_is_taken_over_and_it_lets_go(
    asked: DataRequest, work: Callable[[Work], None]
) -> None:
    work(lambda request: True)
    dead, heir = Worker(), Worker()
    dead.advance()
    held = again(asked)
    let_heart_stop()

    assert heir.advance() is True
    assert again(asked).runner == heir.id
    assert again(asked).attempts == 1
    with pytest.raises(TakenOver):
        beat(held)
    assert dead.carry_on(held) is False
    assert again(asked).runner == heir.id


def test_what_kills_every_worker_is_given_up(
    asked: DataRequest, work: Callable[[Work], None]
) -> None:
    work(lambda request: True)
    for _ in range(ATTEMPTS):
        assert Worker().advance() is True
        let_heart_stop()

    assert Worker().advance() is False
    assert again(asked).status == Status.FAILED
    assert events("request_failed") == 1


def test_work_that_fails_is_tried_again_after_a_while_then_given_up(
    asked: DataRequest, work: Callable[[Work], None]
) -> None:
    tries = []

    def fail(request: DataRequest) -> bool:
        tries.append(request.pk)
        raise ValueError("with words of somebody's")

    work(fail)
    worker = Worker()
    for number in range(1, ATTEMPTS + 1):
        with pytest.raises(ValueError, match="words"):
            worker.advance()
        assert worker.advance() is False  # not at once
        assert (len(tries), again(asked).problem) == (number, "ValueError")
        let_heart_stop()

    assert worker.advance() is False
    assert again(asked).status == Status.FAILED
    assert (again(asked).finished is not None, events("request_failed")) == (True, 1)


def test_one_that_fails_does_not_keep_others_waiting(
    asked: DataRequest, bob: User, work: Callable[[Work], None]
) -> None:
    other = ask(Kind.EXPORT, bob, by=bob, origin="person")
    DataRequest.objects.filter(pk=asked.pk).update(due=timezone.now())

    def piece(request: DataRequest) -> bool:
        if request.pk == asked.pk:
            raise ValueError
        return False

    work(piece)
    with pytest.raises(ValueError):
        Worker().advance()

    assert Worker().advance() is True
    assert again(other).status == Status.DONE


def test_a_success_after_a_failure_leaves_no_problem(
    asked: DataRequest, work: Callable[[Work], None]
) -> None:
    answers: list[bool | Exception] = [ValueError(), False]

    def piece(request: DataRequest) -> bool:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    work(piece)
    with pytest.raises(ValueError):
        Worker().advance()
    let_heart_stop()
    Worker().advance()

    assert (again(asked).status, again(asked).problem) == (Status.DONE, "")


@pytest.mark.parametrize(("kind", "left"), [(Kind.ERASE, 0), (Kind.EXPORT, 1)])
def test_only_what_is_resumed_goes_forward_by_its_pieces(
    kind: str, left: int, alice: User, work: Callable[[Work], None]
) -> None:
    work(lambda request: True)
    request = ask(kind, alice, by=None, origin="command")
    Worker().advance()
    let_heart_stop()

    Worker().advance()

    assert again(request).attempts == left


def test_an_erasure_waits_out_its_grace_and_the_person_sees_until_when(
    alice: User, work: Callable[[Work], None]
) -> None:
    work(lambda request: False)
    request = ask(Kind.ERASE, alice, by=alice, origin="person", grace=True)
    alice.refresh_from_db()

    assert request.status == Status.WAITING
    assert alice.erased_from == request.not_before > timezone.now()
    assert Worker().advance() is False
    DataRequest.objects.update(not_before=timezone.now())
    assert Worker().advance() is True
    assert again(request).status == Status.DONE


def test_a_change_of_mind_ends_it(alice: User) -> None:
    request = ask(Kind.ERASE, alice, by=alice, origin="person", grace=True)

    assert cancel(request.pk, by=alice) is True
    assert cancel(request.pk, by=alice) is False
    alice.refresh_from_db()
    assert (again(request).status, alice.erased_from) == (Status.CANCELLED, None)
    assert events("erasure_cancelled") == 1
    assert ask(Kind.ERASE, alice, by=alice, origin="person") != request


def test_what_has_begun_cannot_be_taken_back(
    asked: DataRequest, alice: User, work: Callable[[Work], None]
) -> None:
    work(lambda request: True)
    Worker().advance()

    assert cancel(asked.pk, by=alice) is False
    assert again(asked).status == Status.RUNNING


def test_a_legal_hold_refuses_an_erasure_and_not_an_export(alice: User) -> None:
    hold = LegalHold.objects.create(person=alice, reference="case 7")

    with pytest.raises(OnHold):
        ask(Kind.ERASE, alice, by=alice, origin="person")
    assert not DataRequest.objects.exists()
    ask(Kind.EXPORT, alice, by=alice, origin="person")
    hold.lifted = timezone.now()
    hold.save()
    assert ask(Kind.ERASE, alice, by=alice, origin="person").kind == Kind.ERASE


@pytest.mark.parametrize(
    ("kind", "origin", "told"),
    [
        (Kind.EXPORT, Origin.PERSON, []),
        (Kind.EXPORT, Origin.ADMIN, ["A copy of your data was asked for"]),
        (Kind.ERASE, Origin.PERSON, ["Your account will be erased"]),
        (Kind.ERASE, Origin.ADMIN, ["Your account is being erased"]),
        (Kind.ERASE, Origin.COMMAND, []),
    ],
)
def test_people_hear_by_mail_what_is_asked_about_them(
    kind: str,
    origin: str,
    told: list[str],
    alice: User,
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        ask(kind, alice, by=None, origin=origin)
        ask(kind, alice, by=None, origin=origin)  # it is asked for already

    assert [letter.subject for letter in mail.outbox] == [
        f"[Understory] {subject}" for subject in told
    ]
    assert all(letter.to == [alice.email] for letter in mail.outbox)
