"""The system prompts that the organisation offers to everybody."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest

from accounts.audit.admin_changes import Audited
from conversations.models import SharedPreset


class SharedPresetForm(forms.ModelForm):
    """Its switch is no field of the model: a new default takes the place of the one
    before, instead of being refused because of it.
    """

    default = forms.BooleanField(
        label="For everybody",
        required=False,
        help_text="The system prompt of all who have none of their own.",
    )

    class Meta:
        model = SharedPreset
        fields = ["name", "text"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["default"] = self.instance.is_default


@admin.register(SharedPreset)
class SharedPresetAdmin(Audited):
    form = SharedPresetForm
    list_display = ("name", "is_default")
    search_fields = ("name",)
    ordering = ("name",)
    show_full_result_count = False

    @transaction.atomic
    def save_model(
        self, request: HttpRequest, obj: SharedPreset, form: Any, change: bool
    ) -> None:
        obj.is_default = form.cleaned_data["default"]
        if obj.is_default:
            others = SharedPreset.objects.exclude(id=obj.id)
            others.filter(is_default=True).update(is_default=False)
        super().save_model(request, obj, form, change)
