"""What the process that looks into files may not do."""

from __future__ import annotations

import os
import resource
import sys
from typing import Any

MEMORY = 1024 * 1024 * 1024  # bytes of address space
PROCESSOR = 90  # seconds
OPEN_FILES = 64
NICENESS = 10  # replies go first
_MOST = {
    "RLIMIT_AS": MEMORY,
    "RLIMIT_CPU": PROCESSOR,
    "RLIMIT_FSIZE": 0,
    "RLIMIT_CORE": 0,  # a core file would hold the text
    "RLIMIT_NOFILE": OPEN_FILES,
    "RLIMIT_NPROC": 0,
}
_FORBIDDEN = ("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn")
_FORBIDDEN_TOO = frozenset(("os.system", "os.kill", "ctypes.dlopen", "shutil.rmtree"))
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC


class Forbidden(Exception):
    """Something that reading a file does not need."""


def apply() -> None:
    """For good: nothing here can be taken back, by this process or what it reads."""
    for name, most in _MOST.items():
        try:
            resource.setrlimit(getattr(resource, name), (most, most))
        except (AttributeError, ValueError, OSError):  # not on every system
            continue
    os.nice(NICENESS)
    sys.addaudithook(_watch)


def _watch(event: str, args: tuple[Any, ...]) -> None:
    """A second fence, for what Python itself does; the limits hold for all the rest."""
    if event.startswith(_FORBIDDEN) or event in _FORBIDDEN_TOO:
        raise Forbidden(event)
    if event == "open" and isinstance(args[2], int) and args[2] & _WRITING:
        raise Forbidden(event)
