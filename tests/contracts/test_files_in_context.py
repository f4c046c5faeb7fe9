"""What goes to a model of the files of a conversation, and what the receipt says."""

from __future__ import annotations

import uuid
from base64 import b64encode

import orjson
import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from conversations import tools
from conversations.core.context.files import NOT_RELEVANT
from conversations.core.turn import Outcome
from conversations.models import File, LanguageModel, Message, Turn
from conversations.providers import PROVIDERS
from conversations.services import (
    marking,
    messages,
    previewing,
    queueing,
    receipts,
    revising,
    turns,
)
from tests.contracts.file_rows import PNG, make_file, make_image

pytestmark = [pytest.mark.database, pytest.mark.django_db]
RUNNER = uuid.uuid4()
STRATEGIES = ("full", "window", "summary", "recall", "hybrid")
FIELDS = {"responses": "input", "chat": "messages"}
LINES = [f"Line {n} of the report speaks of weather and wind." for n in range(3)]
# more than goes whole: of these passages two speak of the boat
LONG = [f"Chapter {n}. " + "On and on it goes about bread. " * 60 for n in range(40)]
LONG[17] += "The boat was built in Ghent."
LONG[31] += "Another boat sank."


def ask(person, text, talk=None, *files, **fields):
    """A turn that was planned: what was posted, and its briefing."""
    posted = messages.post(
        by=person.id,
        request_id=uuid.uuid4(),
        text=text,
        conversation_id=talk,
        attachments=files,
        **fields,
    )
    return posted, turns.begin(posted.turn, runner=RUNNER, offer=tools.offered)


def answered(person, text, talk=None, *files, **fields):
    posted, briefing = ask(person, text, talk, *files, **fields)
    settle(briefing)
    return posted


def settle(briefing, text="Indeed."):
    turns.settle(briefing, Outcome(text=text, status="complete"), runner=RUNNER)


def recorded(posted):
    return orjson.loads(Turn.objects.get(id=posted.turn).receipt)


def files_block(posted):
    blocks = recorded(posted)["blocks"]
    return next((one for one in blocks if one["kind"] == "files"), None)


def told(briefing):
    """What the system says."""
    return "\n".join(i.text for i in briefing.request.items if i.role == "system")


def wire(briefing, api="responses"):
    body = {FIELDS[api]: PROVIDERS[api].wire_items(briefing.request.items)}
    if briefing.request.tools:
        body["tools"] = PROVIDERS[api].wire_tools(briefing.request.tools)
    return orjson.dumps(body).decode()


def seeing(**fields):
    return LanguageModel.objects.create(name="demo-fast", sees_images=True, **fields)


# --- what goes
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_small_file_goes_whole_with_every_strategy(alice, strategy):
    file = make_file(alice, "report.txt", *LINES)
    posted, briefing = ask(alice, "What is in it?", None, file, strategy=strategy)
    assert (
        "[1] report.txt, part 1:\n"
        "  Line 0 of the report speaks of weather and wind.\n\n"
        "[2] report.txt, part 2:\n"
    ) in told(briefing)
    block = files_block(posted)
    assert [one["number"] for one in block["passages"]] == [1, 2, 3]
    assert block["marks"] == [1, 2, 3]
    assert "passages_left" not in recorded(posted)
    assert briefing.request.items[-1].text == "What is in it?\n\n[file: report.txt]"


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_of_a_long_file_goes_what_has_the_words_and_its_beginning(alice, strategy):
    file = make_file(alice, "long.txt", *LONG)
    posted, briefing = ask(
        alice, "Where was the boat built?", None, file, strategy=strategy
    )
    block = files_block(posted)
    assert [one["number"] for one in block["passages"]] == [1, 18, 32]
    best = max(block["passages"], key=lambda one: one["score"])
    assert best["number"] == 18
    assert "Of long.txt, 3 of 40 passages stand here." in told(briefing)
    assert recorded(posted)["passages_left"] == [
        {"name": "long.txt", "version": 1, "count": 37, "reason": NOT_RELEVANT}
    ]


def test_without_words_to_go_by_it_is_read_from_its_beginning(alice):
    file = make_file(alice, "long.txt", *LONG)
    posted, _ = ask(alice, "Sum it up.", None, file)
    numbers = [one["number"] for one in files_block(posted)["passages"]]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) > 5


def test_a_file_stays_with_its_conversation(alice):
    file = make_file(alice, "report.txt", "The boat is green.")
    first = answered(alice, "Look.", None, file)
    _, briefing = ask(alice, "Which colour?", first.conversation, strategy="window")
    assert "The boat is green." in told(briefing)
    _, elsewhere = ask(alice, "Which colour is the boat?", strategy="window")
    assert "The boat is green." not in told(elsewhere)


def test_only_the_latest_version_of_a_name_goes(alice):
    first = answered(
        alice, "Look.", None, make_file(alice, "report.txt", "The boat is green.")
    )
    second = make_file(alice, "report.txt", "The boat is red.")
    posted, briefing = ask(alice, "And now?", first.conversation, second)
    assert "The boat is red." in told(briefing)
    assert "The boat is green." not in told(briefing)
    assert files_block(posted)["files"][0]["version"] == 2


