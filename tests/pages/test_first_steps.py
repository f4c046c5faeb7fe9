"""What an administrator finds on the empty page while something is left to set up."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests.base import client_of, make_person
from tests.pages.markup import read

TITLE = "Setting up"
SMTP = "django.core.mail.backends.smtp.EmailBackend"
DEMO = "built-in demo model"


@pytest.fixture
def adas(admin_person: User) -> Client:
    return client_of(admin_person)


@pytest.fixture
def well(settings) -> Any:
    """A site on which nothing is left to do."""
    settings.DEMO_MODEL = False
    settings.OPENAI_API_KEY = "sk-of-the-test"
    settings.OPENAI_BASE_URL = ""
    settings.CHAT_MODEL = "a-model"
    settings.EMAIL_BACKEND = SMTP
    settings.ALLOWED_HOSTS = ["chat.example.org", "localhost"]
    settings.TRUSTED_PROXIES = 0
    return settings


def steps(client: Client, **asked: Any) -> dict[str, str]:
    """What is said of each, and whether it is to do."""
    asked = {"HTTP_HOST": "localhost:8000"} | asked
    listed = read(client.get("/", **asked)).one(id="first-steps").all("li")
    return {row.one("b").text: row.text for row in listed}


def is_shown(client: Client, **asked: Any) -> bool:
    asked = {"HTTP_HOST": "localhost:8000"} | asked
    return "hidden" not in read(client.get("/", **asked)).one(id="first-steps").attrs


def test_all_is_well_and_nothing_is_shown(adas: Client, well: Any) -> None:
    assert not is_shown(adas)
    said = steps(adas)
    assert list(said) == ["Model", "Address", "Mail", "Connection"]
    assert "a-model answers, with a key." in said["Model"]
    assert "http://localhost:8000" in said["Address"]


@pytest.mark.parametrize("role", ["", "support", "auditor", "privacy"])
def test_nobody_else_finds_them(role: str, db: None) -> None:
    person = make_person("Sam")
    User.objects.filter(pk=person.pk).update(role=role)

    page = client_of(person).get("/").content.decode()

    assert TITLE not in page and "first-steps" not in page


def test_the_demo_model_is_told_of_once(adas: Client, well: Any) -> None:
    well.DEMO_MODEL = True

    assert is_shown(adas)
    assert "OPENAI_API_KEY" in steps(adas)["Model"]
    assert adas.get("/", HTTP_HOST="localhost").content.decode().count(DEMO) == 1


def test_a_server_of_ones_own_needs_no_key(adas: Client, well: Any) -> None:
    well.OPENAI_API_KEY, well.OPENAI_BASE_URL = "", "http://user:pw@models.lan:11434/v1"

    assert not is_shown(adas)
    said = steps(adas)["Model"]
    assert "a-model of models.lan answers, without a key." in said


def test_no_key_is_ever_shown(adas: Client, well: Any) -> None:
    well.OPENAI_BASE_URL = "http://user:hush-hush@models.lan:11434/v1"

    page = adas.get("/", HTTP_HOST="localhost").content.decode()

    assert "sk-of-the-test" not in page and "hush-hush" not in page


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTP_X_FORWARDED_FOR", "198.51.100.7"),
        ("HTTP_X_FORWARDED_PROTO", "https"),
        ("HTTP_X_FORWARDED_HOST", "chat.example.org"),
        ("HTTP_FORWARDED", "for=198.51.100.7"),
    ],
)
def test_a_proxy_that_is_not_believed_is_told(
    name: str, value: str, adas: Client, well: Any
) -> None:
    assert is_shown(adas, **{name: value})
    assert "TRUSTED_PROXIES" in steps(adas, **{name: value})["Address"]


def test_a_proxy_that_is_believed_is_well(adas: Client, well: Any) -> None:
    well.TRUSTED_PROXIES = well.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    well.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    asked = {
        "HTTP_HOST": "chat.example.org",
        "HTTP_X_FORWARDED_FOR": "198.51.100.7",
        "HTTP_X_FORWARDED_PROTO": "https",
    }

    assert not is_shown(adas, **asked)
    assert "https://chat.example.org" in steps(adas, **asked)["Address"]


def test_an_address_without_encryption_is_told_beyond_this_machine(
    adas: Client, well: Any
) -> None:
    assert "unencrypted" in steps(adas, HTTP_HOST="chat.example.org")["Address"]
    assert not is_shown(
        adas, HTTP_HOST="chat.example.org", **{"wsgi.url_scheme": "https"}
    )


def test_a_site_that_answers_to_any_name_is_told(adas: Client, well: Any) -> None:
    well.ALLOWED_HOSTS = ["*"]

    assert "ALLOWED_HOSTS" in steps(adas)["Address"]


@pytest.mark.parametrize(
    "backend",
    [
        "chatsite.lib.console_mail.EmailBackend",
        "django.core.mail.backends.console.EmailBackend",
        "django.core.mail.backends.dummy.EmailBackend",
    ],
)
def test_mail_that_goes_nowhere_is_told(backend: str, adas: Client, well: Any) -> None:
    well.EMAIL_BACKEND = backend

    assert is_shown(adas)
    assert "EMAIL_URL" in steps(adas)["Mail"]


def test_the_connection_is_left_to_the_page(adas: Client, well: Any) -> None:
    said = read(adas.get("/", HTTP_HOST="localhost")).one(id="connection")

    hidden = [each.attrs["data-line"] for each in said.all("span", hidden=True)]
    assert sorted(set(hidden)) == ["socket", "stream"]
