"""Keys that say by their form whose they are, signed tokens, private keys."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .spans import Span, Type
from .words import begins

_W = r"[A-Za-z0-9_\-]"
# The rest of a key after its first letters: at least so much; what goes on is of it.
_SHORT, _LONG = rf"{_W}{{10,}}", rf"{_W}{{20,}}"
_LETTERS, _HEX = r"[A-Za-z0-9]{30,}", r"[0-9a-fA-F]{32,}"
_ISSUERS = {
    "Amazon": ("AKIA ASIA", r"[A-Z2-7]{16,}"),
    "Atlassian": ("ATATT3", r"[A-Za-z0-9_\-=]{50,}"),
    "Azure": ("AccountKey=", r"[A-Za-z0-9+/]{60,}={0,2}"),
    "Contentful": ("CFPAT-", _LONG),
    "Databricks": ("dapi", _HEX),
    "DigitalOcean": ("dop_v1_ doo_v1_ dor_v1_", _HEX),
    "Docker": ("dckr_pat_", _LONG),
    "Doppler": (
        "dp.pt. dp.st. dp.sa. dp.ct.",
        rf"(?:[a-z0-9\-_]{{2,35}}\.)?{_LETTERS}",
    ),
    "EasyPost": ("EZAK EZTK", r"[A-Za-z0-9]{50,}"),
    "Figma": ("figd_ figu_", _LONG),
    "GitHub": ("ghp_ gho_ ghu_ ghs_ ghr_ github_pat_", r"[A-Za-z0-9_]{22,}"),
    "GitLab": (
        "glpat- glrt- gldt- glptt- glft- glcbt- glagent- glsoat- gloas-",
        rf"{_LONG}(?:\.[0-9a-z]{{2}}\.[0-9a-z]{{9}})?",
    ),
    "Google": ("AIza ya29. GOCSPX-", _LONG),
    "Grafana": ("glsa_ glc_", _LONG),
    "Groq": ("gsk_", _LETTERS),
    "HashiCorp": ("hvs. hvb.", _LONG),
    "Hugging Face": ("hf_", _LETTERS),
    "LangSmith": ("lsv2_pt_ lsv2_sk_", r"[0-9a-f_]{32,}"),
    "Linear": ("lin_api_", _LETTERS),
    "Mailgun": ("key-", _HEX),
    "New Relic": ("NRAK-", r"[A-Z0-9]{27,}"),
    "Notion": ("ntn_ secret_", _LETTERS),
    "NVIDIA": ("nvapi-", _LONG),
    "npm": ("npm_", _LETTERS),
    "OpenAI, Anthropic, OpenRouter": ("sk-", _LONG),
    "Perplexity": ("pplx-", _LETTERS),
    "Pinecone": ("pcsk_", r"[A-Za-z0-9_]{40,}"),
    "PlanetScale": ("pscale_tkn_ pscale_pw_ pscale_oauth_", rf"{_W}{{32,}}"),
    "Postman": ("PMAK-", r"[0-9a-f\-]{40,}"),
    "PyPI": ("pypi-", rf"{_W}{{50,}}"),
    "Replicate": ("r8_", _LETTERS),
    "RubyGems": ("rubygems_", _HEX),
    "SendGrid": ("SG.", rf"{_W}{{16,}}\.{_W}{{16,}}"),
    "Sentry": ("sntrys_ sntryu_", r"[A-Za-z0-9_+/=]{40,}"),
    "Shopify": ("shpat_ shpss_ shpca_ shppa_", _HEX),
    "Slack": ("xoxa- xoxb- xoxc- xoxd- xoxe- xoxe. xoxp- xoxr- xoxs- xapp-", _SHORT),
    "Slack hooks": ("hooks.slack.com/services/", r"[A-Za-z0-9/]{20,}"),
    "Square": ("sq0atp- sq0csp-", _LONG),
    "Stripe": ("sk_live_ sk_test_ rk_live_ rk_test_ whsec_", r"[A-Za-z0-9+/]{16,}=*"),
    "Supabase": ("sbp_", _HEX),
    "Supabase projects": ("sb_secret_", _LONG),
    "Tavily": ("tvly-", _LONG),
    "Together": ("tgp_v1_", _LONG),
    "Twilio": ("SK", _HEX),
    "xAI": ("xai-", _LETTERS),
    "age": ("AGE-SECRET-KEY-1", r"[A-Z0-9]{40,}"),
}
_FORMATS: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # by their first two signs
for starts, rest in _ISSUERS.values():
    for start in starts.split():
        _FORMATS.setdefault(start[:2], []).append((start, re.compile(rest)))
# Those that begin like anything and have their mark within.
_WITHIN = (
    ("Q~", r"[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.\-]{31,}"),  # of an Azure client
    (".atlasv1.", rf"[A-Za-z0-9]{{14}}\.atlasv1\.{_W}{{60,}}"),  # Terraform
    (":AA", rf"[0-9]{{8,10}}:AA{_W}{{33}}(?!{_W})"),  # Telegram
    (".", rf"[MNO]{_W}{{23,27}}\.{_W}{{6}}\.{_W}{{27,}}"),  # Discord
)
_MARKED = [
    (mark, re.compile(rf"(?:(?<!{_W})|(?<=\\[nrt])){form}")) for mark, form in _WITHIN
]
# All lie in runs of these signs that are as long as the shortest key; most texts have
# no such run.
_SIGNS = r"A-Za-z0-9_\-+/.=~:"
_LEAST = 15
_RUNS = re.compile(rf"[{_SIGNS}](?<![{_SIGNS}].)[{_SIGNS}]{{{_LEAST - 1},}}+")
_BEGINNING = re.compile(r"[A-Za-z](?<![A-Za-z0-9].)|(?<=\\[nrt])[A-Za-z]")
_SIGNED = re.compile(rf"eyJ{_W}{{8,}}\.eyJ{_W}{{8,}}(?:\.{_W}*){{1,3}}")  # JWT
_RUN = re.compile(rf"{_W}++")
_BEGIN = re.compile(r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_END = re.compile(r"-----END [A-Z0-9 ]{0,40}-----")
_KEY_LINES = re.compile(r"(?:(?:\s|\\n){0,8}[A-Za-z0-9+/=]{16,}+)++")
_KEY_SIZE = 16_384  # characters: twice the largest there is


def may_hold_keys(text: str) -> bool:
    """``False``: there is no key known by its form, and no signed token."""
    return _RUNS.search(text) is not None


def known_keys(text: str) -> Iterator[Span]:
    for run in _RUNS.finditer(text):
        yield from _begun(text, *run.span())
        yield from _marked(text, *run.span())


def _begun(text: str, first: int, last: int) -> Iterator[Span]:
    done: dict[str, int] = {}  # where the last with this beginning ended
    for begin in _BEGINNING.finditer(text, first, last):
        at = begin.start()
        for start, rest in _FORMATS.get(text[at : at + 2], ()):
            if at < done.get(start, 0) or not text.startswith(start, at):
                continue
            if match := rest.match(text, at + len(start)):
                done[start] = match.end()
                if is_random(match[0]):
                    yield Span(Type.SECRET, at, match.end())


def _marked(text: str, first: int, last: int) -> Iterator[Span]:
    for mark, form in _MARKED:
        if text.find(mark, first, last) >= 0:
            for match in form.finditer(text, first, last):
                if is_random(match[0]):
                    yield Span(Type.SECRET, *match.span())


def is_random(key: str) -> bool:
    """Words joined by dashes are none."""
    return any(map(str.isdigit, key)) or not (key.islower() or key.isupper())


def signed_tokens(text: str) -> Iterator[Span]:
    at = text.find("eyJ")
    while at >= 0:
        match = _SIGNED.match(text, at) if begins(text, at) else None
        if match:
            yield Span(Type.SECRET, *match.span())
        # What else begins in these signs ends where they do: read them once.
        read = match or _RUN.match(text, at)
        at = text.find("eyJ", read.end() if read else at + 3)


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
