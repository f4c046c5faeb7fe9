"""How planning grows: the same questions of a short and a long talk, in turn.

    python -m benchmarks.context.planning

Asked in turn, whatever else the machine does slows both alike.
"""

from __future__ import annotations

from collections import defaultdict

from benchmarks import product
from benchmarks.figures import median, table
from benchmarks.in_process import ready

SHORT, LONG = 100, 10_000  # messages
QUESTIONS = 31  # the first is not counted: it reads what later ones remember
OWN = 0.05


def main() -> None:
    with product.throwaway() as var_dir:
        ready(var_dir, CONTEXT_TOKENS="16000")
        rows = measured()
    print(table(["strategy", f"ms at {SHORT}", f"ms at {LONG}", "ratio"], rows))


def measured() -> list[tuple[str, ...]]:
    # models can be imported once Django is ready
    from benchmarks.context import asking, growing  # noqa: PLC0415
    from conversations.core.context import STRATEGIES  # noqa: PLC0415

    talks = {size: growing.grown(size, OWN) for size in (SHORT, LONG)}
    needles = list(talks[SHORT].needles.values())
    spent: dict[tuple[int, str], list[float]] = defaultdict(list)
    for at in range(QUESTIONS):
        for size, talk in talks.items():
            with asking._question(talk, needles[at % len(needles)].asked) as turn:
                for name in STRATEGIES:
                    _, took, _ = asking._planned(turn, name)
                    if at:
                        spent[size, name].append(took)
    rows = []
    for name in STRATEGIES:
        short, long = median(spent[SHORT, name]), median(spent[LONG, name])
        rows.append((name, f"{short:.1f}", f"{long:.1f}", f"{long / short:.2f}"))
    return rows


if __name__ == "__main__":
    main()
