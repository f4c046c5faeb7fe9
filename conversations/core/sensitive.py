"""What is never learned of a person by itself: what the law calls special categories,
crime, where exactly they live, how to reach them, secrets and numbers of documents, and
what is about somebody else. They may still tell it to be remembered.

By words and shapes, in English, German, French and Spanish: it refuses too much rather
than too little.
"""

from __future__ import annotations

import re
import unicodedata

from conversations.core.sensitive_words import IN_KEYS, IN_VALUES, PEOPLE

_NAME_KEYS = re.compile(
    r"(?:(?:my|own|full|first|last|given|family|nick|middle|preferred|user'?s?) ?)*"
    r"(?:name|surname|nickname)|(?:vor|nach|spitz)?name|nom(?: de famille)?|prenom"
    r"|nombre|apellidos?|apodo"
)
_MOST_WORDS_OF_A_NAME = 4
_DIGITS = re.compile(r"\d(?:[ .()/-]{0,2}\d)*")
_DATE = re.compile(
    r"\b(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./](?:\d{4}|\d\d))\b"
)
_SHAPES = re.compile(
    r"""
      \S@\S+\.\w                                        # an e-mail address
    | ://[^/\s]*@                                       # a password in an address
    | \b[a-z]{2}\d{2}(?:\ ?[a-z0-9]{4}){2,7}(?:\ ?[a-z0-9]{1,4})?\b      # IBAN
    | \b(?:sk|pk|rk|ghp|gho|ghs|glpat|xox[a-z]|akia|aiza|hf|npm|pypi)[-_]?
      (?=[\w-]*\d)[\w-]{12,}                            # keys of services
    | \bey[a-z0-9_-]{10,}\.[\w-]+ | -----begin | \bssh-(?:rsa|ed25519)\b
    | \b(?=[a-z_+/=-]{0,99}\d)(?=[\d_+/=-]{0,99}[a-z])[\w+/=-]{20,}  # key or digest
    | -?\b\d{1,3}\.\d{4,}\b                             # a place on the map
    | \b\d{1,5}[a-z]?,?\ (?:[\w'.-]+\ ){1,4}
      (?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard|blvd|court|close
      |crescent|square|terrace|highway)\b
    | \b\d{1,4}(?:\ ?(?:bis|ter|[a-d]))?,?\ (?:rue|avenue|av|boulevard|bd|place|chemin
      |impasse|allee|quai|route)\b
    | \b\w*(?:strasse|str\.|weg|gasse|allee|platz|ufer|damm)\ \d+
    | \b(?:calle|avenida|avda|paseo|plaza|carrer|camino|c/)\W.*\d
    | \b[a-z]{1,2}\d[a-z\d]?\ ?\d[a-z]{2}\b              # a British postcode
    """,
    re.X,
)


def is_delicate(key: str, value: str) -> bool:
    """Whether a fact must not be learned without the person's asking for it."""
    key, value = _plain(key), _plain(value)
    if _has_shape(key) or _has_shape(value):
        return True
    if _NAME_KEYS.fullmatch(key):  # people are called Christian, Faith, or Black
        return len(value.split()) > _MOST_WORDS_OF_A_NAME
    both = f"{key} | {value}"
    return bool(IN_KEYS.search(key) or IN_VALUES.search(both) or PEOPLE.search(both))


def _plain(text: str) -> str:
    """Small letters without accents, so that "contraseña" is "contrasena"."""
    apart = unicodedata.normalize("NFKD", text).casefold().replace("’", "'")
    return "".join(ch for ch in apart if not unicodedata.combining(ch))


def _has_shape(text: str) -> bool:
    text = _DATE.sub(" ", text)
    if _SHAPES.search(text):
        return True
    runs = _DIGITS.findall(text)
    return any(_is_number_of_something(re.sub(r"\D", "", run)) for run in runs)


def _is_number_of_something(digits: str) -> bool:
    """A telephone, an account, a document; what has fewer digits is a quantity."""
    return len(digits) >= 7 or _passes_luhn(digits)


def _passes_luhn(digits: str) -> bool:
    if not 13 <= len(digits) <= 19:
        return False
    doubled = [int(d) * (1 + at % 2) for at, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0
