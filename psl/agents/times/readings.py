"""What was understood of working hours or of an absence, and what has to be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from psl.agents.availability import DayHours, WeeklyHours

# Pairs of a button's title and the words that stand for it.
Choices = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Question:
    """Asked instead of guessing.

    ``choices`` are pairs of a button's title and the sentence that stands for it: said to the same
    reader instead of the unclear words, it is understood.
    """

    text: str
    choices: Choices = ()


@dataclass(frozen=True)
class HoursReading:
    """Working hours as somebody said them.

    ``days`` has the new hours of each weekday (0 is Monday) that the text decides, None for a day
    without work; ``zone`` is the IANA zone if one was named.
    """

    days: Mapping[int, DayHours | None] = field(default_factory=dict)
    zone: str | None = None
    questions: tuple[Question, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Nothing about hours or a zone was said."""
        return not self.days and self.zone is None and not self.questions

    def applied_to(self, current: WeeklyHours) -> WeeklyHours:
        """The week with the days of this reading in place of its own."""
        for day, hours in self.days.items():
            current = current.with_day(day, hours)
        return current


@dataclass(frozen=True)
class AbsenceReading:
    """An absence as somebody said it, or that part of it that was said.

    Instants are aware UTC, half-open: ``end`` is when the agent is back. ``no_end`` is 'No End
    Time' (PUBLIC). ``mentions_time`` is whether anything about a time was said at all.
    """

    start: datetime | None = None
    end: datetime | None = None
    no_end: bool = False
    questions: tuple[Question, ...] = ()
    mentions_time: bool = False
