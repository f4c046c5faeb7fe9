"""Addresses on the internet: only those that can lead to somebody.

Private, local and documentation ranges are nobody's, and a version is no address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from .spans import Span, Type
from .words import Words

_V4 = re.compile(
    r"[0-9](?<![A-Za-z0-9].)(?<![0-9]\..)[0-9]{0,2}(?:\.[0-9]{1,3}){3}"
    r"(?![A-Za-z0-9]|\.[0-9])"
)
_MAPPED = "::ffff:"
_V6 = re.compile(
    r"[2-3](?<![A-Za-z0-9].)(?<!::.)"
    r"[0-9A-Fa-f]{1,3}:[0-9A-Fa-f:]{2,}+(?![A-Za-z0-9])"
)
_GROUP = re.compile(r"(?:^|[^A-Za-z0-9_])[0-9A-Fa-f]{1,4}:\Z")  # of the same address
_ASSIGNED = IPv6Network("2000::/3")
_WORDS = Words(
    version="""
    version* v ver release* firmware build* driver* upgrade* update* section* chapter*
    clause article paragraph manual revision rev assembly schema oid snmp figure table
    step sdk runtime package pkg library kernel bios patch
    """,
    address="""
    ip* addr* host* server* client* remote* ssh ping* peer gateway dns block* ban*
    allow* connect* login* subnet cidr traceroute
    """,
)
_ORIGIN = Words(origin="from")  # of an address, or of an upgrade
_PRODUCT = re.compile(
    r"(?:^|[\s(\"';,])[A-Za-z][A-Za-z_\-]*/\Z"
)  # Chrome/120.0.6099.71
_NAMED = re.compile(r"(?:[A-Za-z]-|[=<>]=)\Z")  # lib-1.2.3.4, >=1.2.3.4
_AFTER = re.compile(r"-(?:alpha|beta|rc|pre|dev|snapshot|final|ubuntu|deb|r\d)", re.I)
_SMALL = 32  # numbers of versions; a thousandth of all addresses has only such


def networks(text: str) -> Iterator[Span]:
    if "." in text:
        for match in _V4.finditer(text):
            yield from _v4(text, match)
    if ":" in text:
        for match in _V6.finditer(text):
            if not _GROUP.search(text[max(0, match.start() - 6) : match.start()]):
                yield from _v6(match)


def _v4(text: str, match: re.Match[str]) -> Iterator[Span]:
    try:
        address = IPv4Address(match[0])
    except ValueError:
        return
    if (
        address.is_global
        and not address.is_multicast
        and not _is_version(text, match, address)
    ):
        start, end = match.span()
        mapped = text[max(0, start - len(_MAPPED)) : start].lower() == _MAPPED
        yield Span(Type.IP, start - len(_MAPPED) * mapped, end)


def _is_version(text: str, match: re.Match[str], address: IPv4Address) -> bool:
    before = text[max(0, match.start() - 40) : match.start()]
    said = _WORDS.last_said(text, match.start(), among=3)
    small = max(address.packed) < _SMALL
    if _ORIGIN.last_said(text, match.start(), among=1):
        return said == "version" and small
    if said == "address":
        return False
    return bool(
        said == "version"
        or small
        or _PRODUCT.search(before)
        or _NAMED.search(before)
        or _AFTER.match(text, match.end())
    )


def _v6(match: re.Match[str]) -> Iterator[Span]:
    written = match[0] if match[0].endswith("::") else match[0].rstrip(":")
    if len(written) > 39 or written.count(":") < 2:
        return
    try:
        address = ip_address(written)
    except ValueError:
        return
    if isinstance(address, IPv6Address) and address in _ASSIGNED and address.is_global:
        yield Span(Type.IP, match.start(), match.start() + len(written))
