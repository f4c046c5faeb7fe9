"""What is told of the log outside the database, what may leave it, and the command."""

from __future__ import annotations

import json
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.audit import checkpoint, checkpoints, record, rules
from accounts.audit.retention import trim
from accounts.models import AuditAnchor, AuditEvent
from tests.accounts.audit_attacks import MANY, deletes
from tests.audit_log import findings, migration, row, verified, without_triggers

pytestmark = [pytest.mark.database, pytest.mark.django_db]
MIDDLE, LAST = 4, MANY


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


def test_an_empty_log_has_no_checkpoint(elsewhere: None) -> None:
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
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
    elsewhere: None,
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


def test_a_database_that_lets_it_be_changed_is_told(log: list[AuditEvent]) -> None:
    assert rules.missing() == []
    with without_triggers(), pytest.raises(CommandError, match="audit_event_changed"):
        verified()
    assert {f"audit_{name}" for name in migration.REFUSALS} == rules.RULES


def test_an_empty_log_is_well(elsewhere: None) -> None:
    assert verified().endswith("The audit log is empty.\n")
