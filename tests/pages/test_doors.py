"""Who gets in: the owner; nobody else learns that there is a door."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from conversations import urls
from conversations.models import Conversation
from tests.base import client_of

PAGES = ("home", "library", "rows")
OPEN = ("livez", "readyz")
ROUTES = {
    "conversation": {},
    "message": {"message_id": None},
    "rename": {},
    "pin": {},
    "unpin": {},
    "archive": {},
    "unarchive": {},
    "delete": {},
    "restore": {},
    "erase": {},
    "branch": {},
    "export": {"form": "json"},
}
ONLY_POST = ("pin", "unpin", "archive", "unarchive", "delete", "restore", "branch")


def address(name: str, talk: Conversation, **changes: object) -> str:
    kwargs = {"conversation_id": talk.id, **ROUTES[name], **changes}
    if "message_id" in kwargs and kwargs["message_id"] is None:
        kwargs["message_id"] = talk.head_id
    return reverse(name, kwargs=kwargs)


def state(talk: Conversation) -> dict[str, object]:
    return Conversation.objects.filter(id=talk.id).values().get()


def test_every_route_is_tried_here() -> None:
    assert [route.name for route in urls.conversation] == list(ROUTES)
    others = [route.name for route in urls.urlpatterns if hasattr(route, "name")]
    assert sorted(others) == sorted(PAGES + OPEN)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", ROUTES)
@pytest.mark.parametrize("who", ["bob", "charlie", "admin_person"])
def test_somebody_elses_conversation_is_not_there(
    name: str, method: str, who: str, talk: Conversation, request
) -> None:
    before = state(talk)
    client = client_of(request.getfixturevalue(who))

    foreign = getattr(client, method)(address(name, talk))
    unknown = getattr(client, method)(address(name, talk, conversation_id=uuid.uuid4()))

    wrong_method = (method == "get") == (name in ONLY_POST)
    if name in ("rename", "erase"):
        wrong_method = False
    assert foreign.status_code == (405 if wrong_method else 404)
    assert foreign.status_code == unknown.status_code
    assert "Rye" not in foreign.content.decode()
    assert state(talk) == before


@pytest.mark.parametrize("name", ["conversation", "message", "rename", "export"])
def test_the_owner_gets_in(name: str, talk: Conversation, hers: Client) -> None:
    assert hers.get(address(name, talk)).status_code == 200


def test_a_message_of_another_conversation_is_not_there(
    talk: Conversation, hers: Client, alice: User
) -> None:
    other = Conversation.objects.create(owner=alice, title="Other")

    assert hers.get(address("message", talk, conversation_id=other.id)).status_code == (
        404
    )


@pytest.mark.parametrize(
    "name", [*PAGES, *(name for name in ROUTES if name not in ONLY_POST)]
)
def test_a_stranger_signs_in_first_and_comes_back(
    name: str, talk: Conversation, client: Client
) -> None:
    there = reverse(name) if name in PAGES else address(name, talk)

    response = client.get(there)

    assert response.status_code == 302
    assert response["Location"] == f"/accounts/login/?next={there}"


@pytest.mark.parametrize("name", ONLY_POST)
def test_a_stranger_who_posts_comes_back_to_a_page(
    name: str, talk: Conversation, client: Client
) -> None:
    response = client.post(address(name, talk))

    assert response["Location"] == "/accounts/login/?next=/"


@pytest.mark.parametrize("fragment", ["main", "thread", "none"])
def test_a_module_that_is_signed_out_is_told_so(
    fragment: str, talk: Conversation, client: Client
) -> None:
    response = client.get(
        address("conversation", talk), headers={"X-Fragment": fragment}
    )

    assert (response.status_code, response.content) == (401, b"")


@pytest.mark.parametrize("name", ONLY_POST)
def test_looking_changes_nothing(name: str, talk: Conversation, hers: Client) -> None:
    before = state(talk)

    assert hers.get(address(name, talk)).status_code == 405
    assert state(talk) == before


@pytest.mark.parametrize("name", [*ONLY_POST, "rename", "erase"])
def test_a_form_of_another_site_changes_nothing(
    name: str, talk: Conversation, alice: User
) -> None:
    before = state(talk)
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)

    response = client.post(address(name, talk), {"title": "Mine"})

    assert response.status_code == 403
    assert "That form was too old" in response.content.decode()
    assert state(talk) == before


@pytest.mark.parametrize(
    "there",
    [
        "/c/not-a-uuid/",
        "/c/6F9619FF-8B86-D011-B42D-00C04FC964FF/",
        "/c/..%2f/",
        "/c/00000000-0000-0000-0000-000000000000/export.pdf",
        "/c/%00/",
    ],
)
def test_addresses_that_mean_nothing_are_not_found(there: str, hers: Client) -> None:
    assert hers.get(there).status_code == 404


def test_nothing_personal_is_kept_on_the_way(talk: Conversation, hers: Client) -> None:
    for there in ("/", "/c/", "/c/rows/", address("conversation", talk)):
        response = hers.get(there)

        assert response["Cache-Control"] == "no-store"
        assert "X-Fragment" in response["Vary"]
