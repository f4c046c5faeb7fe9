"""One person's way through the product, from signing up to coming back."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from playwright.sync_api import BrowserContext, expect

from tests.browser.chat import PASSWORD, Chat, sign_in


def test_everything_is_there_again_after_signing_out_and_in(
    new_context: Callable[..., BrowserContext], live: str
):
    context = new_context(reduced_motion="no-preference")
    email = f"anna-{uuid4().hex}@example.org"  # new when this is tried again, too
    page = context.new_page()
    chat = Chat(page, live).open("/accounts/signup/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign up").or_(
        page.get_by_role("button", name="Make")
    ).click()
    expect(chat.box).to_be_focused()
    chat.mark()

    assert "demo model" in chat.ask("My name is Maya.")
    first = chat.path
    assert first.startswith("/c/")
    expect(chat.rows).to_have_count(1)
    assert "Maya" in chat.ask("What is my name?")

    page.get_by_role("link", name="New chat").first.click()
    expect(chat.replies).to_have_count(0)
    chat.ask("Show me a table.")
    second = chat.path
    assert second != first
    expect(chat.rows).to_have_count(2)
    expect(page.locator("table")).to_have_count(1)

    chat.rows.nth(1).get_by_role("link").first.click()
    expect(chat.questions).to_have_count(2)
    chat.is_at(first)
    expect(chat.rows.locator("[aria-current=page]")).to_have_attribute("href", first)
    page.go_back()
    expect(page.locator("table")).to_have_count(1)
    chat.is_at(second)
    page.go_forward()
    expect(chat.questions).to_have_count(2)
    assert not chat.was_reloaded

    page.reload()
    expect(chat.questions).to_have_count(2)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    sign_in(page, email)
    expect(chat.rows).to_have_count(2)
    chat.open(first)
    expect(chat.questions.first.locator(".bubble")).to_have_text("My name is Maya.")
    expect(chat.replies.last.locator(".prose")).to_contain_text("Maya")
