"""Both blocks of core memory, on a page made of links and forms."""

from __future__ import annotations

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import core_memory
from accounts.models import CoreMemory, User
from conversations.models import Conversation
from conversations.services import preferences
from tests.base import client_of
from tests.pages.markup import Element, assert_harmless, read

PAGE = "/settings/core/"


def now(person: User) -> dict[str, str]:
    return {label: row.text for label, row in core_memory.current(person.id).items()}


def form(page: Element, label: str) -> dict[str, str]:
    """What the form of a block would send."""
    (found,) = [
        each
        for each in page.all("form", action=PAGE)
        if each.one("input", name="label").attrs["value"] == label
    ]
    version = found.one("input", name="version").attrs["value"]
    text = found.one("textarea", name="text").text.removeprefix("\n")
    return {"label": label, "version": version, "text": text}


def press(client: Client, page: Element, label: str) -> Element:
    buttons = page.all("button", form="verbs")
    (button,) = [b for b in buttons if b.attrs.get("aria-label", b.text) == label]
    given = {"next": PAGE}
    return read(client.post(button.attrs["formaction"], given, follow=True))


def told(page: Element) -> str:
    return page.one(id="toasts").one("p").text


def test_an_empty_memory_has_two_empty_blocks(hers: Client) -> None:
    page = read(hers.get(PAGE))

    assert_harmless(page)
    headings = [each.text for each in page.one("main").all("h2")]
    assert headings == [
        "Core memory",
        "How the assistant is with you",
        "What it knows of you",
    ]
    for label in ("assistant", "person"):
        assert form(page, label) == {"label": label, "version": "0", "text": ""}
    assert page.one("main").all("details") == []


def test_a_block_is_written_and_taken_back(alice: User, hers: Client) -> None:
    given = form(read(hers.get(PAGE)), "person") | {"text": "Bakes <b>rye</b>.\r\nOslo"}

    page = read(hers.post(PAGE, given, follow=True))

    assert now(alice) == {"person": "Bakes <b>rye</b>.\nOslo"}
    assert told(page) == "Saved."
    assert_harmless(page)
    assert form(page, "person")["text"] == "Bakes <b>rye</b>.\nOslo"
    press(hers, page, "Undo")
    assert now(alice) == {}


def test_what_was_changed_meanwhile_is_not_overwritten(
    alice: User, hers: Client
) -> None:
    given = form(read(hers.get(PAGE)), "person") | {"text": "mine"}
    core_memory.write(alice.id, "person", "the model's", source="model")

    response = hers.post(PAGE, given)

    page = read(response)
    assert response.status_code == 422
    assert "changed meanwhile" in page.one("div", role="alert").text
    assert form(page, "person")["text"] == "mine"
    assert now(alice) == {"person": "the model's"}


def test_what_is_too_long_is_told_and_not_lost(alice: User, hers: Client) -> None:
    text = "x" * 2_001

    response = hers.post(PAGE, {"label": "person", "version": "0", "text": text})

    assert response.status_code == 422
    page = read(response)
    assert "at most 2,000 characters" in page.one("div", role="alert").text
    assert form(page, "person")["text"] == text
    assert now(alice) == {}


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"label": "human", "version": "0", "text": "x"},
        {"label": "person", "version": "x", "text": "x"},
        {"label": "person", "text": "x"},
    ],
)
def test_a_form_that_is_none_of_ours_is_refused(
    alice: User, hers: Client, given: dict[str, str]
) -> None:
    assert hers.post(PAGE, given).status_code == 400
    assert now(alice) == {}


def test_versions_are_listed_with_who_wrote_them_and_restored(
    talk: Conversation, alice: User, hers: Client
) -> None:
    core_memory.write(alice.id, "assistant", "Be brief.")
    said = talk.messages.last().id
    core_memory.write(
        alice.id, "assistant", "Be long.", source="model", source_message=said
    )

    page = read(hers.get(PAGE))
    rows = page.one("ul", class_="known").all("li")
    helps = [row.one("p", class_="help") for row in rows]
    assert "Version 2 · The assistant, in a conversation ·" in helps[0].text
    assert helps[0].text.endswith("in use")
    assert helps[0].one("a").attrs["href"] == f"/c/{talk.id}/?at={said}#m-{said}"
    assert "Version 1 · You ·" in helps[1].text

    page = press(hers, page, "Restore version 1")

    assert now(alice) == {"assistant": "Be brief."}
    assert len(page.one("ul", class_="known").all("li")) == 3


def test_taking_back_too_late_changes_nothing(alice: User, hers: Client) -> None:
    first = core_memory.write(alice.id, "person", "one").version
    core_memory.write(alice.id, "person", "two")
    there = f"{PAGE}{first.id}/undo/"

    assert told(read(hers.post(there, follow=True))).startswith("This has changed")
    assert hers.post(there, headers={"X-Fragment": "none"}).status_code == 409
    newest = core_memory.current(alice.id)["person"]
    quiet = {"X-Fragment": "none"}
    gone = hers.post(f"{PAGE}{newest.id}/undo/", headers=quiet)
    assert (gone.status_code, now(alice)) == (204, {"person": "one"})


def test_nobody_else_sees_or_changes_it(alice: User, bob: User, hers: Client) -> None:
    made = core_memory.write(alice.id, "person", "canary of Alice").version
    his = client_of(bob)

    assert "canary" not in his.get(PAGE).content.decode()
    assert his.post(f"{PAGE}{made.id}/restore/").status_code == 404
    his.post(f"{PAGE}{made.id}/undo/")
    assert now(alice) == {"person": "canary of Alice"}
    assert now(bob) == {}


def test_what_cannot_be_opened_is_not_put_into_the_form(
    alice: User, hers: Client
) -> None:
    core_memory.write(alice.id, "person", "one")
    CoreMemory.objects.update(text=b"\x01damaged")

    page = read(hers.get(PAGE))

    assert form(page, "person") == {"label": "person", "version": "1", "text": ""}
    assert "[cannot be decrypted]" in page.one("ul", class_="known").text


def test_switched_off_it_says_so(alice: User, hers: Client) -> None:
    preferences.change(alice.id, uses_facts=False)

    page = read(hers.get(PAGE))

    assert "and with it this" in page.one("main").one("div", class_="note").text
    (button,) = page.one("main").all("button", name="uses_facts")
    hers.post(button.attrs["formaction"], {"uses_facts": button.attrs["value"]})
    assert preferences.of(alice.id).uses_facts


def test_its_queries_do_not_grow(talk: Conversation, alice: User, hers: Client) -> None:
    said = talk.messages.last().id

    def queries() -> int:
        with CaptureQueriesContext(connections["default"]) as caught:
            hers.get(PAGE)
        return len(caught)

    given = {"source": "model", "source_message": said}
    for label in core_memory.LABELS:
        core_memory.write(alice.id, label, "first", **given)
    hers.get(PAGE)
    one = queries()
    for number in range(20):
        core_memory.write(alice.id, "person", f"{number}", **given)
    assert queries() == one
