"""Administrators see that conversations exist, and not a word of them."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from accounts.models import User
from conversations.models import Conversation
from tests.base import client_of
from tests.factories import create_conversation

LIST = reverse("admin:conversations_conversation_changelist")


def one(talk: Conversation) -> str:
    return reverse("admin:conversations_conversation_change", args=[talk.id])


def test_the_list_has_no_content(alice: User, admin_person: User) -> None:
    talk = create_conversation(alice, title="Very secret", messages=3)
    client = client_of(admin_person)

    for there in (LIST, one(talk), f"{LIST}?q=secret", f"{LIST}?q=alice"):
        page = client.get(there)
        assert page.status_code == 200
        assert "secret" not in page.content.decode().replace("?q=secret", "").replace(
            'value="secret"', ""
        )
    assert str(talk.id) in client.get(LIST).content.decode()
    assert "alice@example.org" in client.get(one(talk)).content.decode()


def test_nothing_can_be_changed_there(talk: Conversation, admin_person: User) -> None:
    client = client_of(admin_person)

    assert client.post(one(talk), {"title": "x"}).status_code == 403
    assert client.post(one(talk) + "delete/").status_code in (403, 404)
    add = reverse("admin:conversations_conversation_add")
    assert client.get(add).status_code == 403
    assert Conversation.objects.get().title == "Rye bread"


def test_others_do_not_get_in(hers: Client, talk: Conversation) -> None:
    assert hers.get(one(talk)).status_code == 302


def test_its_queries_do_not_grow(
    alice: User, admin_person: User, django_assert_max_num_queries
) -> None:
    client = client_of(admin_person)
    for _ in range(5):
        create_conversation(alice)
    client.get(LIST)

    with django_assert_max_num_queries(8):
        client.get(LIST)
