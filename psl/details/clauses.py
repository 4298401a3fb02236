"""A message cut into clauses, each with what it says about a problem: the raw material of ``split``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from psl.details.bags import bag
from psl.details.candidate import Candidate
from psl.details.cues import find_cues, find_items
from psl.details.extent import CLOSING, OPENING, ends_clause
from psl.details.screens import stem
from psl.details.words import Hit, Words

_CONJUNCTIONS = bag("""and & plus also but then so because when whenever while after before until since though although
    which besides except without once if however unless""")
_SEQUENCE = bag("""but then so because when whenever while after before until since though although which without once
    if however unless except""")
_MARKS = frozenset({",", ";", "(", ")", "—", "•", "|", "*"})
_NOT_TITLES = frozenset(
    {"tried", "enrollment", "agency", "role", "association", "phone", "email", "members"}
)
_PASSAGE = bag("""to from into past via onto through click clicked clicking hit hitting opened opening open press
    pressed select selected back after before until""")
_ASKING = bag("who what where how why which whom whose")
_ASKING_PAIRS = bag(
    """can you|can i|can u|could you|do i|do you|should i|would you|is there|are there|is it|will you|can we
    |do we|should we|am i|does it|does that|is that|is this|did you|have you|let me|help me|please write
    |please draft|please open|please file""".replace("\n", "")
    .replace(" |", "|")
    .split("|")
)
_BACKWARD = frozenset(
    [
        "it",
        "this",
        "that",
        "which",
        "same",
        "still",
        "again",
        "they",
        "it's",
        "its",
        "that's",
        "these",
        "those",
        "he",
        "there",
        "now",
        "thats",
    ]
)
_FOR_ALL = frozenset({"all", "both", "everything", "each"})
_CLIENTS = frozenset(["client", "client's", "case", "app", "application", "household", "family"])
_IDENTIFIERS = ("case_number", "application_number")
_EMPTY_WORDS = frozenset(
    """i we my me the a an in on at with for is it's was and also to of from by im i'm am are using use used
    please thanks thank you hi hello hey both all everything case app application number browser agency doi
    role screen error members affected system id npn this client clients same so far already yet as well too
    : , . ; - ( ) ! / & # = + " “ ” too ok okay no num it its not here have has or"""
)


class Cue(IntEnum):
    """How strongly a clause announces another problem."""

    SEQUENCE = 0  # "then", "when", "because": the same story goes on
    NONE = 1
    ADD = 2  # "also", "plus"
    NEW = 3  # "another client", "separately"
    ITEM = 4  # "2)", "second"


@dataclass
class Clause:
    """The words ``i`` up to ``j``, without the mark or conjunction before them.

    Attributes:
        i: first word.
        j: end.
        cue: what the words before say about its relation to the clause before.
        full_stop: whether a sentence or line begins here.
        readings: the details in it.
        symptom: it reports a problem; ``state`` says that it only reports how something stands.
        topics: what it is about.
        screens: where it happens.
        ids: case and application numbers, each with its kind.
        codes: error codes.
        backward: it refers to what was said before ("it also …", "same error").
        same: it says outright that it is the same problem.
        question: it asks something.
        verbal: it begins with its verb and has no subject of its own ("can't sign").
        lead: it announces problems ("two things"); ``broken`` says so itself ("several things broken").
        client: it turns to another client or case.
        for_all: it says that it holds for all ("all in chrome").
        plain: it holds nothing but details.
        ordinal: its number in an enumeration.
    """

    i: int
    j: int
    cue: Cue = Cue.NONE
    full_stop: bool = False
    readings: list[Candidate] = field(default_factory=list)
    symptom: bool = False
    state: bool = False
    topics: frozenset[str] = frozenset()
    screens: frozenset[str] = frozenset()
    ids: frozenset[tuple[str, str]] = frozenset()
    codes: frozenset[str] = frozenset()
    backward: bool = False
    same: bool = False
    question: bool = False
    verbal: bool = False
    lead: bool = False
    client: bool = False
    broken: bool = False
    for_all: bool = False
    plain: bool = False
    ordinal: int = 0


@dataclass
class _Cut:
    """A place where a clause begins: its first word, and what the boundary before it was."""

    at: int
    cue: Cue = Cue.NONE
    full_stop: bool = False
    ordinal: int = 0
    after: int = 0  # first word of the clause itself, behind "2)" or "on top of that"

    def __post_init__(self) -> None:
        self.after = max(self.at, self.after)


