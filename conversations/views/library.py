"""All conversations on one page: sorted, searched, archived, thrown away."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from conversations.services import listing
from conversations.views.answers import bad_request, page
from conversations.views.doors import signed_in

TABS = {"all": "All", "archived": "Archived", "trash": "Trash"}
COLUMNS = {"created": "Created", "active": "Last active", "messages": "Messages"}
LONGEST_SEARCH = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; anything unknown is the usual."""

    show: str
    sort: str
    words: str

    @classmethod
    def of(cls, request: HttpRequest) -> Asked:
        show = request.GET.get("show", "")
        sort = request.GET.get("sort", "")
        return cls(
            show if show in listing.SHOWS else "all",
            sort if sort in listing.ORDERS else "-active",
            request.GET.get("q", "")[:LONGEST_SEARCH].strip(),
        )

    def address(self, *, show: str = "", sort: str = "", after: str = "") -> str:
        """The same list, but for what is given."""
        show, sort = show or self.show, sort or self.sort
        asked = {
            "show": show if show != "all" else "",
            "sort": sort if sort != "-active" else "",
            "q": self.words,
            "after": after,
        }
        query = urlencode({key: value for key, value in asked.items() if value})
        return reverse("library") + (f"?{query}" if query else "")


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    address: str
    current: str  # what aria-current or aria-sort say


@require_safe
@signed_in
def library(request: HttpRequest) -> HttpResponse:
    asked = Asked.of(request)
    after = request.GET.get("after", "")
    try:
        listed = listing.library(
            request.user.pk,
            show=asked.show,
            sort=asked.sort,
            after=after,
            words=asked.words,
        )
    except listing.BadCursor:
        return bad_request(request)
    context = {
        "asked": asked,
        "listed": listed,
        "searched": listing.SEARCHED,
        "tabs": [_tab(asked, show) for show in TABS],
        "columns": [_column(asked, name) for name in COLUMNS],
        "next": asked.address(after=listed.after) if listed.after else "",
        "first": asked.address() if after else "",
    }
    return page(request, "conversations/library.html", context)


def _tab(asked: Asked, show: str) -> Link:
    current = "page" if show == asked.show else ""
    return Link(TABS[show], asked.address(show=show), current)


def _column(asked: Asked, name: str) -> Link:
    """A heading that sorts: the largest first, and the other way round from there."""
    down, up = f"-{name}", name
    current = {down: "descending", up: "ascending"}.get(asked.sort, "")
    sort = up if current == "descending" else down
    return Link(COLUMNS[name], asked.address(sort=sort), current)
