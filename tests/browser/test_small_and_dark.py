"""Phones, narrow windows, dark rooms."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.chat import MIXED, STORY, Chat, eventually

PHONE = {
    "viewport": {"width": 390, "height": 780},
    "has_touch": True,
    "is_mobile": True,
}
NARROWEST = {"width": 320, "height": 640}
SIDEWAYS = "document.documentElement.scrollWidth - innerWidth"
LIGHTNESS = """() => {
  const paint = document.createElement("canvas").getContext("2d");
  paint.fillStyle = getComputedStyle(document.body).backgroundColor;
  paint.fillRect(0, 0, 1, 1);
  return Math.max(...paint.getImageData(0, 0, 1, 1).data.slice(0, 3));
}"""


@pytest.fixture
def phone(new_context: Callable[..., BrowserContext]) -> BrowserContext:
    return new_context(**PHONE)


def test_on_a_phone_the_drawer_opens_and_closes(
    phone: BrowserContext, new_chat: Callable[..., Chat]
):
    chat = new_chat(phone)
    rail = chat.page.locator("#rail")
    expect(rail).to_be_hidden()
    expect(chat.box).to_be_in_viewport()
    expect(chat.box).not_to_be_focused()  # the keyboard would cover the page
    chat.box.tap()
    chat.box.press_sequentially("Hello")
    chat.box.press("Enter")  # a new line here
    expect(chat.questions).to_have_count(0)
    chat.send.tap()
    chat.finished()
    expect(chat.box).to_be_in_viewport()

    opener = chat.page.get_by_role("button", name="Conversations")
    opener.tap()
    expect(rail).to_be_visible()
    chat.page.keyboard.press("Escape")
    expect(rail).to_be_hidden()
    opener.tap()
    rail.get_by_role("link", name="New chat").tap()
    expect(rail).to_be_hidden()
    expect(chat.replies).to_have_count(0)


@pytest.mark.unhurried
def test_a_finger_can_send_while_a_reply_comes(
    phone: BrowserContext, new_chat: Callable[..., Chat]
):
    chat = new_chat(phone)
    chat.box.fill(STORY)
    chat.send.tap()
    chat.begun()
    expect(chat.stop).to_be_visible()
    chat.box.fill("Thank you!")
    chat.send.tap()
    expect(chat.questions).to_have_count(2)
    expect(chat.stop).to_be_visible()


def test_nothing_runs_over_the_side_at_320_pixels(
    new_context: Callable[..., BrowserContext], new_chat: Callable[..., Chat]
):
    chat = new_chat(new_context(viewport=NARROWEST))
    for path in ("/c/", "/settings/", "/"):
        chat.open(path)
        assert chat.page.evaluate(SIDEWAYS) <= 0, path
    chat.ask(MIXED)
    assert chat.page.evaluate(SIDEWAYS) <= 0
    expect(chat.box).to_be_in_viewport()


LONG_TITLE = "What rye flour does in a sourdough that stands overnight in the cold"
SPILLED = "(it) => it.scrollWidth - it.clientWidth"


def test_long_titles_do_not_spread_a_page(chat: Chat):
    chat.ask("Hello")
    chat.rename(chat.rows.first, f"{LONG_TITLE} {LONG_TITLE}")
    chat.page.set_viewport_size(NARROWEST)
    chat.open("/")
    expect(chat.page.locator(".recent a")).to_be_visible()
    assert chat.page.locator("#scroll").evaluate(SPILLED) == 0
    chat.open("/c/")
    chat.page.locator(".library tbody th a").click()
    button = chat.page.get_by_role("button", name="Conversation options")
    assert button.bounding_box()["width"] >= 24


def test_nothing_to_jump_to_is_offered_on_a_first_page_higher_than_its_window(
    new_context: Callable[..., BrowserContext], new_chat: Callable[..., Chat]
):
    chat = new_chat(new_context(viewport={"width": 640, "height": 360}))
    rolls = "(it) => it.scrollHeight > it.clientHeight + 200"
    assert chat.page.locator("#scroll").evaluate(rolls)
    chat.page.mouse.move(300, 100)
    chat.page.mouse.wheel(0, 20)
    has_moved = "document.getElementById('scroll').scrollTop > 0"
    assert eventually(chat.page, lambda: chat.page.evaluate(has_moved))
    expect(chat.page.locator("#to-end")).to_be_hidden()


@pytest.mark.parametrize(("options", "lines"), [({}, 8), (PHONE, 4)])
def test_the_box_grows_to_so_many_lines(
    new_context: Callable[..., BrowserContext],
    new_chat: Callable[..., Chat],
    options: dict[str, object],
    lines: int,
):
    chat = new_chat(new_context(**options))
    height = """(it) => (it.clientHeight - 18)
      / parseFloat(getComputedStyle(it).lineHeight)"""
    assert 1 <= chat.box.evaluate(height) < 2
    chat.box.fill("one\n" * 40)
    assert lines - 0.5 < chat.box.evaluate(height) < lines + 0.5


def test_dark_follows_the_system(
    new_context: Callable[..., BrowserContext], new_chat: Callable[..., Chat]
):
    chat = new_chat(new_context(color_scheme="dark"))
    assert chat.page.evaluate(LIGHTNESS) < 60
    chat.page.emulate_media(color_scheme="light")
    assert chat.page.evaluate(LIGHTNESS) > 230
