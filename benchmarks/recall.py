"""How much of what was said is found again, on real long talks.

``python -m benchmarks.recall FILE --embeddings none|local``: FILE holds talks in the
form of LoCoMo (Maharana et al. 2024), with questions and the turns that answer them.
They are stored and indexed by the product in a throwaway database, a person a talk and
a conversation a session, and each question is asked in a new conversation. Prints, as
JSON, how much of the evidence is among the first 5, 10 and 25 messages recalled (the
mean over questions), and the mean reciprocal rank of the first, by category.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks import figures, in_process

DEPTHS = (5, 10, 25)
ADVERSARIAL = 5  # a category of questions that nothing answers


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--embeddings", choices=("none", "local"), default="none")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write it here")
    return parser.parse_args()


def main() -> None:
    args = arguments()
    talks = json.loads(args.file.read_text())
    model = "local" if args.embeddings == "local" else ""
    by_category: dict[int, list[dict[str, float]]] = defaultdict(list)
    with in_process.measuring("recollections", EMBEDDING_MODEL=model) as recollections:
        for number, talk in enumerate(talks, 1):
            reader = recollections.Reader(talk)
            for question in questions(talk):
                found = reader.recalled(question["question"], max(DEPTHS))
                measured = scored(found, reader.known(question["evidence"]))
                if measured:
                    by_category[question["category"]].append(measured)
            print(f"  {number} of {len(talks)} talks", file=sys.stderr, flush=True)
    every = [one for some in by_category.values() for one in some]
    result = {
        "embeddings": args.embeddings,
        "talks": len(talks),
        "overall": means(every),
        "categories": {str(c): means(by_category[c]) for c in sorted(by_category)},
    }
    print(json.dumps(result, indent=1))
    figures.report(args.json, "recall", **result)


def questions(talk: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for each in talk["questions"] if each["category"] != ADVERSARIAL]


def scored(found: list[str], evidence: set[str]) -> dict[str, float]:
    """Of one question: the share of its evidence so far down; nothing without any."""
    if not evidence:
        return {}
    ranks = [rank for rank, turn in enumerate(found, 1) if turn in evidence]
    shares = {
        f"recall@{depth}": sum(rank <= depth for rank in ranks) / len(evidence)
        for depth in DEPTHS
    }
    return shares | {"mrr": 1 / ranks[0] if ranks else 0.0}


def means(measured: list[dict[str, float]]) -> dict[str, float]:
    names = measured[0].keys() if measured else ()
    found = {name: round(fmean(one[name] for one in measured), 4) for name in names}
    return {"questions": len(measured), **found}


if __name__ == "__main__":
    main()
