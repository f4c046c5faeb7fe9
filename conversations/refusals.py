"""What a tab is told when its request cannot be carried out."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from django.db import DatabaseError

from chatsite.lib.crypto import CannotOpen
from conversations.core.errors import OverBudget
from conversations.services.access import NotFound
from conversations.services.acknowledging import StaleParent, TooFast
from conversations.services.files import NoSuchFile, TooManyFiles
from conversations.services.growing import UnknownModel, UnknownStrategy
from conversations.services.live_turns import TooManyLive
from conversations.services.queueing import AlreadyBegun, TooManyWaiting
from conversations.services.revising import NotEditable, StillRunning

log = logging.getLogger(__name__)


class Draining(Exception):
    """The server is about to stop and takes no new messages."""


# the first that fits; a file that is not there is a kind of NotFound
REFUSALS: Mapping[type[Exception], tuple[str, str]] = {
    NoSuchFile: ("not_found", "A file is not there any more. Attach it again."),
    NotFound: ("not_found", "There is no such conversation."),
    StaleParent: (
        "stale_parent",
        "The conversation has gone on since. Look, then resend.",
    ),
    StillRunning: ("busy", "This reply is still being written."),
    AlreadyBegun: ("busy", "It is being answered already."),
    TooManyFiles: ("bad_request", "A message cannot have so many files."),
    TooFast: ("rate_limited", "Too many messages at once. Try again in a moment."),
    TooManyLive: ("busy", "Enough replies are being written. Try again in a moment."),
    TooManyWaiting: (
        "busy",
        "Enough messages wait for an answer. Try again in a moment.",
    ),
    NotEditable: ("bad_request", "That cannot be done with this message."),
    Draining: ("busy", "The server is restarting. Try again in a moment."),
    CannotOpen: (
        "unavailable",
        "Your data key is missing, so nothing can be stored.",
    ),
}


def explain(problem: Exception) -> tuple[str, str]:
    """The code and the sentence for what went wrong."""
    for kind, told in REFUSALS.items():
        if isinstance(problem, kind):
            return told
    if isinstance(problem, OverBudget):
        return problem.code, str(problem)
    if isinstance(problem, UnknownModel):
        return "bad_request", f"The model {problem} is not offered here."
    if isinstance(problem, UnknownStrategy):
        return "bad_request", f"There is no context strategy {problem}."
    log.error("request failed", exc_info=problem)
    if isinstance(problem, DatabaseError):
        return "busy", "The database is busy. Try again in a moment."
    return "unavailable", "Something went wrong on this server."
