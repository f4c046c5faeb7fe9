"""A privacy officer who was never here before: an export, an erasure, its proof."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.chat import PASSWORD, sign_in, sign_up
from tests.browser.conftest import PATIENCE
from tests.product import Product

PAULA = "paula@example.org"
MAKE = (
    "from accounts.services.people import create_person;"
    f"it = create_person(email='{PAULA}', password='{PASSWORD}');"
    "it.role = 'privacy'; it.save()"
)
SOON = 60_000  # milliseconds; nobody reloads the page


@pytest.fixture(scope="module")
def product(product_of: Callable[..., Product]) -> Iterator[Product]:
    made = product_of(CHAT_MODEL="demo-fast")
    told = made.manage("shell", "-c", MAKE)
    assert told.returncode == 0, told.stderr
    yield made.start()
    made.stop()


@pytest.fixture
def live(product: Product) -> str:
    """Complaints are listened to there."""
    expect.set_options(timeout=3 * PATIENCE)
    return product.address


@pytest.fixture
def alice(new_context: Callable[..., BrowserContext], live: str) -> str:
    """Whom it is about: nobody else's test erases her."""
    return sign_up(new_context(), live)


@pytest.mark.parametrize("scripts", [True, False])
def test_somebody_is_exported(
    scripts: bool,
    new_context: Callable[..., BrowserContext],
    live: str,
    alice: str,
    tmp_path: Path,
) -> None:
    page = new_context(java_script_enabled=scripts).new_page()
    _begin(page, live, alice, "Export…")
    expect(page.get_by_role("row", name="Account 1")).to_be_visible()
    page.get_by_role("button", name="Export everything").click()
    button = page.get_by_role("button", name="Download")
    expect(button).to_be_visible(timeout=SOON)
    with page.expect_download(timeout=SOON) as download:
        button.click()
    download.value.save_as(tmp_path / "theirs.zip")

    with ZipFile(tmp_path / "theirs.zip") as archive:
        assert archive.testzip() is None
    page.reload()
    expect(page.get_by_text("It was downloaded")).to_be_visible()


def test_somebody_is_erased_and_it_can_be_proven(
    context: BrowserContext, live: str, alice: str, product: Product, tmp_path: Path
) -> None:
    page = context.new_page()
    _begin(page, live, alice, "Erase…")
    page.get_by_label("Type their email address").fill(alice)
    page.get_by_role("button", name="Erase").click()
    link = page.get_by_role("link", name="Download the certificate")
    expect(link).to_be_visible(timeout=SOON)
    with page.expect_download() as download:
        link.click()
    file = tmp_path / "certificate.json"
    download.value.save_as(file)

    told = product.manage("verifycertificate", str(file))
    assert told.returncode == 0 and "Signed by this site" in told.stdout
    page.get_by_role("link", name="Read or print it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Certificate of an erasure"
    )
    expect(page.locator("body")).not_to_contain_text(alice)
    log = product.log.read_text()
    assert "Your account is being erased" in log and alice not in log


def _begin(page: Page, live: str, whom: str, button: str) -> None:
    """From signing in to the page that says what it would be."""
    page.goto(f"{live}/accounts/login/?next=/admin/")
    sign_in(page, PAULA)
    page.locator("#content").get_by_role("link", name="Exports and erasures").click()
    page.get_by_label("Person’s email address").fill(whom)
    page.get_by_role("button", name=button).click()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
