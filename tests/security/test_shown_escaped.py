"""Whatever people wrote, wherever it is shown, is shown as words: CVE-2025-64495 (a
prompt's text became markup, and an administrator's browser ran it), CVE-2026-44568.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts import core_memory, facts
from accounts.models import User
from conversations.models import Conversation, SharedPreset, Summary, Turn
from conversations.services import indexing, preferences, presets
from tests.attaching import read_all, send, upload
from tests.base import make_person
from tests.factories import create_conversation, create_message, create_reply
from tests.pages.markup import Element, assert_harmless
from tests.pages.markup import read as parsed
from tests.security.asking import browser, undone
from tests.security.routes import Route, routes

pytestmark = pytest.mark.django_db
# ends whatever it stands in, and begins something else
PAYLOAD = (
    '</textarea></title></style></script>--><x-evil a="\'">'
    "\"' onx=evil autofocus><img src=x onerror=alert(1)>{{7*7}}{% now 'Y' %}"
)
SHORT = "\"'><x-evil>"


@pytest.fixture
def written(alice: User) -> Conversation:
    """The payload in every text that there is of hers, and of the site's."""
    User.objects.filter(pk=alice.pk).update(name=SHORT * 4)
    alice.refresh_from_db()
    talk = create_conversation(alice, title=PAYLOAD, system_prompt=PAYLOAD)
    asked = create_message(talk, PAYLOAD)
    turn = create_reply(talk, PAYLOAD, model=SHORT)
    create_reply(
        talk,
        PAYLOAD,
        status=Turn.Status.FAILED,
        error_sentence=PAYLOAD,
        error_detail=PAYLOAD,
    )
    Summary.objects.create(
        conversation=talk,
        owner_id=alice.id,
        covers=asked,
        covered=1,
        text=PAYLOAD,
        tokens=1,
        source_tokens=1,
        version=1,
    )
    file = upload(alice, PAYLOAD.encode(), f"{SHORT}.txt", talk.id)
    send(alice, file, conversation_id=talk.id, text=PAYLOAD)
    read_all()
    facts.remember(alice.id, SHORT, PAYLOAD)
    core_memory.write(alice.id, "person", PAYLOAD)
    presets.add(alice.id, name=SHORT, text=PAYLOAD)
    SharedPreset.objects.create(name=SHORT, text=PAYLOAD)
    preferences.change(alice.id, system_prompt=PAYLOAD)
    indexing.put_messages([asked, turn.message])
    indexing.put_title(talk)
    return Conversation.objects.get(id=talk.id)


def assert_only_words(page: Element) -> None:
    assert_harmless(page)
    for each in page.walk():
        assert each.name != "x-evil"
        assert not {"onx", "onerror", "a"} & set(each.attrs), each.attrs


def test_the_look_would_notice() -> None:
    page = parsed("<p>a</p><x-evil></x-evil>")

    with pytest.raises(AssertionError):
        assert_only_words(page)


@pytest.mark.parametrize("fragment", ["", "main", "thread"])
def test_on_every_page_of_hers(
    fragment: str, written: Conversation, alice: User, ids_of: Callable[[Route], Any]
) -> None:
    client = browser(alice)
    headers = {"X-Fragment": fragment} if fragment else {}
    shown = 0
    hers = {"conversation_id": written.id, "message_id": written.head_id}
    for route in routes():
        if route.pattern.startswith("/admin/"):
            continue
        with undone(client):
            there = route.place(ids_of(route) | hers)
            response = client.get(there, {"q": "evil"}, headers=headers)
            if "text/html" in response.get("Content-Type", ""):
                assert response.status_code < 500
                text = response.content.decode()
                shown += "x-evil" in text
                assert_only_words(parsed(text))
    assert shown >= 2, "nothing of it was on any page"


def test_on_every_page_of_the_administration(
    written: Conversation, ids_of: Callable[[Route], Any]
) -> None:
    client = browser(make_person("Ada", admin=True))
    shown = 0
    for route in routes():
        if not route.pattern.startswith("/admin/"):
            continue
        with undone(client):
            response = client.get(route.place(ids_of(route)))
            if "text/html" in response.get("Content-Type", ""):
                text = response.content.decode()
                shown += "x-evil" in text
                assert "<x-evil" not in text and "<img src=x" not in text, route.pattern
    assert shown >= 2, "nothing of it was on any page"


def test_a_form_that_is_refused_shows_what_was_typed_as_words(alice: User) -> None:
    client = browser(alice)
    given = {"title": PAYLOAD * 40, "name": PAYLOAD * 40, "text": "", "key": PAYLOAD}
    given |= {"value": PAYLOAD, "importance": PAYLOAD, "theme": PAYLOAD}
    talk = create_conversation(alice, messages=2)
    pages = ["/settings/", "/settings/facts/", "/settings/presets/new/"]
    for there in (*pages, f"/c/{talk.id}/rename/", "/accounts/signup/"):
        who = browser(None) if "signup" in there else client
        response = who.post(there, given | {"email": SHORT, "password1": SHORT})
        assert response.status_code in (200, 422), there
        assert "x-evil" in response.content.decode(), there
        assert_only_words(parsed(response))
