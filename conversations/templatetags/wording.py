"""How pages put values into words. Nothing here looks anything up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from conversations.core.prices import dollars
from conversations.models import Turn
from conversations.services.links import link_to_message
from conversations.services.spending import Part

register = template.Library()


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    """A symbol of the sprite; decoration, so nothing is read out."""
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="#i-{}"/></svg>',
        f"i {classes}".strip(),
        name,
    )


@register.simple_tag
def message_link(conversation_id: UUID, message_id: UUID) -> str:
    """Where to look at a message, on whichever branch it is."""
    return link_to_message(conversation_id, message_id)


@register.filter
def day(moment: datetime) -> str:
    """The calendar day as people say it: Today, Yesterday, Monday 16 November."""
    local, now = timezone.localtime(moment), timezone.localtime()
    age = (now.date() - local.date()).days
    if age <= 1:
        return "Yesterday" if age == 1 else "Today"
    date = f"{local:%A} {local.day} {local:%B}"
    return date if local.year == now.year else f"{date} {local.year}"


@register.filter
def short_day(moment: datetime) -> str:
    """For columns: the time today, else the day, with its year if that is another."""
    local, now = timezone.localtime(moment), timezone.localtime()
    if local.date() == now.date():
        return f"{local:%H:%M}"
    date = f"{local.day} {local:%b}"
    return date if local.year == now.year else f"{date} {local.year}"


@register.filter
def clock(value: datetime) -> str:
    return f"{timezone.localtime(value):%H:%M}"


@register.filter
def moment(value: datetime) -> str:
    """The whole of it, for ``title``."""
    return f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S %Z}"


@register.filter
def stamp(value: datetime) -> str:
    """For ``datetime`` attributes."""
    return timezone.localtime(value).isoformat(timespec="seconds")


@register.filter
def thousands(number: int) -> str:
    return f"{number:,}"


@register.filter
def of(values: Mapping[UUID, datetime], key: UUID) -> datetime | None:
    """What a table has for a row, if anything."""
    return values.get(key)


@register.filter
def unlocalized(amount: Decimal) -> str:
    """A number as HTML's attributes want it."""
    return f"{amount:f}"


@register.filter
def usd(amount: Decimal) -> str:
    return dollars(amount)


_CALLS = {
    "title": ("title", "titles"),
    "summary": ("summary", "summaries"),
    "facts": ("look for facts", "looks for facts"),
}


@register.filter
def calls(part: Part) -> str:
    """Background calls of one kind, counted: ``2 summaries``."""
    one, many = _CALLS.get(part.kind, (part.kind, part.kind))
    return f"{part.calls:,} {one if part.calls == 1 else many}"


_KEPT = {
    "EMAIL": ("e-mail address", "e-mail addresses"),
    "PHONE": ("phone number", "phone numbers"),
    "CARD": ("card number", "card numbers"),
    "IBAN": ("bank account", "bank accounts"),
    "SSN": ("social security number", "social security numbers"),
    "IP": ("network address", "network addresses"),
    "SECRET": ("secret", "secrets"),
}


@register.filter
def kept(redacted: Mapping[str, int]) -> str:
    """What was redacted, counted: ``Kept from the model: 2 e-mail addresses``."""
    counted = (
        f"{many:,} {_KEPT[kind][many != 1]}"
        for kind, many in redacted.items()
        if kind in _KEPT
    )
    return f"Kept from the model: {', '.join(counted)}"


@register.filter
def facts(turn: Turn) -> str:
    """Who wrote a reply, how much, how fast: ``demo · 214 tokens · 3.2 s``."""
    said = [turn.model]
    if turn.output_tokens:
        tokens = "token" if turn.output_tokens == 1 else "tokens"
        said.append(f"{turn.output_tokens:,} {tokens}")
    if turn.started and turn.finished:
        said.append(f"{(turn.finished - turn.started).total_seconds():.1f} s")
    return " · ".join(said)
