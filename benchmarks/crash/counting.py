"""What a run comes to: counts, those that must be zero, and how long things took."""

from __future__ import annotations

from typing import Any

from benchmarks import figures
from benchmarks.crash.plan import TEXTS
from benchmarks.crash.silence import TOO_LATE
from benchmarks.crash.world import World

MOST_TAKEN_BACK = 500  # milliseconds of stream
TRIES = "SELECT max(attempts) FROM conversations_turn"
# what must not be, as the tables tell it
IN_TABLES = {
    "duplicate replies": """SELECT count(*) FROM (SELECT parent_id
        FROM conversations_message WHERE role = 'assistant'
        GROUP BY parent_id HAVING count(*) > 1) AS twice""",
    "duplicate turns": """SELECT count(*) FROM (SELECT message_id
        FROM conversations_turn GROUP BY message_id HAVING count(*) > 1) AS twice""",
    "stuck turns": """SELECT count(*) FROM conversations_turn
        WHERE status IN ('queued', 'running')""",
    "checkpoints left behind": "SELECT count(*) FROM conversations_turnchunk",
}

COUNTED = """replies being read at a kill/replies being written by what was killed
moved to the other server/connections lost without a kill
sent/sent again/acknowledged/found
replies complete and exact/given up after three tries/interrupted for good"""
BROKEN = f"""lost/duplicated/duplicate conversations/replies too many or none
replies that differ/seen otherwise than stored/text that changed/gaps and overlaps
frames before their snapshot/text taken back beyond 500 ms/{TOO_LATE}
changed acknowledgements/clients that wait for ever/errors/database damaged"""


def result(world: World, conversations: int, log: str) -> dict[str, Any]:
    """``broken`` names the promises that were, ``oddities`` has one case of each."""
    _count_tables(world, conversations)
    counts, broken = world.counts, [*IN_TABLES, *_names(BROKEN)]
    tracebacks = _tracebacks(log)
    oddities = [*world.oddities, *(f"{each} (in the log)" for each in tracebacks)]
    return {
        "kills": world.plan.kills,
        "conversations": conversations,
        **{name: counts[name] for name in _names(COUNTED)},
        **{name: int(counts[name]) for name in broken},
        **_times(world),
        "most tries of a turn": world.rows(TRIES)[0][0],
        "tracebacks in the log": len(tracebacks),
        "broken": [name for name in broken if counts[name]],
        "oddities": [*{each.split(":")[0]: each for each in oddities}.values()],
    }


def _count_tables(world: World, conversations: int) -> None:
    counts, rows = world.counts, world.rows
    for name, query in IN_TABLES.items():
        counts[name] = rows(query)[0][0]
    kept = rows("SELECT count(*) FROM conversations_conversation")[0][0]
    counts["duplicate conversations"] = kept - conversations - len(TEXTS)
    too_long = [each for each in world.lost_ms if each > MOST_TAKEN_BACK]
    counts["text taken back beyond 500 ms"] = len(too_long)
    if world.plan.database == "sqlite":
        counts["database damaged"] = rows("PRAGMA integrity_check") != [("ok",)]


def _times(world: World) -> dict[str, float | None]:
    times = {
        "longest text taken back, ms of stream": max(world.lost_ms, default=0.0),
        "p95 of those, ms of stream": figures.percentile(world.lost_ms, 95),
        "longest it had been on screen, ms": max(world.shown_ms, default=0.0),
        "longest taken back by a move, ms of stream": max(
            world.lost_by_moving_ms, default=None
        ),
    }
    grown = {"the kill": world.from_kill, "the next start": world.from_start}
    for since, seconds in grown.items():
        until = f"from {since} until a reply grew again, s"
        times[f"longest {until}"] = max(seconds, default=None)
        times[f"median {until}"] = figures.median(seconds)
    return times


def _tracebacks(log: str) -> list[str]:
    """The exceptions: after each traceback, the first line that is not indented."""
    _, *after = log.split("Traceback (most recent call last):\n")
    lines = ([line for line in each.split("\n") if line[:1] != " "] for each in after)
    return [each[0] for each in lines]


def _names(listed: str) -> list[str]:
    return [name for line in listed.splitlines() for name in line.split("/")]
