"""Which of a person's messages a question is about, in two stages of plain arithmetic.

1. ``approximate`` takes what an index has for each term of the question and says which
   few hundred entries are worth a look. The nearest vectors and what was said on a day
   that is named (``Moment.terms``) join them.
2. ``rank`` is given those and what was said around them (a ``Pool``), and puts them in
   order: by the words they share with the question, alone and with what was said around
   them, by who spoke, by the day, by length, and by the cosines if there are vectors.

Scores are fused by their size, not by rank, and how much each counts was fitted on
talks: see ``scoring``. The same for every database; nothing here reads one.
"""

from conversations.core.ranking.asking import Question, question_of
from conversations.core.ranking.candidates import (
    CANDIDATES,
    Posting,
    approximate,
    rarities,
)
from conversations.core.ranking.moments import Moment, moments_in
from conversations.core.ranking.pool import AROUND, Pool, counted
from conversations.core.ranking.scoring import Cosines, Ranked, rank

__all__ = [
    "AROUND",
    "CANDIDATES",
    "Cosines",
    "Moment",
    "Pool",
    "Posting",
    "Question",
    "Ranked",
    "approximate",
    "counted",
    "moments_in",
    "question_of",
    "rank",
    "rarities",
]
