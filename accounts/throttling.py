"""Counting wrong passwords per person *and* network.

Counting per person alone would let anyone, anywhere, lock a person out; here someone
who guesses locks out only their own network.
"""

from __future__ import annotations

import hashlib
import ipaddress

from django.core.cache import cache

ATTEMPTS = 5
SECONDS = 15 * 60


def take(email: str, ip: str) -> bool:
    """Use one attempt; False when there is none left. Counted before the password is
    looked at, so that attempts made at the same moment count too.
    """
    key = _key(email, ip)
    if cache.add(key, 1, SECONDS):
        return True
    try:
        return cache.incr(key) <= ATTEMPTS
    except ValueError:  # it ran out between the two lines
        cache.set(key, 1, SECONDS)
        return True


def forget(email: str, ip: str) -> None:
    """The person is who they say: give all attempts back."""
    cache.delete(_key(email, ip))


def network(ip: str) -> str:
    """The /24 or /48 an address lies in: what one attacker usually commands."""
    address = ipaddress.ip_address(ip)
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    prefix = 24 if address.version == 4 else 48
    return str(ipaddress.ip_network((address, prefix), strict=False))


def _key(email: str, ip: str) -> str:
    who = f"{email.strip().lower()}|{network(ip)}"
    return "attempts:" + hashlib.sha256(who.encode()).hexdigest()
