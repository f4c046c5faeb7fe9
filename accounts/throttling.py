"""Counting wrong passwords per person *and* network.

Counting per person alone would let anyone, anywhere, lock a person out; here someone
who guesses locks out only their own network.
"""

from __future__ import annotations

from accounts import limits
from accounts.limits import network


def take(email: str, ip: str) -> bool:
    """Use one attempt; False when there is none left. Counted before the password is
    looked at, so that attempts made at the same moment count too.
    """
    return not limits.spend("sign_ins", *_who(email, ip))


def forget(email: str, ip: str) -> None:
    """The person is who they say: give all attempts back."""
    limits.give_back("sign_ins", *_who(email, ip))


def _who(email: str, ip: str) -> tuple[str, str]:
    return email.strip().lower(), network(ip)
