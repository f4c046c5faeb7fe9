"""Everything about a person is in their export, exactly, and nothing of others."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from accounts import personal_data
from accounts.documents import by_key, plain, table, told
from accounts.exporting import Archive
from accounts.models import Fact, User
from accounts.personal_data import Document, Kind, Rows, kinds
from conversations.models import Conversation, File, Message, Summary, ToolCall, Turn
from conversations.services import files
from tests.factories import create_conversation
from tests.pages.markup import assert_harmless, read
from tests.personal import Markers, fill
from tests.personal_data.archives import Opened, exported

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def marks(alice: User) -> Markers:
    return fill(alice)


@pytest.fixture
def hers(alice: User, marks: Markers) -> Opened:
    return exported(alice)


def test_every_word_of_a_person_is_in_it_and_no_secret(
    marks: Markers, hers: Opened
) -> None:
    assert [word for word in marks.told if word not in hers.everything] == []
    assert [word for word in marks.secret if word in hers.everything] == []


def test_nothing_of_anybody_else_is_in_it(alice: User, bob: User) -> None:
    his = fill(bob)
    talk = Conversation.objects.filter(owner=bob).first()
    fill(alice, reads=talk)

    everything = exported(alice).everything

    assert [word for word in his.all if word in everything] == []
    assert str(bob.pk) not in everything and bob.email not in everything


def test_conversations_are_as_in_the_database(alice: User, hers: Opened) -> None:
    for talk in Conversation.objects.filter(owner=alice):
        told = hers.json(f"conversations/{talk.id}.json")

        assert (told["title"], told["system_prompt"]) == (
            talk.title,
            talk.system_prompt,
        )
        assert told["head_id"] == (str(talk.head_id) if talk.head_id else None)
        rows = Message.objects.filter(conversation=talk).order_by("id")
        assert [m["id"] for m in told["messages"]] == [str(m.id) for m in rows]
        for message, row in zip(told["messages"], rows, strict=True):
            parts = "".join(c.text for t in row.turns.all() for c in t.chunks.all())
            assert message["content"] == row.body + parts
            assert message["parent"] == (str(row.parent_id) if row.parent_id else None)
            assert (message["role"], message["depth"]) == (row.role, row.depth)
            assert message["created"] == plain(row.created)


def test_turns_calls_summaries_and_receipts_are_with_them(
    alice: User, hers: Opened
) -> None:
    talks = [hers.json(p) for p in hers.files if p.startswith("conv") and p[-1] == "n"]
    turns = [t for talk in talks for m in talk["messages"] for t in m["turns"]]
    calls = [call for turn in turns for call in turn["calls"]]
    summaries = [each for talk in talks for each in talk["summaries"]]

    assert {t["id"] for t in turns} == _ids(Turn.objects.filter(owner_id=alice.pk))
    for turn in Turn.objects.filter(owner_id=alice.pk):
        it = next(each for each in turns if each["id"] == str(turn.id))
        assert it["receipt"] == (json.loads(turn.receipt) if turn.receipt else None)
        assert it["error_sentence"] == turn.error_sentence
    call = ToolCall.objects.get(owner_id=alice.pk)
    texts = (call.input, call.output, call.short)
    assert (calls[0]["input"], calls[0]["output"], calls[0]["short"]) == texts
    assert [s["text"] for s in summaries] == [Summary.objects.get().text]


def test_files_are_as_they_were_uploaded(alice: User, hers: Opened) -> None:
    listed = {each["id"]: each for each in hers.json("data/files.json")}

    assert len(listed) == 3
    for file in File.objects.filter(owner_id=alice.pk):
        path = listed[str(file.id)]["path"]
        assert hers.files[path] == b"".join(files.content(file))
        assert path == f"files/{file.id}/{file.name}"
    assert all(info.external_attr == 0o600 << 16 for info in hers.infos.values())


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/x", "a\\..\\b", "con", ""])
def test_no_name_of_a_file_leads_out_of_its_folder(name: str, alice: User) -> None:
    fill(alice)
    file = File.objects.filter(owner_id=alice.pk).first()
    file.name = name
    file.save(update_fields=["name"])

    paths = [p for p in exported(alice).files if p.startswith(f"files/{file.id}")]

    assert len(paths) == 1
    last = paths[0].removeprefix(f"files/{file.id}/")
    assert last and not {"/", "\\"} & set(last) and not last.startswith(".")


def test_a_file_that_no_key_opens_does_not_end_the_export(alice: User) -> None:
    fill(alice)
    file = File.objects.filter(owner_id=alice.pk, kind="text").first()
    file.parts.update(sealed=b"changed")

    made = exported(alice)

    path = f"files/{file.id}/{file.name}"
    assert made.files[path] == b"This file cannot be decrypted.\n"


def test_each_column_is_told_or_left_out_by_name(alice: User, hers: Opened) -> None:
    """A fact stands for the tables that are told by ``table``."""
    fact = Fact.objects.get(owner=alice)

    assert hers.json("data/facts.json") == [told(fact, frozenset({"key_hash"}))]
    columns = {field.attname for field in Fact._meta.concrete_fields}
    assert hers.json("data/facts.json")[0].keys() == columns - {"key_hash"}


def test_the_manifest_tells_what_is_there_and_what_is_not(
    alice: User, hers: Opened
) -> None:
    manifest = hers.json("manifest.json")
    counts = personal_data.counts(alice.pk)

    assert list(hers.files)[-1] == "manifest.json"
    assert (manifest["format"], manifest["person"]["email"]) == (1, alice.email)
    assert {k["name"]: k["rows"] for k in manifest["kinds"]} == counts
    assert [k["name"] for k in manifest["kinds"] if "why_not" in k] == [
        kind.name for kind in reversed(kinds()) if kind.why_not
    ]
    documents = {each["path"]: each for each in manifest["documents"]}
    assert documents.keys() == hers.files.keys() - {"manifest.json"}
    for path, each in documents.items():
        data = hers.files[path]
        assert (each["bytes"], each["sha256"]) == (
            len(data),
            hashlib.sha256(data).hexdigest(),
        )


def test_documents_have_as_many_rows_as_are_counted(
    alice: User, marks: Markers
) -> None:
    counts = personal_data.counts(alice.pk)
    archive = Archive(alice)
    for _ in archive.pieces():
        pass

    inside = {kind.name: kind.inside for kind in kinds() if kind.inside}
    for kind in kinds():
        if kind.export:
            # those that hold bytes and texts of rows that are counted already
            names = [n for n, where in inside.items() if where == kind.name]
            names = [n for n in names if n not in ("file_parts", "cold_storage")]
            expected = sum(counts[name] for name in [kind.name, *names])
            rows = sum(each.rows for each in archive.written if each.kind == kind.name)
            assert rows == expected, kind.name


def test_pages_are_harmless_and_show_what_was_said(
    alice: User, hers: Opened, marks: Markers
) -> None:
    pages = {path: data for path, data in hers.files.items() if path.endswith(".html")}

    assert len(pages) == 4
    for path, data in pages.items():
        page = read(data.decode())
        assert_harmless(page)
        assert page.all("script") == [] == page.all("img")
        policy = page.all("meta")[1].attrs["content"]
        assert policy.startswith("default-src 'none'; style-src"), path
    talk = File.objects.get(owner_id=alice.pk, kind="image").conversation
    page = pages[f"conversations/{talk.id}.html"].decode()
    seed = marks.seed
    assert f"{seed}-question &lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert f"<strong>{seed}-answer</strong>" in page
    assert page.index("Other versions") < page.index(f"{seed}-other-answer")
    assert f"{seed}-cold-answer" in "".join(p.decode() for p in pages.values())


def test_links_of_the_pages_lead_to_what_is_there(hers: Opened) -> None:
    for path, data in hers.files.items():
        if not path.endswith(".html"):
            continue
        folder = path.rpartition("/")[0]
        for link in read(data.decode()).all("a"):
            to = link.attrs["href"].partition("#")[0]
            where = to.removeprefix("../") if to.startswith("../") else f"{folder}/{to}"
            assert not to or where.lstrip("/") in hers.files, (path, to)


def test_the_first_page_says_what_each_kind_is_kept_for(hers: Opened) -> None:
    rows = read(hers.files["index.html"].decode()).one("tbody").all("tr")
    told = {
        row.one("a").attrs["href"]: " ".join(row.all("td")[1].text.split())
        for row in rows
    }
    manifest = hers.json("manifest.json")
    purposes = {kind["name"]: kind["purpose"] for kind in manifest["kinds"]}
    data = [it for it in manifest["documents"] if it["path"].startswith("data/")]

    assert told == {it["path"]: purposes[it["kind"]] for it in data}


def test_somebody_of_whom_there_is_nothing_has_an_export_too(alice: User) -> None:
    made = exported(alice)

    assert made.json("data/facts.json") == []
    assert made.json("data/account.json")[0]["email"] == alice.email
    assert "password" not in made.json("data/account.json")[0]


def test_batches_go_on_by_key_and_none_is_left_out_or_told_twice(alice: User) -> None:
    for number in range(7):
        create_conversation(alice, title=f"Talk {number}")
    rows = Conversation.objects.filter(owner=alice)

    batches = list(by_key(rows, at_once=3))

    assert [len(batch) for batch in batches] == [3, 3, 1]
    assert [r.pk for b in batches for r in b] == sorted(
        rows.values_list("pk", flat=True)
    )


def test_a_row_that_goes_meanwhile_is_no_harm(alice: User) -> None:
    talks = [create_conversation(alice, title=str(number)) for number in range(4)]
    last = max(talks, key=lambda talk: talk.pk)
    batches = by_key(Conversation.objects.filter(owner=alice), at_once=2)

    next(batches)
    last.delete()

    assert len(next(batches)) == 1


def test_values_are_told_as_json_has_them() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    assert plain(moment) == "2026-01-02T03:04:05+00:00"
    assert plain(date(2026, 1, 2)) == "2026-01-02"
    assert plain(Decimal("0.10")) == "0.10"
    assert plain(UUID(int=1)) == "00000000-0000-0000-0000-000000000001"
    assert plain({"a": [1]}) == {"a": [1]}
    with pytest.raises(TypeError):
        plain(b"sealed")


def test_a_great_document_comes_in_pieces(alice: User) -> None:
    """Nothing waits until all of it is there."""
    export = table("x.json", Rows("accounts.User", "id"))
    document = next(export(alice.pk))

    assert document.rows == 0
    pieces = iter(document.pieces)
    assert next(pieces).startswith(b"[\n")
    assert document.rows == 1


def test_a_document_that_cannot_be_made_smaller_is_stored_as_it_is(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def export(user_id: UUID):
        yield Document("noise.png", [b"\x00" * 5_000], packed=True)

    kind = Kind("noise", (), "Noise", export=export)
    monkeypatch.setattr("accounts.exporting.archive.kinds", lambda: [kind])
    monkeypatch.setattr("accounts.exporting.contents.kinds", lambda: [])

    info = exported(alice).infos["noise.png"]

    assert info.compress_size == info.file_size == 5_000


def _ids(rows: object) -> set[str]:
    return {str(row.id) for row in rows}
