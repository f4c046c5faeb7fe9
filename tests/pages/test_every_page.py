"""What holds for each page, whoever looks: harmless, named, usable without scripts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client

from accounts.models import User
from conversations.models import Conversation
from tests.factories import create_conversation, create_reply
from tests.pages.markup import assert_harmless, read

ADDRESSES = ["/", "/c/", "/c/?show=trash", "/c/{}/", "/c/{}/rename/", "/c/{}/erase/"]
CSS = settings.BASE_DIR / "static" / "css"
TEMPLATES = settings.BASE_DIR / "templates"


@pytest.fixture
def nasty(alice: User) -> Conversation:
    talk = create_conversation(alice, title="\"><script>alert('t')</script>")
    create_reply(talk, "<img src=x onerror=alert(1)>\n\n<style>*{}</style>")
    create_reply(talk, "[x](javascript:alert(1)) <a href=x style=y onclick=z>")
    return talk


@pytest.mark.parametrize("there", [*ADDRESSES, "/no/such/page"])
def test_a_page_is_harmless_and_has_its_landmarks(
    there: str, nasty: Conversation, hers: Client
) -> None:
    response = hers.get(there.format(nasty.id))
    page = read(response)

    assert_harmless(page)
    assert page.one("html").attrs["lang"] == "en"
    assert page.one("title").text.endswith(" · Understory")
    assert page.one("meta", name="description").attrs["content"]
    assert len(page.all("main")) == len(page.all("h1", class_=False)) == 1
    assert page.one("a", class_="skip").attrs["href"] == "#main"
    policy = response["Content-Security-Policy"]
    assert "unsafe" not in policy and "require-trusted-types-for 'script'" in policy


@pytest.mark.parametrize("there", ADDRESSES)
def test_every_control_has_a_name(
    there: str, nasty: Conversation, hers: Client
) -> None:
    page = read(hers.get(there.format(nasty.id)))
    labelled = {label.attrs["for"] for label in page.all("label")}

    for control in page.all("button") + page.all("a"):
        assert control.text.strip() or control.attrs.get("aria-label"), control
    for field in page.all("input") + page.all("textarea"):
        assert field.attrs.get("type") == "hidden" or field.attrs["id"] in labelled


@pytest.mark.parametrize("there", ADDRESSES)
def test_what_a_control_points_at_is_there(
    there: str, nasty: Conversation, hers: Client
) -> None:
    page = read(hers.get(there.format(nasty.id)))
    ids = {each.attrs["id"] for each in page.walk() if "id" in each.attrs}

    for each in page.walk():
        for name in ("popovertarget", "form", "for", "aria-labelledby"):
            assert each.attrs.get(name, "main") in ids, (name, each.attrs)
        if each.name == "use":
            assert each.attrs["href"].removeprefix("#") in ids


def test_every_form_that_changes_something_has_a_token(
    nasty: Conversation, hers: Client
) -> None:
    for there in ADDRESSES:
        for form in read(hers.get(there.format(nasty.id))).all("form", method="post"):
            assert form.one("input", name="csrfmiddlewaretoken")


def test_a_missing_page_keeps_the_sidebar(talk: Conversation, hers: Client) -> None:
    response = hers.get("/no/such/page")

    assert response.status_code == 404
    assert read(response).one("li", id=f"row-{talk.id}")


def test_a_stranger_gets_a_missing_page_without_anything_personal(
    talk: Conversation, client: Client
) -> None:
    page = read(client.get("/no/such/page"))

    assert page.one("h1").text == "There is no such page"
    assert page.all("nav") == page.all("script") == page.all("form") == []
    assert page.all("meta", name="csrf-token") == []


@pytest.mark.parametrize("name", ["400", "403", "404", "500", "403_csrf"])
def test_error_pages_need_nothing(name: str) -> None:
    page = read(render_to_string(f"{name}.html"))

    assert_harmless(page)
    assert page.one("h1").text == page.one("title").text


def test_a_broken_view_says_so_and_no_more(
    hers: Client, monkeypatch, talk: Conversation
) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr("conversations.services.thread.page", fail)
    hers.raise_request_exception = False

    response = hers.get(f"/c/{talk.id}/")

    assert response.status_code == 500
    assert "Something went wrong here" in response.content.decode()
    assert "secret" not in response.content.decode()


def test_only_what_the_renderer_wrote_is_trusted() -> None:
    trusted = {
        (path.name, match)
        for path in TEMPLATES.rglob("*.html")
        for match in re.findall(r"\{\{[^}]*\|safe[^}]*\}\}", path.read_text())
    }

    assert trusted == {
        ("_reply.html", "{{ said.html|safe }}"),
        ("read.html", "{{ said.html|safe }}"),
        ("talk_messages.html", "{{ said.html|safe }}"),  # in an export
        ("field.html", "{{ field.help_text|safe }}"),  # ours, not the person's
    }
    assert not [
        path
        for path in TEMPLATES.rglob("*.html")
        if re.search(r"autoescape off|safeseq", path.read_text())
    ]


def test_the_stylesheets_stay_small() -> None:
    assert sum(path.stat().st_size for path in CSS.glob("*.css")) <= 48_300


@pytest.mark.parametrize("sheet", sorted(CSS.glob("*.css")), ids=lambda path: path.name)
def test_stylesheets_load_nothing_and_close_what_they_open(sheet: Path) -> None:
    text = sheet.read_text()

    assert "url(" not in text and "@import" not in text
    assert text.count("{") == text.count("}")
