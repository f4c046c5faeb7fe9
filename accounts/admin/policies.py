"""What can be decided for the site over its settings."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from accounts import policies as known
from accounts.audit import record
from accounts.models import Policy
from accounts.policies import POLICIES, Rule
from accounts.recently import recently_authenticated
from chatsite.lib.console import answer

TITLE = "Policies"


class PolicyForm(forms.Form):
    def __init__(self, name: str, *given: Any, **fields: Any) -> None:
        super().__init__(*given, auto_id=f"{name}-%s", **fields)
        rule = POLICIES[name]
        self.fields["value"] = _number(rule) if rule.choices is None else _choice(rule)


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    return _overview(request)


@require_http_methods(["GET", "POST"])
@recently_authenticated
def change(request: HttpRequest, name: str) -> HttpResponse:
    """Some of these guard people: whoever decides has just proven who they are."""
    if name not in POLICIES:
        raise Http404
    if request.method == "GET":
        return redirect("admin:policies")
    if "withdraw" in request.POST:
        return _withdraw(request, name)
    form = PolicyForm(name, request.POST)
    if not form.is_valid():
        return _overview(request, {name: form}, status=400)
    with transaction.atomic():
        before, value = (
            _in_force(name, _decided().get(name)),
            form.cleaned_data["value"],
        )
        known.decide(name, value)
        told = {"name": name, "before": before, "after": value}
        record("accounts.policy_changed", actor=request.user, **told)
    messages.success(request, "Saved.")
    return redirect("admin:policies")


def _withdraw(request: HttpRequest, name: str) -> HttpResponse:
    """What the settings say holds again, also when they are changed later."""
    with transaction.atomic():
        row = _decided().get(name)
        if row is not None:
            known.withdraw(name)
            told = {"name": name, "before": row.value, "after": _in_force(name, None)}
            told["withdrawn"] = True
            record("accounts.policy_changed", actor=request.user, **told)
    messages.success(request, "The settings hold again.")
    return redirect("admin:policies")


def _overview(
    request: HttpRequest,
    given: dict[str, PolicyForm] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    decided, shown = _decided(), []
    for name, rule in POLICIES.items():
        row = decided.get(name)
        value = _in_force(name, row)
        form = (given or {}).get(name) or PolicyForm(name, initial={"value": value})
        shown.append(
            {
                "name": name,
                "rule": rule,
                "value": _in_words(rule, value),
                "decided": row,
                "without": _in_words(rule, rule.default()),
                "form": form,
            }
        )
    return answer(request, "policies", TITLE, policies=shown, status=status)


def _decided() -> dict[str, Policy]:
    """By their rows: what this process believes may be seconds old."""
    rows = Policy.objects.filter(name__in=POLICIES)
    return {row.name: row for row in rows if POLICIES[row.name].accepts(row.value)}


def _in_force(name: str, row: Policy | None) -> Any:
    return row.value if row else POLICIES[name].default()


def _in_words(rule: Rule, value: Any) -> Any:
    return rule.choices[value] if rule.choices else value


def _number(rule: Rule) -> forms.Field:
    help_text = f"{rule.least} to {rule.most}."
    return forms.IntegerField(
        label=rule.label,
        min_value=rule.least,
        max_value=rule.most,
        help_text=f"{rule.help} {help_text}".strip(),
    )


def _choice(rule: Rule) -> forms.Field:
    choices = rule.choices or {}
    by_word = {str(value): value for value in choices}
    return forms.TypedChoiceField(
        label=rule.label,
        choices=[(str(value), words) for value, words in choices.items()],
        coerce=by_word.__getitem__,
        help_text=rule.help,
    )
