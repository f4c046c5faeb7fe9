"""A reply on its way to the page: what survives it, what it survives."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from conversations.providers.demo.replies import reply_to
from tests.browser.chat import LONG, MIXED, STORY, Chat, at_rest, eventually

SELECT_LAST_WORDS = """() => {
  const words = document.createTreeWalker(
    document.querySelector("article.reply .prose"), NodeFilter.SHOW_TEXT);
  let last = null;
  while (words.nextNode()) if (words.currentNode.length > 8) last = words.currentNode;
  getSelection().setBaseAndExtent(last, 0, last, 8);
  return getSelection().toString();
}"""
PLACE_OF_LAST_QUESTION = """() => {
  const asked = [...document.querySelectorAll("article.user")].at(-1);
  const scroll = document.getElementById("scroll");
  return asked.getBoundingClientRect().top - scroll.getBoundingClientRect().top;
}"""
FROM_THE_END = """() => {
  const { scrollHeight, scrollTop, clientHeight } = document.getElementById("scroll");
  return scrollHeight - scrollTop - clientHeight;
}"""


def test_a_selection_in_the_growing_text_is_kept(chat: Chat):
    chat.say(STORY)
    chat.begun(400)
    selected = chat.page.evaluate(SELECT_LAST_WORDS)
    chat.finished()
    assert chat.page.evaluate("getSelection().toString()") == selected


@pytest.mark.unhurried
def test_the_status_tells_of_the_beginning_and_the_end(chat: Chat):
    chat.say(LONG)
    expect(chat.status).to_have_text("Generating…")
    chat.page.keyboard.press("Escape")
    expect(chat.status).to_have_text("Reply stopped")
    chat.ask("Thank you!")
    expect(chat.status).to_have_text("Reply finished")


def test_what_streamed_in_is_what_a_reload_shows(chat: Chat):
    chat.ask(MIXED)
    prose = "document.querySelector('.prose').innerHTML.replace(/>\\s+(<|$)/g, '>$1')"
    streamed = chat.page.evaluate(prose)
    chat.page.reload()
    assert chat.page.evaluate(prose) == streamed
    assert "<table" in streamed and "<math" in streamed and 'class="code"' in streamed


@pytest.mark.unhurried
def test_a_reload_in_mid_reply_goes_on(chat: Chat):
    chat.say(STORY)
    chat.begun()
    chat.page.reload()
    expect(chat.stop).to_be_visible()
    seen = chat.finished()
    expect(chat.replies).to_have_count(1)
    source = chat.replies.locator("[data-copy-text]").get_attribute("value")
    assert source == reply_to(STORY, [])  # word for word
    chat.page.reload()
    assert chat.finished() == seen


@pytest.mark.unhurried
def test_another_tab_sees_the_question_and_the_reply(
    context: BrowserContext, chat: Chat, new_chat: Callable[..., Chat]
):
    chat.ask("Hello")
    other = new_chat(context, chat.path)
    chat.say(STORY)
    expect(other.questions).to_have_count(2)
    expect(other.stop).to_be_visible()
    expect(chat.replies).to_have_count(2)
    assert chat.finished() == other.finished()


@pytest.mark.unhurried
def test_leaving_and_coming_back_finds_the_reply_further_on(chat: Chat):
    chat.ask("Hello")
    chat.say(STORY)
    expect(chat.replies).to_have_count(2)
    before = len(chat.begun().inner_text())
    chat.page.get_by_role("link", name="New chat").first.click()
    expect(chat.replies).to_have_count(0)
    expect(chat.rows.first).to_have_attribute("data-running", "")
    chat.rows.first.get_by_role("link").first.click()
    assert len(chat.finished()) > before
    expect(chat.rows.first).not_to_have_attribute("data-running", "")


@pytest.mark.unhurried
def test_the_sent_message_stands_near_the_top_and_the_end_is_followed(chat: Chat):
    chat.ask("Hello")
    chat.say(STORY)
    place = lambda: chat.page.evaluate(PLACE_OF_LAST_QUESTION)  # noqa: E731
    assert eventually(chat.page, lambda: abs(place() - 50) < 3, 10)
    expect(chat.replies).to_have_count(2)
    chat.finished()
    assert eventually(chat.page, lambda: chat.page.evaluate(FROM_THE_END) < 3)


def test_scrolling_up_by_hand_ends_the_following_until_one_jumps_back(chat: Chat):
    chat.say(LONG)
    chat.begun(1200)
    chat.page.mouse.move(700, 300)
    chat.page.mouse.wheel(0, -500)
    jump = chat.page.get_by_role("button", name="Jump to the latest message")
    expect(jump).to_be_visible()
    top = "document.getElementById('scroll').scrollTop"
    left = at_rest(chat.page, lambda: chat.page.evaluate(top))
    chat.finished()
    assert chat.page.evaluate(top) == left
    jump.click()
    expect(jump).to_be_hidden()
    assert eventually(chat.page, lambda: chat.page.evaluate(FROM_THE_END) < 3)
