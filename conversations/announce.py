"""Telling a person's tabs about a change that a page or a command made."""

from __future__ import annotations

from uuid import UUID

from conversations.runner import running


def conversation_changed(
    user_id: UUID, conversation_id: UUID, *, branched: bool = False
) -> None:
    """Send the conversation's row to the person's open tabs, soon, after the commit.
    ``branched``: another branch is shown, and pages with it should look again.

    May be called from any thread; does nothing where no sockets are served.
    """
    runner = running()
    if runner is not None and not runner.loop.is_closed():
        call = runner.loop.call_soon_threadsafe
        call(runner.changed, conversation_id, user_id)
        if branched:
            call(runner.branched, conversation_id)
