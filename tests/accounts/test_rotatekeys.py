"""A new master key: every data key is wrapped by it, nothing else is touched."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command

from accounts import keyring
from accounts.models import AuditEvent, DataKey, User
from chatsite.lib import secret_files
from chatsite.lib.crypto import CannotOpen, MasterRing
from chatsite.lib.secret_files import put_first, read_lines
from conversations.models import Message
from tests.base import make_person
from tests.factories import create_conversation

pytestmark = pytest.mark.database


def new_key() -> str:
    return Fernet.generate_key().decode()


OLD, NEW = new_key(), new_key()


@pytest.fixture(autouse=True)
def master_keys(settings: Any) -> Iterator[Any]:
    """Given in the environment: the old one, until a test says otherwise."""

    def use(*keys: str, file: Path | None = None) -> None:
        settings.MASTER_KEYS, settings.MASTER_KEY_FILE = list(keys), file
        keyring._master_ring.cache_clear()

    use(OLD)
    yield use
    keyring._grown = []
    keyring._master_ring.cache_clear()


@pytest.fixture
def file(master_keys: Any, tmp_path: Path) -> Path:
    """Kept in VAR_DIR."""
    path = tmp_path / "master_key"
    path.write_text(f"{OLD}\n")
    path.chmod(0o600)
    master_keys(OLD, file=path)
    return path


def rotate(*words: str) -> str:
    out = StringIO()
    call_command("rotatekeys", *words, stdout=out)
    return out.getvalue()


def wrapped() -> list[bytes]:
    return [bytes(row.wrapped) for row in DataKey.objects.order_by("user_id")]


def test_all_are_wrapped_anew_and_open_the_same(
    master_keys: Any, alice: User, bob: User
) -> None:
    keys = {person.pk: keyring.data_key(person.pk) for person in (alice, bob)}
    master_keys(NEW, OLD)

    said = rotate()

    assert "Wrapped anew: 2." in said and "2 of 2 data keys" in said
    alone = MasterRing([NEW])
    for row in DataKey.objects.all():
        assert alone.unwrap(bytes(row.wrapped)) == keys[row.user_id]


def test_a_second_time_changes_nothing_and_is_no_event(
    master_keys: Any, alice: User
) -> None:
    master_keys(NEW, OLD)
    rotate()
    before = wrapped()

    assert "Wrapped anew: 0." in rotate()

    assert wrapped() == before
    events = AuditEvent.objects.filter(action="accounts.master_key_rotated")
    (event,) = events
    first, second = keyring.master_fingerprints()
    assert event.details == {
        "newest": first,
        "older": [second],
        "changed": 1,
        "lost": 0,
    }
    assert NEW not in str(event.details) and len(first) == 16


def test_one_that_was_interrupted_is_finished(
    master_keys: Any, alice: User, bob: User, charlie: User
) -> None:
    master_keys(NEW, OLD)
    assert keyring.rewrap_some(None, at_most=1).changed == 1

    assert "Wrapped anew: 2." in rotate()


def test_batches_reach_everybody(
    master_keys: Any, alice: User, bob: User, charlie: User
) -> None:
    master_keys(NEW, OLD)
    seen, after = [], None
    while (done := keyring.rewrap_some(after, at_most=2)).last is not None:
        seen.append(done.seen)
        after = done.last

    assert seen == [2, 1]


def test_a_key_that_no_master_key_opens_is_a_failure(
    master_keys: Any, alice: User, bob: User
) -> None:
    DataKey.objects.filter(user_id=bob.pk).update(
        wrapped=MasterRing([new_key()]).wrap(b"k" * 32)
    )
    before = bytes(DataKey.objects.get(user_id=bob.pk).wrapped)
    master_keys(NEW, OLD)

    with pytest.raises(CommandError, match=f"1 data keys cannot be opened.*{bob.pk}"):
        rotate()

    assert bytes(DataKey.objects.get(user_id=bob.pk).wrapped) == before
    ring = MasterRing([NEW])
    assert ring.is_newest(bytes(DataKey.objects.get(user_id=alice.pk).wrapped))


def test_a_key_that_is_destroyed_meanwhile_does_not_come_back(
    master_keys: Any, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    master_keys(NEW, OLD)
    rewrap = MasterRing.rewrap

    def while_it_goes(ring: MasterRing, value: bytes) -> bytes:
        DataKey.objects.all().delete()
        return rewrap(ring, value)

    monkeypatch.setattr(MasterRing, "rewrap", while_it_goes)

    assert keyring.rewrap_some(None).changed == 0
    assert not DataKey.objects.exists()


# --- where the master keys lie in a file
def test_a_new_key_is_made_and_the_old_one_kept(file: Path, alice: User) -> None:
    said = rotate("--new")

    newest, old = read_lines(file)
    assert old == OLD and newest != OLD
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "Keep the older master keys" in said
    assert MasterRing([newest]).is_newest(*wrapped())


def test_a_server_that_runs_meanwhile_goes_on(
    file: Path, master_keys: Any, alice: User
) -> None:
    """It began when there was only the old one."""
    talk = create_conversation(alice, messages=1)
    rotate("--new")
    keyring._grown = []  # as in a process that has not looked
    master_keys(OLD, file=file)
    keyring.forget(alice.pk)

    assert Message.objects.get(conversation=talk).body == "Question 1"
    assert keyring.data_key(make_person("Maya").pk)


def test_a_wrong_key_is_no_reason_to_read_the_file_as_right(
    file: Path, master_keys: Any, alice: User
) -> None:
    """Keys that the file does not hold were given on purpose."""
    master_keys(new_key(), file=file)
    keyring.forget(alice.pk)

    with pytest.raises(CannotOpen):
        keyring.data_key(alice.pk)


def test_a_new_key_cannot_be_made_in_the_environment(alice: User) -> None:
    before = wrapped()

    with pytest.raises(CommandError, match="MASTER_KEYS is set: put a new key first"):
        rotate("--new")

    assert wrapped() == before


def test_whoever_dies_while_the_file_is_written_loses_no_key(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*words: Any) -> None:
        raise KeyboardInterrupt

    for where in ("fsync", "replace"):
        with monkeypatch.context() as patched:
            patched.setattr(secret_files.os, where, die)
            with pytest.raises(KeyboardInterrupt):
                put_first(file, NEW)
        assert read_lines(file) == [OLD]

    put_first(file, NEW)
    assert read_lines(file) == [NEW, OLD]
