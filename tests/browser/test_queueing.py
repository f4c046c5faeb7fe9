"""Messages that wait for the reply before theirs: reworded, dropped, never lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from tests.browser.chat import LONG, STORY, Chat, sign_up
from tests.browser.line import Line

pytestmark = pytest.mark.unhurried
WAITS = "Waits for the reply before it"


def waiting(chat: Chat, *texts: str) -> None:
    """A reply that grows, and messages that wait behind it."""
    chat.say(LONG)
    chat.begun()
    for number, text in enumerate(texts, 2):
        chat.say(text)
        expect(chat.replies).to_have_count(number)


def note(chat: Chat, number: int) -> Locator:
    return chat.replies.nth(number).get_by_text(WAITS)


def press(chat: Chat, number: int, name: str) -> None:
    chat.replies.nth(number).get_by_role("button", name=name).click()


def save(field: Locator, text: str) -> None:
    field.fill(text)
    field.press("Enter")


def texts(chat: Chat) -> Locator:
    return chat.questions.locator(".bubble")


@pytest.mark.parametrize("reloaded", [False, True])
def test_a_reply_that_waits_says_so_until_it_begins(chat: Chat, reloaded: bool):
    waiting(chat, "Hello", "Thank you!")
    if reloaded:
        chat.page.reload()
    expect(note(chat, 0)).to_be_hidden()
    expect(note(chat, 1)).to_be_visible()
    expect(note(chat, 2)).to_be_visible()
    chat.stop.click()
    expect(note(chat, 1)).to_be_hidden()
    chat.finished()
    expect(chat.page.get_by_text(WAITS)).to_have_count(0)


def test_a_waiting_message_can_be_dropped(chat: Chat):
    waiting(chat, "Never mind this", "Thank you!")
    press(chat, 1, "Drop")
    expect(texts(chat)).to_have_text([LONG, "Thank you!"])
    expect(chat.replies).to_have_count(2)
    expect(chat.toasts).to_contain_text("Message dropped")
    expect(chat.box).to_be_focused()
    expect(note(chat, 1)).to_be_visible()
    chat.stop.click()
    chat.finished()
    expect(chat.stop).to_be_hidden()
    chat.page.reload()
    expect(texts(chat)).to_have_text([LONG, "Thank you!"])
    expect(chat.replies.last).to_have_attribute("data-status", "complete")


def test_a_dropped_message_can_be_had_back(chat: Chat):
    waiting(chat, "My name is Maya.", "Hello")
    press(chat, 1, "Drop")
    chat.toasts.get_by_role("button", name="Undo").click()
    expect(texts(chat)).to_have_text([LONG, "Hello", "My name is Maya."])
    expect(note(chat, 2)).to_be_visible()
    chat.stop.click()
    chat.finished()
    assert "Maya" in chat.ask("What is my name?")


def test_undo_brings_a_message_back_to_its_own_conversation(chat: Chat):
    waiting(chat, "My name is Maya.")
    here = chat.path
    press(chat, 1, "Drop")
    chat.page.get_by_role("link", name="New chat").first.click()
    expect(chat.replies).to_have_count(0)
    chat.toasts.get_by_role("button", name="Undo").click()
    chat.page.wait_for_timeout(500)
    expect(chat.questions).to_have_count(0)
    chat.open(here)
    expect(texts(chat)).to_have_text([LONG, "My name is Maya."])


def test_a_message_that_is_being_answered_comes_back_when_it_is_dropped(
    context: BrowserContext, chat: Chat, new_chat: Callable[..., Chat]
):
    line = Line(chat.page)
    chat.page.reload()
    waiting(chat, STORY)
    other = new_chat(context, chat.path)
    line.hears = lambda frame: frame["type"] == "error"
    other.stop.click()
    other.begun()
    press(chat, 1, "Drop")
    expect(chat.toasts).to_contain_text("It is being answered already.")
    expect(chat.toasts).not_to_contain_text("Message dropped")
    expect(texts(chat)).to_have_text([LONG, STORY])
    line.hears = lambda frame: True
    assert "more often than not" in chat.finished()


def test_a_waiting_message_can_be_reworded(chat: Chat):
    waiting(chat, "My name is Maya.", "What is my name?")
    press(chat, 1, "Edit")
    field = chat.questions.nth(1).get_by_role("textbox")
    expect(field).to_be_focused()
    save(field, "My name is Anna.")
    expect(texts(chat)).to_have_text([LONG, "My name is Anna.", "What is my name?"])
    expect(chat.questions.nth(1).locator(".pager")).to_contain_text("2 / 2")
    expect(note(chat, 1)).to_be_visible()
    expect(chat.replies).to_have_count(3)
    chat.stop.click()
    chat.finished()
    expect(chat.replies.last.locator(".prose")).to_contain_text("Anna")


def test_the_arrow_up_edits_the_message_that_waits_and_escape_leaves_it(chat: Chat):
    waiting(chat, "Hello")
    chat.box.press("ArrowUp")
    field = chat.questions.last.get_by_role("textbox")
    expect(field).to_have_value("Hello")
    field.fill("Goodbye")
    field.press("Escape")
    expect(texts(chat).last).to_have_text("Hello")
    expect(chat.stop).to_be_visible()  # Escape closed the form and no more
    expect(note(chat, 1)).to_be_visible()


def test_both_buttons_can_be_reached_by_keyboard(chat: Chat):
    waiting(chat, "Hello")
    edit = chat.questions.last.get_by_role("button", name="Edit message")
    edit.focus()
    for name in ("Edit", "Drop"):
        chat.page.keyboard.press("Tab")
        expect(chat.replies.last.get_by_role("button", name=name)).to_be_focused()
    chat.page.keyboard.press("Enter")
    expect(chat.questions).to_have_count(1)


def test_editing_a_message_stops_the_reply_to_its_old_words(chat: Chat):
    chat.say(LONG)
    chat.begun()
    chat.say("Hello")
    expect(chat.replies).to_have_count(2)
    chat.questions.first.get_by_role("button", name="Edit message").click()
    save(chat.questions.first.get_by_role("textbox"), "My name is Anna.")
    expect(chat.questions).to_have_count(1)
    expect(texts(chat)).to_have_text("My name is Anna.")
    expect(chat.page.get_by_text(WAITS)).to_be_hidden()
    assert "Noted" in chat.finished()
    chat.questions.get_by_role("button", name="Previous version").click()
    expect(texts(chat)).to_have_text([LONG, "Hello"])
    for reply in chat.replies.all():
        expect(reply).to_have_attribute("data-status", "stopped")
        expect(reply.locator(".note")).to_contain_text("You stopped this reply")


def test_one_message_too_many_says_why_it_waits_and_goes_when_there_is_room(
    context: BrowserContext, silent: str
):
    sign_up(context, silent)
    chat = Chat(context.new_page(), silent).open()
    for number in range(21):
        chat.say("Hello")
        expect(chat.replies).to_have_count(number + 1)
    chat.say("My name is Maya.")
    last = chat.questions.last
    expect(last).to_contain_text("Enough messages wait for an answer. It will be sent")
    expect(last).to_have_attribute("data-state", "queued")
    chat.stop.click()
    expect(last).not_to_have_attribute("data-state", "queued", timeout=20_000)
    expect(chat.replies).to_have_count(22)
