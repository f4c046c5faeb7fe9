"""What is a command, what is a message that only looks like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.core.commands import (
    COMMANDS,
    Command,
    command_in,
    help_text,
    message_in,
)


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        ("/set name Maya", "set", "name Maya"),
        ("  /HELP  ", "help", ""),
        (
            "/system Answer briefly.\nAnd kindly.",
            "system",
            "Answer briefly.\nAnd kindly.",
        ),
        ("/history\t5", "history", "5"),
        ("/frobnicate now", "frobnicate", "now"),
    ],
)
def test_a_slash_and_a_word_is_a_command(text, name, rest):
    assert command_in(text) == Command(name, rest)


@pytest.mark.parametrize(
    "text",
    ["/etc/hosts", "/", "/ set", "//set is a command", "1/2", "a /set", "/set:x", "/5"],
)
def test_what_only_looks_like_one_is_a_message(text):
    assert command_in(text) is None


def test_two_slashes_say_that_one_is_meant():
    assert message_in("//set is a command") == "/set is a command"
    assert message_in("// a comment") == "// a comment"
    assert message_in("//example.org/path") == "//example.org/path"


def test_the_help_has_a_line_for_every_command():
    lines = help_text().splitlines()
    assert [line.split()[0] for line in lines] == [f"/{name}" for name in COMMANDS]


@given(st.text(max_size=200))
def test_any_text_is_read_without_a_fault(text):
    found = command_in(text)
    assert found is None or text.strip().startswith("/")
    message_in(text)
