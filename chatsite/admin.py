"""The admin site: our name and our first page on it, and one door to it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.decorators import secure_admin_login
from csp.decorators import csp_replace
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, reverse

from accounts.factors.required import staff_must_prove
from chatsite import console

View = Callable[..., HttpResponse]
_admin_view, _get_urls = admin.site.admin_view, admin.site.get_urls
_index, _each_context = admin.site.index, admin.site.each_context


def admin_view(view: View, cacheable: bool = False) -> View:
    """What the stock admin's jQuery makes into HTML goes by static/js/admin.js."""
    inspected = csp_replace({"trusted-types": ["default", "inspection"]})
    return inspected(_proven(_admin_view(view, cacheable)))


def _proven(view: View) -> View:
    """Staff use their second factor first, where the policy says so."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **given: Any) -> HttpResponse:
        leaving = request.path == reverse("admin:logout")
        if admin.site.has_permission(request) and not leaving:
            return staff_must_prove(request) or view(request, *args, **given)
        return view(request, *args, **given)

    return inner


def change_password(request: HttpRequest, **context: Any) -> HttpResponse:
    return redirect("account_change_password")


def index(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
    """What this person may see, and how it stands."""
    return _index(request, {"groups": console.groups(request)} | (extra_context or {}))


def each_context(request: HttpRequest) -> dict[str, Any]:
    """The way to the other pages, on every page, and what this one is called there."""
    links = console.links(request)
    here = [link["title"] for link in links if link["url"] == request.path]
    told = {"console": links, "page_name": here[0] if here else ""}
    return _each_context(request) | told


def get_urls() -> list[URLPattern | URLResolver]:
    return [*console.urls(admin.site.admin_view), *_get_urls()]


admin.site.site_title = admin.site.site_header = settings.SITE_NAME
admin.site.index_title = "Administration"
admin.site.admin_view = admin_view
admin.site.index, admin.site.each_context = index, each_context
admin.site.get_urls = get_urls
admin.site.enable_nav_sidebar = False  # the way stands above the page, by permission
# the stock pages know neither the limits on guessing nor second factors
admin.site.login = secure_admin_login(admin.site.login)
admin.site.password_change = change_password
