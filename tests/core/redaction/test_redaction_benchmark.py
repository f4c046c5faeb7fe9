from __future__ import annotations

import json

from benchmarks import redaction


def row(tag, text, *values, optional=()):
    def places(of):
        return [
            {"type": kind, "start": text.index(value), "end": text.index(value) + size}
            for kind, value in of
            for size in [len(value)]
        ]

    return {
        "id": f"{tag}-{len(text)}",
        "tag": tag,
        "text": text,
        "entities": places(values),
        "optional": places(optional),
    }


ROWS = [
    row("email", "to ann@example.com", ("EMAIL", "ann@example.com")),
    row("email", "to Ann Lee", ("EMAIL", "Ann Lee")),
    row("card", "to bob@example.com", ("CARD", "bob@example.com")),
    row("ip", "_91.198.174.192_", ("IP", "_91.198.174.192")),
    row("policy", "see 91.198.174.192", optional=[("IP", "91.198.174.192")]),
    row("secret", "hidden", ("SECRET", "hidden")),
    row("evasion", "ann%40example.com", ("EMAIL", "ann%40example.com")),
    row("evasion", "ann at example", ("EMAIL", "ann at example")),
    row("neg-order", "order 2125550147"),
    row("neg-prose", "eve@example.com"),
]


def test_quality_is_counted_as_it_says():
    found = redaction.quality(ROWS)
    assert found["types"]["EMAIL"] == {
        "entities": 2,
        "cover": 1 / 2,
        "relevant": 1 / 3,
        "precision": 1 / 3,
        "recall": 1 / 2,
        "f1": 2 / 5,
    }
    assert found["types"]["CARD"]["cover"] == 1  # taken out, if as something else
    assert found["types"]["CARD"]["recall"] == 0
    assert found["types"]["IP"]["cover"] == found["types"]["IP"]["relevant"] == 1
    assert found["types"]["IP"]["precision"] == 0
    assert found["all"]["entities"] == 4
    assert found["all"]["cover"] == 3 / 4
    assert found["negatives"] == {"texts": 2, "alarms": 1, "ids": ["neg-prose-15"]}
    assert found["evasion"] == {"entities": 2, "covered": 1, "missed": ["evasion-14"]}


def test_it_reads_a_file_and_prints_json(tmp_path, capsys, monkeypatch):
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_text("\n".join(map(json.dumps, ROWS)) + "\n")
    monkeypatch.setattr("sys.argv", ["redaction", "--no-cost", str(corpus)])
    redaction.main()
    assert json.loads(capsys.readouterr().out) == {"quality": redaction.quality(ROWS)}
