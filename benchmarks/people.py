"""People with sessions, without the password hash that is slow on purpose.

``python -m benchmarks.people 200``, with the environment of a product: prepares its
databases and prints a JSON list of Cookie headers, one a person.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from django.apps import apps
from django.conf import settings
from django.test import Client

from benchmarks import in_process

if TYPE_CHECKING:
    from accounts.models import User


def make_person(name: str) -> User:
    """A person who has signed in before and cannot sign in again."""
    person = apps.get_model("accounts.User")(email=f"{name}@example.org", name=name)
    person.set_unusable_password()
    person.save()
    return person


def session_of(person: User) -> str:
    """The Cookie header of a browser in which this person is signed in."""
    client = Client()
    client.force_login(person)
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={client.cookies[name].value}"


def main() -> None:
    count = int(sys.argv[1])
    in_process.ready(Path(os.environ["VAR_DIR"]))
    cookies = [session_of(make_person(f"person{number}")) for number in range(count)]
    print(json.dumps(cookies))


if __name__ == "__main__":
    main()
