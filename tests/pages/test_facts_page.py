"""What the assistant knows about a person, on pages made of links and forms."""

from __future__ import annotations

from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import facts
from accounts.models import Fact, User
from chatsite.lib.fields import MARKER
from conversations.models import Conversation
from conversations.services import preferences
from tests.pages.markup import Element, read

PAGE = "/settings/facts/"
GIVEN = {"key": "Diet", "value": "Vegetarian", "importance": "high"}


def held(person: User) -> dict[str, str]:
    return {fact.key: fact.value for fact in facts.known(person.id)}


def shown(page: Element) -> list[str]:
    rows = page.all("ul", class_="known")
    return [row.one("b").text for known in rows for row in known.all("li")]


def press(client: Client, page: Element, label: str) -> Element:
    """What a press of that button shows in the end."""
    buttons = page.all("button", form="verbs")
    (button,) = [b for b in buttons if b.attrs.get("aria-label", b.text) == label]
    given = {"next": PAGE}
    if "name" in button.attrs:
        given[button.attrs["name"]] = button.attrs["value"]
    return read(client.post(button.attrs["formaction"], given, follow=True))


def told(page: Element) -> str:
    return page.one(id="toasts").one("p").text


def test_who_told_nothing_is_told_how(hers: Client) -> None:
    page = read(hers.get(PAGE))

    assert shown(page) == []
    assert "Nothing yet." in page.one("main").one("p", class_="none").text
    assert page.one("form", action=PAGE).one("input", name="key")


def test_a_fact_is_added_and_can_be_taken_back(alice: User, hers: Client) -> None:
    page = read(hers.post(PAGE, GIVEN, follow=True))

    assert held(alice) == {"diet": "Vegetarian"}
    assert shown(page) == ["diet"]
    assert told(page) == "Remembered."
    row = page.one("ul", class_="known").one("li")
    assert "High importance · You ·" in row.one("p", class_="help").text

    page = press(hers, page, "Undo")

    assert (held(alice), told(page)) == ({}, "Taken back.")


def test_a_fact_of_the_same_name_is_replaced(alice: User, hers: Client) -> None:
    facts.remember(alice.id, "diet", "none")

    page = read(hers.post(PAGE, GIVEN, follow=True))

    assert held(alice) == {"diet": "Vegetarian"}
    assert told(page) == "Remembered, in place of what was known before."
    press(hers, page, "Undo")
    assert held(alice) == {"diet": "none"}

    again = read(hers.post(PAGE, GIVEN | {"value": "none"}, follow=True))
    assert told(again) == "That was known already."


def test_what_will_not_do_is_told_and_not_lost(alice: User, hers: Client) -> None:
    response = hers.post(PAGE, GIVEN | {"key": "\u200b"})

    page = read(response)
    assert response.status_code == 422
    assert "A fact needs a name" in page.one("div", role="alert").text
    assert page.one("textarea", name="value").text.strip() == "Vegetarian"
    assert hers.post(PAGE, {"key": "x"}).status_code == 422
    assert held(alice) == {}


def test_a_fact_is_forgotten_and_can_be_taken_back(alice: User, hers: Client) -> None:
    facts.remember(alice.id, "diet", "Vegetarian")

    page = press(hers, read(hers.get(PAGE)), "Forget diet")

    assert (held(alice), told(page)) == ({}, "Forgotten.")
    page = press(hers, page, "Undo")
    assert (held(alice), shown(page)) == ({"diet": "Vegetarian"}, ["diet"])


def test_an_undo_that_comes_too_late_changes_nothing(alice: User, hers: Client) -> None:
    facts.remember(alice.id, "diet", "Vegetarian")
    page = press(hers, read(hers.get(PAGE)), "Forget diet")
    facts.remember(alice.id, "diet", "vegan")

    page = press(hers, page, "Undo")

    assert told(page).startswith("This has changed meanwhile.")
    assert held(alice) == {"diet": "vegan"}


def test_an_undo_of_nothing_there_is_is_not_found(alice: User, hers: Client) -> None:
    fact = facts.remember(alice.id, "diet", "Vegetarian").fact

    assert hers.post(f"{PAGE}{fact.id}/undo/everything/").status_code == 404


