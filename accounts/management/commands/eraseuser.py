"""``manage.py eraseuser``: a person and all that is theirs, with a certificate."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts import data_requests, erasure, personal_data
from accounts.erasure import certificates
from accounts.holds import is_held
from accounts.models import DataRequest, User
from chatsite.lib.progress import Progress

LOOK = 0.2  # seconds between two looks at what another process does
HELD = "A legal hold keeps what there is of this person. Lift it first."
Status = DataRequest.Status


class Command(BaseCommand):
    help = (
        "Erase a person: everything about them, and the key that opens it. An erasure"
        " that was interrupted is finished."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", metavar="EMAIL")
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="say what would go, and change nothing",
        )
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument(
            "-o",
            "--output",
            type=Path,
            metavar="FILE",
            help="where the certificate goes; else VAR_DIR/certificates",
        )

    def handle(self, *, email: str, **options: Any) -> None:
        email = email.strip().lower()
        person = User.objects.filter(email=email).first()
        if person is None:
            return self._finish_interrupted(email, options)
        if options["dry_run"]:
            return self._tell(person)
        if is_held(person.pk):
            raise CommandError(HELD)
        if not options["yes"]:
            self._ask(person)
        self._carry_out(_request_of(person), options["output"])

    def _finish_interrupted(self, email: str, options: dict[str, Any]) -> None:
        """The account goes before the last traces do."""
        interrupted = list(_interrupted(email))
        if not interrupted:
            raise CommandError(f"Nobody here has the address {email}.")
        told = f"{len(interrupted)} interrupted erasure(s) of accounts that are gone."
        self.stdout.write(told)
        if options["dry_run"]:
            return
        for request in interrupted:
            self._carry_out(request, options["output"])

    def _tell(self, person: User) -> None:
        self.stdout.write(f"Erasing {person.email} would delete:")
        self._tell_counts(personal_data.counts(person.pk))
        for kind in personal_data.kinds():
            if kind.kept:
                self.stdout.write(f"Kept: {kind.label.lower()}. {kind.kept}")
        if is_held(person.pk):
            self.stdout.write(HELD)
        self.stdout.write("Nothing was changed.")

    def _tell_counts(self, counts: dict[str, int]) -> None:
        for kind in erasure.erasable():
            if counts[kind.name]:
                self.stdout.write(f"  {counts[kind.name]:>9,}  {kind.label.lower()}")

    def _ask(self, person: User) -> None:
        if not sys.stdin.isatty():
            raise CommandError("Say --yes: there is nobody to ask.")
        self._tell_counts(personal_data.counts(person.pk))
        given = input(f"Erase {person.email} for good? Type the address: ")
        if given.strip().lower() != person.email:
            raise CommandError("Nothing was changed.")

    def _carry_out(self, request: DataRequest, output: Path | None) -> None:
        self._work_on(request)
        if request.certificate is None:
            why = request.problem or "it was cancelled"
            raise CommandError(f"The erasure is not done: {why}.")
        file = _store(request, output)
        rows = sum(request.certificate["rows"]["before"].values())
        self.stdout.write(f"Erased: {rows:,} rows, and their key. Certificate: {file}")
        if remains := request.certificate["remains"]:
            raise CommandError(
                "Something that names the person remains: "
                + ", ".join(f"{count:,} in {place}" for place, count in remains.items())
            )

    def _work_on(self, request: DataRequest) -> None:
        """Work on it, or watch who does; until it is over."""
        worker = data_requests.Worker()
        with Progress(self.stdout, "Erasing", _total(request)) as bar:
            while request.status in (Status.QUEUED, Status.RUNNING):
                before = request.step, request.done
                self._do_a_piece(worker, request)
                bar.add(request.done - bar.done)
                if before == (request.step, request.done):
                    time.sleep(LOOK)  # somebody else does it, or must stop first

    def _do_a_piece(self, worker: data_requests.Worker, request: DataRequest) -> None:
        if not _is_mine(worker, request):
            return request.refresh_from_db()
        try:
            if not worker.carry_on(request):
                request.refresh_from_db()
        except Exception as problem:  # the worker has noted it
            raise CommandError(
                f"The erasure stopped at “{request.step}”: {type(problem).__name__}."
                " Run the command again; it goes on there."
            ) from problem


def _request_of(person: User) -> DataRequest:
    request = data_requests.ask(
        DataRequest.Kind.ERASE, person, by=None, origin=DataRequest.Origin.COMMAND
    )
    # somebody who could change their mind is not waited for any more
    waits = DataRequest.objects.filter(id=request.id, status=Status.WAITING)
    waits.update(status=Status.QUEUED, not_before=None, problem="")
    request.refresh_from_db()
    return request


def _total(request: DataRequest) -> int:
    if request.total or request.person_id_was is None:
        return request.total
    counts = personal_data.counts(request.person_id_was)
    return sum(counts[kind.name] for kind in erasure.erasable())


def _interrupted(email: str) -> Iterable[DataRequest]:
    """Whose account is gone: that of this address, and those nobody can tell any more,
    because their key is gone too.
    """
    open_or_failed = [*DataRequest.OPEN, Status.FAILED]
    for request in DataRequest.objects.filter(
        kind=DataRequest.Kind.ERASE,
        person__isnull=True,
        certificate__isnull=True,
        status__in=open_or_failed,
        started__isnull=False,
    ):
        sought = erasure.sought_by(request)
        if sought is None or email in sought.emails:
            yield _tried_again(request)


def _tried_again(request: DataRequest) -> DataRequest:
    failed = DataRequest.objects.filter(id=request.id, status=Status.FAILED)
    failed.update(status=Status.QUEUED, attempts=0, runner=None, finished=None)
    request.refresh_from_db()
    return request


def _is_mine(worker: data_requests.Worker, request: DataRequest) -> bool:
    """From now on, if nobody lives who works on it."""
    if request.runner == worker.id:
        return True
    stopped = request.heartbeat is None or (
        request.heartbeat < timezone.now() - data_requests.STALE
    )
    free = request.status == Status.QUEUED or (
        request.status == Status.RUNNING and stopped
    )
    return free and worker.claim(request)


def _store(request: DataRequest, output: Path | None) -> Path:
    file = output or (
        Path(settings.VAR_DIR) / "certificates" / certificates.name_of(request.id)
    )
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w") as opened:
        json.dump(request.certificate, opened, indent=2)
        opened.write("\n")
    return file
