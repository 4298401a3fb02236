"""Absences in words that the reader understands, and the questions about them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from psl.agents.availability import MONTHS, WEEKDAYS
from psl.agents.times.readings import Choices, Question

EXAMPLE = "Dec 22 8 AM through Jan 2"

# What a button offers: its title, and start and end of the absence as far as they are known.
Spell = tuple[str, datetime | None, datetime | None]


@dataclass(frozen=True, slots=True)
class Place:
    """When and where an absence is spoken of: ``now`` in aware UTC, and the agent's zone."""

    now: datetime
    zone: str

    def local(self, at: datetime) -> datetime:
        """An instant as the agent's clock shows it."""
        return at.astimezone(ZoneInfo(self.zone))

    @property
    def today(self) -> date:
        """The date in the agent's zone."""
        return self.local(self.now).date()


def day_title(day: date) -> str:
    """A day on a button: "Fri, Jan 2"."""
    return f"{WEEKDAYS[day.weekday()]}, {MONTHS[day.month - 1]} {day.day}"


def full_day(day: date) -> str:
    """A day in a sentence, with its year: "Fri, Jan 2, 2026"."""
    return f"{day_title(day)}, {day.year}"


def clock_title(local: datetime) -> str:
    """A time of day: "5:00 PM"."""
    return f"{local.hour % 12 or 12}:{local.minute:02} {'PM' if local.hour >= 12 else 'AM'}"


def starting(start: datetime | None, place: Place) -> str:
    """The beginning of a sentence about an absence: "out from Tue, Dec 22, 2026 8:00 AM"."""
    if start is None:
        return ""
    if start <= place.now:
        return "out from now"
    local = place.local(start)
    clock = f" {clock_title(local)}" if local.hour or local.minute else ""
    return f"out from {full_day(local.date())}{clock}"


def through(start: datetime | None, day: date, place: Place) -> str:
    """A sentence: out up to the end of a day."""
    return (
        f"{starting(start, place)} through {full_day(day)}"
        if start
        else f"end it after {full_day(day)}"
    )


def back_on(start: datetime | None, day: date, place: Place) -> str:
    """A sentence: back from the beginning of a day."""
    if start is None:
        return f"end it before {full_day(day)}"
    return f"{starting(start, place)}, back on {full_day(day)}"


def until(start: datetime | None, end: datetime | None, place: Place) -> str:
    """A sentence: out until an instant, or without an end."""
    if end is None:
        return f"{starting(start, place)} with no end date".strip()
    local = place.local(end)
    if not local.hour and not local.minute:
        return through(start, local.date() - timedelta(days=1), place)
    moment = f"{full_day(local.date())} {clock_title(local)}"
    return f"{starting(start, place)} until {moment}" if start else f"end it on {moment}"


def last_day_or_back(start: datetime | None, day: date, place: Place) -> Question:
    """Asks whether the day after "until" is the last one off."""
    choices = (
        (f"Through {day_title(day)}", through(start, day, place)),
        (f"Back on {day_title(day)}", back_on(start, day, place)),
    )
    return Question(f"Is {day_title(day)} your last day out, or the day you are back?", choices)


def until_when(start: datetime, place: Place) -> Question:
    """Asks for the end of an absence whose start is known."""
    local = place.local(max(start, place.now))
    day = local.date()
    tomorrow = day + timedelta(days=1)
    if day == place.today:
        rest = "Rest of today"
        choices: Choices = (
            (rest, through(start, day, place)),
            (
                "Until tomorrow morning",
                f"{starting(start, place)} until {full_day(tomorrow)} 6:00 AM",
            ),
        )
    else:
        choices = ((f"Only {day_title(day)}", through(start, day, place)),)
    return Question(
        "Until when are you out?", (*choices, ("No end date", until(start, None, place)))
    )


def which(text: str, spells: Iterable[Spell], place: Place) -> Question:
    """Asks which of several absences is meant."""
    choices = tuple(
        (title, until(start, end, place) if end else starting(start, place))
        for title, start, end in spells
    )
    return Question(text, choices)


def moment_title(at: datetime, place: Place) -> str:
    """An instant for people: "Fri, Jan 2, 2026, 5:00 PM"; only the day if it is a midnight."""
    local = place.local(at)
    clock = f", {clock_title(local)}" if local.hour or local.minute else ""
    return f"{full_day(local.date())}{clock}"
