"""A title from what was said first, until somebody finds a better one."""

from __future__ import annotations

import re
import unicodedata

UNTITLED = "New conversation"
MOST_WORDS = 6
MOST_CHARACTERS = 48
_READ = 4_000  # of a long message, no more than this is looked at

_FENCE = re.compile(r"^ {0,3}(```|~~~).*?(?:^ {0,3}\1[^\n]*$|\Z)", re.M | re.S)
_FENCE_LINE = re.compile(r"^ {0,3}(?:```|~~~)[^\n]*$", re.M)
_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\s]*\)")
_LINE_MARK = re.compile(r"^[ \t]*(?:(?:#{1,6}|>|[-*+]|\d{1,3}[.)])[ \t]+)+", re.M)
_RULE = re.compile(r"^[ \t]*(?:[-*_=|:][ \t]*){3,}$", re.M)
_EMPHASIS = re.compile(
    r"(?<!\w)(?:\*{1,3}|_{1,3}|~~|`+)(?=\S)|(?<=\S)(?:[*_~`]+)(?!\w)"
)
_JOINERS = "\u200c\u200d"  # Persian and emoji need them


def one_line(text: str) -> str:
    """The text on one line, without what cannot be seen.

    Characters that turn the direction of writing go too: in a list they would turn
    the row's other words.
    """
    spaced = (" " if ch.isspace() else ch for ch in text)
    seen = "".join(
        ch for ch in spaced if ch in _JOINERS or unicodedata.category(ch)[0] != "C"
    )
    words = " ".join(seen.split())
    return words if any(unicodedata.category(ch)[0] in "LNPS" for ch in words) else ""


def first_words(text: str) -> str:
    """The first words of a message as a title; never empty."""
    text = text[:_READ]
    words = one_line(_plain(_FENCE.sub("\n", text)))
    if not words:
        words = one_line(_FENCE_LINE.sub("", text)) or one_line(text)
    return _shortened(words) or UNTITLED


def _plain(text: str) -> str:
    text = _RULE.sub("", _LINE_MARK.sub("", _LINK.sub(r"\1", text)))
    return _EMPHASIS.sub("", text)


def _shortened(words: str) -> str:
    kept = ""
    for count, word in enumerate(words.split(" ")):
        longer = f"{kept} {word}" if kept else word
        if count == MOST_WORDS or len(longer) > MOST_CHARACTERS:
            break
        kept = longer
    else:
        return kept
    if not kept:  # one word, or a script that does not part words
        kept = words[: _safe_cut(words, MOST_CHARACTERS - 1)]
    return kept.rstrip(" ,;:–—-") + "…"


def _safe_cut(text: str, at: int) -> int:
    """The last place up to ``at`` where no visible character is cut in two."""
    while 0 < at < len(text) and (_joins(text[at]) or text[at - 1] == "\u200d"):
        at -= 1
    flags = 0  # a flag is two letters: do not part them
    while flags < at and _is_flag_letter(text[at - 1 - flags]):
        flags += 1
    return at - flags % 2 if at > flags % 2 else at


def _joins(ch: str) -> bool:
    skin = "\U0001f3fb" <= ch <= "\U0001f3ff"
    return ch in _JOINERS or skin or unicodedata.category(ch)[0] == "M"


def _is_flag_letter(ch: str) -> bool:
    return "\U0001f1e6" <= ch <= "\U0001f1ff"
