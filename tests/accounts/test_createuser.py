"""``manage.py createuser``"""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.management.commands import createuser
from accounts.models import User
from tests.base import PASSWORD

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def create(*arguments: str, stdin: str | None = None, monkeypatch: Any = None) -> str:
    """What the command prints; ``stdin`` is what it can read."""
    out = io.StringIO()
    words = [*arguments]
    if stdin is not None:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        words.append("--password-stdin")
    call_command("createuser", *words, stdout=out)
    return out.getvalue()


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What someone types at the two questions."""
    answers = [PASSWORD, PASSWORD]
    monkeypatch.setattr(createuser, "getpass", lambda question: answers.pop(0))
    return answers


@pytest.mark.parametrize("end", ["\n", "\r\n", "", "\nand more lines\n"])
def test_the_password_is_the_first_line_of_standard_input(
    end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = create(
        "--email", "Maya@example.org", stdin=PASSWORD + end, monkeypatch=monkeypatch
    )

    maya = User.objects.get()
    assert printed == "maya@example.org can sign in as a person.\n"
    assert maya.check_password(PASSWORD)
    assert (maya.is_staff, maya.is_superuser) == (False, False)


def test_otherwise_it_asks_twice(typed: list[str]) -> None:
    create("--email", "maya@example.org")

    assert typed == []
    assert User.objects.get().check_password(PASSWORD)


def test_two_different_answers_make_nobody(typed: list[str]) -> None:
    typed[1] = "something else"

    with pytest.raises(CommandError, match=r"^The two passwords differ\.$"):
        create("--email", "maya@example.org")
    assert not User.objects.exists()


def test_an_administrator_with_a_name(typed: list[str]) -> None:
    printed = create("--email", "ada@example.org", "--admin", "--name", "Ada")

    ada = User.objects.get()
    assert printed == "ada@example.org can sign in as an administrator.\n"
    assert (ada.name, ada.role, ada.is_staff) == ("Ada", "administrator", True)


@pytest.mark.parametrize(
    ("email", "password", "sentence"),
    [
        ("maya", PASSWORD, "Enter a valid email address."),
        (
            "m@example.org",
            "xk4-Q",
            "This password is too short. It must contain at least 10 characters.",
        ),
        ("m@example.org", "", "This password is too short."),
        (
            "alice@example.org",
            PASSWORD,
            "Someone with this email address is here already.",
        ),
    ],
)
def test_what_will_not_do_is_told_in_a_sentence(
    email: str,
    password: str,
    sentence: str,
    alice: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(CommandError) as problem:
        create("--email", email, stdin=password + "\n", monkeypatch=monkeypatch)

    assert str(problem.value).startswith(sentence)
    assert User.objects.count() == 1


def test_an_address_is_needed() -> None:
    with pytest.raises(CommandError, match="--email"):
        create()
