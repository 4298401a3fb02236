"""Puts the readers together: from the words of a message to its details."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from psl.details import (
    agency,
    agents,
    answers,
    codes,
    contact,
    cues,
    enrollment,
    identifiers,
    labels,
    members,
    names,
    problems,
    tried,
    when,
)
from psl.details.bags import bag
from psl.details.candidate import Candidate, choose
from psl.details.detail import Detail, Details
from psl.details.lists import Lists, load_lists
from psl.details.negation import is_negated
from psl.details.numbers import find_numbers
from psl.details.screens import read_screens
from psl.details.spelling import Spelling
from psl.details.words import Pipeline, Words, vocabulary

# Where these begin, the words of a message or a step end.
_STOPPING = bag(
    """
    screen browser case_number application_number doi_number npn phone agency device
    ticket_number psl_number role association
    """
)


class Reader:
    """Reads details; made once, then pure: the same message always gives the same details."""

    def __init__(self, guide_dir: Path) -> None:
        """Args:
        guide_dir: the folder with systems.yml, screens.yml, ... (usually ``data/guide``).

        Raises:
            GuideError: a list is missing or wrong.
        """
        lists = load_lists(guide_dir)
        patterns = all_patterns(lists)
        every = [line for lines in patterns.values() for line in lines]
        spelling = Spelling(vocabulary(every), lists.spelling)
        self._pipeline = Pipeline(spelling, patterns)
        self.areas = {topic: entry.area for topic, entry in lists.topics.items()}

    def words(self, text: str) -> Words:
        """The message cut into words, with the listed phrases in it."""
        return self._pipeline.read(text)

    def read(self, text: str, *, asked: str | None = None) -> Details:
        """The details in ``text``, none overlapping another, in the order of its words.

        Args:
            text: a message, already masked by ``psl.privacy``.
            asked: the kind just asked for, so that a bare answer is read as that kind.
        """
        return self.read_words(self.words(text), asked=asked)

    def read_words(self, words: Words, *, asked: str | None = None) -> Details:
        """As ``read``, of a message already cut into words."""
        return Details(
            Detail(c.kind, c.value, words.text[c.start : c.end], c.start, c.end, c.negated)
            for c in self.readings(words, asked=asked)
        )

    def readings(self, words: Words, *, asked: str | None = None) -> list[Candidate]:
        """The chosen readings, with the words they span."""
        if not len(words):
            return []
        found = list(self._candidates(words, asked))
        found = [
            c if c.negated or not is_negated(words, c) else c._replace(negated=True) for c in found
        ]
        if asked is not None:
            found += answers.read_answer(words, asked, found)
            found = [answers.preferred(c, asked) for c in found]
        return choose(found)

    @staticmethod
    def _candidates(words: Words, asked: str | None) -> Iterable[Candidate]:
        found = find_numbers(words)
        simple: list[Candidate] = [
            *contact.emails(words),
            *codes.read_tickets(words, found),
            *identifiers.read_numbers(words, found),
            *codes.read_spaced_codes(words, found),
            *names.read_names(words, asked),
            *read_screens(words, asked == "screen"),
            *members.read_members(words, found, asked == "members"),
            *agents.read_roles(words, asked == "role"),
            *agents.read_association(words),
            *agency.read_agencies(words),
            *when.read_days(words, asked == "weekday"),
            *when.read_dates(words),
            *when.read_hours(words, asked == "time_range"),
        ]
        stops = {c.lead for c in simple if c.kind in _STOPPING}
        # An error code ends a phrase as well, and the words before it that say so.
        stops |= {place for c in simple if c.kind == "error" for place in (c.i, c.lead)}
        dates = [(c.i, c.j) for c in simple if c.kind == "date"]
        people_at = {c.lead for c in simple if c.kind == "members"}
        ids = {c.lead for c in simple if c.kind in _STOPPING - {"browser", "device"}}
        return (
            *simple,
            *problems.read_errors(words, stops),
            *tried.read_tried(words, ids),
            *enrollment.read_enrollment(words, stops | people_at, dates),
        )


def all_patterns(lists: Lists) -> dict[tuple[str, str], tuple[str, ...]]:
    """All phrases that the pipeline looks for: (group, value) -> patterns."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for kind, entries in (
        ("system", lists.systems),
        ("screen", lists.screens),
        ("browser", lists.browsers),
        ("device", lists.devices),
        ("language", lists.languages),
    ):
        found |= names.patterns(kind, entries)
    found |= {("label", kind): lines for kind, lines in labels.LABEL_PATTERNS.items()}
    found |= {("day", day): lines for day, lines in when.DAY_PATTERNS.items()}
    found |= {("role", role): lines for role, lines in agents.ROLE_PATTERNS.items()}
    found |= {("association", side): lines for side, lines in agents.ASSOCIATION_PATTERNS.items()}
    found |= {("enrollment", form): lines for form, lines in enrollment.ENROLLMENT_PATTERNS.items()}
    found |= {("topic", topic): entry.words for topic, entry in lists.topics.items()}
    found[("message", "")] = lists.messages
    found[("opener", "")] = lists.openers
    found[("symptom", "")] = lists.symptoms
    found[("state", "")] = lists.states
    found[("no_symptom", "")] = lists.no_symptoms
    found |= {("cue", cue): lines for cue, lines in cues.CUE_PATTERNS.items()}
    found[("step", "")] = tried.STEP_PATTERNS
    found[("untried", "")] = tried.UNTRIED_PATTERNS
    return found


@lru_cache(maxsize=4)
def shared_reader(guide_dir: Path) -> Reader:
    """The process's reader of a guide folder: its matchers take time and memory to build."""
    return Reader(guide_dir)
