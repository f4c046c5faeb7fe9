"""Going through the whole log and saying what is wrong with it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db.models import QuerySet

from accounts.audit import retention
from accounts.audit.chain import GENESIS, digest
from accounts.audit.checkpoints import Checkpoint
from accounts.audit.keys import chain_key
from accounts.models import AuditAnchor, AuditEvent

BATCH = 2_000
KEPT = 50  # findings with words; the rest is counted


@dataclass(slots=True)
class Report:
    events: int = 0
    unfit: int = 0  # whose hash is not that of the row under our key
    first: int = 0
    last: int = 0
    checkpoints: int = 0  # that the log agrees with
    found: int = 0
    findings: list[str] = field(default_factory=list)

    def add(self, finding: str) -> None:
        self.found += 1
        if len(self.findings) < KEPT:
            self.findings.append(finding)


def verify(
    checkpoints: Iterable[Checkpoint | None] = (),
    seen: Callable[[int], object] = lambda count: None,
) -> Report:
    """``seen`` is told how many events were looked at since it was called last."""
    walk = Walk(checkpoints)
    while walk.go_on():
        seen(walk.looked_at)
    seen(walk.looked_at)
    return walk.report


class Walk:
    """Through the log, a piece at a time; ``report`` and ``head`` are where it is, so
    that it can be left and taken up again: ``again`` is what ``left`` gave.
    """

    def __init__(
        self,
        checkpoints: Iterable[Checkpoint | None] = (),
        again: dict[str, Any] | None = None,
    ) -> None:
        self.looked_at = 0  # events, in the last piece
        lines = list(enumerate(checkpoints, 1))
        if again:
            kept = dict(again)
            self.head, self._through = kept.pop("head"), kept.pop("through")
            self.report = Report(**kept)
        else:
            self.report, self.head, self._through = Report(), "", None
            for line, each in lines:
                if each is None:
                    _unsigned(self.report, line)
        after = -1 if again is None else self.report.last
        told = [(c.seq, line, c) for line, c in lines if c and c.seq > after]
        self._told = deque(sorted(told, key=lambda each: each[:2]))

    def left(self) -> dict[str, Any]:
        return asdict(self.report) | {"head": self.head, "through": self._through}

    def go_on(self, at_most: int = BATCH) -> bool:
        """Look at so many events; whether there are more."""
        report = self.report
        begins = not self.head
        if begins:
            report.last, self.head = _beginning(report)
        events, whole = _events(report, self._through, at_most)
        more = whole and len(events) == at_most
        signed = self._signed(events[-1].seq if more else None)
        if begins:
            _compare(report, signed.pop(report.last, None), report.last, self.head)
        for event in events:
            self._look_at(event, signed)
        self.looked_at = len(events)
        if not more:
            _look_beyond(report, signed)
            _judge_key(report)
        return more

    def _look_at(self, event: AuditEvent, signed: dict[int, Checkpoint]) -> None:
        report = self.report
        report.events += 1
        self._through = event.seq
        if event.seq <= report.last:  # they ascend: it is before the beginning
            report.add(f"Event {event.seq:,} should have gone: the log begins later.")
            return
        _follow(report, event, self.head)
        _compare(report, signed.pop(event.seq, None), event.seq, event.hash)
        self.head, report.last = event.hash, event.seq
        report.first = report.first or event.seq

    def _signed(self, through: int | None) -> dict[int, Checkpoint]:
        """The good ones up to there, by number; of two that disagree, the log agrees
        with one.
        """
        good: dict[int, Checkpoint] = {}
        while self._told and (through is None or self._told[0][0] <= through):
            _, line, each = self._told.popleft()
            if not each.is_good():
                _unsigned(self.report, line)
            elif good.setdefault(each.seq, each).head != each.head:
                self.report.add(f"Two checkpoints of event {each.seq:,} differ.")
        return good


def _events(
    report: Report, after: int | None, at_most: int
) -> tuple[list[AuditEvent], bool]:
    """The next ones, and whether they could all be read."""
    rows = AuditEvent.objects.order_by("seq")
    rows = rows if after is None else rows.filter(seq__gt=after)
    events: list[AuditEvent] = []
    try:
        events += rows[:at_most].iterator(at_most)
    except (ValueError, TypeError):  # a time that is none, say
        events += _readable(rows, at_most)
        last = events[-1].seq if events else report.last
        report.add(f"What follows event {last:,} cannot be read.")
        return events, False
    return events, True


def _readable(rows: QuerySet[AuditEvent], at_most: int) -> Iterator[AuditEvent]:
    """Up to the one that is not."""
    for seq in list(rows.values_list("seq", flat=True)[:at_most]):
        try:
            yield AuditEvent.objects.get(seq=seq)
        except (ValueError, TypeError):
            return


def _unsigned(report: Report, line: int) -> None:
    report.add(f"Checkpoint in line {line:,} is not signed by this key.")


def _beginning(report: Report) -> tuple[int, str]:
    """Where the log begins: at its start, or after the last good anchor."""
    seq, head = 0, GENESIS
    for anchor in AuditAnchor.objects.order_by("seq"):
        if retention.is_good(anchor):
            seq, head = anchor.seq, anchor.head
        else:
            report.add(f"The anchor at event {anchor.seq:,} is forged.")
    return seq, head


def _follow(report: Report, event: AuditEvent, head: str) -> None:
    expected = report.last + 1
    if event.seq != expected:
        missing = f"{expected:,} to {event.seq - 1:,}"
        report.add(f"Events {missing} are missing.")
    elif event.prev != head:
        report.add(f"Event {event.seq:,} does not follow the one before it.")
    if not _fits(event):
        report.unfit += 1
        report.add(f"Event {event.seq:,} was changed.")


def _fits(event: AuditEvent) -> bool:
    try:
        return digest(chain_key(), event) == event.hash
    except (ValueError, TypeError, AttributeError):  # nothing that we wrote
        return False


def _compare(report: Report, signed: Checkpoint | None, seq: int, head: str) -> None:
    if signed is None:
        return
    if signed.head == head:
        report.checkpoints += 1
    else:
        report.add(f"Event {seq:,} is not the one in the checkpoint of {signed.time}.")


def _look_beyond(report: Report, unseen: dict[int, Checkpoint]) -> None:
    """A checkpoint of an event that is not there: the end was cut off."""
    last = max(unseen, default=0)
    if last > report.last:
        report.add(
            f"The log ends at event {report.last:,}, but it had {last:,} at"
            f" {unseen[last].time}: its end was cut off."
        )


def _judge_key(report: Report) -> None:
    if report.events > 1 and report.unfit == report.events:
        report.findings.insert(
            0,
            "No event fits the key. Either AUDIT_KEY is not the one that this log was"
            " written with, or all of it was changed.",
        )
