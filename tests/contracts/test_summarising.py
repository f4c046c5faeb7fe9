"""The running summary: made in time, of what the branch says, and never half."""

from __future__ import annotations

import threading
import uuid
from decimal import Decimal

import orjson
import pytest
from django.db import connection, connections
from django.utils import timezone

from conversations.core.context.turns import KEPT_TURNS
from conversations.core.model_api import Usage
from conversations.core.summaries import DUE_TURNS, BadSummary
from conversations.core.turn import Outcome
from conversations.models import Charge, Conversation, Message, Summary, Turn
from conversations.services import (
    access,
    marking,
    messages,
    revising,
    spending,
    summarising,
    turns,
)

pytestmark = [pytest.mark.database, pytest.mark.django_db]
RUNNER = uuid.uuid4()
ENOUGH = KEPT_TURNS + DUE_TURNS
SHORT = "- User: my name is Maya, and I bake."


class Talk:
    """A conversation that goes on turn by turn."""

    def __init__(self, person, strategy: str = "summary") -> None:
        self.person, self.strategy = person, strategy
        self.id = self.last = None

    def says(self, text: str) -> None:
        asked = {"by": self.person.id, "request_id": uuid.uuid4(), "text": text}
        strategy = self.strategy
        self.answer(messages.post(**asked, conversation_id=self.id, strategy=strategy))

    def answer(self, posted) -> None:
        self.id, self.last = posted.conversation, posted.turn
        Conversation.objects.filter(id=self.id).update(strategy=self.strategy)
        briefing = turns.begin(posted.turn, runner=RUNNER)
        told = Outcome(text=f"I heard of {posted.message} and will not forget it.")
        turns.settle(briefing, told, runner=RUNNER)

    def rewords(self, message: Message, text: str) -> None:
        self.answer(
            revising.edit(
                by=self.person.id,
                request_id=uuid.uuid4(),
                message_id=message.id,
                text=text,
                rerun=True,
            )
        )

    def goes_on(self, number: int) -> None:
        for _ in range(number):
            self.says(f"Loaf {uuid.uuid4()} was baked with rye, salt and a starter.")

    def due(self):
        return summarising.due_after(self.last)

    def summarise(self, text: str = SHORT) -> Summary:
        return summarising.store(self.due() or summarising.due_now(self.id), text)

    @property
    def row(self) -> Conversation:
        return Conversation.objects.get(id=self.id)

    @property
    def branch(self) -> list[Message]:
        row, found = self.row.head, []
        while row is not None:
            found.insert(0, row)
            row = row.parent
        return found

    def blocks(self) -> dict[str, dict]:
        """Of the latest turn's receipt."""
        receipt = orjson.loads(Turn.objects.get(id=self.last).receipt)
        return {block["kind"]: block for block in receipt["blocks"]}


@pytest.fixture
def talk(alice) -> Talk:
    """One that is just long enough for a summary."""
    talk = Talk(alice)
    talk.says("My name is Maya.")
    talk.goes_on(ENOUGH - 1)
    return talk


# --- when
def test_it_is_due_when_enough_was_said_and_not_before(alice):
    talk = Talk(alice)
    talk.goes_on(ENOUGH - 1)
    assert talk.due() is None
    talk.goes_on(1)
    work = talk.due()
    covered = talk.branch[2 * DUE_TURNS - 1]
    assert (work.covers, work.covered, work.gained) == (covered.id, 12, 12)
    assert (work.version, work.owner) == (1, alice.id)
    assert covered.body in work.items[-1].text
    assert talk.branch[12].body not in work.items[-1].text


def test_the_next_goes_on_from_the_last(talk):
    first = talk.summarise()
    assert (first.covered, first.version, first.text) == (12, 1, SHORT)
    talk.goes_on(DUE_TURNS - 1)
    assert talk.due() is None
    talk.goes_on(1)
    work = talk.due()
    assert (work.covered, work.gained, work.version) == (24, 12, 2)
    assert SHORT in work.items[-1].text
    assert talk.branch[11].body not in work.items[-1].text
    assert talk.branch[12].body in work.items[-1].text
    assert work.source_tokens > first.source_tokens


