"""How many tokens an image takes, by the rules that OpenAI publishes.

"Images and vision", platform.openai.com/docs/guides/images-vision#calculating-costs,
November 2026. Both rules are for the detail "auto", which is "high" for those sizes.
Of a model that nobody knows the dearer of the usual rules is taken: what is set aside
against a budget must not be too little.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

PATCH = 32  # pixels
TILE = 512  # pixels
WITHIN = 2_048  # pixels that an image is scaled down to fit in before it is tiled …
SHORT_SIDE = 768  # … and then its shorter side to so many


@dataclass(frozen=True, slots=True)
class Patches:
    """So many tokens for each patch of 32 × 32 pixels, and never more than ``most``
    patches: a larger image is scaled down.
    """

    factor: float
    most: int = 1_536

    def __call__(self, width: int, height: int) -> int:
        patches = math.ceil(width / PATCH) * math.ceil(height / PATCH)
        return math.ceil(min(patches, self.most) * self.factor)


@dataclass(frozen=True, slots=True)
class Tiles:
    """``base`` tokens, and ``each`` for every tile of 512 × 512 pixels."""

    base: int
    each: int

    def __call__(self, width: int, height: int) -> int:
        scale = min(1.0, WITHIN / max(width, height))
        scale = min(scale, SHORT_SIDE / min(width, height))
        across = math.ceil(round(width * scale, 3) / TILE)
        down = math.ceil(round(height * scale, 3) / TILE)
        return self.base + self.each * across * down


_UNKNOWN = Patches(2.46)
_RULES: Mapping[str, Callable[[int, int], int]] = {
    # the longest name that a model's begins with counts
    "gpt-5.4": Patches(1.0, most=2_500),
    "gpt-5.4-mini": Patches(1.62),
    "gpt-5.4-nano": Patches(2.46),
    "gpt-5": Tiles(70, 140),
    "gpt-5-mini": Patches(1.62),
    "gpt-5-nano": Patches(2.46),
    "gpt-4.1": Tiles(85, 170),
    "gpt-4.1-mini": Patches(1.62),
    "gpt-4.1-nano": Patches(2.46),
    "gpt-4o": Tiles(85, 170),
    "gpt-4o-mini": Tiles(2_833, 5_667),
}


def image_tokens(model: str, width: int | None, height: int | None) -> int:
    """Tokens of an image of so many pixels; of unknown size, as of a large one."""
    rule = _rule(model)
    return rule(max(1, width or WITHIN), max(1, height or WITHIN))


def _rule(model: str) -> Callable[[int, int], int]:
    # "gpt-5.4-mini-2026-03-17", "gpt-4o-mini"; but "gpt-5.4" is not the "gpt-5" tiles
    fitting = [n for n in _RULES if re.match(rf"{re.escape(n)}(?![\w.])", model)]
    return _RULES[max(fitting, key=len)] if fitting else _UNKNOWN
