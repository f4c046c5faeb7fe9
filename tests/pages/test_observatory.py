"""Every kind of page gets the best grade there is, and the grader knows worse ones."""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from conversations.models import Conversation
from tests.base import PASSWORD
from tests.factories import create_conversation
from tests.observatory import grade

pytestmark = pytest.mark.django_db
BEST = 135  # all there is, but for a hash of each script and a place on HSTS lists
AT_LEAST = 125


@pytest.fixture
def production(settings: Any) -> None:
    """As they are beyond loopback, where COOKIE_SECURE is on by itself."""
    settings.SESSION_COOKIE_NAME = "__Host-sessionid"
    settings.CSRF_COOKIE_NAME = "__Host-csrftoken"
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True


def signed_in(person: User) -> Client:
    """Through the form, so that the cookies are those of a browser."""
    client = Client()
    client.post(
        "/accounts/login/", {"email": person.email, "password": PASSWORD}, secure=True
    )
    return client


def graded(client: Client, path: str) -> int:
    response = client.get(path, secure=True)
    assert response.status_code in (200, 404), path
    return grade(response, client.cookies.values()).score


@pytest.mark.parametrize(
    "path", ["/accounts/login/", "/accounts/signup/", "/nowhere/", "/livez"]
)
def test_for_strangers(path: str, production: None, client: Client) -> None:
    assert graded(client, path) >= AT_LEAST


def test_for_people(production: None, alice: User, talk: Conversation) -> None:
    client = signed_in(alice)
    pages = [
        "/",
        "/c/",
        f"/c/{talk.id}/",
        "/settings/",
        "/settings/facts/",
        "/nowhere/",
    ]

    assert {path: graded(client, path) for path in pages} == dict.fromkeys(pages, BEST)


def test_for_administrators(production: None, admin_person: User) -> None:
    talk = create_conversation(admin_person)
    client = signed_in(admin_person)
    pages = [
        "/admin/",
        "/admin/accounts/user/",
        "/admin/accounts/user/add/",
        f"/admin/accounts/user/{admin_person.pk}/change/",
        f"/admin/conversations/conversation/{talk.id}/change/",
        "/admin/nowhere/",
    ]

    assert {path: graded(client, path) for path in pages} == dict.fromkeys(pages, BEST)


def test_cookies_are_for_this_host_and_for_no_script(
    production: None, alice: User
) -> None:
    cookies = signed_in(alice).cookies

    assert {"__Host-sessionid", "__Host-csrftoken"} <= set(cookies)
    for each in cookies.values():
        assert (each["secure"], each["httponly"], each["path"]) == (True, True, "/")
        assert each["domain"] == "" and each["samesite"] == "Lax"


# --- the grader itself
POLICY = "default-src 'none'; script-src 'self'; frame-ancestors 'none'"
GOOD = {
    "Content-Security-Policy": POLICY,
    "Strict-Transport-Security": "max-age=31536000",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def score(body: str = "", cookie: str = "", **changed: str) -> int:
    headers = {**GOOD, **{name.replace("_", "-"): at for name, at in changed.items()}}
    response = HttpResponse(body, headers={k: v for k, v in headers.items() if v})
    return grade(response, SimpleCookie(cookie).values()).score


@pytest.mark.parametrize(
    ("policy", "modifier"),
    [
        (POLICY, 10),
        ("default-src 'self'; frame-ancestors 'none'", 5),
        (POLICY + "; style-src 'unsafe-inline'", 0),
        (POLICY + "; img-src http:", -10),
        (POLICY.replace("'self'", "'self' 'unsafe-eval'"), -10),
        (POLICY.replace("'self'", "'unsafe-inline'"), -20),
        (POLICY.replace("'self'", "'unsafe-inline' 'nonce-1'"), 10),
        (POLICY.replace("'self'", "https:"), -20),
        (POLICY.replace("'self'", "http://elsewhere.example"), -20),
        ("img-src 'self'; frame-ancestors 'none'", -20),
        ("", -25),
    ],
)
def test_policies(policy: str, modifier: int) -> None:
    response = HttpResponse(headers={**GOOD, "Content-Security-Policy": policy})

    assert grade(response).modifiers["content-security-policy"] == modifier


@pytest.mark.parametrize(
    ("cookie", "modifier"),
    [
        ("", 0),
        ("csrftoken=x; Secure; SameSite=Lax", 5),
        ("other=x; Secure", 0),
        ("other=x; SameSite=Lax", -5),
        ("sessionid=x; Secure; SameSite=Lax", -30),
        ("sessionid=x; HttpOnly; SameSite=Lax", -10),
        ("csrftoken=x; Secure", -20),
        ("other=x; Secure; SameSite=whatever", -20),
    ],
)
def test_cookies(cookie: str, modifier: int) -> None:
    made = SimpleCookie(cookie).values()

    assert grade(HttpResponse(headers=GOOD), made).modifiers["cookies"] == modifier


def test_the_rest_of_the_table() -> None:
    here, away = (
        "<script src=/a.js></script>",
        "<script src=https://b.example/></script>",
    )
    assert score() == score(here) == 130
    assert score("<script src=/a.js integrity=sha256-x></script>") == 135
    assert score(away) == 125
    assert score("<script src=//b.example/></script>") == 50
    assert (
        score(Referrer_Policy="") == score(Cross_Origin_Resource_Policy="") + 5 == 125
    )
    assert score(Referrer_Policy="unsafe-url") == 120
    assert score(Referrer_Policy="unsafe-url, no-referrer") == 130
    assert score(X_Content_Type_Options="") == 125
    assert score(Strict_Transport_Security="max-age=600") == 120
    assert score(Strict_Transport_Security="", X_Content_Type_Options="") == 75
    assert score(Content_Security_Policy="default-src 'none'") == 80
    assert (
        score(Content_Security_Policy="default-src 'none'", X_Frame_Options="DENY")
        == 125
    )
    shared = {"Access_Control_Allow_Origin": "*"}
    assert score(**shared) == 130
    assert score(**shared, Access_Control_Allow_Credentials="true") == 50
