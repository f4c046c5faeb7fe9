"""What the model saw, beside the talk: opened, read, copied and closed."""

from __future__ import annotations

import re
from collections.abc import Callable

import orjson
import pytest
from playwright.sync_api import APIResponse, BrowserContext, Locator, Route, expect

from tests.browser.chat import STORY, Chat
from tests.browser.test_small_and_dark import PHONE

# what the button says for a moment stays in the page
REMEMBERED = """() => {
  const button = document.querySelector("#inspector [data-copy-prompt]");
  const keep = () => (document.documentElement.dataset.said ??= button.textContent);
  new MutationObserver(keep).observe(button, { childList: true, subtree: true });
}"""


def panel(chat: Chat) -> Locator:
    return chat.page.locator("#inspector")


def percent(chat: Chat) -> int:
    return int(chat.page.locator("#gauge").inner_text().split()[0])


def test_the_panel_shows_what_the_model_saw(chat: Chat):
    chat.ask("My name is Maya.")
    chat.mark()
    link = chat.replies.last.get_by_role("link", name="What the model saw")
    link.click()
    expect(panel(chat)).to_contain_text("My name is Maya.")
    expect(panel(chat).get_by_role("heading", level=2)).to_be_focused()
    panel(chat).get_by_text("Recent turns").click()
    expect(panel(chat).locator("li").first).to_be_visible()
    panel(chat).get_by_role("button", name="Close").click()
    expect(panel(chat)).to_have_count(0)
    expect(link).to_be_focused()
    assert not chat.was_reloaded


def test_the_exact_prompt_is_copied(context: BrowserContext, chat: Chat):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    chat.ask("My name is Maya.")
    chat.page.keyboard.press("Control+i")
    button = panel(chat).get_by_role("button", name="Copy the exact prompt")
    expect(button).to_be_visible()
    chat.page.evaluate(REMEMBERED)
    button.click()
    expect(chat.page.locator("html")).to_have_attribute("data-said", "Copied")
    copied = orjson.loads(chat.page.evaluate("navigator.clipboard.readText()"))
    assert copied["input"][-1] == {"role": "user", "content": "My name is Maya."}


@pytest.mark.unhurried
def test_keys_open_and_close_it_and_a_reply_is_stopped_first(chat: Chat):
    chat.ask("Hello")
    chat.page.keyboard.press("Control+i")
    expect(panel(chat)).to_be_visible()
    chat.page.keyboard.press("Control+i")
    expect(panel(chat)).to_have_count(0)
    chat.page.keyboard.press("Control+i")
    expect(panel(chat)).to_be_visible()
    chat.say(STORY)
    expect(chat.replies).to_have_count(2)
    chat.begun()
    chat.page.keyboard.press("Escape")
    expect(chat.replies.last).to_have_attribute("data-status", "stopped")
    expect(panel(chat)).to_be_visible()
    chat.page.keyboard.press("Escape")
    expect(panel(chat)).to_have_count(0)


def test_it_goes_when_another_page_comes(chat: Chat):
    chat.ask("Hello")
    chat.page.keyboard.press("Control+i")
    expect(panel(chat)).to_be_visible()
    chat.page.keyboard.press("Control+Shift+o")
    expect(chat.replies).to_have_count(0)
    expect(panel(chat)).to_have_count(0)


def test_a_page_that_comes_late_sets_no_gauge_back(chat: Chat):
    """The one that is asked for when a first message has made a conversation."""
    early: list[tuple[Route, APIResponse]] = []
    itself = re.compile(r"/c/[0-9a-f-]{36}/$")
    chat.page.route(itself, lambda route: early.append((route, route.fetch())), times=1)
    chat.ask("Hello")
    gauge = chat.page.locator("#gauge")
    expect(gauge).not_to_have_text("0 %")
    counted = gauge.inner_text()

    ((route, answer),) = early
    stale, changed = re.subn(r"</svg>\d+ %</a>", "</svg>0 %</a>", answer.text())
    assert changed == 1
    with chat.page.expect_event("requestfinished"):
        route.fulfill(response=answer, body=stale)
    chat.page.wait_for_timeout(200)
    expect(gauge).to_have_text(counted)


