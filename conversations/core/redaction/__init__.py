"""Personal data and secrets in a text: found, masked, or put away and put back.

What is typed is redacted before it is stored; so are the results of tools, the text of
files, and what a model says, which repeats all of these. Names and postal addresses are
not found: that takes a model of the language.
"""

from .again import find_again
from .finding import find
from .in_json import in_strings
from .known import Known
from .masking import Masked, mask
from .placeholders import LONGEST, numbered
from .restoring import Restorer
from .spans import Span, Type
from .streaming import Masker
from .vault import (
    MemoryVault,
    Originals,
    Vault,
    named,
    place_in,
    restore,
    to_placeholders,
    unnumbered,
)

__all__ = [
    "LONGEST",
    "Known",
    "Masked",
    "Masker",
    "MemoryVault",
    "Originals",
    "Restorer",
    "Span",
    "Type",
    "Vault",
    "find",
    "find_again",
    "in_strings",
    "mask",
    "named",
    "numbered",
    "place_in",
    "restore",
    "to_placeholders",
    "unnumbered",
]
