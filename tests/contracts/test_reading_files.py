"""Files made into passages: by one reader at a time, and by another when that dies."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import keyring
from accounts.models import DataKey
from conversations.core.blocks import Block
from conversations.core.tokens import count
from conversations.extraction import process, sniffing
from conversations.extraction.found import End, Progress
from conversations.models import File, IndexEntry, Passage
from conversations.services import files, indexing, reading_files
from conversations.services.reading_files import STALE, claim
from tests import documents
from tests.attaching import TEXT, read_all, send, upload

pytestmark = [pytest.mark.database, pytest.mark.django_db]
ONE, OTHER = uuid.uuid4(), uuid.uuid4()
LINES = [f"Harbour {number} is {number} metres deep. " * 20 for number in range(200)]


@pytest.fixture(autouse=True)
def _looked_into_here(monkeypatch) -> None:
    monkeypatch.setattr(process, "inspect", sniffing.look)


def fresh(file: File) -> File:
    return File.objects.get(id=file.id)


def bodies(file: File) -> list[str]:
    return [passage.body for passage in files.passages(file)]


def test_a_file_is_read_into_passages_that_are_found_when_it_is_sent(alice):
    file = upload(alice)
    (read,) = read_all()

    assert (read.status, read.done, read.problem) == ("ready", 100, "")
    (passage,) = files.passages(file)
    assert passage.body == TEXT.decode().strip()
    assert passage.tokens == read.tokens == count(passage.body)
    assert (passage.number, passage.page) == (1, None)
    assert not IndexEntry.objects.filter(kind="p").exists()
    talk = send(alice, file).conversation

    (entry,) = IndexEntry.objects.filter(kind="p")
    assert (entry.passage_id, entry.conversation_id) == (passage.id, talk)


def test_what_is_sent_before_it_is_read_is_found_as_it_is_read(alice):
    file = upload(alice)
    talk = send(alice, file).conversation
    read_all()

    (entry,) = IndexEntry.objects.filter(kind="p")
    assert (entry.passage.file_id, entry.conversation_id) == (file.id, talk)


def test_what_was_read_before_it_was_sent_is_found_when_it_ends(alice, monkeypatch):
    monkeypatch.setattr(files, "INDEXED_AT_ONCE", 1)
    file = upload(alice)
    reading = claim(ONE)
    reading.take([Block(line) for line in LINES])
    send(alice, file)
    assert IndexEntry.objects.filter(kind="p").count() == 1
    reading.take([End()])

    assert IndexEntry.objects.filter(kind="p").count() == len(bodies(file)) > 50


@pytest.mark.parametrize("before", [True, False])
def test_files_of_a_temporary_conversation_are_in_no_index(alice, before):
    file = upload(alice)
    if before:
        read_all()
    send(alice, file, temporary=True)
    read_all()

    assert bodies(file) == [TEXT.decode().strip()]
    assert not IndexEntry.objects.exists()
    assert indexing.Missing().index_some() == 0


def test_a_long_file_that_was_read_is_indexed_in_part_at_once(alice, monkeypatch):
    monkeypatch.setattr(files, "INDEXED_AT_ONCE", 3)
    file = upload(alice, "\n\n".join(LINES).encode())
    read_all()
    send(alice, file)
    assert IndexEntry.objects.filter(kind="p").count() == 3
    while indexing.Missing().index_some():
        pass

    assert IndexEntry.objects.filter(kind="p").count() == len(bodies(file)) > 50


def test_a_long_file_is_kept_in_order_and_in_small_transactions(alice):
    file = upload(alice, "\n\n".join(LINES).encode(), "long.txt")
    (read,) = read_all()
    passages = list(files.passages(file))

    assert [passage.number for passage in passages] == list(range(1, len(passages) + 1))
    assert len(passages) > 2 * reading_files.AT_ONCE
    assert sum(passage.tokens for passage in passages) == read.tokens
    at = [" ".join(bodies(file)).find(f"Harbour {n} is") for n in range(200)]
    assert at == sorted(at) and at[0] == 0


def test_pages_and_their_number_are_kept(alice):
    file = upload(alice, documents.pdf("One", "", "Three"), "a.pdf")
    (read,) = read_all()

    assert read.pages == 3
    assert list(files.passages(file).values_list("page", flat=True)) == [1, 3]


@pytest.mark.parametrize(
    ("data", "name", "status", "problem"),
    [
        (documents.pdf(""), "a.pdf", "ready", "There is no text in it: its pages are"),
        (documents.locked_pdf("x"), "a.pdf", "failed", "protected with a password"),
        (b"%PDF-1.4 nothing", "a.pdf", "failed", "It is damaged"),
        (documents.word(), "a.docx", "ready", "There is no text in it."),
        (documents.word_bomb(b"<"), "a.docx", "failed", "It is damaged"),
        (b" \n", "a.txt", "ready", "There is no text in it."),
    ],
)
def test_what_became_of_it_is_told(alice, data, name, status, problem):
    file = upload(alice, data, name)
    (read,) = read_all()

    assert (read.status, read.done, read.tokens) == (status, 100, 0)
    assert problem in read.problem and bodies(file) == []
    assert files.status(alice.id, file.id) == files.Standing(status, 100, read.problem)


def test_pictures_are_not_read(alice):
    upload(alice, documents.image(), "a.png")

    assert claim(ONE) is None


def test_the_one_that_waits_longest_comes_first(alice, bob):
    first, second = upload(alice), upload(bob)

    assert [claim(ONE).file.id, claim(ONE).file.id] == [first.id, second.id]
    assert claim(ONE) is None and reading_files.are_read_elsewhere()


def test_progress_is_seen_while_it_is_read(alice):
    file = upload(alice)
    reading = claim(ONE)
    reading.take([Progress(40, 5), Block("One."), Progress(70, 5)])
    now = fresh(file)

    assert (now.status, now.done, now.pages) == ("reading", 70, 5)
    reading.take([Progress(100)])
    assert fresh(file).done == 99
    reading.take([End()])
    assert fresh(file).done == 100 and reading.is_over


# --- several readers
def test_a_reader_that_lives_is_left_alone(alice):
    upload(alice)
    now = timezone.now()
    claim(ONE, now)

    assert claim(OTHER, now + STALE - timedelta(seconds=1)) is None


def test_a_silent_reader_keeps_its_file_by_its_heart(alice):
    upload(alice)
    now = timezone.now()
    reading = claim(ONE, now - STALE * 2)
    reading.take([])

    assert claim(OTHER, now) is None


def test_another_takes_up_what_a_dead_reader_left(alice):
    file = upload(alice, "\n\n".join(LINES).encode())
    send(alice, file)
    dead = claim(ONE, timezone.now() - STALE * 2)
    dead.take([Block(line) for line in LINES[:100]])
    File.objects.update(heartbeat=timezone.now() - STALE * 2)
    begun = bodies(file)
    assert begun and IndexEntry.objects.filter(kind="p").count() == len(begun)

    living = claim(OTHER)
    assert (bodies(file), fresh(file).done) == ([], 0)
    assert not IndexEntry.objects.filter(kind="p").exists()
    dead.take([Block("What a dead man tells.")])  # it wakes up again
    assert dead.is_over and bodies(file) == []
    living.take([Block("All of it."), End()])
    dead.fail("It broke.")

    assert bodies(file) == ["All of it."]
    assert (fresh(file).status, fresh(file).problem) == ("ready", "")


def test_of_two_that_take_a_file_one_gets_it(alice, monkeypatch):
    file = upload(alice)
    seen = list(File.objects.all())
    mine = claim(ONE)
    # the other looked before, and comes second
    monkeypatch.setattr(
        reading_files.File.objects,
        "filter",
        lambda *args, **how: (
            Looked(seen) if args else File._base_manager.filter(*args, **how)
        ),
    )

    assert mine is not None and claim(OTHER) is None
    monkeypatch.undo()
    assert fresh(file).reader == ONE


class Looked(list):
    def order_by(self, *names: str) -> Looked:
        return self


def test_a_file_that_goes_while_it_is_read_is_over(alice):
    file = upload(alice)
    reading = claim(ONE)
    files.remove(alice.id, file.id)
    reading.take([Block("a"), End()])

    assert reading.is_over and not Passage.objects.exists()


def test_what_no_key_opens_fails_and_says_so(alice):
    file = upload(alice)
    reading = claim(ONE)
    DataKey.objects.all().delete()
    keyring.forget(alice.id)

    assert reading.data() is None and reading.is_over
    assert fresh(file).problem == reading_files.CANNOT_OPEN


def test_keeping_costs_the_same_queries_for_many_passages(
    alice, django_assert_max_num_queries
):
    send(alice, upload(alice))
    reading = claim(ONE)
    blocks = [Block(line) for line in LINES[:40]]

    with django_assert_max_num_queries(8):
        reading.take(blocks)
