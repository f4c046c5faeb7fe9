"""What people and a model say to each other, made up, varied, and of usual length."""

from __future__ import annotations

import random
from dataclasses import dataclass

from benchmarks.context.needles import Needle

# Half of them are things that needles are about too: words alone must not give it away.
_THINGS = """
boat|dentist|bike|cat|landlord|piano|gate|tea|flight|car|tent|insurance|camera|
allotment|locker|neighbour|shoe|guitar|horse|accountant|thesis|rent|kiln|choir|
sourdough|router|wedding|bank|passport|cheese|telescope|garden|kettle|spreadsheet|
novel|staircase|window frame|heat pump|marathon|budget|lecture|newsletter|bookshelf|
compost heap|violin|cable|recipe|museum|ferry|database|balcony|printer|lamp|winter coat
""".replace("\n", "").split("|")
_QUALITIES = """
cheap|reliable|old|second-hand|small|heavy|quiet|well made|common|repairable|modern
""".replace("\n", "").split("|")
_ASKED = (
    "What should one look for in a {quality} {thing}?",
    "Can you explain how a {thing} differs from a {other}, in simple words?",
    "Two sentences about a {thing} for a newsletter, please.",
    "How would you go about repairing a {quality} {thing} without special tools?",
    "Is it worth paying more for a {quality} {thing}, or is a {other} enough?",
    "Why do people argue so much about the {thing}?",
    "Give me a short checklist for choosing a {thing}.",
    "That was about the {thing}. And what about the {other}?",
    "Could you say that again, shorter, and without the part about the {other}?",
    "Compare a {quality} {thing} with a {other}. Which of them lasts longer?",
)
# What people say of themselves in passing, which nobody will ask for.
_OWN = (
    "I slept badly and my coffee went cold while I read about the {thing}.",
    "My train was {number} minutes late again.",
    "I spent {number} minutes on the {thing} yesterday and got nowhere.",
    "My back hurts from carrying a {thing} up the stairs.",
    "I talked to a friend about the {thing}, and we could not agree.",
    "My evening went into the {other}, as usual.",
    "We looked at {number} of them, and I liked none.",
)
_REPLIES = (
    "A {quality} {thing} is mostly a question of care.",
    "Most people begin with the {other} and come to the {thing} later.",
    "The parts that wear out first are the ones that move, so look at those.",
    "With a {thing}, what matters is how it was kept and not how old it is.",
    "Ask for the papers, and have somebody look at it who sells none.",
    "Between a {thing} and a {other} there is less difference than shops say.",
    "It helps to write down what it is for before comparing prices.",
    "If in doubt, wait a week; a {quality} one turns up sooner or later.",
    "Cleaning it twice a year does more than any product one can buy.",
    "Many clubs lend a {thing} for a weekend, which settles most questions.",
    "There are two schools here, and both have good reasons.",
    "Measure first, then measure again, and leave room for the {other}.",
)
_SENTENCES = (3, 6, 9, 12, 15, 20, 30)  # of a reply: 200 tokens on average


@dataclass(frozen=True, slots=True)
class Exchange:
    """One turn of a talk."""

    said: str
    answered: str


class SmallTalk:
    """Turns of talk. ``own`` is the share of what a person says that tells something
    of themselves. The same ``seed`` brings the same talk.
    """

    def __init__(self, seed: int, own: float) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - only to vary it
        self._own = own

    def turn(self, needle: Needle | None = None) -> Exchange:
        """The next turn, in which the person mentions ``needle`` too."""
        words = self._words()
        said = [self._chance.choice(_ASKED)]
        if self._chance.random() < self._own:
            said.insert(0, self._chance.choice(_OWN))
        asked = " ".join(said).format_map(words)
        if needle is not None:
            asked = f"{needle.said} {asked}"
        length = self._chance.choice(_SENTENCES)
        told = (self._chance.choice(_REPLIES) for _ in range(length))
        # The other thing changes from sentence to sentence, as it does in talk.
        answered = " ".join(
            line.format_map(self._words() | {"thing": words["thing"]}) for line in told
        )
        return Exchange(asked, answered)

    def _words(self) -> dict[str, str]:
        thing, other = self._chance.sample(_THINGS, 2)
        return {
            "thing": thing,
            "other": other,
            "quality": self._chance.choice(_QUALITIES),
            "number": str(self._chance.randrange(2, 60)),
        }
