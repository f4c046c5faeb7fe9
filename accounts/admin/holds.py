"""Legal holds: who is on one, placing and lifting them."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from accounts import holds
from accounts.models import LegalHold, Pseudonym, User
from chatsite.lib.console import answer, page_of

SHOWN = 50  # holds a page


class HoldForm(forms.Form):
    email = forms.EmailField(
        label="Person's email address",
        widget=forms.EmailInput({"autocomplete": "off", "class": "vTextField"}),
    )
    reference = forms.CharField(
        label="Case",
        max_length=80,
        help_text="The number of the file. Not why: others read it.",
        widget=forms.TextInput({"class": "vTextField"}),
    )

    def clean_email(self) -> str:
        """The person is left in ``person``."""
        email = self.cleaned_data["email"].lower()
        self.person = User.objects.filter(email=email).first()
        if self.person is None:
            raise forms.ValidationError("Nobody here has this email address.")
        return email


@require_http_methods(["GET", "HEAD", "POST"])
def legal_holds(request: HttpRequest) -> HttpResponse:
    """Those in force first; posted to, another one."""
    form = HoldForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if not request.user.has_perm("accounts.add_legalhold"):
            raise PermissionDenied
        if form.is_valid() and _place(request, form):
            return redirect("admin:legal_holds")
    rows = LegalHold.objects.select_related("person").order_by(
        F("lifted").desc(nulls_first=True), "-placed", "-id"
    )
    found = page_of(rows, request, SHOWN)
    name_rows(found.rows)
    return answer(
        request,
        "legal_holds",
        "Legal holds",
        page=found,
        form=form if request.user.has_perm("accounts.add_legalhold") else None,
        may_lift=request.user.has_perm("accounts.change_legalhold"),
        status=400 if form.errors else 200,
    )


@require_POST
def lift(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    if not LegalHold.objects.filter(id=hold_id).exists():
        raise Http404
    if holds.lift(hold_id, by=request.user):
        messages.success(
            request,
            "Lifted. What is overdue goes with the next run, an erasure at once.",
        )
    else:
        messages.info(request, "It was lifted before.")
    return redirect("admin:legal_holds")


def _place(request: HttpRequest, form: HoldForm) -> bool:
    try:
        holds.place(form.person, form.cleaned_data["reference"], by=request.user)
    except holds.HoldExists:
        form.add_error("reference", "There is a hold for this person and case already.")
        return False
    messages.success(request, "Placed. Nothing of theirs is removed from now on.")
    return True


def name_rows(rows: list[LegalHold]) -> None:
    """Who placed each; one query."""
    by = {row.placed_by for row in rows if row.placed_by}
    known = dict(
        Pseudonym.objects.filter(id__in=by).values_list("id", "user__email")
        if by
        else []
    )
    for row in rows:
        row.placer = known.get(row.placed_by, row.placed_by)
