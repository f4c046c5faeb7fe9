"""What every strategy promises, for any history and any budget."""

from __future__ import annotations

import uuid
from dataclasses import replace

import orjson
import pytest
from hypothesis import given, settings

from conversations.core.context import (
    STRATEGIES,
    Budget,
    Context,
    Material,
    RunningSummary,
    StoredMessage,
)
from conversations.core.context.blocks import items_of
from conversations.core.context.left_out import EXCLUDED, SILENT
from conversations.core.context.standing import COVERED
from conversations.core.model_api import Item
from conversations.core.tokens import PER_ITEM, count
from tests.core.context.branches import (
    Finds,
    ListHistory,
    branches,
    materials,
    recalled,
    said,
    talk,
    words,
)

every = pytest.mark.parametrize("name", STRATEGIES)
within_budget = pytest.mark.parametrize("name", [n for n in STRATEGIES if n != "full"])
contexts = settings(max_examples=40, deadline=None)


def sent(context: Context, *kinds: str) -> list[uuid.UUID]:
    """The messages of these blocks, or of all, as often as they are sent."""
    blocks = [b for b in context.blocks if not kinds or b.kind in kinds]
    return [message for block in blocks for message in block.messages]


def may_go(history: ListHistory) -> list[StoredMessage]:
    question = history.messages[-1]
    return [
        m
        for m in history.messages
        if m is question or not (m.excluded or m.says_nothing)
    ]


@within_budget
@contexts
@given(materials())
def test_it_is_never_over_the_budget_unless_what_must_go_is(name, material):
    context = STRATEGIES[name](material)
    pinned = [m for m in may_go(material.history)[:-1] if m.pinned]
    must = [*pinned, material.history.messages[-1]]
    prompt = material.system_prompt
    least = sum(m.cost for m in must) + (count(prompt) + PER_ITEM if prompt else 0)
    assert context.over_budget == (least > material.budget.prompt)
    if context.over_budget:
        assert context.tokens == least
    else:
        assert context.tokens <= material.budget.prompt


@every
@contexts
@given(materials())
def test_a_block_costs_what_is_sent_of_it(name, material):
    calls = {m.id: m.calls or m.attached for m in material.history.messages}
    for block in STRATEGIES[name](material).blocks:
        if not any(calls.get(message) for message in block.messages):
            texts = [item.text for item in block.items]
            assert block.tokens == sum(count(text) + PER_ITEM for text in texts)


@every
@contexts
@given(materials())
def test_the_question_goes_last_and_whole(name, material):
    question = material.history.messages[-1]
    context = STRATEGIES[name](material)
    assert (context.items[-1],) == tuple(items_of(question))
    assert context.items[-1].text.startswith(question.text)
    assert sent(context)[-1] == question.id


@every
@contexts
@given(materials())
def test_the_order_is_kept(name, material):
    context = STRATEGIES[name](material)
    order = [m.id for m in material.history.messages]
    places = [order.index(message) for message in sent(context, "pinned", "recent")]
    assert places == sorted(places)
    kinds = [block.kind for block in context.blocks]
    prompt = ["system", "facts", "summary", "files", "recalled", "pinned", "recent"]
    assert kinds == [kind for kind in prompt if kind in kinds]


@every
@contexts
@given(materials())
def test_the_system_leads_and_nothing_else_speaks_for_it(name, material):
    roles = [item.role for item in STRATEGIES[name](material).items]
    leading = roles.count("system")
    assert roles[:leading] == ["system"] * leading
    if material.system_prompt:
        assert STRATEGIES[name](material).items[0].text == material.system_prompt


@every
@contexts
@given(materials())
def test_nothing_is_sent_twice(name, material):
    messages = sent(STRATEGIES[name](material))
    assert len(messages) == len(set(messages))


@every
@contexts
@given(materials())
def test_what_is_pinned_goes_whole(name, material):
    context = STRATEGIES[name](material)
    for message in may_go(material.history):
        if message.pinned:
            assert message.id in sent(context, "pinned", "recent")
            for item in items_of(message):
                assert item in context.items


@every
@contexts
@given(materials())
def test_what_is_excluded_never_goes(name, material):
    context = STRATEGIES[name](material)
    question = material.history.messages[-1]
    excluded = {m.id for m in material.history.messages if m.excluded} - {question.id}
    assert not excluded & set(sent(context))
    known = {m.id: m for m in material.history.messages}
    for left in context.left_out:
        if left.reason == EXCLUDED:
            assert all(known[message].excluded for message in left.messages)


