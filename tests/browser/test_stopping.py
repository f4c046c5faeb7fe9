"""Stop: what was on the page stays, and no more than that."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.chat import LONG, STORY, Chat, sign_up

pytestmark = pytest.mark.unhurried


def words(text: str) -> list[str]:
    """Without the marks of bold and code that a cut may leave open."""
    return re.findall(r"\w+", text)


@pytest.mark.parametrize("way", ["button", "Escape"])
def test_stopping_keeps_what_was_seen(chat: Chat, way: str):
    chat.say(STORY)
    chat.begun()
    if way == "button":
        chat.stop.click()
    else:
        chat.page.keyboard.press("Escape")
    seen = words(chat.replies.last.locator(".prose").inner_text())
    expect(chat.replies.last.locator(".note")).to_contain_text("You stopped this reply")
    expect(chat.replies.last).to_have_attribute("data-status", "stopped")
    expect(chat.stop).to_be_hidden()
    assert words(chat.finished()) == seen
    chat.page.reload()
    assert words(chat.finished()) == seen


def test_another_message_can_be_sent_at_once_after_a_stop(chat: Chat):
    chat.say(LONG)
    chat.begun()
    chat.stop.click()
    chat.ask("My name is Maya.")
    assert "Maya" in chat.ask("What is my name?")
    expect(chat.questions).to_have_count(3)


def test_a_message_sent_during_a_reply_is_answered_after_it(chat: Chat):
    chat.say(LONG)
    chat.begun()
    chat.say("My name is Maya.")
    expect(chat.replies).to_have_count(2)
    chat.stop.click()
    expect(chat.replies.first).to_have_attribute("data-status", "stopped")
    chat.finished()
    expect(chat.replies.last).to_have_attribute("data-status", "complete")


def test_a_reply_can_be_stopped_before_its_first_word_in_any_tab(
    context: BrowserContext, silent: str
):
    sign_up(context, silent)
    chat = Chat(context.new_page(), silent).open()
    chat.say("Hello")
    expect(chat.replies).to_have_attribute("data-status", "running")
    other = Chat(context.new_page(), silent).open(chat.path)
    chat.stop.click()
    for tab in (chat, other):
        expect(tab.replies).to_have_attribute("data-status", "stopped")
        expect(tab.replies.locator(".note")).to_contain_text("You stopped this reply")
        expect(tab.stop).to_be_hidden()
    chat.say("Hello again")
    expect(other.replies).to_have_count(2)
    other.stop.click()
    expect(chat.replies.last).to_have_attribute("data-status", "stopped")
    expect(chat.stop).to_be_hidden()
