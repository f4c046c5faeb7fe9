"""A model that fails: one sentence, in place, and a way on."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.chat import Chat, sign_up
from tests.product import Product


@pytest.fixture(scope="module")
def broken(product_of: Callable[..., Product]) -> Iterator[str]:
    product = product_of(CHAT_MODEL="demo-error-500").start()
    yield product.address
    product.stop()


def test_a_failed_reply_says_so_and_offers_to_try_again(
    context: BrowserContext, broken: str
):
    sign_up(context, broken)
    chat = Chat(context.new_page(), broken).open()
    chat.say("Are you there?")
    note = chat.replies.last.locator(".note")
    expect(note).to_be_visible(timeout=30_000)
    expect(note.locator("p")).to_have_count(1)
    expect(note.get_by_role("button", name="Try again")).to_be_visible()
    expect(chat.questions.locator(".bubble")).to_have_text("Are you there?")
    expect(chat.stop).to_be_hidden()
    first = chat.replies.get_attribute("data-message")
    note.get_by_role("button", name="Try again").click()
    expect(chat.replies).not_to_have_attribute("data-message", first)
    expect(note).to_be_visible(timeout=30_000)
    expect(chat.replies).to_have_count(1)
    chat.page.reload()
    expect(note).to_be_visible()
    expect(chat.questions.locator(".bubble")).to_have_text("Are you there?")