@pytest.mark.parametrize("strategy", ["window", "full", "recall"])
def test_a_strategy_that_sends_no_summary_pays_for_none(alice, strategy):
    talk = Talk(alice, strategy)
    talk.goes_on(ENOUGH)
    assert talk.due() is None
    assert summarising.due_now(talk.id) is not None  # but who asks gets one


def test_switched_off_nothing_is_made_stored_or_sent(talk):
    talk.summarise()
    talk.goes_on(DUE_TURNS)
    work = talk.due()
    Conversation.objects.update(summarises=False)
    assert talk.due() is None
    assert summarising.due_now(talk.id) is None
    assert summarising.due_again(talk.id) is None
    assert summarising.store(work, SHORT) is None
    talk.says("And now?")
    assert "summary" not in talk.blocks()


def test_nothing_is_made_of_what_lies_in_the_trash(talk):
    work = talk.due()
    Conversation.objects.update(deleted_at=timezone.now())
    assert talk.due() is None
    assert summarising.due_now(talk.id) is None
    assert summarising.store(work, SHORT) is None


def test_a_few_turns_are_enough_when_somebody_asks(alice):
    talk = Talk(alice)
    talk.goes_on(KEPT_TURNS)
    assert summarising.due_now(talk.id) is None
    talk.goes_on(1)
    assert summarising.due_now(talk.id).covered == 2


def test_who_asks_gets_none_of_what_waits_for_its_answer(alice):
    talk = Talk(alice)
    talk.goes_on(3)
    for _ in range(8):
        messages.post(
            by=alice.id,
            request_id=uuid.uuid4(),
            text="And what of spelt, which waits?",
            conversation_id=talk.id,
        )
    work = summarising.due_now(talk.id)
    assert work is None or work.covered <= 6


def test_looking_costs_little_when_nothing_is_due(talk, django_assert_num_queries):
    young = Talk(talk.person)
    young.goes_on(KEPT_TURNS)
    with django_assert_num_queries(1):
        assert young.due() is None
    talk.summarise()
    with django_assert_num_queries(2):
        assert talk.due() is None
    talk.goes_on(1)
    with django_assert_num_queries(3):
        assert talk.due() is None


@pytest.mark.parametrize("length", [400, 1_000])
def test_looking_costs_the_same_however_long_the_branch(
    alice, length, django_assert_num_queries
):
    talk = long_talk(alice, length)
    with django_assert_num_queries(5):
        work = talk.due()
    assert work.covered <= summarising.READ
    assert summarising.store(work, SHORT).covered == work.covered
    with django_assert_num_queries(6):
        assert talk.due().gained <= summarising.READ


def long_talk(person, length: int) -> Talk:
    talk = Talk(person)
    talk.says("My name is Maya.")
    above = talk.row.head
    for at in range(length):
        above = Message(
            owner_id=person.id,
            conversation_id=talk.id,
            parent_id=above.id,
            depth=above.depth + 1,
            role="assistant" if at % 2 else "user",
            body="words of no weight",
            tokens=40,
            jump_id=above.jump_id if at % 10 else above.id,
        )
        above.save(force_insert=True)
    Conversation.objects.filter(id=talk.id).update(head=above, message_count=length + 2)
    talk.says("And now?")
    return talk


def test_a_long_talk_is_summarised_piece_by_piece(alice):
    talk = long_talk(alice, 400)
    covered = 0
    while work := talk.due():
        assert work.gained <= summarising.READ
        assert work.covered == covered + work.gained
        covered = summarising.store(work, SHORT).covered
    assert len(talk.branch) - covered < 2 * (KEPT_TURNS + DUE_TURNS)


# --- what later turns know
def test_the_turns_after_next_still_know_what_it_covers(talk):
    said = {str(message.id) for message in talk.branch[:12]}
    made = talk.summarise()
    for _ in range(2):
        talk.says("What is my name?")
        blocks = talk.blocks()
        assert blocks["summary"]["source"] == str(made.id)
        assert SHORT in blocks["summary"]["texts"][0]
        assert not said & set(blocks["recent"]["messages"])


