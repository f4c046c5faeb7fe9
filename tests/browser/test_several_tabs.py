"""One conversation in two tabs: what is done in one is seen in the other."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from tests.browser.chat import LONG, STORY, Chat, at_rest
from tests.browser.line import Line

TOP_OF_FIRST = "document.querySelector('article').getBoundingClientRect().top"


@pytest.fixture
def two(
    context: BrowserContext, chat: Chat, new_chat: Callable[..., Chat]
) -> tuple[Chat, Chat]:
    """Two tabs on a conversation that has begun."""
    chat.ask("Hello")
    other = new_chat(context, chat.path)
    other.mark()
    chat.mark()
    return chat, other


def edit(question: Locator, text: str) -> None:
    question.hover()
    question.get_by_role("button", name="Edit message").click()
    question.get_by_role("textbox").fill(text)
    question.get_by_role("textbox").press("Enter")


def both_show(chat: Chat, other: Chat, *texts: str) -> None:
    for tab in (chat, other):
        expect(tab.questions.locator(".bubble")).to_have_text(texts)
        assert not tab.was_reloaded


def test_both_tabs_can_send_and_both_see_everything(two: tuple[Chat, Chat]):
    chat, other = two
    chat.ask("My name is Maya.")
    expect(other.replies).to_have_count(2)
    other.finished()
    assert "Maya" in other.ask("What is my name?")
    expect(chat.replies).to_have_count(3)
    assert chat.finished() == other.finished()
    both_show(chat, other, "Hello", "My name is Maya.", "What is my name?")


@pytest.mark.unhurried
def test_a_reply_can_be_stopped_from_the_other_tab(two: tuple[Chat, Chat]):
    chat, other = two
    chat.say(STORY)
    expect(other.replies).to_have_count(2)
    other.begun()
    other.stop.click()
    for tab in (chat, other):
        note = tab.replies.last.locator(".note")
        expect(note).to_contain_text("You stopped this reply")
    expect(chat.stop).to_be_hidden()
    assert chat.finished() == other.finished()


def test_what_two_tabs_say_at_the_same_moment_is_kept_and_explained(
    two: tuple[Chat, Chat],
):
    chat, other = two
    line = Line(other.page)
    other.page.reload()
    other.mark()
    news = ("turn", "branch", "snapshot", "patch", "end")
    line.hears = lambda frame: frame["type"] not in news
    chat.say("My name is Maya.")
    expect(chat.replies).to_have_count(2)
    other.say("What is my name?")
    refused = other.questions.last
    expect(refused).to_contain_text("The conversation has gone on since")
    line.hears = lambda frame: True
    expect(other.replies).to_have_count(2)
    expect(refused.locator(".bubble")).to_have_text("What is my name?")
    refused.get_by_role("button", name="Try again").click()
    expect(other.replies).to_have_count(3)
    assert "Maya" in other.finished()
    both_show(chat, other, "Hello", "My name is Maya.", "What is my name?")


def test_an_edit_and_a_choice_of_version_are_followed(two: tuple[Chat, Chat]):
    chat, other = two
    before = chat.replies.get_attribute("data-message")
    edit(chat.questions.last, "Goodbye")
    both_show(chat, other, "Goodbye")
    for tab in (chat, other):
        expect(tab.replies).not_to_have_attribute("data-message", before)
    assert other.finished() == chat.finished()
    chat.questions.get_by_role("button", name="Previous version").click()
    both_show(chat, other, "Hello")


def test_a_new_try_is_followed(two: tuple[Chat, Chat]):
    chat, other = two
    before = other.replies.get_attribute("data-message")
    chat.replies.get_by_role("button", name="Answer again").click()
    for tab in (chat, other):
        expect(tab.replies).not_to_have_attribute("data-message", before)
        expect(tab.replies).to_have_count(1)
    assert chat.finished() == other.finished()


@pytest.mark.unhurried
def test_messages_that_wait_are_dropped_and_reworded_in_both(two: tuple[Chat, Chat]):
    chat, other = two
    chat.say(LONG)
    chat.begun()
    for number, text in enumerate(("one", "two", "three"), 3):
        chat.say(text)
        expect(other.replies).to_have_count(number)
    selected = other.page.evaluate(
        """() => {
          const reply = document.querySelector("[data-status=running] .prose > *");
          getSelection().selectAllChildren(reply);
          return getSelection().toString();
        }"""
    )
    chat.replies.nth(3).get_by_role("button", name="Drop").click()
    both_show(chat, other, "Hello", LONG, "one", "three")
    edit(chat.questions.nth(2), "four")
    both_show(chat, other, "Hello", LONG, "four", "three")
    expect(chat.stop).to_be_visible()
    assert selected
    assert other.page.evaluate("getSelection().toString()") == selected
    chat.stop.click()
    chat.finished()
    assert other.finished() == chat.finished()
    expect(other.stop).to_be_hidden()


def test_an_edit_that_is_open_survives_what_another_tab_does(two: tuple[Chat, Chat]):
    chat, other = two
    other.box.press("ArrowUp")
    field = other.questions.get_by_role("textbox")
    field.fill("Half a")
    before = other.replies.get_attribute("data-message")
    edit(chat.questions.last, "Goodbye")
    expect(other.replies).not_to_have_attribute("data-message", before)
    expect(field).to_be_focused()
    field.press_sequentially(" thought")
    expect(field).to_have_value("Half a thought")
    field.press("Escape")
    expect(other.questions.locator(".bubble")).to_have_text("Goodbye")
    expect(other.questions.locator(".pager")).to_contain_text("2 / 2")


def test_words_of_an_edit_whose_message_left_the_page_are_in_the_box(
    two: tuple[Chat, Chat],
):
    chat, other = two
    chat.ask("Thank you!")
    expect(other.replies).to_have_count(2)
    other.box.press("ArrowUp")
    other.questions.last.get_by_role("textbox").fill("Half a thought")
    edit(chat.questions.first, "Goodbye")
    expect(other.toasts).to_contain_text("Your words are in the box")  # soon it goes
    expect(other.box).to_have_value("Half a thought")
    both_show(chat, other, "Goodbye")


def test_a_reader_stays_where_they_read_while_a_branch_changes(two: tuple[Chat, Chat]):
    chat, other = two
    chat.ask(LONG)
    chat.ask("Thank you!")
    expect(other.replies).to_have_count(3)
    other.finished()
    other.page.mouse.move(700, 300)
    other.page.mouse.wheel(0, -1200)
    jump = other.page.get_by_role("button", name="Jump to the latest message")
    expect(jump).to_be_visible()
    place = lambda: other.page.evaluate(TOP_OF_FIRST)  # noqa: E731
    before = at_rest(other.page, place)
    edit(chat.questions.last, "Goodbye")
    expect(other.questions.last.locator(".bubble")).to_have_text("Goodbye")
    other.finished()
    assert place() == pytest.approx(before, abs=1)


@pytest.mark.unhurried
def test_title_and_dots_are_the_same_in_both(
    context: BrowserContext, chat: Chat, new_chat: Callable[..., Chat]
):
    chat.ask("Hello")
    other = new_chat(context, "/")
    row = other.rows.first
    chat.rename(chat.rows.first, "Rye bread")
    expect(row).to_contain_text("Rye bread")
    third = new_chat(context, chat.path)
    chat.say(STORY)
    expect(row).to_have_attribute("data-running", "")
    chat.page.get_by_role("link", name="New chat").first.click()
    third.page.close()
    expect(row).to_have_attribute("data-unread", "")
    expect(row).not_to_have_attribute("data-running", "")
    expect(other.toasts).to_contain_text("“Rye bread” has a new reply.")
    other.toasts.get_by_role("link", name="Open").click()
    expect(other.replies).to_have_count(2)
    for tab in (chat, other):
        expect(tab.rows.first).not_to_have_attribute("data-unread", "")
