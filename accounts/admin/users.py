"""People in the admin: who is here, and who may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path

from accounts.admin import person_acts
from accounts.audit import record
from accounts.audit.admin_changes import Audited
from accounts.forms import new_password_field
from accounts.models import User
from accounts.services import roles
from accounts.services.people import check_password, store_new
from chatsite.lib.console import Column, person_columns, person_panels


class NewPersonForm(forms.ModelForm):
    password1 = new_password_field()

    class Meta:
        model = User
        fields = ["email", "name", "role"]

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


class People(ChangeList):
    """Each column of others is asked for once, for all people on the page."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        ids = [person.pk for person in self.result_list]
        told = {column.name: column.of(ids) for column in _columns(request)}
        for person in self.result_list:
            person.told = {name: of.get(person.pk, "") for name, of in told.items()}


@admin.register(User)
class UserAdmin(Audited):
    list_display = ["email", "name", "role", "is_active", "last_login"]
    list_filter = ["role", "is_active"]
    search_fields = ["email"]
    ordering = ["email"]
    list_per_page = 50
    show_full_result_count = False
    fields = ["email", "name", "is_active", "role", "date_joined", "last_login"]
    change_form_template = "admin/accounts/user/change_form.html"

    # --- the list
    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return People

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return [*self.list_display, *map(_shown, _columns(request))]

    # --- a person
    def get_urls(self) -> list[URLPattern]:
        ours = [
            path(
                f"<uuid:person_id>/{act.path}/",
                self.admin_site.admin_view(act),
                name=f"person_{act.__name__}",
            )
            for act in person_acts.ACTS
        ]
        return [*ours, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        try:
            return super().change_view(request, object_id, *args, **kwargs)
        except roles.Refused as reason:
            messages.error(request, str(reason))
            return HttpResponseRedirect(request.path)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], **kwargs: Any
    ) -> HttpResponse:
        person = kwargs.get("obj")
        context["panels"] = [
            (panel, panel.told(request, person))
            for panel in person_panels
            if person and request.user.has_perm(panel.permission)
        ]
        context["person"] = person
        return super().render_change_form(request, context, **kwargs)

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        new = [*NewPersonForm.Meta.fields, "password1"]
        fields = list(super().get_fields(request, obj) if obj else new)
        if not obj and not request.user.has_perm("privacy.give_roles"):
            fields.remove("role")
        return fields

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
        if obj.pk == request.user.pk:  # nobody locks themselves out
            return [*fixed, "is_active", "role"]
        gives = request.user.has_perm("privacy.give_roles")
        return fixed if gives else [*fixed, "role"]

    def has_delete_permission(
        self, request: HttpRequest, obj: User | None = None
    ) -> bool:
        return False  # an erasure has more to do than to delete a row

    def save_model(
        self, request: HttpRequest, obj: User, form: Any, change: bool
    ) -> None:
        """``roles.Refused`` takes back what was changed with it."""
        by = request.user
        if not change:
            obj.set_password(form.cleaned_data["password1"])
            store_new(obj)
            if obj.role:
                told = {"before": "none", "role": obj.role}
                record("accounts.role_changed", actor=by, subject=obj, **told)
            return
        changed = set(form.changed_data)
        if "role" in changed:
            roles.give_role(obj.pk, obj.role, by=by)
        if "is_active" in changed:
            roles.switch(obj.pk, active=obj.is_active, by=by)
        obj.save(update_fields=changed - {"role", "is_active"})


def _columns(request: HttpRequest) -> list[Column]:
    return [each for each in person_columns if request.user.has_perm(each.permission)]


def _shown(column: Column) -> Callable[[Any], str]:
    @admin.display(description=column.title)
    def cell(person: Any) -> str:
        return person.told[column.name]

    cell.__name__ = column.name
    return cell
