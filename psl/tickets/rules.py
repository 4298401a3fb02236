"""Pure rules of tickets: their life, what each kind needs, when two are alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum

from psl.errors import IllegalMove
from psl.guide import Guide, TicketKind


class Status(StrEnum):
    """The life of a ticket."""

    DRAFT = "Draft"
    DISCARDED = "Discarded"
    SUBMITTED = "Submitted"
    IN_PROGRESS = "In progress"
    WAITING_ON_AGENT = "Waiting on agent"
    TRACKER = "Sent to Issue Tracker"
    RESOLVED = "Resolved"
    CLOSED = "Closed"


class Actor(StrEnum):
    """Who moves a ticket."""

    AGENT = "agent"
    REP = "rep"


_BOTH = frozenset({Actor.AGENT, Actor.REP})
_AGENT = frozenset({Actor.AGENT})
_REP = frozenset({Actor.REP})

# from -> to -> who may. A closed ticket stays closed: each new call makes a new case (GUIDE).
MOVES: Mapping[Status, Mapping[Status, frozenset[Actor]]] = {
    Status.DRAFT: {Status.SUBMITTED: _BOTH, Status.DISCARDED: _BOTH},
    Status.DISCARDED: {Status.DRAFT: _BOTH},
    Status.SUBMITTED: {
        Status.IN_PROGRESS: _REP,
        Status.WAITING_ON_AGENT: _REP,
        Status.RESOLVED: _REP,
        Status.TRACKER: _BOTH,
        Status.CLOSED: _BOTH,
    },
    Status.IN_PROGRESS: {
        Status.WAITING_ON_AGENT: _REP,
        Status.RESOLVED: _REP,
        Status.TRACKER: _BOTH,
        Status.CLOSED: _BOTH,
    },
    Status.WAITING_ON_AGENT: {
        Status.IN_PROGRESS: _BOTH,
        Status.RESOLVED: _REP,
        Status.TRACKER: _BOTH,
        Status.CLOSED: _BOTH,
    },
    Status.TRACKER: {
        Status.IN_PROGRESS: _REP,
        Status.RESOLVED: _REP,
        Status.CLOSED: _BOTH,
    },
    Status.RESOLVED: {
        Status.IN_PROGRESS: _BOTH,
        Status.TRACKER: _BOTH,
        Status.CLOSED: _BOTH,
    },
    Status.CLOSED: {},
}
UNSENT = frozenset({Status.DRAFT, Status.DISCARDED})
OPEN = frozenset(MOVES) - UNSENT - {Status.CLOSED, Status.RESOLVED}


def check_move(current: Status, wanted: Status, actor: Actor) -> None:
    """Pass silently if the move is legal.

    Raises:
        IllegalMove: saying what the ticket is and what could be done instead.
    """
    allowed = MOVES[current]
    if wanted not in allowed:
        choices = ", ".join(allowed) or "nothing: a new problem needs a new ticket"
        raise IllegalMove(f"The ticket is {current}; from there it can become {choices}.")
    if actor not in allowed[wanted]:
        raise IllegalMove(f"Only a PSL representative can set a ticket to {wanted}.")


def kind_of(guide: Guide, words: str) -> TicketKind:
    """The first kind of issue whose cues fit the words; the last kind takes the rest."""
    for kind in guide.ticket_kinds:
        if kind.cued is None or kind.cued.search(words):
            return kind
    return guide.ticket_kinds[-1]


def missing_fields(
    guide: Guide, kind: str, details: Mapping[str, str], waived: Iterable[str]
) -> list[str]:
    """The ids of what still has to be asked, in order (GUIDE: the details PSL needs)."""
    needed = next(k for k in guide.ticket_kinds if k.id == kind)
    settled = set(details) | set(waived)
    if {"case_number", "application_number"} & set(details):
        settled.add("case_or_application")
    return [field for field in needed.fields if field not in settled]


# Who the agent is and what happened cannot be skipped (GUIDE: DOI information; the issue itself).
UNSKIPPABLE = frozenset({"what_happened", "agency", "doi_number", "role"})

_WORD = re.compile(r"[a-z0-9]{3,}")
_COMMON = frozenset(
    _WORD.findall(
        "the and for with that this her his she him they them has have had was were not but can "
        "cant wont get gets got from when what ticket case number please need client again still"
    )
)


def similarity(one: str, other: str) -> float:
    """Share of telling words that two texts have in common, 0 to 1 (Dice); 0 if one has none."""
    a = set(_WORD.findall(one.lower())) - _COMMON
    b = set(_WORD.findall(other.lower())) - _COMMON
    return 2 * len(a & b) / (len(a) + len(b)) if a and b else 0.0


def same_client(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether both name the same case or application; an empty number never matches."""
    return any(
        one.get(key) and one.get(key) == other.get(key)
        for key in ("case_number", "application_number")
    )
