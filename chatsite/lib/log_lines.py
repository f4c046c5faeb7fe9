"""Lines of the log that nobody can forge: what was logged stays in its own line."""

from __future__ import annotations

import logging
import re
from typing import Literal

# what moves a cursor, colours a terminal, begins a line or turns the writing around
CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
AFTER = "\n  "  # the lines of a traceback, none of which looks like a beginning


class Formatter(logging.Formatter):
    def __init__(
        self,
        format: str | None = None,
        datefmt: str | None = None,
        style: Literal["%", "{", "$"] = "{",
    ) -> None:
        super().__init__(format, datefmt, style)

    def formatMessage(self, record: logging.LogRecord) -> str:
        return escaped(super().formatMessage(record))

    def formatException(self, ei: object) -> str:
        lines = super().formatException(ei).split("\n")  # type: ignore[arg-type]
        return "  " + AFTER.join(map(escaped, lines))

    def formatStack(self, stack_info: str) -> str:
        return "  " + AFTER.join(map(escaped, stack_info.split("\n")))


def escaped(text: str) -> str:
    return CONTROL.sub(lambda found: ascii(found.group())[1:-1], text)
