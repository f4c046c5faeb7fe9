"""Exports and erasures in the administration: asked for, followed, handed over."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import erasure, holds
from accounts.models import DataRequest, User
from tests.base import client_of, proven_client_of
from tests.factories import create_conversation
from tests.pages.requests_console import NEW, QUEUE, asked, at, cells, did, shown, work
from tests.personal_data.archives import Opened

pytestmark = [pytest.mark.database, pytest.mark.django_db]
Kind, Status = DataRequest.Kind, DataRequest.Status


@pytest.fixture
def officer(paula: User) -> Client:
    """Paula's browser, in which she has just typed her password again."""
    return proven_client_of(paula)


class TestExport:
    def test_from_an_address_to_the_file(self, officer: Client, alice: User) -> None:
        create_conversation(alice, title="Rye bread", messages=4)
        there = officer.post(NEW, {"kind": "export", "email": " Alice@Example.org"}).url
        page = shown(officer, there)
        assert ["Messages", "4"] in cells(page)
        assert "Rye bread" not in page.text and not DataRequest.objects.exists()

        there = officer.post(there).url
        it = DataRequest.objects.get()
        assert there == at("data_request", it)
        page = shown(officer, there)
        assert page.one("noscript").one("meta").attrs["http-equiv"] == "refresh"
        assert "Cancel" in page.text and "Download" not in page.text
        told = officer.get(at("data_request_progress", it)).json()
        holder = page.one("div", id="progress").attrs
        assert told["state"] == holder["data-state"] == "queued True"

        work()
        page = shown(officer, there)
        assert page.all("noscript") == [] and "can be downloaded once" in page.text
        (form,) = page.all("form", action=at("download_export", it))
        response = officer.post(form.attrs["action"])
        opened = Opened(response.getvalue())
        assert opened.json("manifest.json")["person"]["email"] == alice.email
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in response["Content-Security-Policy"]
        assert len(did("export_downloaded")) == 1
        assert "It was downloaded" in shown(officer, there).text
        again = officer.post(form.attrs["action"], follow=True)
        assert "nothing to download any more" in again.content.decode()

    def test_a_download_asks_who_it_is(self, paula: User, alice: User) -> None:
        it = asked(Kind.EXPORT, alice)
        work()
        client = client_of(paula)
        session = client.session
        session["account_authentication_methods"] = [{"method": "password", "at": 1.0}]
        session.save()
        there = at("download_export", it)

        assert client.post(there).url == there
        assert client.get(there).url.startswith("/accounts/reauthenticate/")
        assert proven_client_of(paula).get(there).url == at("data_request", it)
        assert not did("export_downloaded")

    def test_what_waits_can_be_cancelled_and_what_began_cannot(
        self, officer: Client, alice: User, bob: User
    ) -> None:
        waits, begun = asked(Kind.EXPORT, alice), asked(Kind.EXPORT, bob)
        DataRequest.objects.filter(pk=begun.pk).update(
            status=Status.RUNNING, started=timezone.now(), step="core_memory"
        )
        page = shown(officer, at("data_request", begun))
        assert "Now: core memory" in page.text and "Cancel" not in page.text

        officer.post(at("cancel_request", waits))
        late = officer.post(at("cancel_request", begun), follow=True)

        waits.refresh_from_db()
        assert waits.status == Status.CANCELLED
        assert "too late" in late.content.decode()

    def test_one_that_failed_is_tried_again(
        self, officer: Client, paula: User, alice: User
    ) -> None:
        it = asked(Kind.EXPORT, alice)
        DataRequest.objects.filter(pk=it.pk).update(
            status=Status.FAILED, attempts=5, problem="OSError", finished=timezone.now()
        )
        assert "OSError" in shown(officer, at("data_request", it)).text
        officer.post(at("retry_request", it))
        it.refresh_from_db()
        assert (it.status, it.attempts, it.problem) == (Status.QUEUED, 0, "")
        (event,) = did("request_retried")
        assert event.subject_id == str(it.pk)

        again = officer.post(at("retry_request", it), follow=True)
        assert "did not fail" in again.content.decode()
        work()
        assert "can be downloaded once" in shown(officer, at("data_request", it)).text

    def test_one_that_failed_stays_so_beside_a_newer_one(
        self, officer: Client, alice: User
    ) -> None:
        it = asked(Kind.EXPORT, alice)
        DataRequest.objects.filter(pk=it.pk).update(status=Status.FAILED)
        asked(Kind.EXPORT, alice)
        answer = officer.post(at("retry_request", it), follow=True)

        assert "There is a newer one" in answer.content.decode()
        assert DataRequest.objects.get(pk=it.pk).status == Status.FAILED
        assert not did("request_retried")


