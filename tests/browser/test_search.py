"""Search: over any page by keyboard, and opened where it was said."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from tests.browser.chat import Chat, eventually

PHONE = {"viewport": {"width": 390, "height": 780}, "has_touch": True}


def palette(chat: Chat) -> Locator:
    return chat.page.get_by_role("dialog", name="Search")


def search(chat: Chat, words: str) -> Locator:
    """The options that are found for these words."""
    chat.page.keyboard.press("Control+k")
    box = palette(chat).get_by_role("combobox")
    expect(box).to_be_focused()
    box.press_sequentially(words, delay=20)
    # what is found for fewer of them comes before, and goes
    everything = f"a[href$='?{urlencode({'q': words})}']"
    expect(palette(chat).locator(everything)).to_have_count(1)
    return palette(chat).get_by_role("option")


@pytest.fixture
def talked(chat: Chat) -> Chat:
    chat.ask("How do moorhens build their nests?")
    chat.page.keyboard.press("Control+Shift+o")
    expect(chat.replies).to_have_count(0)
    chat.ask("Which <b>glue</b> holds a chair together?")
    return chat


def test_what_was_said_is_found_and_opened_by_keyboard(talked: Chat):
    talked.mark()
    options = search(talked, "moorhen nes")
    hit = options.filter(has_text="How do moorhens build")
    expect(hit.locator("mark").first).to_have_text("moorhens")
    box = palette(talked).get_by_role("combobox")
    expect(options.first).to_have_attribute("aria-selected", "true")
    while hit.last.get_attribute("aria-selected") != "true":
        box.press("ArrowDown")
    chosen = hit.last.get_attribute("id")
    expect(box).to_have_attribute("aria-activedescendant", chosen)
    box.press("Enter")
    expect(palette(talked)).to_have_count(0)
    found = talked.page.locator("article[data-found]")
    expect(found).to_contain_text("How do moorhens build their nests?")
    expect(found).to_be_in_viewport()
    expect(found).to_be_focused()
    assert not talked.was_reloaded
    talked.ask("And herons?")  # it is the end of the conversation: one can go on


def test_arrows_go_round_and_escape_gives_the_focus_back(talked: Chat):
    talked.page.keyboard.press("Control+k")
    options = palette(talked).get_by_role("option")
    expect(options.last).to_have_text("All conversations")
    talked.page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    talked.page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    palette(talked).get_by_role("combobox").fill("words that are typed")
    talked.page.keyboard.press("Escape")
    expect(palette(talked)).to_have_count(0)
    expect(talked.box).to_be_focused()


def test_all_results_are_a_page_that_the_button_opens_too(talked: Chat):
    talked.page.get_by_role("link", name="Search", exact=False).first.click()
    box = palette(talked).get_by_role("combobox")
    box.fill("glue from:me")
    expect(palette(talked).locator("mark").first).to_have_text("glue")
    palette(talked).get_by_role("option", name="See all results").click()
    page = talked.page.locator("main")
    expect(page.get_by_role("searchbox")).to_have_value("glue from:me")
    expect(page.locator(".hit")).to_have_count(1)
    expect(page.locator(".hit")).to_contain_text("Which <b>glue</b> holds")


def test_the_newest_answer_wins(talked: Chat):
    held: list[object] = []
    talked.page.route("**/search/?q=glue&*", lambda route: held.append(route))
    talked.page.keyboard.press("Control+k")
    box = palette(talked).get_by_role("combobox")
    box.fill("glue")
    assert eventually(talked.page, lambda: bool(held))
    box.fill("moorhens")
    options = palette(talked).get_by_role("option")
    expect(options.filter(has_text="moorhens").first).to_be_visible()
    held[0].continue_()
    talked.page.wait_for_timeout(200)
    expect(options.filter(has_text="glue")).to_have_count(0)


def test_a_hit_on_another_branch_is_shown_without_going_there(chat: Chat):
    chat.ask("Tell me of moorhens.")
    chat.questions.first.hover()
    chat.questions.first.get_by_role("button", name="Edit message").click()
    edited = chat.questions.first.locator("textarea")
    edited.fill("Tell me of herons.")
    edited.press("Enter")
    expect(chat.questions.first.locator(".pager")).to_contain_text("2 / 2")
    chat.finished()
    search(chat, "moorhens from:me").filter(has_text="Tell me of moorhens.").click()
    expect(chat.page.locator("article[data-found]")).to_contain_text("moorhens")
    expect(chat.box).to_have_count(0)
    chat.page.get_by_role("link", name="Back to the current one").click()
    expect(chat.questions.locator(".bubble")).to_have_text(["Tell me of herons."])
    chat.page.go_back()
    chat.page.get_by_role("button", name="Switch to this one").click()
    expect(chat.questions.first).to_contain_text("Tell me of moorhens.")
    expect(chat.box).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_it_is_the_whole_screen(
    scheme: str, new_context: Callable[..., BrowserContext], new_chat: Callable
):
    chat = new_chat(new_context(**PHONE, color_scheme=scheme))
    chat.box.fill("Where do moorhens sleep?")
    chat.send.tap()
    chat.finished()
    chat.page.get_by_role("button", name="Conversations").tap()
    chat.page.locator("#rail").get_by_role("link", name="Search").tap()
    box = palette(chat).bounding_box()
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 390, 780)
    palette(chat).get_by_role("combobox").fill("moorhens")
    palette(chat).get_by_role("option").filter(has_text="Where do").last.tap()
    expect(chat.page.locator("#rail")).to_be_hidden()
    expect(chat.page.locator("main")).to_contain_text("Where do moorhens sleep?")


def test_without_scripts_the_search_is_a_page(
    talked: Chat, new_context: Callable[..., BrowserContext], live: str
):
    state = talked.page.context.storage_state()
    page = new_context(java_script_enabled=False, storage_state=state).new_page()
    page.goto(live)
    page.get_by_role("link", name="Search").click()
    expect(page.locator(".hits")).to_contain_text("Recent")
    page.get_by_role("searchbox").fill("moorhens")
    page.get_by_role("searchbox").press("Enter")
    page.wait_for_url("**q=moorhens*")  # the first words of the talk were a hit before
    page.locator(".hit").filter(has_text="How do moorhens").last.click()
    expect(page.locator("article[data-found]")).to_be_in_viewport()
