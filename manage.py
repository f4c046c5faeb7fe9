#!/usr/bin/env python
"""The command line of the project."""

import os
import sys


def flags_to_environment(arguments: list[str]) -> None:
    """``serve --host --port`` decide settings, so they must be there before them."""
    for flag in ("--host", "--port"):
        for at, argument in enumerate(arguments):
            name, _, value = argument.partition("=")
            if name == flag and (value or arguments[at + 1 :]):
                os.environ[flag[2:].upper()] = value or arguments[at + 1]


def main() -> None:
    os.umask(0o077)  # databases and all else it makes are for its own user alone
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
    if sys.argv[1:2] == ["serve"]:
        flags_to_environment(sys.argv[2:])
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
