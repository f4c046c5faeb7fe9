"""Words, light stems and a few synonyms: all the language this model has."""

from __future__ import annotations

import re
from functools import lru_cache

# Dates, times, addresses and codes with dashes are one word each.
WORD = re.compile(r"[^\W_]+(?:['’.:/@-][^\W_]+)*")


def word_set(words: str) -> frozenset[str]:
    """Return the words of a text as a set."""
    return frozenset(words.split())


# Words that carry no meaning of their own, and those that only ask or remind.
STOP = word_set(
    """
a about again all also am an and any are as at be been but by can could did do does
doing for from get give go had has have he her here hers him his how i i'd i'll i'm
i've if in into is it its just know let's me might mine more much must my need no
not now of off on or our ours out please really remember remind repeat say so some
tell than thank thanks that the their them then there these they this those to too us
very want was we we're were what what's when when's where where's which who who's
whose why will with would yes you you're your yours many mention ever exactly been i’m
i’ve what’s where’s don't don’t that's it's lately kind myself
"""
)

# Groups of stems; enough for the questions people really ask.
_SAME = """
nam call
liv resid mov hom
prefer lik lov enjoy favourit favorit
color colour
birth birthday born
phon telephon mobil
work job occupation profession
age old
mother mum mom
father dad
child children kid
allergy allergic
city town
deadlin due
buy bought
meet met
choos chose chosen pick
passphras password passcod
"""
_SYNONYMS = {
    word: group.split()[0]
    for group in _SAME.strip().splitlines()
    for word in group.split()
}
# Two words for what is often said in one.
_PAIRS = (
    (re.compile(r"\be-?mail(?: address)?\b", re.I), "email"),
    (re.compile(r"\b(?:tele)?phone number\b", re.I), "phone"),
    (re.compile(r"\bdo for a living\b", re.I), "work as"),
    (re.compile(r"\b(?:am i|i am|i['’]m|i come) from\b", re.I), "I origin from"),
)


def simplified(text: str) -> str:
    """Return a text with "phone number" as "phone", and the like."""
    for pair, word in _PAIRS:
        text = pair.sub(word, text)
    return text


@lru_cache(maxsize=16_384)
def stem(word: str) -> str:
    """Return what a word has in common with its plural, its tenses, its synonyms."""
    word = word.lower().replace("’", "'").removesuffix("'s").removesuffix("'")
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith("s") and len(word) > 3 and word[-2] not in "sui":
        word = word[:-1]
    # "codes" and "code", "lives", "living" and "live" must meet somewhere.
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) > 2:
            word = _undoubled(word.removesuffix(ending))
            break
    if word.endswith("e") and len(word) > 3:
        word = word[:-1]
    return _SYNONYMS.get(word, word)


def content_stems(text: str) -> list[str]:
    """Return the stems of all words that carry meaning, in order."""
    return [stem(word) for word in WORD.findall(text) if word.lower() not in STOP]


def _undoubled(word: str) -> str:
    # "preferred" gives "prefer", but "called" must stay "call".
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":
        return word[:-1]
    return word
