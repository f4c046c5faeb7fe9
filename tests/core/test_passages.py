"""Where a document is cut, and that nothing of it is lost."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.core.blocks import Block
from conversations.core.passages import AIM, MOST, Cut, Cutter
from conversations.core.tokens import count

SENTENCE = "The harbour lies open to the west and fills with ice in a cold spring. "


def cut(*blocks: Block) -> list[Cut]:
    cutter = Cutter(count)
    made = [each for block in blocks for each in cutter.add(block)]
    return [*made, *cutter.end()]


def texts(*blocks: Block) -> list[str]:
    return [each.text for each in cut(*blocks)]


def words(tokens: int) -> str:
    return (SENTENCE * (tokens // count(SENTENCE) + 1))[: tokens * 4].strip()


def test_a_short_document_is_one_passage():
    made = cut(Block("Title", "heading"), Block("First."), Block("Second."))

    assert made == [
        Cut("Title\n\nFirst.\n\nSecond.", None, count("Title\n\nFirst.\n\nSecond."))
    ]


def test_no_document_is_no_passage():
    assert cut() == []


def test_paragraphs_fill_passages_and_stay_whole():
    paragraphs = [f"{number}. {words(100)}" for number in range(12)]
    made = cut(*map(Block, paragraphs))

    assert "\n\n".join(each.text for each in made) == "\n\n".join(paragraphs)
    assert all(AIM * 0.5 < each.tokens <= MOST for each in made[:-1])


def test_a_heading_begins_a_passage_unless_little_came_before():
    made = texts(
        Block("One", "heading"),
        Block(words(200)),
        Block("Two", "heading"),
        Block("Short."),
        Block("Three", "heading"),
        Block("Also short."),
    )

    assert [text.split("\n")[0] for text in made] == ["One", "Two"]
    assert made[1] == "Two\n\nShort.\n\nThree\n\nAlso short."


def test_the_heading_is_told_again_where_its_section_goes_on():
    made = texts(Block("Ice", "heading"), *[Block(words(150))] * 5)

    assert len(made) > 1
    assert all(text.startswith("Ice\n\n") for text in made)


def test_a_page_ends_a_passage():
    made = cut(Block("a", page=1), Block("b", page=1), Block("c", page=2))

    assert [(each.text, each.page) for each in made] == [("a\n\nb", 1), ("c", 2)]


def test_rows_keep_the_names_of_their_columns():
    rows = [Block(f"{n},harbour {n},{n * 7}", "row") for n in range(200)]
    made = texts(Block("id,name,depth", "header"), *rows)

    assert len(made) > 3
    assert all(text.startswith("id,name,depth\n") for text in made)
    told = "\n".join(text.removeprefix("id,name,depth\n") for text in made)
    assert told == "\n".join(row.text for row in rows)


def test_columns_are_forgotten_after_their_table():
    made = texts(
        Block("a,b", "header"),
        Block("1,2", "row"),
        Block(words(400)),
        Block("3", "row"),
    )

    assert sum("a,b" in text for text in made) == 1


def test_names_of_columns_that_would_fill_a_passage_are_told_once():
    header = Block(",".join(f"column number {n}" for n in range(80)), "header")
    made = texts(header, *[Block("1,2,3,4,5,6,7,8", "row")] * 200)

    assert [text.startswith("column number 0") for text in made].count(True) == 1


def test_a_long_paragraph_is_cut_at_sentences_and_overlaps_a_little():
    made = texts(Block(" ".join(f"Sentence {n} ends here." for n in range(300))))

    assert len(made) > 3
    for before, after in zip(made, made[1:], strict=False):
        assert before.endswith("here.")
        told_again = after.removeprefix("… ").split(" Sentence ")[0]
        assert after.startswith("… ") and told_again in before
    for n in range(300):
        assert any(f"Sentence {n} ends here." in text for text in made)


def test_code_that_is_too_long_is_cut_at_empty_lines_and_stays_exact():
    functions = "\n\n".join(
        f"    def method_{n}(self):\n        return self.value + {n}" for n in range(60)
    )
    made = texts(Block(f"class Big:\n{functions}", "code"))

    assert len(made) > 1
    assert "".join("".join(text.split()) for text in made) == "".join(
        f"class Big:\n{functions}".split()
    )
    assert all(text.lstrip("\n").startswith(("class", "    def")) for text in made)


@pytest.mark.parametrize(
    "text",
    [
        "a" * 60_000,
        "漢" * 20_000,
        "😀" * 10_000,
        " " * 60_000 + "x",
        "\n" * 60_000 + "x",
        "ab\n" * 20_000,
        "0123456789abcdef" * 4_000,
        "<>" * 30_000,
    ],
    ids=["letter", "han", "emoji", "space", "newline", "lines", "hex", "signs"],
)
def test_what_has_no_pause_is_cut_all_the_same_and_soon(text):
    began = time.process_time()
    made = cut(Block(text))

    assert max(each.tokens for each in made) <= MOST + 40
    assert time.process_time() - began < 3


blocks = st.lists(
    st.builds(
        Block,
        st.text(st.sampled_from("ab .\n漢é,;"), min_size=1, max_size=3_000).filter(
            str.strip
        ),
        st.sampled_from(["heading", "text", "code", "header", "row"]),
        st.sampled_from([None, 1, 2]),
    ),
    max_size=8,
)


@given(blocks)
def test_nothing_is_lost_and_nothing_is_too_large(given_):
    made = cut(*given_)

    assert all(each.tokens == count(each.text) <= MOST + 140 for each in made)
    assert all(each.text.strip() for each in made)
    everything = "".join("".join(each.text.split()) for each in made)
    at = 0
    for block in given_:  # in order; what is told again lies in between
        for word in block.text.split():
            for part in (word[i : i + 20] for i in range(0, len(word), 20)):
                found = everything.find(part, max(0, at - 400))
                if found >= 0:
                    at = max(at, found)
                else:  # a cut lies in it
                    assert set(part) <= set(everything)
