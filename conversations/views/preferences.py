"""How the assistant works: for all of a person's conversations, and for one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from conversations import conf
from conversations.models import Conversation
from conversations.services import (
    access,
    conversation_settings,
    preferences,
    presets,
    spending,
)
from conversations.services.choices import BadChoice
from conversations.services.conversations import Refused
from conversations.services.preferences import Wishes
from conversations.views.answers import page
from conversations.views.doors import signed_in
from conversations.views.forms import AssistantForm, ConversationForm

FLAGS = ("uses_facts", "recalls", "summarises")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def assistant(request: HttpRequest) -> HttpResponse:
    by = request.user.pk
    wishes = preferences.of(by)
    now = {
        "model": wishes.model,
        "strategy": wishes.strategy,
        "system_prompt": wishes.system_prompt,
    }
    form = AssistantForm(
        _typed(request),
        initial=now,
        whose="The site’s default",
        follows=_follows(Wishes()),
    )
    if _is_saving(request, form) and _save_wishes(by, form):
        messages.success(request, "Saved.")
        return redirect("assistant")
    inherited = preferences.shared_prompt()
    return _page(request, "conversations/assistant.html", form, inherited)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def of_conversation(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    by = request.user.pk
    conversation = access.conversation(by, conversation_id)
    wishes = preferences.of(by)
    names = ("model", "strategy", "system_prompt", *FLAGS)
    form = ConversationForm(
        _typed(request),
        initial={name: getattr(conversation, name) for name in names},
        whose="Your default",
        follows=_follows(wishes),
    )
    if conversation.temporary:
        for name in ("uses_facts", "recalls"):
            form.fields[name].disabled = True
            form.initial[name] = False
    if _is_saving(request, form):
        try:
            saved = _save_settings(conversation, form)
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect("conversation", conversation_id)
        if saved:
            messages.success(request, "Saved.")
            return redirect("conversation", conversation_id)
    return _page(
        request,
        "conversations/settings.html",
        form,
        preferences.inherited_prompt(by, wishes),
        conversation=conversation,
        wishes=wishes,
        total=spending.conversation_total(by=by, conversation_id=conversation_id),
    )


def _page(
    request: HttpRequest,
    template: str,
    form: AssistantForm,
    inherited: str,
    **more: Any,
) -> HttpResponse:
    context = {
        "form": form,
        "inherited": inherited,
        "mine": presets.mine(request.user.pk),
        "shared": presets.shared(),
        **more,
    }
    status = 422 if form.is_bound and form.errors else 200
    return page(request, template, context, status=status)


def _follows(wishes: Wishes) -> Wishes:
    """The model and strategy that "" stands for."""
    site = conf.chat_defaults()
    return Wishes(wishes.model or site.model, wishes.strategy or site.strategy)


def _typed(request: HttpRequest) -> QueryDict | None:
    """What was posted; with a preset put at the end of the prompt when "Insert" was
    pressed: nothing else that was typed is lost, and nothing is stored yet.
    """
    if request.method != "POST":
        return None
    if "insert" not in request.POST or not request.POST.get("preset"):
        return request.POST
    try:
        chosen = UUID(request.POST["preset"])
    except ValueError:
        raise access.NotFound from None
    typed = request.POST.copy()
    words = presets.text_of(request.user.pk, chosen)
    before = typed.get("system_prompt", "").strip()
    typed["system_prompt"] = f"{before}\n\n{words}" if before else words
    return typed


def _is_saving(request: HttpRequest, form: AssistantForm) -> bool:
    return request.method == "POST" and "insert" not in request.POST and form.is_valid()


def _save_wishes(by: UUID, form: AssistantForm) -> bool:
    """Only what was changed: what else was chosen may no longer be offered."""
    try:
        preferences.change(
            by, **{name: form.cleaned_data[name] for name in form.changed_data}
        )
    except BadChoice as problem:
        form.add_error("system_prompt", str(problem))
        return False
    return True


def _save_settings(conversation: Conversation, form: ConversationForm) -> bool:
    """All of it or nothing. Raises ``Refused``."""
    given = {name: form.cleaned_data[name] for name in form.changed_data}
    that = {"by": conversation.owner_id, "conversation_id": conversation.id}
    flags = {name: given[name] for name in FLAGS if name in given}
    try:
        with transaction.atomic():
            if "system_prompt" in given:
                conversation_settings.set_system_prompt(
                    **that, text=given["system_prompt"]
                )
            conversation_settings.set_choice(
                **that, model=given.get("model"), strategy=given.get("strategy")
            )
            conversation_settings.set_flags(**that, **flags)
    except BadChoice as problem:
        form.add_error("system_prompt", str(problem))
        return False
    return True
