"""A message cut into clauses, each with what it says about a problem: the raw material of ``split``."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from psl.details.bags import bag
from psl.details.candidate import Candidate
from psl.details.cues import find_cues, find_items
from psl.details.cuts import CONJUNCTIONS, IDENTIFIERS, Cue, any_between, find_cuts
from psl.details.extent import CLOSING, OPENING
from psl.details.screens import stem
from psl.details.words import Hit, Words

_NOT_TITLES = frozenset(
    {"tried", "enrollment", "agency", "role", "association", "phone", "email", "members"}
)
_PASSAGE = bag(
    """
    to from into past via onto through click clicked clicking hit hitting opened opening open
    press pressed select selected back after before until
    """
)
_ASKING = bag("who what where how why which whom whose")
_ASKING_PAIRS = bag(
    """
    can_you can_i can_u could_you do_i do_you should_i would_you is_there are_there is_it
    will_you can_we do_we should_we am_i does_it does_that is_that is_this did_you have_you
    let_me help_me please_write please_draft please_open please_file
    """
)
_BACKWARD = bag(
    """
    it this that which same still again they it's its that's these those he there now thats
    """
)
_FOR_ALL = frozenset({"all", "both", "everything", "each"})
_CLIENTS = frozenset(["client", "client's", "case", "app", "application", "household", "family"])
_EMPTY_WORDS = bag(
    """
    i we my me the a an in on at with for is it's was and also to of from by im i'm am are using
    use used please thanks thank you hi hello hey both all everything case app application
    number browser agency doi role screen error members affected system id npn this client
    clients same so far already yet as well too : , . ; - ( ) ! / & # = + " “ ” too ok okay no
    num it its not here have has or
    """
)


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


def read_clauses(words: Words, readings: Sequence[Candidate], begin: int = 0) -> list[Clause]:
    """The clauses of a message from word ``begin`` on, in order."""
    inside = _insides(words, readings)
    cues = find_cues(words, inside)
    items = find_items(words, inside, cues)
    cuts = find_cuts(words, inside, cues, items, readings, begin)
    signals = _Signals(words, readings, cues)
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
            _describe(words, clause, cut.at, end, signals)
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


class _Signals:
    """Where the words stand that say something about a problem."""

    def __init__(
        self, words: Words, readings: Sequence[Candidate], cues: Mapping[str, Sequence[Hit]]
    ) -> None:
        covered = {k for hit in words.hits.get("no_symptom", ()) for k in range(hit.i, hit.j)}
        for kind in ("announce", "new", "same", "each", "first"):
            covered |= {k for hit in cues.get(kind, ()) for k in range(hit.i, hit.j)}
        hidden = {k for r in readings if r.kind in _NOT_TITLES for k in range(r.i, r.j)}
        covered |= hidden
        strong = {hit.i for hit in words.longest("symptom") if hit.i not in covered}
        strong |= {r.i for r in readings if r.kind == "error" and not r.negated}
        weak = {hit.i for hit in words.longest("state") if hit.i not in covered}
        self.symptoms = sorted(strong)
        self.states = sorted(weak - strong)
        self._topics = sorted(
            (hit.i, hit.value) for hit in words.hits.get("topic", ()) if hit.i not in hidden
        )
        self._cues = {name: [hit.i for hit in hits] for name, hits in cues.items()}
        self._clients = [
            hit.i for hit in cues.get("new", ()) if set(words.norms[hit.i : hit.j]) & _CLIENTS
        ]

    def cued(self, name: str, at: int, end: int) -> bool:
        """Whether a cue stands between two words."""
        return any_between(self._cues.get(name, ()), at, end)

    def client(self, at: int, end: int) -> bool:
        """Whether another client or case is turned to."""
        return any_between(self._clients, at, end)

    def topics(self, at: int, end: int) -> frozenset[str]:
        """What is spoken of."""
        first, last = bisect_left(self._topics, (at, "")), bisect_left(self._topics, (end, ""))
        return frozenset(topic for _, topic in self._topics[first:last])


def _trim(words: Words, i: int, j: int) -> tuple[int, int]:
    """Without the marks and conjunctions at both ends."""
    while j > i and (words.norm(j - 1) in CONJUNCTIONS - {"without"} or not _counts(words, j - 1)):
        j -= 1
    while i < j and (
        words.norm(i) in ("and", "&", "also", "plus", "but", "so", "then") or not _counts(words, i)
    ):
        i += 1
    return i, j


def _counts(words: Words, k: int) -> bool:
    return words.is_word(k) or words.is_digits(k) or words.norm(k) in ('"', "“", "”", "$", "%", ")")


def _describe(words: Words, clause: Clause, at: int, end: int, signals: _Signals) -> None:
    """Fills in what a clause says."""
    first = words.norm(clause.i)
    clause.question = _asks(words, clause)
    clause.lead = signals.cued("announce", at, end)
    clause.same = signals.cued("same", at, end)
    clause.backward = clause.same or first in _BACKWARD
    clause.verbal = first.endswith("n't") or first in ("not", "keeps", "unable", "never")
    clause.for_all = bool(_FOR_ALL & set(words.norms[at:end]))
    clause.client = signals.client(at, end)
    if clause.cue == Cue.NONE and signals.cued("add", at, end):
        clause.cue = Cue.ADD
    symptom = any_between(signals.symptoms, at, end)
    clause.broken = clause.lead and symptom
    if not (clause.question or clause.lead):
        clause.symptom = symptom
        clause.state = not symptom and any_between(signals.states, at, end)
    clause.topics = signals.topics(at, end)
    told = [r for r in clause.readings if not r.negated]
    clause.screens = frozenset(
        stem(r.value) for r in told if r.kind == "screen" and not _passed_through(words, r)
    )
    clause.ids = frozenset((r.kind, r.value) for r in told if r.kind in IDENTIFIERS)
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
        before = words.norm(k - 1)
        if words.norm(k) == "on" and before not in ("click", "clicked", "clicking", "back"):
            return False
        k -= 1
    return words.norm(k) in _PASSAGE


def _asks(words: Words, clause: Clause) -> bool:
    first, second = words.norm(clause.i), words.norm(clause.i + 1)
    if f"{first}_{second}" in _ASKING_PAIRS:
        return first not in ("is", "are", "does") or words.norm(clause.j) == "?"
    if first in _ASKING and clause.i > 0 and first != "which":
        return words.norm(clause.j) == "?" or first != "what"
    return words.norm(clause.j) == "?" and first in (
        _ASKING | {"is", "are", "do", "does", "can", "should"}
    )
