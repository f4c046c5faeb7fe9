"""A backup: content and keys apart, whole or not there."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError
from django.db import connection, connections

from accounts import keyring
from accounts.audit import checkpoint
from accounts.models import (
    AuditEvent,
    DataKey,
    User,
)
from chatsite.backups import content
from tests.chatsite.backing_up import run
from tests.erasure.watching import (
    found_in,
)
from tests.factories import create_conversation

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("var_dir"),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="see test_pg_backups"),
]


# --- making one
def test_content_and_keys_lie_apart_and_are_the_owners_alone(
    place: Path, alice: User
) -> None:
    create_conversation(alice, messages=2)
    checkpoint()

    said = run("backup", place)

    files = {file.relative_to(place).as_posix() for file in place.rglob("*.*")}
    assert files == {
        "audit/checkpoints.jsonl",
        "content/chat.sqlite3",
        "keys/keys.jsonl",
        "manifest.json",
    }
    for each in [place, *place.rglob("*")]:
        mode = 0o700 if each.is_dir() else 0o600
        assert stat.S_IMODE(each.stat().st_mode) == mode, each
    assert "1 people" in said and "Copying" in said and "Move keys/ elsewhere" in said
    (event,) = AuditEvent.objects.filter(action="accounts.backup_made")
    assert event.details["secrets"] is False


def test_neither_half_holds_what_opens_the_other(place: Path, alice: User) -> None:
    create_conversation(alice, messages=2)
    wrapped = bytes(DataKey.objects.get().wrapped)
    run("backup", place)

    assert found_in([place / "content" / "chat.sqlite3"], [wrapped]) == []
    everything = [file for file in place.rglob("*") if file.is_file()]
    assert found_in(everything, [keyring.data_key(alice.pk), "Question 1"]) == []


def test_secrets_only_when_asked_for(place: Path, var_dir: Path, alice: User) -> None:
    (var_dir / "keys").mkdir()
    (var_dir / "keys" / "audit_key").write_text("a secret")

    said = run("backup", place, "--with-secrets")

    assert (place / "secrets" / "audit_key").read_text() == "a secret"
    assert stat.S_IMODE((place / "secrets").stat().st_mode) == 0o700
    assert "is not in it" not in said


def test_nothing_is_overwritten_and_nothing_half_made_stays(
    place: Path, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.mkdir(parents=True)
    (place / "mine").write_text("mine")
    with pytest.raises(CommandError, match="is not empty"):
        run("backup", place)
    (place / "mine").unlink()

    def fail(*words: Any) -> None:
        raise OSError("No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("chatsite.backups.data_keys.save", fail)
        with pytest.raises(CommandError, match="No space left"):
            run("backup", place)
    assert list(place.parent.iterdir()) == [place] and not list(place.iterdir())

    run("backup", place)
    assert (place / "manifest.json").exists()


def test_a_copy_is_of_one_moment_though_others_write(
    place: Path, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_conversation(alice, messages=20)
    monkeypatch.setattr(content, "PAGES", 1)
    said: list[int] = []
    path = connections["default"].settings_dict["NAME"]
    other = sqlite3.connect(path, isolation_level=None)

    def write(size: int) -> None:
        said.append(size)
        other.execute("UPDATE accounts_user SET name = 'written meanwhile'")

    place.parent.mkdir()
    with closing(other):
        content.content().save(place.parent / "copy", write)

    with closing(sqlite3.connect(place.parent / "copy")) as copy:
        assert copy.execute("SELECT name FROM accounts_user").fetchall() == [("Alice",)]
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert len(said) > 10
