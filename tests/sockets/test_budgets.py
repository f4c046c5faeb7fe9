"""A monthly budget in the whole product: no turn spends more, however often it asks."""

from __future__ import annotations

import asyncio
from datetime import date
from decimal import Decimal

import pytest

from conversations.core.model_api import ToolAsked, ToolUse
from conversations.core.tool_loop import LIMITS
from conversations.models import LanguageModel, Spending, Turn
from conversations.services import catalogue, spending
from tests.sockets.scripted_model import ScriptedModel, install

pytestmark = pytest.mark.django_db(transaction=True)
BUDGET = Decimal("0.05")
LONG = "Note it again and again. " * 200  # a cent, as a prompt


@pytest.fixture(autouse=True)
def _dear(transactional_db, settings, monkeypatch):
    # nor does a month end meanwhile
    monkeypatch.setattr(spending, "_month", lambda now: date(2026, 11, 1))
    settings.MONTHLY_BUDGET_USD = BUDGET
    LanguageModel.objects.create(
        name="demo-fast", input_price=10, output_price=10, reply_limit=200
    )
    catalogue.forget()
    yield
    catalogue.forget()


def never_done(request):
    use = ToolUse("", "remember", '{"key": "diet", "value": "vegan"}')
    return ["Noting.", ToolAsked((use,))]


async def test_a_reply_of_many_rounds_stops_within_the_budget(tab, alice, runner):
    model = install(runner, ScriptedModel(never_done))
    async with tab(alice) as socket:
        _, text, end = await socket.ask(LONG)
    assert 1 < len(model.streamed) < LIMITS.rounds
    assert (end["status"], end["error"]["code"]) == ("interrupted", "over_budget")
    assert "monthly budget" in end["error"]["message"]
    assert text.startswith("Noting.")
    spent = await asyncio.to_thread(Spending.objects.get)
    assert BUDGET / 2 < spent.spent_usd <= BUDGET
    turn = await Turn.objects.aget(id=end["turn"])
    assert (turn.reserved_usd, turn.cost_usd) == (0, spent.spent_usd)


async def test_a_model_is_told_how_long_its_reply_may_be(tab, alice, runner):
    model = install(runner, ScriptedModel(lambda request: ["Hello."]))
    async with tab(alice) as socket:
        await socket.ask("Hello")
    assert [request.max_output_tokens for request in model.streamed] == [200]
