"""Secrets that a first start makes for itself, and what makes a secret too weak."""

from __future__ import annotations

import math
import os
import re
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

PLACEHOLDER = re.compile(
    # each is long enough not to turn up by chance in a key that was drawn at random
    r"change.?me|changeit|placeholder|example|insecure|your.?secret|your.?key|"
    r"replace.?(me|this)|secret.?key|\btodo\b|x{8}|password|default",
    re.IGNORECASE,
)


def read_or_create(path: Path, make: Callable[[], str]) -> str:
    """The secret in ``path``; made there, for its owner's eyes only, when missing.

    Of two processes that start together one creates the file and both read it.
    """
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # not named by the process id: two containers that share a volume share ids
        descriptor, fresh = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with open(descriptor, "w") as file:
            file.write(make() + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass  # the other process was first
        finally:
            os.unlink(fresh)
    return path.read_text().strip()


def read_lines(path: Path) -> list[str]:
    """The secrets in ``path``, one a line."""
    return path.read_text().split()


def put_first(path: Path, secret: str) -> None:
    """Let the file begin with a new secret and keep all it has: whatever happens, it
    holds either the old ones or all of them.
    """
    lines = [secret, *read_lines(path)]
    descriptor, fresh = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    with open(descriptor, "w") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)  # or the name could still mean the old file after a crash
    finally:
        os.close(directory)


def weakness(secret: str, least: int = 32) -> str:
    """Why ``secret`` must not be used, as the end of a sentence; "" when it may be."""
    if PLACEHOLDER.search(secret):
        return "still is a placeholder"
    if len(secret) < least:
        return f"is shorter than {least} characters"
    counts = Counter(secret).values()
    bits = -sum(n / len(secret) * math.log2(n / len(secret)) for n in counts)
    return "" if bits * len(secret) >= 128 else "is too easy to guess"
