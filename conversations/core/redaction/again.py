"""Finding in what is looked at turn after turn: a prompt is mostly the one before."""

from __future__ import annotations

import threading
from collections import OrderedDict
from hashlib import blake2b

from .finding import find
from .spans import Span

MOST = 20_000  # texts; of each its digest and places, none of its words


class Finder:
    """``find``, which remembers where it found something. For any thread."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._found: OrderedDict[bytes, tuple[Span, ...]] = OrderedDict()

    def __call__(self, text: str) -> list[Span]:
        key = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        with self._lock:
            found = self._found.get(key)
            if found is not None:
                self._found.move_to_end(key)
        if found is None:
            found = tuple(find(text))
            self._remember(key, found)
        return list(found)

    def __len__(self) -> int:
        return len(self._found)

    def _remember(self, key: bytes, found: tuple[Span, ...]) -> None:
        with self._lock:
            self._found[key] = found
            if len(self._found) > self._most:
                self._found.popitem(last=False)


find_again = Finder()
