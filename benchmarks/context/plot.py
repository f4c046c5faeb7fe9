"""The tables as a picture: plain SVG, readable on light and on dark pages."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

Row = dict[str, Any]

WIDE, HIGH = 860, 370
LEFT, TOP, PLOT_WIDE, PLOT_HIGH = 62, 52, 330, 250
COLOURS = {  # on light pages, on dark ones
    "full": ("#b4342d", "#ff8a7a"),
    "window": ("#8a6100", "#e3b341"),
    "summary": ("#1f6fb2", "#79b8ff"),
    "recall": ("#6e4aa8", "#c9a6ff"),
    "hybrid": ("#1b7a3d", "#63d688"),
}
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #333 }
.title { font-weight: 600 } .grid { stroke: #8886; stroke-width: 1 }
polyline { fill: none; stroke-width: 2 }
@media (prefers-color-scheme: dark) { text { fill: #ddd } }
"""


def drawn(rows: Sequence[Row], names: Sequence[str]) -> str:
    """The cost of a turn, and the needles still known, against the length of a talk."""
    usd = [_usd(row) for row in rows]
    low, high = math.floor(math.log10(min(usd))), math.ceil(math.log10(max(usd)))
    cost = _Panel(
        rows,
        "USD a turn, summaries included",
        LEFT,
        lambda row: (math.log10(_usd(row)) - low) / (high - low),
        {(at - low) / (high - low): f"${10.0**at:g}" for at in range(low, high + 1)},
    )
    known = _Panel(
        rows,
        "facts the demo model still knows",
        LEFT + PLOT_WIDE + 90,
        lambda row: row["known"] / row["needles"],
        {step / 4: f"{25 * step} %" for step in range(5)},
    )
    parts = [*cost.frame(), *known.frame(), *_legend(names)]
    for name in names:
        mine = [row for row in rows if row["strategy"] == name]
        parts += [*cost.line(name, mine), *known.line(name, mine)]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" '
            f'role="img" aria-label="{cost.title}; {known.title}">',
            f"<style>{STYLE}{_colours()}</style>",
            *parts,
            "</svg>\n",
        ]
    )


class _Panel:
    """One plot. ``height`` of a row and of each of ``marks`` is from 0 to 1."""

    def __init__(
        self,
        rows: Sequence[Row],
        title: str,
        left: int,
        height: Callable[[Row], float],
        marks: dict[float, str],
    ) -> None:
        self.title, self._left, self._height, self._marks = title, left, height, marks
        self._sizes = sorted({row["size"] for row in rows})

    def frame(self) -> list[str]:
        """Title, scales, and a grid."""
        right = self._left + PLOT_WIDE
        parts = [_text(self._left, TOP - 16, self.title, 'class="title"')]
        for height, mark in self._marks.items():
            y = self._y(height)
            parts.append(_stroke(self._left, y, right, y))
            parts.append(_text(self._left - 6, y + 4, mark, 'text-anchor="end"'))
        for size in self._sizes:
            x = self._x(size)
            parts.append(
                _text(x, TOP + PLOT_HIGH + 18, f"{size:,}", 'text-anchor="middle"')
            )
        middle = self._left + PLOT_WIDE / 2
        place = 'text-anchor="middle"'
        return [*parts, _text(middle, TOP + PLOT_HIGH + 36, "messages", place)]

    def line(self, name: str, rows: Sequence[Row]) -> list[str]:
        """What one strategy does as the talk grows."""
        points = [(self._x(row["size"]), self._y(self._height(row))) for row in rows]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dots = [
            f'<circle class="{name}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>'
            for x, y in points
        ]
        return [f'<polyline class="{name}" points="{path}"/>', *dots]

    def _x(self, size: int) -> float:
        first, last = math.log10(self._sizes[0]), math.log10(self._sizes[-1])
        along = (math.log10(size) - first) / ((last - first) or 1)
        return self._left + PLOT_WIDE * along

    @staticmethod
    def _y(height: float) -> float:
        return TOP + PLOT_HIGH * (1 - height)


def _usd(row: Row) -> float:
    return row["usd"] + row["summary_usd"]


def _legend(names: Sequence[str]) -> list[str]:
    parts = []
    for at, name in enumerate(names):
        x, y = LEFT + 110 * at, HIGH - 14
        parts.append(
            f'<polyline class="{name}" points="{x},{y - 4} {x + 24},{y - 4}"/>'
        )
        parts.append(_text(x + 30, y, name))
    return parts


def _colours() -> str:
    def rules(which: int) -> str:
        return " ".join(
            f"polyline.{name} {{ stroke: {both[which]} }} "
            f"circle.{name} {{ fill: {both[which]} }}"
            for name, both in COLOURS.items()
        )

    return f"{rules(0)}\n@media (prefers-color-scheme: dark) {{ {rules(1)} }}\n"


def _text(x: float, y: float, words: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {more}>{words}</text>'


def _stroke(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="grid" x1="{x1}" y1="{y1:.1f}" x2="{x2}" y2="{y2:.1f}"/>'
