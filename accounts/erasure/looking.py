"""Finds bytes in a file, as a program of its own: ``looking.py FILE``, what to find on
standard input, in hexadecimal, a line each; where it begins on standard output.

Of its own because of SQLite's locks: they are POSIX locks, and a process that closes a
file loses all it has on it. A server that only read its database so would go on writing
into a log that another process takes for nobody's, and deletes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

PIECE = 8 << 20  # bytes at once


def places(path: str, needles: Sequence[bytes], piece: int = PIECE) -> Iterator[int]:
    longest = max(map(len, needles), default=0)
    if not longest:
        return
    with open(path, "rb") as file:
        start, kept = 0, b""
        while read := file.read(piece):
            data = kept + read
            # what begins in the part that is read again is found then
            end = max(0, len(data) - longest + 1)
            yield from (start + at for at in _all(data, needles) if at < end)
            kept = data[end:]
            start += end
        yield from (start + at for at in _all(kept, needles))


def _all(data: bytes, needles: Sequence[bytes]) -> Iterator[int]:
    for needle in needles:
        at = data.find(needle)
        while at >= 0:
            yield at
            at = data.find(needle, at + 1)


def main(path: str) -> None:
    needles = [bytes.fromhex(line) for line in sys.stdin]
    for at in places(path, needles):
        sys.stdout.write(f"{at}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
