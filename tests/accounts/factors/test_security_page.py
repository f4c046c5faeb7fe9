"""The part of the settings about signing in."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEvent, Device, User
from tests.accounts.factors.holding import (
    LOCAL,
    SECOND_STEP,
    first_step,
    give_app,
    give_passkey,
    proven,
)
from tests.base import client_of
from tests.pages.markup import assert_harmless, read

pytestmark = [pytest.mark.database, pytest.mark.django_db]
PAGE = "/settings/security/"
# of somebody who has proven who they are; the last is for who has both factors
PAGES = [
    "/accounts/2fa/totp/activate/",
    "/accounts/2fa/webauthn/add/",
    "/accounts/2fa/webauthn/reauthenticate/",
    "/accounts/2fa/reauthenticate/",
    "/accounts/2fa/recovery-codes/",
    "/accounts/2fa/recovery-codes/generate/",
    "/accounts/email/",
    "/accounts/reauthenticate/anew/",
]


def text_of(client: Client) -> str:
    return " ".join(read(client.get(PAGE)).one("main").text.split())


def test_somebody_with_a_password_only(alice: User) -> None:
    text = text_of(client_of(alice))

    assert "You sign in as alice@example.org." in text
    assert "None yet." in text and "Add an app" in text
    assert "Recovery codes" not in text and "Connected accounts" not in text


def test_somebody_with_everything(alice: User) -> None:
    client = proven(alice)
    give_passkey(alice, client)
    Authenticator.objects.filter(type="recovery_codes").delete()
    give_app(alice)
    text = text_of(client)

    assert "Phone Works alone. Added" in text
    assert "Remove the app" in text
    assert "10 left." in text


def test_somebody_without_a_password(alice: User) -> None:
    alice.set_unusable_password()
    alice.save()
    client = client_of(alice)

    assert ", without a password." in text_of(client)
    assert read(client.get(PAGE)).one("a", href="/accounts/password/set/")


def test_it_takes_the_same_queries_however_many_passkeys(alice: User) -> None:
    client = proven(alice)
    give_passkey(alice, client)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(PAGE)
        return len(queries)

    asked()
    one = asked()
    row = Authenticator.objects.get(type="webauthn")
    for _ in range(9):
        row.pk = None
        row.save()
    assert asked() == one


def test_a_stranger_signs_in_first(client: Client, db: None) -> None:
    assert client.get(PAGE).url == f"/accounts/login/?next={PAGE}"
    assert client.post(PAGE + "others/").url == PAGE


def test_other_devices_are_signed_out_and_this_one_is_not(alice: User) -> None:
    here, there, elsewhere = (client_of(alice) for _ in range(3))

    response = here.post(PAGE + "others/", follow=True)

    assert response.redirect_chain == [(PAGE, 302)]
    assert "2 other devices signed out." in response.content.decode()
    assert there.get(PAGE).status_code == elsewhere.get(PAGE).status_code == 302
    assert Device.objects.filter(person=alice).count() == 1
    assert AuditEvent.objects.latest("seq").action == "accounts.sessions_ended"


def test_there_may_be_none(alice: User) -> None:
    answer = client_of(alice).post(PAGE + "others/", follow=True)

    assert "No other device was signed in." in answer.content.decode()


def test_looking_signs_nobody_out(alice: User) -> None:
    assert client_of(alice).get(PAGE + "others/").status_code == 405


def test_a_form_of_another_site_does_not(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)

    assert client.post(PAGE + "others/").status_code == 403


@pytest.mark.parametrize("there", PAGES)
def test_the_pages_around_it_are_harmless_and_not_kept(there: str, alice: User) -> None:
    client = proven(alice)
    if there != PAGES[0]:
        give_passkey(alice, client)

    response = client.get(there)

    assert response.status_code == 200
    assert_usable(response)
    assert response["Cache-Control"] == "no-store"


def assert_usable(response: Any) -> None:
    page = read(response)
    assert_harmless(page)
    assert len(page.all("h1")) == 1
    assert "unsafe" not in response["Content-Security-Policy"]
    labelled = {label.attrs["for"] for label in page.all("label")}
    for field in page.all("input"):
        named = field.attrs.get("type") == "hidden" or "hidden" in field.attrs
        assert named or field.attrs["id"] in labelled
    for form in page.all("form", method="post"):
        assert form.one("input", name="csrfmiddlewaretoken")


def test_the_second_step_is_too(alice: User) -> None:
    give_passkey(alice)

    assert_usable(first_step(alice).get(SECOND_STEP))


def test_of_the_lists_of_allauth_one_is_left(alice: User) -> None:
    client = client_of(alice)

    for there in ("/accounts/2fa/", "/accounts/2fa/webauthn/", "/accounts/3rdparty/"):
        assert client.get(there).url == PAGE


def test_a_factor_that_was_asked_for_goes_with_its_person(alice: User) -> None:
    give_passkey(alice)
    client = Client(**LOCAL)
    client.force_login(alice)

    assert client.post("/accounts/2fa/totp/deactivate/").status_code == 404
