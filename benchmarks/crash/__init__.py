"""Kills the real product in mid-reply, again and again, and counts what is missing.

    python -m benchmarks.crash [--kills 60] [--conversations 20] [--seed 1]
        [--database sqlite|postgres] [--processes 1|2] [--json FILE]

The clients know only the socket's contract: they make the ids of their requests, send
again what was not acknowledged, and watch from the offset they have. When the kills
are over and everything has finished, exports and tables are compared with what the
clients sent, were told and saw. The exit code tells whether a promise was broken.

Two processes share PostgreSQL and a Redis, and are killed in turns; the clients are
spread over both, as behind a proxy.
"""

from benchmarks.crash.comparing import compare
from benchmarks.crash.exchange import Exchange
from benchmarks.crash.plan import TEXTS, Plan
from benchmarks.crash.running import run
from benchmarks.crash.talk import Talk
from benchmarks.crash.world import Kill, World

__all__ = ["TEXTS", "Exchange", "Kill", "Plan", "Talk", "World", "compare", "run"]
