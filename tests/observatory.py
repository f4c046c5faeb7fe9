"""The grade a page would get from MDN's HTTP Observatory, worked out here.

Ported from https://github.com/mdn/mdn-http-observatory (src/analyzer/tests and
src/grader/charts.js; MPL-2.0), which describes its modifiers at
https://developer.mozilla.org/en-US/observatory/docs/tests_and_scoring. What needs the
outside world is taken for granted: the certificate, the redirection from HTTP to HTTPS
(the proxy's work), that the site is not on the browsers' own list for HSTS.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from http.cookies import Morsel
from typing import Any

from tests.pages.markup import read

BASELINE = 100
EXTRA_CREDIT_FROM = 90
SIX_MONTHS = 15_552_000  # as its own test has it: 180 days

BROAD = {
    *("ftp:", "http:", "https:", "*"),
    *("http://*", "http://*.*", "https://*", "https://*.*"),
}
INLINE = {"'unsafe-inline'", "data:"}
HASHES = ("'sha256-", "'sha384-", "'sha512-", "'nonce-")
PASSIVE = ("img-src", "media-src")
PRIVATE = {"no-referrer", "same-origin", "strict-origin"}
PRIVATE |= {"strict-origin-when-cross-origin"}


@dataclass(frozen=True)
class Grade:
    score: int
    modifiers: dict[str, int]


def grade(response: Any, cookies: Iterable[Morsel[str]] = ()) -> Grade:
    """Of an answer that a browser would have got over HTTPS, with the ``cookies`` it
    has by then.
    """
    modifiers = {
        "content-security-policy": _policy(response),
        "cookies": _cookies(response, list(cookies)),
        "cross-origin-resource-policy": _resource_policy(response),
        "cross-origin-resource-sharing": _sharing(response),
        "redirection": 0,
        "referrer-policy": _referrer(response),
        "strict-transport-security": _transport(response),
        "subresource-integrity": _integrity(response),
        "x-content-type-options": 0 if _is_nosniff(response) else -5,
        "x-frame-options": _framing(response),
    }
    score = BASELINE + sum(each for each in modifiers.values() if each < 0)
    if score >= EXTRA_CREDIT_FROM:
        score += sum(each for each in modifiers.values() if each > 0)
    return Grade(max(score, 0), modifiers)


def parse_policy(header: str) -> dict[str, set[str]]:
    """Sources by directive; of a directive that comes twice the first counts."""
    policy: dict[str, set[str]] = {}
    for directive in re.split("[;,]", header):
        name, *sources = directive.lower().split() or [""]
        if name and name not in policy:
            policy[name] = set(sources) or {"'none'"}
    return policy


# --- helpers: one for each of its tests
def _policy(response: Any) -> int:
    policy = parse_policy(response.get("Content-Security-Policy", ""))
    if not policy:
        return -25
    fallback = policy.get("default-src", {"*"})
    script = policy.get("script-src", fallback)
    style = policy.get("style-src", fallback)
    objects = policy.get("object-src", fallback)
    for sources in (script, style):
        if any(source.startswith(HASHES) for source in sources):
            sources.discard("'unsafe-inline'")
    active = [s for name, all_ in policy.items() if name not in PASSIVE for s in all_]
    passive = [s for name in PASSIVE for s in policy.get(name, fallback)]
    if script & (BROAD | INLINE) or objects & BROAD:
        return -20
    if any(source.startswith(("http:", "ftp:")) for source in active):
        return -20
    if "'unsafe-eval'" in script | style:
        return -10
    if any(source.startswith(("http:", "ftp:")) for source in passive):
        return -10
    if style & (BROAD | INLINE):
        return 0
    return 10 if policy.get("default-src") == {"'none'"} else 5


def _cookies(response: Any, cookies: list[Morsel[str]]) -> int:
    if not cookies:
        return 0
    worst = min(_cookie(each, _transport(response) >= 0) for each in cookies)
    if worst < 0:
        return worst
    return 5 if all(each["samesite"] for each in cookies) else 0


def _cookie(cookie: Morsel[str], protected: bool) -> int:
    name = cookie.key.lower()
    is_session = "login" in name or "sess" in name
    found = [0]
    if (cookie["samesite"] or "lax").lower() not in ("lax", "strict", "none"):
        found.append(-20)
    if not cookie["secure"]:
        if (cookie["samesite"] or "").lower() == "none":
            found.append(-20)
        if is_session:
            found.append(-10 if protected else -40)
        found.append(-5 if protected else -20)
    if "csrf" in name and not cookie["samesite"]:
        found.append(-20)
    if is_session and not cookie["httponly"]:
        found.append(-30)
    return min(found)


def _resource_policy(response: Any) -> int:
    said = response.get("Cross-Origin-Resource-Policy", "").strip().lower()
    known = {"": 0, "cross-origin": 0, "same-site": 10, "same-origin": 10}
    return known.get(said, -5)


def _sharing(response: Any) -> int:
    allowed = response.get("Access-Control-Allow-Origin", "")
    with_cookies = response.get("Access-Control-Allow-Credentials", "") == "true"
    return -50 if allowed and with_cookies else 0


def _referrer(response: Any) -> int:
    said = response.get("Referrer-Policy", "").lower()
    words = [word.strip() for word in said.split(",") if word.strip()]
    return 0 if not words else 5 if words[-1] in PRIVATE else -5


def _transport(response: Any) -> int:
    said = response.get("Strict-Transport-Security", "").lower()
    found = re.search(r"max-age=(\d+)", said)
    if found is None:
        return -20
    return 0 if int(found[1]) >= SIX_MONTHS else -10


def _integrity(response: Any) -> int:
    if not response.get("Content-Type", "").startswith("text/html"):
        return 0
    scripts = [each.attrs for each in read(response).all("script")]
    loaded = [each for each in scripts if each.get("src")]
    return min([_script(each) for each in loaded], default=0) or _bonus(loaded)


def _script(attributes: dict[str, str]) -> int:
    source, has_hash = attributes["src"], bool(attributes.get("integrity"))
    if not re.match(r"(https?:)?//", source):
        return 0
    if source.startswith("https:"):
        return 0 if has_hash else -5
    return -20 if has_hash else -50


def _bonus(scripts: Iterable[dict[str, str]]) -> int:
    return 5 if any(each.get("integrity") for each in scripts) else 0


def _is_nosniff(response: Any) -> bool:
    return response.get("X-Content-Type-Options", "").strip().lower() == "nosniff"


def _framing(response: Any) -> int:
    ancestors = parse_policy(response.get("Content-Security-Policy", "")).get(
        "frame-ancestors", {"*"}
    )
    if not ancestors & BROAD:
        return 5
    said = response.get("X-Frame-Options", "").strip().upper()
    if said in ("DENY", "SAMEORIGIN") or said.startswith("ALLOW-FROM"):
        return 0
    return -20
