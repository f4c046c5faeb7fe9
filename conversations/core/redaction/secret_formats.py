"""Keys that say by their form whose they are, signed tokens, private keys."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .spans import Span, Type
from .words import goes_on

_W = r"[A-Za-z0-9_\-]"
# The rest of a key after its first letters: at least so much; what goes on is of it.
_SHORT, _LONG = rf"{_W}{{10,}}", rf"{_W}{{20,}}"
_LETTERS, _HEX = r"[A-Za-z0-9]{30,}", r"[0-9a-fA-F]{32,}"
_ISSUERS = {
    "Amazon": ("AKIA ASIA", r"[A-Z2-7]{16,}"),
    "Atlassian": ("ATATT3", r"[A-Za-z0-9_\-=]{50,}"),
    "Azure": ("AccountKey=", r"[A-Za-z0-9+/]{60,}={0,2}"),
    "Databricks": ("dapi", _HEX),
    "DigitalOcean": ("dop_v1_ doo_v1_ dor_v1_", _HEX),
    "Docker": ("dckr_pat_", _LONG),
    "GitHub": ("ghp_ gho_ ghu_ ghs_ ghr_ github_pat_", r"[A-Za-z0-9_]{22,}"),
    "GitLab": ("glpat- glrt- gldt- glptt-", _LONG),
    "Google": ("AIza ya29. GOCSPX-", _LONG),
    "Grafana": ("glsa_ glc_", _LONG),
    "Groq": ("gsk_", _LETTERS),
    "HashiCorp": ("hvs. hvb.", _LONG),
    "Hugging Face": ("hf_", _LETTERS),
    "Linear": ("lin_api_", _LETTERS),
    "Mailgun": ("key-", _HEX),
    "Notion": ("ntn_ secret_", _LETTERS),
    "npm": ("npm_", _LETTERS),
    "OpenAI, Anthropic, OpenRouter": ("sk-", _LONG),
    "Perplexity": ("pplx-", _LETTERS),
    "Postman": ("PMAK-", r"[0-9a-f\-]{40,}"),
    "PyPI": ("pypi-", rf"{_W}{{50,}}"),
    "Replicate": ("r8_", _LETTERS),
    "SendGrid": ("SG.", rf"{_W}{{16,}}\.{_W}{{16,}}"),
    "Sentry": ("sntrys_", r"[A-Za-z0-9_+/=]{40,}"),
    "Shopify": ("shpat_ shpss_ shpca_ shppa_", _HEX),
    "Slack": ("xoxa- xoxb- xoxe- xoxe. xoxp- xoxr- xoxs- xapp-", _SHORT),
    "Slack hooks": ("hooks.slack.com/services/", r"[A-Za-z0-9/]{20,}"),
    "Square": ("sq0atp- sq0csp-", _LONG),
    "Stripe": ("sk_live_ sk_test_ rk_live_ rk_test_ whsec_", r"[A-Za-z0-9+/]{16,}=*"),
    "Supabase": ("sbp_", _HEX),
    "Twilio": ("SK", _HEX),
    "xAI": ("xai-", _LETTERS),
    "age": ("AGE-SECRET-KEY-1", r"[A-Z0-9]{40,}"),
}
_FORMATS = {
    start: re.compile(rest)
    for starts, rest in _ISSUERS.values()
    for start in starts.split()
}
_SIGNED = re.compile(rf"eyJ{_W}{{8,}}\.eyJ{_W}{{8,}}(?:\.{_W}*){{1,3}}")  # JWT
_BEGIN = re.compile(r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_END = re.compile(r"-----END [A-Z0-9 ]{0,40}-----")
_KEY_LINES = re.compile(r"(?:(?:\s|\\n){0,8}[A-Za-z0-9+/=]{16,}+)++")
_KEY_SIZE = 16_384  # characters: twice the largest there is


def known_keys(text: str) -> Iterator[Span]:
    for start, rest in _FORMATS.items():
        at = text.find(start)
        while at >= 0:
            match = None
            if not goes_on(text[at - 1 : at]):
                match = rest.match(text, at + len(start))
            if match and is_random(match[0]):
                yield Span(Type.SECRET, at, match.end())
            at = text.find(start, match.end() if match else at + len(start))


def is_random(key: str) -> bool:
    """Words joined by dashes are none."""
    return any(map(str.isdigit, key)) or not (key.islower() or key.isupper())


def signed_tokens(text: str) -> Iterator[Span]:
    at = text.find("eyJ")
    while at >= 0:
        before = text[at - 1 : at]
        match = None
        if not goes_on(before) and before not in ("_", "-"):
            match = _SIGNED.match(text, at)
        if match:
            yield Span(Type.SECRET, *match.span())
        at = text.find("eyJ", match.end() if match else at + 3)


def private_keys(text: str) -> Iterator[Span]:
    """From the first line to the last; without a last, all that looks like a key."""
    if "PRIVATE KEY" not in text:
        return
    done = 0
    for begin in _BEGIN.finditer(text):
        if begin.start() < done:
            continue
        done = _key_end(text, begin.end())
        if done > begin.end():
            yield Span(Type.SECRET, begin.start(), done)


def _key_end(text: str, start: int) -> int:
    limit = start + _KEY_SIZE
    at = text.find("-----", start, limit)
    end = _END.match(text, at) if at >= 0 else None
    if end and text[start:at].strip():
        return end.end()
    lines = _KEY_LINES.match(text, start, limit)
    return lines.end() if lines else start
