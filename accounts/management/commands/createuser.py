"""``manage.py createuser``"""

from __future__ import annotations

import sys
from getpass import getpass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.services.people import create_person


class Command(BaseCommand):
    help = "Add a person who can sign in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--name", default="", help="what the pages call them")
        parser.add_argument("--admin", action="store_true", help="may use /admin/")
        parser.add_argument(
            "--password-stdin",
            action="store_true",
            help="read the password from the first line of standard input",
        )

    def handle(self, *, email: str, name: str, admin: bool, **options: Any) -> None:
        password = self._read() if options["password_stdin"] else self._ask()
        try:
            person = create_person(
                email=email, name=name, password=password, admin=admin
            )
        except ValidationError as problem:
            raise CommandError(" ".join(problem.messages)) from problem
        role = "an administrator" if admin else "a person"
        self.stdout.write(f"{person.email} can sign in as {role}.")

    def _read(self) -> str:
        return sys.stdin.readline().rstrip("\r\n")

    def _ask(self) -> str:
        password = getpass("Password: ")
        if getpass("Password, again: ") != password:
            raise CommandError("The two passwords differ.")
        return password
