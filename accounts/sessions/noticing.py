"""Telling a person that somebody signed in as them from where they never do."""

from __future__ import annotations

import logging
from datetime import timedelta
from threading import Thread

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, Pseudonym, User
from accounts.sessions.clients import Client, client_of
from accounts.sessions.signing_in import how

log = logging.getLogger(__name__)
REMEMBERED = timedelta(days=90)
THREAD = "new-device-mail"


def details(request: HttpRequest, user: User) -> dict[str, str]:
    """What the audit log keeps of a sign-in, besides the network."""
    return {"how": how(request, user), "device": _name(client_of(request))}


def is_new(request: HttpRequest, user: User) -> bool:
    """Whether nobody signed in as them from such a device in that network lately. The
    first time of all is not new: whoever was just given an account knows.
    """
    me = Pseudonym.objects.filter(user_id=user.pk).values("id")
    past = AuditEvent.objects.filter(actor__in=me, action="accounts.signed_in")
    client = client_of(request)
    known = Q(details__device=_name(client)) | Q(details__device__isnull=True)
    lately = past.filter(time__gt=timezone.now() - REMEMBERED, ip=client.network)
    return past.exists() and not lately.filter(known).exists()


def tell(request: HttpRequest, user: User) -> None:
    """By mail. Signing in neither waits for the mail server nor fails with it."""
    address = EmailAddress.objects.get_primary_email(user) or user.email
    if not settings.ACCOUNT_EMAIL_NOTIFICATIONS or not address:
        return
    client = client_of(request)
    context = {
        "device": client.agent or "An unknown device",
        "network": client.network or "unknown",
        "time": timezone.now(),
        "devices_url": request.build_absolute_uri(reverse("devices")),
        "user": user,
    }
    mail = get_adapter().render_mail("account/email/new_device", address, context)
    Thread(target=_send, args=(mail,), name=THREAD, daemon=True).start()


def _name(client: Client) -> str:
    return client.agent.replace(" ", "-")


def _send(mail: EmailMessage) -> None:
    try:
        mail.send()
    except Exception:
        log.exception("the mail about a new device could not be sent")
