"""An export whose process is killed in the middle is never there by halves."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.personal_data.archives import Opened
from tests.process.looking import PATIENCE, QUICK
from tests.product import ROOT, Product

pytestmark = pytest.mark.process
EMAIL = "alice@example.org"
SAY = """
from conversations.models import Message
from tests.base import make_person
from tests.factories import create_conversation
alice = make_person("Alice")
talk = create_conversation(alice, title="Long")
said = [
    Message(conversation=talk, owner_id=alice.pk, role="user", body=f"Rye {n}. " * 200)
    for n in range(2_000)
]
for before, after in zip(said, said[1:]):
    after.parent = before
Message.objects.bulk_create(said)
"""


@pytest.fixture(scope="module")
def product(new_product: Callable[..., Product]) -> Product:
    """Alice and much that she said, and no server."""
    made = new_product(**QUICK)
    done = made.manage("shell", "-c", SAY)
    assert done.returncode == 0, done.stderr
    return made


def test_exportuser_that_is_killed_leaves_no_file_of_that_name(
    product: Product, tmp_path: Path
) -> None:
    path = tmp_path / "alice.zip"

    assert killed_in_the_middle(product, path) == -signal.SIGKILL

    assert not path.exists()
    again = product.manage("exportuser", EMAIL, "-o", str(path))
    assert again.returncode == 0, again.stderr
    talks = [
        each for each in Opened(path.read_bytes()).files if "conversations/" in each
    ]
    assert len(talks) == 2


def killed_in_the_middle(product: Product, path: Path) -> int:
    """Its exit code. One that was whole before that is begun again."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        process = subprocess.Popen(
            product._command("exportuser", EMAIL, "-o", str(path)),
            cwd=ROOT,
            env=product.environment,
            stdout=subprocess.DEVNULL,
        )
        while process.poll() is None and not has_begun(path.parent):
            time.sleep(0.01)
        process.kill()
        code = process.wait()
        if not path.exists():
            return code
        Opened(path.read_bytes())  # whole, or this fails
        for each in path.parent.iterdir():
            each.unlink()
    raise AssertionError("it was always faster")


def has_begun(place: Path) -> bool:
    with suppress(FileNotFoundError):  # it has its name now
        return any(each.stat().st_size for each in place.glob(".*.part"))
    return False


def test_exportuser_says_with_its_exit_code_that_there_is_nobody(
    product: Product, tmp_path: Path
) -> None:
    answer = product.manage("exportuser", "no@example.org", "-o", str(tmp_path / "x"))

    assert answer.returncode == 1
    assert "nobody with the email address" in answer.stderr
    assert list(tmp_path.iterdir()) == []
