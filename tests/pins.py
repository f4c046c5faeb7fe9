"""What the requirements bring along, with the versions that are installed here:
``python -m tests.pins > new && mv new constraints.txt``, after a requirement changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
FILES = ("requirements.txt", "requirements-redis.txt", "requirements-dev.txt")
HEAD = """\
# What the requirements bring along, so that every machine gets the same:
# pip install -r requirements.txt -c constraints.txt. Made by: python -m tests.pins
"""


def named() -> Iterator[Requirement]:
    """The lines of the requirements."""
    for file in FILES:
        for line in (ROOT / file).read_text().splitlines():
            if line and line[0] not in "#-":
                yield Requirement(line)


def pins() -> list[str]:
    """``name==version`` of all that these lines need and do not name."""
    asked = [(canonicalize_name(each.name), frozenset(each.extras)) for each in named()]
    names, found = {name for name, _ in asked}, dict[str, str]()
    todo, seen = list(asked), set()
    while todo:
        name, extras = one = todo.pop()
        if one in seen:
            continue
        seen.add(one)
        installed = metadata.distribution(name)
        found[name] = installed.version
        for line in installed.requires or []:
            needs = Requirement(line)
            if _is_wanted(needs, extras):
                todo.append((canonicalize_name(needs.name), frozenset(needs.extras)))
    names.add("setuptools")  # it comes with the virtual environment
    return [f"{name}=={found[name]}" for name in sorted(found.keys() - names)]


def _is_wanted(needs: Requirement, extras: frozenset[str]) -> bool:
    marker = needs.marker
    return marker is None or any(marker.evaluate({"extra": e}) for e in {"", *extras})


def written() -> dict[str, str]:
    """The lines of ``constraints.txt``, by their names."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return {line.partition("==")[0]: line for line in lines if line[:1] not in "# "}


if __name__ == "__main__":
    # what another Python needs stays as it is
    lines = written() | {line.partition("==")[0]: line for line in pins()}
    print(HEAD + "\n".join(lines[name] for name in sorted(lines)))
