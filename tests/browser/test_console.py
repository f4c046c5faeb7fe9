"""The administration on a phone, and in the theme that somebody chose."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.administered import ADA, administered
from tests.browser.chat import sign_in
from tests.browser.conftest import PATIENCE
from tests.browser.test_small_and_dark import LIGHTNESS, SIDEWAYS
from tests.product import Product

LETTERS = "it => getComputedStyle(it).color"
PHONE = {"viewport": {"width": 375, "height": 740}, "has_touch": True}
PAGES = (
    "/admin/",
    "/admin/accounts/user/",
    "/admin/accounts/user/add/",
    "/admin/accounts/auditevent/",
    "/admin/conversations/conversation/",
    "/admin/conversations/breakglass/",
    "/admin/conversations/spending/",
    "/admin/usage/",
    "/admin/policies/",
    "/admin/retention/",
    "/admin/data-requests/",
    "/admin/legal-holds/",
    "/admin/conversations/languagemodel/",
    "/admin/conversations/languagemodel/add/",
)


@pytest.fixture(scope="module")
def site(product_of: Callable[..., Product]) -> Iterator[str]:
    with administered(product_of(CHAT_MODEL="demo-fast")) as address:
        yield address


@pytest.fixture
def live(site: str) -> str:
    """Complaints are listened to there."""
    expect.set_options(timeout=3 * PATIENCE)
    return site


@pytest.fixture
def phone(new_context: Callable[..., BrowserContext], live: str) -> Page:
    page = new_context(**PHONE).new_page()
    page.goto(f"{live}/accounts/login/?next=/admin/")
    sign_in(page, ADA)
    expect(page).to_have_url(f"{live}/admin/")
    return page


def test_no_page_is_wider_than_a_phone(phone: Page, live: str) -> None:
    people = f"{live}/admin/accounts/user/"
    phone.goto(people)
    phone.get_by_role("link", name=ADA).click()
    expect(phone.get_by_role("heading", name="Devices")).to_be_visible()
    for there in (phone.url, *(f"{live}{path}" for path in PAGES)):
        assert phone.goto(there).status == 200, there
        assert phone.evaluate(SIDEWAYS) <= 0, there
        expect(phone.get_by_role("link", name="Back to the chat")).to_be_visible()


def test_no_page_of_the_way_is_out_of_sight_on_a_desk(
    new_context: Callable[..., BrowserContext], live: str
) -> None:
    desk = new_context(viewport={"width": 1280, "height": 800}).new_page()
    desk.goto(f"{live}/accounts/login/?next=/admin/")
    sign_in(desk, ADA)
    links = desk.locator(".console-nav a")
    expect(links.last).to_have_text("Shared presets")
    for link in links.all():
        expect(link).to_be_in_viewport(ratio=1)


def test_no_field_is_cut_off_on_a_phone(phone: Page, live: str) -> None:
    phone.goto(f"{live}/admin/accounts/user/add/")
    row = phone.locator(".form-row").first.bounding_box()
    assert row
    for field in phone.locator(".form-row :is(input, select):visible").all():
        box = field.bounding_box()
        assert box and box["x"] + box["width"] <= row["x"] + row["width"]


def test_what_closes_a_page_can_be_read(phone: Page, live: str) -> None:
    phone.goto(f"{live}/admin/accounts/auditevent/")
    phone.locator("#result_list th a").first.click()
    phone.wait_for_url("**/change/")  # with its style sheets
    close = phone.get_by_role("link", name="Close")

    assert close.evaluate(LETTERS) == phone.locator("body").evaluate(LETTERS)


def test_the_theme_is_the_one_of_the_settings(phone: Page, live: str) -> None:
    for theme, is_light in (("dark", False), ("light", True)):
        phone.emulate_media(color_scheme="light" if theme == "dark" else "dark")
        phone.goto(f"{live}/settings/")
        with phone.expect_response("**/settings/theme/"):
            phone.get_by_label(theme.capitalize(), exact=True).check()
        expect(phone.locator(f"html[data-theme={theme}]")).to_be_attached()
        phone.goto(f"{live}/admin/")
        assert (phone.evaluate(LIGHTNESS) > 128) is is_light, theme
