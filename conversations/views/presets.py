"""A person's own presets, one at a time."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from conversations.models import Preset
from conversations.services import presets as service
from conversations.views.answers import page
from conversations.views.doors import signed_in
from conversations.views.forms import PresetForm


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new_preset(request: HttpRequest) -> HttpResponse:
    by = request.user.pk
    return _form(request, lambda **given: service.add(by, **given))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def preset(request: HttpRequest, preset_id: UUID) -> HttpResponse:
    by = request.user.pk
    present = service.get(by, preset_id)
    return _form(
        request, lambda **given: service.change(by, preset_id, **given), present
    )


@require_POST
@signed_in
def delete_preset(request: HttpRequest, preset_id: UUID) -> HttpResponse:
    service.delete(request.user.pk, preset_id)
    messages.success(request, "Preset deleted.")
    return redirect("assistant")


def _form(
    request: HttpRequest, save: Callable[..., object], present: Preset | None = None
) -> HttpResponse:
    posted = request.method == "POST"
    now = {"name": present.name, "text": present.text} if present else {}
    form = PresetForm(request.POST if posted else None, initial=now)
    if posted and form.is_valid():
        try:
            save(**form.cleaned_data)
        except service.BadPreset as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, "Saved.")
            return redirect("assistant")
    context = {"form": form, "preset": present}
    status = 422 if posted else 200
    return page(request, "conversations/preset.html", context, status=status)
