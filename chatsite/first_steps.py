"""What an administrator of a new site is told there is left to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port

from accounts.models import User
from chatsite.lib.env import is_loopback
from conversations import conf

FORWARDED = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded")
SENDS_NOTHING = (".console", ".console_mail", ".dummy", ".locmem", ".filebased")


@dataclass(frozen=True, slots=True)
class Step:
    """Open as long as there is something to do, with the ``setting`` to do it with."""

    name: str
    said: str
    to_do: str = ""
    setting: str = ""

    @property
    def is_open(self) -> bool:
        return bool(self.to_do)


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """Whether the connection is well only the page can tell; it is not among them."""

    steps: tuple[Step, ...]

    @property
    def any_open(self) -> bool:
        return any(step.is_open for step in self.steps)


def first_steps(request: HttpRequest) -> FirstSteps | None:
    """None for all but administrators."""
    if getattr(request.user, "role", "") != User.Role.ADMINISTRATOR:
        return None
    return FirstSteps((_model(), *_address(request), _mail()))


def _model() -> Step:
    if conf.uses_demo_model():
        said = "The built-in demo model answers: it only repeats what it was given."
        return Step("Model", said, "For a real one set", "OPENAI_API_KEY")
    server = urlsplit(settings.OPENAI_BASE_URL).hostname
    where = f" of {server}" if server else ""
    key = "with a key" if settings.OPENAI_API_KEY else "without a key"
    return Step("Model", f"{conf.chat_defaults().model}{where} answers, {key}.")


def _address(request: HttpRequest) -> Iterator[Step]:
    """What is wrong with it, or that nothing is."""
    host = request.get_host()
    wrong = list(_wrong_with_address(request, split_domain_port(host)[0]))
    yield from (Step("Address", *each) for each in wrong)
    if not wrong:
        yield Step("Address", f"People reach this site at {request.scheme}://{host}.")


def _wrong_with_address(
    request: HttpRequest, name: str
) -> Iterator[tuple[str, str, str]]:
    if not settings.TRUSTED_PROXIES and any(
        each in request.headers for each in FORWARDED
    ):
        said = "This page came through a proxy, and nothing that it says is believed."
        yield said, "Say how many proxies stand in front with", "TRUSTED_PROXIES"
    elif not request.is_secure() and not is_loopback(name):
        said = "This page came unencrypted."
        yield said, "Let a proxy serve HTTPS, and set", "TRUSTED_PROXIES"
    if "*" in settings.ALLOWED_HOSTS:
        said = "Any name leads here, and links in mails go where a stranger says."
        yield said, "Name what people type into their browsers in", "ALLOWED_HOSTS"


def _mail() -> Step:
    module = settings.EMAIL_BACKEND.rpartition(".")[0]
    if module.endswith(SENDS_NOTHING):
        said = "Mail, to reset a password say, is not sent but printed in the log."
        return Step("Mail", said, "Name a mail server in", "EMAIL_URL")
    return Step("Mail", "It is sent through a mail server.")
