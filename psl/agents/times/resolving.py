"""Moments made instants, on the clock of the agent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from psl.agents.availability import DAY, reaches
from psl.agents.times.calendar_days import months_later, on_or_after
from psl.agents.times.clocks import HOUR, NOON, Range, ranges
from psl.agents.times.moments import Days, Moment
from psl.agents.times.readings import Question
from psl.agents.times.spells import EXAMPLE, Place, Spell, clock_title, day_title, which

PARTS = {
    "morning": (0, NOON),
    "afternoon": (NOON, 18 * HOUR),
    "evening": (17 * HOUR, DAY),
    "night": (18 * HOUR, DAY),
}
_FRIDAY = 4


class Unclear(Exception):
    """Something has to be asked before the reading can go on."""

    def __init__(self, question: Question) -> None:
        """Args:
        question: what to ask.
        """
        super().__init__(question.text)
        self.question = question


class Resolver:
    """Finds days and instants; whatever is not certain is raised as ``Unclear``."""

    def __init__(self, place: Place) -> None:
        """Args:
        place: when and where the message was said.
        """
        self.place = place

    def at(self, day: date, minute: int) -> datetime:
        """The instant of a minute of a day.

        Raises:
            Unclear: the calendar does not reach that far.
        """
        try:
            return reaches(day, minute, self.place.zone)
        except (OverflowError, ValueError):
            raise Unclear(Question(f"Which date is that? Type it like “{EXAMPLE}”.")) from None

    def days(self, moment: Moment, since: date, offer: Callable[[date], Spell]) -> Days:
        """The days of a moment.

        Args:
            moment: with days.
            since: the date to count from.
            offer: the absence that a day would make, for the buttons of a question.

        Raises:
            Unclear: there is no such date, or the weekday does not go with it.
        """
        try:
            days = moment.find(since) if moment.find else None
        except (OverflowError, ValueError):
            days = None
        if days is None:
            raise Unclear(Question(f"There is no such date. Type it like “{EXAMPLE}”."))
        coming = days[0] >= self.place.today
        if coming and moment.must_be is not None and days[0].weekday() != moment.must_be:
            earliest = max(self.place.today, days[0] - timedelta(days=3))
            near = on_or_after(earliest, moment.must_be)
            text = f"The weekday and the date do not go together: it is {day_title(days[0])}. Which one?"
            raise Unclear(which(text, [offer(days[0]), offer(near)], self.place))
        return days

    def sure_day(self, moment: Moment, day: date, offer: Callable[[date], Spell] | None) -> date:
        """The day of a weekday.

        Raises:
            Unclear: this week's and next week's are both possible.
        """
        today = self.place.today
        if moment.weekday is None or offer is None:
            return day
        near = today + timedelta(days=(moment.weekday - today.weekday()) % 7 or 7)
        week_later = near + timedelta(days=7)
        if moment.next and near == today + timedelta(days=1):
            raise Unclear(
                which("Which day do you mean?", map(offer, (near, week_later)), self.place)
            )
        if moment.plain and day == today and not moment.clock:
            raise Unclear(which("Which day do you mean?", map(offer, (today, near)), self.place))
        return day

    def clock_range(self, moment: Moment, day: date) -> Range:
        """First and last minute of a moment with a time; both the same if only one was said.

        Raises:
            Unclear: the two can be read in several ways, or in none.
        """
        clock, until = moment.clock, moment.until
        if clock is None:
            return 0, 0
        first = PARTS[moment.part][0] if moment.part else 0
        if until is None:
            minute = clock.daytime()
            return (max(clock.minutes()),) * 2 if minute < first else (minute,) * 2
        found = ranges(clock, until)
        found = tuple(pair for pair in found if pair[0] >= first)[:1] if first else found
        found = tuple(p for p in found if self.at(day, p[1]) > self.place.now) or found[:1]
        if not found:
            raise Unclear(Question(f"I could not read those times. Type them like “{EXAMPLE}”."))
        if len(found) > 1:
            spells: list[Spell] = []
            for pair in found:
                start, end = (self.at(day, minute) for minute in pair)
                local = self.place.local(start)
                spells.append((f"{day_title(local.date())}, {clock_title(local)}", start, end))
            raise Unclear(which("Starting when?", spells, self.place))
        return found[0]

    def later(self, base: datetime, length: str) -> datetime:
        """An instant and a length of time after it; days count as whole ones, the first included.

        Raises:
            Unclear: the calendar does not reach that far.
        """
        local = self.place.local(base)
        day = local.date()
        try:
            if length.isdecimal():
                return base + timedelta(minutes=int(length))
            count, unit = int(length.rstrip("dwmorkays")), length.lstrip("0123456789")
            if unit == "m":
                day = months_later(day, count)
            elif unit == "workdays":
                day = _workdays(day, min(count, 366))
            else:
                day += timedelta(days=count * (7 if unit == "w" else 1))
        except (OverflowError, ValueError):
            raise Unclear(Question(f"Until which date? Type it like “{EXAMPLE}”.")) from None
        whole = base <= self.place.now or not (local.hour or local.minute)
        return self.at(day, 0 if whole else local.hour * HOUR + local.minute)


def _workdays(day: date, count: int) -> date:
    """The day after that many days of Monday to Friday, the first included."""
    while count:
        count -= day.weekday() <= _FRIDAY
        day += timedelta(days=1)
    return day