def test_answering_again_goes_by_the_newest_version(alice):
    first = answered(
        alice, "Which colour?", None, make_file(alice, "boat.txt", "It is green.")
    )
    newer = make_file(alice, "boat.txt", "It is red.")
    answered(alice, "Here.", first.conversation, newer)
    again = revising.regenerate(
        by=alice.id, request_id=uuid.uuid4(), message_id=first.reply
    )
    briefing = turns.begin(again.turn, runner=RUNNER, offer=tools.offered)
    assert "It is red." in told(briefing)


def test_a_message_in_other_words_keeps_its_files(alice):
    first = answered(
        alice, "Which colour?", None, make_file(alice, "boat.txt", "It is green.")
    )
    edited = revising.edit(
        by=alice.id,
        request_id=uuid.uuid4(),
        message_id=first.message,
        text="Which colour is it?",
        rerun=True,
    )
    briefing = turns.begin(edited.turn, runner=RUNNER, offer=tools.offered)
    assert "It is green." in told(briefing)
    assert briefing.request.items[-1].text.endswith("[file: boat.txt]")


def test_what_was_sent_on_another_branch_stays_there(alice):
    first = answered(alice, "Hello")
    second = answered(alice, "Look.", first.conversation, make_file(alice, "a", "Aha."))
    edited = revising.edit(
        by=alice.id,
        request_id=uuid.uuid4(),
        message_id=first.message,
        text="Good day",
        rerun=True,
    )
    settle(turns.begin(edited.turn, runner=RUNNER, offer=tools.offered))
    _, briefing = ask(alice, "Which?", first.conversation)
    assert "Aha." not in told(briefing)
    assert second.conversation == first.conversation


def test_a_message_that_is_left_out_leaves_out_its_files(alice):
    first = answered(alice, "Look.", None, make_file(alice, "a.txt", "Secret plan."))
    marking.exclude(by=alice.id, message_id=first.message)
    posted, briefing = ask(alice, "What plan?", first.conversation)
    assert "Secret plan." not in wire(briefing)
    assert files_block(posted) is None


def test_a_temporary_conversation_reads_its_files_in_order(alice):
    file = make_file(alice, "long.txt", *LONG)
    posted, _ = ask(alice, "Where was the boat built?", None, file, temporary=True)
    numbers = [one["number"] for one in files_block(posted)["passages"]]
    assert numbers == list(range(1, len(numbers) + 1))


def test_nobody_elses_passages_are_found(alice, bob):
    answered(bob, "Look.", None, make_file(bob, "long.txt", *LONG))
    mine = [text.replace("boat", "ship") for text in LONG]
    file = make_file(alice, "long.txt", *mine)
    posted, briefing = ask(alice, "The boat?", None, file)
    assert "boat" not in told(briefing)


def test_what_is_not_read_yet_is_told_of_and_awaited_by_who_is_patient(alice):
    file = make_file(alice, "slow.pdf", status=File.Status.READING, kind="pdf")
    posted = messages.post(
        by=alice.id, request_id=uuid.uuid4(), text="Well?", attachments=[file]
    )
    with pytest.raises(turns.StillReading):
        turns.begin(posted.turn, runner=RUNNER, patient=True)
    assert turns.begin(posted.turn, runner=RUNNER)
    assert recorded(posted)["passages_left"] == [
        {"name": "slow.pdf", "version": 1, "count": 0, "reason": "not read yet"}
    ]


# --- images
def test_a_model_that_sees_is_shown_the_image(alice):
    seeing(input_price=2)
    image = make_image(alice)
    posted, briefing = ask(alice, "What is it?", None, image, model="demo-fast")
    url = f"data:image/png;base64,{b64encode(PNG).decode()}"
    text = "What is it?\n\n[image: photo.png, 640×480]"
    assert orjson.loads(wire(briefing))["input"][-1] == {
        "role": "user",
        "content": [
            {"type": "input_text", "text": text},
            {"type": "input_image", "image_url": url},
        ],
    }
    assert orjson.loads(wire(briefing, "chat"))["messages"][-1]["content"][1] == {
        "type": "image_url",
        "image_url": {"url": url},
    }
    assert recorded(posted)["blocks"][-1]["images"] == [str(image)]
    # 20 × 15 patches, by the rule for models that nobody knows
    assert briefing.prompt_tokens > 738
    assert receipts.of(alice.id, posted.reply).parts[-2].tokens > 738


def test_a_model_that_sees_nothing_is_told_of_the_image(alice):
    posted, briefing = ask(alice, "What is it?", None, make_image(alice))
    assert recorded(posted)["unseen"] == ["photo.png"]
    assert briefing.request.items[-1].images == ()
    assert briefing.request.items[-1].text == (
        "What is it?\n\n[image: photo.png, 640×480, image/png, 69 bytes"
        " – this model cannot see images]"
    )


