"""What every account page owes its reader, whichever page it is."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client, override_settings

from accounts.models import User
from accounts.services.setup import new_setup_link

pytestmark = pytest.mark.django_db

STRANGERS = [
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/done/",
    "/accounts/password/reset/key/1-nonsense/",
    "/accounts/confirm-email/",
    "/accounts/confirm-email/nonsense/",
    "/accounts/inactive/",
]
PEOPLE = [
    "/accounts/password/change/",
    "/accounts/email/",
    "/accounts/logout/",
    "/accounts/reauthenticate/",
    "/settings/",
]


class Page(HTMLParser):
    """The elements of a page, as a list of (tag, attributes)."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.found: list[tuple[str, dict[str, Any]]] = []
        self.inert = 0  # inside so many templates
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inert += tag == "template"
        if not self.inert:
            self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.inert -= tag == "template"

    def all(self, *tags: str) -> list[dict[str, Any]]:
        return [attrs for tag, attrs in self.found if tag in tags]

    @property
    def fields(self) -> list[dict[str, Any]]:
        """What can be typed into or chosen."""
        return [
            attrs
            for attrs in self.all("input", "select", "textarea")
            if attrs.get("type") != "hidden" and "hidden" not in attrs
        ]


@pytest.fixture(params=[*STRANGERS, "/setup/", *PEOPLE])
def page(request: Any, client_of: Any, alice: User) -> Page:
    path = request.param
    client = client_of(alice) if path in PEOPLE else Client()
    if path == "/setup/":
        path += new_setup_link() + "/"
    response = client.get(path)
    assert response.status_code == 200
    return Page(response.content.decode())


def test_it_has_a_title_a_heading_and_a_language(page: Page) -> None:
    assert re.search(r"<title>\s*\S.*· Understory</title>", page.text, re.DOTALL)
    assert len(page.all("h1")) == 1
    assert len(page.all("main")) == 1
    assert page.all("html")[0] == {"lang": "en", "data-theme": "system"}


def test_it_fits_a_phone(page: Page) -> None:
    names = [meta.get("name") for meta in page.all("meta")]

    assert "viewport" in names


def test_nothing_on_it_needs_an_unsafe_policy(page: Page) -> None:
    assert page.all("style") == []
    for _, attrs in page.found:
        assert "style" not in attrs
        assert not any(name.startswith("on") for name in attrs)
    for script in page.all("script"):
        assert script["src"].startswith("/static/")


def test_nothing_comes_from_elsewhere(page: Page) -> None:
    addresses = [
        attrs[name]
        for _, attrs in page.found
        for name in ("src", "href", "action")
        if attrs.get(name)
    ]

    assert [address for address in addresses if re.match(r"\w+:|//", address)] == []


def test_every_field_has_a_label_and_says_what_goes_in(page: Page) -> None:
    labelled = {label["for"] for label in page.all("label")}

    for field in page.fields:
        assert field["id"] in labelled
        assert "placeholder" not in field
        if field.get("type") in ("email", "password"):
            assert field["autocomplete"]


def test_every_description_is_there(page: Page) -> None:
    ids = {attrs["id"] for _, attrs in page.found if "id" in attrs}

    for _, attrs in page.found:
        assert set(attrs.get("aria-describedby", "").split()) <= ids


def test_ids_are_not_used_twice(page: Page) -> None:
    ids = [attrs["id"] for _, attrs in page.found if "id" in attrs]

    assert sorted(ids) == sorted(set(ids))


def test_a_form_that_is_all_there_is_has_the_focus(page: Page) -> None:
    focused = [field for field in page.fields if "autofocus" in field]
    alone = 'body class="entrance"' in page.text and page.fields

    assert len(focused) == (1 if alone else 0)


def test_every_posting_form_carries_a_token(page: Page) -> None:
    forms = [form for form in page.all("form") if form.get("method") == "post"]

    assert page.text.count("csrfmiddlewaretoken") == len(forms)


def test_the_first_wrong_field_has_the_focus(client: Client) -> None:
    answer = client.post(
        "/accounts/signup/", {"email": "m@example.org", "password1": "short"}
    )
    fields = Page(answer.content.decode()).fields

    assert [field["name"] for field in fields if "autofocus" in field] == ["password1"]
    assert [field["name"] for field in fields if "aria-invalid" in field] == [
        "password1"
    ]


@pytest.mark.parametrize("path", PEOPLE)
def test_strangers_are_asked_to_sign_in(path: str, client: Client) -> None:
    response = client.get(path)

    assert response.status_code == 302
    assert response.url.startswith("/accounts/login/") or path == "/accounts/logout/"


@pytest.mark.parametrize(
    "path", ["/accounts/nowhere/", "/setup/", "/setup/x/y/", "/settings/x/"]
)
def test_pages_that_are_not(path: str, client: Client) -> None:
    assert client.get(path).status_code == 404


@override_settings(SITE_NAME="<Reading & Room>")
def test_the_name_of_the_site_is_text(client: Client) -> None:
    page = client.get("/accounts/login/").content.decode()

    assert "&lt;Reading &amp; Room&gt;" in page
    assert "<Reading" not in page


def test_a_name_is_text_on_every_page(client_of: Any, alice: User) -> None:
    User.objects.update(name='"><script>alert(1)</script>')
    client = client_of(alice)

    for path in PEOPLE:
        assert "<script>alert" not in client.get(path).content.decode()


def test_the_theme_of_the_person_is_the_theme_of_the_page(
    client_of: Any, alice: User
) -> None:
    User.objects.update(theme="dark")

    page = Page(client_of(alice).get("/accounts/email/").content.decode())

    assert page.all("html")[0]["data-theme"] == "dark"
