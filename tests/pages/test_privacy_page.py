"""What is kept about a person, taking it along, and having it erased."""

from __future__ import annotations

import uuid
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.data_requests import Worker, ask
from accounts.models import AuditEvent, DataRequest, LegalHold, Policy, User
from accounts.policies import forget
from conversations.services.privacy import AS_LONG_AS_YOU, kept
from conversations.views.privacy import SHOWN
from tests.base import client_of, proven_client_of
from tests.factories import create_conversation
from tests.pages.markup import Element, assert_harmless, read
from tests.personal_data.archives import Opened

pytestmark = [pytest.mark.database, pytest.mark.django_db]
PAGE, ERASE = "/settings/privacy/", "/settings/privacy/erase/"
ASK, KEEP = "/settings/privacy/export/", "/settings/privacy/keep/"
Kind, Status = DataRequest.Kind, DataRequest.Status


@pytest.fixture
def hers(alice: User) -> Client:
    """Alice's browser, in which she has just typed her password again."""
    return proven_client_of(alice)


@pytest.fixture
def ready(alice: User) -> DataRequest:
    create_conversation(alice, title="Rye bread", messages=2)
    request = ask(Kind.EXPORT, alice, by=alice, origin="person")
    worker = Worker()
    while worker.advance():
        pass
    request.refresh_from_db()
    return request


def address(request: DataRequest) -> str:
    return reverse("data_export", args=[request.pk])


def shown(client: Client, there: str) -> Element:
    response = client.get(there)
    assert response.status_code == 200
    page = read(response)
    assert_harmless(page)
    return page


def test_the_page_says_what_is_kept_what_for_and_how_long(alice: User) -> None:
    create_conversation(alice, title="Rye bread", messages=4)

    page = shown(client_of(alice), PAGE)

    rows = {
        row.all("th")[0].text: [cell.text for cell in row.all("td")]
        for row in page.all("tr")
        if row.all("th") and row.all("td")
    }
    assert rows["Messages"][0] == "4"
    assert rows["Conversations"][0] == "1"
    assert rows["Conversations"][1].startswith("Conversations with the assistant. ")
    assert rows["Account"][1].endswith(f". {AS_LONG_AS_YOU}")
    assert "kept when it is erased" in rows["Activity"][1]
    assert "400 days since it was made" in rows["Activity"][1]
    assert "Facts" not in rows


def test_what_there_is_nothing_of_is_not_listed(alice: User) -> None:
    assert all(each.rows for each in kept(alice.pk))


def test_looking_asks_as_much_with_many_requests(
    alice: User, django_assert_max_num_queries: object
) -> None:
    browser = client_of(alice)
    browser.get(PAGE)
    with django_assert_max_num_queries(70) as few:
        browser.get(PAGE)
    for _ in range(SHOWN + 5):
        _old(alice)

    with django_assert_max_num_queries(len(few.captured_queries)):
        browser.get(PAGE)


def test_requests_are_paged(alice: User) -> None:
    for _ in range(SHOWN + 1):
        _old(alice)
    browser = client_of(alice)

    first, second = shown(browser, PAGE), shown(browser, f"{PAGE}?page=2")
    assert (len(first.all("time")), len(second.all("time"))) == (SHOWN, 1)
    assert "None before that" in shown(browser, f"{PAGE}?page=3").text
    for wrong in ("0", "-1", "x", "9" * 30, "00001" + "9" * 30):
        assert browser.get(f"{PAGE}?page={wrong}").status_code == 400


