from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.core.context.short_form import LONG, SHORT_TOKENS
from conversations.core.context.turns import KEPT_TURNS
from conversations.core.prompts import SUMMARY_PROMPT, summary_items
from conversations.core.summaries import (
    DUE_TOKENS,
    DUE_TURNS,
    LEAST_TOKENS,
    MATERIAL_TOKENS,
    MOST_TOKENS,
    BadSummary,
    due,
    material,
    validate,
)
from conversations.core.tokens import PER_ITEM, count
from conversations.providers.demo.answers import answer
from conversations.providers.demo.request import DemoRequest, Message
from tests.core.context.branches import branches, call, said, talk, words


def turns(number: int, size: int = 30) -> list:
    return talk(*[words(size, f"m {n:04}") for n in range(2 * number)])


def test_it_is_due_when_enough_turns_are_older_than_the_last_five():
    assert due(turns(KEPT_TURNS + DUE_TURNS - 1), 0) is None
    made = due(turns(KEPT_TURNS + DUE_TURNS), 0)
    assert made.covered == 2 * DUE_TURNS
    assert [m.text for m in made.messages] == [
        m.text for m in turns(KEPT_TURNS + DUE_TURNS)[: 2 * DUE_TURNS]
    ]
    assert made.tokens == sum(m.cost for m in made.messages)


