"""What can go wrong with a turn, in words for the person who waits for the reply.

TurnError
├── ModelUnavailable    unavailable       the server cannot be reached, or broke
├── ModelBusy           busy              it is overloaded
├── ModelRateLimited    rate_limited      it asks us to slow down
├── ModelTimeout        timeout           it said nothing for too long
├── ModelNotFound       not_found         it has no model of that name
├── ModelAuthFailed     auth              it refused our key
├── ContextTooLong      context_too_long  the prompt does not fit
├── OverBudget          over_budget       the account has no money left
├── RequestRefused      bad_request       it will not answer this, however often asked
├── ReplyCut            interrupted       the reply broke off in the middle
└── EmptyReply          unavailable       it answered with nothing
"""

from __future__ import annotations

from typing import ClassVar


class TurnError(Exception):
    """A turn that cannot go on. ``str()`` is one sentence a person understands.

    ``detail`` is for the log and the folded details of the page: it may name a status
    or an exception class, never content and never a key.
    """

    code: ClassVar[str] = "unavailable"
    retryable: ClassVar[bool] = True
    sentence: ClassVar[str] = "The model could not answer."

    def __init__(
        self,
        sentence: str = "",
        *,
        detail: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(sentence or self.sentence)
        self.detail = detail
        self.retry_after = retry_after


class ModelUnavailable(TurnError):
    sentence = "The model server could not be reached."


class ModelBusy(TurnError):
    code = "busy"
    sentence = "The model server is overloaded right now. Try again in a moment."


class ModelRateLimited(TurnError):
    code = "rate_limited"
    sentence = "The model server asked us to slow down. Try again in a moment."


class ModelTimeout(TurnError):
    code = "timeout"
    sentence = "The model did not answer in time."


class ModelNotFound(TurnError):
    code = "not_found"
    retryable = False
    sentence = "The model server does not know this model."


class ModelAuthFailed(TurnError):
    code = "auth"
    retryable = False
    sentence = "The model server refused the key this site uses."


class ContextTooLong(TurnError):
    code = "context_too_long"
    retryable = False
    sentence = "The conversation is too long for this model."


class OverBudget(TurnError):
    code = "over_budget"
    retryable = False
    sentence = "The account at the model provider has no budget left."


class RequestRefused(TurnError):
    code = "bad_request"
    retryable = False
    sentence = "The model server refused this request."


class ReplyCut(TurnError):
    code = "interrupted"
    sentence = "The reply broke off before it was finished."


class EmptyReply(TurnError):
    sentence = "The model sent an empty reply."