# --- taking it along
def test_a_download_is_asked_for_made_and_taken(alice: User, hers: Client) -> None:
    answer = hers.post(ASK)
    request = DataRequest.objects.get(kind=Kind.EXPORT)
    assert answer["Location"] == address(request)
    page = shown(hers, address(request))
    assert page.one("progress").attrs["value"] == "0"
    assert page.one(data_look_again=True).attrs["id"] == "export"
    assert page.one("noscript").one("meta").attrs["http-equiv"] == "refresh"

    worker = Worker()
    while worker.advance():
        pass

    page = shown(hers, address(request))
    assert "Your data is ready" in page.text and not page.all(data_look_again=True)
    response = hers.post(address(request))
    request.refresh_from_db()
    assert response["Content-Type"] == "application/zip"
    assert response["Content-Disposition"].startswith(
        'attachment; filename="understory-export-'
    )
    assert response["Content-Length"] == str(request.size)
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-store"
    assert "sandbox" in response["Content-Security-Policy"]
    opened = Opened(response.getvalue())
    assert opened.json("manifest.json")["person"]["email"] == alice.email


def test_a_download_is_used_up_and_another_is_offered(
    hers: Client, ready: DataRequest
) -> None:
    hers.post(address(ready)).getvalue()

    again = hers.post(address(ready))

    assert again.status_code == 410
    page = read(again)
    assert "This download was used" in page.text
    assert ASK in [form.attrs["action"] for form in page.all("form", action=ASK)]
    assert "This download was used" in shown(hers, address(ready)).text


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_uses_nothing_up(method: str, hers: Client, ready: DataRequest) -> None:
    getattr(hers, method)(address(ready), headers={"Range": "bytes=0-9"})

    assert Opened(hers.post(address(ready)).getvalue())
    assert AuditEvent.objects.filter(action="accounts.export_downloaded").count() == 1


def test_one_that_expired_or_failed_says_so(hers: Client, ready: DataRequest) -> None:
    rows = DataRequest.objects.filter(pk=ready.pk)
    rows.update(expires=timezone.now() - timedelta(minutes=1))
    assert "has expired" in shown(hers, address(ready)).text
    rows.update(status=Status.FAILED)
    assert "could not be put together" in shown(hers, address(ready)).text
    rows.update(status=Status.CANCELLED)
    assert "was cancelled" in shown(hers, address(ready)).text


def test_an_export_that_has_not_begun_can_be_cancelled(
    alice: User, hers: Client
) -> None:
    hers.post(ASK)
    request = DataRequest.objects.get(kind=Kind.EXPORT)

    hers.post(f"{address(request)}cancel/")

    request.refresh_from_db()
    assert request.status == Status.CANCELLED
    assert "Prepare a download" in shown(hers, PAGE).text


# --- the doors
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("who", ["bob", "admin_person"])
def test_somebody_elses_export_is_not_there(
    method: str, who: str, ready: DataRequest, request: pytest.FixtureRequest
) -> None:
    browser = proven_client_of(request.getfixturevalue(who))
    before = DataRequest.objects.filter(pk=ready.pk).values().get()

    foreign = getattr(browser, method)(address(ready))
    unknown = getattr(browser, method)(reverse("data_export", args=[uuid.uuid4()]))
    cancelled = browser.post(f"{address(ready)}cancel/")

    assert foreign.status_code == unknown.status_code == cancelled.status_code == 404
    assert DataRequest.objects.filter(pk=ready.pk).values().get() == before


@pytest.mark.parametrize("there", [ASK, ERASE, KEEP])
def test_a_stranger_and_a_form_of_another_site_do_nothing(
    there: str, alice: User, client: Client
) -> None:
    assert client.post(there)["Location"] == "/accounts/login/?next=/"
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(alice)
    assert careful.post(there, {"email": alice.email}).status_code == 403
    assert not DataRequest.objects.exists()


@pytest.mark.parametrize("there", [ASK, KEEP])
def test_looking_at_what_takes_a_form_changes_nothing(there: str, hers: Client) -> None:
    assert hers.get(there).status_code == 405
    assert not DataRequest.objects.exists()


def test_who_left_the_browser_open_must_prove_it_is_them(
    alice: User, ready: DataRequest
) -> None:
    browser = client_of(alice)
    session = browser.session
    session["account_authentication_methods"] = [
        {"method": "password", "at": 1.0, "email": alice.email}
    ]
    session.save()

    for there in (address(ready), ERASE):
        answer = browser.get(there)
        assert answer["Location"].startswith("/accounts/reauthenticate/")
    for there, then in (
        (ASK, f"/accounts/reauthenticate/?next={quote(ASK, safe='')}"),
        (address(ready), address(ready)),
        (ERASE, ERASE),
    ):
        assert browser.post(there, {"email": alice.email})["Location"] == then
    assert DataRequest.objects.count() == 1
    assert not AuditEvent.objects.filter(action="accounts.export_downloaded").exists()


