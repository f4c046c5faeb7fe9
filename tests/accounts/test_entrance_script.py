"""The few lines of script on the account pages, in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Page, Route, expect, sync_playwright

from tests.browser_setup import system_browser

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
SITE = "http://understory.test"


@pytest.fixture
def sign_in_page(client: Client) -> Iterator[Callable[..., Page]]:
    """The page as the server answers it, policy included, without a server."""
    answer = client.get("/accounts/login/")
    headers = {
        "Content-Type": answer["Content-Type"],
        "Content-Security-Policy": answer["Content-Security-Policy"],
    }

    def serve(route: Route) -> None:
        path = route.request.url.removeprefix(SITE)
        if path.startswith("/static/"):
            route.fulfill(path=ROOT / path[1:])
        else:
            route.fulfill(headers=headers, body=answer.content)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=system_browser(), args=["--no-sandbox"]
        )

        def open_page(**options: object) -> Page:
            page = browser.new_context(**options).new_page()
            page.route("**", serve)
            page.complaints = []
            page.on("console", lambda message: page.complaints.append(message.text))
            page.on("pageerror", lambda error: page.complaints.append(str(error)))
            page.goto(SITE + "/accounts/login/")
            return page

        yield open_page
        browser.close()


def test_it_says_where_the_browser_is_and_shows_a_password(
    sign_in_page: Callable[..., Page],
) -> None:
    page = sign_in_page(timezone_id="Europe/Oslo")
    field, button = (
        page.locator("#id_password"),
        page.get_by_role("button", name="Show"),
    )

    expect(page.locator("input[name=timezone]")).to_have_value("Europe/Oslo")
    expect(page.locator("#id_email")).to_be_focused()
    expect(button).to_have_attribute("aria-pressed", "false")

    field.fill("the tide is out")
    button.click()
    expect(field).to_have_attribute("type", "text")
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()
    expect(field).to_have_attribute("type", "password")
    assert page.complaints == []


def test_a_password_that_is_shown_is_sent_as_a_password(
    sign_in_page: Callable[..., Page],
) -> None:
    page = sign_in_page()
    page.evaluate(
        "document.forms[0].addEventListener('submit', e => e.preventDefault())"
    )
    page.locator("#id_email").fill("maya@example.org")
    page.locator("#id_password").fill("the tide is out")
    page.get_by_role("button", name="Show").click()

    page.get_by_role("button", name="Sign in").click()

    expect(page.locator("#id_password")).to_have_attribute("type", "password")


def test_without_scripts_nothing_is_offered_that_needs_them(
    sign_in_page: Callable[..., Page],
) -> None:
    page = sign_in_page(java_script_enabled=False)

    assert page.get_by_role("button").all_inner_texts() == ["Sign in"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_in_either_theme(
    scheme: str, sign_in_page: Callable[..., Page]
) -> None:
    page = sign_in_page(viewport={"width": 320, "height": 568}, color_scheme=scheme)

    width, canvas = page.evaluate(
        "[document.documentElement.scrollWidth,"
        " getComputedStyle(document.body).backgroundColor]"
    )

    assert width == 320
    lightness = float(canvas.removeprefix("oklch(").split()[0])
    assert (lightness > 0.5) == (scheme == "light")