def test_the_gauge_follows_replies_and_long_drafts(chat: Chat):
    assert percent(chat) == 0
    chat.ask("Hello " * 400)
    gauge = chat.page.locator("#gauge")
    expect(gauge).not_to_have_text("0 %")
    expect(gauge).to_have_attribute("href", re.compile(r"^/c/.+/preview/$"))
    before = gauge.inner_text()
    chat.box.fill("word " * 3_000)
    expect(gauge).not_to_have_text(before)
    chat.box.fill("")
    expect(gauge).to_have_text(before)


def test_a_choice_is_looked_at_and_made_without_losing_the_draft(chat: Chat):
    chat.ask("Hello")
    chat.box.fill("A draft of mine")
    chat.page.locator("#composer a[data-panel]").click()
    expect(panel(chat).get_by_label("Your message")).to_have_value("A draft of mine")
    panel(chat).get_by_label("Full").check()
    expect(panel(chat).locator("tr[aria-current]")).to_contain_text("Full")
    chat.box.evaluate("(box) => { box.dataset.old = ''; }")
    panel(chat).get_by_role("button", name="Use this from now on").click()
    expect(chat.toasts).to_contain_text("from the next message on")
    expect(chat.box).not_to_have_attribute("data-old", "")  # the page comes anew
    expect(chat.box).to_have_value("A draft of mine")
    chat.page.locator("#gauge").click()
    expect(panel(chat).locator("tr[aria-current]")).to_contain_text("Full (now)")


def test_a_message_is_pinned_and_let_go_from_its_menu(chat: Chat):
    chat.ask("My name is Maya.")
    chat.mark()
    said = chat.questions.last
    for verb, label in (
        ("Pin to every turn", "Goes with every turn"),
        ("Leave out of every turn", "Left out of every turn"),
        ("Take along again", None),
    ):
        said.hover()
        said.get_by_role("button", name="More for this message").click()
        said.get_by_role("button", name=verb).click()
        if label:
            expect(said.locator(".tag")).to_have_text(label)
        else:
            expect(said.locator(".tag")).to_have_count(0)
    assert not chat.was_reloaded


@pytest.mark.parametrize("width", [390, 320])
def test_on_a_phone_it_is_a_sheet(
    width: int,
    new_context: Callable[..., BrowserContext],
    new_chat: Callable[..., Chat],
):
    options = {**PHONE, "viewport": {"width": width, "height": 780}}
    chat = new_chat(new_context(**options))
    chat.box.fill("Hello")
    chat.send.tap()
    chat.finished()
    chat.replies.last.get_by_role("link", name="What the model saw").tap()
    expect(panel(chat)).to_be_in_viewport()
    sideways = "document.documentElement.scrollWidth - innerWidth"
    assert chat.page.evaluate(sideways) <= 0
    chat.page.keyboard.press("Escape")
    expect(panel(chat)).to_have_count(0)
    chat.page.locator("#gauge").tap()
    expect(panel(chat)).to_contain_text("What would be sent now")
    assert chat.page.evaluate(sideways) <= 0


def test_without_scripts_it_is_pages_and_forms(
    new_context: Callable[..., BrowserContext], new_chat: Callable[..., Chat], live: str
):
    context = new_context()
    chat = new_chat(context)
    chat.ask("My name is Maya.")
    plain = new_context(java_script_enabled=False)
    plain.add_cookies(context.cookies())
    page = plain.new_page()
    page.goto(live + chat.path)
    page.get_by_role("link", name="What the model saw").click()
    expect(page.locator("main")).to_contain_text("My name is Maya.")
    page.get_by_role("link", name="Back to the reply").click()
    page.locator("article.user").hover()
    page.locator("article.user").get_by_role("button", name="More").click()
    page.get_by_role("button", name="Pin to every turn").click()
    expect(page.locator("article.user .tag")).to_have_text("Goes with every turn")
    page.locator("#gauge").click()
    page.get_by_label("Full").check()
    page.get_by_role("button", name="Use this from now on").click()
    expect(page.locator("#toasts")).to_contain_text("from the next message on")
