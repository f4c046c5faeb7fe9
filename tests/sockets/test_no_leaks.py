"""No original lies in any table or log, and none leaves the house."""

from __future__ import annotations

import asyncio
import logging
from uuid import UUID, uuid4

import pytest
from django.apps import apps

from accounts import core_memory, facts
from chatsite.lib.fields import SealedTextField
from conversations.core.model_api import ToolAsked, ToolUse
from conversations.models import Placeholder, Summary
from conversations.services import preferences
from tests.sockets.conftest import quiet
from tests.sockets.scripted_model import ScriptedModel, install

pytestmark = pytest.mark.django_db(transaction=True)
MAIL, PHONE, CARD = "ann.lee@example.com", "+49 151 23456789", "4111 1111 1111 1111"
ORIGINALS = (MAIL, PHONE, CARD)
ASKED = f"I am {MAIL}, call {PHONE} or charge {CARD}."
THREAD = asyncio.to_thread


def everything(person):
    """Each value of each row of each table, sealed fields as they are sealed."""
    for model in apps.get_models():
        for row in model._default_manager.all():
            for field in model._meta.concrete_fields:
                if isinstance(field, SealedTextField):
                    if model is not Placeholder:
                        text, _ = SealedTextField.stored_form(row, field.name)
                        yield f"{model.__name__}.{field.name}", text or ""
                else:
                    yield (
                        f"{model.__name__}.{field.name}",
                        str(getattr(row, field.attname)),
                    )


@pytest.mark.parametrize("form", ["vault", "mask"])
async def test_no_original_is_left_in_any_table_or_log(
    settings, tab, runner, alice, caplog, form
):
    settings.PII_POLICY = form
    caplog.set_level(logging.DEBUG)
    async with tab(alice) as socket:
        ack, _, _ = await socket.ask(f"My name is Maya. {ASKED}")
        talk = ack["conversation"]
        remember = '{"key": "mail", "value": "' + MAIL + '"}'
        await socket.ask(f"use the tool remember {remember}", conversation=talk)
        await socket.ask("What is my phone number?", conversation=talk)
        await THREAD(core_memory.append, alice.id, "person", f"Pays by {CARD}")
        await socket.send(
            "edit", id=str(uuid4()), message=ack["message"], text=ASKED, rerun=False
        )
        await socket.until("ack")
        await quiet(runner)
    values = await THREAD(lambda: list(everything(alice)))
    assert len({name for name, _ in values}) > 100
    for value in ORIGINALS:
        assert [name for name, text in values if value in text] == []
    for value in ORIGINALS:
        assert value not in caplog.text


@pytest.mark.parametrize("form", ["vault", "mask"])
async def test_no_original_leaves_the_house(settings, tab, runner, alice, form):
    """Though it was stored before there was a policy; by no strategy, no tool and
    no task after a turn.
    """
    model = install(runner, ScriptedModel(_answers, lambda told: told[-200:]))
    async with tab(alice) as socket:
        ack, _, _ = await socket.ask(ASKED)
        talk = ack["conversation"]
        await THREAD(facts.remember, alice.id, "mail", MAIL)
        await THREAD(core_memory.append, alice.id, "person", f"Pays by {CARD}")
        await THREAD(preferences.change, alice.id, system_prompt=f"I am {MAIL}")
        for n in range(12):
            await socket.ask(f"{n}: {PHONE} " + "and on " * 60, conversation=talk)
        settings.PII_POLICY = form
        await quiet(runner)
        model.asked.clear()
        for strategy in ("full", "window", "summary", "recall", "hybrid"):
            await socket.ask(
                f"use the tool: who is {MAIL}?", conversation=talk, strategy=strategy
            )
        await socket.ask(f"A new talk of {MAIL}")
        runner.summarise(UUID(talk))
        await quiet(runner)
    assert len(model.asked) > 8
    assert any(request.max_output_tokens for request in model.asked)  # tasks as well
    for value in ORIGINALS:
        assert value not in model.sent
    assert await THREAD(Summary.objects.count) >= 1


def _answers(request):
    if request.tools and "use the tool" in request.items[-1].text:
        use = ToolUse("", "remember", '{"key": "who", "value": "[EMAIL_1]"}')
        return ["Well.", ToolAsked((use,))]
    return ["I ", "see [EM", "AIL_1]."]
