"""What a client sent, was told and saw, with what the product has."""

from __future__ import annotations

from typing import Any

from benchmarks.crash.exchange import Exchange
from benchmarks.crash.talk import Talk
from benchmarks.crash.world import World


def compare(world: World, talk: Talk, messages: list[dict[str, Any]]) -> None:
    stored = {message["id"]: message for message in messages}
    said = [message for message in messages if message["role"] == "user"]
    acknowledged = [each for each in talk.exchanges if each.ack]
    world.counts["sent"] += len(talk.exchanges)
    world.counts["acknowledged"] += len(acknowledged)
    world.counts["duplicated"] += len(said) - len(acknowledged)
    for exchange in acknowledged:
        kept = stored.get(exchange.ack["message"])
        if kept is None or kept["content"] != exchange.text:
            world.odd("lost", exchange.ack)
            continue
        world.counts["found"] += 1
        below = [each for each in messages if each["parent"] == kept["id"]]
        replies = [each for each in below if each["role"] == "assistant"]
        _compare_reply(world, exchange, replies)


def _compare_reply(
    world: World, exchange: Exchange, replies: list[dict[str, Any]]
) -> None:
    if len(replies) != 1:
        return world.odd("replies too many or none", exchange.ack)
    (reply,), whole = replies, world.references[exchange.text]
    if reply["content"] != exchange.seen:
        world.odd("seen otherwise than stored", exchange.ack)
    if exchange.status == reply["status"] == "interrupted":
        world.counts["interrupted for good"] += 1
        if whole.startswith(reply["content"]):
            return
    elif (reply["status"], reply["content"]) == ("complete", whole):
        world.counts["replies complete and exact"] += 1
        return
    world.odd("replies that differ", (exchange, reply["status"]))
