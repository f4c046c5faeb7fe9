"""The items of a prompt, made ready for servers that imitate OpenAI in most ways."""

from __future__ import annotations

from dataclasses import replace

import orjson

from conversations.core.model_api import Item, ToolUse
from conversations.core.prompts import TOOL_RESULT


def sendable(items: tuple[Item, ...]) -> list[Item]:
    """Return the items as OpenAI and its imitators understand them alike.

    The leading system items become one: chat templates of many open models refuse a
    second system message. Tool results that no call asked for go as what the user
    hands over, never with the system's authority.
    """
    found: list[Item] = []
    for item in items:
        if item.role == "tool" and not item.call_id:
            item = Item("user", f"{TOOL_RESULT}\n{item.text}")
        if item.role == "system" and len(found) == 1 and found[0].role == "system":
            found[0] = replace(found[0], text=f"{found[0].text}\n\n{item.text}")
        else:
            found.append(item)
    return found


def sendable_arguments(call: ToolUse) -> str:
    """Return a call's arguments as the text of a JSON object.

    Servers parse the calls of a history and refuse the whole prompt if one of them is
    broken; so what a model got wrong goes back to it inside of an object.
    """
    try:
        if isinstance(orjson.loads(call.arguments), dict):
            return call.arguments
    except orjson.JSONDecodeError:
        pass
    return orjson.dumps({"invalid": call.arguments}).decode()
