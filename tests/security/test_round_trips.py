"""Arbitrary words in forms, and out again: no failure, and nothing said otherwise."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import facts
from accounts.models import User
from conversations.models import Conversation, Message
from tests.factories import create_conversation, create_message
from tests.security.asking import browser, read, undone

pytestmark = [pytest.mark.database, pytest.mark.django_db]
# with half characters, controls and what is no character at all
ANYTHING = st.text(
    st.characters() | st.sampled_from("\x00\x1b\ud800\udfff\u2028\ufffe\r\n\"\\<&%'"),
    max_size=60,
)
SENT = ANYTHING.map(lambda text: text.encode("utf-8", "replace").decode())
each_time = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
FORMS = {
    "settings": ("/settings/", ("name", "theme", "timezone")),
    "assistant": ("/settings/assistant/", ("model", "strategy", "system_prompt")),
    "preset": ("/settings/presets/new/", ("name", "text")),
    "fact": ("/settings/facts/", ("key", "value", "importance")),
    "core memory": ("/settings/core/", ("label", "text", "version")),
}


@pytest.fixture
def hers(alice: User) -> Client:
    return browser(alice)


@pytest.fixture
def talk(alice: User) -> Conversation:
    return create_conversation(alice, messages=2)


@pytest.mark.parametrize("name", FORMS)
@each_time
@given(data=st.data())
def test_a_form_takes_any_words_or_says_why_not(
    name: str, data: Any, hers: Client
) -> None:
    address, fields = FORMS[name]
    typed = {field: data.draw(SENT, field) for field in fields}
    valid = {"importance": "low", "theme": "dark", "timezone": "UTC", "label": "person"}
    valid |= {"version": "0", "model": "", "strategy": ""}
    if data.draw(st.booleans(), "only words are odd"):
        typed |= {name: value for name, value in valid.items() if name in typed}
    with undone():
        response = hers.post(address, typed)
        assert response.status_code in (200, 302, 400, 422)
        assert hers.get(address).status_code == 200


@each_time
@given(typed=SENT, shown=SENT)
def test_search_takes_any_words(typed: str, shown: str, hers: Client) -> None:
    for address in ("/search/", "/c/"):
        asked = {"q": typed, "show": shown, "sort": shown, "typing": "1"}
        assert hers.get(address, asked).status_code == 200


@each_time
@given(title=SENT)
def test_a_title_is_kept_as_it_was_typed(
    title: str, hers: Client, talk: Conversation
) -> None:
    """But for spaces; or refused, and then nothing is changed."""
    with undone():
        before = Conversation.objects.get(id=talk.id).title
        status = hers.post(f"/c/{talk.id}/rename/", {"title": title}).status_code
        after = Conversation.objects.get(id=talk.id).title
        assert status == 302 or (status, after) == (422, before)
        assert read(hers.get(f"/c/{talk.id}/"))


@each_time
@given(title=ANYTHING, bodies=st.lists(ANYTHING, min_size=1, max_size=4))
def test_what_is_exported_reads_the_same(
    title: str, bodies: list[str], alice: User, hers: Client
) -> None:
    """Half characters too: they are written as JSON escapes them."""
    with undone():
        talk = create_conversation(alice, title=title)
        for body in bodies:
            create_message(talk, body)

        made = json.loads(read(hers.get(f"/c/{talk.id}/export.json")))
        read(hers.get(f"/c/{talk.id}/export.txt")).decode()
        read(hers.get(f"/c/{talk.id}/export.md")).decode()

        stored = Conversation.objects.get(id=talk.id)
        kept = Message.objects.filter(conversation=talk).order_by("id")
        assert made["title"] == stored.title == title
        said = [message["content"] for message in made["messages"]]
        assert said == [message.body for message in kept] == bodies


@each_time
@given(value=SENT.filter(lambda text: text.strip()))
def test_facts_read_the_same(value: str, alice: User, hers: Client) -> None:
    with undone():
        try:
            fact = facts.remember(alice.id, "thing", value).fact
        except facts.BadFact:
            return
        made = json.loads(read(hers.get("/settings/facts.json")))
        assert json.dumps(fact.value) in json.dumps(made)
