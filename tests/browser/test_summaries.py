"""The line in the thread that says what is summarised, and the page behind it."""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import product
from pathlib import Path

from playwright.sync_api import BrowserContext, Locator, Page, expect

from conversations.core.context.turns import KEPT_TURNS
from tests.browser.chat import Chat, sign_in
from tests.browser.watched import Complaints

SIDEWAYS = "document.documentElement.scrollWidth - innerWidth"


def talk(chat: Chat, turns: int = KEPT_TURNS + 1) -> None:
    chat.ask("My name is Maya, and I bake rye bread at night.")
    for number in range(1, turns):
        chat.ask(f"Loaf {number} had salt. Right?")


def compact(chat: Chat) -> Locator:
    chat.say("/compact")
    expect(chat.toasts).to_contain_text("messages summarised.")
    return chat.page.locator(".divider")


def shoot(page: Page, name: str) -> None:
    """A picture to look at, for who asks for them."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"summary-{name}.png")


def test_a_summary_is_made_looked_at_and_put_in_other_words(chat: Chat):
    talk(chat)
    chat.mark()
    line = compact(chat)
    expect(line.locator("p")).to_have_text("2 messages summarised")
    line.get_by_text("View").click()
    expect(line.locator(".quoted")).to_contain_text("Maya")
    above = line.evaluate("line => line.previousElementSibling.dataset.role")
    assert above == "assistant"

    line.get_by_role("button", name="Redo the summary").click()
    expect(chat.toasts).to_contain_text("2 messages summarised anew.")
    expect(line.locator(".quoted")).to_be_visible()
    assert not chat.was_reloaded

    line.get_by_role("link", name="Edit the summary").click()
    field = chat.page.get_by_label("Summary", exact=True)
    field.fill("Her name is Anna.")
    chat.page.get_by_role("button", name="Save").click()
    versions = chat.page.locator("main li")
    expect(versions).to_have_count(3)
    expect(versions.first).to_contain_text("edited by you")
    chat.page.get_by_role("link", name="Back to the conversation").click()
    line.get_by_text("View").click()
    expect(line.locator(".quoted")).to_have_text("Her name is Anna.")


def test_the_line_moves_on_and_a_second_tab_sees_it(
    chat: Chat, new_chat: Callable[..., Chat], context: BrowserContext
):
    talk(chat)
    other = new_chat(context, chat.path)
    compact(chat)
    expect(other.page.locator(".divider p")).to_have_text("2 messages summarised")
    chat.ask("And one more?")
    compact(chat)
    for each in (chat, other):
        line = each.page.locator(".divider")
        expect(line.locator("p")).to_have_text("4 messages summarised")
        expect(line).to_have_count(1)


def test_without_scripts_it_can_be_read_redone_and_edited(
    chat: Chat, new_context: Callable[..., BrowserContext], complaints: Complaints
):
    complaints.expect("422")  # the browser's own line about the empty one
    talk(chat)
    compact(chat)
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{chat.address}/accounts/login/")
    sign_in(page, chat.email)
    page.goto(chat.address + chat.path)
    page.get_by_text("View").click()
    expect(page.locator(".divider .quoted")).to_contain_text("Maya")
    page.get_by_role("button", name="Redo the summary").click()
    expect(page.locator("#toasts")).to_contain_text("The summary is being made anew.")
    expect(page.locator("article.user")).to_have_count(KEPT_TURNS + 1)
    expect(chat.toasts).to_contain_text("2 messages summarised anew.")
    page.get_by_role("link", name="Edit the summary").click()
    page.get_by_label("Summary", exact=True).fill("  ")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("A summary cannot be empty.")
    page.get_by_label("Summary", exact=True).fill("Her name is Anna.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("main li").first).to_contain_text("edited by you")


def test_it_fits_every_window_by_day_and_by_night(
    chat: Chat, new_context: Callable[..., BrowserContext]
):
    talk(chat)
    compact(chat)
    state = chat.page.context.storage_state()
    for scheme, width in product(("light", "dark"), (320, 390, 1280)):
        look = {"viewport": {"width": width, "height": 800}, "color_scheme": scheme}
        page = new_context(**look, storage_state=state).new_page()
        page.goto(chat.address + chat.path)
        line = page.locator(".divider")
        line.scroll_into_view_if_needed()
        shoot(page, f"{scheme}-{width}-line")
        line.get_by_text("View").click()
        expect(line.locator(".quoted")).to_be_visible()
        shoot(page, f"{scheme}-{width}-open")
        assert page.evaluate(SIDEWAYS) <= 0, look
        line.get_by_role("link", name="Edit the summary").click()
        expect(page.get_by_label("Summary", exact=True)).to_be_visible()
        page.locator("main li summary").first.click()
        shoot(page, f"{scheme}-{width}-page")
        assert page.evaluate(SIDEWAYS) <= 0, look
        page.close()
