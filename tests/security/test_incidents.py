"""What befell products like this one, each tried here, under the name it was given.

Those that concern ids in bodies, fields of forms, forged forms, malformed requests and
models that obey have files of their own beside this one.
"""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from asgiref.testing import ApplicationCommunicator
from django import forms
from django.apps import apps
from django.conf import settings as django_settings
from django.contrib.auth import authenticate, load_backend
from django.db import models
from django.test import RequestFactory

from accounts.models import User
from chatsite.asgi import application
from chatsite.lib.ids import uuid7
from conversations import conf
from conversations.core.requests import SHAPES
from conversations.models import Message
from tests.base import PASSWORD, make_person
from tests.parrot import parrot
from tests.security.asking import ROOT, browser, field_names
from tests.sockets.conftest import session_of
from tests.sockets.test_fallback import Stream, post, scope, streaming

SCRIPTS = sorted((ROOT / "static").rglob("*.js"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


# --- CVE-2026-44551: an empty password was a login
NO_PASSWORDS = [
    "",
    " ",
    "   ",
    "\t",
    "\n",
    "\x00",
    "\x00\x00",
    "\u200b",
    "\u3000",
    None,
]
NEARLY = [f"{PASSWORD}\x00", f"\x00{PASSWORD}", PASSWORD[:-1], PASSWORD.upper(), "!"]


@pytest.fixture
def people(alice: User) -> list[User]:
    """With a password; with none that can be used; with none at all."""
    unusable, empty, odd = make_person("Una"), make_person("Emma"), make_person("Odd")
    unusable.set_unusable_password()
    unusable.save()
    User.objects.filter(pk=empty.pk).update(password="")
    User.objects.filter(pk=odd.pk).update(password="plain")
    return [alice, unusable, empty, odd]


@pytest.mark.django_db
@pytest.mark.parametrize("backend", django_settings.AUTHENTICATION_BACKENDS)
@pytest.mark.parametrize("password", [*NO_PASSWORDS, *NEARLY])
def test_no_password_is_no_password(
    password: str | None, backend: str, people: list[User]
) -> None:
    request = RequestFactory().post("/accounts/login/")
    for person in people:
        for names in ({"email": person.email}, {"username": person.email}):
            given = {**names, "password": password}
            assert load_backend(backend).authenticate(request, **given) is None
            assert authenticate(request, **given) is None


@pytest.mark.django_db
@pytest.mark.parametrize("password", [*NO_PASSWORDS[:-1], *NEARLY])
def test_the_pages_take_no_empty_password_either(
    password: str, people: list[User]
) -> None:
    for person in people:
        client = browser(None)
        given = {"email": person.email, "login": person.email, "password": password}
        client.post("/accounts/login/", given)
        assert "_auth_user_id" not in client.session
        known = browser(person)
        known.post("/accounts/reauthenticate/", {"password": password})
        assert known.get("/settings/privacy/erase/").status_code == 302


@pytest.mark.django_db
def test_the_right_password_opens(alice: User) -> None:
    """So that what is refused above is refused for its password."""
    request = RequestFactory().post("/accounts/login/")
    assert authenticate(request, email=alice.email, password=PASSWORD) == alice
    assert EmailAddress.objects.get(user=alice).verified


# --- CVE-2025-64495, 44568, GHSA-vpq8-f445-hcq7, CVE-2025-64496: scripts of ours
SINKS = re.compile(
    r"\b(?:innerHTML|outerHTML|insertAdjacentHTML|setHTMLUnsafe|createContextualFragment"
    r"|srcdoc|document\.write|eval|Function|importScripts|execCommand\(\s*[\"'`]insertHTML)\b"
    r"|parseFromString|parseHTMLUnsafe|setTimeout\(\s*[\"'`]|setInterval\(\s*[\"'`]"
    r"|\.on\w+\s*=\s*[\"'`]|setAttribute\(\s*[\"'`]on"
)
# where markup of the server's own becomes nodes, behind the one policy
DOORS = {
    "static/js/fragment.js": {"innerHTML", "parseFromString"},
    # it names the attribute in order to drop it
    "static/js/admin.js": {"parseFromString", "srcdoc"},
}
# a line to the server has messages as well
MESSAGES = re.compile(
    r"postMessage|(?:^|[^.\w])(?:window\.)?addEventListener\(\s*[\"']message"
    r"|^(?:(?:window|self|globalThis)\.)?onmessage",
    re.MULTILINE,
)


def _named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", SCRIPTS, ids=_named)
def test_scripts_make_no_markup_out_of_text(path: Path) -> None:
    found = set(SINKS.findall(path.read_text()))

    assert found <= DOORS.get(_named(path), set())


@pytest.mark.parametrize("path", SCRIPTS, ids=_named)
def test_scripts_listen_to_no_other_window(path: Path) -> None:
    assert MESSAGES.findall(path.read_text()) == []


@pytest.mark.parametrize("path", SCRIPTS, ids=_named)
def test_scripts_keep_nothing_but_through_one_module(path: Path) -> None:
    kept = r"\b(?:localStorage|sessionStorage|indexedDB|caches\.|document\.cookie)"
    found = set(re.findall(kept, path.read_text()))

    assert found <= ({"localStorage"} if path.name == "local.js" else set())


@pytest.mark.parametrize("path", TEMPLATES, ids=_named)
def test_templates_escape_whatever_people_wrote(path: Path) -> None:
    """``safe`` is what was rendered and sanitised, or a help of a form of ours."""
    text = path.read_text()
    assert "autoescape off" not in text and "|safeseq" not in text
    assert not re.search(r"\bon[a-z]+=[\"']", text) and "javascript:" not in text
    for name in re.findall(r"{{\s*([^}|]+?)\s*\|\s*safe\b", text):
        assert name.rpartition(".")[2] in ("html", "help_text"), name


def test_the_search_finds_what_it_looks_for() -> None:
    bad = "window.onmessage = f; a.innerHTML = b; setTimeout('x'); new Function('x')"
    assert len(SINKS.findall(bad)) == 3 and MESSAGES.findall(bad)
    assert SCRIPTS and TEMPLATES


# --- CVE-2024-37895, CVE-2026-22218/22219, CVE-2026-22252: addresses and commands
ADDRESS = re.compile(
    r"(^|_)(url|uri|host|endpoint|base|address|server|api|key|command|path)"
)
# an address of the audit log; keys of facts and of allauth's letters
HARMLESS = {"key", "key_hash", "email_address", "key_id", "email_address_id"}


def test_no_one_names_a_server_a_path_or_a_key() -> None:
    """Only the settings of the site say whom it asks, so its key goes nowhere else."""
    ours = [m for m in apps.get_models() if m._meta.app_label == "conversations"]
    ours.append(User)
    columns = {
        field.name
        for model in ours
        for field in model._meta.concrete_fields
        if ADDRESS.search(field.name) or isinstance(field, models.URLField)
    }
    asked = {name for name in field_names() if ADDRESS.search(name)}
    frames = {name for shape in SHAPES.values() for name in shape}

    assert columns - HARMLESS == set()
    assert asked - HARMLESS == set()
    assert {name for name in frames if ADDRESS.search(name)} == set()
    assert not any(issubclass(form, forms.URLField) for form in _kinds())


def _kinds() -> set[type]:
    known: set[type] = set()
    for form in forms.BaseForm.__subclasses__():
        for field in getattr(form, "base_fields", {}).values():
            known.add(type(field))
    return known


def test_the_server_of_the_model_is_the_one_in_the_settings(settings: Any) -> None:
    settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = "https://m.example/v1", "sk-x"

    server = conf.model_server()

    assert (server.base_url, server.api_key) == ("https://m.example/v1", "sk-x")
    parameters = conf.model_server.__code__.co_varnames[:1]
    assert parameters == ("demo_url",)  # nothing of a person's, turn's or request's


# --- CVE-2025-64496: a model server's events ran as scripts
@pytest.fixture
def said_back(settings: Any) -> Any:
    with parrot() as address:
        settings.DEMO_MODEL = False
        settings.OPENAI_BASE_URL, settings.OPENAI_API = address, "chat"
        yield


@pytest.mark.django_db(transaction=True)
async def test_what_a_server_sends_besides_text_is_dropped(
    said_back: Any, tab: Any, alice: User
) -> None:
    async with tab(alice) as socket:
        _, text, end = await socket.ask("Hello <b>you</b>", model="parrot")
        told = repr(socket.seen)
    assert (text, end["status"]) == ("Hello <b>you</b>", "complete")
    assert "eval" not in told and "<b>evil</b>" not in told
    stored = await Message.objects.aget(id=end["message"])
    assert stored.body == text and "evil" not in stored.html
    assert "<b>" not in stored.html


# --- CVE-2026-31950, 2.10.1 of Chainlit: somebody else's stream or session
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_stream_that_is_named_is_not_thereby_ones_own(
    method: str, runner: Any, alice: User, bob: User
) -> None:
    """To name it in a GET opens a stream of one's own; in a POST it is not found."""
    hers = await asyncio.to_thread(session_of, alice)
    his = await asyncio.to_thread(session_of, bob)
    frame = {"type": "send", "id": str(uuid7()), "text": "Mine"}
    async with streaming(hers) as stream:
        _, opened = await stream.event()
        await stream.until("ready")
        query = f"connection={opened['connection']}"
        if method == "POST":
            assert await post(his, frame, query) == 409
        else:
            wire = ApplicationCommunicator(application, scope("GET", his, query))
            await wire.send_input({"type": "http.request"})
            await wire.receive_output(30)
            other = Stream(wire)
            assert (await other.event())[1]["connection"] != opened["connection"]
            assert (await other.until("ready"))["user"] == str(bob.id)
            await wire.send_input({"type": "http.disconnect"})
            await wire.wait(30)
    assert not await Message.objects.aexists()
