"""The machine under a measurement: cores, and what a process takes of it."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_PAGE_KB = os.sysconf("SC_PAGE_SIZE") / 1024
CALM = 0.25  # cores taken by others; above that, figures say more about them
_STAT = Path("/proc/stat")
_SCHEDULER_CLOCK = 2  # linux/posix-timers.h: CPUCLOCK_SCHED


def cores() -> tuple[int | None, int | None]:
    """(for what is measured, for what measures); None where nothing can be pinned."""
    if not hasattr(os, "sched_getaffinity"):
        return None, None
    usable = sorted(os.sched_getaffinity(0))
    return usable[0], usable[1 % len(usable)]


def pinned(core: int | None) -> Callable[[], None] | None:
    """For ``Popen(preexec_fn=…)``: the process and all its threads on one core."""
    if core is None:
        return None
    return lambda: os.sched_setaffinity(0, {core})


def pin_self(core: int | None) -> None:
    if core is not None:
        os.sched_setaffinity(0, {core})


def cpu_seconds(pid: int) -> float:
    """CPU time that a process of ours has used, its threads included."""
    if sys.platform == "linux":
        return time.clock_gettime(~pid << 3 | _SCHEDULER_CLOCK)
    used = _ps(pid, "time").replace("-", ":").split(":")
    return sum(float(part) * 60**place for place, part in enumerate(reversed(used)))


def memory_kb(pid: int) -> float:
    """Resident memory of a process."""
    if sys.platform == "linux":
        pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
        return int(pages) * _PAGE_KB
    return float(_ps(pid, "rss"))


def busy_seconds() -> float:
    """CPU time that everybody used, by the machine's ticks; 0 if it has none."""
    if not _STAT.exists():
        return 0.0
    ticks = [int(value) for value in _STAT.read_text().split("\n", 1)[0].split()[1:]]
    user, nice, system, _, _, irq, softirq, steal = ticks[:8]
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


class Others:
    """How much somebody else disturbs while something is measured.

    Other processes take cores. A host that shares its cores takes them without saying
    so: our processes are charged for time in which the machine did not tick.
    """

    def __init__(self, *ours: int) -> None:
        self._ours = ours
        self._began, self._then = time.monotonic(), self._taken()

    def cores(self) -> float:
        """Cores that were not ours when they could have been, on average."""
        spent = time.monotonic() - self._began
        return abs(self._taken() - self._then) / spent if spent else 0.0

    def _taken(self) -> float:
        return busy_seconds() - sum(cpu_seconds(pid) for pid in self._ours)


def until_calm(at_most: float = 30.0) -> None:
    """Wait for a second in which others leave the cores alone, but not for ever."""
    deadline = time.monotonic() + at_most
    while time.monotonic() < deadline:
        others = Others(os.getpid())
        time.sleep(1)
        if others.cores() < CALM:
            return


def description() -> dict[str, Any]:
    """What figures must be read with."""
    load = os.getloadavg() if hasattr(os, "getloadavg") else (0.0,)
    return {
        "at": time.strftime("%Y-%m-%d %H:%M"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "load": round(load[0], 2),
    }


def _ps(pid: int, field: str) -> str:
    listed = subprocess.run(
        ["ps", "-o", f"{field}=", "-p", str(pid)], capture_output=True, text=True
    )
    return listed.stdout.strip() or "0"