@every
@contexts
@given(materials())
def test_sent_and_left_out_are_all_there_is(name, material):
    context = STRATEGIES[name](material)
    branch = {m.id for m in material.history.messages}
    here = branch & set(sent(context))
    assert len(here) + sum(left.count for left in context.left_out) == len(branch)
    for left in context.left_out:
        assert not here & set(left.messages)
        assert left.count == len(left.messages) or not left.messages


@contexts
@given(materials())
@pytest.mark.parametrize("name", ["summary", "hybrid"])
def test_what_the_summary_covers_is_counted_as_that(name, material):
    context = STRATEGIES[name](material)
    if not any(block.kind == "summary" for block in context.blocks):
        assert COVERED not in [left.reason for left in context.left_out]
        return
    covered = {m.id for m in material.history.messages[: material.summary.covered]}
    named = {m for left in context.left_out for m in left.messages}
    counted = sum(left.count for left in context.left_out if left.reason == COVERED)
    assert counted == len(covered - named - set(sent(context)))


@within_budget
@contexts
@given(materials())
def test_cuts_fall_between_turns(name, material):
    messages = material.history.messages
    recent = sent(STRATEGIES[name](material), "recent")
    allowed = [m.id for m in may_go(material.history)]
    assert recent == allowed[len(allowed) - len(recent) :]
    before = messages.index(next(m for m in messages if m.id == recent[0]))
    # What came right before was said by the same turn only if it may not be sent.
    while before and messages[before].role != "user":
        before -= 1
        assert messages[before].id not in allowed


@every
@contexts
@given(materials())
def test_a_call_and_its_result_stay_together(name, material):
    items = STRATEGIES[name](material).items
    for at, item in enumerate(items):
        results = items[at + 1 : at + 1 + len(item.calls)]
        assert [r.call_id for r in results] == [c.call_id for c in item.calls]
    results = [item.call_id for item in items if item.role == "tool"]
    assert results == [call.call_id for item in items for call in item.calls]


@every
@contexts
@given(materials())
def test_the_same_material_makes_the_same_context(name, material):
    again = replace(material, recall=Finds(material.recall.found))
    first, second = STRATEGIES[name](material), STRATEGIES[name](again)
    assert first == second
    assert first.strategy == name
    assert orjson.loads(orjson.dumps(first.receipt(material.budget)))


@every
@contexts
@given(materials())
def test_the_passages_of_each_file_are_sent_or_left_out(name, material):
    context = STRATEGIES[name](material)
    sent = [p for block in context.blocks for p in block.passages]
    assert len({p.id for p in sent}) == len(sent)
    for file in material.files.given():
        left = [one for one in context.passages_left if one.file == file]
        missing = sum(one.count for one in left)
        assert missing + sum(p.file == file.id for p in sent) == file.passages
        assert all(one.reason and (one.count or not file.passages) for one in left)
        assert left or file.passages


@every
@contexts
@given(materials())
def test_every_number_stands_in_the_prompt_once(name, material):
    context = STRATEGIES[name](material)
    marks = [mark for b in context.blocks for mark in dict.fromkeys(b.marks) if mark]
    assert marks == list(range(1, len(marks) + 1))
    for block in context.blocks:
        for mark in filter(None, block.marks):
            assert f"\n[{mark}] " in block.items[0].text


@within_budget
@contexts
@given(materials())
def test_files_take_no_more_than_their_share(name, material):
    for block in STRATEGIES[name](material).blocks:
        if block.kind == "files":
            assert block.tokens <= material.budget.prompt // 3


@contexts
@given(branches())
def test_full_sends_everything_that_may_go_and_changes_nothing(messages):
    history = ListHistory(messages)
    context = STRATEGIES["full"](Material("", history, Budget(500, 100)))
    assert sent(context) == [m.id for m in may_go(history)]
    assert context.items[:-1] == tuple(
        item for m in may_go(history)[:-1] for item in items_of(m)
    )
    assert context.over_budget == (context.tokens > 400)
    assert {left.reason for left in context.left_out} <= {EXCLUDED, SILENT}