def read_clauses(words: Words, readings: Sequence[Candidate], begin: int = 0) -> list[Clause]:
    """The clauses of a message from word ``begin`` on, in order."""
    inside = _insides(words, readings)
    cues = find_cues(words, inside)
    items = find_items(words, inside, cues)
    cuts = _cuts(words, inside, cues, items, readings, begin)
    symptoms = _symptoms(words, readings, cues)
    found: list[Clause] = []
    by_start = sorted(readings, key=lambda r: r.i)
    next_reading = 0
    for place, cut in enumerate(cuts):
        end = cuts[place + 1].at if place + 1 < len(cuts) else len(words)
        i, j = _trim(words, cut.after, end)
        clause = Clause(i, j, cut.cue, cut.full_stop, ordinal=cut.ordinal)
        while next_reading < len(by_start) and by_start[next_reading].i < end:
            clause.readings.append(by_start[next_reading])
            next_reading += 1
        if i < j or clause.readings:
            _describe(words, clause, cut.at, end, cues, symptoms)
            found.append(clause)
    return found


def _insides(words: Words, readings: Iterable[Candidate]) -> set[int]:
    """Words at which no clause can begin: inside a detail or a quotation."""
    inside = {k for r in readings for k in range(r.i + 1, r.j)}
    opened: int | None = None
    for k, norm in enumerate(words.norms):
        if norm == "\n":
            opened = None
        elif opened is not None and norm in CLOSING:
            if k - opened < 40:
                inside.update(range(opened + 1, k + 1))
            opened = None
        elif norm in OPENING:
            opened = k
    return inside


def _cuts(
    words: Words,
    inside: set[int],
    cues: Mapping[str, Sequence[Hit]],
    items: Mapping[int, tuple[int, int]],
    readings: Sequence[Candidate],
    begin: int,
) -> list[_Cut]:
    """Where clauses begin."""
    new_at = {hit.i: hit for hit in cues.get("new", ())}
    if cues.get("announce"):
        new_at |= {hit.i: hit for hit in cues.get("each", ())}
    if new_at or items:
        new_at |= {hit.i: hit for hit in cues.get("last", ())}
    announce_ends = {hit.j for hit in cues.get("announce", ())}
    bounds = _id_bounds(words, readings) | _screen_bounds(words, readings)
    bounds |= {place for place in announce_ends if words.norm(place) in _AFTER_LEAD}
    cuts = [_Cut(begin, full_stop=True)]
    k = begin
    while k < len(words):
        norm = words.norm(k)
        fresh: _Cut | None = None
        step = 1
        if k in items:
            number, after = items[k]
            while words.norm(after) in ("is", "that", ":", ","):
                after += 1
            fresh, step = _Cut(k, Cue.ITEM, ordinal=number, after=after), max(1, after - k)
        elif k in inside:
            pass
        elif k in new_at:
            hit = new_at[k]
            marks = words.norm(hit.j - 1) in _PURE_MARKS
            after = hit.j if marks else k
            while marks and words.norm(after) in ("is", "that", ":", ","):
                after += 1
            fresh, step = (
                _Cut(_reach_back(words, k, cuts[-1]), Cue.NEW, after=after),
                max(1, after - k),
            )
        elif ends_clause(words, k):
            fresh = _Cut(k + 1, full_stop=True)
        elif norm in _MARKS or (norm in ("-", "–", "/") and not _tight(words, k)):
            fresh = _Cut(k + 1, full_stop=norm == ";")
        elif norm == ":" and (k in announce_ends or _is_lead_colon(words, k, cues, items)):
            fresh = _Cut(k + 1, full_stop=True)
        elif norm in ("also", "plus", "+", "besides"):
            if 0 < k - cuts[-1].after <= 3 and _is_subject(words, cuts[-1].after, k, readings):
                cuts[-1].cue = max(cuts[-1].cue, Cue.ADD)  # "my delegate also gets …"
            else:
                fresh = _Cut(k, Cue.ADD, after=k + 1)
        elif norm in _CONJUNCTIONS:
            fresh = _Cut(k, Cue.SEQUENCE if norm in _SEQUENCE else Cue.NONE)
        elif k in bounds:
            fresh = _Cut(k)
        if fresh is not None:
            _add(words, cuts, fresh)
        k += step
    return cuts


def _add(words: Words, cuts: list[_Cut], fresh: _Cut) -> None:
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


def _reach_back(words: Words, k: int, last: _Cut) -> int:
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
_PURE_MARKS = bag("""issue problem thing 1 note matter that this separately unrelated additionally addition hand it and
    finally lastly you ya here at is for about error""")
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
    for kind in _IDENTIFIERS:
        ids = [r for r in readings if r.kind == kind and not r.negated]
        for one, other in zip(ids, ids[1:], strict=False):
            between = words.norms[one.j : other.lead]
            if one.value == other.value or len(between) < 2:
                continue
            leads = any(k < one.lead for k in _symptom_places(words))
            bounds.add(one.j if leads else other.lead)
    return bounds


def _screen_bounds(words: Words, readings: Sequence[Candidate]) -> set[int]:
    """The same of screens: "plan selection screen freezes documents tab is blank"."""
    places = _symptom_places(words)
    screens = [r for r in readings if r.kind == "screen" and not r.negated]
    bounds: set[int] = set()
    for place, (one, other) in enumerate(zip(screens, screens[1:], strict=False)):
        end = screens[place + 2].lead if place + 2 < len(screens) else len(words)
        told = any(one.j <= k < other.lead for k in places) and any(
            other.j <= k < end for k in places
        )
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