# --- having it erased
def test_an_erasure_is_asked_for_by_typing_the_address(
    alice: User, hers: Client
) -> None:
    page = shown(hers, ERASE)
    assert "7 days to change your mind" in page.text

    hers.post(ERASE, {"email": " Alice@Example.org "})

    request = DataRequest.objects.get(kind=Kind.ERASE)
    assert (request.status, request.origin) == (Status.WAITING, "person")
    assert request.not_before > timezone.now() + timedelta(days=6)


@pytest.mark.parametrize("typed", ["", "bob@example.org", "alice"])
def test_another_address_erases_nothing(typed: str, hers: Client) -> None:
    answer = hers.post(ERASE, {"email": typed})

    assert answer.status_code == 400
    page = read(answer)
    assert page.one("input", id="email").attrs["aria-describedby"] == "problem"
    assert "Type the email address" in page.one(id="problem").text
    assert not DataRequest.objects.exists()


def test_every_page_says_that_an_erasure_waits_and_it_can_be_taken_back(
    hers: Client,
) -> None:
    assert "will be erased" not in shown(hers, "/").text
    hers.post(ERASE, {"email": "alice@example.org"})

    for there in ("/", "/c/", PAGE, "/settings/"):
        page = shown(hers, there)
        assert "Your account will be erased on" in page.text, there
        assert page.all("form", action=KEEP), there
    hers.post(KEEP)

    assert DataRequest.objects.get().status == Status.CANCELLED
    assert "will be erased" not in shown(hers, "/").text


def test_what_has_begun_cannot_be_taken_back(alice: User, hers: Client) -> None:
    hers.post(ERASE, {"email": "alice@example.org"})
    DataRequest.objects.update(status=Status.RUNNING, started=timezone.now())

    answer = hers.post(KEEP, follow=True)

    assert "It is too late" in answer.content.decode()
    assert DataRequest.objects.get().status == Status.RUNNING


def test_what_an_administrator_asked_for_is_not_the_persons_to_take_back(
    alice: User, hers: Client, admin_person: User
) -> None:
    ask(Kind.ERASE, alice, by=admin_person, origin="admin")

    assert not shown(hers, ERASE).all("form", action=KEEP)
    answer = hers.post(KEEP, follow=True)

    assert "An administrator asked for it" in answer.content.decode()
    assert DataRequest.objects.get().status == Status.QUEUED


def test_taking_back_what_was_never_asked_says_so(hers: Client) -> None:
    assert "No erasure is waiting." in hers.post(KEEP, follow=True).content.decode()


def test_without_a_grace_period_it_begins_at_once(hers: Client) -> None:
    Policy.objects.create(name="erasure_grace_days", value=0)
    forget()
    assert "It begins at once" in shown(hers, ERASE).text

    hers.post(ERASE, {"email": "alice@example.org"})

    assert DataRequest.objects.get().status == Status.QUEUED
    forget()


def test_a_legal_hold_refuses_plainly(alice: User, hers: Client) -> None:
    LegalHold.objects.create(person=alice, reference="case 7")

    page = shown(hers, ERASE)
    hers.post(ERASE, {"email": alice.email})

    assert "cannot be erased now" in page.text and "case 7" not in page.text
    assert "Ask the administrators" in page.text
    assert not DataRequest.objects.filter(kind=Kind.ERASE).exists()


def _old(person: User) -> DataRequest:
    return DataRequest.objects.create(
        kind=Kind.EXPORT,
        origin="person",
        person=person,
        person_id_was=person.pk,
        pseudonym=uuid.uuid4(),
        status=Status.DONE,
        due=timezone.now(),
        downloaded=timezone.now(),
    )
