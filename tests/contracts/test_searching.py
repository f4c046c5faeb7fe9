"""Searching everything of one person: on SQLite and PostgreSQL."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from accounts import facts, keyring
from accounts.models import DataKey
from conversations.core.turn import Outcome
from conversations.index.hashing import Hasher
from conversations.models import Conversation, File, IndexEntry, Message, Passage
from conversations.services import (
    conversations,
    indexing,
    marking,
    messages,
    revising,
    searching,
    turns,
)
from conversations.services.listing import BadCursor
from conversations.services.searching import CLOSEST, NO_WORD, search

pytestmark = [pytest.mark.database, pytest.mark.django_db]
RUNNER = uuid.uuid4()
TOKYO = ZoneInfo("Asia/Tokyo")


def say(person, text, conversation=None, reply="", **fields):
    posted = messages.post(
        by=person.id,
        request_id=uuid.uuid4(),
        text=text,
        conversation_id=conversation,
        **fields,
    )
    briefing = turns.begin(posted.turn, runner=RUNNER)
    turns.settle(briefing, Outcome(text=reply), runner=RUNNER)
    return posted


def at(person, text, said: datetime, **fields) -> Message:
    """A message of its own conversation, said at that time."""
    conversation = Conversation.objects.create(owner=person, title="Then", created=said)
    message = Message.objects.create(
        conversation=conversation,
        owner_id=person.id,
        role=fields.pop("role", "user"),
        body=text,
        created=said,
        **fields,
    )
    indexing.put_messages([message])
    return message


def passage(person, text, conversation=None, number=1) -> Passage:
    file = File.objects.create(
        owner_id=person.id,
        conversation=conversation,
        name="birds.pdf",
        kind="pdf",
        size=9,
    )
    made = Passage.objects.create(
        owner_id=person.id, file=file, number=number, body=text, tokens=3
    )
    indexing.put_passages([made], conversation.id if conversation else None)
    return made


def find(person, typed: str, **how):
    return search(person.id, typed, zone=how.pop("zone", UTC), **how)


def texts(hits: Iterable[object]) -> list[str]:
    return ["".join(piece.text for piece in hit.snippet) for hit in hits]


def said(person, typed: str, **how) -> list[str]:
    """What messages and passages are found, in the order of their texts."""
    groups = find(person, typed, **how).groups
    return sorted(text for group in groups for text in texts(group.hits))


def marks(person, typed: str) -> list[str]:
    hits = find(person, typed).hits
    return [piece.text for hit in hits for piece in hit.snippet if piece.marked]


# --- words
def test_what_was_said_and_answered_is_found_with_its_title(alice):
    say(alice, "Where do moorhens sleep?", reply="Moorhens sleep in the reeds.")

    found = find(alice, "moorhen")

    assert texts(found.titles) == ["Where do moorhens sleep?"]
    (group,) = found.groups
    assert group.title == "Where do moorhens sleep?"
    assert sorted((hit.role, *texts([hit])) for hit in group.hits) == [
        ("assistant", "Moorhens sleep in the reeds."),
        ("user", "Where do moorhens sleep?"),
    ]
    assert (found.after, found.notices) == ("", ())


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("red", ["A red door", "Red as a fox", "The door is painted red"]),
        ("red doors", ["A red door", "The door is painted red"]),
        ('"red door"', ["A red door"]),
        ("painting", ["The door is painted red"]),
        ("red -door", ["Red as a fox"]),
        ('door -"red door"', ["The door is painted red"]),
        ("the red", ["A red door", "Red as a fox", "The door is painted red"]),
        ('"as a"', ["Red as a fox"]),
        ("as a", ["Red as a fox"]),
        ("fo", []),
        ("cafe", ["Ein Café"]),
        ("CAFÉ", ["Ein Café"]),
        ("京都", ["東京都に"]),
        ("都に", ["東京都に"]),
        ("京に", []),
        ("都", ["東京都に"]),
        ("서울", ["어제 서울에서"]),
        ("lodz", ["Łódź"]),
        ("%", []),
        ("d%r", []),
        ("d_r", []),
    ],
)
def test_words_phrases_and_signs(alice, typed, expected):
    for text in (
        "A red door", "The door is painted red", "Red as a fox", "Ein Café", "東京都に",
        "어제 서울에서", "Łódź",
    ):  # fmt: skip
        at(alice, text, timezone.now())

    assert said(alice, typed) == expected


@pytest.mark.parametrize("typed", ["so", "sou", "sourdo", "sourdough", "bake sourdo"])
def test_a_word_that_is_being_typed_is_a_beginning(alice, typed):
    at(alice, "Baking sourdough", timezone.now())

    assert said(alice, typed, typing=True) == ["Baking sourdough"]
    assert said(alice, typed + " ", typing=True) == said(alice, typed)


def test_longer_beginnings_than_are_kept_are_looked_up_in_the_text(alice):
    at(alice, "conversations", timezone.now())
    at(alice, "conversion", timezone.now())

    assert said(alice, "convers", typing=True) == ["conversations", "conversion"]
    assert said(alice, "conversat", typing=True) == ["conversations"]


def test_what_is_found_is_marked_in_all_its_forms(alice):
    at(alice, "She painted; painting is repainted", timezone.now())

    assert marks(alice, "paint") == ["painted", "painting"]


def test_words_that_share_a_hash_are_told_apart(alice, monkeypatch):
    monkeypatch.setattr(Hasher, "__call__", lambda self, term: 7)
    at(alice, "moorhens", timezone.now())
    at(alice, "herons", timezone.now())

    assert said(alice, "heron") == ["herons"]
    assert said(alice, "stork") == []


def test_the_nearest_and_latest_come_first(alice):
    now = timezone.now()
    at(alice, "red " + "and so on " * 30 + "door", now)
    at(alice, "a red door long ago", now - timedelta(days=900))
    at(alice, "a red door of late", now)

    first, second, _ = find(alice, "red door").groups

    assert texts(first.hits) == ["a red door of late"]
    assert texts(second.hits) == ["a red door long ago"]


def test_only_what_has_all_the_words_unless_nothing_has(alice):
    at(alice, "moorhens and herons", timezone.now())
    at(alice, "herons in winter", timezone.now())
    for number in range(10):
        at(alice, f"winter number {number}", timezone.now())

    assert find(alice, "heron moorhen").notices == ()
    found = find(alice, "winter moorhen heron zyzzyva")
    assert found.notices == (CLOSEST,)
    assert texts(found.groups[0].hits) == ["moorhens and herons"]
    assert find(alice, "zyzzyva").notices == ()


def test_there_may_be_no_word_at_all(alice):
    assert find(alice, "🎉 %").notices == (NO_WORD,)
    assert find(alice, "   ") == find(alice, "") == searching.Found()


# --- operators
def test_titles_only(alice):
    say(alice, "Moorhens in winter", reply="Moorhens stay.")

    found = find(alice, "in:title moorhens")

    assert texts(found.titles) == ["Moorhens in winter"] and found.groups == []


def test_who_said_it(alice):
    say(alice, "Moorhens?", reply="Moorhens!")

    assert said(alice, "moorhen from:me") == ["Moorhens?"]
    assert said(alice, "from:assistant moorhen") == ["Moorhens!"]
    assert said(alice, "from:assistant") == ["Moorhens!"]
    assert find(alice, "from:me moorhen").titles == []


DAYS = {
    "before:2026-03-14": ["old"],
    "before:2026": [],
    "before:2027": ["new", "old"],
    "after:2026-03-14": ["new"],
    "after:2026": ["new", "old"],
    "on:2026-03-14": ["new"],
    "on:2026-03-13": ["old"],
    "on:2026-03": ["new", "old"],
    "on:2025": [],
    "after:2026-03-14 before:2026-03-14": [],
}


@pytest.mark.parametrize("typed", DAYS)
@pytest.mark.parametrize("word", ["", "bird "])
def test_days_are_those_of_the_person(alice, typed, word):
    midnight = datetime(2026, 3, 13, 15, tzinfo=UTC)  # in Tokyo
    at(alice, "bird new", midnight)
    at(alice, "bird old", midnight - timedelta(seconds=1))

    found = said(alice, word + typed, zone=TOKYO)

    assert found == [f"bird {name}" for name in DAYS[typed]]


def test_code_files_and_pins(alice):
    at(alice, "bird:\n```\nx\n```", timezone.now())
    pinned = at(alice, "bird pinned", timezone.now())
    kept = at(alice, "bird kept", timezone.now())
    filed = at(alice, "bird filed", timezone.now())
    at(alice, "bird", timezone.now())
    marking.pin(by=alice.id, message_id=pinned.id)
    conversations.pin(by=alice.id, conversation_id=kept.conversation_id)
    File.objects.create(
        owner_id=alice.id, message=filed, name="b.txt", kind="text", size=9
    )

    assert said(alice, "bird has:code") == ["bird: ``` x ```"]
    assert said(alice, "bird is:pinned") == ["bird kept", "bird pinned"]
    assert said(alice, "pinned:") == ["bird kept", "bird pinned"]
    assert said(alice, "bird has:file") == said(alice, "has:file") == ["bird filed"]
    assert said(alice, "has:file nothing") == []


def test_passages_of_files_are_found_with_the_name_of_the_file(alice):
    talk = Conversation.objects.create(owner=alice, title="Birds")
    made = passage(alice, "moorhens nest", talk)
    alone = passage(alice, "moorhens fly", number=4)
    at(alice, "moorhens", timezone.now())

    groups = {group.title: group.hits for group in find(alice, "moorhens").groups}

    assert set(groups) == {"Birds", "Then", ""}
    (hit,) = groups["Birds"]
    assert (hit.source, hit.link) == ("birds.pdf", f"/files/{made.file_id}/p/1/")
    assert groups[""][0].link == f"/files/{alone.file_id}/p/4/"
    assert said(alice, "moorhens in:files") == ["moorhens fly", "moorhens nest"]


def test_the_archive_and_the_trash(alice):
    posts = {name: say(alice, f"bird {name}") for name in ("here", "put away", "gone")}
    change = {"by": alice.id}
    conversations.archive(**change, conversation_id=posts["put away"].conversation)
    conversations.to_trash(**change, conversation_id=posts["gone"].conversation)

    assert said(alice, "bird") == ["bird here", "bird put away"]
    assert said(alice, "bird in:archive") == ["bird put away"]
    assert said(alice, "bird in:trash") == said(alice, "in:trash") == ["bird gone"]
    assert said(alice, "bird", place="trash") == ["bird gone"]
    assert texts(find(alice, "bird in:trash").titles) == ["bird gone"]

    conversations.restore(**change, conversation_id=posts["gone"].conversation)
    assert said(alice, "bird in:trash") == []
    assert said(alice, "gone") == ["bird gone"]
    conversations.to_trash(**change, conversation_id=posts["gone"].conversation)
    conversations.erase(**change, conversation_id=posts["gone"].conversation)
    assert said(alice, "gone") == said(alice, "in:trash") == []


def test_facts_are_found_by_plain_words(alice):
    facts.remember(alice.id, "favourite bird", "the moorhen")

    (hit,) = find(alice, "moorhens").facts

    assert (texts([hit]), hit.link) == (
        ["favourite bird: the moorhen"],
        "/settings/facts/",
    )
    assert find(alice, "moorhens from:me").facts == []


# --- what changes
def test_an_edit_is_found_and_what_it_replaced_too(alice):
    posted = say(alice, "moorhens", reply="yes")
    revising.edit(
        by=alice.id,
        request_id=uuid.uuid4(),
        message_id=posted.message,
        text="herons",
        rerun=False,
    )

    assert said(alice, "herons") == ["herons"]
    (old,) = find(alice, "moorhens from:me").hits
    there = f"?at={posted.message}#m-{posted.message}"
    assert old.link == f"/c/{posted.conversation}/{there}"


def test_what_is_left_out_of_prompts_can_still_be_found(alice):
    posted = say(alice, "moorhens")
    marking.exclude(by=alice.id, message_id=posted.message)

    assert said(alice, "moorhens") == ["moorhens"]


def test_temporary_conversations_are_never_found(alice):
    say(alice, "moorhens", reply="moorhens", temporary=True)

    assert find(alice, "moorhens").hits == find(alice, "from:me").hits == []


def test_a_new_title_is_found_by_its_words_only(alice):
    posted = say(alice, "moorhens")
    conversations.rename(by=alice.id, conversation_id=posted.conversation, title="Rye")

    assert texts(find(alice, "rye").titles) == ["Rye"]
    assert find(alice, "moorhens").titles == []


# --- whose
QUERIES = (
    "canary", '"canary sings"', "can", "-x", "from:me", "from:assistant", "in:title",
    "in:files", "in:trash", "in:archive", "has:code", "has:file", "is:pinned",
    "after:2000", "canary zyzzyva", "canary in:trash", "the",
)  # fmt: skip


@pytest.mark.parametrize("typing", [True, False])
@pytest.mark.parametrize("typed", QUERIES)
def test_nothing_of_anybody_else_is_found(alice, bob, typed, typing, monkeypatch):
    monkeypatch.setattr(Hasher, "__call__", lambda self, term: 7)  # the worst case
    posted = say(bob, "canary sings the ```code```", reply="canary sings")
    gone = say(bob, "canary gone")
    talk = Conversation.objects.get(id=posted.conversation)
    passage(bob, "canary sings", talk)
    File.objects.create(
        owner_id=bob.id, message_id=posted.message, name="c", kind="text", size=1
    )
    facts.remember(bob.id, "canary", "canary sings")
    conversations.pin(by=bob.id, conversation_id=talk.id)
    conversations.archive(by=bob.id, conversation_id=talk.id)
    conversations.to_trash(by=bob.id, conversation_id=gone.conversation)
    at(alice, "mine", timezone.now())

    found = find(alice, typed, typing=typing)

    assert not any("canary" in text for text in texts(found.hits))
    assert find(alice, typed, within=talk.id, typing=typing).hits == []
    assert find(bob, "canary").hits


def test_who_has_no_key_finds_nothing(alice):
    say(alice, "moorhens")
    DataKey.objects.filter(user_id=alice.id).delete()
    keyring.forget(alice.id)

    assert find(alice, "moorhens").hits == []


# --- much
def many(person, count: int, text: str = "moorhen number {}") -> Conversation:
    talk = Conversation.objects.create(owner=person, title="Many")
    rows = [
        Message(
            conversation=talk, owner_id=person.id, role="user", body=text.format(number)
        )
        for number in range(count)
    ]
    Message.objects.bulk_create(rows)
    indexing.put_messages(rows)
    return talk


def test_a_long_search_goes_on_where_it_ended_and_misses_nothing(alice, monkeypatch):
    bounds = searching.Bounds(20, 10, 5, 5, 100, 100)
    monkeypatch.setattr(searching, "WHOLE", bounds)
    monkeypatch.setattr(searching, "BATCH", 7)
    many(alice, 45)
    seen: list[str] = []
    after = ""
    pages = 0
    while pages == 0 or after:
        found = find(alice, "moorhen", after=after)
        seen += texts(found.hits)
        after = found.after
        pages += 1

    assert sorted(seen) == sorted(f"moorhen number {n}" for n in range(45))
    assert pages >= 4


def test_one_conversation_shows_its_best_and_says_how_many_more(alice):
    talk = many(alice, 8)
    at(alice, "moorhen", timezone.now())

    groups = {group.title: group for group in find(alice, "moorhen").groups}

    assert (len(groups["Many"].hits), groups["Many"].more) == (3, 5)
    assert len(find(alice, "moorhen", within=talk.id).hits) == 8


@pytest.mark.parametrize("after", ["x", "-1", "1.5", "9" * 30, "٣", " 1"])
def test_a_place_that_is_none_is_refused(alice, after):
    with pytest.raises(BadCursor):
        find(alice, "moorhen", after=after)


@pytest.mark.parametrize("typed", ["moorhen", '"moorhen number"', "moor", "in:trash"])
def test_it_costs_the_same_however_much_there_is(
    alice, typed, django_assert_max_num_queries
):
    many(alice, 130)
    find(alice, typed)

    with django_assert_max_num_queries(14):
        find(alice, typed)
    with django_assert_max_num_queries(10):
        find(alice, typed, typing=True)


def test_what_cannot_be_opened_is_left_out(alice):
    at(alice, "moorhen one", timezone.now())
    broken = at(alice, "moorhen two", timezone.now())
    Message.objects.filter(id=broken.id).update(body=b"\x01damaged")

    assert said(alice, "moorhen") == ["moorhen one"]


def test_entries_whose_messages_are_gone_are_gone(alice):
    message = at(alice, "moorhen", timezone.now())
    message.delete()

    assert not IndexEntry.objects.filter(kind="m").exists()
    assert find(alice, "moorhen").hits == []