def test_an_image_goes_with_recent_turns_and_then_as_a_word(alice):
    seeing()
    talk = answered(
        alice, "What is it?", None, make_image(alice), model="demo-fast"
    ).conversation
    counts = []
    for _ in range(3):
        posted, briefing = ask(alice, "And?", talk, model="demo-fast")
        settle(briefing)
        counts.append(sum(len(item.images) for item in briefing.request.items))
    assert counts == [1, 1, 0]
    assert "[image: photo.png, 640×480]" in wire(briefing)


def test_an_image_that_was_changed_in_the_database_is_left_away(alice):
    seeing()
    image = make_image(alice)
    File.objects.get(id=image).parts.update(sealed=b"\x01 not what was sealed")
    _, briefing = ask(alice, "What is it?", None, image, model="demo-fast")
    assert briefing.request.items[-1].images == ()


# --- the exact prompt
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("api", ["responses", "chat"])
def test_the_prompt_is_rebuilt_byte_for_byte(alice, strategy, api):
    seeing()
    with override_settings(OPENAI_API=api):
        given = {"model": "demo-fast", "strategy": strategy}
        first = answered(alice, "A", None, make_image(alice, "a.png"), **given)
        talk = first.conversation
        answered(alice, "B", talk, make_image(alice, "b.png"), **given)
        long = make_file(alice, "long.txt", *LONG)
        answered(alice, "C", talk, long, make_image(alice, "c.png"), **given)
        small = make_file(alice, "small.txt", *LINES)
        posted, briefing = ask(
            alice, "Which boat?", talk, make_image(alice, "d.png"), small, **given
        )
        sent = wire(briefing, api)
        settle(briefing)
        # what comes later does not matter
        newer = make_file(alice, "small.txt", "All new.")
        answered(alice, "E", talk, newer, **given)
        marking.pin(by=alice.id, message_id=first.message)
        LanguageModel.objects.update(sees_images=False)
        assert receipts.exact_prompt(alice.id, posted.reply) == sent


# --- the receipt
def test_the_inspector_names_passages_and_what_stayed_out(alice):
    file = make_file(alice, "long.txt", *LONG)
    posted, briefing = ask(alice, "Where was the boat built?", None, file)
    settle(briefing)
    seen = receipts.of(alice.id, posted.reply)
    [part] = [part for part in seen.parts if part.kind == "files"]
    assert part.label == "Passages of files"
    assert "long.txt, part 18:" in part.text and "built in Ghent" in part.text
    assert part.tokens == files_block(posted)["tokens"]
    assert [str(one) for one in seen.left_out] == [
        "37 passages of long.txt: not relevant to the question"
    ]
    assert sum(one.tokens for one in seen.parts) == seen.fill.tokens
    recent = next(part for part in seen.parts if part.kind == "recent")
    assert sum(line.tokens for line in recent.lines) == recent.tokens


def test_a_preview_counts_the_files_of_the_conversation(alice):
    first = answered(alice, "Look.", None, make_file(alice, "report.txt", *LINES))
    seen = previewing.preview(
        by=alice.id, conversation_id=first.conversation, text="And the wind?"
    )
    for choice in seen.choices:
        assert "files" in [part.kind for part in choice.parts]
    assert seen.chosen.stays_out == 0


# --- cost
def planning(person, talk):
    """How many queries a turn takes to begin."""
    posted = messages.post(
        by=person.id,
        request_id=uuid.uuid4(),
        text="Which boat?",
        conversation_id=talk,
        strategy="window",
    )
    with CaptureQueriesContext(connection) as queries:
        briefing = turns.begin(posted.turn, runner=RUNNER)
    settle(briefing)
    return len(queries)


def test_files_cost_a_few_queries_however_many_passages_they_have(alice):
    without = answered(alice, "Look.", strategy="window").conversation
    least = planning(alice, without)
    for files in (1, 3):
        made = [make_file(alice, f"{n}.txt", *LONG) for n in range(files)]
        talk = answered(alice, "Look.", None, *made, strategy="window").conversation
        assert planning(alice, talk) == least + 8


def test_a_message_of_files_alone_is_answered(alice):
    posted, briefing = ask(alice, "", None, make_file(alice, "a.txt", "It is green."))
    assert briefing.request.items[-1].text == "[file: a.txt]"
    assert Message.objects.get(id=posted.message).body == ""


def test_a_message_that_is_taken_back_gives_its_files_back(alice):
    first = messages.post(by=alice.id, request_id=uuid.uuid4(), text="Hello")
    file = make_file(alice, "a.txt", "It is green.")
    waiting = messages.post(
        by=alice.id,
        request_id=uuid.uuid4(),
        text="Look",
        conversation_id=first.conversation,
        attachments=[file],
    )
    queueing.drop(by=alice.id, request_id=uuid.uuid4(), message_id=waiting.message)
    assert File.objects.get(id=file).message_id is None
    settle(turns.begin(first.turn, runner=RUNNER))
    _, briefing = ask(alice, "Look", first.conversation, file)
    assert "It is green." in told(briefing)
