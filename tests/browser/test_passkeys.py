"""A passkey in a real browser, with an authenticator that is only pretended."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.chat import PASSWORD, sign_out, sign_up
from tests.browser.test_small_and_dark import NARROWEST, SIDEWAYS
from tests.browser.watched import Complaints


@pytest.fixture
def live(live: str) -> str:
    """By its name: browsers give keys to no address of numbers."""
    return live.replace("127.0.0.1", "localhost")


@pytest.fixture
def complaints(live: str) -> Complaints:
    return Complaints(live)


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    page = context.new_page()
    devices = context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": device})
    yield page


def add_passkey(page: Page, live: str, name: str) -> None:
    page.goto(f"{live}/settings/security/")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()


def test_it_is_added_and_signs_in(context: BrowserContext, page: Page, live: str):
    sign_up(context, live)
    add_passkey(page, live, "This laptop")
    page.goto(f"{live}/settings/security/")
    expect(page.locator(".known li")).to_contain_text(["This laptop Works alone."])

    sign_out(context, page, live)
    page.goto(f"{live}/accounts/login/?next=/settings/security/")
    page.get_by_role("button", name="Use a passkey").click()

    expect(page.locator(".known li")).to_contain_text(["last used"])


def test_it_is_the_second_step_after_the_password(
    context: BrowserContext, page: Page, live: str
):
    email = sign_up(context, live)
    add_passkey(page, live, "This laptop")
    page.goto(f"{live}/settings/security/")
    sign_out(context, page, live)
    page.goto(f"{live}/accounts/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()

    page.get_by_role("button", name="Use a passkey").click()

    expect(page.get_by_role("heading", name="New chat", level=1)).to_be_visible()


def test_a_device_without_a_key_for_us_is_told(page: Page, live: str):
    page.goto(f"{live}/accounts/login/")
    # a browser waits long for a key to be brought; this person closes its window
    page.evaluate(
        "() => { navigator.credentials.get = () => Promise.reject(new Error('no')); }"
    )
    page.get_by_role("button", name="Use a passkey").click()

    expect(page.get_by_role("alert")).to_have_text(
        "That did not work, or was cancelled. Try again."
    )
    expect(page.get_by_role("button", name="Use a passkey")).to_be_enabled()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_fit_a_phone(
    scheme: str, new_context: Callable[..., BrowserContext], live: str
):
    context = new_context(viewport=NARROWEST, color_scheme=scheme)
    sign_up(context, live)
    page = context.new_page()
    page.goto(f"{live}/accounts/2fa/totp/activate/")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Add an app")).to_be_visible()
    for path in ("2fa/totp/activate/", "2fa/webauthn/add/", "email/"):
        page.goto(f"{live}/accounts/{path}")
        assert page.evaluate(SIDEWAYS) <= 0, path
    page.goto(f"{live}/settings/security/")
    assert page.evaluate(SIDEWAYS) <= 0
