"""How much a person may spend in a month. Their other preferences are their own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.audit.admin_changes import Audited
from accounts.models import User
from conversations import conf
from conversations.core.prices import dollars
from conversations.models import Preferences


class BudgetForm(forms.ModelForm):
    monthly_budget_usd = forms.DecimalField(
        label="Monthly budget, USD",
        min_value=0,
        max_digits=10,
        decimal_places=2,
        required=False,
        help_text="Empty: the site's. 0: only models that cost nothing.",
    )

    class Meta:
        model = Preferences
        fields = ("monthly_budget_usd",)


class NewBudgetForm(BudgetForm):
    email = forms.EmailField(label="Person's email address")

    class Meta(BudgetForm.Meta):
        fields = ("email", "monthly_budget_usd")

    def clean_email(self) -> str:
        email = self.cleaned_data["email"].lower()
        person = User.objects.filter(email=email).first()
        if person is None:
            raise forms.ValidationError("Nobody here has this email address.")
        self.instance.owner = person
        return email


@admin.register(Preferences)
class BudgetAdmin(Audited):
    list_display = ("owner", "email", "budget")
    list_select_related = ("owner",)
    search_fields = ("owner__email",)
    ordering = ("owner__email",)
    list_per_page = 50
    show_full_result_count = False

    @admin.display(ordering="owner__email")
    def email(self, row: Preferences) -> str:
        return row.owner.email

    @admin.display(description="monthly budget", ordering="monthly_budget_usd")
    def budget(self, row: Preferences) -> str:
        if row.monthly_budget_usd is not None:
            return dollars(row.monthly_budget_usd)
        site = conf.monthly_budget()
        return f"the site's, {dollars(site)}" if site else "the site's, no limit"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Preferences]:
        rows = super().get_queryset(request).select_related("owner")
        return rows.only("monthly_budget_usd", "owner__email", "owner__name")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("owner" if obj else "email", "monthly_budget_usd")

    def get_readonly_fields(
        self, request: HttpRequest, obj: Any = None
    ) -> tuple[str, ...]:
        return ("owner",) if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        form = BudgetForm if obj else NewBudgetForm
        return super().get_form(request, obj, form=form, **kwargs)

    def save_model(
        self, request: HttpRequest, obj: Preferences, form: Any, change: bool
    ) -> None:
        """Of a row that is there, nothing but the budget is written."""
        budget = {"monthly_budget_usd": obj.monthly_budget_usd}
        if not Preferences.objects.filter(owner_id=obj.owner_id).update(**budget):
            obj.save(force_insert=True)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # the person's own preferences are in the row
