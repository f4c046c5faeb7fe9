"""What a person attaches: kept sealed, theirs alone, told apart from what is newer."""

from __future__ import annotations

import os
import tempfile
import uuid
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from accounts import keyring
from accounts.models import DataKey
from chatsite.lib.crypto import CannotOpen
from conversations.extraction import process, sniffing
from conversations.models import (
    Conversation,
    File,
    FilePart,
    IndexEntry,
    Message,
    Passage,
)
from conversations.services import (
    access,
    conversations,
    file_parts,
    file_versions,
    files,
    uploading,
)
from tests import documents
from tests.attaching import TEXT, read_all, send, upload
from tests.factories import create_conversation

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _looked_into_here(monkeypatch) -> None:
    """Starting a process for each takes long; tests/extraction starts it."""
    monkeypatch.setattr(process, "inspect", sniffing.look)


def content(file: File) -> bytes:
    return b"".join(files.content(file))


def refusal(alice, data: bytes, name: str = "x") -> uploading.FileRefused:
    with pytest.raises(uploading.FileRefused) as caught:
        upload(alice, data, name)
    assert not File.objects.exists() or FilePart.objects.exists()
    return caught.value


# --- taking in
def test_an_upload_is_kept_exactly_and_waits_to_be_read(alice):
    file = File.objects.get(id=upload(alice, TEXT, "../Odda.TXT").id)

    assert (file.name, file.kind, file.media_type) == ("Odda.TXT", "text", "text/plain")
    assert (file.size, file.status, file.done, file.version) == (
        len(TEXT),
        "waiting",
        0,
        1,
    )
    assert file.message_id is file.conversation_id is None
    assert content(file) == TEXT


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (b"# Ice\n", "a.md", "markdown"),
        (b"a,b\n1,2\n", "a.csv", "csv"),
        (b"x = 1\n", "a.py", "code"),
        (b"<svg onload='alert(1)'/>", "a.svg", "code"),
        (b"<script>alert(1)</script>", "a.html", "code"),
        (b"plain", "a", "text"),
        (b"plain", "a.exe", "text"),
        (documents.pdf("x"), "a.pdf", "pdf"),
        (documents.pdf("x"), "a", "pdf"),
        (documents.word("x"), "a.docx", "docx"),
        (documents.image("PNG"), "a.png", "image"),
        (documents.image("GIF"), "a", "image"),
    ],
)
def test_content_says_what_a_file_is(alice, data, name, kind):
    assert upload(alice, data, name).kind == kind


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"not a picture", "a.png", "it is called a PNG file, but it is a text file."),
        (documents.image("PNG"), "a.jpg", "called a JPEG file, but it is an image."),
        (documents.pdf("x"), "a.docx", "called a Word file, but it is a PDF file."),
        (documents.word("x"), "a.pdf", "called a PDF file, but it is a Word document."),
        (b"<html>", "a.pdf", "called a PDF file, but it is a text file."),
        (b"MZ\x00\x01", "a.txt", "It is a Windows program."),
        (documents.archive({"a": "b"}), "a.docx", "It is a ZIP archive"),
    ],
)
def test_a_name_that_lies_is_refused(alice, data, name, said):
    problem = refusal(alice, data, name)

    assert said in str(problem) and str(problem).startswith(f"{name} was not taken: ")
    assert (problem.code, problem.status) == ("unsupported", 415)


def test_a_picture_is_kept_without_what_was_in_it(alice):
    file = upload(alice, documents.photograph(), "me.jpg")

    assert (file.status, file.done, file.width, file.height) == ("ready", 100, 40, 60)
    assert b"SECRET" not in content(file) and file.size == len(content(file))


def test_nothing_is_no_file(alice):
    problem = refusal(alice, b"", "empty.txt")

    assert (str(problem), problem.status) == ("empty.txt is empty.", 400)


def test_a_file_that_is_too_large_is_refused_while_it_comes(alice, settings):
    settings.MAX_FILE_MB = 1
    taken = []

    def chunks():
        for number in range(100):
            taken.append(number)
            yield b"x" * 100_000

    with pytest.raises(uploading.FileRefused) as caught:
        uploading.upload(by=alice.id, name="big.txt", chunks=chunks())
    assert str(caught.value) == (
        "big.txt is larger than 1 MB, the most that a file can have."
    )
    assert (caught.value.status, len(taken)) == (413, 11)


