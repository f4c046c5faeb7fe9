"""Personal data and secrets in a text: found, masked, or put away and put back.

What is typed is redacted before it is stored; so are the results of tools, the text of
files, and what a model says, which repeats all of these. Names and postal addresses are
not found: that takes a model of the language.
"""

from .finding import find
from .masking import Masked, mask
from .placeholders import LONGEST
from .restoring import Restorer
from .spans import Span, Type
from .vault import MemoryVault, Originals, Vault, restore, to_placeholders

__all__ = [
    "LONGEST",
    "Masked",
    "MemoryVault",
    "Originals",
    "Restorer",
    "Span",
    "Type",
    "Vault",
    "find",
    "mask",
    "restore",
    "to_placeholders",
]
