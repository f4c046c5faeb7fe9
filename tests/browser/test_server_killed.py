"""The server is killed in mid-reply and started again: the page goes on by itself."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, expect

from conversations.providers.demo.replies import reply_to
from tests.browser.chat import STORY, Chat, sign_up
from tests.browser.watched import Complaints
from tests.product import Product

GONE = (
    "ERR_CONNECTION_REFUSED",
    "ERR_CONNECTION_RESET",
    "ERR_EMPTY_RESPONSE",
    "ERR_INCOMPLETE_CHUNKED_ENCODING",
    "ERR_SOCKET_NOT_CONNECTED",
    "Error during WebSocket handshake",
    "WebSocket is closed before the connection is established",
)


@pytest.fixture
def product(product_of: Callable[..., Product]) -> Iterator[Product]:
    product = product_of(CHAT_MODEL="demo-slow-60")
    yield product.start()
    product.stop()


def test_a_reply_and_what_is_typed_meanwhile_survive_the_server(
    context: BrowserContext, product: Product, complaints: Complaints
):
    complaints.expect(*GONE)
    sign_up(context, product.address)
    chat = Chat(context.new_page(), product.address).open()
    chat.say(STORY)
    begun = chat.begun().text_content()
    chat.mark()
    product.stop(signal.SIGKILL)
    expect(chat.page.locator(".offline")).to_be_visible()
    expect(chat.replies.locator(".prose")).to_contain_text(begun[:100])
    chat.say("My name is Maya.")
    chat.say("What is my name?")
    expect(chat.questions.last).to_contain_text("Will be sent when you are back online")
    product.start()
    expect(chat.replies).to_have_count(3, timeout=60_000)
    for reply in chat.replies.all():
        expect(reply).to_have_attribute("data-status", "complete", timeout=60_000)
    assert "Maya" in chat.finished()
    expect(chat.page.locator(".offline")).to_be_hidden()
    assert not chat.was_reloaded
    first = chat.replies.first
    expect(first).not_to_have_attribute("aria-busy", "true")
    seen = first.locator(".prose").inner_text()
    questions = [STORY, "My name is Maya.", "What is my name?"]
    chat.page.reload()
    expect(chat.questions.locator(".bubble")).to_have_text(questions)
    assert first.locator(".prose").inner_text() == seen
    # word for word what it would have been
    source = first.locator("[data-copy-text]").get_attribute("value")
    assert source == reply_to(STORY, [])
