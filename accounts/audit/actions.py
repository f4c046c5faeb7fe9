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
    "accounts.email_changed": "Changed the email address",
    "accounts.second_factor_added": "Added a second factor",
    "accounts.second_factor_removed": "Removed a second factor",
    "accounts.second_factor_failed": "Wrong second factor",
    "accounts.recovery_codes_made": "Made new recovery codes",
    "accounts.recovery_code_used": "Used a recovery code",
    "accounts.identity_connected": "Connected an account of another provider",
    "accounts.identity_removed": "Disconnected an account of another provider",
    "accounts.sessions_ended": "Signed devices out",
    "accounts.session_refused": "Ended a session that had moved elsewhere",
    "accounts.settings_changed": "Changed settings",
    "accounts.policy_changed": "Changed a policy of the site",
    "accounts.role_changed": "Gave a role in the administration",
    "accounts.master_key_rotated": "Wrapped the data keys with a new master key",
    "accounts.backup_made": "Made a backup",
    "accounts.backup_restored": "Restored a backup",
    "accounts.export_asked": "Asked for an export of everything",
    "accounts.export_made": "Made an export of everything",
    "accounts.export_downloaded": "Downloaded an export of everything",
    "accounts.erasure_asked": "Asked for an account to be erased",
    "accounts.erasure_cancelled": "Changed their mind about an erasure",
    "accounts.erasure_began": "Began to erase a person",
    "accounts.erased": "Erased a person",
    "accounts.erasure_replayed": "Erased again what a backup brought back",
    "accounts.request_failed": "A data request could not be carried out",
    "accounts.request_retried": "Had a data request tried again",
    "accounts.hold_placed": "Placed a legal hold",
    "accounts.hold_lifted": "Lifted a legal hold",
    "accounts.retention_changed": "Changed how long things are kept",
    "accounts.retention_ran": "Removed what was kept long enough",
    "accounts.admin_added": "Added in the administration",
    "accounts.admin_changed": "Changed in the administration",
    "accounts.admin_deleted": "Deleted in the administration",
    "accounts.audit_downloaded": "Downloaded the audit log",
    "accounts.audit_trimmed": "Removed old events of the audit log",
    "conversations.erased": "Deleted a conversation for good",
    "conversations.exported": "Downloaded a conversation",
    "conversations.glass_broken": "Opened somebody's conversation to read it",
    "conversations.read_by_staff": "Read somebody's conversation",
    "conversations.glass_closed": "Closed somebody's conversation again",
    "conversations.unreadable": "A stored text could not be opened",
}


class UnknownAction(LookupError):
    """Its name is not in the table."""
