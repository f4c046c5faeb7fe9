"""The benchmark of recall: any file of its form is read, whatever is left out in it."""

from __future__ import annotations

import pytest

from benchmarks import recall
from benchmarks.recollections import Reader

pytestmark = [pytest.mark.database, pytest.mark.django_db]

FIRST = {
    "n": 1,
    "date": "1:56 pm on 8 May, 2023",
    "turns": [
        {"id": "D1:1", "speaker": "Ann", "text": "I saw a moorhen.", "caption": None},
        {"id": "D1:2", "speaker": "Ben", "text": "Where?", "caption": "a reed bed"},
    ],
}
SPARSE = [
    {"turns": [{"id": "D2:1", "speaker": "Ann", "text": None}, {"id": "D2:2"}]},
    {"n": 3, "date": "in May", "turns": [{"id": "D3:1", "text": "A heron too."}]},
    {"n": 4, "date": FIRST["date"], "turns": []},
    {"n": 5},
]


def test_turns_are_recalled_by_what_was_said_and_what_was_shown():
    reader = Reader({"id": "x", "speakers": ["Ann", "Ben"], "sessions": [FIRST]}, 1)

    assert reader.recalled("What did Ann say of the moorhen?", 5)[0] == "D1:1"
    assert "D1:2" in reader.recalled("the reed bed", 5)


def test_a_talk_may_lack_what_is_not_needed():
    reader = Reader({"sessions": [FIRST, *SPARSE]}, 1)

    assert reader.recalled("a heron", 5)[0] == "D3:1"
    assert Reader({}, 2).recalled("a heron", 5) == []


def test_evidence_is_told_however_it_is_written_and_only_if_it_is_there():
    reader = Reader({"sessions": [FIRST, *SPARSE]}, 1)

    assert reader.known(["D1:1; D3:1", "D2:1 D9:17"]) == {"D1:1", "D2:1", "D3:1"}
    assert reader.known(["D:1:1", "none", ""]) == set()


def test_questions_are_those_that_something_answers():
    asked = [
        {"question": "one", "category": 4, "evidence": ["D1:1"]},
        {"question": "two", "category": "2", "evidence": "D1:1; D1:2"},
        {"question": "three"},
        {"question": "adversarial", "category": 5, "evidence": ["D1:1"]},
        {"category": 1, "evidence": ["D1:1"]},
    ]

    assert list(recall.questions({"questions": asked})) == [
        ("4", "one", ["D1:1"]),
        ("2", "two", ["D1:1; D1:2"]),
        ("None", "three", []),
    ]
    assert list(recall.questions({})) == []


@pytest.mark.parametrize("content", ["", "[", '{"talks": []}', '["talk"]'])
def test_what_is_no_such_file_is_told_in_a_sentence(tmp_path, monkeypatch, content):
    file = tmp_path / "talks.json"
    file.write_text(content)
    monkeypatch.setattr("sys.argv", ["recall", str(file)])

    with pytest.raises(SystemExit, match=r"talks\.json"):
        recall.main()
