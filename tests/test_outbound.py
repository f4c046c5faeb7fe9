"""The way out without a database: every cut of an answer, every kind of event."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.core.errors import ModelUnavailable
from conversations.core.model_api import (
    Completion,
    Finished,
    Item,
    ModelRequest,
    TextDelta,
    Thought,
    ToolAsked,
    ToolUse,
)
from conversations.core.redaction import MemoryVault, Type, mask, restore
from conversations.outbound import Outbound
from conversations.services.redacting import MASK, OFF, VAULT, Outgoing

MAIL, PIN = "ann@example.com", 'p"w\\1'
REQUEST = ModelRequest("m", (Item("user", "hello"),))
PIECES = ["[EMAIL_1]", "\\[SECRET\\_1\\]", "[EMAIL_7]", "[", "EMAIL_1]", "word ", "\n"]
replies = st.lists(st.sampled_from(PIECES), max_size=10).map("".join)


def filled():
    vault = MemoryVault()
    vault.put(Type.EMAIL, MAIL)
    vault.put(Type.SECRET, PIN)
    return vault


class Way:
    """A ``Store``, as far as the way out asks it."""

    def __init__(self, form):
        self.form, self.asked = form, []

    async def outgoing(self, request):
        self.asked.append(request)
        return Outgoing(request, self.form, filled())


class Says:
    def __init__(self, *events):
        self.events, self.closed = events, False

    async def stream(self, request, pacer=None):
        try:
            for event in self.events:
                if isinstance(event, Exception):
                    raise event
                yield event
        finally:
            self.closed = True

    async def complete(self, request):
        return Completion("".join(event.text for event in self.events))

    async def close(self):
        self.closed = True


async def heard(form, *events):
    way = Way(form)
    out = Outbound(Says(*events), way)
    found = [event async for event in out.stream(REQUEST)]
    assert way.asked == [REQUEST]
    return found


def pieces(reply, cuts):
    edges = [0, *sorted(min(cut, len(reply)) for cut in cuts), len(reply)]
    return [TextDelta(reply[at:end]) for at, end in pairwise(edges) if end > at]


@given(replies, st.lists(st.integers(0, 90), max_size=40))
def test_every_cut_is_restored_as_at_once(reply, cuts):
    *texts, end = asyncio.run(heard(VAULT, *pieces(reply, cuts), Finished()))
    assert "".join(each.text for each in texts) == restore(reply, filled())
    assert all(each.text for each in texts)  # a delta is never empty
    assert end == Finished()


@given(replies, st.lists(st.integers(0, 90), max_size=40))
def test_without_a_policy_all_passes_as_it_came(reply, cuts):
    events = [*pieces(reply, cuts), Finished()]
    assert asyncio.run(heard(OFF, *events)) == events


async def test_under_mask_what_a_model_makes_up_is_masked():
    texts = "Ask eve@exam", "ple.com, ", "or ann."
    *said, _ = await heard(MASK, *map(TextDelta, texts), Finished())
    assert "".join(each.text for each in said) == mask("".join(texts)).text


async def test_arguments_are_restored_as_json():
    asked = ToolAsked((ToolUse("c", "x", '{"to":"[EMAIL_1]","pin":"[SECRET_1]"}'),))
    *texts, event, _ = await heard(VAULT, TextDelta("So ["), asked, Finished())
    assert texts == [TextDelta("So "), TextDelta("[")]
    assert event.calls[0].arguments == '{"to":"ann@example.com","pin":"p\\"w\\\\1"}'


async def test_sealed_thoughts_pass_as_they_are():
    thoughts = (Thought("rs_0", "[EMAIL_1]", -1),)
    asked = ToolAsked((ToolUse("c", "x", "{}"),), thoughts)
    event, _ = await heard(VAULT, asked, Finished())
    assert event.thoughts == thoughts


async def test_what_broke_off_is_shown_as_far_as_it_came():
    way = Outbound(
        Says(TextDelta("It is [EMAIL_1] [EM"), ModelUnavailable()), Way(VAULT)
    )
    said = []
    with pytest.raises(ModelUnavailable):
        async for event in way.stream(REQUEST):
            said.append(event.text)
    assert "".join(said) == f"It is {MAIL} [EM"


@pytest.mark.parametrize("form", [OFF, VAULT, MASK])
async def test_closing_it_closes_the_request(form):
    model = Says(*[TextDelta("plain words ")] * 9, Finished())
    stream = Outbound(model, Way(form)).stream(REQUEST)
    await anext(stream)
    await stream.aclose()
    assert model.closed


@pytest.mark.parametrize(
    ("form", "text"),
    [(OFF, "[EMAIL_1] a@b.de"), (VAULT, f"{MAIL} a@b.de"), (MASK, "[EMAIL_1] [EMAIL]")],
)
async def test_a_whole_answer_comes_back_so(form, text):
    out = Outbound(Says(TextDelta("[EMAIL_1] a@b.de")), Way(form))
    assert (await out.complete(REQUEST)).text == text
