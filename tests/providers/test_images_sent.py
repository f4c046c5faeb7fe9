"""Images in requests, and what the demo model makes of them."""

from __future__ import annotations

import uuid

import pytest

from conversations.core.model_api import Image, Item
from conversations.providers import PROVIDERS
from conversations.providers.demo.answers import answer
from conversations.providers.demo.request import (
    DemoRequest,
    Message,
    read_chat,
    read_responses,
)

URL = "data:image/png;base64,AAAA"
ITEM = Item("user", "What is it?", images=(Image(uuid.UUID(int=1), URL),))


def test_each_api_has_its_own_form():
    assert PROVIDERS["responses"].wire_items((ITEM,)) == [
        {
            "role": "user",
            "content": [
                {"type": "input_text", "text": "What is it?"},
                {"type": "input_image", "image_url": URL},
            ],
        }
    ]
    assert PROVIDERS["chat"].wire_items((ITEM,)) == [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What is it?"},
                {"type": "image_url", "image_url": {"url": URL}},
            ],
        }
    ]


@pytest.mark.parametrize("api", ["responses", "chat"])
def test_without_images_a_text_is_a_text(api):
    [wired] = PROVIDERS[api].wire_items((Item("user", "Hello"),))
    assert wired == {"role": "user", "content": "Hello"}


@pytest.mark.parametrize(
    ("api", "field", "read"),
    [("responses", "input", read_responses), ("chat", "messages", read_chat)],
)
def test_the_demo_model_knows_type_and_size_of_an_image(api, field, read):
    body = {"model": "demo", field: PROVIDERS[api].wire_items((ITEM,))}
    said = answer(read(body))
    assert said.startswith("I was sent `image/png, 3 bytes`.")
    assert "cannot see images" in said


def asked(text: str, *system: str) -> str:
    told = tuple(Message("system", one) for one in system)
    return answer(DemoRequest("demo", (*told, Message("user", text)), []))


def test_what_a_passage_says_is_cited_by_its_number():
    passages = (
        "Passages.\n\n[1] a.txt, part 1:\n  The boat is green.\n\n  It floats.\n\n"
        "[2] b.pdf, page 3:\n  The harbour is in Ghent."
    )
    assert asked("Where is the harbour?", passages).endswith(" [2]")
    assert asked("Which colour? The boat is what?", passages).endswith(" [1]")


def test_what_is_said_beside_a_passage_is_not_cited():
    text = "[1] a.txt, part 1:\n  The boat is green.\n\nThe harbour is in Ghent."
    assert "[1]" not in asked("Where is the harbour?", text)


def test_a_number_of_an_earlier_reply_is_not_repeated():
    request = DemoRequest(
        "demo",
        (
            Message("assistant", "The harbour is in Ghent. [4]"),
            Message("user", "Where is the harbour?"),
        ),
        [],
    )
    assert answer(request) == "The harbour is in Ghent."


def test_files_without_a_word_are_named():
    said = asked("[file: a.txt]\n[file: b.pdf, version 2]")
    assert said == "I was given `a.txt` and `b.pdf, version 2`. Ask me what it says."
