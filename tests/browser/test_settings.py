"""What the assistant knows and how it works, changed as a person does it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.chat import Chat, sign_in, sign_up
from tests.browser.test_small_and_dark import NARROWEST, SIDEWAYS

PARTS = ("/settings/facts/", "/settings/assistant/", "/settings/presets/new/")


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def page(
    request: pytest.FixtureRequest,
    new_context: Callable[..., BrowserContext],
    live: str,
) -> Page:
    """A signed-in person's, on the start page."""
    email = sign_up(new_context(), live)
    page = new_context(java_script_enabled=request.param).new_page()
    page.goto(f"{live}/accounts/login/")
    sign_in(page, email)
    expect(page.get_by_role("heading", name="New chat", level=1)).to_be_visible()
    return page


def test_a_fact_is_told_edited_forgotten_and_back_again(page: Page, live: str):
    page.goto(f"{live}/settings/")
    page.get_by_role("link", name="What it knows").click()
    page.get_by_label("Name", exact=True).fill("Diet")
    page.get_by_label("What to remember").fill("Vegetarian")
    page.get_by_role("button", name="Remember").click()
    known = page.locator(".known li")
    expect(known).to_contain_text(["diet Vegetarian"])

    page.get_by_role("link", name="Edit diet").click()
    page.get_by_label("What to remember").fill("Vegan")
    page.get_by_label("Importance").select_option("High")
    page.get_by_role("button", name="Save").click()
    expect(known).to_contain_text(["diet Vegan"])
    expect(known).to_contain_text(["High importance"])

    page.get_by_role("button", name="Forget diet").click()
    expect(known).to_have_count(0)
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(known).to_contain_text(["diet Vegan"])


def test_a_preset_is_made_and_put_into_the_system_prompt(page: Page, live: str):
    page.goto(f"{live}/settings/assistant/")
    page.get_by_role("link", name="Add a preset").click()
    page.get_by_label("Name", exact=True).fill("Editor")
    page.get_by_label("Words for the model").fill("Edit well.")
    page.get_by_role("button", name="Save").click()

    page.get_by_role("radio", name="Full").check()
    page.get_by_label("Preset", exact=True).select_option("Editor")
    page.get_by_role("button", name="Insert").click()
    expect(page.get_by_label("System prompt")).to_have_value("Edit well.")
    expect(page.get_by_role("radio", name="Full")).to_be_checked()
    page.get_by_role("radio", name="Full").press("Enter")  # saves

    expect(page.locator("#toasts")).to_contain_text("Saved.")
    expect(page.get_by_label("System prompt")).to_have_value("Edit well.")


def test_a_conversations_settings_are_in_its_menu(chat: Chat):
    chat.ask("My name is Maya.")
    chat.mark()
    chat.page.get_by_role("button", name="Conversation options").click()
    chat.page.locator("#menu-here").get_by_role("link", name="Settings").click()
    prompt = chat.page.get_by_label("System prompt")
    prompt.fill("Answer in Norwegian.")
    assert not chat.was_reloaded
    chat.page.get_by_role("button", name="Save").click()

    expect(chat.questions).to_contain_text(["My name is Maya."])
    chat.open(f"{chat.path}settings/")
    expect(prompt).to_have_value("Answer in Norwegian.")


def test_no_part_of_the_settings_runs_over_the_side(
    new_context: Callable[..., BrowserContext], new_chat: Callable[..., Chat]
):
    chat = new_chat(new_context(viewport=NARROWEST))
    chat.open("/settings/facts/")
    chat.page.get_by_label("Name", exact=True).fill("k" * 64)
    chat.page.get_by_label("What to remember").fill("v" * 500)
    chat.page.get_by_role("button", name="Remember").click()
    expect(chat.page.locator(".known li")).to_have_count(1)
    for path in PARTS:
        chat.open(path)
        assert chat.page.evaluate(SIDEWAYS) <= 0, path
        inside = "(() => { const s = document.querySelector('.scroll');"
        inside += " return s.scrollWidth - s.clientWidth; })()"
        assert chat.page.evaluate(inside) <= 0, path
