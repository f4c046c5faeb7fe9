"""Whatever is logged, a line of the log is a line, and says only what it is."""

from __future__ import annotations

import copy
import io
import logging
import logging.config
import re
from collections.abc import Iterator

import pytest
from django.conf import settings

from chatsite.lib.log_lines import escaped

BEGINNING = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} [A-Z]+ \S+: ")


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    """A logger that writes as the product's do."""
    made = logging.config.DictConfigurator(
        {"version": 1, "formatters": settings.LOGGING["formatters"]}
    )
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(
        made.configure_formatter(copy.copy(settings.LOGGING["formatters"]["line"]))
    )
    logger = logging.getLogger("forged")
    logger.propagate = False
    logger.addHandler(handler)
    yield logger, handler.stream
    logger.removeHandler(handler)
    logger.propagate = True


@pytest.mark.parametrize(
    ("given", "seen"),
    [
        ("plain wörds, 語", "plain wörds, 語"),
        ("one\r\ntwo", r"one\r\ntwo"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("tab\tbell\a\x00\x7f\x9b", r"tab\tbell\x07\x00\x7f\x9b"),
        ("line\u2028 turn \u202e \u2066", r"line\u2028 turn \u202e \u2066"),
        ("half \ud800", r"half \ud800"),
    ],
)
def test_what_would_move_the_cursor_is_spelt_out(given: str, seen: str) -> None:
    assert escaped(given) == seen


def test_a_message_cannot_begin_a_line(log) -> None:
    logger, written = log

    logger.warning("name: %s", "x\n2030-01-01 00:00:00,000 INFO root: all is well")

    lines = written.getvalue().splitlines()
    assert len(lines) == 1
    assert BEGINNING.match(lines[0])
    assert lines[0].endswith(r"x\n2030-01-01 00:00:00,000 INFO root: all is well")


def test_neither_can_an_error(log) -> None:
    logger, written = log
    try:
        raise ValueError("x\n2030-01-01 00:00:00,000 INFO root: fine\r\x1b[2J")
    except ValueError:
        logger.exception("it failed")

    first, *others = written.getvalue().split("\n")[:-1]
    assert BEGINNING.match(first)
    assert others and all(line.startswith("  ") for line in others)
    assert "\x1b" not in written.getvalue() and "\r" not in written.getvalue()


def test_the_name_of_a_logger_is_escaped_too(log) -> None:
    logger, written = log
    child = logger.getChild("a\nb")

    child.warning("said")

    assert written.getvalue().count("\n") == 1
