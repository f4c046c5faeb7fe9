"""The commands of the composer, for its list of completions."""

from __future__ import annotations

from collections.abc import Iterable

from django import template

from conversations.core.commands import COMMANDS, CommandKind

register = template.Library()


@register.simple_tag
def commands() -> Iterable[CommandKind]:
    return COMMANDS.values()
