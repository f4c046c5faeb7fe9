"""Who may enter a page, and what the ones outside are told."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from conversations.services.access import NotFound

View = Callable[..., HttpResponse]


def signed_in(view: View) -> View:
    """The view for people who are signed in; nothing of it is stored on the way.

    What is not theirs is answered 404, like what never was. A module that asks for a
    fragment cannot use the sign-in page: it gets 401.
    """

    @wraps(view)
    def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return _turned_away(request)
        try:
            response = view(request, *args, **kwargs)
        except NotFound:
            raise Http404 from None
        response.headers.setdefault("Cache-Control", "no-store")
        patch_vary_headers(response, ["X-Fragment"])
        return response

    return door


def _turned_away(request: HttpRequest) -> HttpResponse:
    if "X-Fragment" in request.headers:
        return HttpResponse(status=401)
    # after signing in nobody should land on an address that only takes POST
    back = request.get_full_path() if request.method in ("GET", "HEAD") else "/"
    return redirect_to_login(back)
