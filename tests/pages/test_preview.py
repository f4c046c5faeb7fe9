"""What would be sent now, and what it would cost, before anything is."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import facts
from accounts.models import User
from conversations import tools
from conversations.models import Conversation, LanguageModel, Message, Turn
from conversations.services import marking, previewing
from tests.contracts.test_receipts import begun, talked
from tests.factories import create_conversation, create_message, create_reply
from tests.pages.markup import Element, assert_harmless, read

STRATEGIES = ["full", "window", "summary", "recall", "hybrid"]


@pytest.fixture
def talk(alice: User) -> Conversation:
    facts.remember(alice.id, "bread", "Rye")
    return Conversation.objects.get(id=talked(alice, "first", "second"))


def look(client: Client, talk: Conversation | None, **given: str) -> Element:
    there = f"/c/{talk.id}/preview/" if talk else "/preview/"
    page = read(client.post(there, given) if given else client.get(there))
    assert_harmless(page)
    return page.one("main")


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_it_foretells_what_is_then_sent(
    strategy: str, talk: Conversation, alice: User
) -> None:
    seen = previewing.preview(
        by=alice.id,
        conversation_id=talk.id,
        text="And now?",
        strategy=strategy,
        offer=tools.offered,
    )
    _, briefing = begun(alice, "And now?", conversation_id=talk.id, strategy=strategy)
    assert seen.chosen.name == strategy
    assert seen.chosen.fill.tokens == briefing.prompt_tokens


def test_all_strategies_stand_side_by_side(talk: Conversation, hers: Client) -> None:
    now = Turn.objects.first().strategy
    main = look(hers, talk)
    rows = main.one("table").one("tbody").all("tr")
    radios = [row.one("input", type="radio") for row in rows]
    assert [radio.attrs["value"] for radio in radios] == STRATEGIES
    assert [r.attrs["value"] for r in radios if "checked" in r.attrs] == [now]
    current = [row for row in rows if "aria-current" in row.attrs]
    assert current == [rows[STRATEGIES.index(now)]]
    assert "This model is free." in main.text


def test_what_stays_out_is_told_with_its_reason(
    talk: Conversation, hers: Client
) -> None:
    first = Message.objects.get(conversation=talk, depth=1)
    marking.exclude(by=talk.owner_id, message_id=first.id)
    assert "1 message left out by you" in look(hers, talk, strategy="window").text


def test_money_is_told_as_likely_and_at_most(
    talk: Conversation, alice: User, hers: Client
) -> None:
    LanguageModel.objects.create(
        name="demo-fast", input_price=Decimal(1_000), output_price=Decimal(2_000)
    )
    seen = previewing.preview(by=alice.id, conversation_id=talk.id, model="demo-fast")
    chosen = seen.chosen
    assert chosen.likely == Decimal(1_000) * chosen.fill.tokens / 1_000_000
    reply = Decimal(2_000) * chosen.fill.reserve / 1_000_000
    assert chosen.most == chosen.likely + reply
    assert "the most it can come to" in look(hers, talk, model="demo-fast").text


def test_looking_stores_nothing(talk: Conversation, hers: Client) -> None:
    before = Conversation.objects.filter(id=talk.id).values().get()
    counts = (Message.objects.count(), Turn.objects.count())
    look(hers, talk, text="A draft", model="demo-fast", strategy="full")
    look(hers, None, text="A draft")
    assert Conversation.objects.values().get() == before
    assert (Message.objects.count(), Turn.objects.count()) == counts


def test_the_draft_is_counted_and_kept(talk: Conversation, hers: Client) -> None:
    main = look(hers, talk, text="word " * 300 + "</textarea>")
    assert main.one("textarea", id="by-text").text.endswith("</textarea>")
    tokens = int(main.one("p", class_="total").one("b").text.replace(",", ""))
    assert tokens > 300


def test_choosing_holds_for_this_conversation(talk: Conversation, hers: Client) -> None:
    there = f"/c/{talk.id}/preview/"
    given = {"do": "choose", "model": "demo-fast", "strategy": "window"}
    response = hers.post(there, given)
    assert response["Location"] == f"/c/{talk.id}/"
    talk.refresh_from_db()
    assert (talk.model, talk.strategy) == ("demo-fast", "window")
    quiet = hers.post(
        there, {**given, "strategy": "full"}, headers={"X-Fragment": "panel"}
    )
    assert quiet.status_code == 204
    talk.refresh_from_db()
    assert talk.strategy == "full"


@pytest.mark.parametrize("do", ["look", "choose"])
@pytest.mark.parametrize("given", [{"strategy": "none"}, {"model": "gpt-5\0"}])
def test_what_is_not_offered_is_refused(
    do: str, given: dict[str, str], talk: Conversation, hers: Client
) -> None:
    response = hers.post(f"/c/{talk.id}/preview/", {"do": do, **given})
    assert response.status_code == 400


def test_in_the_trash_nothing_is_chosen(talk: Conversation, hers: Client) -> None:
    hers.post(f"/c/{talk.id}/delete/")
    hers.post(f"/c/{talk.id}/preview/", {"do": "choose", "strategy": "window"})
    talk.refresh_from_db()
    assert talk.strategy == ""
    assert "Use this from now on" not in look(hers, talk).text


def test_a_new_conversation_has_a_preview_too(alice: User, hers: Client) -> None:
    main = look(hers, None, text="Hello there")
    assert "Your message alone" in main.text
    assert "Use this from now on" not in main.text
    assert main.one("a", href="/settings/assistant/")


def test_a_gauge_can_be_asked_for_a_draft(talk: Conversation, hers: Client) -> None:
    for there in (f"/c/{talk.id}/preview/", "/preview/"):
        percents = []
        for text in ("", "word " * 4_000):
            response = hers.post(there, {"text": text}, headers={"X-Fragment": "gauge"})
            [gauge] = read(response).children[:1]
            assert gauge.attrs["id"] == "gauge"
            percents.append(int(gauge.text.split()[0]))
        assert percents[1] > percents[0] + 10


def test_full_is_estimated_without_reading_the_history(
    alice: User, hers: Client
) -> None:
    def grown(messages: int) -> Conversation:
        talk = create_conversation(alice)
        for number in range(messages // 2):
            create_message(talk, f"Q{number} " + "x " * 60, tokens=400)
            create_reply(talk, f"A{number}", message={"tokens": 400})
        talk.token_count = messages * 400
        talk.save(update_fields=["token_count"])
        return talk

    few, many = grown(60), grown(300)
    look(hers, few)  # what a process remembers
    counts = []
    for talk in (few, many):
        with CaptureQueriesContext(connection) as seen:
            look(hers, talk)
        counts.append(len(seen))
    assert counts[0] == counts[1]
    seen = previewing.preview(
        by=alice.id, conversation_id=many.id, strategy="full"
    ).chosen
    assert seen.about and seen.over_budget
    assert 300 * 400 < seen.fill.tokens < 300 * 410
