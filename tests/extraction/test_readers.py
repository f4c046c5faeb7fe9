"""The text of each kind of file, in blocks and in reading order."""

from __future__ import annotations

import time

import pytest
from docx import Document
from hypothesis import given
from hypothesis import strategies as st

from conversations.core.blocks import Block
from conversations.extraction import readers
from conversations.extraction.found import End, Event, Progress
from conversations.extraction.readers import code, markdown, tables
from tests import documents

PAGES = 500


def read(kind: str, data: bytes, pages: int = PAGES) -> list[Event]:
    events = list(readers.read(kind, data, pages))
    assert isinstance(events[-1], End)
    assert not any(isinstance(event, End) for event in events[:-1])
    return events


def blocks(kind: str, data: bytes) -> list[Block]:
    return [event for event in read(kind, data) if isinstance(event, Block)]


def end(kind: str, data: bytes, pages: int = PAGES) -> End:
    return read(kind, data, pages)[-1]


def test_text_is_read_by_paragraphs():
    assert blocks("text", b"One.\r\nStill one.\r\n\r\n \r\nTwo.") == [
        Block("One.\nStill one."),
        Block("Two."),
    ]


def test_markdown_is_read_by_headings_and_fences_stay_whole():
    source = "# Title\nIntro.\n\n```py\n# no heading\n\nx = 1\n```\n"
    source += "After\n=====\n\n- a\n- b\n"

    assert list(markdown.sections(source)) == [
        Block("# Title", "heading"),
        Block("Intro."),
        Block("```py\n# no heading\n\nx = 1\n```", "code"),
        Block("After\n=====", "heading"),
        Block("- a\n- b"),
    ]


def test_a_fence_that_is_never_closed_goes_to_the_end():
    assert list(markdown.sections("~~~\n# x\n\ny")) == [Block("~~~\n# x\n\ny", "code")]


def test_code_is_read_by_what_stands_at_the_margin():
    source = (
        "import x\n\n\n@cached\ndef one():\n    a = 1\n\n    return a\n\n\nclass Two:\n"
        "    pass\n"
    )

    assert [block.text for block in code.definitions(source)] == [
        "import x",
        "@cached\ndef one():\n    a = 1\n\n    return a",
        "class Two:\n    pass",
    ]


def test_rows_are_exact_and_go_on_while_a_quotation_is_open():
    source = 'name,said\n"Maya","one\ntwo"\n\nBo,"a ""b"" c"\n'

    assert list(tables.rows(source)) == [
        Block("name,said", "header"),
        Block('"Maya","one\ntwo"', "row"),
        Block('Bo,"a ""b"" c"', "row"),
    ]


def test_a_forgotten_quotation_mark_does_not_swallow_the_table():
    source = "a,b\n" + '"forgot,1\n' + "\n".join(f"{n},{n}" for n in range(500))

    assert len(list(tables.rows(source))) > 400


@given(st.text(st.sampled_from('ab,"\n#`~=- ')))
def test_readers_lose_no_word(source):
    expected = "".join(source.split())
    for found in (
        markdown.sections(source),
        code.definitions(source),
        tables.rows(source),
    ):
        assert "".join("".join(b.text.split()) for b in found) == expected


def test_a_pdf_is_read_by_pages_with_progress():
    events = read("pdf", documents.pdf("Page one", "Page two", "Page three"))

    assert [e for e in events if isinstance(e, Block)] == [
        Block("Page one", page=1),
        Block("Page two", page=2),
        Block("Page three", page=3),
    ]
    told = [e for e in events if isinstance(e, Progress)]
    assert told == [Progress(0, 3), Progress(33, 3), Progress(66, 3)]
    assert events[-1] == End()


def test_a_word_that_was_parted_at_a_line_is_whole_again():
    assert blocks("pdf", documents.pdf("the har-\nbour of Co-\nPilot"))[0].text == (
        "the harbour of Co-\nPilot"
    )


