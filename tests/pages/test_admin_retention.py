"""Rules of retention and legal holds, as the administration changes them."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import holds, retention
from accounts.admin.holds import SHOWN
from accounts.audit import record
from accounts.models import AuditEvent, LegalHold, RetentionRule, User
from conversations.models import Conversation
from conversations.services import expiring
from tests.base import client_of, make_person
from tests.factories import create_conversation
from tests.pages.markup import Element, assert_harmless, read

pytestmark = [pytest.mark.database, pytest.mark.django_db]
PAGE, HOLDS = reverse("admin:retention"), reverse("admin:legal_holds")


def with_role(role: str) -> Client:
    person = make_person(f"Sam {role}".replace(" ", ""))
    person.role = role
    person.save(update_fields=["role"])
    return client_of(person)


@pytest.fixture
def paula(db: None) -> Client:
    return with_role("privacy")


def rule_of(name: str) -> str:
    return reverse("admin:change_retention", args=[name])


def aged(owner: User, days: float) -> Conversation:
    at = timezone.now() - timedelta(days=days)
    return create_conversation(owner, title="MARKER", created=at, updated=at)


def shown(client: Client, there: str = PAGE) -> Element:
    page = read(client.get(there))
    assert_harmless(page)
    return page


def words(element: Element) -> str:
    return " ".join(element.text.split())


def section(page: Element, name: str) -> str:
    return words(page.one("section", aria_labelledby=f"class-{name}"))


def did(action: str) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(action=f"accounts.{action}"))


class TestRules:
    def test_every_class_with_its_rule_and_where_it_comes_from(
        self, paula: Client, alice: User, settings: Any
    ) -> None:
        settings.CONVERSATION_TTL_DAYS = 90
        retention.change("trash", 1, "fixed", by=None)
        retention.change("cold", None, "sliding", by=None)
        aged(alice, 91)
        page = shown(paula)

        assert len(page.all("section", class_="rule")) == len(retention.CLASSES)
        normal = section(page, "normal")
        assert "90 days since it was last used" in normal
        assert "From the settings: CONVERSATION_TTL_DAYS" in normal
        assert "Go with the next run1, the oldest of" in normal
        trash = section(page, "trash")
        assert "1 day since it was deleted" in trash and "Decided here" in trash
        assert "The product's own" in section(page, "audit")
        assert "as long as their conversation" in section(page, "files")
        assert "Keptnever" in section(page, "cold")
        assert "MARKER" not in page.text

    def test_what_a_rule_would_do_is_told_before_it_holds(
        self, paula: Client, alice: User, bob: User
    ) -> None:
        old = aged(alice, 40)
        aged(alice, 5)
        aged(bob, 40)
        holds.place(bob, "C-9", by=None)
        given = {"days": "30", "mode": "sliding"}
        page = read(paula.post(rule_of("normal"), given))
        assert_harmless(page)

        told = words(page)
        assert "Would go at once1, the oldest of" in told
        assert "Kept by a legal hold1" in told and "gone for good" in told
        assert not RetentionRule.objects.exists() and not did("retention_changed")
        fields = page.one("form", class_="buttons")
        hidden = {
            each.attrs["name"]: each.attrs["value"]
            for each in fields.all("input", type="hidden")
            if each.attrs["name"] != "csrfmiddlewaretoken"
        }
        assert hidden == given

        paula.post(fields.attrs["action"], hidden | {"save": "1"})
        assert retention.rule("normal").days == 30
        (event,) = did("retention_changed")
        assert event.details["days"] == 30 and event.details["days_before"] is None
        expiring.expire_some()
        assert not Conversation.objects.filter(pk=old.pk).exists()
        assert Conversation.objects.count() == 2

    def test_a_rule_is_withdrawn_after_a_preview(
        self, paula: Client, alice: User, settings: Any
    ) -> None:
        settings.CONVERSATION_TTL_DAYS = 30
        aged(alice, 60)
        assert not shown(paula).all("button", name="withdraw")
        retention.change("normal", None, "sliding", by=None)
        page = shown(paula)
        assert "without it: 30 days since it was last used" in section(page, "normal")
        assert len(page.all("button", name="withdraw")) == 1

        answer = read(paula.post(rule_of("normal"), {"days": "", "withdraw": "1"}))
        told = words(answer.one("section"))
        assert "Without it30 days since it was last used" in told
        assert "Would go at once1" in told and "gone for good" in told
        assert RetentionRule.objects.count() == 1
        hidden = {
            it.attrs["name"]: it.attrs["value"]
            for it in answer.one("section").all("input", type="hidden")
            if it.attrs["name"] != "csrfmiddlewaretoken"
        }
        assert hidden == {"withdraw": "1"}

        paula.post(rule_of("normal"), hidden | {"save": "1"})
        assert not RetentionRule.objects.exists()
        assert retention.rule("normal") == retention.Rule(30)
        event = did("retention_changed")[-1]
        assert (event.details["days_before"], event.details["days"]) == (None, 30)
        assert event.details["withdrawn"]
        again = paula.post(rule_of("normal"), hidden | {"save": "1"}, follow=True)
        assert "It was so already" in again.content.decode()
        assert len(did("retention_changed")) == 2

    def test_for_ever_is_no_number(self, paula: Client) -> None:
        given = {"days": "", "mode": "fixed", "save": "1"}
        paula.post(rule_of("trash"), given)
        assert retention.rule("trash").days is None

        again = paula.post(rule_of("trash"), given, follow=True)
        assert "It was so already." in words(read(again))
        preview = paula.post(rule_of("trash"), {"days": "", "mode": "fixed"})
        assert "This rule holds already." in words(read(preview))
        assert len(did("retention_changed")) == 1

    @pytest.mark.parametrize(
        ("name", "days", "mode"),
        [
            ("normal", "0", "sliding"),
            ("normal", "-1", "sliding"),
            ("normal", "36501", "sliding"),
            ("normal", "x", "sliding"),
            ("normal", "3", "sometimes"),
            ("trash", "3", "sliding"),
            ("normal", "3", ""),
        ],
    )
    def test_what_is_no_rule_is_told(
        self, name: str, days: str, mode: str, paula: Client
    ) -> None:
        given = {"days": days, "mode": mode, "save": "1"}
        answer = paula.post(rule_of(name), given)

        assert answer.status_code == 400
        assert read(answer).all("p", class_="errornote")
        assert not RetentionRule.objects.exists()

    def test_an_unknown_class_is_not_there(self, paula: Client) -> None:
        assert paula.post(rule_of("everything"), {}).status_code == 404

    def test_the_last_run_is_told(self, paula: Client, alice: User) -> None:
        assert "There was nothing to remove yet." in words(shown(paula))
        retention.change("normal", 30, "sliding", by=None)
        aged(alice, 40)
        expiring.expire_some()
        record("accounts.audit_trimmed", count=3)

        told = words(shown(paula))
        assert "Conversations 1." in told and "The audit log was trimmed" in told

    @pytest.mark.parametrize("role", ["", "support", "auditor"])
    def test_others_change_nothing(self, role: str) -> None:
        client = with_role(role)
        given = {"days": "1", "mode": "sliding", "save": "1"}
        assert client.post(rule_of("normal"), given).status_code in (302, 403)
        assert not RetentionRule.objects.exists()

    def test_an_auditor_sees_the_rules_and_no_forms(self) -> None:
        page = shown(with_role("auditor"))

        assert len(page.all("section", class_="rule")) == len(retention.CLASSES)
        assert page.one("main").all("form") == []

    def test_its_queries_do_not_grow(
        self, paula: Client, alice: User, django_assert_max_num_queries: Any
    ) -> None:
        for days in range(10):
            aged(alice, days)
        holds.place(alice, "C-1", by=None)
        shown(paula)
        with django_assert_max_num_queries(45) as few:
            shown(paula)
        for days in range(40):
            aged(alice, days)
            holds.place(make_person(f"H{days}"), "C-1", by=None)
        with django_assert_max_num_queries(len(few.captured_queries)):
            shown(paula)


class TestHolds:
    def test_placed_shown_and_lifted(self, paula: Client, alice: User) -> None:
        given = {"email": " Alice@Example.org ", "reference": "2026-17"}
        assert paula.post(HOLDS, given).url == HOLDS
        hold = LegalHold.objects.get()
        assert holds.is_held(alice.pk)
        row = words(shown(paula, HOLDS).one("tbody"))
        assert alice.email in row and "2026-17" in row and "In force" in row
        assert "samprivacy@example.org" in row

        lift = reverse("admin:lift_hold", args=[hold.pk])
        assert paula.get(lift).status_code == 405
        paula.post(lift)
        assert not holds.is_held(alice.pk)
        assert "Lifted" in words(shown(paula, HOLDS).one("tbody"))
        again = paula.post(lift, follow=True)
        assert "It was lifted before." in words(read(again))
        assert len(did("hold_placed")) == len(did("hold_lifted")) == 1

    @pytest.mark.parametrize(
        ("given", "sentence"),
        [
            ({"email": "nobody@example.org", "reference": "1"}, "Nobody here"),
            ({"email": "alice@example.org", "reference": "C-9"}, "There is a hold"),
            ({"email": "alice@example.org", "reference": ""}, "required"),
            ({"email": "alice@example.org", "reference": "9" * 81}, "at most 80"),
            ({"email": "x", "reference": "1"}, "valid email"),
        ],
    )
    def test_what_is_no_hold_is_told(
        self, given: dict[str, str], sentence: str, paula: Client, alice: User
    ) -> None:
        holds.place(alice, "C-9", by=None)
        answer = paula.post(HOLDS, given)

        assert answer.status_code == 400
        assert any(
            sentence in each.text for each in read(answer).all("p", class_="errornote")
        )
        assert LegalHold.objects.count() == 1

    @pytest.mark.parametrize("role", ["", "support", "auditor"])
    def test_others_neither_see_nor_place_nor_lift(
        self, role: str, alice: User
    ) -> None:
        hold = holds.place(alice, "C-9", by=None)
        client = with_role(role)
        lift = reverse("admin:lift_hold", args=[hold.pk])
        given = {"email": alice.email, "reference": "2"}

        assert client.get(HOLDS).status_code in (302, 403)
        assert client.post(HOLDS, given).status_code in (302, 403)
        assert client.post(lift).status_code in (302, 403)
        assert LegalHold.objects.filter(lifted=None).count() == 1

    def test_an_empty_list_and_a_hold_that_is_not_there(self, paula: Client) -> None:
        assert "Nobody is on a legal hold." in shown(paula, HOLDS).text
        there = reverse("admin:lift_hold", args=[uuid.uuid4()])
        assert paula.post(there).status_code == 404

    def test_it_is_paged_and_asks_as_much_with_many(
        self, paula: Client, alice: User, django_assert_max_num_queries: Any
    ) -> None:
        _many(alice, 10)
        shown(paula, HOLDS)
        with django_assert_max_num_queries(8) as few:
            shown(paula, HOLDS)
        _many(alice, 190)
        with django_assert_max_num_queries(len(few.captured_queries)):
            page = shown(paula, HOLDS)

        assert len(page.one("tbody").all("tr")) == SHOWN
        assert len(shown(paula, HOLDS + "?page=4").one("tbody").all("tr")) == SHOWN


def _many(person: User, count: int) -> None:
    LegalHold.objects.bulk_create(
        LegalHold(person=person, reference=str(uuid.uuid4()), placed_by=uuid.uuid4())
        for _ in range(count)
    )
