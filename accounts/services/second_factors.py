"""Second factors of somebody who lost theirs."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.db import transaction

from accounts import sessions
from accounts.audit import record
from accounts.models import User
from accounts.services.roles import Refused
from chatsite.lib.notices import mail_after_commit

TOLD = """\
An administrator removed the second factors of your account, so that you can sign in \
with your password alone. Set one up again in your settings.

If you did not ask for this, change your password and tell whoever runs the site.
"""


def remove_all(person: User, *, by: User) -> int:
    """How many there were. They are told by mail."""
    if not by.has_perm("privacy.remove_second_factors"):
        raise Refused("Second factors are removed by administrators.")
    if person.pk == by.pk:
        raise Refused("Remove your own in your settings.")
    with transaction.atomic():
        count, _ = Authenticator.objects.filter(user_id=person.pk).delete()
        if count:
            mail_after_commit(person.email, "Your second factors were removed", TOLD)
            record(
                "accounts.second_factor_removed", actor=by, subject=person, count=count
            )
            sessions.end_all(person, by)  # whoever has one may be why they were lost
    return count
