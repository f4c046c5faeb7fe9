"""Every address of the product, from the resolver itself, with ids to put into it.

``whose`` says of whom the ids are: Alice's, or nobody's at all. An argument that no
sample is known for fails the test: whoever adds an address says what belongs there.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

Ids = Mapping[str, Any]
NAMED = re.compile(r"<(?:[^>:]+:)?(\w+)>")
GROUP = re.compile(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")


@dataclass(frozen=True)
class Route:
    """``pattern`` is its name in the table: what stands between the slashes."""

    pattern: str
    arguments: tuple[str, ...]
    place: Callable[[Ids], str]


def routes() -> list[Route]:
    """Each once, in the order of their patterns."""
    found = {route.pattern: route for route in _walk(get_resolver().url_patterns, [])}
    return [found[pattern] for pattern in sorted(found)]


def _walk(patterns: list[Any], above: list[Any]) -> Iterator[Route]:
    for each in patterns:
        if isinstance(each, URLResolver):
            yield from _walk(each.url_patterns, [*above, each.pattern])
        elif isinstance(each, URLPattern):
            parts = [*above, each.pattern]
            text = "/" + "".join(_text(part) for part in parts)
            if not text.startswith("/" + settings.STATIC_URL.strip("/")):
                names = [name for part in parts for name in _names(part)]
                yield Route(text, tuple(names), _placer(parts))


def _text(part: Any) -> str:
    if isinstance(part, RoutePattern):
        return str(part)
    return part.regex.pattern.lstrip("^").rstrip("$").removesuffix(r"\Z")


def _names(part: Any) -> list[str]:
    return list(part.converters) or list(part.regex.groupindex)


def _placer(parts: list[Any]) -> Callable[[Ids], str]:
    def place(ids: Ids) -> str:
        return "/" + "".join(_placed(part, ids) for part in parts)

    return place


def _placed(part: Any, ids: Ids) -> str:
    """With values for what it names; a regular expression is otherwise literal."""
    if isinstance(part, RoutePattern):
        return NAMED.sub(lambda found: str(ids[found[1]]), str(part))
    return GROUP.sub(lambda found: str(ids[found[1]]), _text(part)).replace("\\", "")


def unknown() -> dict[str, Any]:
    """Ids that nothing has."""
    return {
        name: value() if callable(value) else value for name, value in UNKNOWN.items()
    }


UNKNOWN: dict[str, Any] = {
    "conversation_id": uuid.uuid4,
    "message_id": uuid.uuid4,
    "preset_id": uuid.uuid4,
    "fact_id": uuid.uuid4,
    "version_id": uuid.uuid4,
    "file_id": uuid.uuid4,
    "request_id": uuid.uuid4,
    "device_id": uuid.uuid4,
    "reading_id": uuid.uuid4,
    "person_id": uuid.uuid4,
    "hold_id": uuid.uuid4,
    "name": "nothing",
    "data_class": "nothing",
    "number": 1,
    "change": "remembered",
    "form": "json",
    "token": "nonsense",
    "key": "nonsense",
    "uidb36": "0",
    "pk": 999_999,
    "provider": "nothing",
    "provider_id": "nothing",
    "object_id": uuid.uuid4,
    "app_label": "accounts",
    "content_type_id": 1,
    "url": "nowhere/",
}
