"""The real product in a process of its own, as whoever runs it starts it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_held: list[socket.socket] = []
START_WITHIN = 180.0  # seconds; a machine under load is slow
# what the shell or the tests' own settings say must not reach it
FOREIGN = ("DJANGO_SETTINGS_MODULE", "DATABASE_URL", "KEYS_DATABASE_URL", "SECRET_KEY")


class Product:
    """``start`` and ``stop`` as often as wanted; state stays in ``var_dir``."""

    def __init__(self, var_dir: Path, **settings: str) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.log = var_dir / "serve.log"
        self.var_dir = var_dir
        self.process: subprocess.Popen[bytes] | None = None
        ours = {
            name: value for name, value in os.environ.items() if name not in FOREIGN
        }
        self.environment = ours | {
            "VAR_DIR": str(var_dir),
            "CHAT_MODEL": "demo-fast",
            "TASK_MODEL": "demo-fast",
            "RATE_LIMITS": "off",
            "OPENAI_API_KEY": "",
            "OPENAI_BASE_URL": "",
            "LOG_LEVEL": "WARNING",
            **settings,
        }

    def start(self) -> Product:
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self._command("serve", "--port", str(self.port)),
                cwd=ROOT,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self._wait_until_alive()
        return self

    def stop(self, with_signal: int = signal.SIGTERM) -> int:
        """Ends it; the exit code. Harmless when it does not run."""
        process, self.process = self.process, None
        if process is None:
            return 0
        process.send_signal(with_signal)
        try:
            return process.wait(timeout=START_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise

    def manage(self, *arguments: str, given: str = "") -> subprocess.CompletedProcess:
        """Run a command of the project's against the same state."""
        return subprocess.run(
            self._command(*arguments),
            cwd=ROOT,
            env=self.environment,
            input=given,
            capture_output=True,
            text=True,
            timeout=START_WITHIN,
        )

    @contextmanager
    def demo_model(self) -> Iterator[str]:
        """The demo model alone, in a process of its own; its base URL."""
        command = self._command("demomodel", "--port", str(free_port()))
        process = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, text=True
        )
        try:
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()
            process.wait(30)
            process.stdout.close()

    def said(self) -> str:
        return self.log.read_text()

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "manage.py", *arguments]

    def _wait_until_alive(self) -> None:
        deadline = time.monotonic() + START_WITHIN
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.address}/livez", timeout=2):
                    return
            except urllib.error.HTTPError as refusal:
                refusal.close()
            except OSError:
                pass
            time.sleep(0.05)
        raise RuntimeError(f"The server did not start:\n{self.said()[-4000:]}")


def free_port() -> int:
    """Nobody else is given it while this process runs, where that can be had: on Linux
    a port that is only bound can still be listened at, now and after a restart.
    """
    probe = socket.socket()
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
    if sys.platform == "linux":
        _held.append(probe)
    else:
        probe.close()
    return port
