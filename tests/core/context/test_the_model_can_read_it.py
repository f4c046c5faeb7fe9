"""The demo model answers from each block, so a needle that is sent is found."""

from __future__ import annotations

import uuid

import pytest

from conversations.core.context import (
    STRATEGIES,
    Budget,
    KnownFact,
    Material,
    RunningSummary,
)
from conversations.core.tokens import count
from conversations.providers.demo.answers import answer
from conversations.providers.demo.request import DemoRequest, Message
from tests.core.context.branches import HERE, Finds, ListHistory, recalled, said, talk

SYSTEM = "You are Understory, a careful assistant. Keep replies short."
SMALL_TALK = ["It rains a lot.", "It does."] * 12
UNKNOWN = "nothing in what I was given says so"


def ask(name: str, question: str, before=(), **given) -> str:
    history = ListHistory(talk(*before, *SMALL_TALK, question))
    material = Material(SYSTEM, history, Budget(600, 100), conversation=HERE, **given)
    items = STRATEGIES[name](material).items
    # On the wire the leading system items are one message.
    told = "\n\n".join(item.text for item in items if item.role == "system")
    spoken = [Message(i.role, i.text) for i in items if i.role != "system"]
    messages = (Message("system", told), *spoken)
    return str(answer(DemoRequest("demo", messages, [])))


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_fact_is_known(name):
    facts = (KnownFact("name", "Maya"), KnownFact("shoe size", "39"))
    assert ask(name, "What is my name?", facts=facts) == "Your name is Maya."
    assert ask(name, "What is my shoe size?", facts=facts) == "Your shoe size: 39"
    assert UNKNOWN in ask(name, "What is my shoe size?")


@pytest.mark.parametrize("name", ["summary", "hybrid"])
def test_what_a_summary_says_is_known(name):
    text = (
        "- User: My cat is called Miso.\n- User: My name is Maya.\n- The code is 4711."
    )
    summary = RunningSummary(uuid.UUID(int=9), text, count(text), 10)
    assert "Miso" in ask(name, "What is my cat's name?", summary=summary)
    assert ask(name, "What is my name?", summary=summary) == "Your name is Maya."
    assert "4711" in ask(name, "What is the code?", summary=summary)


@pytest.mark.parametrize("name", ["recall", "hybrid"])
@pytest.mark.parametrize("here", [True, False])
def test_what_is_recalled_is_known(name, here):
    turn = recalled(
        said("user", "My name is Maya.\n\nMy cat is called Miso. My city: Ghent"),
        said("assistant", "The launch code is 4711."),
        here=here,
    )
    recall = Finds([turn])
    assert "Miso" in ask(name, "What is my cat's name?", recall=recall)
    known = ask(name, "What is my name?", recall=recall)
    assert known == ("Your name is Maya." if here else "Your name is Maya. [1]")
    assert "4711" in ask(name, "What is the launch code?", recall=recall)


@pytest.mark.parametrize("name", ["recall", "hybrid"])
def test_what_an_assistant_was_quoted_with_is_not_the_persons(name):
    turn = recalled(said("assistant", "My name is Understory. My cat is called Tom."))
    recall = Finds([turn])
    assert "Understory" not in ask(name, "What is my name?", recall=recall)


@pytest.mark.parametrize("name", ["recall", "hybrid"])
def test_the_latest_of_what_is_recalled_counts(name):
    recall = Finds([
        recalled(said("user", "The launch code is 9999."), days=3),
        recalled(said("user", "The launch code is 4711."), days=1),
    ])  # fmt: skip
    assert "9999" in ask(name, "What is the launch code?", recall=recall)


@pytest.mark.parametrize("name", ["window", "summary", "recall", "hybrid"])
def test_what_is_not_sent_is_not_known(name):
    told = ("The launch code is 4711.", "I see.")
    assert UNKNOWN in ask(
        name, "What is the launch code?", before=told + tuple(SMALL_TALK * 2)
    )


@pytest.mark.parametrize("name", STRATEGIES)
def test_headings_are_no_news(name):
    facts = (KnownFact("name", "Maya"),)
    summary = RunningSummary(uuid.UUID(int=9), "- User: I bake.", 6, 10)
    recall = Finds([recalled(said("user", "I live in Ghent."), here=False)])
    given = {"facts": facts, "summary": summary, "recall": recall}
    reply = ask(name, "What do you know about me?", **given)
    assert "Your name: Maya" in reply
    for word in ("quoted", "known about", "conversation", "Understory"):
        assert word not in reply
