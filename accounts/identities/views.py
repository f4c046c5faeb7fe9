"""To the provider and back."""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.decorators import login_not_required
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import (
    complete_social_login,
    render_authentication_error,
)
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base.constants import AuthError
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import (
    OAuth2CallbackView,
    OAuth2LoginView,
)
from allauth.socialaccount.views import ConnectionsView
from allauth.utils import get_request_param
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.views.decorators.cache import never_cache
from requests import RequestException

from accounts.identities.provider import Exchange
from accounts.identities.tokens import Refused


@never_cache
@login_not_required
def login(request: HttpRequest, provider_id: str) -> HttpResponse:
    if get_request_param(request, "process") == "connect":
        return _connect(request, provider_id)
    return _leave(request, provider_id)


@never_cache
@login_not_required
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    return Return.adapter_view(_exchange(request, provider_id))(request)


class Return(OAuth2CallbackView):
    """What the provider sent the browser back with."""

    adapter: Exchange

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        provider = self.adapter.get_provider()
        state, refusal = self._get_state(request, provider)
        if state is None:
            return refusal
        if request.GET.get("error") == self.adapter.login_cancelled_error:
            return render_authentication_error(
                request, provider, error=AuthError.CANCELLED
            )
        try:
            found = self._ask(request, provider.app, state)
            with transaction.atomic():
                return complete_social_login(request, found)
        except (OAuth2Error, PermissionDenied, RequestException) as problem:
            return render_authentication_error(request, provider, exception=problem)

    def _ask(self, request: HttpRequest, app: Any, state: dict[str, Any]) -> Any:
        """Change the code for who it is. No transaction waits for this."""
        issuer = self.adapter.openid_config["issuer"]
        if request.GET.get("iss", issuer) != issuer:  # RFC 9207
            raise Refused("the answer is another provider's")
        if not request.GET.get("code"):
            raise Refused("the answer has no code")
        answer = self.adapter.get_access_token_data(
            request,
            app,
            self.adapter.get_client(request, app),
            pkce_code_verifier=state["pkce_code_verifier"],
        )
        found = self.adapter.complete_login(request, app, answer, state["nonce"])
        found.state = state
        return found


class Disconnect(ConnectionsView):
    """The list is a part of the security page."""

    success_url = reverse_lazy("security")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return redirect("security")

    def form_invalid(self, form: Any) -> HttpResponse:
        for problems in form.errors.values():
            for problem in problems:
                messages.error(self.request, problem)
        return redirect("security")


# --- helpers
@reauthentication_required(app="allauth.socialaccount")
def _connect(request: HttpRequest, provider_id: str) -> HttpResponse:
    return _leave(request, provider_id)


def _leave(request: HttpRequest, provider_id: str) -> HttpResponse:
    """A page that leads on: our policy lets no form go to another site."""
    exchange = _exchange(request, provider_id)
    try:
        response = OAuth2LoginView.adapter_view(exchange)(request)
    except OAuth2Error as problem:
        return render_authentication_error(
            request, exchange.get_provider(), exception=problem
        )
    if response.status_code != 302:
        return response
    there = response.url
    page = render(request, "socialaccount/leaving.html", {"there": there})
    page["Refresh"] = f"0;url={there}"
    return page


def _exchange(request: HttpRequest, provider_id: str) -> Exchange:
    exchange = Exchange(request, provider_id)
    try:
        get_adapter().get_provider(request, provider=provider_id)
    except SocialApp.DoesNotExist as problem:
        raise Http404 from problem
    return exchange