def test_it_is_due_sooner_when_the_turns_are_long():
    assert due([*turns(1, DUE_TOKENS), *turns(KEPT_TURNS)], 0).covered == 2
    assert due([*turns(1, DUE_TOKENS // 3), *turns(KEPT_TURNS)], 0) is None


def test_little_talk_is_not_worth_a_call():
    small = talk(*["Hi."] * 2 * (KEPT_TURNS + DUE_TURNS))
    assert sum(m.cost for m in small) < LEAST_TOKENS
    assert due(small, 0) is None


def test_it_goes_on_where_the_one_before_ended():
    made = due(turns(KEPT_TURNS + DUE_TURNS), 24)
    assert made.covered == 24 + 2 * DUE_TURNS


def test_what_is_left_of_a_turn_that_was_cut_is_not_lost():
    made = due(turns(KEPT_TURNS + DUE_TURNS + 1)[1:], 23)
    assert made.messages[0].role == "assistant"
    assert made.covered == 23 + 1 + 2 * DUE_TURNS


def test_somebody_who_asks_for_it_gets_it_now():
    assert due(turns(KEPT_TURNS), 0, now=True) is None
    assert due(turns(KEPT_TURNS + 1), 0, now=True).covered == 2
    assert due(turns(2), 0, keep=0, now=True).covered == 4
    assert due([], 0, keep=0, now=True) is None


def test_what_was_excluded_is_covered_but_not_told():
    talked = turns(KEPT_TURNS + DUE_TURNS)
    talked[2] = replace(talked[2], excluded=True)
    made = due(talked, 0)
    assert made.covered == 2 * DUE_TURNS
    assert talked[2] not in made.messages


def test_one_call_reads_so_much_and_the_rest_waits_for_the_next():
    talked = turns(60, 200)
    made = due(talked, 0)
    assert 0 < sum(m.cost for m in made.messages) <= MATERIAL_TOKENS
    again = due(talked[made.covered :], made.covered)
    assert again.messages[0] == talked[made.covered]


@settings(deadline=None, max_examples=40)
@given(branches(), st.integers(0, 6))
def test_a_summary_ends_between_turns_and_what_it_reads_is_bounded(messages, keep):
    made = due(messages, 0, keep=keep, now=True)
    if made is None:
        return
    assert messages[made.covered].role == "user" if keep else True
    spoken = sum(m.role == "user" for m in messages[made.covered :])
    assert spoken >= keep
    assert not any(m.excluded for m in made.messages)
    system, request = material("", made.messages)
    most = max(MATERIAL_TOKENS, 2 * SHORT_TOKENS + 200)
    assert count(request.text) <= most + 2 * PER_ITEM * len(made.messages)


def test_the_material_is_a_transcript_with_what_tools_said():
    reply = said("assistant", "It rains.", calls=(call(1, "18 °C", 0),))
    items = material("They met.", [said("user", "Weather?"), reply])
    assert items[0].text == SUMMARY_PROMPT
    assert items[1].text == (
        "Summary so far:\nThey met.\n\nNew turns:\n"
        "User: Weather?\n\nTool: 18 °C\n\nAssistant: It rains."
    )


def test_a_paste_is_read_in_its_short_form_even_when_it_is_pinned():
    paste = said("user", words(3 * LONG), pinned=True)
    assert count(material("", [paste])[1].text) < SHORT_TOKENS + 20


GOOD = "- User: My cat is called Miso.\n- The launch is on 3 May."
PLENTY = 500


@pytest.mark.parametrize(
    "answer",
    [
        GOOD,
        f"  {GOOD}\n\n",
        f"<think>They said a lot.\n\nOkay.</think>\n{GOOD}",
        f"<THINKING>Hm.</THINKING>{GOOD}<think>Good?</think>",
        f"Summary:\n{GOOD}",
        f"**Summary so far:**\n\n{GOOD}",
        f"## Updated summary\n{GOOD}",
        f"Here is the updated summary of the conversation:\n{GOOD}",
        f"Sure! Here's the summary:\n\n{GOOD}",
        f"```\n{GOOD}\n```",
        f"```text\n{GOOD}\n```",
        GOOD.replace("\n", "\x00\n\x07"),
    ],
)
def test_a_summary_is_taken_out_of_its_wrapping(answer):
    assert validate(answer, PLENTY) == GOOD


@pytest.mark.parametrize(
    "summary",
    [
        "I need to renew my passport by 3 May.",
        "Sorry was the first song she played; the second is open.\nThe band is Fen.",
        "The person wants a red bicycle.",
        "- Assistant: It is green.\n- User: I like it.",
        "Die Katze heißt Miso.",
        "猫叫米索。发布日期是五月三日。",
        "Maya: baker, lives in Ghent. Here is her plan: bread.",
        "First aid kit: bought. Tent: not yet.",
    ],
)
def test_what_only_looks_like_a_fault_passes(summary):
    assert validate(summary, PLENTY) == summary


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("", "it is empty"),
        (" \n\x07\n", "it is empty"),
        ("<think>never closed. The cat is Miso.", "it is empty"),
        ("Summary:", "it is empty"),
        ("Okay, let me look at what they said.\n- Cat: Miso", "it thinks aloud"),
        ("Let me summarize. The cat is Miso.", "it thinks aloud"),
        ("Hmm, the user wants a summary.", "it thinks aloud"),
        ("I need to summarise this talk.", "it thinks aloud"),
        ("The user wants me to write a summary.", "it thinks aloud"),
        ("I'm sorry, but I can't help with that.", "it refuses"),
        ("As an AI, I have no opinion.", "it refuses"),
        ("I cannot do this.", "it refuses"),
        ("There is nothing to summarize.", "it refuses"),
        ("User: Hello.\n\nAssistant: Hi!", "it repeats the conversation"),
        ("Assistant: The cat is called Miso.", "it repeats the conversation"),
        ("Summary so far:\nA.\n\nNew turns:\nUser: B.", "it repeats the conversation"),
        (words(PLENTY), "it is no shorter than what it stands for"),
        (words(MOST_TOKENS + 1), "it is no shorter than what it stands for"),
    ],
)
def test_what_is_no_summary_is_refused_with_the_reason(answer, reason):
    with pytest.raises(BadSummary) as refused:
        validate(answer, PLENTY)
    assert refused.value.reason == reason == str(refused.value)


def test_a_summary_that_would_cost_too_much_is_refused():
    with pytest.raises(BadSummary) as refused:
        validate(words(MOST_TOKENS + 1), 10**6)
    assert refused.value.reason == "it is too long"


@pytest.mark.parametrize(
    ("source", "summary", "keeps"),
    [
        ("Мою кошку зовут Мисо.", "Кошку зовут Мисо.", True),
        ("Мою кошку зовут Мисо.", "The cat is called Miso.", False),
        ("私の猫の名前はミソです。", "猫はミソ。", True),
        ("Мою кошку зовут Мисо, вот и всё.", "Кошка: Miso, Ghent", True),
        ("def main(): return 0  # по-русски", "Программа на Python.", True),
        ("My cat is called Miso.", "Кошку зовут Мисо.", True),
        ("", "Кошку зовут Мисо.", True),
    ],
)
def test_a_summary_keeps_to_the_script_of_the_talk(source, summary, keeps):
    if keeps:
        assert validate(summary, PLENTY, source) == summary
        return
    with pytest.raises(BadSummary) as refused:
        validate(summary, PLENTY, source)
    assert refused.value.reason == "it is in another language"


@given(st.text(max_size=300), st.text(max_size=50))
def test_no_answer_breaks_it(text, source):
    try:
        summary = validate(text, PLENTY, source)
    except BadSummary:
        return
    assert summary == summary.strip() != ""
    assert count(summary) < PLENTY


def test_the_demo_models_summaries_pass():
    talked = talk(
        *("My cat is called Miso and the launch code is 4711.", words(40, "Noted.")),
        *("I live in Ghent, in a house by the river.", words(40, "Good.")),
    )
    items = summary_items("", material("", talked)[1:])
    messages = tuple(Message(item.role, item.text) for item in items)
    summary = str(answer(DemoRequest("demo", messages, [])))
    assert "4711" in validate(summary, sum(m.cost for m in talked))
