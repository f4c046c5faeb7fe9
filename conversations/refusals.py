"""What a tab is told when its request cannot be carried out."""

from __future__ import annotations

import logging

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


def explain(problem: Exception) -> tuple[str, str]:
    """The code and the sentence for what went wrong."""
    if isinstance(problem, NoSuchFile):
        return "not_found", "A file is not there any more. Attach it again."
    if isinstance(problem, NotFound):
        return "not_found", "There is no such conversation."
    if isinstance(problem, StaleParent):
        return "stale_parent", "The conversation has gone on since. Look, then resend."
    if isinstance(problem, StillRunning):
        return "busy", "This reply is still being written."
    if isinstance(problem, AlreadyBegun):
        return "busy", "It is being answered already."
    if isinstance(problem, TooManyFiles):
        return "bad_request", "A message cannot have so many files."
    if isinstance(problem, TooFast):
        return "rate_limited", "Too many messages at once. Try again in a moment."
    if isinstance(problem, TooManyLive):
        return "busy", "Enough replies are being written. Try again in a moment."
    if isinstance(problem, TooManyWaiting):
        return "busy", "Enough messages wait for an answer. Try again in a moment."
    if isinstance(problem, NotEditable):
        return "bad_request", "That cannot be done with this message."
    if isinstance(problem, OverBudget):
        return problem.code, str(problem)
    if isinstance(problem, UnknownModel):
        return "bad_request", f"The model {problem} is not offered here."
    if isinstance(problem, UnknownStrategy):
        return "bad_request", f"There is no context strategy {problem}."
    if isinstance(problem, Draining):
        return "busy", "The server is restarting. Try again in a moment."
    if isinstance(problem, CannotOpen):
        return "unavailable", "Your data key is missing, so nothing can be stored."
    log.error("request failed", exc_info=problem)
    if isinstance(problem, DatabaseError):
        return "busy", "The database is busy. Try again in a moment."
    return "unavailable", "Something went wrong on this server."
