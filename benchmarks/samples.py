"""What models say, in the kinds that cost a renderer differently. Made up for this."""

from __future__ import annotations

PROSE = """\
A lichen is not one plant but a household. A fungus builds the walls, and an alga or a \
cyanobacterium inside them catches the light; each of them lives worse without the \
other. That is why lichens settle where *neither* could settle alone: on bare granite, \
on roof tiles, on the bark at the windy side of a tree.

They grow slowly, often **less than a millimetre a year**, and so a patch the size of \
your hand may be older than the wall it sits on. Surveyors have used this to date \
rockslides and glacier moraines, a method called [lichenometry](https://example.org/l).

Three shapes are told apart in the field:

1. crusts, which cannot be lifted off without a knife;
2. leaves, which lie flat and are held by small threads;
3. shrubs, which stand or hang and have no upper and lower side.

> If you can peel it, it is a leaf. If you need a chisel, it is a crust.

What they all have in common is that they drink with their whole surface. There are \
no roots to choose what comes in, so a lichen takes up whatever the rain brings, and \
it is the first to go when the air is bad.

"""

CODE = """\
The loop below keeps the latest reading of each sensor and drops what is too old:

```python
from dataclasses import dataclass
from time import monotonic

KEPT = 60.0  # seconds


@dataclass(frozen=True)
class Reading:
    sensor: str
    value: float
    at: float


def latest(readings: list[Reading]) -> dict[str, Reading]:
    \"\"\"The newest reading of each sensor that is not too old.\"\"\"
    now, found = monotonic(), {}
    for reading in readings:
        if now - reading.at > KEPT:
            continue
        known = found.get(reading.sensor)
        if known is None or known.at < reading.at:
            found[reading.sensor] = reading
    return found
```

Call it as `latest(readings)`; the order of the list does not matter.

"""

TABLE = """\
Here is how the four doughs compare after a night in the cold:

| Dough | Water | Salt | Starter | Rise | Crumb |
|---|---:|---:|---:|---|---|
| Country loaf | 72 % | 2.0 % | 18 % | doubled | open, *moist* |
| Rye and seeds | 85 % | 2.2 % | 30 % | by half | dense, dark |
| Focaccia | 80 % | 2.4 % | 15 % | tripled | very open |
| Sandwich tin | 65 % | 1.8 % | 12 % | doubled | **even**, soft |
| Spelt | 68 % | 2.0 % | 20 % | by two thirds | short, `fragile` |
| Einkorn | 62 % | 1.9 % | 22 % | by a third | tight |

The rye never doubles; do not wait for it.

"""

MATHS = """\
The time until half of it is left follows from the rate $k$. Starting with

$$\\frac{dN}{dt} = -k N, \\qquad N(0) = N_0,$$

we separate the variables and integrate from $0$ to $t$:

$$\\int_{N_0}^{N} \\frac{dn}{n} = -\\int_0^t k \\, ds \\implies N(t) = N_0 e^{-kt}.$$

Setting $N(t_{1/2}) = \\tfrac{1}{2} N_0$ gives $e^{-k t_{1/2}} = \\tfrac{1}{2}$, so

$$t_{1/2} = \\frac{\\ln 2}{k} \\approx \\frac{0.693}{k}.$$

For $k = 0.02$ per day that is $t_{1/2} \\approx 34.7$ days, whatever $N_0$ was.

"""

KINDS = {"prose": PROSE, "code": CODE, "table": TABLE, "maths": MATHS}


def tokens(kind: str, count: int) -> list[str]:
    """So many pieces of four characters, about what a model's token is."""
    sample = KINDS[kind]
    text = sample * (count * 4 // len(sample) + 1)
    return [text[at : at + 4] for at in range(0, count * 4, 4)]
