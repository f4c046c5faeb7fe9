"""What an administrator is told of the connection, which only the page can find out."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.administered import ADA, administered
from tests.browser.chat import sign_in
from tests.browser.conftest import PATIENCE
from tests.browser.test_blocked_sockets import BLOCKED
from tests.product import Product


@pytest.fixture(scope="module")
def site(product_of: Callable[..., Product]) -> Iterator[str]:
    """With nothing left to do but what the page finds out."""
    product = product_of(OPENAI_API_KEY="unused", EMAIL_URL="smtp://localhost:9")
    with administered(product) as address:
        yield address


@pytest.fixture
def live(site: str) -> str:
    """Complaints are listened to there."""
    expect.set_options(timeout=3 * PATIENCE)
    return site


def home(context: BrowserContext, live: str) -> tuple[Page, Locator]:
    page = context.new_page()
    page.goto(f"{live}/accounts/login/")
    sign_in(page, ADA)
    return page, page.get_by_role("region", name="Setting up")


def test_nothing_is_said_when_web_sockets_come_through(
    context: BrowserContext, live: str
):
    page, steps = home(context, live)
    said = page.locator("#connection [data-line=socket]").first
    expect(said).not_to_have_attribute("hidden", "")
    expect(steps).to_be_hidden()


def test_a_proxy_that_stops_web_sockets_is_told(context: BrowserContext, live: str):
    context.add_init_script(BLOCKED)
    page, steps = home(context, live)
    expect(steps).to_contain_text("proxy does not pass WebSockets on", timeout=30_000)
    expect(steps.get_by_text("To do")).to_be_visible()
    page.get_by_role("link", name="All conversations").click()
    expect(
        page.get_by_role("heading", name="Conversations", exact=True)
    ).to_be_visible()
    page.get_by_role("link", name="New chat").first.click()
    expect(steps).to_contain_text("proxy does not pass WebSockets on")