def test_a_summary_of_one_branch_is_not_used_on_another_that_forked_before(talk):
    fork = talk.branch[4]
    first = talk.summarise()
    talk.rewords(fork, "No, rye!")
    assert "summary" not in talk.blocks()
    assert summarising.in_use(talk.id, talk.row.head_id) is None
    talk.goes_on(ENOUGH)
    work = talk.due()
    assert work.covered == 2 * (DUE_TURNS + 3)
    assert SHORT not in work.items[-1].text
    assert "No, rye!" in work.items[-1].text
    assert fork.body not in work.items[-1].text

    second = summarising.store(work, "- User: rye.")
    talk.says("And now?")
    assert talk.blocks()["summary"]["source"] == str(second.id)
    revising.show_branch(by=talk.person.id, conversation_id=talk.id, message_id=fork.id)
    talk.says("And here?")
    assert talk.blocks()["summary"]["source"] == str(first.id)


def test_a_branch_that_forked_after_its_end_keeps_the_summary(talk):
    fork = talk.branch[14]
    first = talk.summarise()
    talk.goes_on(DUE_TURNS)
    talk.summarise("- User: much more.")
    talk.rewords(fork, "No, rye!")
    assert talk.blocks()["summary"]["source"] == str(first.id)
    assert talk.due() is None


def test_what_was_excluded_is_in_no_summary(talk):
    marking.exclude(by=talk.person.id, message_id=talk.branch[0].id)
    assert "Maya" not in talk.due().items[-1].text
    talk.summarise()
    marking.exclude(by=talk.person.id, message_id=talk.branch[2].id)
    assert summarising.due_again(talk.id) is None  # that summary spoke of it
    asked = summarising.due_now(talk.id).items[-1].text
    assert talk.branch[2].body not in asked
    assert talk.branch[4].body in asked


@pytest.mark.parametrize("excluded", [0, 14])
def test_what_is_excluded_while_one_is_made_is_in_no_summary(talk, excluded):
    talk.summarise()
    talk.goes_on(DUE_TURNS)
    work = talk.due()
    marking.exclude(by=talk.person.id, message_id=talk.branch[excluded].id)
    assert summarising.store(work, "- User: much more.") is None
    assert not Summary.objects.filter(version=2).exists()


# --- what passes
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("", "it is empty"),
        ("<think>The user is Maya. What shall I write?", "it is empty"),
        ("Okay, let me summarise what was said.", "it thinks aloud"),
        ("I'm sorry, I cannot do that.", "it refuses"),
        ("word " * 2_000, "it is no shorter than what it stands for"),
    ],
)
def test_a_bad_answer_never_replaces_a_summary(talk, answer, reason):
    good = talk.summarise()
    talk.goes_on(DUE_TURNS)
    with pytest.raises(BadSummary) as refused:
        summarising.store(talk.due(), answer)
    assert refused.value.reason == reason
    assert Summary.objects.get() == good
    talk.says("And now?")
    assert talk.blocks()["summary"]["source"] == str(good.id)


def test_after_a_bad_answer_some_turns_pass_before_the_next_try(talk):
    charged(talk)
    assert talk.due() is None
    assert summarising.due_now(talk.id) is not None
    talk.goes_on(summarising.AGAIN - 1)
    assert talk.due() is None
    talk.goes_on(1)
    assert talk.due() is not None
    charged(talk)
    talk.goes_on(summarising.AGAIN)
    talk.summarise()
    talk.goes_on(DUE_TURNS)
    charged(talk)
    assert talk.due() is None


def charged(talk: Talk) -> None:
    spending.charge(
        "summary",
        owner_id=talk.person.id,
        conversation_id=talk.id,
        turn_id=talk.last,
        model="gpt-5-mini",
        usage=Usage(1_000, 100),
    )


def test_a_good_answer_is_no_reason_to_wait(talk):
    charged(talk)
    summarising.store(summarising.due_now(talk.id), SHORT)
    talk.goes_on(DUE_TURNS)
    assert talk.due() is not None


def test_what_it_cost_is_shown_apart(talk):
    charged(talk)
    total = spending.conversation_total(by=talk.person.id, conversation_id=talk.id)
    assert [(part.kind, part.calls) for part in total.by_kind] == [("summary", 1)]
    assert total.background == Charge.objects.get().cost_usd > Decimal(0)


# --- versions
def test_of_two_at_once_the_first_is_kept(talk):
    one, two = talk.due(), talk.due()
    first = summarising.store(one, SHORT)
    assert summarising.store(two, "- User: someone else.") is None
    assert Summary.objects.get() == first


