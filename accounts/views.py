"""The pages about the person that allauth does not have."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
)
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import SettingsForm, SetupForm
from accounts.models import User
from accounts.services import setup as setup_service
from accounts.services.people import remember_timezone


@require_http_methods(["GET", "POST"])
@login_required
def settings(request: HttpRequest) -> HttpResponse:
    form = SettingsForm(request.POST or None, instance=request.user)
    if form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect("settings")
    return render(request, "accounts/settings.html", {"form": form})


@require_POST
@login_required
def theme(request: HttpRequest) -> HttpResponse:
    """The sidebar's toggle; a script asks, so there is nothing to show."""
    chosen = request.POST.get("theme")
    if chosen not in User.Theme.values:
        return HttpResponseBadRequest()
    User.objects.filter(pk=request.user.pk).update(theme=chosen)
    return HttpResponse(status=204)


@never_cache
@sensitive_post_parameters("password1")
@require_http_methods(["GET", "POST"])
def setup(request: HttpRequest, token: str) -> HttpResponse:
    """The first administrator introduces themselves."""
    if request.user.is_authenticated or not setup_service.is_open(token):
        raise Http404
    form = SetupForm(request.POST or None)
    if form.is_valid() and (person := _create_administrator(token, form)):
        remember_timezone(person, form.cleaned_data["timezone"])
        get_adapter().login(request, person)
        return redirect("home")
    return render(request, "accounts/setup.html", {"form": form})


def _create_administrator(token: str, form: SetupForm) -> User | None:
    """None when the form has to be shown again."""
    given = form.cleaned_data
    try:
        person = setup_service.create_administrator(
            token,
            email=given["email"],
            name=given["name"],
            password=given["password1"],
        )
    except ValidationError as problem:
        form.add_error(None, problem)
        return None
    if person is None:  # another request used the link a moment ago
        raise Http404
    return person
