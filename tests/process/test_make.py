"""``make run`` at a terminal, ended by Ctrl-C."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.product import ROOT, START_WITHIN, Product

pytestmark = pytest.mark.process
CTRL_C = b"\x03"


@pytest.mark.skipif(not shutil.which("make"), reason="this platform has no make")
def test_ctrl_c_under_make_is_no_failure(
    tmp_path: Path, new_product: Callable[..., Product]
) -> None:
    product = new_product()
    (tmp_path / "Makefile").write_text(f"run:\n\t@exec {' '.join(_serve(product))}\n")
    ours, theirs = pty.openpty()
    make = subprocess.Popen(
        ["make", "-C", str(tmp_path), "run"],
        cwd=ROOT,
        env=product.environment | {"PYTHONPATH": str(ROOT)},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=_own_terminal,
    )
    os.close(theirs)
    try:
        _wait_for(product.address)
        os.write(ours, CTRL_C)
        assert make.wait(START_WITHIN) == 0
    finally:
        make.kill()
        make.wait()
        os.close(ours)


def _serve(product: Product) -> list[str]:
    python, _, *words = product._command("serve", "--port", str(product.port))
    return [python, str(ROOT / "manage.py"), *words]


def _own_terminal() -> None:
    """The pseudo-terminal becomes the one that Ctrl-C comes from."""
    os.close(os.open(os.ttyname(0), os.O_RDWR))


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + START_WITHIN
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{address}/livez", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server did not start")
