"""What an agent says that it is *not*: "not chrome", "isn't edge, it's firefox", "edge not chrome"."""

from __future__ import annotations

from psl.details.bags import bag
from psl.details.candidate import Candidate
from psl.details.words import Words

_NOT = frozenset({"not", "isn't", "wasn't", "aren't", "ain't"})
_NOT_LEFT_OF_NOT = frozenset({"if", "whether", "or", "why"})
# Between "not" and what it sets aside.
_SOFT = bag(
    """
    in on using with the a an my her his their at from use really even case app application
    number id # is it it's any our version
    """
)
# Of these "not" is part of the statement itself, or says nothing about it.
_UNTOUCHED = frozenset({"error", "tried", "enrollment", "association", "date", "email"})
_FARTHEST = 4


def is_negated(words: Words, reading: Candidate) -> bool:
    """Whether "not" or "instead of" stands right before a reading."""
    if reading.kind in _UNTOUCHED and not (reading.kind == "error" and _is_code(reading.value)):
        return False
    i = reading.i - 1
    for _ in range(_FARTHEST):
        norm = words.norm(i)
        if norm in _NOT:
            return words.norm(i - 1) not in _NOT_LEFT_OF_NOT
        if (norm, words.norm(i - 1)) in (("of", "instead"), ("than", "rather")):
            return True
        if norm not in _SOFT:
            return False
        i -= 1
    return False


def _is_code(value: str) -> bool:
    return " " not in value and any(c.isdigit() for c in value)
