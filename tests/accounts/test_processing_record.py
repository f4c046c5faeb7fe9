"""The record of processing says what the product does, and the documented one too."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from accounts import personal_data, retention
from accounts.models import RetentionRule
from accounts.policies import decide

pytestmark = pytest.mark.django_db
DOCUMENTED = Path(__file__).parents[2] / "docs" / "record-of-processing.md"


def record() -> str:
    out = StringIO()
    call_command("gdpr_register", stdout=out)
    return out.getvalue()


def test_the_documented_record_is_that_of_a_new_site() -> None:
    """When this fails: ``manage.py gdpr_register > docs/record-of-processing.md``."""
    assert DOCUMENTED.read_text() == record()


def test_every_kind_of_data_and_every_class_is_in_it() -> None:
    told = record()

    assert all(f"| {kind.label} |" in told for kind in personal_data.kinds())
    assert all(label in told for label in RetentionRule.Class.labels)


def test_it_follows_what_an_administrator_decides(
    django_capture_on_commit_callbacks: Any,
) -> None:
    assert "- Conversations: until they are deleted" in record()

    retention.change("normal", 90, "sliding", by=None)
    with django_capture_on_commit_callbacks(execute=True):
        decide("pii_policy", "vault")

    assert "- Conversations: 90 days since it was last used" in record()
    assert "(`vault`)" in record()


@pytest.mark.parametrize(
    ("settings_of", "told"),
    [
        ({"DEMO_MODEL": True}, "None for replies"),
        (
            {"DEMO_MODEL": False, "OPENAI_BASE_URL": "https://models.example.org/v1"},
            "https://models.example.org/v1",
        ),
        ({"DEMO_MODEL": False, "OPENAI_BASE_URL": ""}, "OpenAI"),
        ({"OIDC_ISSUER": "https://login.example.org"}, "https://login.example.org"),
    ],
)
def test_it_names_who_gets_something(
    settings_of: dict[str, Any], told: str, settings: Any
) -> None:
    for name, value in settings_of.items():
        setattr(settings, name, value)

    assert told in record().partition("## Recipients")[2].partition("##")[0]
