"""Whose accounts one can sign in with, besides one's own here."""

from __future__ import annotations

from django import template
from django.conf import settings

from accounts.identities.adapter import configured

register = template.Library()


@register.simple_tag
def single_sign_on() -> str:
    """The provider's name; "" when there is none."""
    return settings.OIDC_NAME if configured() else ""
