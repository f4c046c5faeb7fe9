"""What the assistant knows about a person, on pages made of links and forms."""

from __future__ import annotations

import json

from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import core_memory, facts
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
    assert link.attrs["href"] == f"/c/{talk.id}/?at={said}#m-{said}"

    talk.delete()
    source = read(hers.get(PAGE)).one("ul", class_="known").one("p", class_="help")
    assert source.all("a") == []
    assert "The assistant, in a conversation" in source.text


def test_what_was_learned_says_so_and_leads_to_the_message(
    talk: Conversation, alice: User, hers: Client
) -> None:
    said = talk.messages.first().id
    facts.remember(alice.id, "diet", "none")
    fact = facts.remember(
        alice.id, "diet", "x", source="talk", source_message=said
    ).fact

    for page in (read(hers.get(PAGE)), read(hers.get(f"{PAGE}{fact.id}/"))):
        link = page.one("main").all("p", class_="help")[0].one("a")
        assert link.text == "Learned from a conversation"
        assert link.attrs["href"] == f"/c/{talk.id}/?at={said}#m-{said}"


def test_a_fact_shows_what_it_was_before(
    talk: Conversation, alice: User, hers: Client
) -> None:
    said = talk.messages.first().id
    facts.remember(alice.id, "city", "Ghent", source="talk", source_message=said)
    facts.remember(alice.id, "city", "<i>Rome</i>")
    fact = facts.remember(alice.id, "city", "Oslo").fact

    page = read(hers.get(f"{PAGE}{fact.id}/"))

    assert page.one("h2", id="before").text == "What it was before"
    rows = page.one("ul", class_="known").all("li")
    assert [row.all("p")[0].text for row in rows] == ["<i>Rome</i>", "Ghent"]
    assert ", until " in rows[0].text
    assert rows[1].one("a").attrs["href"] == f"/c/{talk.id}/?at={said}#m-{said}"


def test_a_fact_that_was_never_another_shows_no_past(alice: User, hers: Client) -> None:
    fact = facts.remember(alice.id, "city", "Oslo").fact

    assert read(hers.get(f"{PAGE}{fact.id}/")).all("h2", id="before") == []


def test_facts_are_searched_by_their_words(alice: User, hers: Client) -> None:
    assert read(hers.get(PAGE)).all("input", id="q") == []  # nothing to look through
    for number in range(11):
        facts.remember(alice.id, f"key {number}", "Bread", importance=0.9)
    facts.remember(alice.id, "Ünique", "RYE bread & “salt”", importance=0.1)

    page = read(hers.get(PAGE, {"q": "  rye ün "}))
    assert shown(page) == ["ünique"]
    assert page.one("input", id="q").attrs["value"] == "rye ün"
    assert page.one("main").one("p", role="status").text == "1 of 12 found."
    assert page.one("h2", id="kept-back")  # where it stands, it stands

    page = read(hers.get(PAGE, {"q": '"><script>'}))
    assert shown(page) == []
    assert page.one("main").one("p", role="status").text == "0 of 12 found."
    assert len(shown(read(hers.get(PAGE, {"q": "bread"})))) == 12
    assert len(shown(read(hers.get(PAGE)))) == 12


def test_learning_is_switched_off_and_on_again(alice: User, hers: Client) -> None:
    page = press(hers, read(hers.get(PAGE)), "Stop learning from what I say")

    wishes = preferences.of(alice.id)
    assert (wishes.uses_facts, wishes.learns_facts) == (True, False)
    assert "Nothing is noted by itself" in page.one("main").text
    press(hers, page, "Learn from what I say")
    assert preferences.of(alice.id).learns_facts is True
    for given in ({}, {"learns_facts": "?"}, {"learns_facts": "no", "uses_facts": ""}):
        assert hers.post(f"{PAGE}use/", given).status_code == 400


def test_facts_are_downloaded_word_for_word(
    alice: User, bob: User, hers: Client
) -> None:
    facts.remember(bob.id, "name", "canary of Bob")
    facts.remember(alice.id, "city", "Ghent")
    facts.remember(alice.id, "city", "Oslo “ø” \U0001f35e </script>")
    core_memory.write(alice.id, "person", "Bakes.\nA lot.")

    response = hers.get("/settings/facts.json")

    assert response["Content-Disposition"] == 'attachment; filename="facts.json"'
    made = json.loads(response.content)
    (city,) = made["facts"]
    assert city["value"] == "Oslo “ø” \U0001f35e </script>"
    assert [old["value"] for old in city["history"]] == ["Ghent"]
    (person,) = made["core_memory"]["person"]
    assert (person["text"], person["source"]) == ("Bakes.\nA lot.", "person")
    assert "canary" not in response.content.decode()
    assert read(hers.get(PAGE)).one("a", href="/settings/facts.json")


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
