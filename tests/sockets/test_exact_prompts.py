"""The prompt that is rebuilt from a receipt is what went over the wire: the model that
repeats what it was sent says so, through the whole product.
"""

from __future__ import annotations

import asyncio
from uuid import UUID

import orjson
import pytest

from accounts import facts
from conversations.models import Message, Turn
from conversations.services import marking, preferences, receipts

pytestmark = pytest.mark.django_db(transaction=True)
ECHO = "demo-echo-context"
LONG = "A long paste about rye. " * 500


def rebuilt(person, ack):
    reply = Turn.objects.get(id=ack["turn"]).message_id
    prompt = orjson.loads(receipts.exact_prompt(person.id, reply))
    return prompt.get("input", prompt.get("messages"))  # what the model repeats


@pytest.fixture(params=["responses", "chat"])
def api(request, settings) -> str:
    """Decided before the runner opens."""
    settings.OPENAI_API = request.param
    return request.param


async def test_the_rebuilt_prompt_is_what_the_model_was_sent(api, tab, alice):
    await asyncio.to_thread(facts.remember, alice.id, "bread", "Rye")
    await asyncio.to_thread(
        preferences.change, alice.id, system_prompt="Be brief, and “kind”. 🍞"
    )
    async with tab(alice) as socket:
        ack, _, _ = await socket.ask("My name is Maya.")
        talk = ack["conversation"]
        await socket.ask(LONG, conversation=talk)
        first = await asyncio.to_thread(_first, talk)
        await asyncio.to_thread(marking.pin, by=alice.id, message_id=first)
        echoed = []
        for strategy in ("full", "window", "summary", "recall", "hybrid"):
            sent = await socket.ask(
                f"And now, {strategy}?",
                conversation=talk,
                model=ECHO,
                strategy=strategy,
            )
            echoed.append(sent)
        # what comes later does not matter
        await asyncio.to_thread(marking.exclude, by=alice.id, message_id=first)
        await asyncio.to_thread(facts.remember, alice.id, "bread", "Wheat")
        for ack, said, _ in echoed:
            again = await asyncio.to_thread(rebuilt, alice, ack)
            assert orjson.dumps(again).decode() == said


def _first(talk: str) -> UUID:
    return Message.objects.get(conversation_id=talk, depth=1).id
