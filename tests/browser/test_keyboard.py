"""Everything by keyboard, and nothing that a keyboard does by surprise."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.chat import STORY, Chat

FOCUSED = """() => {
  const at = document.activeElement;
  return at.getAttribute("aria-label") || at.innerText.split("\\n")[0].trim() || at.id;
}"""


def test_tab_goes_through_the_page_in_reading_order(chat: Chat):
    chat.ask("Hello")
    chat.page.reload()
    chat.page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    visited = []
    for _ in range(40):
        chat.page.keyboard.press("Tab")
        visited.append(chat.page.evaluate(FOCUSED))
        if chat.page.evaluate("document.activeElement.id") == "text":
            break
    wanted = ["Skip to the page", "New chat", "Search", "Sign out"]
    positions = [
        next(i for i, v in enumerate(visited) if v.startswith(w)) for w in wanted
    ]
    assert positions == sorted(positions)
    assert visited[-1] == "text"
    assert "" not in visited


def test_question_mark_shows_the_keys_but_can_be_typed_and_switched_off(chat: Chat):
    sheet = chat.page.get_by_role("dialog")
    chat.box.press("?")
    expect(chat.box).to_have_value("?")
    expect(sheet).to_have_count(0)
    chat.page.evaluate("document.activeElement.blur()")
    chat.page.keyboard.press("?")
    expect(sheet).to_contain_text("Stop the reply")
    sheet.get_by_label("shows this list").uncheck()
    chat.page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    chat.page.keyboard.press("?")
    expect(sheet).to_have_count(0)
    chat.page.keyboard.press("Control+/")
    expect(sheet.get_by_label("shows this list")).not_to_be_checked()


def test_shortcuts_move_between_conversations(chat: Chat):
    chat.ask("Hello")
    first = chat.path
    chat.page.keyboard.press("Control+Shift+o")
    expect(chat.replies).to_have_count(0)
    expect(chat.box).to_be_focused()
    chat.ask("Show me a list.")
    second = chat.path
    expect(chat.rows).to_have_count(2)
    chat.page.keyboard.press("Alt+ArrowDown")
    expect(chat.page.locator("#thread")).to_have_attribute(
        "data-conversation", first.strip("/").removeprefix("c/")
    )
    chat.page.keyboard.press("Alt+ArrowUp")
    expect(chat.page.locator("#thread")).to_have_attribute(
        "data-conversation", second.strip("/").removeprefix("c/")
    )


def test_shortcuts_choose_the_model_delete_and_open_the_settings(chat: Chat):
    chat.ask("Hello")
    chat.page.keyboard.press("Control+Shift+m")
    panel = chat.page.locator("#inspector")
    expect(panel.get_by_label("Model")).to_be_visible()
    chat.page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(chat.page.locator("#menu-here [data-verb=delete]")).to_be_attached()
    chat.page.keyboard.press("Control+Shift+Backspace")
    chat.is_at("/")
    chat.toasts.get_by_role("button", name="Undo").click()
    expect(chat.rows).to_have_count(1)
    chat.page.keyboard.press("Control+.")
    chat.is_at("/settings/")


def test_all_shortcuts_can_be_switched_off_and_on_again(chat: Chat):
    sheet = chat.page.get_by_role("dialog")
    chat.page.keyboard.press("Control+/")
    sheet.get_by_label("Shortcuts are on").uncheck()
    chat.page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    chat.page.keyboard.press("Control+b")
    chat.page.keyboard.press("Control+k")
    expect(sheet).to_have_count(0)
    expect(chat.page.get_by_role("navigation", name="Conversations")).to_be_visible()
    chat.page.keyboard.press("Control+/")
    sheet.get_by_label("Shortcuts are on").check()
    chat.page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    chat.page.keyboard.press("Control+k")
    expect(sheet).to_have_count(1)


def test_the_sidebar_goes_and_comes_back_and_stays_as_it_was(chat: Chat):
    rail = chat.page.get_by_role("navigation", name="Conversations")
    expect(rail).to_be_visible()
    chat.page.keyboard.press("Control+b")
    expect(rail).to_be_hidden()
    chat.page.reload()
    expect(rail).to_be_hidden()
    chat.page.keyboard.press("Control+b")
    expect(rail).to_be_visible()


def test_a_shortcut_gets_other_keys_unless_they_are_taken(chat: Chat):
    sheet = chat.page.get_by_role("dialog")
    rail = chat.page.get_by_role("navigation", name="Conversations")
    chat.page.keyboard.press("Control+/")
    change = sheet.get_by_role("button", name="Show or hide the sidebar")
    said = sheet.get_by_role("status")
    change.click()
    expect(change).to_have_text("Press keys…")
    for refused, why in [
        ("Control+k", "“Search” has these keys."),
        ("Control+w", "The browser needs these keys itself."),
        ("g", "Hold Ctrl, ⌘ or Alt as well."),
    ]:
        chat.page.keyboard.press(refused)
        expect(said).to_have_text(why)
    chat.page.keyboard.press("Escape")
    expect(change).to_have_text("CtrlB")
    expect(sheet).to_have_count(1)
    change.click()
    chat.page.keyboard.press("Alt+g")
    expect(change).to_have_text("AltG")
    sheet.get_by_role("button", name="Close").click()

    chat.page.reload()
    chat.page.keyboard.press("Control+b")
    expect(rail).to_be_visible()
    chat.page.keyboard.press("Alt+g")
    expect(rail).to_be_hidden()
    chat.page.keyboard.press("Control+/")
    sheet.get_by_role("button", name="Usual keys again").click()
    expect(change).to_have_text("CtrlB")
    sheet.get_by_role("button", name="Close").click()
    chat.page.keyboard.press("Control+Shift+S")
    expect(rail).to_be_visible()


@pytest.mark.unhurried
def test_escape_closes_a_menu_before_it_stops_a_reply(chat: Chat):
    chat.say(STORY)
    chat.begun()
    chat.rows.first.hover()
    chat.rows.first.get_by_role("button", name="Options").click()
    menu = chat.rows.first.locator(".menu")
    expect(menu).to_be_visible()
    chat.page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(chat.stop).to_be_visible()
    chat.page.keyboard.press("Escape")
    expect(chat.replies.last).to_have_attribute("data-status", "stopped")
