"""What people are told when somebody read a conversation of theirs."""

from __future__ import annotations

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import User
from conversations.models import BreakGlass, Conversation
from tests.base import client_of
from tests.pages.glass import MARKER, opened, read_page
from tests.pages.markup import assert_harmless, read
from tests.pages.second_factor import reader_client

pytestmark = [pytest.mark.database, pytest.mark.django_db]


class TestWhatTheOwnerIsTold:
    @pytest.mark.parametrize("reason", BreakGlass.Reason.values)
    def test_a_notice_stands_on_every_page_until_it_was_seen(
        self, reason: str, paula: User, secret: Conversation
    ) -> None:
        hers = client_of(secret.owner)
        assert "data-reading" not in hers.get("/").content.decode()
        reading = opened(reader_client(paula), secret, reason=reason)

        for there in ("/", "/c/", f"/c/{secret.id}/"):
            page = read(hers.get(there))
            assert_harmless(page)
            (notice,) = page.all("div", data_reading=True)
            assert "Paula opened one of your conversations" in notice.text
            assert reading.get_reason_display().lower() in notice.text
            assert "T-17" in notice.text
        response = hers.post("/settings/activity/seen/", {"next": "/c/"})
        assert (response.status_code, response.url) == (302, "/c/")
        assert "data-reading" not in hers.get("/").content.decode()
        reading.refresh_from_db()
        assert reading.notice_seen

    def test_it_is_told_by_mail(
        self, paula: User, secret: Conversation, django_capture_on_commit_callbacks
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            opened(reader_client(paula), secret)
        (sent,) = (each for each in mail.outbox if "was read" in each.subject)

        assert sent.to == ["alice@example.org"]
        for text in ("Paula (privacy officer)", "A report of abuse", "T-17"):
            assert text in sent.body
        assert MARKER not in sent.body

    def test_a_line_stays_with_her_activity(
        self, paula: User, secret: Conversation, bob: User
    ) -> None:
        client = reader_client(paula)
        client.get(read_page(opened(client, secret)))
        hers = client_of(secret.owner)
        hers.post("/settings/activity/seen/")

        def line(there: Client) -> str:
            page = read(there.get("/settings/activity/"))
            (part,) = page.all("section", aria_labelledby="readings")
            return part.text

        for text in ("Paula", "A report of abuse", "T-17", "Open"):
            assert text in line(hers)
        secret.delete()
        paula.delete()
        for text in ("A former administrator", "T-17", "Gone"):
            assert text in line(hers)
        assert "Nobody has read any of them." in line(client_of(bob))

    def test_others_marking_theirs_as_seen_changes_nothing_of_hers(
        self, paula: User, secret: Conversation, bob: User
    ) -> None:
        reading = opened(reader_client(paula), secret)
        client_of(bob).post("/settings/activity/seen/")

        reading.refresh_from_db()
        assert reading.notice_seen is None
        assert User.objects.get(pk=secret.owner_id).has_notice

    @pytest.mark.parametrize("given", ["x", "-1", "9" * 30])
    def test_a_wrong_place_in_the_list_is_a_bad_request(
        self, given: str, hers: Client
    ) -> None:
        response = hers.get("/settings/activity/", {"readings": given})
        assert response.status_code == 400


def test_readings_are_listed_for_auditors_without_a_word(
    paula: User, secret: Conversation, bob: User
) -> None:
    reading = opened(reader_client(paula), secret)
    bob.role = User.Role.AUDITOR
    bob.save(update_fields=["role"])
    there = reverse("admin:conversations_breakglass_changelist")
    page = client_of(bob).get(there).content.decode()
    one = reverse("admin:conversations_breakglass_change", args=[reading.id])
    page += client_of(bob).get(one).content.decode()

    assert "paula@example.org" in page
    assert "T-17" in page
    assert MARKER not in page
    assert "A secret title" not in page
