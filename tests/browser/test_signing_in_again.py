"""The session ends while a page is open; the person goes on without leaving it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from tests.accounts.factors.holding import code_of
from tests.browser.chat import PASSWORD, Chat, sign_in, sign_out, sign_up
from tests.browser.watched import Complaints

SHOWN_AGAIN = "document.dispatchEvent(new Event('visibilitychange'))"
TURNED_AWAY = "401 (Unauthorized)"  # what the console says of such an answer


@pytest.fixture(autouse=True)
def _turned_away(complaints: Complaints) -> None:
    """What the page asks for by itself may be on its way when the session ends."""
    complaints.expect(TURNED_AWAY)


def signed_out(chat: Chat) -> Locator:
    """Behind the page's back. Returns the dialog in which it asks to sign in."""
    # the last that a first reply brings: nothing asks again when the dialog was closed
    expect(chat.rows.first).to_contain_text("Short exchange")
    sign_out(chat.page.context, chat.page, chat.address)
    dialog = chat.page.get_by_role("dialog", name="You are signed out")
    expect(dialog).to_be_visible()
    return dialog


def test_a_message_that_waits_is_sent_once_after_signing_in_on_the_page(chat: Chat):
    chat.ask("Hello")
    chat.mark()
    dialog = signed_out(chat)
    dialog.get_by_role("button", name="Not now").click()
    chat.say("My name is Maya.")
    chat.box.fill("And this is a draft.")
    chat.page.evaluate(SHOWN_AGAIN)
    expect(dialog.get_by_label("Email")).to_have_value(chat.email)
    expect(dialog.get_by_label("Password")).to_be_focused()
    sign_in(dialog, chat.email)

    expect(dialog).to_be_hidden()
    expect(chat.replies).to_have_count(2)
    chat.finished()
    expect(chat.box).to_have_value("And this is a draft.")
    expect(chat.page.locator(".offline:has([data-reconnect])")).to_be_hidden()
    assert not chat.was_reloaded
    chat.page.reload()
    expect(chat.questions.locator(".bubble")).to_have_text(
        ["Hello", "My name is Maya."]
    )