def test_an_edit_wins_over_the_summary_under_way(talk):
    talk.summarise()
    talk.goes_on(DUE_TURNS)
    work = talk.due()
    edit(talk, "I bake, and my name is Maya.")
    assert summarising.store(work, SHORT) is None
    talk.says("And now?")
    assert "I bake" in talk.blocks()["summary"]["texts"][0]


def edit(talk: Talk, text: str, version: int = 1, by=None) -> None:
    summarising.edit(
        by=by or talk.person.id, conversation_id=talk.id, version=version, text=text
    )


def test_an_edit_is_a_version_of_its_own_and_the_next_goes_on_from_it(talk):
    first = talk.summarise()
    edit(talk, "  In my own words:\r\nMaya.  ")
    second = summarising.in_use(talk.id, talk.row.head_id)
    assert (second.text, second.edited) == ("In my own words:\nMaya.", True)
    assert (second.covers_id, second.version) == (first.covers_id, 2)
    assert (second.covered, second.source_tokens) == (12, first.source_tokens)
    edit(talk, "In my own words:\nMaya.", version=2)  # nothing was changed
    assert [each.version for each in summarising.versions(talk.row)] == [2, 1]
    talk.goes_on(DUE_TURNS)
    assert "In my own words" in talk.due().items[-1].text


@pytest.mark.parametrize("text", ["", " \r\n ", "x" * (summarising.LONGEST + 1)])
def test_an_edit_that_says_nothing_or_too_much_is_refused(talk, text):
    talk.summarise()
    with pytest.raises(summarising.BadEdit):
        edit(talk, text)
    assert Summary.objects.count() == 1


def test_an_edit_of_an_old_version_is_refused(talk):
    talk.summarise()
    edit(talk, "one")
    with pytest.raises(summarising.BadEdit, match="renewed"):
        edit(talk, "two")
    with pytest.raises(access.NotFound):
        edit(talk, "three", version=3)


def test_nobody_else_edits_it(talk, bob):
    talk.summarise()
    with pytest.raises(access.NotFound):
        edit(talk, "mine", by=bob.id)


def test_redo_asks_for_the_same_again(talk):
    first = talk.summarise()
    talk.goes_on(DUE_TURNS)
    asked = talk.due()
    second = summarising.store(asked, "- User: it went wrong.")
    edit(talk, "wrong as well", version=2)
    work = summarising.due_again(talk.id)
    assert work.items == asked.items
    assert first.text in work.items[-1].text
    assert (work.covers, work.covered) == (second.covers_id, 24)
    assert (work.source_tokens, work.version) == (second.source_tokens, 4)
    third = summarising.store(work, "- User: it went well.")
    assert summarising.in_use(talk.id, talk.row.head_id) == third


def test_redo_of_the_first_begins_at_the_beginning(talk):
    asked = talk.due()
    talk.summarise()
    assert summarising.due_again(talk.id).items == asked.items


def test_there_is_nothing_to_do_again_without_a_summary(talk):
    assert summarising.due_again(talk.id) is None


# --- at rest
def test_no_word_of_it_is_readable_in_the_database(talk):
    talk.summarise("- User: Zanzibar is where it lies.")
    edit(talk, "Zanzibar indeed")
    charged(talk)
    with connection.cursor() as cursor:
        for model in (Summary, Charge, Conversation):
            cursor.execute(f"SELECT * FROM {model._meta.db_table}")
            stored = repr([[_raw(value) for value in row] for row in cursor.fetchall()])
            assert "Zanzibar" not in stored and "summary" not in stored.replace(
                "'summary'", ""
            )
    assert {each.text for each in Summary.objects.all()} == {
        "- User: Zanzibar is where it lies.",
        "Zanzibar indeed",
    }


def _raw(value):
    return bytes(value) if isinstance(value, memoryview) else value


def test_it_goes_with_its_conversation(talk):
    work = talk.due()
    talk.summarise()
    talk.row.delete()
    assert Summary.objects.count() == 0
    assert summarising.store(work, SHORT) is None


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_in_threads_one_is_kept(talk):
    work, kept = talk.due(), []
    together = threading.Barrier(4)

    def keep(number: int) -> None:
        together.wait()
        try:
            kept.append(summarising.store(work, f"- User: number {number}."))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=keep, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made = [each for each in kept if each is not None]
    assert len(kept) == 4
    assert made == [Summary.objects.get()]
