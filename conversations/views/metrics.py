"""Figures for Prometheus: how much there is to do, and of nobody in particular."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Iterator, Mapping

from allauth.account.adapter import get_adapter
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import limits
from conversations import conf
from conversations.models import File, Turn
from conversations.runner import Runner, running

TYPE = "text/plain; version=0.0.4; charset=utf-8"
FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP")
WAITING = (File.Status.WAITING, File.Status.READING)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """To this machine, and to who has the token; to others there is no such page."""
    if not (_has_token(request) or _is_here(request)):
        raise Http404
    runner = running()
    lines = [*_everywhere(), *(_of_process(runner) if runner else ())]
    return HttpResponse("\n".join([*lines, ""]), content_type=TYPE)


def _everywhere() -> Iterator[str]:
    """Of all processes: what the database knows."""
    live = Turn.objects.filter(status__in=Turn.LIVE).order_by()
    turns = dict(live.values_list("status").annotate(Count("id")))
    by_status = {str(each): turns.get(each, 0) for each in Turn.LIVE}
    yield from _gauge("turns", "Replies that wait or are written.", "status", by_status)
    files = File.objects.filter(status__in=WAITING).count()
    yield from _gauge("files_to_read", "Files that wait to be read.", "", {"": files})


def _of_process(runner: Runner) -> Iterator[str]:
    sockets, streams = runner.hub.sockets, len(runner.streams)
    connected = {"websocket": sockets - streams, "event_stream": streams}
    yield from _gauge("connections", "Open connections of pages.", "kind", connected)
    refused = {name: limits.refused[name] for name in limits.LIMITS}
    said = "Requests that a limit refused, since the process began."
    yield from _family("limited_total", "counter", said, "limit", refused)
    now = time.monotonic()
    ages = {name: now - at for name, at in runner.upkeep.finished.items()}
    said = "Seconds since the work in the background was last done."
    yield from _gauge("upkeep_age_seconds", said, "piece", ages)


def _gauge(
    name: str, said: str, label: str, values: Mapping[str, float]
) -> Iterator[str]:
    return _family(name, "gauge", said, label, values)


def _family(
    name: str, kind: str, said: str, label: str, values: Mapping[str, float]
) -> Iterator[str]:
    """Labels are names of our own: nothing in them needs escaping."""
    yield f"# HELP understory_{name} {said}"
    yield f"# TYPE understory_{name} {kind}"
    for key, value in values.items():
        which = f'{{{label}="{key}"}}' if label else ""
        yield f"understory_{name}{which} {round(value, 3)}"


def _has_token(request: HttpRequest) -> bool:
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    token = conf.metrics_token()
    return bool(token) and kind == "Bearer" and constant_time_compare(given, token)


def _is_here(request: HttpRequest) -> bool:
    """From this machine, and not through a proxy on it that speaks for anybody."""
    if any(name in request.headers for name in FORWARDED):
        return False
    try:
        client = get_adapter().get_client_ip(request)
    except (ImproperlyConfigured, PermissionDenied):
        return False
    return ipaddress.ip_address(client).is_loopback
