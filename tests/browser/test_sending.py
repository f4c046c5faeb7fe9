"""The composer: what is sent, what is not, and that nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.chat import STORY, Chat, sign_in, sign_out
from tests.browser.watched import Complaints

OFFLINE = ("ERR_INTERNET_DISCONNECTED", "net::ERR_FAILED")


def test_markup_that_is_typed_is_shown_as_text(chat: Chat):
    markup = "<script>document.title = 'taken'</script> <b>bold</b> & more"
    chat.ask(markup)
    expect(chat.questions.locator(".bubble")).to_have_text(markup)
    chat.page.reload()
    expect(chat.questions.locator(".bubble")).to_have_text(markup)
    assert chat.page.title() != "taken"
    expect(chat.page.locator(".bubble b, .prose script")).to_have_count(0)


@pytest.mark.parametrize("nothing", ["", "   ", "\n \n\t"])
def test_nothing_is_not_sent(chat: Chat, nothing: str):
    chat.box.fill(nothing)
    expect(chat.send).to_be_disabled()
    chat.box.press("Enter")
    chat.page.wait_for_timeout(200)
    expect(chat.questions).to_have_count(0)
    assert chat.path == "/"


def test_a_text_that_is_too_long_is_refused_and_kept(chat: Chat):
    text = "é" * 17_000  # 34 000 bytes
    chat.box.fill(text)
    chat.send.click()
    expect(chat.page.get_by_role("alert")).to_contain_text("32 KB")
    assert chat.box.input_value() == text
    expect(chat.questions).to_have_count(0)
    chat.box.fill("é" * 16_000)
    expect(chat.page.get_by_role("alert")).to_have_count(0)


def test_enter_sends_and_shift_enter_makes_a_line(chat: Chat):
    chat.box.press_sequentially("one")
    chat.box.press("Shift+Enter")
    chat.box.press_sequentially("two")
    expect(chat.questions).to_have_count(0)
    chat.box.press("Enter")
    expect(chat.questions.locator(".bubble")).to_have_text("one\ntwo")
    expect(chat.box).to_have_value("")
    expect(chat.box).to_be_focused()


def test_a_draft_waits_in_its_conversation(chat: Chat):
    chat.ask("Hello")
    here = chat.path
    chat.box.fill("half a thought")
    chat.page.get_by_role("link", name="New chat").first.click()
    expect(chat.box).to_have_value("")
    chat.box.fill("another")
    chat.page.reload()
    expect(chat.box).to_have_value("another")
    chat.open(here)
    expect(chat.box).to_have_value("half a thought")


def test_a_suggestion_fills_the_box_and_can_be_undone(chat: Chat):
    chat.page.locator("[data-fill]").first.click()
    expect(chat.box).to_be_focused()
    assert chat.box.input_value()
    expect(chat.send).to_be_enabled()
    expect(chat.questions).to_have_count(0)
    chat.page.keyboard.press("Control+z")
    expect(chat.box).to_have_value("")


def test_signing_out_leaves_nothing_of_the_person_in_the_browser(chat: Chat):
    chat.box.fill("a secret draft")
    chat.page.get_by_role("button", name="Sign out").click()
    expect(chat.page.get_by_role("button", name="Sign in")).to_be_visible()
    assert chat.page.evaluate("JSON.stringify(localStorage)") == "{}"


def test_what_is_typed_offline_is_sent_once_when_back(
    chat: Chat, context: BrowserContext, complaints: Complaints
):
    complaints.expect(*OFFLINE)
    chat.ask("Hello")
    context.set_offline(True)
    expect(chat.page.locator(".offline")).to_be_visible()
    chat.say("My name is Maya.")
    waiting = chat.questions.last
    expect(waiting).to_have_attribute("data-state", "queued")
    expect(waiting).to_contain_text("Will be sent when you are back online")
    context.set_offline(False)
    expect(chat.replies).to_have_count(2)
    chat.finished()
    expect(chat.page.locator(".offline")).to_be_hidden()
    chat.page.reload()
    expect(chat.questions).to_have_count(2)
    expect(chat.replies).to_have_count(2)


def test_a_reply_that_ended_while_offline_is_caught_up_with(
    chat: Chat, context: BrowserContext, complaints: Complaints
):
    complaints.expect(*OFFLINE)
    chat.say(STORY)
    chat.begun()
    context.set_offline(True)
    chat.page.wait_for_timeout(3000)
    context.set_offline(False)
    assert "more often than not" in chat.finished()
    expect(chat.replies).to_have_count(1)


def test_two_quick_messages_make_one_conversation(chat: Chat):
    chat.page.evaluate(
        """() => {
          const box = document.getElementById("text");
          for (const text of ["first", "second"]) {
            box.value = text;
            box.form.requestSubmit();
          }
        }"""
    )
    expect(chat.replies).to_have_count(2)
    chat.finished()
    expect(chat.questions.locator(".bubble")).to_have_text(["first", "second"])
    expect(chat.rows).to_have_count(1)


def test_signed_out_elsewhere_keeps_what_was_written_until_one_is_back(
    chat: Chat, context: BrowserContext, complaints: Complaints, live: str
):
    complaints.expect("401 (Unauthorized)")  # of what is on its way then
    chat.ask("Hello")
    chat.box.fill("My name is Maya.")
    sign_out(context, chat.page, live)
    dialog = chat.page.get_by_role("dialog")
    expect(dialog).to_contain_text("What you have written is kept")
    dialog.get_by_role("link", name="Other ways to sign in").click()
    expect(chat.page.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in(chat.page, chat.email)
    expect(chat.box).to_have_value("My name is Maya.")
    chat.box.press("Enter")
    expect(chat.replies).to_have_count(2)
    chat.finished()
    chat.page.reload()
    expect(chat.questions.last.locator(".bubble")).to_have_text("My name is Maya.")
    expect(chat.questions).to_have_count(2)


def test_several_messages_typed_offline_go_out_in_order_even_after_a_restart(
    chat: Chat,
    context: BrowserContext,
    complaints: Complaints,
    new_chat: Callable[..., Chat],
):
    complaints.expect(*OFFLINE)
    chat.ask("Hello")
    here, typed = chat.path, ["My name is Maya.", "Thank you!", "What is my name?"]
    context.set_offline(True)
    expect(chat.page.locator(".offline")).to_be_visible()
    for text in typed:
        chat.say(text)
    expect(chat.page.get_by_text("Will be sent when you are back")).to_have_count(3)
    chat.page.close()  # the browser ends, say
    context.set_offline(False)
    again = new_chat(context, here)
    expect(again.replies).to_have_count(4)
    assert "Maya" in again.finished()
    expect(again.questions.locator(".bubble")).to_have_text(["Hello", *typed])
    again.page.reload()
    expect(again.questions.locator(".bubble")).to_have_text(["Hello", *typed])
    assert again.page.evaluate("Object.keys(localStorage).join()") == ""


def test_what_follows_a_refused_message_waits_for_it(
    chat: Chat,
    context: BrowserContext,
    complaints: Complaints,
    new_context: Callable[..., BrowserContext],
):
    complaints.expect(*OFFLINE)
    chat.ask("Hello")
    elsewhere = Chat(new_context().new_page(), chat.address).open(chat.path)
    sign_in(elsewhere.page, chat.email)
    expect(elsewhere.replies).to_have_count(1)
    context.set_offline(True)
    expect(chat.page.locator(".offline")).to_be_visible()
    chat.say("What is my name?")
    chat.say("Thank you!")
    elsewhere.ask("My name is Maya.")
    context.set_offline(False)
    first, second = chat.questions.nth(-2), chat.questions.last
    expect(first).to_contain_text("The conversation has gone on since")
    expect(second).to_contain_text("Will be sent after the message before it")
    expect(chat.replies).to_have_count(2)  # what it has gone on with
    first.get_by_role("button", name="Try again").click()
    expect(chat.replies).to_have_count(4)
    chat.finished()
    expect(chat.questions.locator(".bubble")).to_have_text(
        ["Hello", "My name is Maya.", "What is my name?", "Thank you!"]
    )
    expect(chat.replies.nth(2)).to_contain_text("Maya")
