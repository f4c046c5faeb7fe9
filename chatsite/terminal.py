"""Ctrl-C under ``make``.

make shares the terminal's foreground with what it runs, dies of Ctrl-C itself and
reports a failure, however gracefully the server ends. So a server that make started
takes the foreground for itself, and gives it back.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def foreground() -> Iterator[None]:
    """Within it, Ctrl-C reaches this process alone."""
    if "MAKELEVEL" not in os.environ or not sys.stdin.isatty():
        yield
        return
    terminal, before = sys.stdin.fileno(), os.getpgrp()
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # else moving it would stop us
    os.setpgid(0, 0)
    os.tcsetpgrp(terminal, os.getpgrp())
    try:
        yield
    finally:
        os.tcsetpgrp(terminal, before)
