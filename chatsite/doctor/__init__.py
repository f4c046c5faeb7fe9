"""Looking a whole installation over. ``examine`` does; ``manage.py doctor`` tells."""

from chatsite.doctor.findings import Finding, State
from chatsite.doctor.rounds import LOOKS, examine

__all__ = ["LOOKS", "Finding", "State", "examine"]
