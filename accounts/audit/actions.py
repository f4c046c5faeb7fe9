"""What can be in the log, and what people read instead of its name."""

from __future__ import annotations

from collections.abc import Mapping

ACTIONS: Mapping[str, str] = {
    "accounts.signed_in": "Signed in",
    "accounts.sign_in_failed": "Wrong password",
    "accounts.signed_out": "Signed out",
    "accounts.signed_up": "Signed up",
    "accounts.person_added": "Account made by whoever runs the site",
    "accounts.setup_link_used": "Used the link that makes the first administrator",
    "accounts.password_changed": "Changed the password",
    "accounts.password_reset": "Chose a new password through an email",
    "accounts.email_confirmed": "Confirmed the email address to sign in with",
    "accounts.admin_added": "Added in the administration",
    "accounts.admin_changed": "Changed in the administration",
    "accounts.admin_deleted": "Deleted in the administration",
    "accounts.audit_trimmed": "Removed old events of the audit log",
    "conversations.erased": "Deleted a conversation for good",
    "conversations.exported": "Downloaded a conversation",
}


class UnknownAction(LookupError):
    """Its name is not in the table."""
