"""The first administrator."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from accounts.models import SetupLink, User
from accounts.services import setup
from tests.base import PASSWORD, make_person

pytestmark = pytest.mark.database
ADA = {"email": "ada@example.org", "name": "Ada", "password1": PASSWORD}


def address(token: str | None) -> str:
    return f"/setup/{token}/"


@pytest.fixture
def token(db: None) -> str:
    return setup.new_setup_link()


def test_the_link_makes_an_administrator_and_signs_them_in(
    token: str, client: Client
) -> None:
    assert "Set up Understory" in client.get(address(token)).content.decode()

    response = client.post(address(token), ADA | {"timezone": "Europe/Oslo"})

    assert (response.status_code, response.url) == (302, "/")
    ada = User.objects.get()
    assert (ada.email, ada.name) == ("ada@example.org", "Ada")
    assert ada.timezone == "Europe/Oslo"
    assert (ada.role, ada.is_staff, ada.is_active) == ("administrator", True, True)
    assert client.session["_auth_user_id"] == str(ada.pk)
    assert client.get("/admin/").status_code == 200
    assert not SetupLink.objects.exists()


def test_the_link_works_once(token: str, client: Client) -> None:
    client.post(address(token), ADA)

    other = ADA | {"email": "eve@example.org"}
    assert Client().get(address(token)).status_code == 404
    assert Client().post(address(token), other).status_code == 404
    assert client.get(address(token)).status_code == 404
    assert User.objects.count() == 1


def test_looking_does_not_use_it_up(token: str, client: Client) -> None:
    for _ in range(2):
        assert client.get(address(token)).status_code == 200


def test_a_new_link_replaces_the_one_before(token: str, client: Client) -> None:
    newer = setup.new_setup_link()

    assert SetupLink.objects.count() == 1
    assert client.get(address(token)).status_code == 404
    assert client.get(address(newer)).status_code == 200


@pytest.mark.parametrize("wrong", ["x", "x" * 3000, "%00", "%F0%9F%8C%8A", "-" * 43])
def test_another_link_does_not_work(wrong: str, token: str, client: Client) -> None:
    assert client.get(address(wrong)).status_code == 404
    assert client.post(address(wrong), ADA).status_code == 404
    assert not User.objects.exists()


def test_the_token_is_stored_hashed_only(token: str) -> None:
    assert len(token) == 43
    assert SetupLink.objects.get().token_hash != token
    assert token not in str(SetupLink.objects.values())


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"password1": "short"}, "password1"),
        ({"password1": "a\x00b" * 10}, "password1"),
        ({"password1": "ada@example.org"}, "password1"),
        ({"email": "ada"}, "email"),
        ({"email": "a\x00da@example.org"}, "email"),
        ({"email": ""}, "email"),
        ({"name": "x" * 81}, "name"),
    ],
)
def test_what_will_not_do_is_told_and_the_link_stays_good(
    given: dict[str, str], field: str, token: str, client: Client
) -> None:
    response = client.post(address(token), ADA | given)

    assert response.status_code == 200
    assert list(response.context["form"].errors) == [field]
    assert not User.objects.exists()
    assert client.post(address(token), ADA).status_code == 302


def test_an_address_that_is_taken_is_told(
    token: str, client: Client, alice: User
) -> None:
    response = client.post(address(token), ADA | {"email": alice.email})

    assert response.context["form"].errors == {
        "email": ["Someone with this email address is here already."]
    }
    assert SetupLink.objects.count() == 1


def test_someone_signed_in_cannot_use_it(
    token: str, client_of: Any, alice: User
) -> None:
    client = client_of(alice)

    assert client.get(address(token)).status_code == 404
    assert client.post(address(token), ADA).status_code == 404


def test_where_there_is_an_administrator_no_link_is_made_or_works(
    token: str, client: Client
) -> None:
    make_person("Ada", admin=True)

    assert setup.new_setup_link() is None
    assert client.get(address(token)).status_code == 404
    assert client.post(address(token), ADA).status_code == 404
    assert setup.create_administrator(token, email="e@x.org", password=PASSWORD) is None


def test_an_administrator_who_was_switched_off_does_not_count(db: None) -> None:
    User.objects.filter(pk=make_person("Ada", admin=True).pk).update(is_active=False)

    assert setup.new_setup_link()


def test_the_page_is_not_kept_anywhere(token: str, client: Client) -> None:
    assert "no-store" in client.get(address(token))["Cache-Control"]


def test_a_form_from_another_site_is_refused(token: str) -> None:
    client = Client(enforce_csrf_checks=True)

    assert client.post(address(token), ADA).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_of_two_posts_at_once_one_wins() -> None:
    token = setup.new_setup_link()
    start, answers = threading.Barrier(4), []

    def post(number: int) -> None:
        client = Client()
        client.get(address(token))
        start.wait()
        given = ADA | {"email": f"ada{number}@example.org"}
        answers.append(client.post(address(token), given).status_code)
        connections.close_all()

    threads = [threading.Thread(target=post, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == [302, 404, 404, 404]
    assert User.objects.count() == 1
