"""Erasing a person, with proof.

``steps`` tells the story; what it uses is beside it. Every step can be done again, so
a process that dies in the middle leaves nothing half done.
"""

from accounts.erasure.noting import sought_by
from accounts.erasure.steps import advance, erasable, step_names

__all__ = ["advance", "erasable", "sought_by", "step_names"]
