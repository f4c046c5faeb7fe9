"""Changing the address one signs in with."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.test import override_settings

from accounts.models import User
from tests.base import PASSWORD, proven_client_of

pytestmark = [
    pytest.mark.database,
    pytest.mark.django_db,
    pytest.mark.skipif(
        not getattr(settings, "ACCOUNT_CHANGE_EMAIL", False),
        reason="allauth chooses its page for one address each when it is imported",
    ),
]
PAGE = "/accounts/email/"
NEW = "alice@elsewhere.example"


def ask(client: Any, email: str = NEW) -> Any:
    return client.post(PAGE, {"email": email, "action_add": ""}, follow=True)


def link_in_mail() -> str:
    return re.search(r"http://testserver(\S+confirm-email\S+)", mail.outbox[0].body)[1]


def test_the_new_address_counts_once_its_mail_was_answered(alice: User) -> None:
    client = proven_client_of(alice)
    page = ask(client, " ALICE@elsewhere.example").content.decode()
    assert f"We sent a message to <strong>{NEW}</strong>" in page
    assert mail.outbox[0].to == [NEW]
    alice.refresh_from_db()
    assert alice.email == "alice@example.org"

    assert NEW in client.get(link_in_mail()).content.decode()
    client.post(link_in_mail())

    alice.refresh_from_db()
    assert alice.email == NEW


def test_someone_who_signed_up_keeps_their_address_until_then(client: Any) -> None:
    """allauth would empty it, had nobody confirmed it."""
    given = {"email": "maya@example.org", "password1": PASSWORD}
    client.post("/accounts/signup/", given)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})

    page = ask(client).content.decode()

    assert "You sign in as <strong>maya@example.org</strong>" in page
    assert User.objects.get().email == "maya@example.org"


def test_someone_made_in_a_shell_keeps_their_address_too(client: Any, db: None) -> None:
    User.objects.create_superuser("maya@example.org", PASSWORD)
    given = {"email": "maya@example.org", "password": PASSWORD}
    client.post("/accounts/login/", given)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})

    ask(client)

    assert User.objects.get().email == "maya@example.org"


def test_one_may_keep_the_old_address(alice: User) -> None:
    client = proven_client_of(alice)
    ask(client)

    page = client.post(PAGE, {"email": NEW, "action_remove": ""}, follow=True)

    assert NEW not in page.content.decode().partition("<h1>")[2]
    assert [row.email for row in alice.emailaddress_set.all()] == ["alice@example.org"]


@pytest.mark.parametrize(
    ("email", "wrong"),
    [
        ("nonsense", "Enter a valid email address."),
        ("a\x00@example.org", "Null characters are not allowed."),
        ("x" * 250 + "@example.org", "This is longer than 254 characters."),
        ("alice@example.org", "This email address is already associated"),
    ],
)
def test_an_address_that_will_not_do(email: str, wrong: str, alice: User) -> None:
    assert wrong in ask(proven_client_of(alice), email).content.decode()
    assert mail.outbox == []


def test_nobody_takes_the_address_of_another(alice: User, bob: User) -> None:
    """Bob asks for Alice's address; she gets mail, and nothing becomes his."""
    ask(proven_client_of(bob), alice.email)

    for person in (alice, bob):
        person.refresh_from_db()
    assert (alice.email, bob.email) == ("alice@example.org", "bob@example.org")


def test_a_link_that_was_never_sent(alice: User) -> None:
    page = proven_client_of(alice).get("/accounts/confirm-email/nonsense/")

    assert "expired or is invalid" in page.content.decode()


def test_only_someone_signed_in_sees_the_page(client: Any) -> None:
    assert client.get(PAGE).url == f"/accounts/login/?next={PAGE}"


@override_settings(ACCOUNT_REAUTHENTICATION_REQUIRED=True)
def test_where_it_is_asked_for_the_password_comes_first(
    client_of: Any, alice: User
) -> None:
    response = client_of(alice).post(PAGE, {"email": NEW, "action_add": ""})

    assert response.url.startswith("/accounts/reauthenticate/")
    assert mail.outbox == []
