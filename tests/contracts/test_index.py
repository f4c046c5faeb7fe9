"""What every database's index must do: one suite, run on SQLite and PostgreSQL."""

from __future__ import annotations

import io
import uuid
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts import keyring
from accounts.models import DataKey, User
from conversations import index
from conversations.core.turn import Outcome
from conversations.index.hashing import Hasher
from conversations.models import Conversation, File, IndexEntry, Message, Passage
from conversations.services import conversations, indexing, messages, revising, turns
from tests import factories

pytestmark = [pytest.mark.database, pytest.mark.django_db]
RUNNER = uuid.uuid4()


def enter(person, *hashes: int) -> int:
    entry = IndexEntry.objects.create(
        owner_id=person.id,
        kind="m",
        said=datetime(2026, 3, 14, tzinfo=UTC),
        length=len(hashes),
        terms=list(hashes),
    )
    return entry.id


def having(person, *groups, at_most=100, before=None):
    return index.entries().having(person.id, groups, at_most, before)


def found(person, *words: str) -> list[IndexEntry]:
    hasher = Hasher(person.id)
    numbers = having(person, *([hasher(word)] for word in words))
    return list(IndexEntry.objects.filter(id__in=numbers).order_by("id"))


def say(person, text, conversation=None, **fields):
    return messages.post(
        by=person.id,
        request_id=uuid.uuid4(),
        text=text,
        conversation_id=conversation,
        **fields,
    )


def answer(posted, text):
    briefing = turns.begin(posted.turn, runner=RUNNER)
    turns.settle(briefing, Outcome(text=text), runner=RUNNER)


# --- the port
def test_of_every_group_one_is_enough_and_one_is_needed(alice):
    both, first, _ = enter(alice, 1, 2), enter(alice, 1, 3), enter(alice, 2)
    assert having(alice, [1]) == [first, both]
    assert having(alice, [1], [2]) == [both]
    assert having(alice, [1], [2, 3]) == [first, both]
    assert having(alice, [4]) == []


def test_nothing_has_no_group_or_an_empty_one(alice):
    enter(alice, 1)
    assert having(alice) == having(alice, [1], []) == []


def test_the_greatest_numbers_come_first_and_go_on_from_one(alice):
    numbers = [enter(alice, 7) for _ in range(5)]
    assert having(alice, [7], at_most=2) == numbers[:2:-1]
    assert having(alice, [7], at_most=2, before=numbers[3]) == numbers[2:0:-1]
    assert having(alice, [7], before=numbers[0]) == []


def test_what_is_anothers_is_not_found_even_under_the_same_hash(alice, bob):
    mine, _ = enter(alice, 5), enter(bob, 5)
    assert having(alice, [5]) == [mine]


@pytest.mark.parametrize("number", [0, 1, -1, 2**31 - 1, -(2**31)])
def test_every_hash_of_32_bits_can_be_found(alice, number):
    entry = enter(alice, number)
    assert having(alice, [number]) == [entry]
    assert IndexEntry.objects.get(id=entry).terms == [number]


def test_an_entry_can_have_thousands_of_terms_or_none(alice):
    enter(alice)
    many = enter(alice, *range(9_000))
    assert having(alice, [0], [8_999]) == [many]


def test_what_is_renewed_is_found_by_its_new_terms_only(alice):
    number = enter(alice, 1, 2)
    IndexEntry.objects.filter(id=number).update(terms=[2, 3])
    assert (having(alice, [1]), having(alice, [3])) == ([], [number])


def test_what_is_deleted_is_gone_from_the_databases_own_index(alice):
    numbers = [enter(alice, 1, 2) for _ in range(3)]
    IndexEntry.objects.filter(id=numbers[0]).delete()
    IndexEntry.objects.filter(id__in=numbers[1:])._raw_delete("default")
    assert having(alice, [1]) == []
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            fts = "conversations_indexentry_fts"
            cursor.execute(f"SELECT count(*) FROM {fts} WHERE {fts} MATCH '00000001'")
            assert cursor.fetchone() == (0,)


def test_its_size_is_known(alice):
    before = index.entries().bytes_used()
    for _ in range(200):
        enter(alice, *range(100))
    assert index.entries().bytes_used() > before


TERMS = st.lists(st.integers(0, 6), max_size=5, unique=True)


