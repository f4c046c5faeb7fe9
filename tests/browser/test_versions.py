"""Asking again: edits, new tries, going on. Earlier versions stay within reach."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Route, expect

from conversations.providers.demo.replies import reply_to
from tests.browser.chat import STORY, Chat, eventually

ARTICLE = re.compile(r"/m/[0-9a-f-]{36}/$")


def test_an_edited_message_is_answered_anew_and_the_first_version_kept(chat: Chat):
    chat.ask("My name is Maya.")
    chat.ask("What is my name?")
    first = chat.questions.first
    first.hover()
    first.get_by_role("button", name="Edit message").click()
    field = first.get_by_role("textbox")
    expect(field).to_be_focused()
    field.fill("My name is Anna.")
    field.press("Enter")
    expect(chat.questions).to_have_count(1)
    expect(first.locator(".bubble")).to_have_text("My name is Anna.")
    chat.finished()
    assert "Anna" in chat.ask("What is my name?")

    first.hover()
    first.get_by_role("button", name="Previous version").click()
    expect(first.locator(".bubble")).to_have_text("My name is Maya.")
    expect(chat.questions).to_have_count(2)
    expect(chat.replies.last).to_contain_text("Maya")
    expect(first.get_by_role("button", name="Next version")).to_be_focused()
    chat.page.reload()
    expect(chat.replies.last).to_contain_text("Maya")


def test_an_edit_can_be_given_up(chat: Chat):
    chat.ask("Hello")
    chat.box.press("ArrowUp")
    field = chat.questions.get_by_role("textbox")
    field.fill("Goodbye")
    field.press("Escape")
    expect(chat.questions.locator(".bubble")).to_have_text("Hello")
    expect(chat.questions.get_by_role("button", name="Edit message")).to_be_focused()


def test_an_edit_begun_while_its_message_is_fetched_stays_open(chat: Chat):
    held: list[Route] = []
    chat.page.route(ARTICLE, lambda route: held.append(route))
    chat.say("Hello")
    assert eventually(chat.page, lambda: len(held) == 2, 20)  # with what it answers
    chat.box.press("ArrowUp")
    field = chat.questions.get_by_role("textbox")
    field.fill("Half a")
    for route in held:
        with chat.page.expect_event("requestfinished"):
            route.continue_()
    expect(chat.replies.locator(".acts time")).to_have_count(1)
    chat.page.wait_for_timeout(200)
    field.press_sequentially(" thought")
    expect(field).to_have_value("Half a thought")
    chat.page.unroute(ARTICLE)
    field.press("Escape")
    expect(chat.questions.locator(".acts time")).to_have_count(1)


def test_a_reply_can_be_asked_for_again(chat: Chat):
    chat.ask("Hello")
    before = chat.replies.get_attribute("data-message")
    chat.replies.get_by_role("button", name="Answer again").click()
    expect(chat.replies).not_to_have_attribute("data-message", before)
    chat.finished()
    expect(chat.replies).to_have_count(1)
    expect(chat.replies.locator(".pager")).to_contain_text("2 / 2")
    chat.replies.get_by_role("button", name="Previous version").click()
    expect(chat.replies).to_have_attribute("data-message", before)


@pytest.mark.unhurried
def test_a_stopped_reply_goes_on_where_it_was(chat: Chat):
    chat.say(STORY)
    chat.begun()
    chat.stop.click()
    seen = chat.finished()
    chat.replies.get_by_role("button", name="Continue").click()
    expect(chat.replies.locator(".note")).to_have_count(0)
    expect(chat.stop).to_be_visible()
    expect(chat.replies).to_have_attribute("data-status", "complete")
    whole = chat.finished()
    assert whole.startswith(seen[:100])
    assert len(whole) > len(seen)
    expect(chat.replies).to_have_count(1)
    source = chat.replies.locator("[data-copy-text]").get_attribute("value")
    assert source == reply_to(STORY, [])  # nothing is missing, nothing is said twice
    chat.page.reload()
    assert chat.finished() == whole
