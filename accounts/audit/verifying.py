"""Going through the whole log and saying what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

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
    report = Report()
    signed = _signed(report, checkpoints)
    seq, head = _beginning(report)
    report.last = seq
    _compare(report, signed.pop(seq, None), seq, head)
    for event in _events(report):
        report.events += 1
        if report.events % BATCH == 0:
            seen(BATCH)
        if event.seq <= seq:
            report.add(f"Event {event.seq:,} should have gone: the log begins later.")
            continue
        _follow(report, event, head)
        _compare(report, signed.pop(event.seq, None), event.seq, event.hash)
        head, report.last = event.hash, event.seq
        report.first = report.first or event.seq
    seen(report.events % BATCH)
    _look_beyond(report, signed)
    _judge_key(report)
    return report


def _events(report: Report) -> Iterator[AuditEvent]:
    try:
        yield from AuditEvent.objects.order_by("seq").iterator(BATCH)
    except (ValueError, TypeError):  # a time that is none, say
        report.add(f"What follows event {report.last:,} cannot be read.")


def _signed(
    report: Report, checkpoints: Iterable[Checkpoint | None]
) -> dict[int, Checkpoint]:
    """The good ones by number; of two that disagree, the log agrees with one."""
    good: dict[int, Checkpoint] = {}
    for line, each in enumerate(checkpoints, 1):
        if each is None or not each.is_good():
            report.add(f"Checkpoint in line {line:,} is not signed by this key.")
        elif good.setdefault(each.seq, each).head != each.head:
            report.add(f"Two checkpoints of event {each.seq:,} differ.")
    return good


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
