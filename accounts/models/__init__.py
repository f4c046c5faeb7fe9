from accounts.models.audit import AuditAnchor, AuditEvent, Pseudonym
from accounts.models.core_memory import CoreMemory
from accounts.models.data_key import DataKey
from accounts.models.data_request import DataRequest, ExportPart, TakenOver
from accounts.models.device import Device
from accounts.models.erased_person import ErasedPerson
from accounts.models.fact import Fact
from accounts.models.policy import Policy
from accounts.models.retention import LegalHold, RetentionRule
from accounts.models.setup_link import SetupLink
from accounts.models.user import User

__all__ = [
    "AuditAnchor",
    "AuditEvent",
    "CoreMemory",
    "DataKey",
    "DataRequest",
    "Device",
    "ErasedPerson",
    "ExportPart",
    "Fact",
    "LegalHold",
    "Policy",
    "Pseudonym",
    "RetentionRule",
    "SetupLink",
    "TakenOver",
    "User",
]
