"""Opening a conversation: who may, and what is recorded before it is shown."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.audit.verifying import verify
from accounts.models import Pseudonym, User
from conversations.models import BreakGlass, Conversation, File, Message, Passage
from conversations.services import reading_by_staff
from conversations.services.access import NotFound
from conversations.services.reading_by_staff import Over
from tests.base import client_of
from tests.factories import create_conversation
from tests.pages.glass import MARKER, WHY, ask_page, events, opened, read_page
from tests.pages.markup import assert_harmless, read
from tests.pages.second_factor import give_factor, reader_client, show_factor

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def sent_file(talk: Conversation, name: str, text: str) -> File:
    mine = {"owner_id": talk.owner_id}
    file = File.objects.create(
        conversation=talk,
        message=Message.objects.filter(conversation=talk).earliest("id"),
        name=name,
        kind="text",
        media_type="text/plain",
        size=len(text),
        status="ready",
        **mine,
    )
    Passage.objects.create(file=file, number=1, body=text, tokens=3, **mine)
    return file


class TestAsking:
    def test_a_reason_and_a_case_open_it_for_a_while(
        self, paula: User, secret: Conversation
    ) -> None:
        client = reader_client(paula)
        page = read(client.get(ask_page(secret)))
        reading = opened(client, secret)

        assert_harmless(page)
        assert "30 minutes" in page.text
        assert reading.until - reading.opened == timedelta(minutes=30)
        assert (reading.reader, reading.owner) == (paula, secret.owner)
        (event,) = events("glass_broken")
        assert event.actor == Pseudonym.objects.get(user=paula).id
        assert event.subject_id == str(secret.id)
        assert event.details["reason"] == "abuse"
        assert "T-17" not in str(event.details)  # somebody wrote it

    @pytest.mark.parametrize(
        "why", [{"reason": ""}, {"reference": ""}, {"reason": "curiosity"}]
    )
    def test_without_one_it_stays_shut(
        self, why: dict[str, str], paula: User, secret: Conversation
    ) -> None:
        response = reader_client(paula).post(ask_page(secret), WHY | why)

        assert response.status_code == 200
        assert not BreakGlass.objects.exists()
        assert events("glass_broken") == []

    def test_a_password_alone_is_not_enough(
        self, paula: User, secret: Conversation
    ) -> None:
        give_factor(paula)
        client = client_of(paula)
        for method in (client.get, client.post):
            response = method(ask_page(secret), WHY)
            assert response.status_code == 302
            assert response.url.startswith("/accounts/2fa/reauthenticate/?next=")

        show_factor(client, paula, ago=3600)
        assert client.post(ask_page(secret), WHY).status_code == 302
        assert not BreakGlass.objects.exists()

    def test_who_has_none_is_told_to_set_one_up(
        self, paula: User, secret: Conversation
    ) -> None:
        client = client_of(paula)
        show_factor(client, paula)  # a session's word is not enough either
        response = client.post(ask_page(secret), WHY)

        assert response.status_code == 403
        assert "/accounts/2fa/" in response.content.decode()
        assert not BreakGlass.objects.exists()

    @pytest.mark.parametrize("role", ["support", "auditor", "administrator"])
    def test_no_other_role_may(
        self, role: str, bob: User, secret: Conversation
    ) -> None:
        bob.role = role
        bob.save(update_fields=["role"])
        client = reader_client(bob)

        assert client.get(ask_page(secret)).status_code == 403
        assert client.post(ask_page(secret), WHY).status_code == 403
        with pytest.raises(Over):
            reading_by_staff.begin(by=bob, conversation_id=secret.id, **WHY)
        assert not BreakGlass.objects.exists()

    def test_ones_own_and_unknown_ones_are_not_there(self, paula: User) -> None:
        hers = create_conversation(paula)
        client = reader_client(paula)

        for talk_id in (hers.id, uuid.uuid4()):
            there = reverse("admin:break_glass", args=[talk_id])
            assert client.get(there).status_code == 404
            assert client.post(there, WHY).status_code == 404
            with pytest.raises(NotFound):
                reading_by_staff.begin(by=paula, conversation_id=talk_id, **WHY)


class TestReading:
    def test_what_was_said_is_shown_and_each_page_recorded_first(
        self, paula: User, secret: Conversation, monkeypatch
    ) -> None:
        client = reader_client(paula)
        reading = opened(client, secret)
        seen: list[int] = []
        fetch = reading_by_staff._page

        def watched(*args: object) -> object:
            assert not connection.in_atomic_block or len(connection.savepoint_ids) < 2
            seen.append(len(events("read_by_staff")))
            return fetch(*args)

        monkeypatch.setattr(reading_by_staff, "_page", watched)
        page = client.get(read_page(reading))

        assert_harmless(read(page))
        for text in ("A secret title", "Question 1", "Answer 2", MARKER):
            assert text in page.content.decode()
        assert seen == [1]
        (event,) = events("read_by_staff")
        assert event.details == {"reading": str(reading.id), "page": 1}
        reading.refresh_from_db()
        assert reading.pages_read == 1
        assert verify().found == 0

    def test_nothing_is_shown_when_it_cannot_be_recorded(
        self, paula: User, secret: Conversation, monkeypatch
    ) -> None:
        client = reader_client(paula)
        reading = opened(client, secret)

        def broken(*args: object, **kwargs: object) -> None:
            raise RuntimeError

        monkeypatch.setattr(reading_by_staff, "record", broken)
        client.raise_request_exception = False
        response = client.get(read_page(reading))

        assert response.status_code == 500
        assert MARKER not in response.content.decode()

    def test_other_branches_are_there_and_pages_have_an_end(
        self, paula: User, secret: Conversation, monkeypatch
    ) -> None:
        first = Message.objects.filter(conversation=secret).earliest("id")
        Message.objects.create(
            conversation=secret, owner_id=secret.owner_id, role="user", body="Instead"
        )
        monkeypatch.setattr(reading_by_staff, "PAGE", 3)
        client = reader_client(paula)
        reading = opened(client, secret)
        one, two = (client.get(read_page(reading), {"page": n}) for n in (1, 2))

        assert str(first.id) in one.content.decode()
        assert "version 1 of 2" in one.content.decode()
        assert "Instead" not in one.content.decode()
        assert "Instead" in two.content.decode()
        for number in ("0", "3", "x", "-1", "٢", "9" * 9):
            there = client.get(read_page(reading), {"page": number})
            assert there.status_code == 404
        assert [event.details["page"] for event in events("read_by_staff")] == [1, 2]

    def test_only_its_reader_reads_it(
        self, paula: User, bob: User, admin_person: User, secret: Conversation
    ) -> None:
        reading = opened(reader_client(paula), secret)
        bob.role = User.Role.PRIVACY
        bob.save(update_fields=["role"])

        assert reader_client(bob).get(read_page(reading)).status_code == 404
        assert client_of(admin_person).get(read_page(reading)).status_code == 403
        assert client_of(secret.owner).get(read_page(reading)).status_code == 302
        assert events("read_by_staff") == []

    @pytest.mark.parametrize("how", ["expired", "closed", "demoted", "gone", "erased"])
    def test_when_it_is_over_it_is_over_at_once(
        self, how: str, paula: User, secret: Conversation
    ) -> None:
        client = reader_client(paula)
        reading = opened(client, secret)
        assert client.get(read_page(reading)).status_code == 200
        if how == "expired":
            BreakGlass.objects.update(until=timezone.now())
        elif how == "closed":
            there = reverse("admin:close_glass", args=[reading.id])
            assert client.post(there).status_code == 302
            assert len(events("glass_closed")) == 1
            client.post(there)
            assert len(events("glass_closed")) == 1
        elif how == "demoted":
            paula.role = User.Role.SUPPORT
            paula.save(update_fields=["role"])
        elif how == "gone":
            secret.delete()
        else:
            secret.owner.delete()
        response = client.get(read_page(reading))

        assert response.status_code == (404 if how == "erased" else 403)
        assert MARKER not in response.content.decode()
        assert len(events("read_by_staff")) == 1

    def test_the_text_of_a_file_is_read_like_the_rest(
        self, paula: User, secret: Conversation, bob: User
    ) -> None:
        client = reader_client(paula)
        reading = opened(client, secret)
        hers = sent_file(secret, "MARKER.txt", "Wombats at noon")
        his = create_conversation(bob, messages=1)
        names = {"reading_id": reading.id, "file_id": hers.id}
        there = reverse("admin:file_read_by_staff", kwargs=names)

        assert there in client.get(read_page(reading)).content.decode()
        page = client.get(there)
        assert_harmless(read(page))
        assert "Wombats at noon" in page.content.decode()
        assert "MARKER.txt" in page.content.decode()
        event = events("read_by_staff")[-1]
        told = {"reading": str(reading.id), "file": str(hers.id), "page": 1}
        assert event.details == told
        assert client.get(there, {"page": "2"}).status_code == 404
        names["file_id"] = sent_file(his, "his.txt", "Echidnas").id
        elsewhere = reverse("admin:file_read_by_staff", kwargs=names)
        assert client.get(elsewhere).status_code == 404
        BreakGlass.objects.update(until=timezone.now())
        late = client.get(there)
        assert late.status_code == 403
        assert "Wombats" not in late.content.decode()
        assert len(events("read_by_staff")) == 2

    def test_looking_closes_nothing(self, paula: User, secret: Conversation) -> None:
        client = reader_client(paula)
        reading = opened(client, secret)

        there = reverse("admin:close_glass", args=[reading.id])
        assert client.get(there).status_code == 405
        assert client.head(read_page(reading)).status_code == 405
        assert client.post(read_page(reading)).status_code == 405
        assert BreakGlass.objects.get().closed is None
