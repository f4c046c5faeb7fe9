"""How well redaction finds what it should, what it takes for it wrongly, and its cost.

``python -m benchmarks.redaction FILE``: a line of FILE is one labelled text, as JSON:
``text``, ``tag``, ``entities`` that must be found and ``optional`` ones that may be,
each with ``type``, ``start``, ``end`` in code points. Tags ``neg-…`` hold nothing to
find, ``evasion`` hides it and is told apart. Prints JSON.

*Covered* is an entity whose every letter and digit is taken out, as whatever; *exact*
one found with its type and its very place; precision, recall and F1 are of these;
*relevant* is the share of findings that touch something they were to find.
"""

from __future__ import annotations

import argparse
import gc
import json
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import figures, machine
from benchmarks.figures import median, ratio
from benchmarks.samples import KINDS, tokens
from conversations.core.redaction import Span, Type, find, mask

Row = dict[str, Any]
KB = 1024
SIZE = 100_000  # characters of a hostile text; one of twice the size beside it
HOSTILE = {
    "a.": "a.",
    "a@": "a@",
    "@": "@",
    "x@a.": "x@a.",
    "routes": "a" * 62 + "=a@b.de ",
    "quotes": '"a" "a@',
    "a-": "a-",
    "1-": "1-",
    "1 ": "1 ",
    "1.": "1.",
    "1:": "1:",
    "digits": "4111",
    "groups": "4111 1111 ",
    "hexadecimal": "dead:",
    "brackets": "(1",
    "pluses": "+1 ",
    "spaces": " ",
    "letters": "a",
    "DE89": "DE89",
    "signed tokens": "eyJ-",
    "joined tokens": "eyJhbGciOi.eyJ",
    "sk-": "sk-",
    "assignments": "password=",
    "bearers": "bearer ",
    "logins": "://a:b",
    "begin key": "-----BEGIN PRIVATE KEY-----\n",
    "placeholders": "[EMAIL_1",
    "entities": "&#64;",
    "percents": "%40",
    "soft hyphens": "a\u00ad",
    "full width": "\uff11\uff12@",
    "addresses": "ann@example.com ",
    "phones": "+49 30 123456 ",
    "phones at home": "030 1234567 ",
    "labels": "phone ",
    "cards": "4111 1111 1111 1111 ",
    "networks": "2a00:1450:4001:81b::200e ",
}
DENSE = (
    "Ann <ann@example.com>, +1 212-555-0147, card 4111 1111 1111 1111 exp 04/29,\n"
    "IBAN DE89 3704 0044 0532 0130 00, SSN 219-46-3375, from 91.198.174.192.\n"
)
NUMBERS = (
    "2025-10-30 09:14:02 INFO req=48213 took 43.2 ms, p95 118.7, 1204 of 1377 rows,\n"
    "order 2048837719, build 2.14.0.7, 550e8400-e29b-41d4-a716-446655440000, 0x7ffd\n"
)


class Tally(NamedTuple):
    """Counts by type, of one corpus."""

    entities: Counter[str]
    covered: Counter[str]
    exact: Counter[str]
    found: Counter[str]
    relevant: Counter[str]


def quality(rows: Iterable[Row]) -> Row:
    """Figures by type and in all; secrets are an extra and are not in all."""
    tally = Tally(Counter(), Counter(), Counter(), Counter(), Counter())
    negatives, alarms, evasions, evaded = 0, [], 0, []
    for row in rows:
        spans = find(row["text"])
        if row["tag"].startswith("neg"):
            negatives += 1
            alarms += [row["id"]] if spans else []
        if row["tag"] == "evasion":
            evasions += len(row["entities"])
            evaded += [
                row["id"]
                for entity in row["entities"]
                if not _is_covered(row["text"], entity, spans)
            ]
        else:
            _count(tally, row, spans)
    scored = [kind for kind in tally.entities | tally.found if kind != Type.SECRET]
    return {
        "types": {kind: _figures(tally, [kind]) for kind in sorted(tally.entities)},
        "all": _figures(tally, scored),
        "negatives": {"texts": negatives, "alarms": len(alarms), "ids": alarms},
        "evasion": {
            "entities": evasions,
            "covered": evasions - len(evaded),
            "missed": evaded,
        },
    }


def _count(tally: Tally, row: Row, spans: list[Span]) -> None:
    wanted = {(one["type"], one["start"], one["end"]) for one in row["entities"]}
    for entity in row["entities"]:
        tally.entities[entity["type"]] += 1
        tally.covered[entity["type"]] += _is_covered(row["text"], entity, spans)
    for span in spans:
        if any(_touch(span, one) for one in row["optional"]):
            continue
        tally.found[span.type] += 1
        tally.exact[span.type] += tuple(span) in wanted
        tally.relevant[span.type] += any(
            _touch(span, one) and span.type == one["type"] for one in row["entities"]
        )


def _figures(tally: Tally, kinds: list[str]) -> Row:
    entities, covered, exact, found, relevant = (
        sum(counts[kind] for kind in kinds) for counts in tally
    )
    precision, recall = ratio(exact, found), ratio(exact, entities)
    return {
        "entities": entities,
        "cover": ratio(covered, entities),
        "relevant": ratio(relevant, found),
        "precision": precision,
        "recall": recall,
        "f1": ratio(2 * exact, found + entities),
    }


def _touch(span: Span, entity: Row) -> bool:
    return bool(span.start < entity["end"] and entity["start"] < span.end)


def _is_covered(text: str, entity: Row, spans: list[Span]) -> bool:
    return all(
        any(span.start <= at < span.end for span in spans)
        for at in range(entity["start"], entity["end"])
        if text[at].isalnum()
    )


def cost(repeat: int) -> dict[str, float | None]:
    """Milliseconds a kilobyte of text, by the kind of text."""
    samples = {kind: "".join(tokens(kind, 2_000)) for kind in KINDS}
    samples |= {"numbers": NUMBERS * 50, "personal data": DENSE * 50}
    return {
        name: median(
            1000 * _seconds(text) / (len(text.encode()) / KB) for _ in range(repeat)
        )
        for name, text in samples.items()
    }


def hostile() -> dict[str, Row]:
    """Seconds for a text that is meant to cost much, and for one twice as long."""
    rows = {}
    for name, unit in HOSTILE.items():
        seconds, twice = (
            min(_seconds((unit * size)[:size]) for _ in range(2))
            for size in (SIZE, 2 * SIZE)
        )
        rows[name] = {"seconds": seconds, "twice_as_long": ratio(twice, seconds)}
    return rows


def _seconds(text: str) -> float:
    began = time.process_time()
    mask(text)
    return time.process_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--no-cost", action="store_true", help="quality only")
    parser.add_argument("--json", type=Path, metavar="OUT")
    args = parser.parse_args()
    lines = args.file.read_text("utf-8").splitlines()
    result: Row = {"quality": quality(json.loads(line) for line in lines if line)}
    if not args.no_cost:
        gc.disable()
        machine.until_calm()
        result |= {"ms_per_kb": cost(args.repeat), "hostile": hostile()}
    print(json.dumps(result, indent=1))
    figures.report(args.json, "redaction", **result)


if __name__ == "__main__":
    main()
