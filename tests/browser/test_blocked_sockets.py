"""Behind a proxy that lets no WebSocket through, the page finds its own way."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.chat import STORY, Chat

BLOCKED = """
window.WebSocket = class {
  constructor() { setTimeout(() => this.onclose?.({ code: 1006 }), 20); }
  close() {}
};
"""


def test_the_page_talks_over_plain_http(
    context: BrowserContext, new_chat: Callable[[BrowserContext], Chat]
):
    context.add_init_script(BLOCKED)
    chat = new_chat(context)
    chat.say("My name is Maya.")
    expect(chat.replies.last).to_have_attribute(
        "data-status", "complete", timeout=30_000
    )
    chat.say("What is my name?")
    expect(chat.replies).to_have_count(2, timeout=30_000)
    expect(chat.replies.last.locator(".prose")).to_contain_text("Maya", timeout=30_000)
    expect(chat.page.locator(".offline")).to_be_hidden()


@pytest.mark.unhurried
def test_a_reply_streams_is_reloaded_and_stopped_over_plain_http(
    context: BrowserContext, new_chat: Callable[[BrowserContext], Chat]
):
    context.add_init_script(BLOCKED)
    chat = new_chat(context)
    chat.ask("Hello")
    # finding another way after the reload takes some seconds of the reply
    chat.say("/model demo-slow-5")
    expect(chat.page.locator("#composer .model")).to_have_text("demo-slow-5")
    chat.say(STORY)
    expect(chat.replies).to_have_count(2)
    chat.begun(20)
    chat.page.reload()
    prose = chat.replies.last.locator(".prose")
    before = prose.inner_text()
    expect(chat.stop).to_be_visible()
    chat.begun(len(before) + 20)
    chat.stop.click()
    seen = prose.inner_text()
    expect(chat.replies.last.locator(".note")).to_contain_text("You stopped this reply")
    assert chat.finished() == seen.rstrip()
