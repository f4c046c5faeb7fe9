"""Whoever changes the log behind the product's back is found out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.management import CommandError

from accounts.models import AuditEvent
from tests.accounts.audit_attacks import (
    ATTACKS,
    MANY,
    cuts_off_the_end,
    deletes,
    deletes_and_closes_the_gap,
    edits_what,
    swaps,
)
from tests.audit_log import findings, row, verified, without_triggers

pytestmark = [pytest.mark.database, pytest.mark.django_db]
FIRST, MIDDLE, LAST = 1, 4, MANY
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
