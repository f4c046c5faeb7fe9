"""The administration under the same strict policy as every page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.administered import ADA, administered
from tests.browser.chat import sign_in
from tests.browser.conftest import PATIENCE
from tests.browser.watched import Complaints
from tests.product import Product

MOST = 120  # pages; more would be links without an end
NUMBER = re.compile(r"/(\d+|[0-9a-f-]{36})/")
SIDES = ("/admin/logout/", "/admin/password_change/")

ASSIGN = """html => {
  const place = document.createElement("div");
  try { place.innerHTML = html; } catch (refused) { return refused.name; }
  return place.innerHTML;
}"""

HARMFUL = [
    "<img src=x onerror=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='//elsewhere.example/'>x</a>",
    "<p onclick=alert(1)>x</p>",
    "<p style='color:red'>x</p>",
    "<script>alert(1)</script>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<svg><a xlink:href='javascript:alert(1)'>x</a></svg>",
    "<form action='https://elsewhere.example/'><button>x</button></form>",
    "</template><script>alert(1)</script>",
    "<template><script>alert(1)</script></template>",
    "<textarea><img src=x onerror=alert(1)></textarea>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
]
HARMLESS = [
    "",
    "plain words",
    '<a href="/admin/">x</a>',
    "<textarea>x</textarea>",
    '<select><option selected="">x</option></select>',
]


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
def page(context: BrowserContext, live: str) -> Page:
    page = context.new_page()
    page.goto(f"{live}/accounts/login/?next=/admin/")
    sign_in(page, ADA)
    expect(page).to_have_url(f"{live}/admin/")
    page.wait_for_load_state()  # or its scripts have not made their policy yet
    return page


def test_every_page_works_under_the_policy(page: Page, live: str) -> None:
    """Lists, filters, orders, forms to add and to change, questions before deleting:
    each page once, of one thing and with one value of each filter, and a script that
    fails or is refused on one fails this.
    """
    seen, known, waiting = set(), {("/admin/", "")}, ["/admin/"]
    while waiting:
        path = waiting.pop(0)
        seen.add(path)
        assert len(seen) < MOST
        answer = page.goto(live + path)
        assert answer.status == 200, path
        policy = answer.headers["content-security-policy"]
        assert "require-trusted-types-for 'script'" in policy, path
        links = page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
        for link in links:
            url = urlsplit(link)
            given = parse_qs(url.query, keep_blank_values=True)
            kinds = {(NUMBER.sub("/…/", url.path), name) for name in ("", *given)}
            ours = link.startswith(f"{live}/admin/") and url.path not in SIDES
            if ours and not kinds <= known:
                known |= kinds
                waiting.append(url.path + (f"?{url.query}" if url.query else ""))
    assert {"/admin/accounts/user/", "/admin/accounts/user/add/"} <= seen
    assert any("/change/" in path for path in seen)
    assert any("?" in path for path in seen)


def test_no_script_makes_html_that_could_do_something(
    page: Page, complaints: Complaints
) -> None:
    complaints.expect("TrustedHTML", "Content Security Policy")

    done = {html: page.evaluate(ASSIGN, html) for html in HARMFUL}

    assert done == dict.fromkeys(HARMFUL, "TypeError")


def test_what_those_pages_make_is_let_through(page: Page) -> None:
    assert {html: page.evaluate(ASSIGN, html) for html in HARMLESS} == {
        html: html for html in HARMLESS
    }


def test_no_script_makes_scripts(page: Page, complaints: Complaints) -> None:
    complaints.expect("TrustedScript", "unsafe-eval", "Trusted")
    made = "() => { document.createElement('script').src = '/static/js/app.js' }"

    with pytest.raises(Exception, match="TrustedScriptURL"):
        page.evaluate(made)
