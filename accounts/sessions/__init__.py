"""Sessions: who is signed in, where, for how long, and how that ends.

``accounts.sessions.store`` is Django's ``SESSION_ENGINE``.
"""

from accounts.sessions.checking import (
    SignedIn,
    is_due,
    over,
    signed_in_with,
    touch,
    use,
)
from accounts.sessions.clients import Client, client_of
from accounts.sessions.ending import end_all, end_one, end_others
from accounts.sessions.listeners import on_end
from accounts.sessions.listing import Listed, devices_of
from accounts.sessions.purging import purge

__all__ = [
    "Client",
    "Listed",
    "SignedIn",
    "client_of",
    "devices_of",
    "end_all",
    "end_one",
    "end_others",
    "is_due",
    "on_end",
    "over",
    "purge",
    "signed_in_with",
    "touch",
    "use",
]
