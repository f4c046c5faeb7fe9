"""What the page of a person tells about their account; nothing that they wrote."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.http import HttpRequest
from django.utils import timezone

from accounts import sessions
from accounts.admin.data_requests import name_rows as name_requests
from accounts.admin.holds import name_rows as name_holds
from accounts.audit.activity import latest
from accounts.models import DataRequest, LegalHold, User
from chatsite.lib.console import Panel, person_panels

LATEST = 10
DEVICES = 50


def devices(request: HttpRequest, person: User) -> dict[str, Any]:
    return {"devices": sessions.devices_of(person, None, at_most=DEVICES)}


def second_factors(request: HttpRequest, person: User) -> dict[str, Any]:
    kept = Authenticator.objects.filter(user=person).defer("data").order_by("id")
    may = request.user.has_perm("privacy.remove_second_factors")
    return {"factors": kept, "may_remove": may and person.pk != request.user.pk}


def activity(request: HttpRequest, person: User) -> dict[str, Any]:
    return {"events": latest(person.pk, before=None, at_most=LATEST)}


def data_requests(request: HttpRequest, person: User) -> dict[str, Any]:
    asked = DataRequest.objects.filter(person_id_was=person.pk)
    told = asked.defer("certificate", "counts").order_by("-created", "-id")[:LATEST]
    requests = list(told.select_related("person"))
    holds = list(LegalHold.objects.filter(person=person, lifted=None))
    name_requests(requests, timezone.now(), sees_people=True)
    name_holds(holds)
    return {
        "requests": requests,
        "holds": holds,
        "may_export": request.user.has_perm("privacy.export"),
        "may_erase": request.user.has_perm("privacy.erase")
        and person.pk != request.user.pk,
    }


PLACE = "admin/accounts/user"
person_panels += [
    Panel("Devices", "privacy.end_sessions", f"{PLACE}/devices.html", devices),
    Panel(
        "Second factors",
        "accounts.view_user",
        f"{PLACE}/second_factors.html",
        second_factors,
    ),
    Panel(
        "Data requests",
        "accounts.view_datarequest",
        f"{PLACE}/data_requests.html",
        data_requests,
    ),
    Panel(
        "Recent activity",
        "accounts.view_auditevent",
        f"{PLACE}/activity.html",
        activity,
    ),
]
