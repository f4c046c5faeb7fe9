"""Percentiles, medians, tables: how a heap of figures becomes one that can be read."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks import machine

Figure = float | int | str | None


def percentile(values: Iterable[float], share: int) -> float | None:
    """The value that ``share`` percent are not above; None of nothing."""
    ordered = sorted(values)
    if not ordered:
        return None
    return ordered[max(0, math.ceil(len(ordered) * share / 100) - 1)]


def median(values: Iterable[float | None]) -> float | None:
    """Of those that are there."""
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def ratio(value: float | None, base: float | None) -> float | None:
    return value / base if value is not None and base else None


def medians(runs: Sequence[dict[str, Any]], by: Sequence[str]) -> list[dict[str, Any]]:
    """One row for each ``by``, in order; every other number is a median of the runs."""
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for run in runs:
        groups.setdefault(tuple(run[name] for name in by), []).append(run)
    return [
        dict(zip(by, key, strict=True))
        | {
            name: median(run.get(name) for run in group)
            for name, value in group[0].items()
            if name not in by and (value is None or isinstance(value, int | float))
        }
        for key, group in groups.items()
    ]


def table(head: Sequence[str], rows: Iterable[Sequence[Figure]], names: int = 1) -> str:
    """A Markdown table that is also readable as it stands. The first ``names`` columns
    say what a row is about.
    """
    cells = [list(head)] + [[shown(value) for value in row] for row in rows]
    widths = [max(len(row[at]) for row in cells) for at in range(len(head))]
    lines = [_line(row, widths, names) for row in cells]
    rule = "|".join(
        "-" * (width + 1) + ("-" if at < names else ":")
        for at, width in enumerate(widths)
    )
    return "\n".join([lines[0], f"|{rule}|", *lines[1:]])


def shown(value: Figure) -> str:
    """Three figures that count; nobody can read more, and no more are true."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if isinstance(value, int) or value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"


def report(path: Path | None, name: str, **content: Any) -> None:
    """Write a result as JSON, with the machine it was measured on."""
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    result = {"benchmark": name, "machine": machine.description(), **content}
    path.write_text(json.dumps(result, indent=1) + "\n")


def _line(cells: Sequence[str], widths: Sequence[int], names: int) -> str:
    padded = (
        cell.ljust(width) if at < names else cell.rjust(width)
        for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "| " + " | ".join(padded) + " |"
