"""One conversation out of the house: exact, whole, and safe to save."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts.models import User
from conversations.models import Conversation, Message
from conversations.services import exporting
from conversations.views.exports import export_file
from tests.factories import create_conversation, create_message, create_reply

NASTY = 'tab\t "quotes" \\ {"json": 1}\r\n\u2028 👨‍👩‍👧 e\u0301 \u0000 שלום </script>'


def fetch(client: Client, talk: Conversation, form: str) -> bytes:
    response = client.get(f"/c/{talk.id}/export.{form}")
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def fetch_json(client: Client, talk: Conversation) -> dict[str, Any]:
    return json.loads(fetch(client, talk, "json"))


def test_json_has_the_keys_of_the_contract(alice: User, hers: Client) -> None:
    made = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
    talk = create_conversation(alice, title="Rye", created=made, updated=made)
    asked = create_message(talk, "Why?", created=made)
    turn = create_reply(
        talk,
        "Because.",
        message={"created": made},
        model="gpt-5.4-mini",
        input_tokens=12,
        output_tokens=3,
        cached_tokens=8,
        cost_usd=Decimal("0.00001234"),
    )

    assert fetch_json(hers, talk) == {
        "id": str(talk.id),
        "title": "Rye",
        "created": "2026-11-20T12:30:00+00:00",
        "updated": "2026-11-20T12:30:00+00:00",
        "messages": [
            {
                "id": str(asked.id),
                "parent": None,
                "role": "user",
                "content": "Why?",
                "created": "2026-11-20T12:30:00+00:00",
                "status": "complete",
                "model": None,
                "usage": None,
                "cost_usd": None,
            },
            {
                "id": str(turn.message_id),
                "parent": str(asked.id),
                "role": "assistant",
                "content": "Because.",
                "created": "2026-11-20T12:30:00+00:00",
                "status": "complete",
                "model": "gpt-5.4-mini",
                "usage": {"input": 12, "output": 3, "cached": 8},
                "cost_usd": 0.00001234,
            },
        ],
    }


def test_json_of_an_empty_conversation_is_json(alice: User, hers: Client) -> None:
    assert fetch_json(hers, create_conversation(alice))["messages"] == []


@pytest.mark.parametrize("text", [NASTY, "", " \n ", "half \ud83d", "x" * 100_000])
def test_json_content_is_exact(text: str, alice: User, hers: Client) -> None:
    talk = create_conversation(alice, title="T")
    create_message(talk, text)

    assert fetch_json(hers, talk)["messages"][0]["content"] == text


def test_json_has_the_whole_tree_in_order(talk: Conversation, hers: Client) -> None:
    first = talk.messages.get(parent=None)
    sibling = Message.objects.create(
        conversation=talk, owner_id=talk.owner_id, parent=first, role="user", body="Or"
    )
    create_message(talk, "Be kind", role="system")

    messages = fetch_json(hers, talk)["messages"]

    assert [m["id"] for m in messages] == sorted(m["id"] for m in messages)
    assert [m["role"] for m in messages] == ["user", "assistant", "user", "system"]
    assert messages[2] == {
        **messages[2],
        "id": str(sibling.id),
        "parent": str(first.id),
    }


def test_json_of_a_reply_under_way_has_what_there_is(alice: User, hers: Client) -> None:
    talk = create_conversation(alice, messages=1)
    create_reply(talk, "", status="running", chunks=["Half ", "a "])

    reply = fetch_json(hers, talk)["messages"][1]

    assert (reply["content"], reply["status"]) == ("Half a ", "running")


def test_text_and_markdown_have_the_branch(alice: User, hers: Client) -> None:
    User.objects.filter(pk=alice.pk).update(timezone="Europe/Stockholm")
    made = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    talk = create_conversation(alice, title="Rye")
    create_message(talk, "Be kind", role="system")
    first = create_message(talk, "Why?\n\n  Really?", created=made)
    create_reply(talk, "**Because** half", status="stopped", message={"created": made})
    Message.objects.create(
        conversation=talk, owner_id=talk.owner_id, parent=first, body="Another try"
    )

    assert fetch(hers, talk, "txt").decode() == (
        "Rye\n"
        "\nYou · 2026-07-02 00:30 CEST\nWhy?\n\n  Really?\n"
        "\ndemo (stopped) · 2026-07-02 00:30 CEST\n**Because** half\n"
    )
    assert fetch(hers, talk, "md").decode() == (
        "# Rye\n"
        "\n## You\n\n*2026-07-02 00:30 CEST*\n\nWhy?\n\n  Really?\n"
        "\n## demo (stopped)\n\n*2026-07-02 00:30 CEST*\n\n**Because** half\n"
    )


def test_half_a_character_does_not_break_a_text(alice: User, hers: Client) -> None:
    talk = create_conversation(alice, title="T")
    create_message(talk, "half \ud83d of it")

    assert b"half ? of it" in fetch(hers, talk, "txt")


@pytest.mark.parametrize(
    ("title", "header"),
    [
        ("Rye bread", 'attachment; filename="rye-bread.json"'),
        ("../../etc/passwd", 'attachment; filename="etcpasswd.json"'),
        ('a"; filename="x.exe', 'attachment; filename="a-filenamexexe.json"'),
        ("a\r\nSet-Cookie: x=1", 'attachment; filename="a-set-cookie-x1.json"'),
        ("???", 'attachment; filename="conversation.json"'),
        ("x" * 200, f'attachment; filename="{"x" * 80}.json"'),
        (
            "Smörgås",
            "attachment; filename*=utf-8''sm%C3%B6rg%C3%A5s.json",
        ),
    ],
)
def test_the_files_name_is_safe(
    title: str, header: str, alice: User, hers: Client
) -> None:
    talk = create_conversation(alice, title=title)

    response = hers.get(f"/c/{talk.id}/export.json")

    assert response["Content-Disposition"] == header


@pytest.mark.parametrize(
    ("form", "kind"),
    [("txt", "text/plain"), ("md", "text/markdown"), ("json", "application/json")],
)
def test_a_file_is_saved_not_shown(
    form: str, kind: str, talk: Conversation, hers: Client
) -> None:
    response = hers.get(f"/c/{talk.id}/export.{form}")

    assert response["Content-Type"] == f"{kind}; charset=utf-8"
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize("form", ["json", "md", "txt"])
def test_it_is_read_in_batches(
    form: str, alice: User, hers: Client, monkeypatch, django_assert_num_queries
) -> None:
    monkeypatch.setattr(exporting, "BATCH", 4)
    talk = create_conversation(alice, messages=10)
    fetch(hers, talk, form)

    # session, person, conversation, ids, files; messages and turns of three batches;
    # and the audit log: its end, the person's pseudonym, the event
    with django_assert_num_queries(14):
        whole = fetch(hers, talk, form).decode()
    assert [whole.index(f"Question {n}") for n in (1, 3, 5, 7, 9)] == sorted(
        whole.index(f"Question {n}") for n in (1, 3, 5, 7, 9)
    )


def test_what_goes_while_it_is_written_is_left_out(
    talk: Conversation, alice: User
) -> None:
    made = exporting.export(
        by=alice.pk,
        conversation_id=talk.id,
        form="json",
        zone=timezone.get_default_timezone(),
    )
    first = next(made.parts)
    Conversation.objects.filter(id=talk.id).update(head=None)
    Message.objects.filter(conversation=talk).delete()

    assert json.loads(first + "".join(made.parts))["messages"] == []


@pytest.mark.django_db(transaction=True)
def test_an_async_server_gets_the_same_without_a_warning(
    alice: User, hers: Client
) -> None:
    talk = create_conversation(alice, title="Rye", messages=6)
    request = RequestFactory().get("/")
    request.user = alice
    response = export_file(request, talk.id, "json")

    async def collect() -> bytes:
        return b"".join([part async for part in response])

    assert asyncio.run(collect()) == fetch(hers, talk, "json")
