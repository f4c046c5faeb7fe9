"""What the assistant knows about a person: looked at, changed, taken back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import get_args
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from accounts import fact_chains
from accounts import facts as service
from accounts.limiting import counted
from accounts.models import Fact
from chatsite.lib.fields import Unreadable
from conversations.services import preferences, profile
from conversations.services.access import NotFound
from conversations.services.memory_file import memory_file
from conversations.services.memory_progress import making
from conversations.views import notify
from conversations.views.answers import asked_for, back, bad_request, page
from conversations.views.doors import signed_in
from conversations.views.forms import (
    WEIGHTS,
    FactForm,
    KnownFactForm,
    NewFactForm,
    importance_word,
)
from conversations.views.origins import origins

CHANGED_SINCE = "This has changed meanwhile. Here is what is known now."
SWITCHES = ("uses_facts", "learns_facts", "recalls")
LONGEST_SEARCH = 200  # characters


@dataclass(frozen=True, slots=True)
class Row:
    """A fact, and the address of the message it was learnt from, "" when there is
    none any more.
    """

    fact: Fact
    importance: str
    said: str


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def facts(request: HttpRequest) -> HttpResponse:
    posted = request.method == "POST"
    form = NewFactForm(request.POST if posted else None)
    form.fields["importance"].initial = "normal"
    if posted and form.is_valid() and _remember(request, form, form.cleaned_data):
        return redirect("facts")
    words = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    rows = _rows(request.user.pk)
    found = {fact.id for fact in profile.matching((r.fact for r in rows), words)}
    context = {
        "form": form,
        "words": words,
        "known": len(rows),
        "found": len(found),
        "wishes": preferences.of(request.user.pk),
        "making": making(request.user.pk),
        "along": [r for r in rows[: service.GO_ALONG] if r.fact.id in found],
        "kept_back": [r for r in rows[service.GO_ALONG :] if r.fact.id in found],
    }
    status = 422 if posted else 200
    return page(request, "accounts/facts.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def fact(request: HttpRequest, fact_id: UUID) -> HttpResponse:
    known = _own(request, fact_id)
    if known.ended is not None or isinstance(known.key, Unreadable):
        return _changed_since(request)
    word = importance_word(known.importance)
    now = {"value": known.value, "importance": word, "pinned": known.pinned}
    posted = request.method == "POST"
    form = KnownFactForm(request.POST if posted else None, initial=now)
    if posted and form.is_valid() and _change(request, form, known, word):
        return redirect("facts")
    past = fact_chains.history(known)
    context = {
        "form": form,
        "row": _told(request.user.pk, [known])[0],
        "past": _told(request.user.pk, past),
    }
    status = 422 if posted else 200
    return page(request, "accounts/fact.html", context, status=status)


@require_POST
@signed_in
def forget(request: HttpRequest, fact_id: UUID) -> HttpResponse:
    _own(request, fact_id)
    service.forget_one(request.user.pk, fact_id)
    messages.success(request, "Forgotten.", extra_tags=_undo(fact_id, "forgotten"))
    return redirect("facts")


@require_POST
@signed_in
def undo(request: HttpRequest, fact_id: UUID, change: service.Change) -> HttpResponse:
    """With ``X-Fragment: none`` for a thread, which shows by itself how it went."""
    if change not in get_args(service.Change):
        raise NotFound
    by, quiet = request.user.pk, asked_for(request) == "none"
    behind = profile.conversations_behind(by, _there(by, fact_id))
    # what was remembered is gone once that is taken back, so a second time is no 404
    done = service.undo(by, fact_id, change)
    for conversation in behind.values():
        notify.changed(by, conversation, branched=True)
    if quiet:
        return HttpResponse(status=204 if done else 409)
    if not done:
        return _changed_since(request)
    messages.success(request, "Taken back.")
    return back(request) if "next" in request.POST else redirect("facts")


@require_POST
@signed_in
def pin(request: HttpRequest, fact_id: UUID) -> HttpResponse:
    """``pinned``: yes or no."""
    _own(request, fact_id)
    pinned = request.POST.get("pinned")
    if pinned not in ("yes", "no"):
        return bad_request(request)
    try:
        service.set_pinned(request.user.pk, fact_id, pinned == "yes")
    except service.NoSuchFact:
        return _changed_since(request)
    return redirect("facts")


@require_POST
@signed_in
def use(request: HttpRequest) -> HttpResponse:
    """One of ``SWITCHES``: yes or no, for all conversations."""
    wanted = {name: request.POST[name] for name in SWITCHES if name in request.POST}
    if not wanted or not set(wanted.values()) <= {"yes", "no"}:
        return bad_request(request)
    given = {name: value == "yes" for name, value in wanted.items()}
    preferences.change(request.user.pk, **given)
    return redirect("facts")


@require_safe
@signed_in
@counted("downloads")
def download(request: HttpRequest) -> HttpResponse:
    """All that is remembered, as JSON."""
    made = json.dumps(memory_file(request.user.pk), ensure_ascii=False, indent=1)
    # what cannot be encoded (half of a surrogate pair) becomes "?"
    response = HttpResponse(
        made.encode(errors="replace"), content_type="application/json; charset=utf-8"
    )
    response["Content-Disposition"] = 'attachment; filename="facts.json"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _rows(owner_id: UUID) -> list[Row]:
    return _told(owner_id, service.known(owner_id))


def _told(owner_id: UUID, facts: list[Fact]) -> list[Row]:
    said = origins(owner_id, facts)
    return [
        Row(one, importance_word(one.importance), said.get(one.id, "")) for one in facts
    ]


def _there(owner_id: UUID, fact_id: UUID) -> list[Fact]:
    try:
        return [service.get(owner_id, fact_id)]
    except service.NoSuchFact:
        return []


def _own(request: HttpRequest, fact_id: UUID) -> Fact:
    try:
        return service.get(request.user.pk, fact_id)
    except service.NoSuchFact:
        raise NotFound from None


def _remember(request: HttpRequest, form: FactForm, given: dict[str, str]) -> bool:
    """Whether it went well; else the form says why not."""
    try:
        done = service.remember(
            request.user.pk,
            given["key"],
            given["value"],
            importance=WEIGHTS[given["importance"]],
        )
    except service.BadFact as problem:
        form.add_error(None, str(problem))
        return False
    if not done.changed:
        messages.success(request, "That was known already.")
        return True
    told = "Remembered, in place of what was known before."
    messages.success(
        request,
        told if done.replaced else "Remembered.",
        extra_tags=_undo(done.fact.id, "remembered"),
    )
    return True


def _change(request: HttpRequest, form: FactForm, known: Fact, word: str) -> bool:
    given = form.cleaned_data
    by = request.user.pk
    try:
        done = service.remember(by, known.key, given["value"])
    except service.BadFact as problem:
        form.add_error("value", str(problem))
        return False
    if given["importance"] != word:
        service.set_importance(by, done.fact.id, WEIGHTS[given["importance"]])
    service.set_pinned(by, done.fact.id, given["pinned"])
    undo_it = _undo(done.fact.id, "remembered") if done.changed else ""
    messages.success(request, "Saved.", extra_tags=undo_it)
    return True


def _undo(fact_id: UUID, change: service.Change) -> str:
    return reverse("fact_undo", args=[fact_id, change])


def _changed_since(request: HttpRequest) -> HttpResponseRedirect:
    messages.info(request, CHANGED_SINCE)
    return redirect("facts")