@pytest.mark.parametrize(
    ("data", "problem", "failed"),
    [
        (documents.pdf("", ""), "no text in it: its pages are pictures", False),
        (documents.locked_pdf("secret"), "protected with a password", True),
        (b"%PDF-1.7\nrubbish", "It is damaged", True),
        (documents.pdf("x")[:200], "It is damaged", True),
        (b"%PDF-1.4\n" + b"\0" * 5_000, "It is damaged", True),
    ],
    ids=["scanned", "locked", "rubbish", "cut", "zeros"],
)
def test_what_is_wrong_with_a_pdf_is_told(data, problem, failed):
    told = end("pdf", data)

    assert problem in told.problem and told.failed == failed


def test_a_pdf_that_only_restricts_what_may_be_done_is_read():
    assert blocks("pdf", documents.locked_pdf(""))[0].text == "The tide is out."


def test_pages_beyond_the_limit_are_told():
    told = end("pdf", documents.pdf(*["text"] * 5), 2)

    assert told == End("Only the first 2 of its 5 pages were read.")


def test_a_word_document_is_read_in_order():
    document = Document()
    document.add_heading("Ice", 1)
    document.add_paragraph("It comes in March.")
    document.add_paragraph("first", style="List Bullet")
    document.add_paragraph("second", style="List Number")
    table = document.add_table(rows=2, cols=2)
    for place, text in zip(
        table._cells, ("Harbour", "Depth", "Odda", "7 m"), strict=True
    ):
        place.text = text
    document.add_paragraph("")
    document.add_paragraph("The end.")

    assert blocks("docx", documents.saved(document)) == [
        Block("Ice", "heading"),
        Block("It comes in March."),
        Block("- first"),
        Block("- second"),
        Block("Harbour | Depth", "header"),
        Block("Odda | 7 m", "row"),
        Block("The end."),
    ]


def test_a_merged_cell_is_told_once():
    document = Document()
    table = document.add_table(rows=1, cols=3)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "wide"
    table.cell(0, 2).text = "c"

    assert blocks("docx", documents.saved(document))[0].text == "wide | c"


ENTITIES = b"""<?xml version="1.0"?>
<!DOCTYPE x [<!ENTITY a "ha">%b]>
<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">
<w:body><w:p><w:r><w:t>&%b;</w:t></w:r></w:p></w:body></w:document>"""


@pytest.mark.parametrize("size", [3, 30])
def test_entities_do_not_explode(size):
    names = [b"a", *(b"e%d" % n for n in range(size))]
    made = b"".join(
        b'<!ENTITY %b "%b">' % (name, (b"&%b;" % before) * 10)
        for before, name in zip(names, names[1:], strict=False)
    )
    began = time.process_time()
    found = read("docx", documents.word_bomb(ENTITIES % (made, names[-1])))

    assert time.process_time() - began < 5
    assert all("haha" not in e.text for e in found if isinstance(e, Block))


def test_entities_of_the_outside_are_not_fetched(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("OUTSIDE")
    made = b'<!ENTITY b SYSTEM "%b">' % secret.as_uri().encode()
    found = read("docx", documents.word_bomb(ENTITIES % (made, b"b")))

    assert all("OUTSIDE" not in e.text for e in found if isinstance(e, Block))


@pytest.mark.parametrize(
    "data",
    [
        documents.word_bomb(b"<w:document"),
        documents.word_bomb(b""),
        documents.archive({"[Content_Types].xml": "<x/>", "word/document.xml": "<x/>"}),
        documents.word("x")[:-30],
    ],
)
def test_a_damaged_word_document_is_told(data):
    assert end("docx", data).failed


@pytest.mark.parametrize("kind", ["text", "markdown", "code", "csv"])
def test_what_turns_out_to_be_no_text_fails(kind):
    assert end(kind, b"\0\1\2").failed


@pytest.mark.parametrize("kind", ["text", "markdown", "code", "csv"])
def test_nothing_but_white_space_is_no_text(kind):
    assert end(kind, b" \n\t\n ") == End("There is no text in it.")


def test_text_beyond_the_limit_is_left_out_and_told(monkeypatch):
    monkeypatch.setattr(readers, "MOST_CHARACTERS", 25)
    events = read("text", b"0123456789\n\n0123456789\n\n0123456789\n\nmore")

    found = [e.text for e in events if isinstance(e, Block)]
    assert found == ["0123456789", "0123456789", "01234"]
    assert events[-1] == End(readers.TEXT_LEFT_OUT)
