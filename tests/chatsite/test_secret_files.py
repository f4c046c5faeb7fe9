"""Secrets made on the first start, and secrets that must not be used."""

from __future__ import annotations

import base64
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from chatsite.lib.secret_files import read_or_create, weakness

ROOT = Path(__file__).parents[2]
RACE = """
import secrets, sys, time
from pathlib import Path
from chatsite.lib.secret_files import read_or_create
time.sleep(max(0, float(sys.argv[2]) - time.time()))
print(read_or_create(Path(sys.argv[1]), lambda: secrets.token_urlsafe(48)))
"""


def test_a_secret_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "secret"

    assert read_or_create(path, lambda: "first") == "first"
    assert read_or_create(path, lambda: "second") == "first"


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "secret"
    read_or_create(path, lambda: "first")

    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [found.name for found in path.parent.iterdir()] == ["secret"]


def test_processes_that_start_together_read_the_same(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "secret"
    start = str(time.time() + 0.7)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", RACE, str(path), start],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]
    read = [process.communicate()[0].strip() for process in processes]

    assert [process.returncode for process in processes] == [0] * 6
    assert set(read) == {path.read_text().strip()}
    assert [found.name for found in path.parent.iterdir()] == ["secret"]


@pytest.mark.parametrize(
    ("secret", "reason"),
    [
        ("", "is shorter than 32 characters"),
        ("hunter2", "is shorter than 32 characters"),
        ("change-me-change-me-change-me-change-me", "still is a placeholder"),
        ("ChangeMe!ChangeMe!ChangeMe!ChangeMe!", "still is a placeholder"),
        ("django-insecure-" + "a8$kz0qTn4x7Lw2Vd9Yb", "still is a placeholder"),
        ("your-secret-key-goes-here-1234567890abc", "still is a placeholder"),
        ("todo: put a real one here before Monday!", "still is a placeholder"),
        ("sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "still is a placeholder"),
        ("a" * 64, "is too easy to guess"),
        ("0123456789" * 2 + "012345678901", "is too easy to guess"),
    ],
)
def test_weak_secrets_are_told_with_the_reason(secret: str, reason: str) -> None:
    assert weakness(secret) == reason


def test_no_drawn_key_is_ever_called_weak() -> None:
    """As ``secrets.token_urlsafe(48)`` and ``Fernet.generate_key`` make them; from a
    seed, so that chance cannot fail this test on one day in many.
    """
    draw = random.Random(65_537)
    keys = [
        base64.urlsafe_b64encode(draw.randbytes(length)).decode()
        for length in (48, 32)
        for _ in range(5_000)
    ]

    assert [key for key in keys if weakness(key)] == []
