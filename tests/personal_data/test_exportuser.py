"""``manage.py exportuser``"""

from __future__ import annotations

import hashlib
import io
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts import personal_data
from accounts.exporting import Archive
from accounts.models import AuditEvent, DataRequest, ExportPart, User
from tests.personal import fill
from tests.personal_data.archives import Opened

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def run(*arguments: object) -> str:
    out = io.StringIO()
    call_command("exportuser", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_everything_about_a_person_is_written_to_a_file(
    alice: User, tmp_path: Path
) -> None:
    marks = fill(alice)
    counts = personal_data.counts(alice.pk)
    path = tmp_path / "alice.zip"

    printed = run("Alice@example.org", "-o", path)

    data = path.read_bytes()
    everything = Opened(data).everything
    assert [word for word in marks.told if word not in everything] == []
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["alice.zip"]
    lines = printed.splitlines()
    assert f"{counts['messages']:>10,}  messages" in lines
    assert f"{len(data):,} bytes in {path}" in lines
    assert f"SHA-256 {hashlib.sha256(data).hexdigest()}" in lines
    assert any(line.startswith("Exporting") for line in lines)


def test_it_is_among_the_requests_and_in_the_log(alice: User, tmp_path: Path) -> None:
    run("alice@example.org", "-o", tmp_path / "a.zip")

    request = DataRequest.objects.get()
    assert (request.origin, request.status) == ("command", DataRequest.Status.DONE)
    assert request.size == (tmp_path / "a.zip").stat().st_size
    assert request.downloaded is not None and not ExportPart.objects.exists()
    event = AuditEvent.objects.get(action="accounts.export_made")
    assert (event.subject_id, event.actor) == (str(alice.pseudonym.id), None)
    assert event.details["by"] == "command"
    assert event.details["export"] == str(request.pk)


def test_it_can_be_done_while_another_export_waits(alice: User, tmp_path: Path) -> None:
    fill(alice)

    run("alice@example.org", "-o", tmp_path / "a.zip")
    run("alice@example.org", "-o", tmp_path / "b.zip")

    assert DataRequest.objects.filter(origin="command").count() == 2


def test_nobody_is_not_exported(alice: User, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"^There is nobody with the email address"):
        run("bob@example.org", "-o", tmp_path / "b.zip")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_not_overwritten_unasked(
    alice: User, tmp_path: Path
) -> None:
    path = tmp_path / "a.zip"
    path.write_text("mine")

    with pytest.raises(CommandError, match="--force overwrites"):
        run("alice@example.org", "-o", path)
    assert path.read_text() == "mine"
    run("alice@example.org", "-o", path, "--force")
    Opened(path.read_bytes())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_another_made_meanwhile_stays(
    alice: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.zip"
    pieces = Archive.pieces

    def late(archive: Archive) -> Iterator[bytes]:
        path.write_text("theirs")
        yield from pieces(archive)

    monkeypatch.setattr(Archive, "pieces", late)

    with pytest.raises(CommandError, match="by now"):
        run("alice@example.org", "-o", path)
    assert path.read_text() == "theirs"
    assert [each.name for each in tmp_path.iterdir()] == ["a.zip"]
    assert not AuditEvent.objects.filter(action="accounts.export_made").exists()


def test_what_goes_wrong_leaves_nothing_behind(
    alice: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(archive: Archive) -> Iterator[bytes]:
        yield b"half of it"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Archive, "pieces", broken)

    with pytest.raises(CommandError, match="No space left on device"):
        run("alice@example.org", "-o", tmp_path / "a.zip")
    assert list(tmp_path.iterdir()) == []
    assert not DataRequest.objects.exists()


def test_a_folder_that_is_not_there_is_told(alice: User, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file or directory"):
        run("alice@example.org", "-o", tmp_path / "no" / "a.zip")