def test_a_file_of_just_the_limit_is_taken(alice, settings):
    settings.MAX_FILE_MB = 1

    assert content(upload(alice, b"x" * 1_000_000)) == b"x" * 1_000_000


def test_a_large_picture_is_refused(alice, monkeypatch):
    monkeypatch.setattr(uploading, "MOST_IMAGE_BYTES", 100)
    problem = refusal(alice, documents.image("PNG"), "a.png")

    assert (problem.code, problem.status) == ("too_large", 413)


def test_there_is_room_for_so_much_of_each_person(alice, bob, settings):
    settings.MAX_FILES_MB = 1
    upload(alice, b"x" * 600_000, "one.txt")
    problem = refusal(alice, b"x" * 600_000, "two.txt")

    assert (problem.code, problem.status) == ("no_room", 413)
    assert "1 MB together" in str(problem)
    assert upload(bob, b"x" * 600_000).size == 600_000


# --- at rest
@pytest.mark.parametrize("size", [1, file_parts.PART, file_parts.PART + 1, 700_000])
def test_parts_are_bounded_and_add_up(alice, size):
    data = os.urandom(size).hex().encode()[:size]
    file = upload(alice, data)

    sizes = [len(bytes(part.sealed)) for part in file.parts.all()]
    assert len(sizes) == -(-size // file_parts.PART)
    assert max(sizes) <= file_parts.PART + 100
    assert content(file) == data


def parts_of(file: File) -> list[FilePart]:
    return list(FilePart.objects.filter(file=file).order_by("number"))


@pytest.fixture
def long(alice) -> File:
    return upload(alice, os.urandom(300_000).hex().encode(), "long.txt")


def test_a_part_that_was_changed_does_not_open(long):
    part = parts_of(long)[1]
    sealed = bytearray(part.sealed)
    sealed[50] ^= 1
    FilePart.objects.filter(id=part.id).update(sealed=bytes(sealed))

    with pytest.raises(CannotOpen):
        content(long)


def test_parts_that_changed_places_do_not_open(long):
    first, second, *_ = parts_of(long)
    for part, number in ((first, 99), (second, 1), (first, 2)):
        FilePart.objects.filter(id=part.id).update(number=number)

    with pytest.raises(CannotOpen):
        content(long)


def test_a_part_of_another_file_does_not_open(alice, long):
    other = upload(alice, os.urandom(300_000).hex().encode(), "other.txt")
    FilePart.objects.filter(id=parts_of(long)[1].id).update(number=99)
    FilePart.objects.filter(id=parts_of(other)[1].id).update(file=long)

    with pytest.raises(CannotOpen):
        content(long)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_part_that_is_missing_is_missed(long, number):
    parts_of(long)[number - 1].delete()

    with pytest.raises(CannotOpen):
        content(long)


def test_without_the_key_nothing_opens_and_nothing_is_taken(alice, long):
    DataKey.objects.all().delete()
    keyring.forget(alice.id)

    with pytest.raises(CannotOpen):
        content(long)
    with pytest.raises(CannotOpen):
        upload(alice)


def dump() -> bytes:
    """Everything the databases and the temporary directory hold, as bytes."""
    if connection.vendor != "sqlite":
        with connection.cursor() as cursor:
            found = b""
            for model in (File, FilePart, Passage, IndexEntry, Message, Conversation):
                cursor.execute(f'SELECT t::text FROM "{model._meta.db_table}" t')
                found += "".join(row[0] for row in cursor.fetchall()).encode()
            return found
    return b"".join(map(_bytes, _places()))


def _places() -> list[Path]:
    made = Path(settings.DATABASES["default"]["TEST"]["NAME"]).parent
    tmp = Path(tempfile.gettempdir())
    fresh = timezone.now().timestamp() - 60
    loose = (path for path in tmp.iterdir() if _changed(path) > fresh)
    return [*made.rglob("*"), *loose]


def _changed(path: Path) -> float:
    with suppress(FileNotFoundError):  # other tests come and go there
        return path.stat().st_mtime
    return 0.0


def _bytes(path: Path) -> bytes:
    with suppress(FileNotFoundError, IsADirectoryError):
        return path.read_bytes() if path.is_file() else b""
    return b""


@pytest.mark.django_db(transaction=True)
def test_no_word_of_a_file_is_readable_at_rest(alice):
    words = [b"ZEPHYRQUARTZ", b"ZEPHYRNAME", b"ZEPHYRPAGE", b"ZEPHYRCELL"]
    text = upload(alice, b"ZEPHYRQUARTZ is a word. " * 5_000, "ZEPHYRNAME.txt")
    paper = upload(alice, documents.pdf("ZEPHYRPAGE one"), "b.pdf")
    table = upload(alice, b"a,ZEPHYRCELL\n1,2\n", "c.csv")
    send(alice, text, paper, table)
    read_all()

    assert {p.file_id for p in Passage.objects.all()} == {text.id, paper.id, table.id}
    held = dump()
    assert held and not [word for word in words if word in held]
    forms = [w.decode() for w in words]
    for form in forms:
        assert form.encode("utf-16-le") not in held
        assert form.encode().hex().encode() not in held


# --- sending
def test_files_go_with_a_message(alice):
    one, two = upload(alice, b"one"), upload(alice, b"two", "b.txt")
    posted = send(alice, two, one, text="")

    sent = files.of_messages([posted.message])[posted.message]
    assert [file.id for file in sent] == [one.id, two.id]
    assert {file.conversation_id for file in sent} == {posted.conversation}
    assert files.of_messages([posted.reply]) == {}


def test_the_same_request_again_changes_nothing(alice):
    file = upload(alice)
    request = uuid.uuid4()

    first, again = (send(alice, file, request_id=request) for _ in range(2))

    assert again.repeated and (first.message, first.turn) == (
        again.message,
        again.turn,
    )
    assert File.objects.get().message_id == first.message


def test_what_is_not_there_to_be_sent_sends_nothing(alice, bob):
    hers, his = upload(alice), upload(bob)
    sent = upload(alice, b"sent")
    send(alice, sent)
    before = Message.objects.count()
    for other in (his, sent, File(id=uuid.uuid4())):
        with pytest.raises(files.NoSuchFile):
            send(alice, hers, other)
    hers.refresh_from_db()
    his.refresh_from_db()

    assert hers.message_id is his.message_id is None
    assert Message.objects.count() == before


def test_so_many_files_and_no_more(alice):
    made = [upload(alice, b"%d" % number) for number in range(11)]
    with pytest.raises(files.TooManyFiles):
        send(alice, *made)

    assert send(alice, *made[:10]).message
    assert File.objects.filter(message=None).count() == 1


def test_naming_a_file_twice_sends_it_once(alice):
    file = upload(alice)

    assert len(files.of_messages([send(alice, file, file).message])) == 1


def test_what_is_sent_costs_the_same_few_queries(alice, django_assert_num_queries):
    talk = create_conversation(alice)
    counts = []
    for number in (1, 10):
        made = [upload(alice, b"%d" % n, f"{number} {n}") for n in range(number)]
        message = Message.objects.create(
            conversation=talk, owner_id=alice.id, role="user", body="x"
        )
        with django_assert_num_queries(7), transaction.atomic():
            files.attach(message, talk, alice.id, [file.id for file in made])
        counts.append(len(files.of_messages([message.id])[message.id]))

    assert counts == [1, 10]


# --- versions
def test_the_same_name_again_is_a_newer_version(alice):
    first = upload(alice, b"one", "Report.txt")
    talk = send(alice, first).conversation
    second = upload(alice, b"two", "REPORT.txt", talk)
    assert (second.version, second.replaces_id) == (2, first.id)
    send(alice, second, conversation_id=talk)
    third = upload(alice, b"three", "report.txt")  # its conversation is told later
    assert third.version == 1
    send(alice, third, conversation_id=talk)
    third.refresh_from_db()
    other = upload(alice, b"other", "other.txt")
    send(alice, other, conversation_id=talk)
    conversation = Conversation.objects.get(id=talk)

    assert (third.version, third.replaces_id) == (3, second.id)
    first.refresh_from_db()
    assert file_versions.newer_than(first) == third
    assert file_versions.newer_than(third) is None
    assert file_versions.latest_versions(conversation) == [third, other]
    assert file_versions.versions_of(first) == [third, second, first]
    assert list(files.of_conversation(conversation)) == [first, second, third, other]


def test_two_versions_sent_together_are_numbered_as_they_were_chosen(alice):
    old, new = upload(alice, b"old"), upload(alice, b"new")
    send(alice, old, new)
    new.refresh_from_db()

    assert (new.version, new.replaces_id) == (2, old.id)


def test_the_same_content_again_is_told_and_no_newer_version(alice):
    first = upload(alice)
    talk = send(alice, first).conversation
    again = upload(alice, TEXT, "odda.txt", talk)
    renamed = upload(alice, TEXT, "copy.txt", talk)

    assert (again.version, again.replaces_id) == (1, None)
    assert file_versions.same_content(again, talk) == first
    assert file_versions.same_content(renamed, talk) == first
    assert file_versions.same_content(again, None) == renamed
    assert file_versions.same_content(upload(alice, b"new"), talk) is None


def test_other_people_and_conversations_do_not_count(alice, bob):
    mine = send(alice, upload(alice)).conversation
    his = upload(bob)
    send(bob, his)
    elsewhere = upload(alice)
    send(alice, elsewhere)
    elsewhere.refresh_from_db()

    assert his.version == elsewhere.version == 1
    assert file_versions.same_content(his, mine) is None
    assert len(set(File.objects.values_list("digest", flat=True))) == 2
    assert len(set(File.objects.values_list("name_hash", flat=True))) == 2


def test_a_conversation_that_is_not_hers_takes_no_file(alice, bob):
    talk = create_conversation(bob)
    for unknown in (talk.id, uuid.uuid4()):
        with pytest.raises(access.NotFound):
            upload(alice, conversation=unknown)
    assert not File.objects.exists()


# --- going
def test_a_file_is_removed_before_it_is_sent_and_not_after(alice, bob):
    unsent, sent = upload(alice), upload(alice)
    send(alice, sent)
    for by, file in ((bob, unsent), (alice, sent), (alice, File(id=uuid.uuid4()))):
        with pytest.raises(access.NotFound):
            files.remove(by.id, file.id)
    files.remove(alice.id, unsent.id)

    assert list(File.objects.values_list("id", flat=True)) == [sent.id]
    assert set(FilePart.objects.values_list("file", flat=True)) == {sent.id}


def test_what_is_not_sent_within_a_day_goes(alice):
    unsent, sent, fresh = upload(alice), upload(alice), upload(alice)
    send(alice, sent)
    old = timezone.now() - timedelta(days=1, minutes=1)
    File.objects.filter(id__in=(unsent.id, sent.id)).update(created=old)

    assert (files.purge_unsent(), files.purge_unsent()) == (1, 0)
    assert set(File.objects.values_list("id", flat=True)) == {sent.id, fresh.id}


def test_everything_goes_with_the_conversation(alice):
    file = upload(alice)
    talk = send(alice, file).conversation
    read_all()
    assert Passage.objects.exists()
    conversations.to_trash(by=alice.id, conversation_id=talk)
    conversations.erase(by=alice.id, conversation_id=talk)

    for model in (File, FilePart, Passage, IndexEntry):
        assert not model.objects.exists(), model


def test_everything_goes_with_the_person(alice):
    send(alice, upload(alice))
    alice.delete()

    for model in (File, FilePart, Passage, IndexEntry):
        assert not model.objects.exists(), model


def test_a_version_that_goes_leaves_those_after_it(alice):
    first = upload(alice, b"one")
    talk = send(alice, first).conversation
    second = upload(alice, b"two", conversation=talk)
    send(alice, second, conversation_id=talk)
    File.objects.filter(id=first.id).delete()
    second.refresh_from_db()

    assert (second.version, second.replaces_id) == (2, None)
