"""A reading that may become a detail, and the choice between readings that overlap."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable
from typing import NamedTuple

from psl.details.bags import bag
from psl.details.words import Words


class Candidate(NamedTuple):
    """One possible reading of the words ``i`` up to ``j``.

    ``rank`` decides between readings of the same words (see ``RANKS``); ``start`` and ``end`` are
    places in the text, ``lead`` is the first word that belongs to the reading without being part
    of it ("case" of "case 118204377", "on the" of "on the signature page").
    """

    kind: str
    value: str
    i: int
    j: int
    start: int
    end: int
    rank: int
    lead: int
    negated: bool = False


# The surer a reading is of its words, the higher it stands. Whole phrases stand above the names
# inside them: "tried edge" is no statement about the browser in use.
RANKS = {
    "email": 95,
    "ticket_number": 90,
    "error_said": 88,
    "labelled": 86,
    "agency": 80,
    "screen_said": 79,
    "tried": 78,
    "error": 76,
    "phone": 72,
    "association": 70,
    "role": 69,
    "members": 66,
    "enrollment": 65,
    "date": 62,
    "time_range": 61,
    "screen": 60,
    "browser": 55,
    "system": 50,
    "language": 48,
    "weekday": 47,
    "device": 45,
    "number": 20,
}
ASKED = 200

# Words that lead up to a name without being part of it.
LEADS = bag("in on at the a an my her his their our using with via from for under to")


def lead_of(words: Words, i: int) -> int:
    """The first of the words that lead up to word ``i``."""
    for _ in range(3):
        if words.norm(i - 1) not in LEADS:
            break
        i -= 1
    return i


def candidate(
    words: Words,
    kind: str,
    value: str,
    i: int,
    j: int,
    *,
    rank: str | None = None,
    lead: int | None = None,
    negated: bool = False,
) -> Candidate:
    """A reading of the words ``i`` up to ``j``."""
    start, end = words.span(i, j)
    return Candidate(
        kind,
        value,
        i,
        j,
        start,
        end,
        RANKS[rank or kind],
        lead_of(words, i) if lead is None else lead,
        negated,
    )


def spanned(words: Words, kind: str, value: str, start: int, end: int) -> Candidate:
    """A reading of a stretch of the text that was found by its shape."""
    i = words.at(start)
    return Candidate(kind, value, i, words.at(end), start, end, RANKS[kind], lead_of(words, i))


def choose(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The surest readings, none overlapping another, in the order of the words."""
    chosen: list[tuple[int, int]] = []
    kept: list[Candidate] = []
    ordered = sorted(candidates, key=lambda c: (-c.rank, -(c.end - c.start), c.start, c.kind))
    for reading in ordered:
        place = bisect_left(chosen, (reading.start, reading.end))
        before = chosen[place - 1] if place else None
        after = chosen[place] if place < len(chosen) else None
        free = (before is None or before[1] <= reading.start) and (
            after is None or reading.end <= after[0]
        )
        if free and reading.end > reading.start:
            insort(chosen, (reading.start, reading.end))
            kept.append(reading)
    return sorted(kept, key=lambda reading: reading.start)
