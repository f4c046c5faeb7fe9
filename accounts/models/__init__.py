from accounts.models.audit import AuditAnchor, AuditEvent, Pseudonym
from accounts.models.core_memory import CoreMemory
from accounts.models.data_key import DataKey
from accounts.models.fact import Fact
from accounts.models.setup_link import SetupLink
from accounts.models.user import User

__all__ = [
    "AuditAnchor",
    "AuditEvent",
    "CoreMemory",
    "DataKey",
    "Fact",
    "Pseudonym",
    "SetupLink",
    "User",
]
