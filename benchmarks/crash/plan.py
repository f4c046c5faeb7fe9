"""How a run goes: what is killed how often, and what is asked meanwhile."""

from __future__ import annotations

from dataclasses import dataclass

TEXTS = [
    f"Write a long story{about}."
    for about in ("", " about the tide", " about Zoë’s café", " about 🦉", " about ice")
]


@dataclass(frozen=True)
class Plan:
    kills: int = 60
    conversations: int = 20
    people: int = 5
    database: str = "sqlite"
    processes: int = 1
    models: tuple[str, ...] = ("demo-slow-60", "demo-slow-120")
    life: tuple[float, float] = (0.3, 7.0)  # seconds between a start and a kill
    patience: float = 120.0  # seconds that everything may take to finish afterwards
    seed: int = 1
