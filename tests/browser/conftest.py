"""A real server, a real Chromium, and pages on which any complaint fails the test."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from tests.browser.chat import Chat, sign_up
from tests.browser.watched import Complaints
from tests.product import Product

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # the last such list is the one that counts: Playwright's, and what else costs a
    # window two processes more, the suggestions of the address bar and a spare page
    "--disable-features=AimEnabled,AvoidCorsURLLoaderRestartOnRedirect,"
    "AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,"
    "HttpsFirstBalancedModeAutoEnable,HttpsUpgrades,LensOverlay,MediaRouter,"
    "NetworkTimeServiceQuerying,OptimizationHints,PaintHolding,PreconnectToSearch,"
    "ThirdPartyStoragePartitioning,"
    "WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup,"
    "SpareRendererForSitePerProcess",
)
# slow enough to act while a reply comes, fast enough to wait for its end
MODEL = "demo-slow-200"
# so slow that a busy machine, too, has done what it should before a long reply ends
UNHURRIED = "demo-slow-30"
# nobody watches: what moves would take a third more of the CPU
DESKTOP = {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"}
PATIENCE = 15_000  # milliseconds; less than a page takes to mind that a line is silent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> object:
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


FAILED = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def product_of(new_product: Callable[..., Product]) -> Callable[..., Product]:
    """Makes products whose passwords take no time."""
    return partial(new_product, DJANGO_SETTINGS_MODULE="tests.browser.settings")


@pytest.fixture(scope="session")
def hurried(product_of: Callable[..., Product]) -> Iterator[str]:
    product = product_of(CHAT_MODEL=MODEL).start()
    yield product.address
    product.stop()


@pytest.fixture(scope="session")
def unhurried(product_of: Callable[..., Product]) -> Iterator[str]:
    product = product_of(CHAT_MODEL=UNHURRIED).start()
    yield product.address
    product.stop()


@pytest.fixture
def live(request: pytest.FixtureRequest) -> str:
    """The product's address."""
    slow = request.node.get_closest_marker("unhurried")
    expect.set_options(timeout=PATIENCE * (3 if slow else 1))
    return request.getfixturevalue("unhurried" if slow else "hurried")


@pytest.fixture(scope="session")
def silent(product_of: Callable[..., Product]) -> Iterator[str]:
    """Of a product whose model never says a word."""
    product = product_of(CHAT_MODEL="demo-hang").start()
    yield product.address
    product.stop()


# Not for the session: Playwright keeps an event loop running in this thread, which
# tests of other packages would trip over.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def complaints(live: str) -> Complaints:
    return Complaints(live)


@pytest.fixture
def new_context(
    browser: Browser, complaints: Complaints, request: pytest.FixtureRequest
) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browsers of other people or devices; all are watched."""
    contexts: list[BrowserContext] = []

    def make(**options: object) -> BrowserContext:
        options = DESKTOP | options
        context = browser.new_context(**options)
        context.set_default_timeout(PATIENCE)
        context.set_default_navigation_timeout(3 * PATIENCE)
        complaints.listen(context)
        contexts.append(context)
        return context

    yield make
    pages = [page for context in contexts for page in context.pages]
    if request.node.stash.get(FAILED, True) or complaints.unexpected:
        for number, page in enumerate(pages):
            _photograph(page, f"{request.node.name}-{number}")
    for context in contexts:
        context.close()
    assert complaints.unexpected == []


def _photograph(page: object, name: str) -> None:
    folder = Path(os.environ.get("SCREENSHOTS", tempfile.gettempdir()))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.png"
    page.screenshot(path=path)
    print(f"screenshot: {path}")


@pytest.fixture
def context(new_context: Callable[..., BrowserContext]) -> BrowserContext:
    return new_context()


@pytest.fixture
def new_chat(live: str) -> Callable[[BrowserContext], Chat]:
    """Opens one more tab; the context's person is made on first use."""
    emails: dict[BrowserContext, str] = {}

    def make(context: BrowserContext, path: str = "/") -> Chat:
        if context not in emails:
            emails[context] = sign_up(context, live)
        return Chat(context.new_page(), live, emails[context]).open(path)

    return make


@pytest.fixture
def chat(context: BrowserContext, new_chat: Callable[..., Chat]) -> Chat:
    """A signed-in person on the page for a new conversation."""
    return new_chat(context)
