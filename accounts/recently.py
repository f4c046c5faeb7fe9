"""Pages for which one proves who one is again, unless one just did."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.reauthentication import (
    is_reauthentication_required,
)
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.models import User

View = Callable[..., HttpResponse]
APP = "allauth.account"


def recently_authenticated(view: View) -> View:
    """What was sent waits in the session meanwhile: no passwords, then."""
    return login_required(reauthentication_required(view, app=APP))


def proven_first(who: Callable[[User], bool]) -> Callable[[View], View]:
    """For pages on which secrets are typed: nothing that was sent is kept. ``who`` says
    whom it concerns.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **given: Any) -> HttpResponse:
            if not who(request.user) or not _is_due(request):
                return view(request, *args, **given)
            if request.method == "POST":
                return redirect(request.path)
            raise ReauthenticationRequired

        return login_required(answer)

    return decorate


def _is_due(request: HttpRequest) -> bool:
    return is_reauthentication_required(request, app=APP)
