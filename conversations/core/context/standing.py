"""The running summary in a prompt: whether it goes, and what it stands for there."""

from __future__ import annotations

from dataclasses import dataclass

from conversations.core.context.base import Block, Material, RunningSummary
from conversations.core.context.blocks import summary_block
from conversations.core.context.opening import Opening, opening
from conversations.core.context.turns import messages_of

COVERED = "covered by the summary"
NO_SHORTER = "the summary is no shorter than what it stands for"
TOO_LONG = "the summary did not fit"

SHARE = 2  # of the room: the latest turns matter no less than what came before


@dataclass(frozen=True, slots=True)
class Standing:
    """What a summary does here. It speaks of the first ``speaks_of`` messages of the
    branch, and they are left to it, or ``stayed_out`` says why it does not go.
    """

    block: tuple[Block, ...] = ()
    speaks_of: int = 0
    stayed_out: str = ""

    @property
    def covered(self) -> int:
        """How many messages need not be sent for it."""
        return 0 if self.stayed_out else self.speaks_of


NO_SUMMARY = Standing()


def beyond_summary(given: Material, turns: int = 0) -> tuple[Opening, Standing]:
    """Decide on the summary, and read what it does not cover: the last ``turns`` whole
    turns at least.
    """
    if given.summary is None:
        return opening(given), NO_SUMMARY
    uncovered = given.history.count - given.summary.covered + 1
    start = opening(given, max(uncovered, messages_of(turns)))
    held = standing(given.summary, start.room)
    # What it would have stood for has to be read after all.
    return (opening(given) if held.stayed_out else start), held


def standing(summary: RunningSummary, room: int) -> Standing:
    """Decide on a summary, with ``room`` tokens left for it and the turns after it."""
    block = summary_block(summary)
    if 0 < summary.source_tokens <= block.tokens:
        return Standing((), summary.covered, NO_SHORTER)
    if block.tokens > room // SHARE:
        return Standing((), summary.covered, TOO_LONG)
    return Standing((block,), summary.covered)
