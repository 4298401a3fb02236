"""Where the clauses of a message begin."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

from psl.details.bags import bag
from psl.details.candidate import Candidate
from psl.details.extent import ends_clause
from psl.details.screens import stem
from psl.details.words import Hit, Words

CONJUNCTIONS = bag(
    """
    and & plus also but then so because when whenever while after before until since though
    although which besides except without once if however unless
    """
)
_SEQUENCE = bag(
    """
    but then so because when whenever while after before until since though although which
    without once if however unless except
    """
)
_MARKS = frozenset({",", ";", "(", ")", "—", "•", "|", "*"})
IDENTIFIERS = ("case_number", "application_number")


class Cue(IntEnum):
    """How strongly a clause announces another problem."""

    SEQUENCE = 0  # "then", "when", "because": the same story goes on
    NONE = 1
    ADD = 2  # "also", "plus"
    NEW = 3  # "another client", "separately"
    ITEM = 4  # "2)", "second"


@dataclass
class Cut:
    """A place where a clause begins: its first word, and what the boundary before it was."""

    at: int
    cue: Cue = Cue.NONE
    full_stop: bool = False
    ordinal: int = 0
    after: int = 0  # first word of the clause itself, behind "2)" or "on top of that"

    def __post_init__(self) -> None:
        self.after = max(self.at, self.after)


def find_cuts(
    words: Words,
    inside: set[int],
    cues: Mapping[str, Sequence[Hit]],
    items: Mapping[int, tuple[int, int]],
    readings: Sequence[Candidate],
    begin: int,
) -> list[Cut]:
    """Where clauses begin."""
    new_at = {hit.i: hit for hit in cues.get("new", ())}
    if cues.get("announce"):
        new_at |= {hit.i: hit for hit in cues.get("each", ())}
    if new_at or items:
        new_at |= {hit.i: hit for hit in cues.get("last", ())}
    announce_ends = {hit.j for hit in cues.get("announce", ())}
    bounds = _id_bounds(words, readings) | _screen_bounds(words, readings)
    bounds |= {place for place in announce_ends if words.norm(place) in _AFTER_LEAD}
    places = _symptom_places(words)
    cuts = [Cut(begin, full_stop=True)]
    k = begin
    while k < len(words):
        norm = words.norm(k)
        fresh: Cut | None = None
        step = 1
        if k in items:
            number, after = items[k]
            while words.norm(after) in ("is", "that", ":", ","):
                after += 1
            fresh, step = Cut(k, Cue.ITEM, ordinal=number, after=after), max(1, after - k)
        elif k in inside:
            pass
        elif k in new_at:
            hit = new_at[k]
            if _is_aside(words, cuts[-1], k, places):
                cuts[-1].cue = max(cuts[-1].cue, Cue.NEW)  # "the 1095 for another client is late"
                k += 1
                continue
            marks = words.norm(hit.j - 1) in _PURE_MARKS
            after = hit.j if marks else k
            while marks and words.norm(after) in ("is", "that", ":", ","):
                after += 1
            fresh, step = (
                Cut(_reach_back(words, k, cuts[-1]), Cue.NEW, after=after),
                max(1, after - k),
            )
        elif ends_clause(words, k):
            fresh = Cut(k + 1, full_stop=True)
        elif norm in _MARKS or (norm in ("-", "–", "/") and not _tight(words, k)):
            fresh = Cut(k + 1, full_stop=norm == ";")
        elif norm == ":" and (k in announce_ends or _is_lead_colon(words, k, cues, items)):
            fresh = Cut(k + 1, full_stop=True)
        elif norm in ("also", "plus", "+", "besides"):
            if 0 < k - cuts[-1].after <= 3 and _is_subject(words, cuts[-1].after, k, readings):
                cuts[-1].cue = max(cuts[-1].cue, Cue.ADD)  # "my delegate also gets …"
            else:
                fresh = Cut(k, Cue.ADD, after=k + 1)
        elif norm in CONJUNCTIONS:
            fresh = Cut(k, Cue.SEQUENCE if norm in _SEQUENCE else Cue.NONE)
        elif k in bounds:
            fresh = Cut(k)
        if fresh is not None:
            _add(words, cuts, fresh)
        k += step
    return cuts


def _is_aside(words: Words, last: Cut, k: int, places: Sequence[int]) -> bool:
    """Whether "another client" only says whose the thing is that the clause is about."""
    if words.norm(k - 1) not in ("for", "of", "with") or last.at == 0:
        return False
    told = [norm for norm in words.norms[last.after : k] if norm not in _JOINERS]
    return bool(told) and not any_between(places, last.after, k)


def _add(words: Words, cuts: list[Cut], fresh: Cut) -> None:
    """Adds a cut; two with nothing but "and", "on", "a" between are one, and the stronger counts."""
    last = cuts[-1]
    if all(norm in _JOINERS for norm in words.norms[last.after : fresh.at]) and (
        not last.ordinal or not fresh.ordinal
    ):
        cue = max(last.cue, fresh.cue)
        if Cue.SEQUENCE in (last.cue, fresh.cue) and cue == Cue.NONE and not fresh.full_stop:
            cue = Cue.SEQUENCE
        last.cue = cue
        last.full_stop = last.full_stop or fresh.full_stop
        last.ordinal = last.ordinal or fresh.ordinal
        last.after = max(last.after, fresh.after)
    else:
        cuts.append(fresh)


def _tight(words: Words, k: int) -> bool:
    """Whether a dash or slash joins what stands beside it: "9-5", "and/or"."""
    return words.glued(k - 1) and words.glued(k)


def _reach_back(words: Words, k: int, last: Cut) -> int:
    """Where "and on a totally" begins that leads up to "different client"."""
    while k > last.after and words.norm(k - 1) in _JOINERS | {"totally", "completely", "whole"}:
        k -= 1
    return k


def _is_subject(words: Words, i: int, k: int, readings: Sequence[Candidate]) -> bool:
    """Whether the words before "also" are the subject of its clause: "my delegate also gets"."""
    if any(i <= hit.i < k for hit in words.hits.get("symptom", ())):
        return False
    return all(words.is_word(m) for m in range(i, k)) and not any(
        r.i < k and r.j > i and r.kind != "screen" for r in readings
    )


_AFTER_LEAD = bag("the my her his a app case error client can't won't portal kog plan")
_PURE_MARKS = bag(
    """
    issue problem thing 1 note matter subject topic that this separately unrelated additionally addition hand
    it and finally lastly you ya here at is for about error
    """
)
_JOINERS = bag("and & also plus then but so oh on for a an the with my in , i have there's is")


def _is_lead_colon(
    words: Words, k: int, cues: Mapping[str, Sequence[Hit]], items: Mapping[int, tuple[int, int]]
) -> bool:
    """Whether a colon ends a lead such as "couple of things today:"."""
    near = any(k - 6 <= hit.j <= k for hit in cues.get("announce", ()))
    return near or any(start < k <= after for start, (_, after) in items.items())


def _id_bounds(words: Words, readings: Sequence[Candidate]) -> set[int]:
    """Where the next client begins in words without marks: "case 1… stuck case 2… missing"."""
    bounds: set[int] = set()
    places = _symptom_places(words)
    for kind in IDENTIFIERS:
        ids = [r for r in readings if r.kind == kind and not r.negated]
        for one, other in pairwise(ids):
            between = words.norms[one.j : other.lead]
            if one.value == other.value or len(between) < 2:
                continue
            leads = bool(places) and places[0] < one.lead
            bounds.add(one.j if leads else other.lead)
    return bounds


def _screen_bounds(words: Words, readings: Sequence[Candidate]) -> set[int]:
    """The same of screens: "plan selection screen freezes documents tab is blank"."""
    places = _symptom_places(words)
    screens = [r for r in readings if r.kind == "screen" and not r.negated]
    bounds: set[int] = set()
    for place, (one, other) in enumerate(pairwise(screens)):
        end = screens[place + 2].lead if place + 2 < len(screens) else len(words)
        told = any_between(places, one.j, other.lead) and any_between(places, other.j, end)
        article = words.norms[other.lead : other.i]
        if (
            told
            and stem(one.value) != stem(other.value)
            and all(w in ("the", "my", "a") for w in article)
        ):
            bounds.add(other.lead)
    return bounds


def _symptom_places(words: Words) -> list[int]:
    return [hit.i for hit in words.longest("symptom")]


def any_between(places: Sequence[int], at: int, end: int) -> bool:
    """Whether one of the ascending ``places`` lies in ``at`` up to ``end``."""
    first = bisect_left(places, at)
    return first < len(places) and places[first] < end
