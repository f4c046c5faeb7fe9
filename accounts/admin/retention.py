"""How long each class of data is kept: the rules, and what another would remove."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from accounts import retention as rules
from accounts.models import AuditEvent, RetentionRule
from accounts.retention import Preview, Rule
from chatsite.lib.console import answer

TITLE = "How long things are kept"
RAN, TRIMMED = "accounts.retention_ran", "accounts.audit_trimmed"
# whose days without a decision are in the settings
BY_SETTINGS = {
    rules.NORMAL: "CONVERSATION_TTL_DAYS and CONVERSATION_TTL_MODE",
    rules.TEMPORARY: f"CONVERSATION_TTL_DAYS, at most {rules.TEMPORARY_DAYS} days",
}
EMPTY = {rules.FILES: "as long as their conversation", rules.COLD: "never"}
# that the stock words do not fit
SINCE = {
    rules.TRASH: "since it was deleted",
    rules.AUDIT: "since it happened",
    rules.COLD: "idle",
    rules.MEMORIES: "since it was written",
}


class RuleForm(forms.Form):
    """``is_forever`` and no days say the same, so one field is enough."""

    days = forms.IntegerField(
        min_value=1, max_value=rules.LONGEST, required=False, label="Days"
    )
    mode = forms.ChoiceField(label="Counted")

    def __init__(self, name: str, *given: Any, **fields: Any) -> None:
        super().__init__(*given, auto_id=f"{name}-%s", **fields)
        modes = rules.CLASSES[name].modes
        self.fields["mode"].choices = [(mode, _since(name, mode)) for mode in modes]
        if len(modes) == 1:
            self.fields["mode"].widget = forms.HiddenInput()


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Every class, its rule, and what goes by it with the next run."""
    return _overview(request)


@require_POST
def change(request: HttpRequest, data_class: str) -> HttpResponse:
    """First what it would remove; then, if that is wanted, the rule."""
    if data_class not in rules.CLASSES:
        raise Http404
    if "withdraw" in request.POST:
        return _withdraw(request, data_class)
    form = RuleForm(data_class, request.POST)
    if not form.is_valid():
        return _overview(request, {data_class: form}, status=400)
    days, mode = form.cleaned_data["days"], form.cleaned_data["mode"]
    if "save" in request.POST:
        if rules.change(data_class, days, mode, by=request.user) is None:
            messages.info(request, "It was so already.")
        else:
            messages.success(request, "Saved.")
        return redirect("admin:retention")
    return _preview(request, data_class, Rule(days, mode, decided=True))


def _withdraw(request: HttpRequest, data_class: str) -> HttpResponse:
    """The settings may say a shorter time, so that is shown first too."""
    if "save" not in request.POST:
        return _preview(request, data_class, _default(data_class))
    if rules.withdraw(data_class, by=request.user) is None:
        messages.info(request, "It was so already.")
    else:
        messages.success(request, "The rule is withdrawn.")
    return redirect("admin:retention")


def _overview(
    request: HttpRequest,
    forms_given: Mapping[str, RuleForm] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    may = request.user.has_perm("accounts.change_retentionrule")
    given = forms_given or {}
    changed = dict(RetentionRule.objects.values_list("data_class", "changed"))
    classes = [
        {
            "name": name,
            "label": RetentionRule.Class(name).label,
            "kept": kept(name, rule),
            "source": _source(name, rule),
            "changed": changed.get(name),
            "default": kept(name, _default(name)),
            "overdue": overdue,
            "form": (given.get(name) or _form(name, rule)) if may else None,
        }
        for name, (rule, overdue) in rules.previews().items()
    ]
    return answer(
        request,
        "retention",
        TITLE,
        classes=classes,
        swept=_latest(RAN),
        trimmed=_latest(TRIMMED),
        status=status,
    )


def _preview(request: HttpRequest, data_class: str, then: Rule) -> HttpResponse:
    now = rules.rule(data_class)
    would: Preview = rules.preview(data_class, then.days, then.mode)
    return answer(
        request,
        "retention_preview",
        RetentionRule.Class(data_class).label,
        name=data_class,
        rule=then,
        now=kept(data_class, now),
        then=kept(data_class, then),
        would=would,
        moves=data_class == rules.COLD,
        same=now == then,
    )


def kept(name: str, rule: rules.Limit) -> str:
    if rule.days is None:
        return EMPTY.get(name, "for ever")
    unit = "day" if rule.days == 1 else "days"
    return f"{rule.days:,} {unit} {_since(name, rule.mode)}"


def _since(name: str, mode: str) -> str:
    return SINCE.get(name) or str(RetentionRule.Mode(mode).label)


def _default(name: str) -> Rule:
    limit = rules.CLASSES[name].default()
    return Rule(limit.days, limit.mode)


def _source(name: str, rule: Rule) -> str:
    if rule.decided:
        return "Decided here"
    if told := BY_SETTINGS.get(name):
        return f"From the settings: {told}"
    return "The product's own"


def _form(name: str, rule: Rule) -> RuleForm:
    return RuleForm(name, initial={"days": rule.days, "mode": rule.mode})


def _latest(action: str) -> dict[str, Any] | None:
    """When it last ran, and what it removed, by class."""
    event = AuditEvent.objects.filter(action=action).order_by("-seq").first()
    if event is None:
        return None
    labels = dict(RetentionRule.Class.choices)
    gone = [
        (labels[name], count) for name, count in event.details.items() if name in labels
    ]
    return {"time": event.time, "gone": gone}
