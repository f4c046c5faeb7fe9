"""Where an act came from: the request that is being answered, and its network."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.throttling import network

_request: ContextVar[HttpRequest | None] = ContextVar("audited_request", default=None)


@contextmanager
def asked_by(request: HttpRequest) -> Iterator[None]:
    """What is recorded inside came from this request: services know of none."""
    token = _request.set(request)
    try:
        yield
    finally:
        _request.reset(token)


def origin(request: HttpRequest | None = None) -> tuple[str, uuid.UUID | None]:
    """The /24 or /48, "" when there is none, and the id that a request's events share.

    The id is ours: what a browser sends as one is not believed.
    """
    request = request or _request.get()
    if request is None:
        return "", None
    if not hasattr(request, "audit_id"):
        request.audit_id = uuid.uuid4()
    return _network(request), request.audit_id


def _network(request: HttpRequest) -> str:
    try:  # the function that limits use too: it counts the trusted proxies
        return network(get_adapter().get_client_ip(request))
    except (PermissionDenied, ValueError):
        return ""
