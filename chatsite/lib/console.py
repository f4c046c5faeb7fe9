"""What the administration is made of: lines of its first page, columns and panels about
people. Rooms that do not know each other each add theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse


@dataclass(frozen=True, slots=True)
class Line:
    """A page, on the first page of whoever has the ``permission``.

    ``url`` is its name below ``admin:``; without one there is only the figure. A page
    that no model admin serves has a ``path`` below ``/admin/`` and the ``view`` there,
    which only they reach.
    ``figure`` is a few words of how things stand, cheap to come by.
    """

    group: str
    title: str
    permission: str
    url: str = ""
    figure: Callable[[], str] | None = None
    path: str = ""
    view: Callable[..., Any] | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """In the list of people. ``of`` is asked once a page, for all ids on it."""

    name: str
    title: str
    permission: str
    of: Callable[[Iterable[Any]], Mapping[Any, str]]


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of a person's page: a template, and what it is told about them."""

    title: str
    permission: str
    template: str
    told: Callable[[Any, Any], dict[str, Any]]  # of the request and the person


person_columns: list[Column] = []
person_panels: list[Panel] = []


class Lists(admin.ModelAdmin):
    """Lists are filtered by what their filters offer and by nothing else. The stock
    admin takes any column of the table, so whoever sees the list could ask for a hash
    of a password letter by letter (``?password__startswith=``).
    """

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        name, _, how = lookup.partition("__")
        return how in OFFERED and name in map(_asks, self.get_list_filter(request))


# by Django's filters of choices, of yes and no, of dates
OFFERED = frozenset({"", "exact", "isnull", "gte", "lt"})


def _asks(each: Any) -> Any:
    """The name of a column, or the parameter of a filter of our own."""
    if isinstance(each, type):
        return getattr(each, "parameter_name", None)
    return each if isinstance(each, str) else each[0]


@dataclass(frozen=True, slots=True)
class Page:
    """So many rows of a list. ``earlier`` and ``later`` are numbers of pages, or 0."""

    rows: list[Any]
    earlier: int
    later: int


def page_of(rows: QuerySet[Any], request: HttpRequest, size: int) -> Page:
    """The one that ``?page=`` says. How many there are is not counted."""
    told = request.GET.get("page", "1")
    if not (told.isascii() and told.isdigit() and len(told) < 6 and int(told)):
        raise BadRequest
    first = (int(told) - 1) * size
    found = list(rows[first : first + size + 1])
    later = int(told) + 1 if len(found) > size else 0
    return Page(found[:size], int(told) - 1, later)


def answer(
    request: HttpRequest, page: str, title: str, /, *, status: int = 200, **told: Any
) -> HttpResponse:
    """One of our own pages: ``templates/admin/console/<page>.html``."""
    context = admin.site.each_context(request) | {"title": title} | told
    template = f"admin/console/{page}.html"
    return TemplateResponse(request, template, context, status=status)
