"""A sign-in from where nobody signed in before is told by mail."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.utils import timezone

from accounts.models import AuditEvent, User
from accounts.sessions import noticing
from tests.pages.test_devices import PHONE
from tests.sessions.test_signing_in import sign_in

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def mails() -> list[EmailMessage]:
    for thread in threading.enumerate():
        if thread.name == noticing.THREAD:
            thread.join()
    return mail.outbox


def test_the_first_time_and_the_same_again_need_no_mail(alice: User) -> None:
    for _ in range(3):
        sign_in(alice)

    assert mails() == []


@pytest.mark.parametrize("where", [PHONE, {"REMOTE_ADDR": "198.51.100.7"}])
def test_another_device_or_network_is_told_once(
    alice: User, where: dict[str, str]
) -> None:
    sign_in(alice)
    sign_in(alice, **where)
    sign_in(alice, **where)
    (told,) = mails()

    assert told.to == [alice.email]
    assert "New sign-in" in told.subject
    assert "http://testserver/accounts/sessions/" in told.body


def test_the_mail_says_what_is_kept_and_no_more(alice: User) -> None:
    sign_in(alice)
    sign_in(alice, **PHONE)
    (told,) = mails()

    assert "Device: Safari on iPhone" in told.body
    assert "Network: 2001:db8:1::/48" in told.body
    assert "2001:db8:1:2::3" not in told.body
    assert "AppleWebKit" not in told.body


def test_what_is_long_past_is_new_again(alice: User, bob: User, monkeypatch) -> None:
    sign_in(alice)
    sign_in(bob, **PHONE)
    assert mails() == [], "Bob's devices are not Alice's, and this was his first"
    monkeypatch.setattr(noticing, "REMEMBERED", timedelta(0))
    sign_in(alice)

    assert len(mails()) == 1


def test_the_log_knows_how_and_with_what(alice: User) -> None:
    sign_in(alice)
    event = AuditEvent.objects.get(action="accounts.signed_in")

    assert event.details == {"how": "password", "device": "Firefox-on-Linux"}
    assert event.ip == "203.0.113.0/24"
    assert event.time <= timezone.now()


def test_a_mail_server_that_is_down_keeps_nobody_out(
    alice: User, settings, caplog: pytest.LogCaptureFixture
) -> None:
    sign_in(alice)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_PORT = 1
    assert sign_in(alice, **PHONE).get("/settings/").status_code == 200
    mails()

    assert "could not be sent" in caplog.text


def test_a_site_without_notifications_sends_none(alice: User, settings) -> None:
    settings.ACCOUNT_EMAIL_NOTIFICATIONS = False
    sign_in(alice)
    sign_in(alice, **PHONE)

    assert mails() == []
