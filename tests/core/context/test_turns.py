from __future__ import annotations

import uuid

from conversations.core.context import StoredMessage
from conversations.core.context.blocks import items_of
from conversations.core.context.short_form import LONG
from conversations.core.context.turns import WholeTurn, after, fitting, whole_turns
from conversations.core.model_api import Item, ToolUse
from tests.core.context.branches import call, said, talk


def texts(turns) -> list[list[str]]:
    return [[message.text for message in turn.messages] for turn in turns]


def test_a_turn_begins_with_what_a_person_says():
    turns = whole_turns(talk("a", "b", "c", "d"), 1)
    assert texts(turns) == [["a", "b"], ["c", "d"]]
    assert [turn.end for turn in turns] == [2, 4]


def test_messages_without_a_reply_are_turns_of_their_own():
    messages = [said("user", "a"), said("user", "b"), said("assistant", "c")]
    assert texts(whole_turns(messages, 1)) == [["a"], ["b", "c"]]


def test_a_reply_that_lost_its_question_is_no_turn():
    rest = talk("a", "b", "c", "d")[1:]
    assert texts(whole_turns(rest, 2, cut=True)) == [["c", "d"]]
    assert [turn.end for turn in whole_turns(rest, 2, cut=True)] == [4]


def test_a_greeting_that_begins_a_conversation_is_a_turn():
    messages = [said("assistant", "Hello!"), *talk("a", "b")]
    assert texts(whole_turns(messages, 1)) == [["Hello!"], ["a", "b"]]
    assert whole_turns([], 1) == []


def test_what_is_excluded_or_empty_is_not_sent_but_keeps_its_place():
    messages = [said("user", "a"), said("assistant", ""), *talk("c", "d")]
    messages[2] = said("user", "c", excluded=True)
    turns = whole_turns(messages, 1)
    assert texts(turns) == [["a"], ["d"]]
    assert [turn.end for turn in turns] == [2, 4]


def test_the_latest_turns_that_fit_are_kept_without_a_gap():
    turns = whole_turns(talk("a", "b", "long " * 50, "d", "e", "f"), 1)
    one = turns[0].cost()
    assert texts(fitting(turns, 2 * one)) == [["e", "f"]]
    assert texts(fitting(turns, one - 1)) == []
    assert fitting(turns, 1_000) == turns


def test_what_is_paid_for_already_costs_nothing_more():
    messages = talk("a", "b")
    paid = frozenset([messages[0].id])
    turns = whole_turns(messages, 1)
    assert fitting(turns, messages[1].cost, paid) == turns
    assert fitting(turns, messages[1].cost) == []


def test_the_turns_after_a_summary_are_whole():
    turns = whole_turns(talk("a", "b", "c", "d", "e", "f"), 1)
    assert texts(after(turns, 2)) == [["c", "d"], ["e", "f"]]
    assert texts(after(turns, 3)) == [["c", "d"], ["e", "f"]]
    assert texts(after(turns, 6)) == []
    assert texts(after(turns, 6, at_least=2)) == [["c", "d"], ["e", "f"]]
    assert len(after(turns, 0, at_least=9)) == 3


def test_calls_stand_where_they_were_made():
    calls = (call(2, "two", 4), call(1, "one", 0), call(3, "three", 4))
    items = items_of(said("assistant", "Now then.", calls=calls))
    assert items == [
        Item("assistant", "", calls=(ToolUse("call_1", "look_up", "{}"),)),
        Item("tool", "one", call_id="call_1"),
        Item(
            "assistant",
            "Now ",
            calls=(
                ToolUse("call_2", "look_up", "{}"),
                ToolUse("call_3", "look_up", "{}"),
            ),
        ),
        Item("tool", "two", call_id="call_2"),
        Item("tool", "three", call_id="call_3"),
        Item("assistant", "then."),
    ]


def test_a_reply_that_is_only_a_call_says_something():
    reply = said("assistant", "", calls=(call(1, "one", 0),))
    assert [item.role for item in items_of(reply)] == ["assistant", "tool"]
    assert not reply.says_nothing


def test_what_was_said_just_now_goes_whole_and_what_is_older_in_short():
    long = "word " * (LONG + 500)
    turns = [
        WholeTurn((StoredMessage(uuid.uuid4(), "user", long, LONG + 500),), end)
        for end in (1, 2, 3)
    ]
    kept = fitting(turns, 100_000)
    assert [turn.messages[0].short for turn in kept] == [True, False, False]
    tight = fitting(turns, 2 * (LONG + 500))  # each takes more than half of the room
    assert [turn.messages[0].short for turn in tight] == [True, True, True]