class TestErasure:
    @pytest.mark.django_db(transaction=True)
    def test_from_an_address_to_the_certificate(
        self, officer: Client, alice: User, tmp_path: Any, capsys: Any
    ) -> None:
        create_conversation(alice, title="Rye bread", messages=4)
        there = officer.post(NEW, {"kind": "erase", "email": alice.email}).url
        page = shown(officer, there)
        assert ["Messages", "4"] in cells(page)

        there = officer.post(there, {"email": alice.email}).url
        it = DataRequest.objects.get()
        assert there == at("data_request", it)
        assert officer.get(at("certificate", it)).status_code == 404
        work()

        page = shown(officer, there)
        assert "0 are left, and the key is destroyed" in page.text
        assert "signed by this site" in page.text and alice.email not in page.text
        file = officer.get(at("certificate_file", it))
        assert file["Content-Disposition"].startswith("attachment")
        stored = tmp_path / "certificate.json"
        stored.write_bytes(file.content)
        call_command("verifycertificate", str(stored))
        assert "Signed by this site" in capsys.readouterr().out
        assert json.loads(file.content)["rows"]["before"]["messages"] == 4
        assert "Certificate of an erasure" in shown(officer, at("certificate", it)).text

    @pytest.mark.django_db(transaction=True)
    def test_a_certificate_that_was_changed_is_told(
        self, officer: Client, alice: User
    ) -> None:
        it = asked(Kind.ERASE, alice)
        work()
        it.refresh_from_db()
        it.certificate["rows"]["before"]["messages"] = 99
        it.save(update_fields=["certificate"])

        page = shown(officer, at("data_request", it))
        assert "changed after it was signed" in page.one("ul", class_="errornote").text

    def test_how_far_it_is(self, officer: Client, alice: User) -> None:
        it = asked(Kind.ERASE, alice)
        steps = erasure.step_names()
        DataRequest.objects.filter(pk=it.pk).update(
            status=Status.RUNNING,
            started=timezone.now(),
            step=steps[2],
            done=1,
            total=8,
        )
        text = " ".join(shown(officer, at("data_request", it)).text.split())
        told = officer.get(at("data_request_progress", it)).json()

        assert f"(step 3 of {len(steps)})" in text
        assert told == {
            "step": f"{steps[2].replace('_', ' ')} (step 3 of {len(steps)})",
            "done": 1,
            "total": 8,
            "state": "running False",
        }

    def test_a_hold_is_shown_and_refuses(self, officer: Client, alice: User) -> None:
        holds.place(alice, "C-9", by=None)
        there = reverse("admin:person_ask_erasure", args=[alice.pk])
        page = shown(officer, there)
        assert "A legal hold keeps" in page.text and not page.all("input", id="email")

        answer = officer.post(there, {"email": alice.email}, follow=True)
        assert "Lift it first" in answer.content.decode()
        assert not DataRequest.objects.exists()

    def test_a_hold_that_came_later_is_shown(
        self, officer: Client, alice: User
    ) -> None:
        it = asked(Kind.ERASE, alice)
        holds.place(alice, "C-9", by=None)

        assert "on legal hold" in shown(officer, QUEUE).text
        assert (
            "waits until the hold is lifted"
            in shown(officer, at("data_request", it)).text
        )


class TestDoors:
    def test_an_unknown_address_is_told(self, officer: Client) -> None:
        given = {"kind": "export", "email": "nobody@example.org"}
        assert "Nobody here" in officer.post(NEW, given, follow=True).content.decode()
        assert officer.post(NEW, given | {"kind": "x"}).status_code == 400

    @pytest.mark.parametrize("role", ["", "support", "auditor"])
    def test_others_do_nothing(self, role: str, alice: User, bob: User) -> None:
        it = asked(Kind.EXPORT, alice)
        work()
        before = DataRequest.objects.values().get()
        bob.role = role
        bob.save(update_fields=["role"])
        client = proven_client_of(bob)
        for name in ("cancel_request", "retry_request", "download_export"):
            assert client.post(at(name, it)).status_code in (302, 403)
        given = {"kind": "export", "email": alice.email}
        assert client.post(NEW, given).status_code in (302, 403)
        for kind in ("export", "erasure"):
            there = reverse(f"admin:person_ask_{kind}", args=[alice.pk])
            assert client.post(there, {"email": alice.email}).status_code in (302, 403)

        assert DataRequest.objects.values().get() == before
        assert not did("export_downloaded")

    @pytest.mark.parametrize(
        "name", ["data_request", "data_request_progress", "certificate"]
    )
    def test_what_is_not_there(self, name: str, officer: Client) -> None:
        there = reverse(f"admin:{name}", args=[uuid.uuid4()])
        assert officer.get(there).status_code == 404

    def test_looking_changes_nothing(self, officer: Client, alice: User) -> None:
        it = asked(Kind.EXPORT, alice)
        for name in ("cancel_request", "retry_request"):
            assert officer.get(at(name, it)).status_code == 405
        assert DataRequest.objects.get().status == Status.QUEUED