@contexts
@given(branches())
@pytest.mark.parametrize("name", ["window", "summary", "hybrid"])
def test_everything_goes_when_there_is_room(name, messages):
    history = ListHistory(messages)
    context = STRATEGIES[name](Material("", history, Budget(1_000_000, 100)))
    assert sent(context) == [m.id for m in may_go(history)]


def long_talk(turns: int, words_each: int = 20) -> list[StoredMessage]:
    texts = [words(words_each, f"m {n:06}") for n in range(2 * turns)]
    return talk(*texts, "And now?")


@within_budget
def test_it_reads_no_more_of_a_long_history(name):
    reads, tokens = [], []
    for turns in (100, 5_000):
        history = ListHistory(long_talk(turns))
        summary = RunningSummary(
            uuid.UUID(int=9), "They talked.", 4, 2 * turns - 12, 5_000
        )
        found = Finds([recalled(*history.messages[2:4])])
        material = Material("", history, Budget(2_000, 200), (), summary, found)
        tokens.append(STRATEGIES[name](material).tokens)
        reads.append(history.read)
    assert reads[0] == reads[1] <= 80
    assert abs(tokens[0] - tokens[1]) <= 9  # longer numbers, nothing else


@pytest.mark.parametrize(
    ("name", "most"), [("summary", 15), ("hybrid", 15), ("recall", 4)]
)
def test_a_large_window_is_no_reason_to_read_what_is_not_sent(name, most):
    history = ListHistory(long_talk(1_000))
    summary = RunningSummary(uuid.UUID(int=9), "They talked.", 4, 1_987, 50_000)
    material = Material("", history, Budget(100_000, 0), (), summary)
    STRATEGIES[name](material)
    assert history.read <= most


@every
def test_a_branch_with_nothing_on_it_is_no_error(name):
    context = STRATEGIES[name](Material("Be kind.", ListHistory([]), Budget(500, 100)))
    assert [item.text for item in context.items] == ["Be kind."]


@every
def test_what_is_exactly_the_budget_is_not_over_it(name):
    history = ListHistory(talk("Is it enough?"))
    enough = history.messages[0].cost
    for room, over in ((enough, False), (enough - 1, True)):
        context = STRATEGIES[name](Material("", history, Budget(room, 0)))
        assert context.over_budget is over
        assert context.tokens == enough


@pytest.mark.parametrize("window", range(100, 1_000, 50))
@pytest.mark.parametrize("only", [1, 20])
def test_recalled_and_recent_turns_share_the_budget(window, only):
    history = ListHistory(long_talk(20))
    turns = [history.messages[at : at + 2] for at in range(0, 40, 2)]
    # The best is one that just does, or just does not, go as a recent turn.
    turns = turns[20 - window // 50 :][:only]
    found = Finds([recalled(*turn, days=n) for n, turn in enumerate(turns)])
    budget = Budget(window, 0)
    material = Material("", history, budget, recall=found)
    context = STRATEGIES["hybrid"](material)
    assert context.tokens <= window
    assert len(sent(context)) == len(set(sent(context)))


@every
def test_an_excluded_message_that_is_asked_again_is_asked(name):
    history = ListHistory([said("user", "Why?", excluded=True)])
    context = STRATEGIES[name](Material("", history, Budget(500, 100)))
    assert context.items == (Item("user", "Why?"),)
    assert context.left_out == ()


@every
def test_an_empty_reply_is_not_sent(name):
    history = ListHistory(talk("hi", "", "hello?"))
    context = STRATEGIES[name](Material("", history, Budget(500, 100)))
    assert [item.text for item in context.items] == ["hi", "hello?"]
    assert [(left.reason, left.count) for left in context.left_out] == [(SILENT, 1)]


def test_the_receipt_names_every_block_and_keeps_no_one_s_words():
    history = ListHistory(talk("my secret"))
    budget = Budget(500, 100)
    context = STRATEGIES["window"](Material("Be kind.", history, budget))
    system_tokens = count("Be kind.") + PER_ITEM
    secret_tokens = count("my secret") + PER_ITEM
    assert context.receipt(budget) == {
        "strategy": "window",
        "window": 500,
        "reply_reserve": 100,
        "tools": 0,
        "tokens": system_tokens + secret_tokens,
        "over_budget": False,
        "blocks": [
            {"kind": "system", "tokens": system_tokens, "texts": ["Be kind."]},
            {
                "kind": "recent",
                "tokens": secret_tokens,
                "messages": [str(history.messages[0].id)],
            },
        ],
        "left_out": [],
    }
