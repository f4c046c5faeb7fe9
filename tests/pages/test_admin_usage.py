"""Usage and costs: sums that are right, drawn, and taken along."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from chatsite.lib.ids import first_id
from chatsite.lib.spreadsheets import cell, lines
from conversations.models import Charge, Conversation, Spending, Turn
from conversations.services import usage as service
from conversations.services.usage import PEOPLE, Period
from tests.base import client_of, make_person
from tests.factories import create_conversation, create_message
from tests.pages.markup import Element, assert_harmless, read

pytestmark = [pytest.mark.database, pytest.mark.django_db]
PAGE, FILE = reverse("admin:usage"), reverse("admin:usage_file")
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def ada(admin_person: User) -> Client:
    return client_of(admin_person)


_count = iter(range(1_000_000))


def reply(
    talk: Conversation, at: datetime = NOON, cost: str = "0.5", **fields: Any
) -> Turn:
    """As if it had been answered then."""
    told = {"model": "m-1", "strategy": "window", "status": "complete"}
    sums = {"input_tokens": 100, "output_tokens": 20, "cached_tokens": 5}
    return Turn.objects.create(
        id=_id(at),
        conversation=talk,
        owner_id=talk.owner_id,
        message=create_message(talk, "MARKER", role="assistant"),
        created=at,
        cost_usd=Decimal(cost),
        **(told | sums | fields),
    )


def charge(talk: Conversation, at: datetime = NOON, cost: str = "0.13") -> Charge:
    return Charge.objects.create(
        id=_id(at),
        conversation=talk,
        owner_id=talk.owner_id,
        kind="title",
        model="m-small",
        input_tokens=10,
        output_tokens=2,
        created=at,
        cost_usd=Decimal(cost),
    )


def _id(at: datetime) -> Any:
    smallest = first_id(at)
    return type(smallest)(int=smallest.int + next(_count))


def shown(client: Client, query: str = "?month=2026-03", status: int = 200) -> Element:
    response = client.get(PAGE + query)
    assert response.status_code == status
    page = read(response)
    assert_harmless(page)
    return page


def table(page: Element, name: str) -> list[list[str]]:
    rows = page.one("div", aria_label=name).one("tbody").all("tr")
    return [
        [" ".join(each.text.split()) for each in row.all("th") + row.all("td")]
        for row in rows
    ]


class TestSums:
    def test_by_day_of_utc(self, alice: User) -> None:
        talk = create_conversation(alice)
        late = datetime(2026, 3, 31, 23, 59, 59, 999_000, UTC)
        early = datetime(2026, 3, 1, tzinfo=UTC)
        for at in (late, early, early - timedelta(seconds=1), late + timedelta(0, 1)):
            reply(talk, at)
        charge(talk, early)
        with timezone.override("America/Los_Angeles"):
            report = service.report(MARCH)

        days = {day: used for day, used in report.days if used.replies}
        assert list(days) == [MARCH.first, MARCH.last]
        assert len(report.days) == 31
        first = days[MARCH.first]
        assert (first.replies, first.calls, first.sent, first.answered) == (
            1,
            1,
            110,
            22,
        )
        assert (first.cost, first.background) == (Decimal("0.5"), Decimal("0.13"))
        assert report.total.total == Decimal("1.13")

    def test_money_is_exact(self, alice: User) -> None:
        talk = create_conversation(alice)
        for _ in range(30):
            reply(talk, cost="0.10000001")

        assert service.report(MARCH).total.cost == Decimal("3.00000030")

    def test_by_model_the_dearest_first(self, alice: User) -> None:
        talk = create_conversation(alice)
        reply(talk, cost="1", model="m-2")
        reply(talk)
        charge(talk)

        models = service.report(MARCH).models
        assert [name for name, _ in models] == ["m-2", "m-1", "m-small"]
        assert models[2][1].replies == 0 and models[2][1].calls == 1

    def test_what_no_model_was_asked_for_does_not_count(self, alice: User) -> None:
        none = {"input_tokens": 0, "output_tokens": 0}
        reply(create_conversation(alice), cost="0", status="queued", **none)

        assert service.report(MARCH).total.replies == 0

    def test_by_person_with_the_others_in_one(self, alice: User) -> None:
        for number in range(PEOPLE + 2):
            talk = create_conversation(make_person(f"P{number}"))
            reply(talk, cost=str(number + 1))
        people, others = service.by_person(MARCH)

        assert len(people) == PEOPLE
        assert people[0][0] == f"p{PEOPLE + 1}@example.org"
        assert others is not None and others.cost == 1 + 2
        assert others.replies == 2

    def test_the_books_know_what_was_deleted(self, alice: User, bob: User) -> None:
        for owner, spent in ((alice, "2"), (bob, "0.5")):
            Spending.objects.create(owner=owner, month=MARCH.first, spent_usd=spent)

        assert service.booked(MARCH) == Decimal("2.5")
        assert service.booked(Period(MARCH.first, date(2026, 3, 30))) is None

    def test_as_many_queries_for_few_and_many(
        self, alice: User, django_assert_num_queries: Any
    ) -> None:
        talk = create_conversation(alice)
        for rows in (10, 190):
            for number in range(rows):
                reply(talk, NOON + timedelta(hours=number), model=f"m-{number % 9}")
            with django_assert_num_queries(2):
                service.report(MARCH)
            with django_assert_num_queries(3):
                service.by_person(MARCH)


class TestPage:
    def test_charts_with_their_tables(self, ada: Client, alice: User) -> None:
        talk = create_conversation(alice, title="MARKER")
        reply(talk)
        charge(talk)
        page = shown(ada)

        for name in ("cost", "tokens"):
            (drawn,) = page.all("svg", role="img", aria_labelledby=f"{name}-title")
            assert drawn.one("desc", id=f"{name}-desc").text
            assert len(drawn.all("rect")) == 2  # one day, two parts
        assert table(page, "By day") == [
            ["10 March 2026", "$0.63", "$0.13", "110", "22", "1", "1"]
        ]
        model, small = table(page, "By model")
        assert model == ["m-1", "", "$0.50", "$0.00", "100", "20", "1", "0"]
        assert small[0] == "m-small"
        assert table(page, "By person")[0][:3] == [alice.email, "", "$0.63"]
        assert "MARKER" not in page.text

    def test_the_deleted_is_told(self, ada: Client, alice: User) -> None:
        reply(create_conversation(alice))
        Spending.objects.create(owner=alice, month=MARCH.first, spent_usd=2)

        assert "Another $1.50 was spent" in shown(ada).text
        assert "Another" not in shown(ada, "?from=2026-03-02&to=2026-03-31").text

    def test_nothing_was_used(self, ada: Client) -> None:
        page = shown(ada, "")

        assert "Nothing was used in these days." in page.text
        assert page.all("svg", role="img") == []
        assert page.one("nav", class_="months").one("a", aria_current="page")

    def test_models_that_cost_nothing_are_compared_by_tokens(
        self, ada: Client, alice: User
    ) -> None:
        talk = create_conversation(alice)
        reply(talk, cost="0", input_tokens=300, output_tokens=0)
        reply(talk, cost="0", model="m-2", input_tokens=75, output_tokens=0)
        bars = shown(ada).one("div", aria_label="By model").all("rect")

        assert [bar.attrs["width"] for bar in bars] == ["1000", "250"]

    @pytest.mark.parametrize(
        ("query", "sentence"),
        [
            ("?month=2026-13", "There is no such month."),
            ("?month=x", "There is no such month."),
            ("?month=1999-12", "There is no such month."),
            ("?from=2026-03-02&to=2026-03-01", "The last day is before the first one."),
            ("?from=2025-03-01&to=2026-03-02", "At most 366 days."),
            ("?from=2026-03-01", "Choose the first and the last day."),
            ("?from=x&to=y", "Choose the first and the last day."),
        ],
    )
    def test_days_that_make_no_sense(
        self, query: str, sentence: str, ada: Client
    ) -> None:
        assert sentence in shown(ada, query, 400).text
        assert ada.get(FILE + query).status_code == 400

    @pytest.mark.parametrize(
        ("role", "status"),
        [("support", 200), ("administrator", 200), ("auditor", 403), ("privacy", 403)],
    )
    def test_who_may(self, role: str, status: int) -> None:
        person = make_person("Sam")
        person.role = role
        person.save(update_fields=["role"])

        for there in (PAGE, FILE):
            assert client_of(person).get(there).status_code == status

    def test_its_queries_do_not_grow(
        self, ada: Client, alice: User, django_assert_max_num_queries: Any
    ) -> None:
        talk = create_conversation(alice)
        for number in range(10):
            reply(talk, NOON + timedelta(hours=number), model=f"m-{number}")
        shown(ada)
        with django_assert_max_num_queries(10) as few:
            shown(ada)
        for number in range(190):
            reply(talk, NOON + timedelta(hours=number), model=f"m-{number % 40}")
        with django_assert_max_num_queries(len(few.captured_queries)):
            shown(ada)


class TestFile:
    def test_it_has_every_day_person_and_model(
        self, ada: Client, alice: User, bob: User
    ) -> None:
        talk, his = create_conversation(alice), create_conversation(bob)
        reply(talk)
        reply(talk)
        charge(talk, NOON + timedelta(days=1))
        reply(his)
        response = ada.get(FILE + "?month=2026-03")

        assert response.streaming
        assert (
            'filename="usage-2026-03-01-2026-03-31.csv"'
            in (response["Content-Disposition"])
        )
        head, *rows = csv.reader(StringIO(response.getvalue().decode()))
        assert head[:4] == ["day", "email", "model", "replies"]
        assert rows == [
            ["2026-03-10", alice.email, "m-1", "2", "0", "200", "40", "10"]
            + ["1.00000000", "0.00000000"],
            ["2026-03-10", bob.email, "m-1", "1", "0", "100", "20", "5"]
            + ["0.50000000", "0.00000000"],
            ["2026-03-11", alice.email, "m-small", "0", "1", "10", "2", "0"]
            + ["0.00000000", "0.13000000"],
        ]

    def test_no_cell_is_a_formula(self, ada: Client, alice: User) -> None:
        reply(create_conversation(alice), model='=HYPERLINK("x")')
        text = ada.get(FILE + "?month=2026-03").getvalue().decode()

        assert "\"'=HYPERLINK(" in text

    @pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t", "\r"])
    def test_what_a_spreadsheet_would_run_is_text(self, begins: str) -> None:
        assert cell(f"{begins}1+1") == f"'{begins}1+1"

    def test_numbers_stay_numbers(self) -> None:
        assert cell(-3) == -3
        assert cell(Decimal("-0.00000001")) == "-0.00000001"
        assert lines([["a", 1], ["b,c", None]]) == b'a,1\r\n"b,c",\r\n'
