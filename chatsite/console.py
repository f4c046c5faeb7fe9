"""The administration's first page: one line in the table for each page it leads to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from itertools import groupby
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse

from accounts.admin import asking, data_requests, figures, holds, policies, retention
from accounts.admin.audit_state import download, verify_now
from chatsite.lib.console import Line
from conversations.admin import figures as usage
from conversations.admin import usage as charts

View = Callable[..., HttpResponse]

# of a group together; a group's name stands above its lines
LINES: tuple[Line, ...] = (
    Line(
        "Audit",
        "Audit log",
        "accounts.view_auditevent",
        "accounts_auditevent_changelist",
        figures.log,
    ),
    Line(
        "Audit",
        "Conversations opened by others",
        "conversations.view_breakglass",
        "conversations_breakglass_changelist",
        usage.readings,
    ),
    Line(
        "People",
        "People",
        "accounts.view_user",
        "accounts_user_changelist",
        usage.people,
    ),
    Line(
        "People",
        "Conversations",
        "conversations.view_conversation",
        "conversations_conversation_changelist",
        usage.conversations,
    ),
    Line(
        "Data requests",
        "Exports and erasures",
        "accounts.view_datarequest",
        "data_requests",
        figures.requests,
        path="data-requests/",
        view=data_requests.queue,
    ),
    Line(
        "Retention",
        "How long things are kept",
        "accounts.view_retentionrule",
        "retention",
        path="retention/",
        view=retention.overview,
    ),
    Line(
        "Retention",
        "Legal holds",
        "accounts.view_legalhold",
        "legal_holds",
        figures.holds,
        path="legal-holds/",
        view=holds.legal_holds,
    ),
    Line(
        "Usage & costs",
        "Usage",
        "privacy.see_usage",
        "usage",
        path="usage/",
        view=charts.usage,
    ),
    Line(
        "Usage & costs",
        "Spending",
        "conversations.view_spending",
        "conversations_spending_changelist",
        usage.spent,
    ),
    Line(
        "Usage & costs",
        "Background calls",
        "conversations.view_charge",
        "conversations_charge_changelist",
    ),
    Line(
        "Usage & costs",
        "Budgets",
        "conversations.view_preferences",
        "conversations_preferences_changelist",
    ),
    Line(
        "Settings",
        "Policies",
        "privacy.set_policies",
        "policies",
        path="policies/",
        view=policies.overview,
    ),
    Line(
        "Settings",
        "Models",
        "conversations.view_languagemodel",
        "conversations_languagemodel_changelist",
        usage.models,
    ),
    Line(
        "Settings",
        "Shared presets",
        "conversations.view_sharedpreset",
        "conversations_sharedpreset_changelist",
    ),
)

# pages that no line leads to
OTHERS: tuple[Line, ...] = (
    Line(
        "Audit",
        "Verify the log",
        "accounts.view_auditevent",
        "verify_audit",
        path="audit/verify/",
        view=verify_now,
    ),
    Line(
        "Audit",
        "Download the log",
        "accounts.view_auditevent",
        "download_audit",
        path="audit/download/",
        view=download,
    ),
    Line(
        "Data requests",
        "New request",
        "accounts.add_datarequest",
        "find_person",
        path="data-requests/new/",
        view=asking.find,
    ),
    Line(
        "Data requests",
        "Request",
        "accounts.view_datarequest",
        "data_request",
        path="data-requests/<uuid:request_id>/",
        view=data_requests.one,
    ),
    Line(
        "Data requests",
        "Progress",
        "accounts.view_datarequest",
        "data_request_progress",
        path="data-requests/<uuid:request_id>/progress/",
        view=data_requests.progress,
    ),
    Line(
        "Data requests",
        "Cancel",
        "accounts.change_datarequest",
        "cancel_request",
        path="data-requests/<uuid:request_id>/cancel/",
        view=data_requests.cancel,
    ),
    Line(
        "Data requests",
        "Try again",
        "accounts.change_datarequest",
        "retry_request",
        path="data-requests/<uuid:request_id>/retry/",
        view=data_requests.retry,
    ),
    Line(
        "Data requests",
        "Download",
        "privacy.export",
        "download_export",
        path="data-requests/<uuid:request_id>/download/",
        view=asking.download,
    ),
    Line(
        "Data requests",
        "Certificate",
        "accounts.view_datarequest",
        "certificate",
        path="data-requests/<uuid:request_id>/certificate/",
        view=data_requests.certificate,
    ),
    Line(
        "Data requests",
        "Certificate, the file",
        "accounts.view_datarequest",
        "certificate_file",
        path="data-requests/<uuid:request_id>/certificate/file/",
        view=data_requests.certificate_file,
    ),
    Line(
        "Retention",
        "Change a rule",
        "accounts.change_retentionrule",
        "change_retention",
        path="retention/<str:data_class>/",
        view=retention.change,
    ),
    Line(
        "Retention",
        "Lift a hold",
        "accounts.change_legalhold",
        "lift_hold",
        path="legal-holds/<uuid:hold_id>/lift/",
        view=holds.lift,
    ),
    Line(
        "Usage & costs",
        "Download the usage",
        "privacy.see_usage",
        "usage_file",
        path="usage/file/",
        view=charts.download,
    ),
    Line(
        "Settings",
        "Change a policy",
        "privacy.set_policies",
        "change_policy",
        path="policies/<str:name>/",
        view=policies.change,
    ),
)


def groups(request: HttpRequest) -> list[tuple[str, list[dict[str, str]]]]:
    """What this person may see, with how it stands."""
    theirs = [line for line in LINES if request.user.has_perm(line.permission)]
    return [
        (group, [_told(line) for line in lines])
        for group, lines in groupby(theirs, lambda line: line.group)
    ]


def links(request: HttpRequest) -> list[dict[str, str]]:
    """The same without looking how anything stands."""
    theirs = [line for line in LINES if request.user.has_perm(line.permission)]
    return [
        {"title": line.title, "url": reverse(f"admin:{line.url}")}
        for line in theirs
        if line.url
    ]


def urls(admin_view: Callable[[View], View]) -> Iterator[URLPattern]:
    """The addresses of pages of our own."""
    for line in (*LINES, *OTHERS):
        if line.view:
            view = admin_view(_only_with(line.permission, line.view))
            yield path(line.path, view, name=line.url)


def _told(line: Line) -> dict[str, str]:
    figure = line.figure() if line.figure else ""
    return {
        "title": line.title,
        "url": reverse(f"admin:{line.url}") if line.url else "",
        "figure": figure,
    }


def _only_with(permission: str, view: View) -> View:
    @wraps(view)
    def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.has_perm(permission):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return door
