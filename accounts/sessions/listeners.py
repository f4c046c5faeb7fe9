"""Whoever wants to know at once that a session ended: open sockets."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction

Listener = Callable[[], None]
_listeners: list[Listener] = []


def on_end(listener: Listener) -> Callable[[], None]:
    """Called after the commit, in the process and thread that ended a session. It is
    not told which: it must look itself, as others do that are not told at all.

    Returns what to call when nobody wants to know any more.
    """
    _listeners.append(listener)
    return lambda: _listeners.remove(listener)


def tell() -> None:
    for listener in tuple(_listeners):
        transaction.on_commit(listener, robust=True)
