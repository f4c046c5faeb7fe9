"""Killed in mid-reply, again and again: the short form of ``benchmarks.crash``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.crash import (
    TEXTS,
    Exchange,
    Kill,
    Plan,
    Talk,
    World,
    compare,
    run,
    silence,
)
from tests.product import Product

pytestmark = pytest.mark.process


# of these a machine that is busy with other tests is no judge; how much is held below
SLOW = {silence.TOO_LATE, "text taken back beyond 500 ms"}
# a reply that is never in a checkpoint loses all of the four seconds it had
MOST_TAKEN_BACK = 2_500  # milliseconds


async def test_nothing_is_lost_doubled_or_stuck_when_the_server_is_killed(new_product):
    plan = Plan(
        kills=4,
        conversations=5,
        people=2,
        models=("demo-slow-80", "demo-slow-120"),
        life=(0.5, 4.0),
        patience=120,
    )
    found = await run(plan, new_product().var_dir)
    assert set(found["broken"]) <= SLOW, found["oddities"]
    assert found["longest text taken back, ms of stream"] < MOST_TAKEN_BACK
    assert found["longest it had been on screen, ms"] < MOST_TAKEN_BACK
    assert found["replies being read at a kill"] > 0
    assert found["longest text taken back, ms of stream"] > 0
    assert found["sent"] == found["acknowledged"] == found["found"] >= 5
    ended = found["replies complete and exact"] + found["interrupted for good"]
    assert ended == found["sent"]


# --- a count of nothing means something only if the counting works
def talked() -> tuple[World, Talk, list[dict[str, Any]]]:
    """A message and its reply, all as it should be: the client's view, the export."""
    world = World(Plan(), [], references={TEXTS[0]: "Once there was."})
    ack = {"conversation": "c", "message": "m", "turn": "t"}
    exchange = Exchange(
        TEXTS[0], "demo", ack=ack, seen="Once there was.", status="complete"
    )
    talk = Talk(world, None, 0)
    talk.exchanges.append(exchange)
    said = {"id": "m", "parent": None, "role": "user", "content": TEXTS[0]}
    reply = {"id": "r", "parent": "m", "role": "assistant"}
    reply |= {"content": "Once there was.", "status": "complete"}
    return world, talk, [said, reply]


def test_what_is_as_it_should_be_is_counted_so():
    world, talk, messages = talked()
    compare(world, talk, messages)
    as_it_should = ["sent", "acknowledged", "found", "replies complete and exact"]
    assert +world.counts == dict.fromkeys(as_it_should, 1)


@pytest.mark.parametrize(
    ("kind", "harm"),
    [
        ("lost", lambda said, reply: [reply]),
        ("lost", lambda said, reply: [said | {"content": "Other."}, reply]),
        ("duplicated", lambda said, reply: [said, reply, said | {"id": "n"}]),
        ("replies too many or none", lambda said, reply: [said]),
        ("replies too many or none", lambda said, reply: [said, reply, reply]),
        ("replies that differ", lambda said, reply: [said, reply | {"content": "On"}]),
        (
            "replies that differ",
            lambda said, reply: [said, reply | {"status": "failed"}],
        ),
        (
            "seen otherwise than stored",
            lambda said, reply: [said, reply | {"content": ""}],
        ),
    ],
)
def test_harm_is_noticed(kind: str, harm: Callable[..., list[dict[str, Any]]]):
    world, talk, messages = talked()
    compare(world, talk, harm(*messages))
    assert world.counts[kind] == 1


async def test_text_that_was_taken_back_is_measured():
    world, talk, _ = talked()
    (exchange,) = talk.exchanges
    exchange.model, exchange.seen, exchange.status = "demo-slow-60", "", ""
    for offset, text in ((0, "Once "), (5, "there "), (11, "was")):
        delta = {"type": "delta", "turn": "t", "offset": offset, "text": text}
        await talk._take(None, delta)
    again = {"type": "snapshot", "turn": "t", "offset": 5, "text": ""}
    await talk._take(None, again)
    assert exchange.seen == "Once "
    assert world.lost_ms == [pytest.approx(1000 * 9 / (60 * 15 / 3))]
    assert not world.oddities
    await talk._take(None, again | {"offset": 4, "text": "Some"})
    await talk._take(None, {"type": "delta", "turn": "t", "offset": 5, "text": "x"})
    assert set(+world.counts) == {"text that changed", "gaps and overlaps"}


@pytest.mark.parametrize(
    ("processes", "again_after", "late"),
    [(1, 4.9, 0), (1, 5.1, 1), (2, 2.9, 0), (2, 3.1, 1)],
)
async def test_one_process_has_five_seconds_from_its_start_two_from_the_kill(
    monkeypatch, processes: int, again_after: float, late: int
):
    """The next process answers two seconds after the kill."""
    world, talk, _ = talked()
    world.plan = Plan(processes=processes)
    (exchange,) = talk.exchanges
    exchange.seen, exchange.status = "Once ", ""
    kill = Kill(at=100.0, back=102.0, turns={"t"})
    silence.begins(world, exchange, kill)
    monkeypatch.setattr(silence.time, "monotonic", lambda: 102.0 + again_after)
    await talk._take(None, {"type": "delta", "turn": "t", "offset": 5, "text": "x"})
    assert world.counts[silence.TOO_LATE] == late
    assert world.from_kill == [pytest.approx(2.0 + again_after)]
    assert world.from_start == [pytest.approx(again_after)]


@pytest.mark.parametrize(("second", "late"), [(106.0, 0), (108.0, 1)])
def test_who_is_killed_again_has_the_time_again_unless_it_was_late(second, late):
    world, talk, _ = talked()
    (exchange,) = talk.exchanges
    silence.begins(world, exchange, Kill(at=100.0, back=102.0))
    silence.begins(world, exchange, again := Kill(at=second))
    assert (exchange.cut_by, world.counts[silence.TOO_LATE]) == (again, late)


def test_clients_are_spread_and_go_where_a_server_is_up(tmp_path: Path):
    one, other = Product(tmp_path), Product(tmp_path)
    world = World(Plan(processes=2), [one, other])
    assert [world.server_for(at) for at in range(3)] == [one, other, one]
    world.down, world.kill = one, Kill(0.0, one)
    assert [world.server_for(at) for at in range(3)] == [other] * 3
    assert not world.calls_home(0, other)
    world.down, world.kill.back = None, 1.0
    assert [world.calls_home(at, other) for at in range(2)] == [True, False]
