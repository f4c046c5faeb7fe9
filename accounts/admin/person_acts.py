"""What can be done to an account from its page, each act with its permission."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts import sessions
from accounts.admin import asking
from accounts.models import User
from accounts.services import second_factors
from accounts.services.roles import Refused

Act = Callable[..., Any]
ACTS: list[Act] = []


def act(path: str, permission: str) -> Callable[[Act], Act]:
    """One of somebody else's; back to their page, with a sentence."""

    def made(does: Act) -> Act:
        @wraps(does)
        def door(request: HttpRequest, person_id: UUID) -> HttpResponse:
            if not request.user.has_perm(permission):
                raise PermissionDenied
            person = get_object_or_404(User, pk=person_id)
            try:
                answer = does(request, person)
            except Refused as reason:
                messages.error(request, str(reason))
                answer = None
            if isinstance(answer, str):
                messages.success(request, answer)
                answer = None
            return answer or HttpResponseRedirect(
                reverse("admin:accounts_user_change", args=[person.pk])
            )

        door.path = path
        ACTS.append(door)
        return door

    return made


@act("second-factors", "privacy.remove_second_factors")
@require_POST
def remove_second_factors(request: HttpRequest, person: User) -> str:
    if not second_factors.remove_all(person, by=request.user):
        return "There was none."
    return "Removed. They can sign in with their password alone, and were told."


@act("sessions", "privacy.end_sessions")
@require_POST
def end_sessions(request: HttpRequest, person: User) -> str:
    """One device, or all of them."""
    if not (device := request.POST.get("device")):
        ended = sessions.end_all(person, by=request.user)
        return f"Signed out everywhere; devices: {ended:,}."
    try:
        done = sessions.end_one(person, UUID(device), by=request.user)
    except ValueError:
        raise BadRequest from None
    return "Signed out there." if done else "They were signed out there already."


@act("export", "privacy.export")
@require_http_methods(["GET", "POST"])
@reauthentication_required
def ask_export(request: HttpRequest, person: User) -> HttpResponse:
    return asking.export(request, person)


@act("erase", "privacy.erase")
@require_http_methods(["GET", "POST"])
@reauthentication_required
def ask_erasure(request: HttpRequest, person: User) -> HttpResponse:
    return asking.erase(request, person)