@settings(max_examples=30, deadline=None)
@given(
    rows=st.lists(TERMS, max_size=8),
    groups=st.lists(st.lists(st.integers(0, 6), min_size=1, max_size=3), max_size=3),
)
def test_it_finds_what_sets_find(rows, groups):
    person = User.objects.create_user(f"{uuid.uuid4()}@example.org", None)
    numbers = {enter(person, *terms): set(terms) for terms in rows}
    expected = [
        number
        for number, terms in sorted(numbers.items(), reverse=True)
        if groups and all(terms & set(group) for group in groups)
    ]
    assert having(person, *groups) == expected


# --- kept in step
def test_what_is_said_is_found_from_the_moment_it_is_stored(alice):
    posted = say(alice, "The heron nested by the weir")
    entry, title = found(alice, "heron")
    assert (entry.message_id, entry.role, entry.kind) == (posted.message, "user", "m")
    assert (entry.conversation_id, title.kind) == (posted.conversation, "t")
    assert entry.length == 3  # "the" and "by" say nothing


def test_a_reply_is_found_when_it_has_ended(alice):
    posted = say(alice, "Hello")
    assert found(alice, "kingfish") == []
    answer(posted, "Kingfishers, kingfishers and `code`")
    (entry,) = found(alice, "kingfisher", "2:kingfisher")
    assert (entry.message_id, entry.role) == (posted.reply, "assistant")


def test_a_reply_that_goes_on_is_found_by_all_its_words_once(alice):
    posted = say(alice, "Hello")
    answer(posted, "First egret")
    indexing.put_reply(posted.reply, "First egret, then avocet")
    assert len(found(alice, "egret", "avocet")) == 1
    assert IndexEntry.objects.filter(message=posted.reply).count() == 1


def test_a_reworded_message_is_found_in_both_wordings(alice):
    posted = say(alice, "The colour is teal")
    answer(posted, "I see")
    revising.edit(
        by=alice.id,
        request_id=uuid.uuid4(),
        message_id=posted.message,
        text="The colour is mauve",
        rerun=False,
    )
    assert len(found(alice, "teal", "colour")) == 2  # the title has it as well
    assert len(found(alice, "mauv")) == 1


def test_a_title_is_found_by_its_latest_words(alice):
    posted = say(alice, "Hello there")
    conversations.rename(
        by=alice.id, conversation_id=posted.conversation, title="Moorhen plans"
    )
    assert [e.kind for e in found(alice, "moorhen")] == ["t"]
    assert conversations.set_model_title(posted.conversation, "Coots") is False
    other = say(alice, "Something else")
    assert conversations.set_model_title(other.conversation, "Coot census")
    assert [e.conversation_id for e in found(alice, "census")] == [other.conversation]
    assert len(found(alice, "moorhen")) == 1


def test_beginnings_days_and_code_are_found(alice):
    posted = say(alice, "```python\nprint('sandpiper')\n```")
    day = Message.objects.get(id=posted.message).created
    for term in ("p:sa", "p:san", "p:sandp", f"d:{day:%Y-%m-%d}", f"m:{day:%Y-%m}"):
        assert posted.message in [e.message_id for e in found(alice, term)], term
    assert [e.message_id for e in found(alice, "has:code")] == [posted.message]


def test_a_temporary_conversation_is_never_indexed(alice):
    posted = say(alice, "Secret lapwing", temporary=True)
    answer(posted, "A lapwing, I see")
    conversations.rename(by=alice.id, conversation_id=posted.conversation, title="Lap")
    while indexing.Missing().index_some():
        pass
    assert not IndexEntry.objects.exists()


def test_what_is_erased_is_found_no_more(alice, bob):
    posted, kept = say(alice, "Dunlin here"), say(bob, "Dunlin there")
    conversations.to_trash(by=alice.id, conversation_id=posted.conversation)
    conversations.erase(by=alice.id, conversation_id=posted.conversation)
    assert found(alice, "dunlin") == []
    assert {e.conversation_id for e in found(bob, "dunlin")} == {kept.conversation}


def test_a_person_who_is_deleted_leaves_no_entry(alice, bob):
    say(alice, "Whimbrel")
    say(bob, "Whimbrel")
    alice.delete()
    assert set(IndexEntry.objects.values_list("owner_id", flat=True)) == {bob.id}


