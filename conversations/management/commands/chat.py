"""``manage.py chat``: the same conversations from a terminal."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connections

from accounts.models import User
from conversations.core.tokens import install_vocabulary
from conversations.models import Conversation
from conversations.services import access, history, thread
from conversations.terminal import Screen, Terminal

PROMPT, MORE = "> ", "… "
LEAVE = ("quit", "exit", "/quit", "/exit")
SHOWN = 6  # messages of a conversation that is gone on with
WELCOME = "/help lists the commands; quit or Ctrl-D leaves; Ctrl-C stops a reply."


class Command(BaseCommand):
    help = "Talk in a terminal, in the same conversations as on the pages."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", required=True, metavar="EMAIL")
        parser.add_argument("--conversation", metavar="ID", help="go on with this one")
        parser.add_argument("--model", default="", help="instead of its own")

    def handle(
        self, *, user: str, conversation: str | None, model: str, **options: Any
    ) -> None:
        try:
            person = self._person(user)
            known = self._conversation(person, conversation) if conversation else None
        except DatabaseError as problem:
            told = "The database is not ready. Start the product once: manage.py serve"
            raise CommandError(told) from problem
        install_vocabulary(settings.TIKTOKEN_CACHE_DIR)
        is_terminal = self.stdout.isatty()
        self._asks = is_terminal and sys.stdin.isatty()
        colours = is_terminal and "NO_COLOR" not in os.environ
        self._screen = Screen(self._write, colours=colours)
        if self._asks:
            with contextlib.suppress(ImportError):
                import readline  # noqa: F401, PLC0415 - lines can be edited from now on
        if known:
            self._show(known)
        connections.close_all()  # the runner's threads have their own
        at = known.id if known else None
        with Terminal(person.id, self._screen, conversation=at, model=model) as it:
            self._talk(it)
        if it.conversation and self._asks:
            again = f"manage.py chat --user {user} --conversation {it.conversation}"
            self._screen.remark(f"To go on: {again}")

    def _talk(self, terminal: Terminal) -> None:
        self._screen.remark(WELCOME)
        interrupted = False
        while True:
            try:
                text = self._read()
                if text is None or text.strip().lower() in LEAVE:
                    return
                interrupted = False
                if text.strip():
                    terminal.say(text)
            except KeyboardInterrupt:
                if interrupted or terminal.is_stopping:
                    return
                interrupted = True
                self._screen.remark("\nCtrl-C once more leaves.")

    def _read(self) -> str | None:
        """The next text, lines that end with a backslash joined; None at the end."""
        lines = []
        while (line := self._read_line(MORE if lines else PROMPT)) is not None:
            lines.append(line.removesuffix("\\"))
            if not line.endswith("\\"):
                break
        return "\n".join(lines) if lines else None

    def _read_line(self, prompt: str) -> str | None:
        if self._asks:
            try:
                line = input(prompt)
            except EOFError:
                self._write("\n")
                return None
        else:
            line = sys.stdin.readline()
            if not line:
                return None
            line = line.rstrip("\r\n")
            self._screen.line(prompt + line)  # what a terminal would show
        return line.encode(errors="replace").decode()

    def _write(self, text: str) -> None:
        self.stdout.write(text, ending="")
        self.stdout.flush()

    # --- whose, and which
    def _person(self, email: str) -> User:
        person = User.objects.filter(email=email.strip().lower()).first()
        if person is None or not person.is_active:
            raise CommandError(f"Nobody here has the address {email}.")
        return person

    def _conversation(self, person: User, given: str) -> Conversation:
        try:
            found = access.conversation(person.id, UUID(given))
        except (ValueError, access.NotFound):
            raise CommandError(f"{person.email} has no conversation {given}.") from None
        if found.deleted_at:
            raise CommandError("This conversation is in the trash. Restore it first.")
        return found

    def _show(self, conversation: Conversation) -> None:
        self._screen.remark(conversation.title)
        last = history.branch(conversation.id, conversation.head_id, at_most=SHOWN)
        for said in thread.tell(last):
            is_theirs = said.message.role == "user"
            self._screen.line(f"{PROMPT}{said.text}" if is_theirs else said.text)
