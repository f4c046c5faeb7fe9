"""A plain mail about what happened, once it has."""

from __future__ import annotations

from functools import partial

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction


def mail_after_commit(to: str, subject: str, text: str) -> None:
    """A server that takes no mail is no reason for the act to fail: it is logged."""
    subject = f"[{settings.SITE_NAME}] {subject}"
    transaction.on_commit(partial(send_mail, subject, text, None, [to]), robust=True)
