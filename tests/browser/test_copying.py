"""Copy buttons give the exact text."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, expect

from tests.browser.chat import Chat, eventually

CLIPBOARD = "navigator.clipboard.readText()"


def test_code_and_messages_are_copied_exactly(context: BrowserContext, chat: Chat):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    chat.ask("Show me some code in python")
    figure = chat.page.locator("figure.code")
    figure.get_by_role("button", name="Copy").click()
    expect(chat.status).to_have_text("Copied")
    code = chat.page.evaluate(CLIPBOARD)
    assert code == figure.locator("pre").text_content()
    assert code.startswith("def words_in")

    chat.replies.last.get_by_role("button", name="Copy reply").click()
    clipboard = lambda: chat.page.evaluate(CLIPBOARD)  # noqa: E731
    assert eventually(chat.page, lambda: "```python" in clipboard())
    expect(chat.toasts).to_have_text("")

    chat.questions.last.hover()
    chat.questions.last.get_by_role("button", name="Copy message").click()
    said = "Show me some code in python"
    assert eventually(chat.page, lambda: clipboard() == said)


def test_a_browser_without_a_clipboard_still_copies(
    context: BrowserContext, chat: Chat
):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    chat.ask("Show me some code in sql")
    chat.page.evaluate("() => { navigator.clipboard.writeText = null; }")
    chat.page.keyboard.press("Control+Shift+;")
    expect(chat.status).to_have_text("Copied")
    assert chat.page.evaluate(CLIPBOARD).startswith("SELECT word")
