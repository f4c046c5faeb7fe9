"""How much of what was said is found again, on real long talks.

``python -m benchmarks.recall FILE --embeddings none|local``: FILE holds talks in the
form of LoCoMo (Maharana et al. 2024), with questions and the turns that answer them.
They are stored and indexed by the product in a throwaway database, a person a talk and
a conversation a session, and each question is asked in a new conversation. Prints, as
JSON, how much of the evidence is among the first 5, 10 and 25 messages recalled (the
mean over questions), and the mean reciprocal rank of the first, by category. Questions
whose evidence is nowhere in their talk are left out.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks import figures, in_process
from conversations.core.embeddings import EmbeddingsMissing

DEPTHS = (5, 10, 25)
ADVERSARIAL = "5"  # a category of questions that nothing answers


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--embeddings", choices=("none", "local"), default="none")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write it here")
    return parser.parse_args()


def main() -> None:
    args = arguments()
    try:
        talks = talks_of(args.file)
        result = measured(talks, args.embeddings)
    except (EmbeddingsMissing, OSError, ValueError) as problem:
        sys.exit(f"{problem}")
    print(json.dumps(result, indent=1))
    figures.report(args.json, "recall", **result)


def talks_of(file: Path) -> list[dict[str, Any]]:
    """Raises ``OSError``, ``ValueError``."""
    try:
        talks = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as problem:
        raise ValueError(f"{file} is no JSON: {problem}") from None
    if not (isinstance(talks, list) and all(isinstance(one, dict) for one in talks)):
        raise ValueError(f"{file} holds no list of talks.")
    return talks


def measured(talks: list[dict[str, Any]], embeddings: str) -> dict[str, Any]:
    """Raises ``EmbeddingsMissing``."""
    model = "local" if embeddings == "local" else ""
    by_category: dict[str, list[dict[str, float]]] = defaultdict(list)
    with in_process.measuring("recollections", EMBEDDING_MODEL=model) as recollections:
        for number, talk in enumerate(talks, 1):
            reader = recollections.Reader(talk, number)
            for category, question, evidence in questions(talk):
                found = reader.recalled(question, max(DEPTHS))
                if shares := scored(found, reader.known(evidence)):
                    by_category[category].append(shares)
            print(f"  {number} of {len(talks)} talks", file=sys.stderr, flush=True)
    every = [one for some in by_category.values() for one in some]
    return {
        "embeddings": embeddings,
        "talks": len(talks),
        "overall": means(every),
        "categories": {c: means(by_category[c]) for c in sorted(by_category)},
    }


def questions(talk: dict[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    """Category, words and named evidence of each that something answers."""
    for each in talk.get("questions") or ():
        category = str(each.get("category"))
        evidence = each.get("evidence") or []
        if category != ADVERSARIAL and each.get("question"):
            named = [evidence] if isinstance(evidence, str) else evidence
            yield category, each["question"], [str(one) for one in named]


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
