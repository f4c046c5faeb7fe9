"""The audit log. ``record`` writes it; decision 12 tells what it proves."""

from accounts.audit.checkpoints import checkpoint
from accounts.audit.origin import asked_by
from accounts.audit.recording import record

__all__ = ["asked_by", "checkpoint", "record"]
