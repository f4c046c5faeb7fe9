"""``manage.py doctor``: what is wrong with this installation, and what to do."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from chatsite.doctor import Finding, State, examine

SIGNS = {State.FINE: "ok ", State.ODD: "?? ", State.BAD: "!! "}


class Command(BaseCommand):
    help = (
        "Look everything over: settings, databases, keys, sealed text, audit log, what"
        " waits. It changes nothing, and fails only when somebody must act."
    )
    requires_system_checks = []  # they are its first look

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *, json: bool, **options: Any) -> None:
        worst, lines = State.FINE, []
        for name, finding in examine():
            worst = max(worst, finding.state)
            if json:
                lines.append(_as_dict(name, finding))
            else:
                self._tell(name, finding)
        if json:
            self.stdout.write(_dump({"state": worst.name.lower(), "findings": lines}))
        if worst is State.BAD:
            raise CommandError("Something needs to be mended.")
        if not json:
            self.stdout.write("All is well." if worst is State.FINE else "It works.")

    def _tell(self, name: str, finding: Finding) -> None:
        self.stdout.write(f"{SIGNS[finding.state]}{name}: {finding.said}")
        if finding.advice:
            self.stdout.write(f"   → {finding.advice}")
        self.stdout.flush()


def _as_dict(name: str, finding: Finding) -> dict[str, str]:
    told = {"look": name, "state": finding.state.name.lower(), "said": finding.said}
    return told | ({"advice": finding.advice} if finding.advice else {})


def _dump(value: Any) -> str:
    return json.dumps(value, indent=2)