def _symptoms(
    words: Words, readings: Sequence[Candidate], cues: Mapping[str, Sequence[Hit]]
) -> tuple[set[int], set[int]]:
    """The words that report a problem, and those that report a state."""
    covered = {k for hit in words.hits.get("no_symptom", ()) for k in range(hit.i, hit.j)}
    for kind in ("announce", "new", "same", "each", "first"):
        covered |= {k for hit in cues.get(kind, ()) for k in range(hit.i, hit.j)}
    covered |= {k for r in readings if r.kind in _NOT_TITLES for k in range(r.i, r.j)}
    strong = {hit.i for hit in words.longest("symptom") if hit.i not in covered}
    strong |= {r.i for r in readings if r.kind == "error" and not r.negated}
    weak = {hit.i for hit in words.longest("state") if hit.i not in covered}
    return strong, weak - strong


def _trim(words: Words, i: int, j: int) -> tuple[int, int]:
    """Without the marks and conjunctions at both ends."""
    while j > i and (words.norm(j - 1) in _CONJUNCTIONS - {"without"} or not _counts(words, j - 1)):
        j -= 1
    while i < j and (
        words.norm(i) in ("and", "&", "also", "plus", "but", "so", "then") or not _counts(words, i)
    ):
        i += 1
    return i, j


def _counts(words: Words, k: int) -> bool:
    return words.is_word(k) or words.is_digits(k) or words.norm(k) in ('"', "“", "”", "$", "%", ")")


def _describe(
    words: Words,
    clause: Clause,
    at: int,
    end: int,
    cues: Mapping[str, Sequence[Hit]],
    symptoms: tuple[set[int], set[int]],
) -> None:
    """Fills in what a clause says."""
    span = range(at, end)
    strong, weak = symptoms

    def cued(name: str) -> bool:
        return any(hit.i in span for hit in cues.get(name, ()))

    clause.question = _asks(words, clause, end)
    clause.lead = cued("announce")
    clause.same = cued("same")
    first = words.norm(clause.i)
    clause.backward = clause.same or first in _BACKWARD
    clause.verbal = first.endswith("n't") or first in ("not", "keeps", "unable", "never")
    clause.for_all = bool(_FOR_ALL & set(words.norms[at:end]))
    if clause.cue < Cue.ADD and any(hit.i in span for hit in cues.get("add", ())):
        clause.cue = Cue.ADD if clause.cue != Cue.SEQUENCE else clause.cue
    clause.client = any(
        hit.i in span and set(words.norms[hit.i : hit.j]) & _CLIENTS for hit in cues.get("new", ())
    )
    clause.broken = clause.lead and any(k in span for k in strong)
    if not (clause.question or clause.lead):
        clause.symptom = any(k in span for k in strong)
        clause.state = not clause.symptom and any(k in span for k in weak)
    hidden = {k for r in clause.readings if r.kind in _NOT_TITLES for k in range(r.i, r.j)}
    clause.topics = frozenset(
        hit.value for hit in words.hits.get("topic", ()) if hit.i in span and hit.i not in hidden
    )
    told = [r for r in clause.readings if not r.negated]
    clause.screens = frozenset(
        stem(r.value) for r in told if r.kind == "screen" and not _passed_through(words, r)
    )
    clause.ids = frozenset((r.kind, r.value) for r in told if r.kind in _IDENTIFIERS)
    clause.codes = frozenset(
        r.value
        for r in told
        if r.kind == "error" and " " not in r.value and any(c.isdigit() for c in r.value)
    )
    named = {k for r in clause.readings for k in range(r.i, r.j)}
    clause.plain = all(
        k in named or words.norm(k) in _EMPTY_WORDS for k in range(clause.i, clause.j)
    )


def _passed_through(words: Words, reading: Candidate) -> bool:
    """Whether a screen is only on the way: "kicks me back to the dashboard"."""
    k = reading.i - 1
    while words.norm(k) in ("the", "my", "a", "on", "button", "of"):
        if words.norm(k) == "on" and words.norm(k - 1) not in (
            "click",
            "clicked",
            "clicking",
            "back",
        ):
            return False
        k -= 1
    return words.norm(k) in _PASSAGE


def _asks(words: Words, clause: Clause, end: int) -> bool:
    first, second = words.norm(clause.i), words.norm(clause.i + 1)
    if f"{first} {second}" in _ASKING_PAIRS:
        return first not in ("is", "are", "does") or words.norm(clause.j) == "?"
    if first in _ASKING and clause.i > 0 and first != "which":
        return words.norm(clause.j) == "?" or first != "what"
    return words.norm(clause.j) == "?" and first in (
        _ASKING | {"is", "are", "do", "does", "can", "should"}
    )
