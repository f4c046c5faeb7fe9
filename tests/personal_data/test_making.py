"""An export is made in pieces, sealed, downloaded once, and never by halves."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import exporting, personal_data
from accounts.data_requests import Worker, ask
from accounts.exporting import NoSuchExport, making, parts
from accounts.models import (
    AuditEvent,
    DataRequest,
    ExportPart,
    Policy,
    TakenOver,
    User,
)
from accounts.policies import forget
from chatsite.lib.crypto import CannotOpen
from tests.personal import fill
from tests.personal_data.archives import Opened

pytestmark = [pytest.mark.database, pytest.mark.django_db]
Status = DataRequest.Status


@pytest.fixture
def asked(alice: User) -> DataRequest:
    fill(alice)
    return ask(DataRequest.Kind.EXPORT, alice, by=alice, origin="person")


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """One document's piece at a time, in parts of some bytes."""
    monkeypatch.setattr(making, "PIECE", 0)
    monkeypatch.setattr(parts, "PART", 1_000)


def made(request: DataRequest) -> DataRequest:
    worker = Worker()
    while worker.advance():
        pass
    request.refresh_from_db()
    assert request.status == Status.DONE
    return request


def actions() -> list[str]:
    events = AuditEvent.objects.order_by("seq").values_list("action", flat=True)
    return [each for each in events if "export" in each]


def test_it_is_made_piece_by_piece_and_downloaded_whole(
    alice: User, asked: DataRequest, small_pieces: None
) -> None:
    worker, steps, done = Worker(), [], []
    while worker.advance():
        asked.refresh_from_db()
        steps.append(asked.step)
        done.append(asked.done)

    asked.refresh_from_db()
    assert (asked.status, asked.runner, asked.problem) == (Status.DONE, None, "")
    assert {"account", "facts", "conversations", "files"} <= set(steps)
    # the last look is at an export that is whole
    assert done == sorted(done) and done[-1] == asked.total > 0
    assert asked.counts == personal_data.counts(alice.pk) | {"data_requests": 2} | {
        "activity": asked.counts["activity"],
        "export_parts": 1,
    }
    assert asked.expires > timezone.now() + timedelta(hours=23)
    download = exporting.download(asked.pk, by=alice)
    data = b"".join(download.pieces)
    assert len(data) == download.size == asked.size
    assert Opened(data).json("manifest.json")["person"]["email"] == alice.email


def test_its_parts_are_sealed_and_bounded(
    asked: DataRequest, small_pieces: None
) -> None:
    made(asked)

    rows = list(ExportPart.objects.filter(request=asked))
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    assert len(rows) > 10
    assert all(len(row.sealed) <= 1_000 + 29 for row in rows)
    assert not any(b"account" in bytes(row.sealed) for row in rows)


@pytest.mark.parametrize("harm", ["changed", "moved", "missing"])
def test_a_part_that_was_tampered_with_opens_nothing(
    harm: str, alice: User, asked: DataRequest, small_pieces: None
) -> None:
    made(asked)
    first, second = ExportPart.objects.filter(request=asked)[:2]
    if harm == "changed":
        ExportPart.objects.filter(pk=first.pk).update(sealed=b"\x01" * 40)
    elif harm == "moved":
        ExportPart.objects.filter(pk=first.pk).update(sealed=second.sealed)
    else:
        first.delete()

    with pytest.raises(CannotOpen):
        b"".join(exporting.download(asked.pk, by=alice).pieces)


def test_nothing_can_be_downloaded_before_it_is_whole(
    alice: User, asked: DataRequest, small_pieces: None
) -> None:
    worker = Worker()
    for _ in range(20):
        assert worker.advance()
        with pytest.raises(NoSuchExport):
            exporting.download(asked.pk, by=alice)
    assert ExportPart.objects.filter(request=asked).exists()


def test_a_process_that_dies_leaves_an_export_that_begins_again(
    alice: User, asked: DataRequest, small_pieces: None
) -> None:
    dead = Worker()
    for _ in range(20):
        dead.advance()
    left = set(ExportPart.objects.filter(request=asked).values_list("pk", flat=True))
    _let_its_heart_stop(asked)

    made(asked)

    now = set(ExportPart.objects.filter(request=asked).values_list("pk", flat=True))
    assert left and not left & now
    Opened(b"".join(exporting.download(asked.pk, by=alice).pieces))


def test_one_that_was_taken_for_dead_lets_go(
    alice: User, asked: DataRequest, small_pieces: None
) -> None:
    slow, fast = Worker(), Worker()
    for _ in range(20):
        slow.advance()
    mine = DataRequest.objects.get(pk=asked.pk)
    _let_its_heart_stop(asked)
    assert fast.advance()
    before = ExportPart.objects.filter(request=asked).count()

    while slow.carry_on(mine):
        pass

    assert ExportPart.objects.filter(request=asked).count() == before
    while fast.advance():
        pass
    asked.refresh_from_db()
    assert asked.status == Status.DONE
    Opened(b"".join(exporting.download(asked.pk, by=alice).pieces))


