"""The record of processing (GDPR article 30), written from what the product does.

What it cannot know, such as the controller's name, is left for who runs the site.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings

from accounts import retention
from accounts.models import RetentionRule
from accounts.personal_data import Kind, kinds
from accounts.policies import POLICIES, policy

SECURITY = (
    "Content is sealed with AES-256-GCM under a key of each person's (article 32).",
    "Data keys are wrapped by master keys and kept in a database of their own.",
    "What can be searched are keyed hashes; vectors are sealed.",
    "Passwords are hashed with Argon2id; second factors and passkeys are offered.",
    "Acts are in an append-only log, chained and signed, by pseudonym.",
    "Staff see content only through a reading with a reason, which its owner is told.",
    "Erasure destroys the data key, so copies in backups cannot be read either.",
)


def lines() -> Iterator[str]:
    """The record as Markdown, line by line. Reads rules and policies, no person."""
    yield "# Record of processing activities"
    yield ""
    yield f"Of {settings.SITE_NAME}, written by `manage.py gdpr_register`."
    yield "Controller, representative and data protection officer: to be filled in."
    yield ""
    yield "Data subjects: people who have an account here, and whom they write about."
    yield ""
    yield "## What is kept, and what for"
    yield ""
    yield "| data | purpose | in an export | at an erasure | kept |"
    yield "|---|---|---|---|---|"
    yield from map(_row, kinds())
    yield ""
    yield "## How long classes of data are kept"
    yield ""
    for name, rule in retention.rules().items():
        yield f"- {RetentionRule.Class(name).label}: {_how_long(rule)}"
    yield ""
    yield "## Recipients"
    yield ""
    yield from (f"- {recipient}" for recipient in _recipients())
    yield ""
    yield "## Before anything is stored or sent"
    yield ""
    chosen = policy("pii_policy")
    choices = POLICIES["pii_policy"].choices or {}
    yield f"- Personal data in what people write (`{chosen}`): {choices[chosen]}."
    yield ""
    yield "## Security"
    yield ""
    yield from (f"- {measure}" for measure in SECURITY)


def _row(kind: Kind) -> str:
    if kind.export:
        exported = "yes"
    elif kind.inside:
        exported = f"with {kind.inside.replace('_', ' ')}"
    else:
        exported = f"no: {kind.why_not}"
    erased = f"kept: {kind.kept}" if kind.kept else "erased"
    until = f"by the rule for {kind.retention}" if kind.retention else "as the account"
    return f"| {kind.label} | {kind.purpose} | {exported} | {erased} | {until} |"


def _how_long(rule: retention.Rule) -> str:
    if rule.days is None:
        return "until they are deleted"
    mode = RetentionRule.Mode(rule.mode).label
    return f"{rule.days:,} days {mode}"


def _recipients() -> Iterator[str]:
    if settings.DEMO_MODEL:
        yield "None for replies: the built-in model runs on this server."
    elif settings.OPENAI_BASE_URL:
        yield f"The model server at {settings.OPENAI_BASE_URL}: all that replies need."
    else:
        yield "OpenAI: what replies are made of. A transfer to the United States."
    if "smtp" in settings.EMAIL_BACKEND:
        yield f"The mail server {settings.EMAIL_HOST}: addresses, links, notices."
    if settings.OIDC_ISSUER:
        yield f"{settings.OIDC_ISSUER}: that somebody signs in here."
