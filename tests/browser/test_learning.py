"""What a person says of themselves is noted, shown below the reply, and taken back."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.chat import Chat, sign_in

SAID = "My name is Maya and I live in Oslo"
SIDEWAYS = "document.documentElement.scrollWidth - innerWidth"


def shoot(page: Page, name: str) -> None:
    """A picture to look at, for who asks for them."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"learned-{name}.png")


def test_it_is_shown_at_once_announced_and_taken_back(
    chat: Chat, new_chat: Callable[..., Chat], context: BrowserContext
):
    chat.mark()
    chat.ask(SAID)
    lines = chat.page.locator("[data-learned] > li")
    expect(lines).to_have_count(2)
    expect(lines.first).to_contain_text("Memory updated: name: Maya")
    expect(chat.status).to_contain_text("Memory updated: name: Maya")
    other = new_chat(context, chat.path)
    expect(other.page.locator("[data-learned] > li")).to_have_count(2)

    chat.page.get_by_role("button", name="Undo: name").click()

    expect(lines).to_have_count(1)
    expect(chat.toasts).to_contain_text("Taken back.")
    expect(other.page.locator("[data-learned] > li")).to_have_count(1)
    assert not chat.was_reloaded
    lines.get_by_role("link").click()
    known = chat.page.locator("ul.known > li")
    expect(known).to_have_count(1)
    expect(known).to_contain_text("Learned from a conversation")
    known.get_by_role("link", name="Learned from a conversation").click()
    expect(chat.questions).to_contain_text(SAID)


def test_without_scripts_it_is_read_and_taken_back(
    chat: Chat, new_context: Callable[..., BrowserContext]
):
    chat.ask(SAID)
    expect(chat.page.locator("[data-learned] > li")).to_have_count(2)
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{chat.address}/accounts/login/")
    sign_in(page, chat.email)
    expect(page).to_have_url(f"{chat.address}/")
    page.goto(chat.address + chat.path)
    page.get_by_role("button", name="Undo: home").click()
    expect(page.locator("[data-learned] > li")).to_have_count(1)
    expect(page.locator("article.user")).to_have_count(1)  # the same page again


def test_core_memory_is_written_by_both_and_restored(chat: Chat):
    chat.ask('use the tool edit_memory {"block": "assistant", "new": "Be brief."}')
    call = chat.page.locator(".call")
    expect(call).to_contain_text("Noted, how it is with you: Be brief.")
    chat.page.goto(f"{chat.address}/settings/core/")
    block = chat.page.get_by_role("textbox", name="How the assistant is with you")
    expect(block).to_have_value("Be brief.")
    block.fill("Be kind.")
    chat.page.get_by_role("button", name="Save: How the assistant is with you").click()
    expect(chat.toasts).to_contain_text("Saved.")
    chat.page.get_by_text("Versions: 2").click()
    chat.page.get_by_role("button", name="Restore version 1").click()
    expect(block).to_have_value("Be brief.")


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_every_window_by_day_and_by_night(
    new_context: Callable[..., BrowserContext],
    new_chat: Callable[..., Chat],
    scheme: str,
    width: int,
):
    size = {"width": width, "height": 800}
    chat = new_chat(new_context(viewport=size, color_scheme=scheme))
    chat.ask(SAID)
    lines = chat.page.locator("[data-learned] > li")
    expect(lines).to_have_count(2)
    shoot(chat.page, f"{scheme}-{width}-thread")
    assert chat.page.evaluate(SIDEWAYS) <= 0
    for page in ("facts", "core"):
        chat.page.goto(f"{chat.address}/settings/{page}/")
        shoot(chat.page, f"{scheme}-{width}-{page}")
        assert chat.page.evaluate(SIDEWAYS) <= 0