def test_it_is_downloaded_once_and_then_gone(alice: User, asked: DataRequest) -> None:
    made(asked)

    b"".join(exporting.download(asked.pk, by=alice).pieces)

    with pytest.raises(NoSuchExport):
        exporting.download(asked.pk, by=alice)
    asked.refresh_from_db()
    assert asked.downloaded is not None
    assert not ExportPart.objects.filter(request=asked).exists()
    assert actions() == [
        "accounts.export_asked",
        "accounts.export_made",
        "accounts.export_downloaded",
    ]


def test_a_line_that_breaks_costs_nothing(
    alice: User, asked: DataRequest, small_pieces: None
) -> None:
    made(asked)
    broken = exporting.download(asked.pk, by=alice)
    next(broken.pieces)

    whole = b"".join(exporting.download(asked.pk, by=alice).pieces)

    Opened(whole)
    assert actions().count("accounts.export_downloaded") == 2


def test_of_two_downloads_at_once_one_gets_the_end(
    alice: User, asked: DataRequest, small_pieces: None
) -> None:
    made(asked)
    first = exporting.download(asked.pk, by=alice)
    second = exporting.download(asked.pk, by=alice)
    begun = [next(second.pieces)]

    Opened(b"".join(first.pieces))

    with pytest.raises((NoSuchExport, CannotOpen)):
        begun.extend(second.pieces)
    assert sum(map(len, begun)) < second.size


def test_nobody_else_gets_it(alice: User, bob: User, asked: DataRequest) -> None:
    made(asked)

    for stranger in (bob, User(email="nobody@example.org")):
        with pytest.raises(NoSuchExport):
            exporting.download(asked.pk, by=stranger)
    with pytest.raises(NoSuchExport):
        exporting.download(uuid4(), by=alice)
    assert "accounts.export_downloaded" not in actions()


def test_who_may_export_others_gets_it_and_the_person_is_told(
    alice: User, admin_person: User, asked: DataRequest
) -> None:
    made(asked)

    Opened(b"".join(exporting.download(asked.pk, by=admin_person).pieces))

    event = AuditEvent.objects.get(action="accounts.export_downloaded")
    assert event.subject_id == str(alice.pseudonym.id)
    assert event.actor == admin_person.pseudonym.id


def test_it_expires_and_its_parts_go(
    alice: User, asked: DataRequest, small_pieces: None
) -> None:
    Policy.objects.create(name="export_hours", value=2)
    forget()
    made(asked)
    assert asked.expires < timezone.now() + timedelta(hours=2)
    while exporting.purge():
        pass
    assert ExportPart.objects.filter(request=asked).exists()

    DataRequest.objects.filter(pk=asked.pk).update(expires=timezone.now())

    with pytest.raises(NoSuchExport):
        exporting.download(asked.pk, by=alice)
    purged = 0
    while exporting.purge():
        purged += 1
    assert not ExportPart.objects.exists() and purged > 0


def test_parts_of_an_export_that_is_being_made_are_not_purged(
    asked: DataRequest, small_pieces: None
) -> None:
    worker = Worker()
    for _ in range(20):
        worker.advance()
    while exporting.purge():
        pass

    assert ExportPart.objects.filter(request=asked).exists()
    DataRequest.objects.filter(pk=asked.pk).update(status=Status.FAILED)
    while exporting.purge():
        pass
    assert not ExportPart.objects.exists()


def test_an_erasure_ends_the_exports_of_its_person(
    alice: User, bob: User, asked: DataRequest, small_pieces: None
) -> None:
    his = ask(DataRequest.Kind.EXPORT, bob, by=bob, origin="person")
    worker = Worker()
    assert worker.advance()

    for hook in personal_data.hooks_before():
        hook(alice.pk)

    asked.refresh_from_db()
    his.refresh_from_db()
    assert (asked.status, his.status) == (Status.CANCELLED, Status.QUEUED)
    with pytest.raises(TakenOver):
        asked.hold_on()


def test_a_piece_does_a_bounded_number_of_queries(
    asked: DataRequest, small_pieces: None
) -> None:
    """However much there is: one document's batch at a time."""
    worker, most = Worker(), 0
    while True:
        with CaptureQueriesContext(connection) as queries:
            more = worker.advance()
        most = max(most, len(queries))
        if not more:
            break

    assert 0 < most <= 80  # the first piece counts all kinds


def _let_its_heart_stop(request: DataRequest) -> None:
    long_ago = timezone.now() - timedelta(minutes=1)
    DataRequest.objects.filter(pk=request.pk).update(heartbeat=long_ago)
