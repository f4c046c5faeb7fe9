"""The list of exports and erasures in the administration."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.admin.data_requests import SHOWN
from accounts.models import DataRequest, User
from tests.base import client_of, make_person, proven_client_of
from tests.pages.requests_console import QUEUE, asked, at, cells, shown

pytestmark = [pytest.mark.database, pytest.mark.django_db]
Kind, Status = DataRequest.Kind, DataRequest.Status


@pytest.fixture
def officer(paula: User) -> Client:
    """Paula's browser, in which she has just typed her password again."""
    return proven_client_of(paula)


def auditor() -> Client:
    person = make_person("Otto")
    person.role = "auditor"
    person.save(update_fields=["role"])
    return client_of(person)


class TestQueue:
    def test_it_says_who_what_how_far_and_until_when(
        self, officer: Client, paula: User, alice: User, bob: User
    ) -> None:
        late = asked(Kind.EXPORT, alice, paula)
        due = timezone.now() - timedelta(days=1)
        DataRequest.objects.filter(pk=late.pk).update(due=due)
        running = asked(Kind.ERASE, bob)
        DataRequest.objects.filter(pk=running.pk).update(
            status=Status.RUNNING, done=3, total=9
        )
        page = shown(officer, QUEUE)
        first, second = cells(page)

        assert first[0] == f"Export {str(late.pk)[:8]}"
        assert first[1] == alice.email and first[3].endswith("Overdue")
        assert first[5] == f"An administrator, {paula.email}"
        assert page.one("tr", class_="overdue").all("a", href=at("data_request", late))
        assert second[1] == bob.email and "Overdue" not in second[3]
        bar = page.one("progress")
        assert (bar.attrs["value"], bar.attrs["max"]) == ("3", "9")

    def test_whoever_may_not_see_people_sees_pseudonyms(
        self, paula: User, alice: User
    ) -> None:
        it = asked(Kind.EXPORT, alice, paula)
        client = auditor()

        for there in (QUEUE, at("data_request", it)):
            text = shown(client, there).text
            assert str(it.pseudonym) in text
            assert alice.email not in text and paula.email not in text
        assert "Export…" not in shown(client, QUEUE).text

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("", ["late", "open", "erase", "done", "failed"]),
            ("?kind=export", ["late", "open", "done", "failed"]),
            ("?kind=erase", ["erase"]),
            ("?state=open", ["late", "open", "erase"]),
            ("?state=overdue", ["late"]),
            ("?state=done", ["done"]),
            ("?state=failed&kind=export", ["failed"]),
            ("?state=nonsense&kind=x", ["late", "open", "erase", "done", "failed"]),
        ],
    )
    def test_it_is_filtered_and_the_next_due_comes_first(
        self, query: str, found: list[str], officer: Client
    ) -> None:
        now = timezone.now()
        for place, name in enumerate(["late", "open", "erase", "done", "failed"]):
            kind = Kind.ERASE if name == "erase" else Kind.EXPORT
            it = asked(kind, make_person(name))
            status = name if name in Status.values else Status.QUEUED
            days = -1 if name == "late" else place
            DataRequest.objects.filter(pk=it.pk).update(
                status=status,
                due=now + timedelta(days=days),
                created=now - timedelta(hours=place),
            )
        rows = cells(shown(officer, QUEUE + query))

        assert [row[1].partition("@")[0] for row in rows] == found

    def test_it_is_paged_and_asks_as_much_with_many(
        self, officer: Client, alice: User, django_assert_max_num_queries: Any
    ) -> None:
        _many(alice, 10)
        officer.get(QUEUE)
        with django_assert_max_num_queries(10) as few:
            assert len(cells(shown(officer, QUEUE))) == 10
        _many(alice, 190)
        with django_assert_max_num_queries(len(few.captured_queries)):
            page = shown(officer, QUEUE + "?state=done")

        assert len(cells(page)) == SHOWN
        (later,) = page.one("p", class_="paginator").all("a")
        assert later.attrs["href"] == "?state=done&page=2"
        last = shown(officer, QUEUE + "?page=4").one("p", class_="paginator")
        assert [link.text for link in last.all("a")] == ["Page before"]
        assert "None like that." in shown(officer, QUEUE + "?page=5&state=done").text
        for wrong in ("0", "-1", "x", "9" * 9, "²"):
            assert officer.get(QUEUE, {"page": wrong}).status_code == 400

    def test_an_empty_one_says_so(self, officer: Client) -> None:
        assert "Nobody has asked" in shown(officer, QUEUE).text
        assert "None like that." in shown(officer, f"{QUEUE}?state=failed").text


def _many(person: User, count: int) -> None:
    now = timezone.now()
    rows = [
        DataRequest(
            kind=Kind.EXPORT,
            origin="person",
            person=person,
            person_id_was=person.pk,
            pseudonym=uuid.uuid4(),
            asked_by=uuid.uuid4(),
            status=Status.DONE,
            due=now,
        )
        for _ in range(count)
    ]
    DataRequest.objects.bulk_create(rows)
