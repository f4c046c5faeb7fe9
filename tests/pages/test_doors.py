"""Who gets in: the owner; nobody else learns that there is a door."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from accounts import core_memory, facts
from accounts.models import CoreMemory, Fact, User
from conversations import urls
from conversations.models import Conversation, Preset
from conversations.services import presets
from tests.base import client_of

PAGES = (
    "home",
    "library",
    "rows",
    "search",
    "assistant",
    "new_preset",
    "facts",
    "facts_json",
    "core_memory",
    "usage",
    "tasks",
    "activity",
    "privacy",
    "devices",
    "preview",
)
OPEN = ("livez", "readyz", "metrics")
ROUTES = {
    "conversation": {},
    "message": {"message_id": None},
    "receipt": {"message_id": None},
    "exact_prompt": {"message_id": None},
    "pin_message": {"message_id": None},
    "unpin_message": {"message_id": None},
    "exclude_message": {"message_id": None},
    "include_message": {"message_id": None},
    "conversation_preview": {},
    "rename": {},
    "pin": {},
    "unpin": {},
    "archive": {},
    "unarchive": {},
    "delete": {},
    "restore": {},
    "erase": {},
    "branch": {},
    "summary": {},
    "redo_summary": {},
    "conversation_settings": {},
    "export": {"form": "json"},
}
MARKS = ("pin_message", "unpin_message", "exclude_message", "include_message")
ONLY_POST = (
    *MARKS,
    "pin",
    "unpin",
    "archive",
    "unarchive",
    "delete",
    "restore",
    "branch",
    "redo_summary",
)
# pages with a form
BOTH = (
    "rename",
    "erase",
    "summary",
    "conversation_settings",
    "conversation_preview",
)
# what else is somebody's own: its route, and whether there is a page to look at
OWN = {
    "preset": True,
    "delete_preset": False,
    "fact": True,
    "fact_pin": False,
    "fact_forget": False,
    "fact_undo": False,
    "core_restore": False,
    "core_undo": False,
}
# their doors are tried in test_files.py and test_uploads.py
FILES = (
    "files",
    "file",
    "file_content",
    "file_image",
    "file_passage",
    "file_status",
    "remove_file",
)
# theirs in test_privacy_page.py
PRIVACY = (
    "ask_for_export",
    "data_export",
    "cancel_export",
    "erase_account",
    "keep_account",
)
SWITCHES = ("facts_use", "readings_seen")


def address(name: str, talk: Conversation, **changes: object) -> str:
    kwargs = {"conversation_id": talk.id, **ROUTES[name], **changes}
    if "message_id" in kwargs and kwargs["message_id"] is None:
        kwargs["message_id"] = talk.head_id
    return reverse(name, kwargs=kwargs)


def own_address(name: str, owner: User | None) -> str:
    """Of something of this person's; of nothing there is, without one."""
    if "preset" in name:
        made = (
            owner
            and presets.add(owner.id, name="Rye bread", text="Rye bread, always.").id
        )
        return reverse(name, kwargs={"preset_id": made or uuid.uuid4()})
    if "core" in name:
        made = owner and core_memory.write(owner.id, "person", "Rye bread").version.id
        return reverse(name, kwargs={"version_id": made or uuid.uuid4()})
    made = owner and facts.remember(owner.id, "bread", "Rye bread").fact.id
    kwargs = {"fact_id": made or uuid.uuid4()}
    if name == "fact_undo":
        kwargs["change"] = "remembered"
    return reverse(name, kwargs=kwargs)


def state(talk: Conversation) -> dict[str, object]:
    return Conversation.objects.filter(id=talk.id).values().get()


def kept() -> list[dict[str, object]]:
    models = (Fact, CoreMemory, Preset)
    return [row for model in models for row in model.objects.values()]


def test_every_route_is_tried_here() -> None:
    flat = urls.about_message + [r for r in urls.conversation if hasattr(r, "name")]
    assert sorted(route.name for route in flat) == sorted(ROUTES)
    others = [route.name for route in urls.urlpatterns if hasattr(route, "name")]
    others += [route.name for route in urls.settings + urls.about_files]
    assert sorted(others) == sorted(
        PAGES + OPEN + tuple(OWN) + SWITCHES + FILES + PRIVACY
    )


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
    if name in BOTH:
        wrong_method = False
    assert foreign.status_code == (405 if wrong_method else 404)
    assert foreign.status_code == unknown.status_code
    assert "Rye bread" not in foreign.content.decode()
    assert state(talk) == before


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("who", ["bob", "charlie", "admin_person"])
def test_somebody_elses_facts_and_presets_are_not_there(
    name: str, method: str, who: str, alice: User, request
) -> None:
    client = client_of(request.getfixturevalue(who))
    given = {"name": "x", "text": "x", "value": "x", "importance": "low"}
    hers = own_address(name, alice)
    before = kept()

    foreign = getattr(client, method)(hers, given)
    unknown = getattr(client, method)(own_address(name, None), given)

    if method == "get" and not OWN[name]:
        expected = 405
    else:  # taking back what is not there leads to the list, whosever it was
        expected = 302 if name.endswith("_undo") else 404
    assert foreign.status_code == unknown.status_code == expected
    assert "Rye bread" not in foreign.content.decode()
    assert kept() == before


@pytest.mark.parametrize("name", [name for name, page in OWN.items() if page])
def test_the_owner_sees_what_is_hers(name: str, alice: User, hers: Client) -> None:
    response = hers.get(own_address(name, alice))

    assert response.status_code == 200
    assert "Rye bread" in response.content.decode()
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", [*OWN, *SWITCHES])
def test_a_stranger_gets_at_nobodys_settings(
    name: str, alice: User, client: Client
) -> None:
    there = reverse(name) if name in SWITCHES else own_address(name, alice)
    before = kept()

    response = client.post(there, {"pinned": "yes", "uses_facts": "no"})

    assert response["Location"] == "/accounts/login/?next=/"
    assert kept() == before


@pytest.mark.parametrize("name", [*OWN, *SWITCHES, "facts", "assistant", "new_preset"])
def test_a_form_of_another_site_changes_no_settings(name: str, alice: User) -> None:
    there = own_address(name, alice) if name in OWN else reverse(name)
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)

    assert client.post(there, {"uses_facts": "no"}).status_code == 403


@pytest.mark.parametrize(
    "name", ["conversation", "message", "receipt", "export", *BOTH[::2], BOTH[3]]
)
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


@pytest.mark.parametrize("name", [*ONLY_POST, *BOTH])
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
    pages = [reverse(name) for name in PAGES]
    for there in (*pages, address("conversation", talk)):
        response = hers.get(there)

        assert response["Cache-Control"] == "no-store"
        assert "X-Fragment" in response["Vary"]
