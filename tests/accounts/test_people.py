"""Making people."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.services.people import create_person, remember_timezone
from tests.base import PASSWORD, TOO_SHORT, make_person

pytestmark = [pytest.mark.database, pytest.mark.django_db]
TAKEN = "Someone with this email address is here already."


def test_a_person_can_sign_in_with_an_address_that_is_confirmed() -> None:
    person = create_person(email=" Maya@Example.ORG ", password=PASSWORD, name=" Maya ")

    assert (person.email, person.name) == ("maya@example.org", "Maya")
    assert person.check_password(PASSWORD)
    assert (person.is_staff, person.is_superuser, person.is_active) == (
        False,
        False,
        True,
    )
    assert list(
        EmailAddress.objects.values_list("email", "user", "primary", "verified")
    ) == [("maya@example.org", person.pk, True, True)]


def test_an_administrator_has_that_role_and_no_more() -> None:
    ada = make_person("Ada", admin=True)

    assert (ada.role, ada.is_staff) == ("administrator", True)
    assert ada.has_perm("privacy.give_roles")
    assert not ada.is_superuser  # the table of roles is above everybody


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"email": ""}, {"email": ["This field cannot be blank."]}),
        ({"email": "maya"}, {"email": ["Enter a valid email address."]}),
        (
            {"email": "ma\x00ya@example.org"},
            {"email": ["Enter a valid email address."]},
        ),
        (
            {"name": "x" * 81},
            {"name": ["Ensure this value has at most 80 characters (it has 81)."]},
        ),
        (
            {"password": "xk4-Q"},
            {"password1": [TOO_SHORT]},
        ),
        (
            {"password": "9182736450"},
            {"password1": ["This password is entirely numeric."]},
        ),
        (
            {"password": "maya.lindqvist"},
            {"password1": ["The password is too similar to the display name."]},
        ),
        (
            {"password": PASSWORD + "\x00"},
            {"password1": ["Null characters are not allowed."]},
        ),
        (
            {"password": PASSWORD * 50},
            {"password1": ["This password is too long. 1024 characters are enough."]},
        ),
    ],
)
def test_what_is_wrong_is_told_in_sentences(
    given: dict[str, Any], wrong: dict[str, list[str]]
) -> None:
    good = {"email": "m@example.org", "name": "Maya Lindqvist", "password": PASSWORD}

    with pytest.raises(ValidationError) as problem:
        create_person(**good | given)

    assert problem.value.message_dict == wrong
    assert not User.objects.exists()


def test_everything_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(ValidationError) as problem:
        create_person(email="maya", password="password")

    assert set(problem.value.message_dict) == {"email", "password1"}
    assert len(problem.value.message_dict["password1"]) == 2


@pytest.mark.parametrize("email", ["alice@example.org", " ALICE@example.org"])
def test_an_address_belongs_to_one_person(email: str, alice: User) -> None:
    with pytest.raises(ValidationError) as problem:
        create_person(email=email, password=PASSWORD)

    assert problem.value.message_dict == {"email": [TAKEN]}


def test_of_two_at_once_the_second_is_told(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other request stored the address after this one had looked for it."""
    monkeypatch.setattr(User, "full_clean", lambda self, **kwargs: None)

    with pytest.raises(ValidationError) as problem:
        create_person(email=alice.email, password=PASSWORD)

    assert problem.value.message_dict == {"email": [TAKEN]}


def test_a_browsers_time_zone_is_kept_once(alice: User) -> None:
    remember_timezone(alice, "Europe/Oslo")
    alice.refresh_from_db()
    remember_timezone(alice, "Asia/Tokyo")
    alice.refresh_from_db()

    assert alice.timezone == "Europe/Oslo"


@pytest.mark.parametrize(
    ("name", "email", "initials"),
    [
        ("Maya Lindqvist", "m@example.org", "ML"),
        ("Maya", "m@example.org", "M"),
        ("", "maya.lindqvist@example.org", "ML"),
        ("", "maya@example.org", "M"),
        ("Anna Maria von der Heide", "m@example.org", "AM"),
    ],
)
def test_initials(name: str, email: str, initials: str) -> None:
    assert User(name=name, email=email).initials == initials