# --- the hashes
def test_two_people_have_different_hashes_of_a_word(alice, bob):
    assert Hasher(alice.id)("heron") != Hasher(bob.id)("heron")
    assert Hasher(alice.id)("heron") == Hasher(alice.id)("heron")


def test_without_the_key_nothing_can_be_looked_up(alice):
    say(alice, "Heron")
    DataKey.objects.filter(user_id=alice.id).delete()
    keyring.forget(alice.id)
    with pytest.raises(Exception, match="no data key"):
        Hasher(alice.id)


# --- what is missing
def forgotten(person, messages: int = 5) -> Conversation:
    """As written by a version that had no index."""
    return factories.create_conversation(person, title="Old birds", messages=messages)


def missing_done(owner=None) -> int:
    missing, done = indexing.Missing(owner), 0
    while some := missing.index_some():
        done += some
    return done


def test_what_has_no_entry_is_indexed_in_batches(alice, monkeypatch):
    monkeypatch.setattr(indexing, "BATCH", 2)
    forgotten(alice)
    missing = indexing.Missing()
    assert missing.count() == 6
    assert [missing.index_some() for _ in range(5)] == [2, 2, 1, 1, 0]
    assert len(found(alice, "question")) == 3
    assert [e.kind for e in found(alice, "bird")] == ["t"]
    assert missing.count() == 0


def test_what_was_interrupted_goes_on_where_it_was(alice, monkeypatch):
    monkeypatch.setattr(indexing, "BATCH", 2)
    forgotten(alice)
    indexing.Missing().index_some()
    assert indexing.Missing().count() == 4
    assert missing_done() == 4


def test_a_pass_looks_at_everything_once_and_the_next_one_again(alice, monkeypatch):
    monkeypatch.setattr(indexing, "BATCH", 2)
    forgotten(alice)
    missing = indexing.Missing()
    assert missing.index_some() == 2

    indexing.rebuild(alice.id)

    assert [missing.index_some() for _ in range(4)] == [2, 1, 1, 0]
    assert missing.count() == 2
    assert [missing.index_some() for _ in range(2)] == [2, 0]


def test_a_reply_under_way_is_left_to_its_end(alice):
    posted = say(alice, "Hello")
    assert indexing.Missing().count() == 0
    answer(posted, "Hi, godwit")
    assert indexing.Missing().count() == 0


def test_an_older_format_is_found_until_it_is_renewed(alice):
    say(alice, "Turnstone")
    indexing.rebuild(alice.id)
    assert len(found(alice, "turnston")) == 2
    assert missing_done() >= 2
    assert len(found(alice, "turnston")) == 2
    assert missing_done() == 0


def test_what_cannot_be_read_is_indexed_as_nothing(alice):
    conversation = forgotten(alice, messages=1)
    Message.objects.filter(conversation=conversation).update(body=b"\x01broken")
    assert missing_done() == 2
    assert missing_done() == 0
    assert IndexEntry.objects.get(kind="m").terms == []


def test_passages_of_a_file_are_found(alice):
    conversation = forgotten(alice, messages=1)
    file = File.objects.create(
        owner_id=alice.id, conversation=conversation, name="b.txt", kind="text", size=9
    )
    passage = Passage.objects.create(
        owner_id=alice.id, file=file, number=1, body="A ruff and a reeve", tokens=5
    )
    assert missing_done() == 3
    (entry,) = found(alice, "reev")
    assert (entry.passage_id, entry.kind) == (passage.id, "p")
    file.delete()
    assert found(alice, "reev") == []


# --- the command
def reindex(*words: str) -> str:
    out = io.StringIO()
    call_command("reindex", *words, stdout=out)
    return out.getvalue()


def test_the_command_indexes_what_is_missing_and_shows_how_far_it_is(alice, bob):
    forgotten(alice)
    forgotten(bob)
    told = reindex("--user", alice.email)
    assert "100 %  6 of 6" in told
    assert "6 indexed. The index is complete." in told
    assert indexing.Missing().count() == 6
    assert "6 indexed" in reindex()
    assert "0 indexed" in reindex()
    assert "12 indexed" in reindex("--all")


def test_the_command_knows_nobody_of_another_name():
    with pytest.raises(CommandError, match="nobody with the email"):
        reindex("--user", "who@example.org")
