"""Every name read from the environment is documented, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ID = re.compile(r"chatsite\.[EW]\d{3}")


def text_of(path: str) -> str:
    return (ROOT / path).read_text()


def names_read() -> set[str]:
    source = text_of("chatsite/settings.py")
    return set(re.findall(r"\benv\.\w+\(\s*\"([A-Z_]+)\"", source))


def test_settings_read_something() -> None:
    assert {"SECRET_KEY", "DATABASE_URL", "KEYS_DATABASE_URL"} <= names_read()


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        (".env.example", r"^# ([A-Z_]+)="),
        ("docs/settings.md", r"^\| `([A-Z_]+)` \|"),
    ],
)
def test_the_documented_names_are_those_read(path: str, pattern: str) -> None:
    documented = re.findall(pattern, text_of(path), re.MULTILINE)

    assert sorted(documented) == sorted(names_read())


def test_every_check_is_documented() -> None:
    assert set(ID.findall(text_of("docs/settings.md"))) == set(
        ID.findall(text_of("chatsite/checks.py"))
    )


def test_every_check_is_tested() -> None:
    tested = set(ID.findall(text_of("tests/chatsite/test_checks.py")))

    assert tested == set(ID.findall(text_of("chatsite/checks.py")))
