"""What is looked at, in order: one line in the table each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from chatsite.doctor import content, machine, people
from chatsite.doctor.findings import Finding, bad

Look = Callable[[], Iterator[Finding]]

LOOKS: Mapping[str, Look] = {
    "Settings": machine.system_checks,
    "Disk": machine.disk,
    "Databases": machine.databases,
    "Migrations": machine.migrations,
    "Redis": machine.redis,
    "Model": machine.model_server,
    "Tokenizer": machine.tokenizer,
    "Administrators": people.administrators,
    "Data keys": people.data_keys,
    "Sealed text": content.sealed_text,
    "Search index": content.search_index,
    "Replies": content.replies,
    "Files": content.files,
    "Audit log": people.audit_log,
    "Data requests": people.data_requests,
}


def examine() -> Iterator[tuple[str, Finding]]:
    """Every finding with the name of the look. What breaks a look is a finding too."""
    for name, look in LOOKS.items():
        try:
            for finding in look():
                yield name, finding
        except Exception as problem:  # whatever it is, the other looks go on
            said = f"This could not be looked at: {type(problem).__name__}: {problem}"
            yield name, bad(said, "Mend what this says, then call doctor again.")
