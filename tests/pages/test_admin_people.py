"""People in the administration: what is told of them, and what can be done for them."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import holds, sessions
from accounts.models import AuditEvent, DataRequest, User
from conversations.models import Spending
from tests.base import client_of, make_person, proven_client_of
from tests.factories import create_conversation, create_reply
from tests.pages.markup import assert_harmless, read
from tests.pages.second_factor import give_factor

pytestmark = [pytest.mark.database, pytest.mark.django_db]
PEOPLE = "/admin/accounts/user/"


@pytest.fixture
def ada(admin_person: User) -> Client:
    return client_of(admin_person)


def with_role(name: str, role: str) -> Client:
    person = make_person(name)
    person.role = role
    person.save(update_fields=["role"])
    return client_of(person)


def page_of(person: User) -> str:
    return f"{PEOPLE}{person.pk}/change/"


def act(name: str, person: User) -> str:
    return reverse(f"admin:person_{name}", args=[person.pk])


def panels(client: Client, person: User) -> dict[str, str]:
    page = read(client.get(page_of(person)))
    assert_harmless(page)
    parts = page.all("section", class_="panel")
    return {part.one("h2").text: part.text for part in parts}


def spent(person: User, **fields: object) -> None:
    month = timezone.now().date().replace(day=1)
    Spending.objects.create(owner=person, month=month, **fields)


def did(action: str) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(action=f"accounts.{action}"))


class TestTheList:
    def test_it_tells_how_much_each_uses(
        self, ada: Client, alice: User, bob: User
    ) -> None:
        create_conversation(alice, title="MARKER")
        create_conversation(alice)
        spent(alice, input_tokens=900, output_tokens=100, spent_usd=Decimal("1.25"))
        page = read(ada.get(PEOPLE))
        rows = {
            row.one("th", class_="field-email").text: row
            for row in page.all("tr")
            if row.all("th", class_="field-email")
        }

        hers, his = rows["alice@example.org"], rows["bob@example.org"]
        assert hers.one("td", class_="field-talks").text == "2"
        assert hers.one("td", class_="field-month").text == "1,000 tokens, $1.25"
        assert hers.one("td", class_="field-last_active").text
        assert not his.one("td", class_="field-talks").text.strip("-\xa0")
        assert "MARKER" not in page.text

    def test_what_somebody_may_not_see_is_no_column(self, alice: User) -> None:
        page = with_role("Paula", "privacy").get(PEOPLE).content.decode()

        assert "field-talks" in page
        assert "field-month" not in page


class TestThePage:
    def test_it_tells_the_state_of_an_account(self, ada: Client, alice: User) -> None:
        talk = create_conversation(alice, title="MARKER", deleted_at=timezone.now())
        used = {"input_tokens": 9_000, "output_tokens": 500}
        create_reply(talk, "MARKER", model="m-1", cost_usd=Decimal("0.5"), **used)
        spent(alice, turns=1, spent_usd=Decimal("0.5"), **used)
        give_factor(alice)
        client_of(alice).get("/")
        told = panels(ada, alice)

        assert list(told) == [
            "Devices",
            "Second factors",
            "Data requests",
            "Recent activity",
            "Usage",
            "Conversations",
        ]
        assert "Sign out everywhere" in told["Devices"]
        assert "TOTP" in told["Second factors"]
        assert "No data requests." in told["Data requests"]
        assert "Account made by whoever runs the site" in told["Recent activity"]
        assert "m-1" in told["Usage"] and "9,000" in told["Usage"]
        assert str(talk.id) in told["Conversations"]
        assert "in the trash" in told["Conversations"]
        assert "MARKER" not in str(told)

    def test_each_role_sees_its_parts(self, alice: User) -> None:
        assert set(panels(with_role("Sam", "support"), alice)) == {
            "Devices",
            "Second factors",
            "Usage",
            "Conversations",
        }
        assert set(panels(with_role("Paula", "privacy"), alice)) == {
            "Devices",
            "Second factors",
            "Data requests",
            "Recent activity",
            "Conversations",
        }

    def test_a_hold_and_a_request_are_told(
        self, admin_person: User, alice: User
    ) -> None:
        holds.place(alice, "C-9", by=None)
        ada = proven_client_of(admin_person)
        assert ada.post(act("ask_export", alice)).status_code == 302
        told = panels(ada, alice)["Data requests"]

        assert "case C-9, placed by the command line" in told
        assert f"An administrator, {admin_person.email}" in told

        DataRequest.objects.update(due=timezone.now() - timedelta(days=1))
        assert "Overdue" in panels(ada, alice)["Data requests"]

    def test_its_queries_do_not_grow(
        self, ada: Client, alice: User, django_assert_max_num_queries
    ) -> None:
        for _ in range(4):
            create_conversation(alice)
            client_of(alice).get("/")
        ada.get(page_of(alice))

        with django_assert_max_num_queries(13):
            ada.get(page_of(alice))


class TestDevices:
    def test_one_or_all_are_signed_out(self, alice: User) -> None:
        phone, desk, sam = client_of(alice), client_of(alice), with_role("S", "support")
        phone.get("/")
        desk.get("/")
        listed = sessions.devices_of(alice, desk.session.session_key, at_most=9)
        (other,) = (each for each in listed if not each.is_this)
        there = act("end_sessions", alice)

        assert sam.post(there, {"device": str(other.id)}).status_code == 302
        assert (
            phone.get("/settings/").status_code,
            desk.get("/settings/").status_code,
        ) == (
            302,
            200,
        )
        sam.post(there)
        assert desk.get("/settings/").status_code == 302
        assert len(did("sessions_ended")) == 2
        assert sam.post(there, {"device": "x"}).status_code == 400
        unknown = sam.post(there, {"device": str(uuid.uuid4())}, follow=True)
        assert "signed out there already" in unknown.content.decode()

    def test_a_device_of_somebody_else_stays(self, alice: User, bob: User) -> None:
        his = client_of(bob)
        his.get("/")
        (device,) = sessions.devices_of(bob, None, at_most=9)
        sam = with_role("Sam", "support")
        sam.post(act("end_sessions", alice), {"device": str(device.id)})

        assert his.get("/settings/").status_code == 200


class TestSecondFactors:
    def test_who_lost_theirs_gets_in_again_and_is_told(
        self, ada: Client, alice: User, django_capture_on_commit_callbacks
    ) -> None:
        give_factor(alice)
        there = act("remove_second_factors", alice)
        with django_capture_on_commit_callbacks(execute=True):
            response = ada.post(there, follow=True)

        assert "password alone" in response.content.decode()
        assert not Authenticator.objects.filter(user=alice).exists()
        (event,) = did("second_factor_removed")
        assert event.details == {"count": 1}
        (sent,) = (each for each in mail.outbox if "second factors" in each.subject)
        assert sent.to == [alice.email]
        assert "There was none." in ada.post(there, follow=True).content.decode()
        assert len(did("second_factor_removed")) == 1

    def test_ones_own_stay(self, ada: Client, admin_person: User) -> None:
        give_factor(admin_person)
        ada.post(act("remove_second_factors", admin_person))

        assert Authenticator.objects.filter(user=admin_person).exists()


class TestErasing:
    def test_asks_for_the_address(self, admin_person: User, alice: User) -> None:
        ada = proven_client_of(admin_person)
        there = act("ask_erasure", alice)
        page = ada.get(there)
        wrong = ada.post(there, {"email": "bob@example.org"})

        assert_harmless(read(page))
        assert "This is not their address." in wrong.content.decode()
        assert not DataRequest.objects.exists()
        assert ada.post(there, {"email": " Alice@example.org "}).status_code == 302
        request = DataRequest.objects.get()
        assert (request.kind, request.origin) == ("erase", "admin")
        assert request.due - request.created > timedelta(days=27)

    def test_asks_who_it_is_first(self, ada: Client, alice: User) -> None:
        response = ada.post(act("ask_erasure", alice), {"email": alice.email})

        assert response.url.startswith("/accounts/reauthenticate/")
        assert not DataRequest.objects.exists()

    def test_a_hold_stands_in_its_way(self, admin_person: User, alice: User) -> None:
        holds.place(alice, "C-9", by=None)
        ada = proven_client_of(admin_person)
        there = act("ask_erasure", alice)
        response = ada.post(there, {"email": alice.email}, follow=True)

        assert "legal hold" in response.content.decode()
        assert not DataRequest.objects.exists()

    def test_nobody_erases_themselves_or_the_last_administrator(
        self, admin_person: User
    ) -> None:
        ada = proven_client_of(admin_person)
        ada.post(act("ask_erasure", admin_person), {"email": admin_person.email})
        paula = make_person("Paula")
        paula.role = "privacy"
        paula.save(update_fields=["role"])
        there = act("ask_erasure", admin_person)
        given = {"email": admin_person.email}
        response = proven_client_of(paula).post(there, given, follow=True)

        assert "without an administrator" in response.content.decode()
        assert not DataRequest.objects.exists()


@pytest.mark.parametrize(
    "name", ["end_sessions", "ask_export", "ask_erasure", "remove_second_factors"]
)
def test_who_is_not_there_is_not_found(name: str, admin_person: User) -> None:
    there = reverse(f"admin:person_{name}", args=[uuid.uuid4()])
    assert client_of(admin_person).post(there).status_code == 404
