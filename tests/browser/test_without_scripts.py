"""A browser without JavaScript: reading, searching, exporting and signing in work."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, expect

from tests.browser.chat import Chat, sign_in, sign_up


def test_a_conversation_can_be_read_found_exported_and_renamed(
    new_context: Callable[..., BrowserContext], live: str
):
    with_scripts = new_context()
    email = sign_up(with_scripts, live)
    said = Chat(with_scripts.new_page(), live).open()
    said.ask("My name is Maya.")
    said.ask("Show me a table.")
    path = said.path

    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{live}/accounts/login/")
    sign_in(page, email)
    page.locator("#rows li a").first.click()
    expect(page.locator("article.user .bubble").first).to_have_text("My name is Maya.")
    expect(page.locator("article.reply table")).to_be_visible()

    exported = page.request.get(f"{live}{path}export.md").text()
    assert "My name is Maya." in exported

    page.goto(f"{live}{path}rename/")
    page.get_by_label("Title").fill("Who I am")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#rows li").first).to_contain_text("Who I am")

    page.goto(f"{live}/c/")
    page.get_by_role("searchbox").fill("who")
    page.get_by_role("searchbox").press("Enter")
    expect(page.locator("main a.hit").first).to_contain_text("Who I am")
