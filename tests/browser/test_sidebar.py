"""The list of conversations, and what can be done with them from there."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.browser.chat import STORY, Chat, eventually


def choose(chat: Chat, row: Locator, item: str) -> None:
    row.hover()
    row.get_by_role("button", name="Options").click()
    row.locator(".menu").get_by_text(item, exact=True).click()


def test_a_double_click_renames_in_place(chat: Chat):
    chat.ask("Hello")
    row = chat.rows.first
    field = chat.page.get_by_label("Title", exact=True)
    chat.rename(row, "Rye bread")
    expect(chat.page.get_by_role("heading", level=1)).to_have_text("Rye bread")
    expect(chat.page).to_have_title(re.compile("^Rye bread"))

    row.get_by_role("link").first.dblclick()
    field.fill("Never mind")
    field.press("Escape")
    expect(row).to_contain_text("Rye bread")

    choose(chat, row, "Rename")
    field.fill("Sourdough")
    with chat.page.expect_response("**/rename/"):
        chat.box.click()
    expect(row).to_contain_text("Sourdough")
    chat.page.reload()
    expect(row).to_contain_text("Sourdough")


def test_what_was_done_last_arrives_though_the_page_is_left(chat: Chat):
    chat.ask("Hello")
    row = chat.rows.first
    row.get_by_role("link").first.dblclick()
    chat.page.get_by_label("Title", exact=True).fill("Sourdough")
    chat.page.evaluate("document.activeElement.blur(); location.assign('/settings/')")
    chat.page.wait_for_url("**/settings/**")
    chat.page.wait_for_timeout(500)

    def is_kept() -> bool:
        chat.open()
        return "Sourdough" in row.inner_text()

    assert eventually(chat.page, is_kept)


def test_a_deleted_conversation_can_be_brought_back(chat: Chat):
    chat.ask("Hello")
    gone = chat.path
    chat.mark()
    choose(chat, chat.rows.first, "Delete")
    expect(chat.rows).to_have_count(0)
    expect(chat.questions).to_have_count(0)
    chat.is_at("/")
    chat.toasts.get_by_role("button", name="Undo").click()
    expect(chat.rows).to_have_count(1)
    chat.rows.first.get_by_role("link").first.click()
    expect(chat.questions).to_have_count(1)
    chat.is_at(gone)
    assert not chat.was_reloaded


def test_an_archived_conversation_can_be_brought_back(chat: Chat):
    chat.ask("Hello")
    choose(chat, chat.rows.first, "Archive")
    expect(chat.rows).to_have_count(0)
    chat.toasts.get_by_role("button", name="Undo").click()
    expect(chat.rows).to_have_count(1)
    chat.open("/c/")
    row = chat.page.locator(".library tbody tr")
    row.get_by_role("button", name="Options").click()
    row.get_by_role("button", name="Archive").click()
    expect(row).to_contain_text("Archived")
    expect(chat.page.get_by_role("heading", level=1)).to_be_focused()
    chat.toasts.get_by_role("button", name="Undo").click()
    expect(row).not_to_contain_text("Archived")
    expect(chat.rows).to_have_count(1)


def test_what_is_restored_where_it_is_read_can_be_gone_on_with(chat: Chat):
    chat.ask("Hello")
    talk = chat.path
    choose(chat, chat.rows.first, "Delete")
    chat.is_at("/")
    chat.open(talk)
    expect(chat.box).to_have_count(0)
    dock = chat.page.locator(".dock")
    dock.get_by_role("button", name="Restore").click()
    expect(chat.box).to_be_focused()
    expect(chat.rows).to_have_count(1)
    chat.ask("Hello again")


def test_pinning_moves_a_row_to_the_pinned_ones(chat: Chat):
    chat.ask("Hello")
    chat.page.get_by_role("link", name="New chat").first.click()
    expect(chat.replies).to_have_count(0)
    chat.ask("Show me a list.")
    expect(chat.rows).to_have_count(2)
    first = chat.rows.nth(1).get_attribute("id")
    choose(chat, chat.rows.nth(1), "Pin")
    pinned = chat.page.locator("section[data-group=pinned] li")
    expect(pinned).to_have_count(1)
    expect(pinned).to_have_attribute("id", first)
    expect(chat.rows).to_have_count(2)
    choose(chat, pinned, "Unpin")
    expect(pinned).to_have_count(0)
    expect(chat.rows).to_have_count(2)


def test_the_keyboard_stays_in_the_list_when_a_row_moves_or_goes(chat: Chat):
    chat.ask("Hello")
    chat.page.get_by_role("link", name="New chat").first.click()
    expect(chat.replies).to_have_count(0)
    chat.ask("Show me a list.")
    expect(chat.rows).to_have_count(2)
    options = chat.rows.nth(1).get_by_role("button", name="Options")

    def by_keys(item: str) -> None:
        options.press("Enter")
        chat.rows.nth(1).locator(".menu").get_by_text(item, exact=True).press("Enter")

    by_keys("Pin")
    expect(chat.page.locator("section[data-group=pinned] li")).to_have_count(1)
    expect(chat.rows.nth(0).get_by_role("button", name="Options")).to_be_focused()
    chat.rows.nth(1).get_by_role("link").first.click()
    options = chat.rows.nth(0).get_by_role("button", name="Options")
    options.press("Enter")
    chat.rows.nth(0).locator(".menu").get_by_text("Archive").press("Enter")
    expect(chat.rows).to_have_count(1)
    expect(chat.rows.nth(0).get_by_role("link").first).to_be_focused()


def test_a_renamed_row_says_its_new_title_wherever_it_says_one(chat: Chat):
    chat.ask("Hello")
    chat.rename(chat.rows.first, "Rye bread")
    options = chat.rows.first.get_by_role("button")
    expect(options).to_have_accessible_name("Options for “Rye bread”")


def test_a_list_asked_for_before_a_change_does_not_take_it_back(chat: Chat):
    chat.ask("Hello")
    held: list[Route] = []
    lists = re.compile(r"/c/rows/$")
    chat.page.route(lists, lambda route: held.append(route), times=1)
    choose(chat, chat.rows.first, "Pin")
    assert eventually(chat.page, lambda: bool(held))
    old = held[0].fetch()
    chat.rename(chat.rows.first, "A talk of before")
    with chat.page.expect_request(lists):
        held[0].fulfill(response=old)
    expect(chat.page.get_by_role("heading", name="Pinned")).to_be_visible()
    expect(chat.rows.first).to_contain_text("A talk of before")


def test_a_list_that_comes_takes_no_button_from_under_the_hand(chat: Chat):
    chat.ask("Hello")
    row = chat.rows.first
    options = row.get_by_role("button", name="Options")
    row.hover()
    options.hover()
    chat.page.mouse.down()
    token = chat.page.locator("meta[name=csrf-token]").get_attribute("content")
    chat.page.context.request.post(
        f"{chat.address}{chat.path}pin/",
        headers={"X-CSRFToken": token, "X-Fragment": "none"},
    )
    chat.page.wait_for_timeout(800)
    chat.page.mouse.up()
    expect(row.locator(".menu")).to_be_visible()
    chat.page.keyboard.press("Escape")
    expect(chat.page.get_by_role("heading", name="Pinned")).to_be_visible()


def test_a_title_that_is_cut_off_can_be_read_under_the_pointer(chat: Chat):
    chat.ask("Hello")
    name = chat.rows.first.locator("a > span")
    chat.rename(chat.rows.first, "Rye")
    name.hover()
    expect(name).not_to_have_attribute("title", "Rye")
    long = "What rye flour does in a sourdough that stands overnight in the cold"
    chat.rename(chat.rows.first, long)

    def told() -> bool:  # the row may be made anew under the pointer
        chat.box.hover()
        name.hover()
        return name.get_attribute("title") == long

    assert eventually(chat.page, told)


@pytest.mark.unhurried
def test_a_reply_that_ends_elsewhere_is_told_and_marked_until_it_is_seen(chat: Chat):
    chat.say(STORY)
    chat.begun()
    chat.page.get_by_role("link", name="New chat").first.click()
    expect(chat.rows).to_have_attribute("data-unread", "")
    expect(chat.toasts).to_contain_text("has a new reply")
    chat.toasts.get_by_role("link", name="Open").click()
    expect(chat.replies).to_have_count(1)
    expect(chat.rows).not_to_have_attribute("data-unread", "")
    expect(chat.toasts).to_have_text("")
    chat.page.reload()
    chat.open("/")
    expect(chat.rows).not_to_have_attribute("data-unread", "")


def test_the_title_grows_from_the_first_words_to_one_that_fits(chat: Chat):
    chat.ask("How do I bake a sourdough loaf with rye flour in a small oven?")
    heading = chat.page.get_by_role("heading", level=1)
    link = chat.rows.first.get_by_role("link").first
    same = lambda: link.inner_text() == heading.inner_text()  # noqa: E731
    assert eventually(chat.page, same)
    assert len(heading.inner_text()) < 60


def test_the_library_lists_and_finds_conversations(chat: Chat):
    chat.ask("Hello")
    chat.rename(chat.rows.first, "Rye bread")
    chat.mark()
    chat.page.get_by_role("link", name="All conversations").click()
    search = chat.page.get_by_role("searchbox")
    table = chat.page.locator("main table")
    expect(table).to_contain_text("Rye bread")
    assert not chat.was_reloaded
    search.fill("nothing has these words")
    search.press("Enter")
    expect(table).to_have_count(0)
