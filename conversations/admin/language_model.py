"""The table of models: what they read, what they cost, and who may choose them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin

from accounts.audit.admin_changes import Audited
from conversations.core.prices import dollars_exactly
from conversations.core.tokens import SHIPPED
from conversations.models import LanguageModel

LEAST_WINDOW = 1_000  # tokens; below it no question and answer fit
PER_MILLION = "USD per million tokens"


class LanguageModelForm(forms.ModelForm):
    window = forms.IntegerField(
        label="Context window, tokens", min_value=LEAST_WINDOW, initial=128_000
    )
    reply_limit = forms.IntegerField(
        label="Longest reply, tokens",
        min_value=1,
        required=False,
        help_text="Empty: as long as the server lets it be.",
    )
    encoding = forms.ChoiceField(choices=[(name, name) for name in SHIPPED])
    input_price = forms.DecimalField(
        min_value=0, max_digits=12, decimal_places=6, help_text=PER_MILLION
    )
    cached_price = forms.DecimalField(
        min_value=0,
        max_digits=12,
        decimal_places=6,
        required=False,
        help_text=f"{PER_MILLION}. Empty: as other input.",
    )
    output_price = forms.DecimalField(
        min_value=0, max_digits=12, decimal_places=6, help_text=PER_MILLION
    )

    class Meta:
        model = LanguageModel
        fields = (
            "name",
            "label",
            "calls_tools",
            "sees_images",
            "offered",
            "window",
            "reply_limit",
            "encoding",
            "input_price",
            "cached_price",
            "output_price",
        )
        help_texts = {
            "name": "As the server knows it. Dated snapshots of it count as it does.",
            "label": "What people read instead of the name.",
        }
        error_messages = {"name": {"unique": "This model is in the table already."}}

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        price = given.get("input_price")
        if given.get("cached_price") is None and "cached_price" not in self.errors:
            given["cached_price"] = price
        elif price is not None and given.get("cached_price", 0) > price:
            self.add_error("cached_price", "Cached input never costs more than other.")
        if (given.get("reply_limit") or 0) > given.get("window", float("inf")):
            self.add_error("reply_limit", "A reply is never longer than the window.")
        return given


@admin.register(LanguageModel)
class LanguageModelAdmin(Audited):
    form = LanguageModelForm
    list_display = ("name", "label", "tokens", "fresh", "cached", "output", "offered")
    list_filter = ("offered",)
    search_fields = ("name", "label")
    list_per_page = 50
    show_full_result_count = False

    @admin.display(description="window", ordering="window")
    def tokens(self, row: LanguageModel) -> str:
        return f"{row.window:,}"

    @admin.display(description="input", ordering="input_price")
    def fresh(self, row: LanguageModel) -> str:
        return dollars_exactly(row.input_price)

    @admin.display(description="cached", ordering="cached_price")
    def cached(self, row: LanguageModel) -> str:
        return dollars_exactly(row.cached_price)

    @admin.display(description="output", ordering="output_price")
    def output(self, row: LanguageModel) -> str:
        return dollars_exactly(row.output_price)
