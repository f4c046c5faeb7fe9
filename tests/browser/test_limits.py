"""More than one may have at once: said plainly, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.chat import Chat
from tests.browser.conftest import PATIENCE
from tests.product import Product

WAITS = "Enough replies are being written. It will be sent in a moment."


@pytest.fixture(scope="module")
def strict(product_of: Callable[..., Product]) -> Iterator[str]:
    """Its model never says a word, and so never ends by itself."""
    product = product_of(
        CHAT_MODEL="demo-hang", RATE_LIMITS="on", RATE_LIVE_TURNS="1"
    ).start()
    yield product.address
    product.stop()


@pytest.fixture
def live(strict: str) -> str:
    expect.set_options(timeout=3 * PATIENCE)
    return strict


def test_a_message_waits_until_a_reply_has_ended_and_goes_out_by_itself(
    context: BrowserContext, new_chat: Callable[..., Chat]
) -> None:
    first, second = new_chat(context), new_chat(context)
    first.say("Hello")
    expect(first.stop).to_be_visible()

    second.say("Hello there")

    expect(second.page.get_by_text(WAITS)).to_be_visible()
    expect(second.page.locator("article.user .bubble")).to_have_text(["Hello there"])
    first.stop.click()
    expect(second.page.get_by_text(WAITS)).to_have_count(0)
    expect(second.replies).to_have_count(1)
    expect(second.stop).to_be_visible()
    expect(second.questions.locator(".bubble")).to_have_text(["Hello there"])