def test_a_fact_is_edited(alice: User, hers: Client) -> None:
    fact = facts.remember(alice.id, "diet", "Vegetarian", importance=0.77).fact
    there = f"{PAGE}{fact.id}/"
    form = read(hers.get(there)).one("form", action=there)
    assert form.one("textarea", name="value").text.strip() == "Vegetarian"
    assert form.one("option", selected=True).attrs["value"] == "high"

    page = read(hers.post(there, {"value": "vegan", "importance": "high"}, follow=True))
    (now,) = facts.known(alice.id)
    assert (now.value, now.importance, now.pinned) == ("vegan", 0.77, False)
    press(hers, page, "Undo")
    assert held(alice) == {"diet": "Vegetarian"}

    hers.post(there, {"value": "Vegetarian", "importance": "low", "pinned": "on"})
    (now,) = facts.known(alice.id)
    assert (now.id, now.importance, now.pinned) == (fact.id, 0.2, True)

    refused = hers.post(there, {"value": "\u200b", "importance": "low"})
    assert refused.status_code == 422
    assert "Say what should be remembered." in refused.content.decode()


def test_what_ended_meanwhile_is_not_edited(alice: User, hers: Client) -> None:
    fact = facts.remember(alice.id, "diet", "Vegetarian").fact
    facts.forget(alice.id, "diet")

    for response in (
        hers.get(f"{PAGE}{fact.id}/", follow=True),
        hers.post(f"{PAGE}{fact.id}/", {"value": "x"}, follow=True),
        hers.post(f"{PAGE}{fact.id}/pin/", {"pinned": "yes"}, follow=True),
    ):
        assert response.redirect_chain == [(PAGE, 302)]
        assert told(read(response)).startswith("This has changed meanwhile.")
    assert held(alice) == {}


def test_a_pinned_fact_comes_first(alice: User, hers: Client) -> None:
    facts.remember(alice.id, "low", "x", importance=0.1)
    facts.remember(alice.id, "high", "x", importance=0.9)

    page = press(hers, read(hers.get(PAGE)), "Pin low")
    assert shown(page) == ["low", "high"]

    page = press(hers, page, "Unpin low")
    assert shown(page) == ["high", "low"]
    low = facts.known(alice.id)[1]
    assert hers.post(f"{PAGE}{low.id}/pin/", {"pinned": "?"}).status_code == 400


def test_what_is_too_much_to_go_along_stands_apart(alice: User, hers: Client) -> None:
    for number in range(11):
        facts.remember(alice.id, f"key {number}", "x")

    page = read(hers.get(PAGE))

    assert page.one("h2", id="kept-back").text == "Known, but too much to go along"
    along, kept_back = page.all("ul", class_="known")
    assert len(along.all("li")) == 10
    assert [row.one("b").text for row in kept_back.all("li")] == ["key 0"]


def test_facts_are_switched_off_and_on_again(alice: User, hers: Client) -> None:
    page = press(hers, read(hers.get(PAGE)), "Stop using them")

    assert preferences.of(alice.id).uses_facts is False
    assert "You switched this off" in page.one("main").one("div", class_="note").text
    press(hers, page, "Use them again")
    assert preferences.of(alice.id).uses_facts is True
    assert hers.post(f"{PAGE}use/", {"uses_facts": "?"}).status_code == 400


def test_where_a_fact_was_learnt_is_linked_while_it_is_there(
    talk: Conversation, alice: User, hers: Client
) -> None:
    said = talk.messages.first().id
    facts.remember(alice.id, "diet", "x", source="model", source_message=said)

    link = (
        read(hers.get(PAGE)).one("ul", class_="known").one("p", class_="help").one("a")
    )
    assert link.text == "The assistant, in a conversation"
    assert link.attrs["href"] == f"/c/{talk.id}/#m-{said}"

    talk.delete()
    source = read(hers.get(PAGE)).one("ul", class_="known").one("p", class_="help")
    assert source.all("a") == []
    assert "The assistant, in a conversation" in source.text


def test_messages_never_name_a_fact(alice: User, hers: Client) -> None:
    hers.post(PAGE, GIVEN)

    kept = "".join(str(cookie) for cookie in hers.cookies.values())
    assert "egetarian" not in kept and "iet" not in kept


def test_a_fact_that_cannot_be_opened_can_be_forgotten(
    alice: User, hers: Client
) -> None:
    fact = facts.remember(alice.id, "diet", "Vegetarian").fact
    Fact.objects.update(key=b"\x01damaged")

    page = read(hers.get(PAGE))
    assert shown(page) == [MARKER]
    assert hers.get(f"{PAGE}{fact.id}/").status_code == 302
    press(hers, page, f"Forget {MARKER}")
    assert held(alice) == {}


def test_the_page_costs_the_same_for_one_fact_and_for_many(
    talk: Conversation, alice: User, hers: Client
) -> None:
    said = talk.messages.first().id

    def queries() -> int:
        with CaptureQueriesContext(connections["default"]) as caught:
            hers.get(PAGE)
        return len(caught)

    facts.remember(alice.id, "first", "x", source="model", source_message=said)
    hers.get(PAGE)
    one = queries()
    for number in range(30):
        facts.remember(alice.id, f"{number}", "x", source="model", source_message=said)
    assert queries() == one
