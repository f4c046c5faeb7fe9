"""Commands and tools on the page: offered, answered, shown, taken back."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from tests.browser.chat import STORY, Chat
from tests.browser.test_sending import OFFLINE
from tests.browser.test_small_and_dark import PHONE, SIDEWAYS
from tests.browser.watched import Complaints

REMEMBER = 'use the tool remember {"key": "diet", "value": "vegan"}'


def options(chat: Chat) -> Locator:
    return chat.page.get_by_role("listbox", name="Commands").get_by_role("option")


def cards(chat: Chat) -> Locator:
    return chat.page.locator("#thread > .card")


# --- what they change is on the page
def test_the_page_shows_what_a_command_has_chosen(chat: Chat):
    chat.ask("Hello " * 400)
    expect(chat.page.locator("#gauge")).not_to_have_text("0 %")
    chat.say("/model demo-echo-context")
    expect(chat.page.locator("#composer .model")).to_have_text("demo-echo-context")
    chat.say("/reset")
    expect(chat.page.locator("#gauge")).to_have_text("0 %")
    expect(cards(chat)).to_have_count(2)


# --- completion
def test_a_slash_offers_the_commands_and_letters_narrow_them(chat: Chat):
    chat.box.press_sequentially("/")
    expect(options(chat).filter(visible=True)).to_have_count(14)
    expect(chat.box).to_have_role("combobox")
    expect(chat.box).to_have_attribute("aria-expanded", "true")
    chat.box.press_sequentially("SE")
    expect(options(chat).filter(visible=True)).to_have_text(
        ["/set name Maya Remember a fact about you, under a name"]
    )
    chat.box.press_sequentially("x")
    expect(options(chat)).to_have_count(0)
    expect(chat.box).to_have_role("textbox")
    expect(chat.box).not_to_have_attribute("aria-expanded", "true")


def test_arrows_choose_and_tab_or_enter_completes(chat: Chat):
    chat.box.press_sequentially("/")
    chosen = options(chat).and_(chat.page.locator("[aria-selected=true]"))
    expect(chosen).to_contain_text("/help")
    chat.box.press("ArrowUp")
    expect(chosen).to_contain_text("/export")
    expect(chosen).to_be_in_viewport()
    chat.box.press("ArrowDown")
    chat.box.press("ArrowDown")
    expect(chosen).to_contain_text("/set")
    told = chat.box.get_attribute("aria-activedescendant")
    assert told == chosen.get_attribute("id")
    chat.box.press("Tab")
    expect(chat.box).to_have_value("/set ")
    expect(chat.box).to_be_focused()
    expect(options(chat)).to_have_count(0)
    chat.box.press("Control+z")
    expect(chat.box).to_have_value("/")
    chat.box.press_sequentially("fac")
    chat.box.press("Enter")
    expect(chat.box).to_have_value("/facts")
    expect(cards(chat)).to_have_count(0)
    chat.box.press("Enter")
    expect(cards(chat)).to_contain_text("Nothing is known about you yet.")


def test_a_name_typed_in_full_needs_one_enter(chat: Chat):
    chat.box.press_sequentially("/facts")
    chat.box.press("Enter")
    expect(cards(chat)).to_have_count(1)
    expect(chat.box).to_have_value("")


@pytest.mark.unhurried
def test_escape_closes_the_list_and_nothing_else(chat: Chat):
    chat.say(STORY)
    chat.begun()
    chat.box.press_sequentially("/f")
    expect(options(chat).filter(visible=True)).to_have_count(2)
    chat.box.press("Escape")
    expect(options(chat)).to_have_count(0)
    expect(chat.replies).to_have_attribute("aria-busy", "true")
    chat.box.press("Escape")
    expect(chat.replies).to_have_attribute("data-status", "stopped")


def test_a_mouse_chooses_and_the_box_keeps_the_keyboard(chat: Chat):
    chat.box.press_sequentially("/")
    options(chat).filter(has_text="/remember").click()
    expect(chat.box).to_have_value("/remember ")
    expect(chat.box).to_be_focused()


@pytest.mark.parametrize("path", ["/etc/hosts", "//set name"])
def test_what_is_no_command_is_a_message(chat: Chat, path: str):
    chat.ask(path)
    expect(chat.questions.locator(".bubble")).to_have_text(path.replace("//", "/"))
    expect(cards(chat)).to_have_count(0)


def test_on_a_phone_a_finger_chooses_and_nothing_runs_over_the_side(
    new_context: Callable[..., BrowserContext], new_chat: Callable[..., Chat]
):
    chat = new_chat(new_context(**PHONE))
    chat.box.tap()
    chat.box.press_sequentially("/")
    assert chat.page.evaluate(SIDEWAYS) <= 0
    expect(options(chat).first).to_be_in_viewport()
    options(chat).filter(has_text="/set").first.tap()
    expect(chat.box).to_have_value("/set ")
    chat.box.press_sequentially("name Maya")
    chat.send.tap()
    expect(cards(chat)).to_contain_text("Remembered: name: Maya")
    expect(cards(chat)).to_be_in_viewport()
    chat.box.fill("/help")
    chat.send.tap()
    expect(cards(chat).last).to_contain_text("Rename this conversation")
    assert chat.page.evaluate(SIDEWAYS) <= 0


# --- what they answer
def test_an_answer_is_a_card_and_no_conversation_comes_of_it(chat: Chat):
    chat.say("/set name Maya")
    expect(cards(chat).get_by_role("status")).to_have_text("Remembered: name: Maya")
    expect(chat.questions).to_have_count(0)
    expect(chat.page.locator("#empty")).to_be_visible()
    assert chat.path == "/"
    expect(chat.rows).to_have_count(0)
    assert "Maya" in chat.ask("What is my name?")
    chat.say("/help")
    help_card = cards(chat).last
    expect(help_card.locator("dt")).to_have_count(14)
    # nothing of it is out of sight while there is room below
    expect(help_card.locator("p").first).to_be_in_viewport()
    expect(help_card.locator("dt").nth(1)).to_have_text("/set name Maya")
    help_card.get_by_role("button", name="Dismiss").click()
    expect(cards(chat)).to_have_count(1)
    chat.page.reload()
    expect(chat.replies).to_have_count(1)
    expect(cards(chat)).to_have_count(0)


def test_markup_in_an_answer_is_text_and_addresses_are_links(chat: Chat):
    chat.say("/set name <b>Maya</b>")
    expect(cards(chat)).to_contain_text("name: <b>Maya</b>")
    chat.ask("Hello")
    chat.say("/export")
    links = cards(chat).last.get_by_role("link")
    expect(links).to_have_count(3)
    expect(links.nth(1)).to_have_attribute("href", f"{chat.path}export.md")


def test_a_command_that_was_typed_offline_is_carried_out_later(
    chat: Chat, context: BrowserContext, complaints: Complaints
):
    complaints.expect(*OFFLINE, "closed before the connection")
    context.set_offline(True)
    chat.say("/set name Maya")
    expect(chat.questions.locator(".queued")).to_contain_text("back online")
    chat.say("What is my name?")
    context.set_offline(False)
    expect(cards(chat)).to_contain_text("Remembered")
    expect(chat.questions).to_have_count(1)
    assert "Maya" in chat.finished()


def test_a_reset_shows_an_empty_branch_and_keeps_its_answer(chat: Chat):
    chat.ask("The code word is Grebe.")
    chat.say("/reset")
    expect(chat.replies).to_have_count(0)
    expect(cards(chat)).to_contain_text("A new branch begins.")
    assert "Grebe" not in chat.ask("What is the code word?")
    expect(chat.questions.locator(".pager")).to_contain_text("2 / 2")


# --- tools
def test_a_call_is_shown_and_what_it_changed_can_be_taken_back(chat: Chat):
    chat.ask(REMEMBER)
    call = chat.replies.locator(".call")
    expect(call).to_have_attribute("data-status", "done")
    expect(call.locator("summary")).to_have_text("Remembered diet: vegan")
    expect(call.locator("pre").first).to_be_hidden()
    call.locator("summary").click()
    expect(call.locator("pre").first).to_have_text('{"key":"diet","value":"vegan"}')
    here = chat.path
    call.get_by_role("button", name="Undo").click()
    expect(chat.page.locator("#toasts")).to_contain_text("Taken back.")
    chat.open(here)
    expect(chat.replies.locator(".call")).to_have_count(1)
    expect(call.get_by_role("button", name="Undo")).to_have_count(0)
    chat.say("/facts")
    expect(cards(chat).last).to_contain_text("Nothing is known")


def test_a_call_is_on_the_page_while_it_runs(chat: Chat):
    seen = chat.page.evaluate_handle("""() => {
      const seen = [];
      const look = () => {
        const rows = [...document.querySelectorAll(".call")];
        const now = rows.map((row) => `${row.dataset.status} ${row.textContent}`);
        if (now.length && now.join() !== seen.at(-1)) seen.push(now.join());
      };
      const changes = { childList: true, subtree: true, attributes: true };
      new MutationObserver(look).observe(document.body, changes);
      return seen;
    }""")
    chat.ask(REMEMBER)
    told = seen.evaluate("(seen) => seen")
    assert any(
        re.match("(running Remember…|done Remembered diet: vegan)$", t) for t in told
    )
    expect(chat.replies.locator(".call")).to_have_count(1)
