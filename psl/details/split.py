"""The eye of the one-issue rule: separate problems in one message.

GUIDE: "Agents may not include multiple issues under a single ticket." What counts as separate is
OPEN; this reads it so: a message is taken as one problem unless its words tell them apart. They do
by an enumeration ("1) … 2) …", "first … second"), by a new start ("another client", "separately"),
by "also" or "plus" before a problem of another topic, screen, case or error code, or by
different cases, or screens, each with a problem of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

from psl.details.bags import bag
from psl.details.candidate import Candidate
from psl.details.clauses import Clause, read_clauses
from psl.details.cuts import Cue
from psl.details.detail import Detail, Details
from psl.details.reader import Reader
from psl.details.titles import command_end
from psl.details.words import Words

# These are the agent's, never one problem's.
_OF_THE_AGENT = frozenset({"agency", "doi_number", "npn", "role", "phone", "email"})
# Said once, they hold for every problem.
_SETTING = frozenset({"browser", "device", "system"})
# Told at the end, apart from any problem, they hold for all that do not have their own.
_OF_THE_CASE = bag(
    """
    case_number application_number members enrollment tried association psl_number ticket_number
    browser device system
    """
)
_IDENTIFIERS = frozenset({"case_number", "application_number"})
_ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Issue:
    """One problem.

    Attributes:
        text: the words it came from, ``message[start:end]``.
        start: where they begin in the message.
        end: where they end.
        details: the details that belong to it alone, placed as in the whole message.
    """

    text: str
    start: int
    end: int
    details: Details


def _is_margin(letter: str) -> bool:
    """Whether a sign before the first word of a problem is no part of it."""
    return letter.isspace() or letter in ",.;:-"


class _Group:
    """The clauses of one problem, and what they say together."""

    def __init__(self, clauses: Iterable[Clause] = (), *, tentative: bool = False) -> None:
        self.clauses: list[Clause] = []
        self.tentative = tentative
        self.told = False
        self.hinted = False  # it would do as an item of a list: "2) missing newborn", "2) 1095-A"
        self.ids: set[tuple[str, str]] = set()
        self.screens: set[str] = set()
        self.codes: set[str] = set()
        self.topics: set[str] = set()
        self.add(clauses)

    def add(self, clauses: Iterable[Clause]) -> None:
        """Clauses that belong to the problem."""
        for clause in clauses:
            self.clauses.append(clause)
            self.told = self.told or clause.symptom
            something = clause.state or clause.topics or clause.screens
            self.hinted = self.hinted or bool(something and not (clause.question or clause.plain))
            self.know(clause)

    def know(self, clause: Clause) -> None:
        """A clause that says what the problem is about, whether or not it belongs to it."""
        self.ids |= clause.ids
        self.screens |= clause.screens
        self.codes |= clause.codes
        self.topics |= clause.topics


def split_issues(text: str, reader: Reader) -> tuple[tuple[Issue, ...], Details]:
    """The separate problems of a message, and the details they share.

    Returns:
        No issue if nothing is said (or only "write up a ticket"); one issue with all details and
        nothing shared if the message tells one problem; else the issues in the order told, and
        the details that hold for all of them (agency, DOI number, a browser stated once …).
    """
    words = reader.words(text)
    readings = reader.readings(words)
    details = {
        r: Detail(r.kind, r.value, text[r.start : r.end], r.start, r.end, r.negated)
        for r in readings
    }
    start = command_end(text)
    if not any(letter.isalnum() for letter in text[start:]):
        return (), Details(details.values())
    clauses = read_clauses(words, readings, words.at(start))
    # "report three problems: …" is a request, and announces as well.
    cues = words.hits.get("cue", ())
    announced = any(c.lead for c in clauses) or any(
        cue.value == "announce" and words.starts[cue.i] < start for cue in cues
    )
    preamble, groups = _group(clauses, announced, reader)
    if len(groups) < 2:
        begin = next(k for k in range(start, len(text)) if not _is_margin(text[k]))
        end = len(text.rstrip())
        return (Issue(text[begin:end], begin, end, Details(details.values())),), Details()
    return _issues(words, preamble, groups, details, start)


def _group(
    clauses: Sequence[Clause], announced: bool, reader: Reader
) -> tuple[list[Clause], list[_Group]]:
    """Clauses before the first problem, and those of each problem."""
    listed = any(c.ordinal for c in clauses)
    preamble: list[Clause] = []
    groups: list[_Group] = []
    waiting: list[Clause] = []  # clauses without a problem, which may lead up to the next one
    broken = False
    for clause in clauses:
        broken = broken or clause.broken
        if broken and not clause.question and (clause.topics or clause.screens) and not clause.lead:
            clause.symptom = True  # "several things broken: the export, the payment screen, …"
        if listed and not groups and clause.ordinal != 1:
            preamble.append(clause)
        elif clause.cue >= Cue.NEW and not clause.lead and (groups or clause.ordinal or announced):
            if groups:
                groups[-1].add(waiting)
            waiting = []
            groups.append(_Group([clause], tentative=True))
        elif not groups and clause.client and clause.symptom and _tells(preamble):
            # "no aptc for this client, and for another client …": what came before is a problem too
            groups += [_Group(preamble), _Group([clause], tentative=True)]
            preamble = []
        elif not groups:
            if clause.symptom:
                groups.append(_first(clause, preamble))
            else:
                preamble.append(clause)
        elif groups[-1].tentative and not groups[-1].told and not waiting:
            groups[-1].add([clause])
        elif clause.symptom or (clause.state and clause.cue >= Cue.ADD):
            leading = _leading(waiting, groups[-1])
            groups[-1].add(waiting[: len(waiting) - len(leading)])
            fresh = _Group([*leading, clause])
            if _is_new(groups[-1], fresh, clause, announced, reader):
                groups.append(fresh)
            else:
                groups[-1].add(fresh.clauses)
            waiting = []
        elif clause.full_stop and waiting and not clause.plain:
            groups[-1].add(waiting)
            waiting = [clause]
        else:
            waiting.append(clause)
    if groups:
        groups[-1].add(waiting)
    return preamble, _validated(groups, announced or listed)


def _first(clause: Clause, preamble: Sequence[Clause]) -> _Group:
    """The first problem: a case told before it is its case."""
    group = _Group([clause])
    if any(c.ids for c in preamble):
        for before in preamble:
            group.know(before)
    return group


def _tells(clauses: Sequence[Clause]) -> bool:
    """Whether clauses tell something of their own, without a word for what is wrong."""
    return any((c.topics or c.screens) and not (c.plain or c.question or c.lead) for c in clauses)


def _leading(waiting: Sequence[Clause], current: _Group) -> list[Clause]:
    """Of the clauses before a problem, those that lead up to it: "…, case 2, member missing"."""
    known = current.ids
    kinds = {kind for kind, _ in known}
    for place, clause in enumerate(waiting):
        if any(kind in kinds and (kind, value) not in known for kind, value in clause.ids):
            return list(waiting[place:])
    if waiting and waiting[-1].cue >= Cue.ADD:
        return [waiting[-1]]  # "also need help with app 2…"
    return []


def _is_new(
    current: _Group, fresh: _Group, clause: Clause, announced: bool, reader: Reader
) -> bool:
    """Whether a clause that reports a problem begins another one."""
    goes_on = clause.cue == Cue.SEQUENCE and not (announced and clause.full_stop)
    if clause.same or goes_on:
        return False
    if _apart(current.ids, fresh.ids):
        return True
    if clause.backward:
        return False
    screens_apart = bool(current.screens and fresh.screens) and not current.screens & fresh.screens
    if clause.cue >= Cue.ADD or announced:
        codes_apart = bool(current.codes and fresh.codes) and not current.codes & fresh.codes
        topics_apart = bool(fresh.topics) and not (current.topics & fresh.topics)
        return screens_apart or codes_apart or topics_apart
    if screens_apart:
        return True
    one, other = _areas(current, reader), _areas(fresh, reader)
    if not one or not other or one & other:
        return False
    # Being locked out is the cause of much; in one sentence it takes a case to set the other apart.
    return (
        clause.full_stop or _ACCOUNT not in one | other or (bool(fresh.ids) and not clause.verbal)
    )


def _apart(one: Set[tuple[str, str]], other: Set[tuple[str, str]]) -> bool:
    """Whether both name cases (or both applications), and none in common."""
    for kind in ("case_number", "application_number"):
        mine = {value for named, value in one if named == kind}
        theirs = {value for named, value in other if named == kind}
        if mine and theirs:
            return not mine & theirs
    return False


def _areas(group: _Group, reader: Reader) -> frozenset[str]:
    return frozenset(reader.areas[topic] for topic in group.topics)


def _validated(groups: Sequence[_Group], listed: bool) -> list[_Group]:
    """Groups that hold a problem; the others go to the one before."""
    kept: list[_Group] = []
    for group in groups:
        first = group.clauses[0]
        same = any(c.same for c in group.clauses if not (c.ordinal and c.symptom)) or (
            first.cue == Cue.NEW and first.backward
        )
        told = group.told or any(c.state for c in group.clauses)
        item = first.ordinal > 0 and listed and group.hinted
        fits = not group.tentative or ((told or item) and not same)
        if fits and first.ordinal and all(c.plain for c in group.clauses):
            fits = False  # an enumeration of details: "1. error: KY-5021 2. screen: …"
        if fits or not kept:
            kept.append(group)
        else:
            kept[-1].add(group.clauses)
    while len(kept) > 1 and not (kept[0].told or kept[0].hinted):
        kept[:2] = [_Group([*kept[0].clauses, *kept[1].clauses])]
    return kept


def _issues(
    words: Words,
    preamble: Sequence[Clause],
    groups: Sequence[_Group],
    details: dict[Candidate, Detail],
    start: int,
) -> tuple[tuple[Issue, ...], Details]:
    """Hands out the details: to one problem, or to all."""
    shared: set[Candidate] = set()
    own: list[list[Candidate]] = [[] for _ in groups]
    homes: dict[str, set[int]] = defaultdict(set)
    for at, group in enumerate(groups):
        for clause in group.clauses:
            for reading in clause.readings:
                homes[_family(reading)].add(at)
    spans: list[tuple[int, int]] = []
    for at, group in enumerate(groups):
        last = at == len(groups) - 1
        told = [place for place, c in enumerate(group.clauses) if c.symptom or c.state or c.topics]
        last_told = told[-1] if told else len(group.clauses) - 1
        for place, clause in enumerate(group.clauses):
            coda = last and place > last_told
            for reading in clause.readings:
                alone = not homes[_family(reading)] - {at}
                if _holds_for_all(reading.kind, clause, coda=coda, alone=alone):
                    shared.add(reading)
                else:
                    own[at].append(reading)
        kept = len(group.clauses)
        while last and kept > 1 and _is_shared(group.clauses[kept - 1], shared):
            kept -= 1
        clauses = group.clauses[:kept]
        spans.append((clauses[0].i, max(c.j for c in clauses)))
    for clause in preamble:
        for reading in clause.readings:
            others = homes[_family(reading)]
            mine = reading.kind not in _OF_THE_AGENT and others and 0 not in others
            if mine:
                own[0].append(reading)
            else:
                shared.add(reading)
    spans[0] = (_first_word(words, preamble, groups[0], own[0], start), spans[0][1])
    issues = []
    for (i, j), readings in zip(spans, own, strict=True):
        begin, end = words.span(i, max(i + 1, j))
        found = Details(details[r] for r in sorted(readings, key=lambda r: r.start))
        issues.append(Issue(words.text[begin:end], begin, end, found))
    return tuple(issues), Details(details[r] for r in sorted(shared, key=lambda r: r.start))


def _family(reading: Candidate) -> str:
    """Case and application numbers go together: a problem that has one has its own."""
    return "identifier" if reading.kind in _IDENTIFIERS else reading.kind


def _holds_for_all(kind: str, clause: Clause, *, coda: bool, alone: bool) -> bool:
    """Whether a detail is of all problems.

    Args:
        kind: the detail's.
        clause: where it is told.
        coda: the clause comes after the last problem.
        alone: no other problem has a detail of this kind.
    """
    if kind in _OF_THE_AGENT:
        return True
    if clause.symptom:
        return False
    if coda and (clause.for_all or (alone and kind in _OF_THE_CASE)):
        return True
    return alone and kind in _SETTING


def _is_shared(clause: Clause, shared: Set[Candidate]) -> bool:
    """Whether a clause at the end says nothing but what holds for all problems."""
    return bool(clause.readings) and clause.plain and all(r in shared for r in clause.readings)


def _first_word(
    words: Words,
    preamble: Sequence[Clause],
    group: _Group,
    own: Sequence[Candidate],
    start: int,
) -> int:
    """Where the first problem's words begin: its story may start before the problem."""
    first = group.clauses[0].i
    if group.clauses[0].ordinal or any(c.lead for c in preamble):
        return first
    for clause in reversed(preamble):
        if clause.i >= len(words) or words.starts[clause.i] < start:
            break
        mine = bool(clause.readings) and all(r in own for r in clause.readings)
        if not mine and (clause.plain or clause.question):
            break
        first = clause.i
    return first
