"""What accounts keep about people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q

from accounts.audit.actions import ACTIONS
from accounts.documents import by_key, listed, table, told
from accounts.models import AuditEvent, Pseudonym, User
from accounts.personal_data import Document, Kind, Rows, register

SIGNING_IN = "Signing in"
CARE = "Proof that data protection law is kept"


def _in_the_log(user_id: UUID) -> Q:
    """By their name there: what they did, and what was done to them."""
    me = Pseudonym.objects.filter(user_id=user_id).values_list("id", flat=True).first()
    if me is None:
        return Q(pk__in=[])
    return Q(actor=me) | Q(subject_id=str(me))


def _in_the_admin_log(user_id: UUID) -> Q:
    """What they changed in the administration, and what was changed about them."""
    people = ContentType.objects.get_for_model(User)
    return Q(user_id=user_id) | Q(content_type=people, object_id=str(user_id))


def _activity(user_id: UUID) -> Iterator[Document]:
    """Where an administrator sits is not for others to know."""
    me = Pseudonym.objects.filter(user_id=user_id).values_list("id", flat=True).first()

    def event(row: AuditEvent) -> dict[str, Any]:
        ip = "" if row.actor and row.actor != me else row.ip
        words = ACTIONS.get(row.action, row.action)
        return told(row, CHAINED) | {"ip": ip, "told": words}

    batches = (list(map(event, some)) for some in by_key(EVENTS.of(user_id)))
    yield listed("data/activity.json", batches)


def _authenticators(user_id: UUID) -> Iterator[Document]:
    """What they are and what they are called; never what opens anything."""
    rows = Authenticator.objects.filter(user_id=user_id)
    batches = (
        [told(row, frozenset({"data"})) | {"name": str(row)} for row in some]
        for some in by_key(rows)
    )
    yield listed("data/second_factors.json", batches)


EVENTS = Rows("accounts.AuditEvent", _in_the_log)
CHAINED = frozenset({"prev", "hash"})  # what proves the log, and tells nothing
# what opens a session, or recognises a browser
KEYS_OF_SESSIONS = {"key_hash", "data", "auth_hash", "agent_hash"}
ACCOUNT = Rows("accounts.User", "id")
EMAILS = Rows("account.EmailAddress", "user_id")
IDENTITIES = Rows("socialaccount.SocialAccount", "user_id")
SESSIONS = Rows("accounts.Device", "person_id")
FACTS = Rows("accounts.Fact", "owner_id")
CORE_MEMORY = Rows("accounts.CoreMemory", "owner_id")
REQUESTS = Rows("accounts.DataRequest", "person_id_was", unlink="person")
HOLDS = Rows("accounts.LegalHold", "person_id")
ADMIN_LOG = Rows("admin.LogEntry", _in_the_admin_log)
PSEUDONYM = Rows("accounts.Pseudonym", "user_id")


def register_all() -> None:
    """In the order of their erasure: the person, and the key, at the end."""
    register(
        Kind(
            "facts",
            (FACTS,),
            "Replies that know the person",
            export=table("data/facts.json", FACTS, {"key_hash"}),
            retention="memories",
        ),
        Kind(
            "core_memory",
            (CORE_MEMORY,),
            "Replies that know the person",
            export=table("data/core_memory.json", CORE_MEMORY),
            retention="memories",
        ),
        Kind(
            "export_parts",
            (Rows("accounts.ExportPart", "owner_id"),),
            "Exports that wait for their download",
            why_not="They are pieces of exports like this one.",
        ),
        Kind(
            "data_requests",
            (REQUESTS,),
            CARE,
            export=table("data/data_requests.json", REQUESTS, {"runner", "heartbeat"}),
            kept="The proof that requests were answered; it names a pseudonym.",
        ),
        Kind(
            "legal_holds",
            (HOLDS,),
            "Obligations to keep what a court may ask for",
            export=table("data/legal_holds.json", HOLDS),
        ),
        Kind(
            "sessions",
            (SESSIONS,),
            SIGNING_IN,
            export=table("data/sessions.json", SESSIONS, KEYS_OF_SESSIONS),
        ),
        Kind(
            "second_factors",
            (Rows("mfa.Authenticator", "user_id"),),
            SIGNING_IN,
            export=_authenticators,
        ),
        Kind(
            "identity_tokens",
            (Rows("socialaccount.SocialToken", "account__user_id"),),
            SIGNING_IN,
            why_not="They open an account elsewhere, and that is told here.",
        ),
        Kind(
            "identities",
            (IDENTITIES,),
            SIGNING_IN,
            export=table("data/identities.json", IDENTITIES),
        ),
        Kind(
            "email_confirmations",
            (Rows("account.EmailConfirmation", "email_address__user_id"),),
            SIGNING_IN,
            why_not="They are keys that are used once, and name an address told here.",
        ),
        Kind(
            "email_addresses",
            (EMAILS,),
            SIGNING_IN,
            export=table("data/email_addresses.json", EMAILS),
        ),
        Kind(
            "admin_log",
            (ADMIN_LOG,),
            "Knowing who administered what",
            # it may name who somebody else is
            export=table("data/admin_log.json", ADMIN_LOG, {"object_repr"}),
        ),
        Kind(
            "activity",
            (EVENTS,),
            "Knowing who did what, where it matters",
            export=_activity,
            kept="The log proves that nothing was changed; it names a pseudonym only.",
            retention="audit",
        ),
        Kind(
            "pseudonym",
            (PSEUDONYM,),
            "The person's name in the audit log",
            export=table("data/pseudonym.json", PSEUDONYM),
        ),
        Kind(
            "permissions",
            (
                Rows("accounts.User_groups", "user_id"),
                Rows("accounts.User_user_permissions", "user_id"),
            ),
            "What staff may do",
            why_not="This site gives roles instead; the role is told with the account.",
        ),
        Kind(
            "account",
            (ACCOUNT,),
            "The account: who signs in, and how pages look to them",
            export=table("data/account.json", ACCOUNT, {"password"}),
        ),
        Kind(
            "key",
            (Rows("accounts.DataKey", "user_id"),),
            "Sealing what the person writes",
            why_not="It opens what is sealed; the content is told in clear here.",
        ),
        Kind(
            "erasure_list",
            (Rows("accounts.ErasedPerson", "user_id"),),
            "Erasing again what a backup brings back",
            why_not="Nobody who is still here is on it.",
            kept="A random number: without it a backup would bring the person back.",
        ),
    )
