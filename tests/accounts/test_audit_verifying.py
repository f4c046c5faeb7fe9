"""Whoever changes the log behind the product's back is found out."""

from __future__ import annotations

import json
import stat
import uuid
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.db.models import F
from django.utils import timezone

from accounts.audit import checkpoint, checkpoints, record
from accounts.audit.chain import digest
from accounts.audit.retention import trim
from accounts.audit.verifying import verify
from accounts.models import AuditAnchor, AuditEvent
from tests.audit_log import without_triggers

pytestmark = [pytest.mark.database, pytest.mark.django_db]
MANY = 7
FIRST, MIDDLE, LAST = 1, 4, MANY
HASHED = {"seq", "hash", "prev"}
AWAY = 1_000  # further than any number in these tests


@pytest.fixture(autouse=True)
def _elsewhere(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


@pytest.fixture
def log() -> list[AuditEvent]:
    """Seven events, each of another kind of act, and a checkpoint of the last."""
    acts = ["signed_in", "signed_out", "password_changed", "signed_up"]
    for number in range(MANY):
        some = ("conversations.conversation", str(uuid.uuid4()))
        record(f"accounts.{acts[number % len(acts)]}", subject=some, n=number)
    checkpoint()
    return list(AuditEvent.objects.all())


def row(seq: int) -> Any:
    return AuditEvent.objects.filter(seq=seq)


def findings(*, signed: bool = True) -> list[str]:
    file = checkpoints.path()
    return verify(checkpoints.read(file) if signed else ()).findings


def verified(*words: str) -> str:
    out = StringIO()
    call_command("verifyaudit", *words, stdout=out)
    return out.getvalue()


# --- what somebody does who has the database's files, and so no triggers


def edits_what(seq: int) -> None:
    row(seq).update(action="accounts.password_reset")


def edits_who(seq: int) -> None:
    row(seq).update(actor=uuid.uuid4())


def edits_when(seq: int) -> None:
    row(seq).update(time=F("time") + timedelta(microseconds=1))


def edits_the_details(seq: int) -> None:
    row(seq).update(details={"n": -1})


def edits_and_hashes_again(seq: int) -> None:
    """Without the key, and so with one of their own."""
    event = row(seq).get()
    event.subject_id = "somebody else"
    _write_on(event)


def deletes(seq: int) -> None:
    row(seq).delete()


def deletes_and_closes_the_gap(seq: int) -> None:
    row(seq).delete()
    _move(AuditEvent.objects.filter(seq__gt=seq), -1)


def swaps(seq: int) -> None:
    """With a neighbour: all but the numbers and what chains them."""
    other = seq - 1 if seq == LAST else seq + 1
    names = {field.name for field in AuditEvent._meta.fields} - HASHED
    mine, theirs = (row(each).values(*names).get() for each in (seq, other))
    row(seq).update(**theirs)
    row(other).update(**mine)


def puts_one_in(seq: int) -> None:
    """A copy of the event, in its place; what follows moves on."""
    made = row(seq).get()
    _move(AuditEvent.objects.filter(seq__gte=seq), 1)
    made.save(force_insert=True)


def cuts_off_the_end(seq: int) -> None:
    AuditEvent.objects.filter(seq__gte=seq).delete()


def cuts_off_the_beginning(seq: int) -> None:
    """With an anchor that they cannot sign."""
    event = row(seq).get()
    AuditAnchor.objects.create(
        seq=seq, head=event.hash, time=timezone.now(), signature="ab" * 64
    )
    AuditEvent.objects.filter(seq__lte=seq).delete()


def writes_all_anew(seq: int) -> None:
    """From here on, chained rightly, under a key of their own."""
    event = row(seq).get()
    event.ip = "198.51.100.0/24"
    _write_on(event)
    for after in AuditEvent.objects.filter(seq__gt=seq):
        after.prev = row(after.seq - 1).get().hash
        _write_on(after)


def _write_on(event: AuditEvent) -> None:
    event.hash = digest(b"a key of their own", event)
    event.save()


def _move(rows: Any, by: int) -> None:
    for seq in list(rows.values_list("seq", flat=True)):  # by way of free numbers
        row(seq).update(seq=seq + AWAY)
    AuditEvent.objects.filter(seq__gt=AWAY).update(seq=F("seq") - AWAY + by)


ATTACKS = [
    edits_what,
    edits_who,
    edits_when,
    edits_the_details,
    edits_and_hashes_again,
    deletes,
    deletes_and_closes_the_gap,
    swaps,
    puts_one_in,
    cuts_off_the_end,
    cuts_off_the_beginning,
    writes_all_anew,
]
# the end being gone leaves nothing in the log that could tell
ONLY_WITH_CHECKPOINTS = {
    (deletes, LAST),
    (deletes_and_closes_the_gap, LAST),
    (cuts_off_the_end, FIRST),
    (cuts_off_the_end, MIDDLE),
    (cuts_off_the_end, LAST),
}


@pytest.mark.parametrize("seq", [FIRST, MIDDLE, LAST], ids=["first", "middle", "last"])
@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_it_is_found(
    attack: Callable[[int], None], seq: int, log: list[AuditEvent]
) -> None:
    assert findings() == []

    with without_triggers():
        attack(seq)

    assert findings() != []
    alone = findings(signed=False) != []
    assert alone == ((attack, seq) not in ONLY_WITH_CHECKPOINTS)
    with pytest.raises(CommandError, match="not as it was written"):
        verified()


@pytest.mark.parametrize(
    ("attack", "told"),
    [
        (edits_what, ["Event 4 was changed."]),
        (deletes, ["Events 4 to 4 are missing."]),
        (
            deletes_and_closes_the_gap,
            [
                "Event 4 does not follow the one before it.",
                *(f"Event {n} was changed." for n in (4, 5, 6)),
            ],
        ),
        (swaps, ["Event 4 was changed.", "Event 5 was changed."]),
    ],
)
def test_what_is_told(
    attack: Callable[[int], None], told: list[str], log: list[AuditEvent]
) -> None:
    with without_triggers():
        attack(MIDDLE)

    assert findings(signed=False) == told


def test_a_cut_end_is_told_with_the_checkpoints_time(log: list[AuditEvent]) -> None:
    with without_triggers():
        cuts_off_the_end(6)

    (told,) = findings()
    assert told.startswith("The log ends at event 5, but it had 7 at 20")


def test_all_of_it_gone_is_told(log: list[AuditEvent]) -> None:
    with without_triggers():
        AuditEvent.objects.all().delete()

    (told,) = findings()
    assert told.startswith("The log ends at event 0, but it had 7 at ")


def test_what_cannot_be_read_is_told(log: list[AuditEvent]) -> None:
    with without_triggers():
        row(MIDDLE).update(details=["not", "ours"])

    assert findings() == ["Event 4 was changed."]


# --- checkpoints


def test_a_checkpoint_is_for_its_owner_only_and_is_not_repeated(
    log: list[AuditEvent],
) -> None:
    file = checkpoints.path()

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert checkpoint() is None
    assert len(file.read_text().splitlines()) == 1
    told = json.loads(file.read_text())
    assert (told["seq"], told["head"]) == (MANY, log[-1].hash)

    record("accounts.signed_in")
    assert checkpoint().seq == MANY + 1


def test_an_empty_log_has_no_checkpoint() -> None:
    assert checkpoint() is None
    assert not checkpoints.path().exists()


@pytest.mark.parametrize(
    "change",
    [{"seq": 3}, {"head": "f" * 64}, {"time": "2020-01-01"}, {"signature": "00"}],
    ids=lambda change: next(iter(change)),
)
def test_a_forged_checkpoint_is_told(
    change: dict[str, Any], log: list[AuditEvent]
) -> None:
    file = checkpoints.path()
    file.write_text(json.dumps(json.loads(file.read_text()) | change) + "\n")

    assert findings() == ["Checkpoint in line 1 is not signed by this key."]


@pytest.mark.parametrize("line", ["", "nonsense", "[]", "{}", '{"seq": 1}', "null"])
def test_a_line_that_is_no_checkpoint_is_told(line: str, log: list[AuditEvent]) -> None:
    with checkpoints.path().open("a") as file:
        file.write(line + "\n")

    assert findings() == ["Checkpoint in line 2 is not signed by this key."]


def test_after_so_many_events_one_is_written_by_itself(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    monkeypatch.setattr(checkpoints, "EVERY", 3)
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(7):
            record("accounts.signed_in")

    told = [each.seq for each in checkpoints.read(checkpoints.path())]
    assert told == [3, 6]
    assert findings() == []


# --- letting old events go


def make_old(seq: int) -> Any:
    return row(seq).get().time + timedelta(microseconds=1)


def test_a_trimmed_log_verifies(log: list[AuditEvent]) -> None:
    assert trim(make_old(MIDDLE)) == MIDDLE

    assert [event.seq for event in AuditEvent.objects.all()] == [5, 6, 7, 8]
    assert AuditEvent.objects.last().details == {"through": MIDDLE}
    assert findings() == []
    assert record("accounts.signed_in").seq == 9
    assert trim(make_old(5)) == 1
    assert findings() == []


def test_with_everything_old_the_event_about_it_stays(log: list[AuditEvent]) -> None:
    assert trim(timezone.now() + timedelta(days=1)) == MANY

    assert [event.seq for event in AuditEvent.objects.all()] == [MANY + 1]
    assert findings() == []


def test_nothing_old_changes_nothing(log: list[AuditEvent]) -> None:
    assert trim(log[0].time) == 0
    assert AuditEvent.objects.count() == MANY
    assert not AuditAnchor.objects.exists()


@pytest.mark.parametrize("seq", [5, 6, 8])
def test_after_a_trim_the_rest_is_kept_as_before(
    seq: int, log: list[AuditEvent]
) -> None:
    trim(make_old(MIDDLE))

    with pytest.raises(DatabaseError), transaction.atomic():
        row(seq).delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditAnchor.objects.all().delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditAnchor.objects.update(seq=6)
    with without_triggers():
        AuditAnchor.objects.update(seq=seq, head=row(seq).get().hash)
        AuditEvent.objects.filter(seq__lte=seq).delete()
    assert any("forged" in told for told in findings())


# --- the command


def test_the_command_tells_that_all_is_well(log: list[AuditEvent]) -> None:
    told = verified()

    assert "Verifying" in told and "7 of 7" in told
    assert told.endswith(
        "7 events, 1 to 7: the chain is whole; checkpoints that agree: 1.\n"
    )


def test_it_tells_that_without_checkpoints_the_end_is_not_proven(
    log: list[AuditEvent],
) -> None:
    checkpoints.path().unlink()

    assert "its end may have been cut off" in verified()
    assert "Checkpoint of event 7 written." in verified("--sign")
    assert "checkpoints that agree: 1" in verified()


def test_a_copy_from_elsewhere_can_be_used(
    log: list[AuditEvent], tmp_path: Path
) -> None:
    copy = checkpoints.path().rename(tmp_path / "copy.jsonl")
    with without_triggers():
        deletes(LAST)

    assert "its end may have been cut off" in verified()
    with pytest.raises(CommandError):
        verified("--checkpoints", str(copy))
    with pytest.raises(CommandError, match="There is no file"):
        verified("--checkpoints", str(tmp_path / "none"))


def test_another_key_is_told_as_such(log: list[AuditEvent], settings: Any) -> None:
    settings.AUDIT_KEY = "another key of the house, as long as the first"

    told = findings()
    assert told[0].startswith("No event fits the key.")
    assert "Checkpoint in line 1 is not signed by this key." in told


def test_an_empty_log_is_well() -> None:
    assert verified().endswith("The audit log is empty.\n")
