"""All conversations on one page: sorted, searched, archived, thrown away."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from conversations.core.queries import LONGEST
from conversations.services import expiring, listing
from conversations.views.answers import bad_request, page
from conversations.views.doors import signed_in
from conversations.views.search import found, impatient, library_address

TABS = {"all": "All", "archived": "Archived", "trash": "Trash"}
COLUMNS = {"created": "Created", "active": "Last active", "messages": "Messages"}
# where a tab searches
PLACES = {"all": "", "archived": "archive", "trash": "trash"}


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
            request.GET.get("q", "")[:LONGEST].strip(),
        )

    def address(
        self, *, show: str = "", sort: str = "", after: str = "", here: str = ""
    ) -> str:
        """The same list, but for what is given."""
        show, sort = show or self.show, sort or self.sort
        return library_address(
            show=show if show != "all" else "",
            sort=sort if sort != "-active" else "",
            q=self.words,
            here=here,
            after=after,
        )


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    address: str
    current: str  # what aria-current or aria-sort say


@require_safe
@signed_in
def library(request: HttpRequest) -> HttpResponse:
    asked = Asked.of(request)
    try:
        if asked.words:
            return impatient(request) or _results(request, asked)
        return _list(request, asked)
    except (listing.BadCursor, ValueError):
        return bad_request(request)


def _list(request: HttpRequest, asked: Asked) -> HttpResponse:
    after = request.GET.get("after", "")
    listed = listing.library(
        request.user.pk, show=asked.show, sort=asked.sort, after=after
    )
    context = {
        "asked": asked,
        "listed": listed,
        "until": expiring.kept_until(listed.rows),
        "trash_days": expiring.trash_days() if asked.show == "trash" else None,
        "tabs": [_tab(asked, show) for show in TABS],
        "columns": [_column(asked, name) for name in COLUMNS],
        "next": asked.address(after=listed.after) if listed.after else "",
        "first": asked.address() if after else "",
    }
    return page(request, "conversations/library.html", context)


def _results(request: HttpRequest, asked: Asked) -> HttpResponse:
    """What a search found, in the same tabs. Raises ``ValueError`` for no UUID."""
    after, here = request.GET.get("after", ""), request.GET.get("here", "")
    results = found(
        request,
        asked.words,
        after=after,
        within=UUID(here) if here else None,
        place=PLACES[asked.show],
    )
    context = {
        "asked": asked,
        "found": results,
        "here": here,
        "tabs": [_tab(asked, show) for show in TABS],
        "more": asked.address() + "&here=",
        "next": asked.address(after=results.after, here=here) if results.after else "",
        "first": asked.address(here=here) if after else "",
        "titles": library_address(q=f"in:title {asked.words}"),
        "everywhere": asked.address() if here else "",
    }
    return page(request, "conversations/results.html", context)


def _tab(asked: Asked, show: str) -> Link:
    current = "page" if show == asked.show else ""
    return Link(TABS[show], asked.address(show=show), current)


def _column(asked: Asked, name: str) -> Link:
    """A heading that sorts: the largest first, and the other way round from there."""
    down, up = f"-{name}", name
    current = {down: "descending", up: "ascending"}.get(asked.sort, "")
    sort = up if current == "descending" else down
    return Link(COLUMNS[name], asked.address(sort=sort), current)
