"""What every answer carries, and in whose time it speaks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts.middleware import personal_pages
from accounts.models import User


def respond(user: Any, view: Callable = lambda request: HttpResponse()) -> HttpResponse:
    request = RequestFactory().get("/somewhere/")
    request.user, request.session = user, SessionStore()
    return personal_pages(view)(request)


def zone_seen_by(user: Any) -> str:
    return respond(
        user, lambda request: HttpResponse(timezone.get_current_timezone_name())
    ).content.decode()


@pytest.mark.parametrize(
    ("stored", "seen"),
    [("Asia/Tokyo", "Asia/Tokyo"), ("", "UTC"), ("Gone/Away", "UTC")],
)
def test_times_are_the_persons(stored: str, seen: str) -> None:
    assert zone_seen_by(User(timezone=stored)) == seen
    assert timezone.get_current_timezone_name() == "UTC", "the next request's is not"


def test_times_of_strangers_are_the_sites() -> None:
    assert zone_seen_by(AnonymousUser()) == "UTC"


def test_a_view_that_fails_does_not_leave_its_zone_behind() -> None:
    def fails(request: HttpRequest) -> HttpResponse:
        raise ValueError

    with pytest.raises(ValueError):
        respond(User(timezone="Asia/Tokyo"), fails)
    assert timezone.get_current_timezone_name() == "UTC"


def test_answers_to_people_are_kept_nowhere() -> None:
    def kept(request: HttpRequest) -> HttpResponse:
        return HttpResponse(headers={"Cache-Control": "public, max-age=60"})

    assert respond(User(), kept)["Cache-Control"] == "no-store"
    assert respond(AnonymousUser(), kept)["Cache-Control"] == "public, max-age=60"


def test_the_answer_that_signs_out_is_not_kept_and_empties_the_browser() -> None:
    def leave(request: HttpRequest) -> HttpResponse:
        logout(request)
        return HttpResponse()

    response = respond(User(), leave)

    assert response["Cache-Control"] == "no-store"
    assert response["Clear-Site-Data"] == '"cache", "storage"'


def test_static_files_ask_for_nobody(settings: Any) -> None:
    request = RequestFactory().get(f"{settings.STATIC_URL}app.css")  # has no user

    assert "Cache-Control" not in personal_pages(lambda _: HttpResponse())(request)


@pytest.mark.parametrize("path", ["/accounts/login/", "/livez", "/nowhere/"])
def test_every_answer_refuses_devices_and_other_sites(
    path: str, client: Client
) -> None:
    response = client.get(path)

    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=(), display-capture=()" in response["Permissions-Policy"]
    assert "microphone=()" in response["Permissions-Policy"]
    assert "geolocation=()" in response["Permissions-Policy"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/settings/", "/accounts/password/change/", "/admin/", "/nowhere/"]
)
def test_no_page_of_a_person_is_kept(
    path: str, client_of: Any, admin_person: User
) -> None:
    assert client_of(admin_person).get(path)["Cache-Control"] == "no-store"


def test_asking_who_it_is_costs_a_stranger_nothing(client: Client) -> None:
    """This test may not touch a database, and would fail if the page did."""
    assert client.get("/accounts/login/").status_code == 200
