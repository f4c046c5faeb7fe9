"""An export whose process is killed in the middle is never there by halves."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.personal_data.archives import Opened
from tests.product import ROOT, Product

pytestmark = pytest.mark.process
EMAIL, PASSWORD = "alice@example.org", "the tide is out at noon"
SAY = """
from accounts.models import User
from conversations.models import Message
from tests.factories import create_conversation
alice = User.objects.get()
talk = create_conversation(alice, title="Long")
said = [
    Message(conversation=talk, owner_id=alice.pk, role="user", body=f"Rye {n}. " * 200)
    for n in range(6_000)
]
for before, after in zip(said, said[1:]):
    after.parent = before
Message.objects.bulk_create(said)
"""


@pytest.fixture
def product(new_product: Callable[..., Product]) -> Product:
    """Alice and much that she said, and no server."""
    made = new_product()
    made.manage("createuser", "--email", EMAIL, "--password-stdin", given=PASSWORD)
    assert made.manage("shell", "-c", SAY).returncode == 0
    return made


def test_exportuser_that_is_killed_leaves_no_file_of_that_name(
    product: Product, tmp_path: Path
) -> None:
    path = tmp_path / "alice.zip"
    process = subprocess.Popen(
        product._command("exportuser", EMAIL, "-o", str(path)),
        cwd=ROOT,
        env=product.environment,
        stdout=subprocess.DEVNULL,
    )
    _wait(lambda: any(each.stat().st_size for each in tmp_path.glob(".*.part")))

    process.send_signal(signal.SIGKILL)

    assert process.wait() == -signal.SIGKILL
    assert not path.exists()
    again = product.manage("exportuser", EMAIL, "-o", str(path))
    assert again.returncode == 0, again.stderr
    talks = [
        each for each in Opened(path.read_bytes()).files if "conversations/" in each
    ]
    assert len(talks) == 2


def test_exportuser_says_with_its_exit_code_that_there_is_nobody(
    product: Product, tmp_path: Path
) -> None:
    answer = product.manage("exportuser", "no@example.org", "-o", str(tmp_path / "x"))

    assert answer.returncode == 1
    assert "nobody with the email address" in answer.stderr
    assert list(tmp_path.iterdir()) == []


def _wait(until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.02)