def test_forms_and_requests_of_the_page_go_on_working(chat: Chat):
    chat.ask("Hello")
    chat.mark()
    dialog = signed_out(chat)
    sign_in(dialog, chat.email)
    expect(dialog).to_be_hidden()

    tokens = chat.page.evaluate(
        "Array.from(document.querySelectorAll('[name=csrfmiddlewaretoken]'),"
        " ({ value }) => value)"
    )
    current = chat.page.locator("meta[name=csrf-token]").get_attribute("content")
    assert len(tokens) > 1 and set(tokens) == {current}
    chat.rename(chat.rows.first, "A talk of before")
    assert not chat.was_reloaded
    chat.page.get_by_role("button", name="Sign out").click()
    expect(chat.page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_wrong_password_is_told_where_it_was_typed(chat: Chat):
    chat.ask("Hello")
    chat.mark()
    dialog = signed_out(chat)
    password = dialog.get_by_label("Password")
    password.fill("not this one")
    password.press("Enter")

    problem = dialog.get_by_role("alert")
    expect(problem).to_have_text("The email address or the password is wrong.")
    expect(password).to_be_focused()
    expect(password).to_have_value("not this one")
    expect(dialog.get_by_label("Email")).to_have_value(chat.email)
    sign_in(dialog, chat.email)
    expect(dialog).to_be_hidden()
    assert not chat.was_reloaded


def test_somebody_else_gets_a_page_of_their_own(
    chat: Chat, complaints: Complaints, new_context: Callable[..., BrowserContext]
):
    complaints.expect("404 (Not Found)")  # the page they signed in on is not for them
    other = sign_up(new_context(), chat.address)
    chat.ask("Hello")
    dialog = signed_out(chat)
    dialog.get_by_role("button", name="Not now").click()
    chat.say("My secret is a boat.")
    chat.box.fill("A draft.")
    chat.page.evaluate(SHOWN_AGAIN)
    sign_in(dialog, other)

    expect(chat.questions).to_have_count(0)
    chat.is_at("/")
    expect(chat.box).to_have_value("")
    expect(chat.rows).to_have_count(0)
    chat.page.reload()
    expect(chat.questions).to_have_count(0)
    expect(chat.rows).to_have_count(0)


def test_nothing_is_sent_for_somebody_else_who_signed_in_in_another_tab(
    chat: Chat, context: BrowserContext, new_context: Callable[..., BrowserContext]
):
    other = sign_up(new_context(), chat.address)
    chat.ask("Hello")
    dialog = signed_out(chat)
    dialog.get_by_role("button", name="Not now").click()
    chat.say("My secret is a boat.")
    sent: list[str] = []

    def keep(frame: str | bytes) -> None:
        sent.append(str(frame))

    chat.page.on("websocket", lambda line: line.on("framesent", keep))
    elsewhere = context.new_page()
    elsewhere.goto(f"{chat.address}/accounts/login/")
    sign_in(elsewhere, other)
    expect(elsewhere.locator("#text")).to_be_visible()
    chat.page.evaluate(SHOWN_AGAIN)

    chat.is_at("/")
    expect(chat.box).to_be_focused()
    assert not [frame for frame in sent if "boat" in frame]
    expect(chat.questions).to_have_count(0)
    expect(chat.rows).to_have_count(0)


def test_signing_in_in_another_tab_serves_this_one_too(
    chat: Chat, context: BrowserContext
):
    chat.ask("Hello")
    chat.mark()
    chat.box.fill("A draft.")
    dialog = signed_out(chat)
    elsewhere = context.new_page()
    elsewhere.goto(f"{chat.address}/accounts/login/")
    sign_in(elsewhere, chat.email)
    expect(elsewhere.locator("#text")).to_be_visible()
    chat.page.evaluate(SHOWN_AGAIN)

    expect(dialog).to_be_hidden()
    expect(chat.box).to_have_value("A draft.")
    chat.rename(chat.rows.first, "A talk of before")
    assert not chat.was_reloaded


@pytest.mark.parametrize("late", [False, True])
def test_a_request_that_is_turned_away_asks_to_sign_in(chat: Chat, late: bool):
    chat.ask("Hello")
    chat.mark()
    chat.page.context.clear_cookies()  # the line that is open knows nothing of it
    held: list[Route] = []
    if late:
        chat.page.route(re.compile("/c/$"), lambda route: held.append(route), times=1)
    chat.page.get_by_role("link", name="All conversations").click()
    if late:
        expect(chat.page.get_by_role("img", name="Loading")).to_be_visible()
        held[0].continue_()

    expect(chat.questions.locator(".bubble")).to_have_text("Hello")
    dialog = chat.page.get_by_role("dialog", name="You are signed out")
    sign_in(dialog, chat.email)
    expect(dialog).to_be_hidden()
    chat.page.get_by_role("link", name="All conversations").click()
    chat.is_at("/c/")
    assert not chat.was_reloaded


def test_too_many_tries_are_told_and_the_sign_in_page_stays_within_reach(
    chat: Chat, complaints: Complaints
):
    complaints.expect("429 (Too Many Requests)")
    chat.ask("Hello")
    dialog = signed_out(chat)
    link = dialog.get_by_role("link", name="Other ways to sign in")
    assert link.get_attribute("href").endswith(f"?next={chat.path.replace('/', '%2F')}")
    chat.page.route(
        "**/accounts/login/", lambda route: route.fulfill(status=429, body="Slower.")
    )
    sign_in(dialog, chat.email)
    expect(dialog.get_by_role("alert")).to_contain_text("Too many tries")
    expect(link).to_be_visible()


def test_a_second_factor_is_asked_for_on_the_sign_in_page(chat: Chat):
    secret = _add_app(chat.page, chat.address)
    chat.open("/")
    chat.ask("Hello")
    here = chat.path
    chat.box.fill("A draft.")
    dialog = signed_out(chat)
    sign_in(dialog, chat.email)

    expect(chat.page.get_by_role("heading", name="One more step")).to_be_visible()
    chat.page.get_by_label("Code").fill(code_of(secret, later=1))
    chat.page.get_by_role("button", name="Sign in", exact=True).click()
    chat.is_at(here)
    expect(chat.box).to_have_value("A draft.")


def _add_app(page: Page, address: str) -> str:
    page.goto(f"{address}/accounts/2fa/totp/activate/")
    if page.get_by_label("Password", exact=True).count():
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Continue").click()
    shown = re.compile(r"[A-Z2-7]{32}")
    expect(page.locator("main")).to_contain_text(shown)
    secret = shown.search(page.locator("main").inner_text())[0]
    page.get_by_label("Code").fill(code_of(secret))
    page.locator("main form button.solid").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    return secret
