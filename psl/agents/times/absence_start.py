"""The start of an absence."""

from __future__ import annotations

from datetime import date, datetime

from psl.agents.availability import DAY
from psl.agents.times import spells
from psl.agents.times.absence_case import Case
from psl.agents.times.clocks import Clock
from psl.agents.times.moments import Moment
from psl.agents.times.resolving import PARTS
from psl.agents.times.spells import Spell


class AbsenceStart:
    """Finds the start."""

    def __init__(self, case: Case) -> None:
        """Args:
        case: the message.
        """
        self._case = case

    def find(self) -> datetime | None:
        """The start; None if the message leaves it as it is.

        Raises:
            Unclear: it has to be asked for.
        """
        case = self._case
        heard, place, moment, resolver = case.heard, case.place, case.first, case.resolver
        if moment is None:
            if heard.ahead:
                return resolver.later(place.now, heard.ahead)
            if (heard.now or heard.sick) and (case.asked != "end" or case.to or case.heard.no_end):
                return place.now
            return None if self._case.only_end else place.now
        if moment.find is None:
            return self._start_by_clock(moment)
        days = resolver.days(moment, place.today, self.offer)
        day = resolver.sure_day(moment, days[0], None if self._case.to else self.offer)
        if moment.role == "after" and not (moment.clock or moment.part):
            return resolver.at(days[1], DAY)
        if moment.clock:
            return resolver.at(day, resolver.clock_range(moment, day)[0])
        if moment.part:
            begin = resolver.at(day, PARTS[moment.part][0])
            return max(begin, place.now) if day == place.today else begin
        return place.now if day == place.today else resolver.at(day, 0)

    def offer(self, day: date) -> Spell:
        """The absence that a day would make as its start."""
        today = day == self._case.place.today
        start = self._case.place.now if today else self._case.resolver.at(day, 0)
        moment = self._case.first
        whole = moment is None or not (moment.role or moment.clock or moment.part)
        whole = (
            whole
            and not self._case.to
            and not self._case.heard.duration
            and self._case.asked != "start"
        )
        return spells.day_title(day), start, self._case.resolver.at(day, DAY) if whole else None

    def _start_by_clock(self, moment: Moment) -> datetime:
        """A time without a day: today, in the half of the day that is still to come."""
        place, clock = self._case.place, moment.clock or Clock(0, exact=True)
        if moment.until:
            return self._case.resolver.at(
                place.today, self._case.resolver.clock_range(moment, place.today)[0]
            )
        minutes = sorted(clock.minutes(), key=lambda minute: minute != clock.daytime())
        times = [self._case.resolver.at(place.today, minute) for minute in minutes]
        return next((time for time in times if time >= place.now), times[0])
