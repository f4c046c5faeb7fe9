"""The admin site: our name on it, and one door to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.account.decorators import secure_admin_login
from csp.decorators import csp_replace
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

View = Callable[..., HttpResponse]
_admin_view = admin.site.admin_view


def admin_view(view: View, cacheable: bool = False) -> View:
    """The stock admin's jQuery assigns HTML; the rest of the policy stays."""
    lift = csp_replace({"require-trusted-types-for": None, "trusted-types": None})
    return lift(_admin_view(view, cacheable))


def change_password(request: HttpRequest, **context: Any) -> HttpResponse:
    return redirect("account_change_password")


admin.site.site_title = admin.site.site_header = settings.SITE_NAME
admin.site.index_title = "Administration"
admin.site.admin_view = admin_view
# the stock pages know neither the limits on guessing nor second factors
admin.site.login = secure_admin_login(admin.site.login)
admin.site.password_change = change_password
