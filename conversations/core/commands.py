"""What a person may type after a slash, and how it is read. What it does is elsewhere.

A message is a command when it begins with ``/word`` and the word stands alone, so that
paths (``/etc/hosts``) and fractions are messages; ``//word`` is a message, too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_SHAPE = re.compile(r"/([a-zA-Z]+)(?:[ \t\n]+|$)")


@dataclass(frozen=True, slots=True)
class CommandKind:
    """One line of the table: what follows the name, and what it does, for the help."""

    name: str
    usage: str
    does: str

    @property
    def line(self) -> str:
        return f"/{self.name} {self.usage}".rstrip()


@dataclass(frozen=True, slots=True)
class Command:
    """A command as typed. ``rest`` is what followed the name, trimmed."""

    name: str
    rest: str

    @property
    def is_known(self) -> bool:
        return self.name in COMMANDS


_TABLE = (
    CommandKind("help", "", "List what can be typed after a slash"),
    CommandKind("set", "name Maya", "Remember a fact about you, under a name"),
    CommandKind("unset", "name", "Forget that fact"),
    CommandKind("facts", "", "Show what is known about you"),
    CommandKind("remember", "I am allergic to nuts", "Remember a sentence about you"),
    CommandKind("forget", "nuts", "Forget what is known with these words"),
    CommandKind("history", "5", "Show the latest messages again, in short"),
    CommandKind("compact", "", "Summarise the older part of this conversation now"),
    CommandKind("reset", "", "Begin a new branch with nothing in it; all is kept"),
    CommandKind("strategy", "window", "Show or choose what goes to the model"),
    CommandKind("model", "gpt-5.4-mini", "Show or choose the model"),
    CommandKind(
        "system", "Answer briefly.", "Show or set the system prompt; off: none"
    ),
    CommandKind("title", "New title", "Rename this conversation"),
    CommandKind("export", "", "Show where this conversation can be downloaded"),
)
COMMANDS: dict[str, CommandKind] = {kind.name: kind for kind in _TABLE}


def command_in(text: str) -> Command | None:
    """The command that a message is, known or not; None for a message."""
    said = text.strip()
    match = _SHAPE.match(said)
    return Command(match[1].lower(), said[match.end() :].strip()) if match else None


def message_in(text: str) -> str:
    """A message that begins with two slashes begins with one."""
    return text[1:] if re.match(r"//[a-zA-Z]+(\s|$)", text) else text


def help_text() -> str:
    """Every command, a line each."""
    widest = max(len(kind.line) for kind in _TABLE)
    return "\n".join(f"{kind.line.ljust(widest)}  {kind.does}" for kind in _TABLE)
