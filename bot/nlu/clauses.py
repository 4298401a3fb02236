"""Find the separate questions in one message, so that each can be answered."""

from __future__ import annotations

import re
from typing import NamedTuple

MIN_WORDS = 2
MAX_CLAUSES = 4

_SENTENCE_END = re.compile(r"[.?!]+(?=\s|$)|[;\n]+")
_ASKING = (
    r"(?:what|whats|what's|how|hows|when|where|wheres|who|whos|why|which|can|could|do|does|did|"
    r"is|are|am|will|would|should|shall|if|once)"
)
_JOINED_QUESTION = re.compile(
    rf"(?:,?\s+(?:and|also|plus|n|&)|,)\s+(?:also\s+)?(?={_ASKING}\b)", re.I
)


class Clause(NamedTuple):
    """A part of a message: its words and where they stand."""

    text: str
    start: int
    end: int


def split_clauses(message: str) -> list[Clause]:
    """The sentences and joined questions of ``message``, or nothing when it is one piece.

    Parts of a single word ("thanks!", "ok") carry no question and are left out.
    """
    cuts = [(m.start(), m.end()) for m in _SENTENCE_END.finditer(message)]
    cuts += [(m.start(), m.end()) for m in _JOINED_QUESTION.finditer(message)]
    clauses: list[Clause] = []
    start = 0
    for cut_start, cut_end in [*sorted(cuts), (len(message), len(message))]:
        if cut_start < start:
            continue
        piece = message[start:cut_start]
        if len(piece.split()) >= MIN_WORDS:
            lead = len(piece) - len(piece.lstrip())
            clauses.append(Clause(piece.strip(), start + lead, start + lead + len(piece.strip())))
        start = cut_end
    return clauses[:MAX_CLAUSES] if len(clauses) > 1 else []
