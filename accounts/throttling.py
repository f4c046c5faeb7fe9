"""Counting wrong passwords per person *and* network.

Counting per person alone would let anyone, anywhere, lock a person out; here someone
who guesses locks out only their own network.
"""

from __future__ import annotations

from django.http import HttpRequest

from accounts import limits
from accounts.limits import network

_WAIT = "_wait_for_attempt"


def take(request: HttpRequest, email: str, ip: str) -> bool:
    """Use one attempt; False when there is none left. Counted before the password is
    looked at, so that attempts made at the same moment count too.
    """
    wait = limits.spend("sign_ins", *_who(email, ip))
    if wait:
        setattr(request, _WAIT, wait)
    return not wait


def wait_of(request: HttpRequest) -> int:
    """Seconds until whoever was refused an attempt has one again; 0 when nobody was."""
    return getattr(request, _WAIT, 0)


def forget(email: str, ip: str) -> None:
    """The person is who they say: give all attempts back."""
    limits.give_back("sign_ins", *_who(email, ip))


def _who(email: str, ip: str) -> tuple[str, str]:
    return email.strip().lower(), network(ip)
