"""People in the admin: who is here, and who may."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from accounts.audit.admin_changes import Audited
from accounts.forms import new_password_field
from accounts.models import User
from accounts.services.people import check_password, store_new


class NewPersonForm(forms.ModelForm):
    password1 = new_password_field()

    class Meta:
        model = User
        fields = ["email", "name", "is_staff"]

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if password := given.get("password1"):
            person = User(email=given.get("email", ""), name=given.get("name", ""))
            try:
                check_password(password, person)
            except ValidationError as problem:
                self.add_error("password1", problem)
        return given


@admin.register(User)
class UserAdmin(Audited):
    list_display = [
        "email",
        "name",
        "date_joined",
        "last_login",
        "is_active",
        "is_staff",
    ]
    list_filter = ["is_active", "is_staff"]
    search_fields = ["email"]
    ordering = ["email"]
    show_full_result_count = False
    fields = ["email", "name", "is_active", "is_staff", "date_joined", "last_login"]

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        new = [*NewPersonForm.Meta.fields, "password1"]
        return super().get_fields(request, obj) if obj else new

    def get_form(
        self, request: HttpRequest, obj: User | None = None, **kwargs: Any
    ) -> Any:
        form = forms.ModelForm if obj else NewPersonForm
        return super().get_form(request, obj, form=form, **kwargs)

    def get_readonly_fields(
        self, request: HttpRequest, obj: User | None = None
    ) -> list[str]:
        if obj is None:
            return []
        fixed = ["email", "date_joined", "last_login"]
        # nobody locks themselves out
        return fixed + (["is_active", "is_staff"] if obj == request.user else [])

    def has_delete_permission(
        self, request: HttpRequest, obj: User | None = None
    ) -> bool:
        return False  # an erasure has more to do than to delete a row

    def save_model(
        self, request: HttpRequest, obj: User, form: Any, change: bool
    ) -> None:
        if not change:
            obj.set_password(form.cleaned_data["password1"])
            store_new(obj)
            return
        obj.is_superuser = obj.is_staff
        obj.save(update_fields=[*form.changed_data, "is_superuser"])
