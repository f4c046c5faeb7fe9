"""What a browser is left with: nothing that a script, or who sits there next, can use.

CVE-2025-64496 and GHSA-vpq8-f445-hcq7 took a token out of ``localStorage``.
"""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.chat import Chat, eventually

KEPT = "JSON.stringify([localStorage, sessionStorage])"
DATABASES = "Promise.all([indexedDB.databases(), caches.keys()]).then(JSON.stringify)"


def test_after_a_talk_nothing_of_it_is_kept_here(chat: Chat) -> None:
    chat.ask("Quokkas at midnight")
    chat.page.reload()
    expect(chat.replies).to_have_count(1)

    assert chat.page.evaluate(KEPT) == "[{},{}]"
    assert chat.page.evaluate(DATABASES) == "[[],[]]"


def test_no_script_can_read_the_session(chat: Chat) -> None:
    chat.ask("Hello")
    cookies = {each["name"]: each for each in chat.page.context.cookies()}
    readable = chat.page.evaluate("document.cookie")

    assert cookies["sessionid"]["httpOnly"]
    assert cookies["sessionid"]["value"] not in readable
    assert cookies["sessionid"]["sameSite"] == "Lax"


def test_a_draft_is_kept_for_who_writes_it_and_nobody_else(chat: Chat) -> None:
    """So that closing a tab loses nothing; signing out takes it away."""
    chat.box.fill("Quokkas at midnight")
    is_kept = "JSON.stringify(localStorage).includes('Quokkas')"
    assert eventually(chat.page, lambda: chat.page.evaluate(is_kept))
    person = chat.page.evaluate("document.querySelector('[data-user]').dataset.user")
    keys = chat.page.evaluate("Object.keys(localStorage)")

    assert keys and all(key.startswith(f"{person}:") for key in keys)
    chat.page.evaluate("document.querySelector('form[action*=logout]').requestSubmit()")
    chat.page.wait_for_url("**/accounts/**")
    assert chat.page.evaluate(KEPT) == "[{},{}]"
