"""What staff may do: one line in the table for each role, and no more than it needs.

A permission is a page of the administration, or an act on it. The stock admin asks for
``app.verb_model``; what is not such a verb is a permission of ours, ``privacy.*``.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User

SEE_PEOPLE = frozenset({"accounts.view_user"})
SEE_STATE = frozenset(
    {"conversations.view_conversation", "conversations.view_turn"}
)  # never content
SEE_COSTS = frozenset(
    {
        "conversations.view_charge",
        "conversations.view_spending",
        "privacy.see_usage",
    }
)
SEE_AUDIT = frozenset({"accounts.view_auditevent"})

ROLES: Mapping[str, frozenset[str]] = {
    "": frozenset(),
    # whoever helps people: what there is of theirs and how it does, and their devices
    "support": SEE_PEOPLE | SEE_STATE | SEE_COSTS | {"privacy.end_sessions"},
    # whoever looks after the others: reads the trail, touches nothing
    "auditor": SEE_AUDIT
    | {"accounts.view_datarequest", "accounts.view_retentionrule"}
    | {"conversations.view_breakglass"},
    # whoever answers for people's data; the only one who can open a conversation
    "privacy": SEE_PEOPLE
    | SEE_STATE
    | SEE_AUDIT
    | {
        "accounts.view_datarequest",
        "accounts.add_datarequest",
        "accounts.change_datarequest",
        "accounts.view_retentionrule",
        "accounts.change_retentionrule",
        "accounts.view_legalhold",
        "accounts.add_legalhold",
        "accounts.change_legalhold",
        "conversations.view_breakglass",
        "privacy.export",
        "privacy.erase",
        "privacy.break_glass",
        "privacy.end_sessions",
    },
    # whoever runs the site: its settings and its people, not what they wrote
    "administrator": SEE_PEOPLE
    | SEE_STATE
    | SEE_COSTS
    | SEE_AUDIT
    | {
        "accounts.add_user",
        "accounts.change_user",
        "accounts.view_datarequest",
        "accounts.add_datarequest",
        "accounts.change_datarequest",
        "accounts.view_retentionrule",
        "accounts.change_retentionrule",
        "accounts.view_legalhold",
        "accounts.add_legalhold",
        "accounts.change_legalhold",
        "conversations.view_breakglass",
        "conversations.view_languagemodel",
        "conversations.add_languagemodel",
        "conversations.change_languagemodel",
        "conversations.delete_languagemodel",
        "conversations.view_preferences",
        "conversations.add_preferences",
        "conversations.change_preferences",
        "conversations.view_sharedpreset",
        "conversations.add_sharedpreset",
        "conversations.change_sharedpreset",
        "conversations.delete_sharedpreset",
        "privacy.export",
        "privacy.erase",
        "privacy.end_sessions",
        "privacy.remove_second_factors",
        "privacy.set_policies",
        "privacy.give_roles",
    },
}


def permissions(role: str) -> frozenset[str]:
    """What a role may; an unknown one may nothing."""
    return ROLES.get(role, frozenset())


def administrators() -> QuerySet[User]:
    """Who can give roles, and can sign in."""
    return User.objects.filter(role=User.Role.ADMINISTRATOR, is_active=True)


def is_last_administrator(user_id: UUID) -> bool:
    """Whether the site would be without one, were it not for this person."""
    others = administrators().exclude(pk=user_id)
    return not others.exists() and administrators().filter(pk=user_id).exists()
