"""Cut a byte stream into the data of its server-sent events."""

from __future__ import annotations

MAX_EVENT_BYTES = 4 << 20  # the last one repeats the whole reply, thoughts and all
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class EventTooLong(ValueError):
    """A server sent one event that is larger than any real one."""


class EventSplitter:
    """Gives the data of each event, wherever one read ends and the next begins.

    It works on bytes, so a read may end inside a character. Names of events and
    comments are dropped: both APIs say in the data what it is.
    """

    def __init__(self, limit: int = MAX_EVENT_BYTES) -> None:
        self._limit = limit
        self._pieces: list[bytes] = []
        self._size = 0
        self._after_cr = False

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the data of every event that this chunk completes."""
        if self._after_cr or b"\r" in chunk:
            chunk = self._with_plain_newlines(chunk)
        if b"\n" not in chunk:
            # Joining only at line ends keeps a dripping server from making us copy
            # the whole buffer for every byte it sends.
            self._keep(chunk)
            return []
        blocks = b"".join((*self._pieces, chunk)).split(b"\n\n")
        self._pieces.clear()
        self._size = 0
        self._keep(blocks.pop())
        return self._data(blocks)

    def finish(self) -> list[bytes]:
        """Return the last event if the server forgot the blank line after it."""
        last = b"".join(self._pieces)
        self._pieces.clear()
        self._size = 0
        return self._data([last])

    def _keep(self, rest: bytes) -> None:
        self._size += len(rest)
        if self._size > self._limit:
            raise EventTooLong
        if rest:
            self._pieces.append(rest)

    def _data(self, blocks: list[bytes]) -> list[bytes]:
        found = []
        for block in blocks:
            if len(block) > self._limit:
                raise EventTooLong
            data = _data_of(block)
            if data is not None:
                found.append(data)
        return found

    def _with_plain_newlines(self, chunk: bytes) -> bytes:
        """Make CR LF and lone CR into LF, also when a read ends between the two."""
        if self._after_cr and chunk.startswith(b"\n"):
            chunk = chunk[1:]
            self._after_cr = False
        if chunk:
            self._after_cr = chunk.endswith(b"\r")
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _data_of(block: bytes) -> bytes | None:
    # One line of data and nothing else: every Chat Completions event.
    if block.startswith(b"data: ") and b"\n" not in block:
        return block[6:]
    lines = []
    for line in block.removeprefix(_BYTE_ORDER_MARK).split(b"\n"):
        name, _, value = line.partition(b":")
        if name == b"data":
            lines.append(value.removeprefix(b" "))
    return b"\n".join(lines) if lines else None
