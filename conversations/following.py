"""Answering ``watch``: what there is of a turn, whoever runs it, running or over."""

from __future__ import annotations

from collections.abc import Callable, Collection
from uuid import UUID

from conversations.core import frames
from conversations.core.hub import HTML, TEXT, Listener
from conversations.core.markdown import render, render_unfinished
from conversations.runner import Runner
from conversations.services.liveness import TurnView

READS = 3  # while turns come and end faster than they can be read


async def follow(
    runner: Runner,
    listener: Listener,
    begin: Callable[[], None],
    *,
    by: UUID,
    conversation: UUID,
    turn: UUID | None,
    offset: int,
    format: str,
) -> None:
    """Bring a listener up to date and keep them so.

    With ``turn``, that turn from ``offset`` on; else every live turn. ``begin`` makes
    the listener a watcher: not before the person's right to it is known, and without a
    pause before what there is is shown, so that no change comes before its snapshot.
    Raises ``NotFound``.
    """
    for _ in range(READS):
        moved = runner.moved(conversation)
        shown = await runner.store.view_of(by, conversation, turn)
        if runner.moved(conversation) == moved:
            break
    begin()
    runner.mirrors.watch_from(conversation, shown.active)
    for view in shown.turns:
        live = runner.live(view)
        if turn is None or view.status in ("queued", "running"):
            listener.deliver(frames.turn(view, "running" if live else view.status))
        if live is not None:
            live.show(listener, format, offset)
        elif turn is not None:
            _show_stored(listener, view, offset, format)
    # one may have begun since it was read; with ``turn``, the others were not read
    known = {view.turn for view in shown.turns}
    show_growing(runner, listener, conversation, format, but=known)
    if shown.unread and await runner.store.mark_read(by, conversation):
        runner.changed(conversation)


def show_growing(
    runner: Runner,
    listener: Listener,
    conversation: UUID,
    format: str,
    but: Collection[UUID] = (),
) -> None:
    """Give a new watcher the reply that grows at this moment: its changes are told to
    all who watch the conversation, and mean nothing without what was before them.
    """
    for reply in runner.growing(conversation):
        if reply.turn not in but:
            reply.show(listener, format)


def _show_stored(listener: Listener, view: TurnView, offset: int, format: str) -> None:
    fields = {"turn": view.turn, "conversation": view.conversation}
    fields |= {"message": view.message, "status": view.status}
    shown = {"text": view.text[offset:]} if format == TEXT else {}
    if format == HTML:
        whole = render if view.status == "complete" else render_unfinished
        shown = {"html": whole(view.text), "open": 0, "blocks": 0, "seq": 0}
    listener.deliver(
        frames.encode("snapshot", **fields, offset=len(view.text), **shown)
    )
    if view.status in ("queued", "running"):
        return
    listener.deliver(frames.end(view))
