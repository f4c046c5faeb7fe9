"""What a person does on a page, in words."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from itertools import count

from playwright.sync_api import BrowserContext, Locator, Page, expect

PASSWORD = "correct horse battery staple"
# what the demo model answers at length, and with a bit of everything
LONG = "Show me everything in markdown."
STORY = "Write a long story."
MIXED = "Show me a table, a list, a formula and some code in python."
_people = count(1)


def sign_up(context: BrowserContext, address: str) -> str:
    """A new person, signed in on every page of this context. Returns their email."""
    email = f"maya{next(_people)}@example.org"
    form = context.request.get(f"{address}/accounts/signup/").text()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)[1]
    answer = context.request.post(
        f"{address}/accounts/signup/",
        form={"csrfmiddlewaretoken": token, "email": email, "password1": PASSWORD},
        max_redirects=0,
    )
    assert answer.status == 302, "signing up was refused"
    return email


def sign_out(context: BrowserContext, page: Page, address: str) -> None:
    """Behind the page's back, as in another window."""
    token = page.locator("meta[name=csrf-token]").get_attribute("content")
    context.request.post(f"{address}/accounts/logout/", headers={"X-CSRFToken": token})


def eventually(page: Page, true: Callable[[], bool], within: float = 10.0) -> bool:
    """Whether it comes true; what ``expect`` has no words for."""
    deadline = time.monotonic() + within
    while not true():
        if time.monotonic() > deadline:
            return False
        page.wait_for_timeout(50)
    return True


def at_rest(page: Page, place: Callable[[], float]) -> float:
    """Where the page is when the wheel has come to rest."""
    seen = [place()]

    def rests() -> bool:
        page.wait_for_timeout(250)
        seen.append(place())
        return seen[-1] == seen[-2]

    assert eventually(page, rests)
    return seen[-1]


def sign_in(page: Page | Locator, email: str) -> None:
    """With the form that is on the page, or in a part of it."""
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


class Chat:
    """One page of a signed-in person."""

    def __init__(self, page: Page, address: str, email: str = "") -> None:
        self.page, self.address, self.email = page, address, email
        self.box = page.locator("#text")
        self.questions = page.locator("article.user")
        self.replies = page.locator("article.reply")
        self.status = page.locator("#announce")
        self.send = page.get_by_role("button", name="Send", exact=True)
        self.stop = page.get_by_role("button", name="Stop replying")
        self.rows = page.locator("#rows li")
        self.toasts = page.locator("#toasts")

    def open(self, path: str = "/") -> Chat:
        self.page.goto(self.address + path)
        return self

    @property
    def path(self) -> str:
        return self.page.evaluate("location.pathname")

    def is_at(self, path: str) -> None:
        expect(self.page).to_have_url(self.address + path)

    def say(self, text: str) -> None:
        self.box.fill(text)
        self.box.press("Enter")

    def ask(self, text: str) -> str:
        """Say it and wait for the whole reply. Returns its text."""
        known = self.replies.count()
        self.say(text)
        expect(self.replies).to_have_count(known + 1)
        return self.finished()

    def finished(self) -> str:
        """The last reply's text, when it has ended and the page has its final form.
        Wait before for a reply that is yet to come, and after a stop for its note.
        """
        last = self.replies.last
        expect(last.locator(".acts time")).to_have_count(1)
        expect(last).not_to_have_attribute("aria-busy", "true")
        return last.locator(".prose").inner_text().rstrip()

    def begun(self, characters: int = 150) -> Locator:
        """The last reply's text, once so much of it is on the page."""
        prose = self.replies.last.locator(".prose")
        expect(prose).to_have_text(re.compile(rf".{{{characters},}}", re.DOTALL))
        return prose

    def rename(self, row: Locator, title: str) -> None:
        row.get_by_role("link").first.dblclick()
        field = self.page.get_by_label("Title", exact=True)
        field.fill(title)
        with self.page.expect_response("**/rename/"):
            field.press("Enter")
        expect(row).to_contain_text(title)

    def mark(self) -> None:
        """Leave something in the page that a reload would take away."""
        self.page.evaluate("document.documentElement.dataset.marked = 'yes'")

    @property
    def was_reloaded(self) -> bool:
        return not self.page.evaluate("'marked' in document.documentElement.dataset")
