"""A plot in plain SVG."""

from __future__ import annotations


def drawn(rows, names):
    return ""
