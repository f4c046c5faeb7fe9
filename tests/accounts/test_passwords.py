"""Changing a password, resetting a lost one, and proving that one knows it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client, override_settings

from accounts.models import User
from tests.base import PASSWORD, TOO_SHORT

pytestmark = [pytest.mark.database, pytest.mark.django_db]
NEW = "nobody minds the gulls"
CHANGE = "/accounts/password/change/"
RESET = "/accounts/password/reset/"


def change(client: Client, **given: str) -> Any:
    good = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    return client.post(CHANGE, good | given)


def password_of(person: User) -> User:
    return User.objects.get(pk=person.pk)


def link_in_mail() -> str:
    return re.search(r"http://testserver(\S+reset/key\S+)", mail.outbox[0].body)[1]


def test_a_changed_password_works_and_the_old_one_does_not(
    client_of: Any, alice: User
) -> None:
    response = change(client_of(alice))

    assert (response.status_code, response.url) == (302, CHANGE)
    assert password_of(alice).check_password(NEW)
    assert not password_of(alice).check_password(PASSWORD)


def test_changing_it_signs_other_devices_out(client_of: Any, alice: User) -> None:
    here, elsewhere = client_of(alice), client_of(alice)

    change(here)

    assert here.get("/settings/").status_code == 200
    assert elsewhere.get("/settings/").status_code == 302


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        (
            {"oldpassword": "not it at all"},
            {"oldpassword": ["This is not your current password."]},
        ),
        (
            {"password2": "another"},
            {"password2": ["You must type the same password each time."]},
        ),
        (
            {"password1": "short", "password2": "short"},
            {"password1": [TOO_SHORT]},
        ),
        (
            {"password1": "alice@example.org", "password2": "alice@example.org"},
            {"password1": ["The password is too similar to the email address."]},
        ),
        (
            {"password1": "x\x00y" * 9, "password2": "x\x00y" * 9},
            {
                "password1": ["Null characters are not allowed."],
                "password2": ["Null characters are not allowed."],
            },
        ),
    ],
)
def test_a_change_that_is_wrong_changes_nothing(
    given: dict[str, str], wrong: dict[str, list[str]], client_of: Any, alice: User
) -> None:
    response = change(client_of(alice), **given)

    assert response.context["form"].errors == wrong
    assert password_of(alice).check_password(PASSWORD)


def test_only_someone_signed_in_may_change_it(client: Client) -> None:
    assert client.get(CHANGE).url == f"/accounts/login/?next={CHANGE}"


def test_a_lost_password_is_reset_through_mail(client: Client, alice: User) -> None:
    asked = client.post(RESET, {"email": " Alice@example.org"}, follow=True)
    assert "We have sent you an email." in asked.content.decode()
    assert mail.outbox[0].to == ["alice@example.org"]

    form = client.get(link_in_mail(), follow=True)
    assert form.redirect_chain[0][0].endswith("-set-password/"), "no secret in the URL"
    done = client.post(
        form.request["PATH_INFO"], {"password1": NEW, "password2": NEW}, follow=True
    )

    assert "Your password is changed" in done.content.decode()
    assert password_of(alice).check_password(NEW)


def test_a_reset_link_works_once(client: Client, alice: User) -> None:
    client.post(RESET, {"email": alice.email})
    form = client.get(link_in_mail(), follow=True)
    client.post(form.request["PATH_INFO"], {"password1": NEW, "password2": NEW})

    again = Client().get(link_in_mail(), follow=True)

    assert "This link does not work" in again.content.decode()
    assert "<input" not in again.content.decode()


def test_a_reset_ends_every_session(
    client: Client, client_of: Any, alice: User
) -> None:
    elsewhere = client_of(alice)
    client.post(RESET, {"email": alice.email})
    form = client.get(link_in_mail(), follow=True)

    client.post(form.request["PATH_INFO"], {"password1": NEW, "password2": NEW})

    assert elsewhere.get("/settings/").status_code == 302


def test_a_weak_password_is_refused_on_the_way_too(client: Client, alice: User) -> None:
    client.post(RESET, {"email": alice.email})
    form = client.get(link_in_mail(), follow=True)

    answer = client.post(
        form.request["PATH_INFO"], {"password1": "short", "password2": "short"}
    )

    assert answer.status_code == 200
    assert password_of(alice).check_password(PASSWORD)


def test_asking_for_a_reset_does_not_tell_who_is_here(
    client: Client, alice: User
) -> None:
    known = Client().post(RESET, {"email": alice.email}, follow=True)
    unknown = Client().post(RESET, {"email": "nobody@example.org"}, follow=True)

    assert known.redirect_chain == unknown.redirect_chain
    assert known.content == unknown.content
    assert RESET in mail.outbox[0].body
    assert "password/reset/key" not in mail.outbox[1].body


def test_someone_switched_off_gets_no_link(client: Client, alice: User) -> None:
    User.objects.update(is_active=False)

    client.post(RESET, {"email": alice.email})

    assert "password/reset/key" not in mail.outbox[0].body


@override_settings(RATE_LIMITS=True)
def test_a_reset_gives_the_attempts_to_sign_in_back(
    client: Client, alice: User
) -> None:
    credentials = {"email": alice.email, "password": "not it at all"}
    for _ in range(6):
        client.post("/accounts/login/", credentials)
    client.post(RESET, {"email": alice.email})
    form = client.get(link_in_mail(), follow=True)
    client.post(form.request["PATH_INFO"], {"password1": NEW, "password2": NEW})

    signed_in = client.post("/accounts/login/", {"email": alice.email, "password": NEW})

    assert (signed_in.status_code, signed_in.url) == (302, "/")


def test_proving_the_password_leads_on(client_of: Any, alice: User) -> None:
    response = client_of(alice).post(
        "/accounts/reauthenticate/?next=/settings/",
        {"password": PASSWORD, "next": "/settings/"},
    )

    assert (response.status_code, response.url) == (302, "/settings/")


def test_proving_a_wrong_password_does_not(client_of: Any, alice: User) -> None:
    response = client_of(alice).post(
        "/accounts/reauthenticate/", {"password": "not it at all"}
    )

    assert response.context["form"].errors == {"password": ["Incorrect password."]}
