"""What an administrator decides for the site."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts import policies
from accounts.models import AuditEvent, Policy, User
from accounts.policies import POLICIES
from tests.base import client_of, make_person, proven_client_of
from tests.pages.markup import Element, assert_harmless, read

pytestmark = [pytest.mark.database, pytest.mark.django_db]
PAGE = reverse("admin:policies")


@pytest.fixture
def ada(admin_person: User) -> Client:
    return proven_client_of(admin_person)


def one(name: str) -> str:
    return reverse("admin:change_policy", args=[name])


def shown(client: Client) -> Element:
    page = read(client.get(PAGE))
    assert_harmless(page)
    return page


def section(page: Element, name: str) -> str:
    found = page.one("section", aria_labelledby=f"policy-{name}")
    return " ".join(found.text.split())


def changes() -> list[dict[str, Any]]:
    events = AuditEvent.objects.filter(action="accounts.policy_changed")
    return [event.details for event in events.order_by("seq")]


def test_each_policy_what_holds_and_why(ada: Client, settings: Any) -> None:
    settings.PII_POLICY = "mask"
    Policy.objects.create(name="export_hours", value=12)
    Policy.objects.create(name="erasure_grace_days", value="nonsense")
    Policy.objects.create(name="of_another_version", value=1)
    page = shown(ada)

    assert len(page.all("section")) == len(POLICIES) + 1
    for name, rule in POLICIES.items():
        assert section(page, name).startswith(rule.label)
    pii = section(page, "pii_policy")
    assert "In forceMasked for good" in pii and "the settings say so" in pii
    hours = section(page, "export_hours")
    assert "In force12" in hours and "decided here" in hours
    assert "In force7" in section(page, "erasure_grace_days")
    assert "They can change their mind that long. 0 to 30." in section(
        page, "erasure_grace_days"
    )


def test_it_leads_to_what_else_is_for_the_site(ada: Client) -> None:
    others = shown(ada).one("section", aria_labelledby="others")

    for link in others.all("a"):
        assert ada.get(link.attrs["href"]).status_code == 200
    assert [link.text for link in others.all("a")] == [
        "Models and prices",
        "Budgets",
        "Shared prompts",
        "How long things are kept",
    ]


@pytest.mark.parametrize(
    ("name", "given", "before", "after"),
    [
        ("pii_policy", "vault", "off", "vault"),
        ("staff_second_factor", "True", False, True),
        ("erasure_grace_days", "0", 7, 0),
        ("export_hours", "168", 24, 168),
        ("break_glass_minutes", "5", 30, 5),
    ],
)
def test_a_decision_holds_and_is_recorded(
    name: str, given: str, before: Any, after: Any, ada: Client, settings: Any
) -> None:
    settings.PII_POLICY, settings.STAFF_SECOND_FACTOR = "off", False
    policies.forget()

    assert ada.post(one(name), {"value": given}).url == PAGE
    policies.forget()

    assert policies.policy(name) == after
    assert type(Policy.objects.get(name=name).value) is type(after)
    assert changes() == [{"name": name, "before": before, "after": after}]


def test_what_was_decided_before_is_recorded_too(ada: Client) -> None:
    for value in ("3", "5"):
        ada.post(one("export_hours"), {"value": value})

    assert [(each["before"], each["after"]) for each in changes()] == [(24, 3), (3, 5)]


def test_a_decision_can_be_withdrawn(ada: Client, settings: Any) -> None:
    settings.PII_POLICY = "mask"
    assert not shown(ada).all("button", name="withdraw")
    ada.post(one("pii_policy"), {"value": "off"})
    page = shown(ada)
    assert "without that: Masked for good" in section(page, "pii_policy")
    (button,) = page.all("button", name="withdraw")

    assert ada.post(one("pii_policy"), {"value": "off", "withdraw": "1"}).url == PAGE
    assert not Policy.objects.exists() and policies.policy("pii_policy") == "mask"
    settings.PII_POLICY = "vault"  # later, by whoever runs the server
    assert policies.policy("pii_policy") == "vault"
    told = {"name": "pii_policy", "before": "off", "after": "mask", "withdrawn": True}
    assert changes()[1:] == [told]

    ada.post(one("pii_policy"), {"withdraw": "1"})
    assert len(changes()) == 2  # nothing to withdraw, nothing to record


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pii_policy", "shout"),
        ("pii_policy", ""),
        ("staff_second_factor", "1"),
        ("erasure_grace_days", "31"),
        ("erasure_grace_days", "-1"),
        ("export_hours", "0"),
        ("export_hours", "1.5"),
        ("break_glass_minutes", "x"),
    ],
)
def test_what_is_no_decision_is_told(name: str, value: str, ada: Client) -> None:
    answer = ada.post(one(name), {"value": value})

    assert answer.status_code == 400
    assert read(answer).one("p", class_="errornote").text
    assert not Policy.objects.exists() and not changes()


def test_an_unknown_one_is_not_there(ada: Client) -> None:
    assert ada.post(one("everything"), {"value": "1"}).status_code == 404
    assert ada.get(one("pii_policy")).url == PAGE  # back from proving who one is


def test_whoever_decides_has_just_proven_who_they_are(admin_person: User) -> None:
    browser = client_of(admin_person)
    session = browser.session
    session["account_authentication_methods"] = [{"method": "password", "at": 1.0}]
    session.save()
    answer = browser.post(one("staff_second_factor"), {"value": "False"})

    assert answer.url.startswith("/accounts/reauthenticate/")
    assert not Policy.objects.exists()


@pytest.mark.parametrize("role", ["", "support", "auditor", "privacy"])
def test_others_decide_nothing(role: str) -> None:
    person = make_person("Sam")
    person.role = role
    person.save(update_fields=["role"])
    browser = proven_client_of(person)

    assert browser.get(PAGE).status_code in (302, 403)
    answer = browser.post(one("export_hours"), {"value": "1"})
    assert answer.status_code in (302, 403)
    assert not Policy.objects.exists()


def test_a_form_of_another_site_decides_nothing(admin_person: User) -> None:
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(admin_person)

    assert careful.post(one("export_hours"), {"value": "1"}).status_code == 403
    assert not Policy.objects.exists()


def test_its_queries_do_not_grow(
    ada: Client, django_assert_max_num_queries: Any
) -> None:
    shown(ada)
    with django_assert_max_num_queries(6):
        shown(ada)
