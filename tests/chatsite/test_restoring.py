"""A backup brings everything back, but for who was erased and for what was revoked."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError
from django.db import connection, connections
from django.utils import timezone

from accounts import data_requests, holds, keyring
from accounts.audit import checkpoint, record
from accounts.audit.checkpoints import path as checkpoints_path
from accounts.models import (
    AuditEvent,
    DataKey,
    DataRequest,
    Device,
    ErasedPerson,
    User,
)
from chatsite.backups import content
from conversations.models import Conversation, Message
from tests import personal
from tests.audit_log import findings
from tests.base import client_of, make_person
from tests.chatsite.backing_up import restore, run
from tests.erasure.watching import (
    ask,
    carry_out,
    database_files,
    forms_of,
    found_in,
    rows_of_everybody,
)
from tests.factories import create_conversation

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("var_dir"),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="see test_pg_backups"),
]


# --- bringing it back
def test_everything_is_as_it_was(place: Path, alice: User, bob: User) -> None:
    personal.fill(alice)
    Device.objects.all().delete()  # sessions do not come back
    before = rows_of_everybody()
    run("backup", place)
    Conversation.objects.filter(owner=alice).delete()
    make_person("Charlie")
    assert rows_of_everybody() != before

    said = restore(place)

    missing = before - rows_of_everybody()
    assert not missing
    assert not User.objects.filter(email="charlie@example.org").exists()
    assert "Restored as it was" in said and "Restoring" in said
    assert Message.objects.filter(conversation__owner=alice).first().body
    (event,) = AuditEvent.objects.filter(action="accounts.backup_restored")
    assert event.details["people"] == 2


def test_an_erased_person_does_not_come_back(place: Path, bob: User) -> None:
    alice = make_person("Alice")
    marks = personal.fill(alice)
    personal.fill(bob)
    run("backup", place)
    first = carry_out(ask(alice))
    others = rows_of_everybody()

    said = restore(place)

    assert "1 people came back and were erased again" in said
    assert User.objects.get() == bob
    assert not DataKey.objects.filter(user_id=alice.pk).exists()
    assert ErasedPerson.objects.get().user_id == alice.pk
    words = [each for each in marks.all if not each.endswith("-read")]
    sought = [*words, alice.email, *forms_of(alice.pk)]
    assert found_in(database_files("default"), sought) == []
    assert found_in(database_files("keys"), [*words, alice.email]) == []
    devices = {row for row in others if row.startswith("accounts_device ")}
    assert {*(others - rows_of_everybody())} <= devices
    again = DataRequest.objects.exclude(id=first.id).get(kind="erase")
    assert again.certificate["remains"] == {}
    acts = [event.action for event in AuditEvent.objects.order_by("seq")]
    assert acts.index("accounts.backup_restored") < acts.index(
        "accounts.erasure_replayed"
    )
    assert findings() == []


def test_one_who_was_erased_before_the_backup_stays_erased_on_a_new_machine(
    place: Path, alice: User, bob: User
) -> None:
    carry_out(ask(alice))
    run("backup", place)
    for model in (DataKey, ErasedPerson):
        model.objects.all().delete()
    keyring.forget(bob.pk)

    said = restore(place)

    assert "1 data keys that were missing" in said
    assert ErasedPerson.objects.get().user_id == alice.pk
    assert DataKey.objects.get().user_id == bob.pk


def test_a_key_that_is_there_stays(place: Path, alice: User) -> None:
    run("backup", place)
    DataKey.objects.update(wrapped=b"wrapped anew since")

    restore(place)

    assert bytes(DataKey.objects.get().wrapped) == b"wrapped anew since"


def test_without_the_keys_nothing_is_readable(place: Path, alice: User) -> None:
    create_conversation(alice, messages=1)
    run("backup", place)
    elsewhere = place.parent / "keys.jsonl"
    (place / "keys" / "keys.jsonl").rename(elsewhere)
    DataKey.objects.all().delete()
    keyring.forget(alice.pk)

    restore(place)
    assert Message.objects.get().body == "[cannot be decrypted]"

    restore(place, "--keys", elsewhere)
    assert Message.objects.get().body == "Question 1"


def test_sessions_that_were_ended_since_do_not_come_back(
    place: Path, alice: User
) -> None:
    browser = client_of(alice)
    run("backup", place)

    said = restore(place)

    assert "Everybody must sign in again" in said
    assert browser.get("/settings/").status_code == 302


def test_an_erasure_that_had_not_begun_waits_again(place: Path, alice: User) -> None:
    request = ask(alice)
    run("backup", place)
    data_requests.cancel(request.id, by=alice)

    said = restore(place)

    assert "1 erasures that were asked for wait 7 days" in said
    request.refresh_from_db()
    assert request.status == DataRequest.Status.WAITING
    assert request.not_before > timezone.now() + timedelta(days=6)


def test_one_that_waited_for_a_hold_waits_longer(place: Path, alice: User) -> None:
    request = ask(alice)
    hold = holds.place(alice, "case 7", by=None)
    carry_out(request)
    run("backup", place)

    restore(place)
    holds.lift(hold.id, by=None)

    request.refresh_from_db()
    assert request.status == DataRequest.Status.WAITING
    assert request.not_before > timezone.now() + timedelta(days=6)


def test_the_restored_log_verifies_and_later_checkpoints_are_kept(
    place: Path, alice: User
) -> None:
    record("accounts.signed_in", actor=alice)
    checkpoint()
    run("backup", place)
    record("accounts.signed_out", actor=alice)
    checkpoint()

    restore(place)

    assert findings() == []
    (kept,) = checkpoints_path().parent.glob("checkpoints-until-*.jsonl")
    assert len(kept.read_text().splitlines()) == 2


# --- what is refused
def harm_content(place: Path) -> None:
    file = place / "content" / "chat.sqlite3"
    data = bytearray(file.read_bytes())
    data[5000] ^= 1
    file.write_bytes(data)


def harm_manifest(**fields: Any) -> Any:
    def harm(place: Path) -> None:
        file = place / "manifest.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | fields))

    return harm


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        (harm_content, "chat.sqlite3 is not as it was"),
        (lambda place: (place / "content/chat.sqlite3").unlink(), "is missing"),
        (lambda place: (place / "manifest.json").unlink(), "There is no backup in"),
        (lambda place: (place / "manifest.json").write_text("{"), "There is no backup"),
        (harm_manifest(form=2), "of a newer version"),
        (harm_manifest(vendor="postgresql"), "this site uses sqlite"),
        (harm_manifest(migrations=["accounts.9999_later"]), "accounts.9999_later"),
    ],
)
def test_what_cannot_be_restored_is_refused_and_nothing_changes(
    harm: Any, why: str, place: Path, alice: User
) -> None:
    run("backup", place)
    harm(place)
    before = rows_of_everybody()

    with pytest.raises(CommandError, match=why):
        restore(place)

    assert rows_of_everybody() == before


def test_keys_of_another_master_key_are_refused(
    place: Path, alice: User, settings: Any
) -> None:
    run("backup", place)
    settings.MASTER_KEYS = [Fernet.generate_key().decode()]
    settings.MASTER_KEY_FILE = None
    keyring._master_ring.cache_clear()
    try:
        with pytest.raises(CommandError, match="wrapped by another master key"):
            restore(place)
    finally:
        keyring._master_ring.cache_clear()


def test_it_is_refused_while_anything_has_the_database_open(
    place: Path, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content, "PATIENCE", 0.05)
    run("backup", place)
    other = sqlite3.connect(connections["default"].settings_dict["NAME"])
    with closing(other):
        other.execute("SELECT count(*) FROM accounts_user").fetchone()

        with pytest.raises(CommandError, match="End every server"):
            restore(place)

    restore(place)


def test_somebody_must_answer(
    place: Path, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("backup", place)
    with pytest.raises(CommandError, match="Say --yes"):
        run("restore", place)
    command = "chatsite.management.commands.restore.sys.stdin.isatty"
    monkeypatch.setattr(command, lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda question: "no")
    with pytest.raises(CommandError, match="Nothing was changed"):
        run("restore", place)
    monkeypatch.setattr("builtins.input", lambda question: "restore")
    assert "Restored" in run("restore", place)
