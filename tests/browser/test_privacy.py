"""A person takes their data along, and reads it without the site."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.chat import PASSWORD, sign_in, sign_up


@pytest.mark.parametrize("scripts", [True, False])
def test_data_is_asked_for_awaited_downloaded_and_read(
    scripts: bool,
    new_context: Callable[..., BrowserContext],
    live: str,
    tmp_path: Path,
) -> None:
    email = sign_up(new_context(), live)
    page = new_context(java_script_enabled=scripts).new_page()
    page.goto(f"{live}/accounts/login/")
    sign_in(page, email)
    page.get_by_role("link", name=": settings").click()
    page.get_by_role("link", name="Privacy").click()

    page.get_by_role("button", name="Prepare a download").click()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    ready = page.get_by_role("heading", name="Your data is ready")
    expect(ready).to_be_visible(timeout=60_000)  # nobody reloads it
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    download.value.save_as(tmp_path / "mine.zip")

    with ZipFile(tmp_path / "mine.zip") as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path)
    page.goto((tmp_path / "index.html").as_uri())
    expect(page.get_by_text(email)).to_be_visible()
    styled = page.locator("body")
    expect(styled).to_have_css("max-width", "736px")
    page.goto(f"{live}/settings/privacy/")
    expect(page.get_by_role("table").first).to_contain_text("downloaded")
