"""The real product, ``manage.py serve``, in a place that is thrown away."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import machine

ROOT = Path(__file__).resolve().parents[1]
START_WITHIN = 60.0  # seconds


@dataclass(frozen=True, slots=True)
class Running:
    """A product that answers. ``started_in`` seconds after its command."""

    pid: int
    address: str
    started_in: float


@contextmanager
def throwaway() -> Iterator[Path]:
    """A ``VAR_DIR`` that is gone afterwards, even when we are told to end."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="understory-bench-") as place:
        yield Path(place)


def environment(var_dir: Path, **settings: str) -> dict[str, str]:
    """The product's environment: nothing of a developer's own decides a figure."""
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "chatsite.settings",
        "VAR_DIR": str(var_dir),
        "DATABASE_URL": f"sqlite:///{var_dir / 'chat.sqlite3'}",
        "KEYS_DATABASE_URL": f"sqlite:///{var_dir / 'keys.sqlite3'}",
        "TIKTOKEN_CACHE_DIR": str(var_dir / "tiktoken"),
        "OPENAI_API_KEY": "",
        "OPENAI_BASE_URL": "",
        "RATE_LIMITS": "off",
        "DEBUG": "false",
        "LOG_LEVEL": "WARNING",
        **settings,
    }


def model_settings(url: str, model: str) -> dict[str, str]:
    """What makes the product answer with a model of ``benchmarks.upstream``."""
    return {
        "OPENAI_BASE_URL": url,
        "OPENAI_API_KEY": "benchmark",
        "OPENAI_API": "responses",
        "CHAT_MODEL": model,
        "TASK_MODEL": model,
    }


@contextmanager
def upstream(core: int | None) -> Iterator[tuple[int, str]]:
    """The paced model server in a process of its own: (process id, base URL)."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.upstream"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=machine.pinned(core),
    )
    try:
        yield process.pid, f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@contextmanager
def serving(environment: dict[str, str], core: int | None = None) -> Iterator[Running]:
    """``manage.py serve`` on a free port until the block ends."""
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    log = Path(environment["VAR_DIR"]) / "serve.log"
    with log.open("w") as output:
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "manage.py", "serve", "--port", str(port)],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=machine.pinned(core),
        )
        try:
            _until_alive(address, process)
            yield Running(process.pid, address, time.monotonic() - began)
        except Exception:
            print(log.read_text()[-4000:], file=sys.stderr)  # it may say why
            raise
        finally:
            _end(process)


def _until_alive(address: str, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + START_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/livez", timeout=5):
                return
        except urllib.error.HTTPError as refusal:
            refusal.close()
        except OSError:
            pass  # it does not listen yet
        time.sleep(0.01)
    raise RuntimeError("the product did not start")


def _end(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
