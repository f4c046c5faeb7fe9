"""The administration's door is as strong as the product's, or stronger."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts import policies
from accounts.models import User
from tests.accounts.factors.holding import (
    LOCAL,
    SECOND_STEP,
    SECRET,
    code_of,
    first_step,
    give_app,
    give_passkey,
    is_in,
    proven,
)

pytestmark = [pytest.mark.database, pytest.mark.django_db]
PAGES = ["/admin/", "/admin/accounts/user/", "/admin/accounts/auditevent/"]


@pytest.fixture
def asked(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = True


def signed_in(person: User) -> Client:
    client = Client(**LOCAL)
    client.force_login(person)
    return client


@pytest.mark.parametrize("page", PAGES)
def test_staff_without_a_factor_are_led_to_add_one(
    page: str, asked: None, admin_person: User
) -> None:
    client = signed_in(admin_person)

    response = client.get(page, follow=True)

    assert response.redirect_chain == [("/settings/security/", 302)]
    assert "The administration asks for a second factor" in response.content.decode()


def test_nothing_is_changed_meanwhile(
    asked: None, admin_person: User, alice: User
) -> None:
    client = signed_in(admin_person)
    client.post(f"/admin/accounts/user/{alice.pk}/change/", {"email": "x@example.org"})

    alice.refresh_from_db()
    assert alice.email == "alice@example.org"


@pytest.mark.parametrize("page", PAGES)
def test_who_signed_in_without_it_is_asked_for_it(
    page: str, asked: None, admin_person: User
) -> None:
    give_app(admin_person)
    client = signed_in(admin_person)
    question = client.get(page).url
    assert question.startswith("/accounts/2fa/reauthenticate/?next=")

    client.post(question, {"code": code_of(SECRET), "next": page})

    assert client.get(page).status_code == 200


def test_who_signed_in_with_it_goes_in(asked: None, admin_person: User) -> None:
    give_app(admin_person)
    client = first_step(admin_person)
    assert client.get("/admin/").status_code == 302  # to sign in: nobody is yet
    client.post(SECOND_STEP, {"code": code_of(SECRET)})

    assert client.get("/admin/").status_code == 200


def test_who_just_added_one_goes_in(asked: None, admin_person: User) -> None:
    client = proven(admin_person)
    give_passkey(admin_person, client)

    assert client.get("/admin/").status_code == 200


def test_the_admins_own_sign_in_knows_the_second_step(admin_person: User) -> None:
    """With the policy off, too: the password alone never was enough for those."""
    give_app(admin_person)
    client = Client(**LOCAL)
    assert client.get("/admin/login/?next=/admin/").url.startswith("/accounts/login/")
    client.post(
        "/admin/login/",
        {"username": admin_person.email, "password": "the tide is out at noon"},
    )

    assert not is_in(client)
    assert not is_in(first_step(admin_person))


def test_on_this_machine_nobody_is_asked(admin_person: User) -> None:
    assert signed_in(admin_person).get("/admin/").status_code == 200


def test_an_administrator_decides_over_the_setting(admin_person: User) -> None:
    policies.decide("staff_second_factor", True)
    policies.forget()

    assert signed_in(admin_person).get("/admin/").status_code == 302


def test_people_who_are_not_staff_are_still_refused(asked: None, alice: User) -> None:
    response = signed_in(alice).get("/admin/")

    assert response.status_code in (302, 403)
    assert not response.get("Location", "").startswith("/settings/")
