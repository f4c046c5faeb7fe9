"""Mail that nobody sends is printed, and says of nobody that it is theirs."""

from __future__ import annotations

import io

from django.core.mail import EmailMessage

from chatsite.lib.console_mail import EmailBackend


def test_words_and_links_are_printed_and_no_address() -> None:
    out = io.StringIO()
    body = "For Alice@Example.org: https://site/reset/1-abc/\nNot for you?"
    message = EmailMessage("Reset", body, to=["alice@example.org"], bcc=["b@x.org"])

    assert EmailBackend(stream=out).send_messages([message]) == 1

    assert "Reset" in out.getvalue() and "https://site/reset/1-abc/" in out.getvalue()
    assert "alice" not in out.getvalue().lower() and "b@x.org" not in out.getvalue()
