"""The first page of the administration, and what all of its pages have in common."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import data_requests, holds
from accounts.models import User
from accounts.roles import permissions
from chatsite.console import LINES
from conversations.models import Spending
from tests.base import client_of, make_person
from tests.factories import create_conversation, create_reply
from tests.pages.markup import Element, assert_harmless, read

pytestmark = [pytest.mark.database, pytest.mark.django_db]
PEOPLE = "/admin/accounts/user/"


def with_role(role: str) -> Client:
    person = make_person("Sam")
    person.role = role
    person.save(update_fields=["role"])
    return client_of(person)


def lines(client: Client) -> dict[str, dict[str, str]]:
    """By group and title, the figures."""
    page = read(client.get("/admin/"))
    groups = page.one("div", class_="console").all("section")
    return {group.one("h2").text: dict(map(_told, group.all("li"))) for group in groups}


def _told(line: Element) -> tuple[str, str]:
    title, *figure = (each.text for each in line.all("a") + line.all("span"))
    return title, "".join(figure)


def test_it_tells_how_things_stand(alice: User, admin_person: User) -> None:
    talk = create_conversation(alice)
    create_reply(talk, status="running")
    create_conversation(make_person("Carol"), updated=timezone.now() - timedelta(9))
    today = timezone.now().date()
    for person, cost in ((alice, "1.5"), (admin_person, "0.25")):
        fields = {"month": today.replace(day=1), "spent_usd": Decimal(cost)}
        Spending.objects.create(owner=person, **fields)
    holds.place(alice, "C-9", by=None)
    data_requests.ask("export", alice, by=None, origin="person")
    told = lines(client_of(admin_person))

    assert list(told) == [
        "Audit",
        "People",
        "Data requests",
        "Retention",
        "Usage & costs",
        "Settings",
    ]
    assert told["People"]["People"] == "3, of whom 1 active this week"
    assert told["People"]["Conversations"] == "1 answered just now"
    assert told["Usage & costs"]["Spending"] == "$1.75 this month"
    assert told["Data requests"]["Exports and erasures"].startswith("1 open, the next")
    assert told["Retention"]["Legal holds"] == "1 in force"
    assert told["Audit"]["Conversations opened by others"] == "none open now"


@pytest.mark.parametrize(
    ("role", "groups"),
    [
        ("support", {"People", "Usage & costs"}),
        ("auditor", {"Audit", "Data requests", "Retention"}),
        ("privacy", {"Audit", "People", "Data requests", "Retention"}),
    ],
)
def test_each_role_sees_its_own_pages(role: str, groups: set[str]) -> None:
    client = with_role(role)
    shown = {line.title for line in LINES if line.url and may(role, line.permission)}
    above = read(client.get("/admin/")).one("nav", class_="console-nav")

    assert groups == set(lines(client))
    assert {link.text for link in above.all("a")} == shown
    for link in above.all("a"):
        assert client.get(link.attrs["href"]).status_code == 200


def may(role: str, permission: str) -> bool:
    return permission in permissions(role)


def test_every_line_leads_somewhere_and_groups_stand_together() -> None:
    groups = [line.group for line in LINES]

    assert sorted(groups, key=groups.index) == groups
    assert all(reverse(f"admin:{line.url}") for line in LINES if line.url)


@pytest.mark.parametrize("theme", ["system", "light", "dark"])
def test_pages_are_ours_and_harmless(theme: str, admin_person: User) -> None:
    User.objects.filter(pk=admin_person.pk).update(theme=theme)
    client = client_of(admin_person)
    for there in ("/admin/", "/admin/accounts/user/", "/admin/accounts/auditevent/"):
        page = read(client.get(there))

        assert_harmless(page)
        assert f"theme-{theme}" in page.one("body").attrs["class"].split()
        assert page.one("title").text.endswith("Understory")
        assert page.one("a", href="/").text == "Back to the chat"
        sheets = [each.attrs["href"] for each in page.all("link", rel="stylesheet")]
        assert sheets[-1].startswith("/static/console/console")
        scripts = [each.attrs["src"] for each in page.all("script")]
        assert not [each for each in scripts if "theme" in each]  # it is a setting


def test_signing_out_there_signs_out_everywhere_else(admin_person: User) -> None:
    client = client_of(admin_person)
    (form,) = read(client.get("/admin/")).all("form", id="logout-form")
    client.post(form.attrs["action"])

    assert client.get("/settings/").status_code == 302


def test_no_second_log_keeps_names(alice: User, admin_person: User) -> None:
    there = reverse("admin:accounts_user_change", args=[alice.pk])
    given = {"name": "Alicia", "is_active": "on", "role": ""}
    client_of(admin_person).post(there, given)

    assert User.objects.get(pk=alice.pk).name == "Alicia"
    assert not LogEntry.objects.exists()


def lists() -> dict[str, type]:
    return {
        reverse(f"admin:{m._meta.app_label}_{m._meta.model_name}_changelist"): m
        for m in admin.site._registry
    }


@pytest.mark.parametrize("role", User.Role.values)
def test_no_column_is_asked_for_that_no_filter_offers(role: str, alice: User) -> None:
    create_conversation(alice)
    sam = with_role(role)
    for address, model in lists().items():
        if sam.get(address).status_code != 200:
            continue
        for column in model._meta.concrete_fields:
            for how in ("startswith", "regex", "gt", "in"):
                asked = sam.get(address, {f"{column.name}__{how}": "(a+)+$"})
                assert asked.status_code == 400, (address, column.name, how)


@pytest.mark.parametrize("asked", ["password", "password__startswith", "name"])
def test_a_hash_of_a_password_is_not_told_letter_by_letter(asked: str) -> None:
    assert with_role("support").get(f"{PEOPLE}?{asked}=a").status_code == 400


@pytest.mark.parametrize("address", lists())
def test_what_the_filters_offer_is_answered(address: str, admin_person: User) -> None:
    ada = client_of(admin_person)
    for link in read(ada.get(address)).all("a", href=True):
        if link.attrs["href"].startswith("?"):
            assert ada.get(address + link.attrs["href"]).status_code == 200
