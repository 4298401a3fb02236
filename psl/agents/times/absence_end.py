"""The end of an absence."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from psl.agents.availability import DAY
from psl.agents.times import spells
from psl.agents.times.absence_case import Case
from psl.agents.times.absence_start import AbsenceStart
from psl.agents.times.clocks import HOUR, Clock
from psl.agents.times.moments import Days, Moment
from psl.agents.times.readings import Question
from psl.agents.times.resolving import PARTS, Unclear
from psl.agents.times.spells import Spell

_MORNING = 6 * HOUR  # "until tomorrow morning"
_LATE, _EARLY = 20, 7  # between these hours nobody means "back at 9" without saying so
_VAGUE = {"hours": ("120", "180", "240"), "days": ("2d", "3d", "5d"), "weeks": ("2w", "3w", "4w")}


class AbsenceEnd:
    """Finds the end, once the start is known."""

    def __init__(self, case: Case) -> None:
        """Args:
        case: the message.
        """
        self._case = case
        self._offer = AbsenceStart(case).offer

    def find(self, start: datetime | None) -> datetime | None:
        """The end; None if the message does not say it and it need not.

        Args:
            start: of the absence, None if the message leaves it as it is.

        Raises:
            Unclear: it has to be asked for.
        """
        heard = self._case.heard
        if self._case.to is not None:
            return self._end_at(self._case.to, start)
        if heard.vague:
            raise Unclear(self._how_many(start))
        if heard.half_day:
            raise Unclear(self._which_half(start))
        if heard.duration and heard.early:
            raise Unclear(Question("Which day are you back? Type it like “back Jan 2”."))
        if heard.duration:
            return self._case.resolver.later(self._counted_from(start), heard.duration)
        if self._case.first is not None:
            return self._end_of_start(self._case.first, start)
        if start is not None and self._case.asked != "start":
            raise Unclear(spells.until_when(start, self._case.place))
        return None

    def _end_of_start(self, moment: Moment, start: datetime | None) -> datetime | None:
        """The end that a single moment has in itself: "off tomorrow", "friday 2-4"."""
        place, at = self._case.place, self._case.resolver.at
        days = (place.today, place.today)
        if moment.find:
            days = self._case.resolver.days(moment, place.today, self._offer)
        if moment.until:
            return at(days[0], self._case.resolver.clock_range(moment, days[0])[1])
        if self._case.more:
            return self._end_of_several(days, start)
        if moment.role == "after" and moment.clock:
            return at(days[1], DAY)
        if self._case.asked == "start" and days[0] == days[1]:
            return None
        if not moment.role and not moment.clock:
            return at(days[1], PARTS[moment.part][1] if moment.part else DAY)
        if self._case.current and self._case.asked is None:
            return None
        raise Unclear(spells.until_when(start or place.now, place))

    def _end_of_several(self, days: Days, start: datetime | None) -> datetime:
        """The end of "the 24th and 25th"; days apart cannot be one absence."""
        last, apart = days[1], False
        for moment in self._case.more:
            more = self._case.resolver.days(moment, last, self._offer)
            apart |= more[0] > last + timedelta(days=1)
            last = max(last, more[1])
        end = self._case.resolver.at(last, DAY)
        if apart:
            first = self._case.resolver.at(days[1], DAY)
            offered: list[Spell] = [
                (f"Only {spells.day_title(days[1])}", start, first),
                (f"Through {spells.day_title(last)}", start, end),
            ]
            text = (
                "Out of Office is one stretch of time, and those days are apart. Which one is it?"
            )
            raise Unclear(spells.which(text, offered, self._case.place))
        part = self._case.more[-1].part
        return self._case.resolver.at(last, PARTS[part][1]) if part else end

    def _end_at(self, moment: Moment, start: datetime | None) -> datetime:
        """The end that a word like "until" or "back" gives."""
        place, at = self._case.place, self._case.resolver.at
        base = max(
            start or (self._case.current.start if self._case.current else place.now), place.now
        )
        if moment.find is None:
            return self._clock_after(moment.clock or Clock(0, exact=True), base, start)
        since = place.local(base).date()
        if moment.weekday is not None and not moment.clock:
            # "friday to friday" is a week, "until friday" said on a Friday as well
            since += timedelta(
                days=self._case.first is None or self._case.first.weekday == moment.weekday
            )
        days = self._case.resolver.days(moment, since, lambda day: self._until_day(day, start))
        if moment.clock:
            minute = moment.clock.daytime()
            late = not moment.clock.sure and at(days[1], minute) <= base
            return at(days[1], moment.clock.at("p") if late else minute)
        first, last = PARTS[moment.part] if moment.part else (0, DAY)
        opens = moment.role in ("back", "til")
        if moment.part and opens:
            return at(days[0], first or _MORNING)
        if moment.role == "back" or (opens and days[0] != days[1]):
            return at(days[0], 0)
        if opens and not moment.today and days[0] > place.today:
            self._case.check(start, at(days[0], DAY))
            raise Unclear(spells.last_day_or_back(start, days[0], place))
        return at(days[1], last)

    def _until_day(self, day: date, start: datetime | None) -> Spell:
        return spells.day_title(day), start, self._case.resolver.at(day, DAY)

    def _clock_after(self, clock: Clock, base: datetime, start: datetime | None) -> datetime:
        """A time without a day: the next one, asked for if that is at night."""
        day = self._case.place.local(base).date()
        times = sorted(
            time
            for step in (0, 1)
            for minute in clock.minutes()
            if (time := self._case.resolver.at(day + timedelta(days=step), minute)) > base
        )
        late = not _EARLY <= self._case.place.local(times[0]).hour < _LATE
        if late and not clock.sure:
            offered: list[Spell] = []
            for time in times[:2]:
                local = self._case.place.local(time)
                title = f"{spells.day_title(local.date())}, {spells.clock_title(local)}"
                offered.append((title, start, time))
            raise Unclear(spells.which("Until which of these?", offered, self._case.place))
        return times[0]

    def _counted_from(self, start: datetime | None) -> datetime:
        """Where a length of time begins."""
        current = self._case.current
        if start is not None or current is None:
            return start or self._case.place.now
        if self._case.heard.more and current.end:
            return current.end
        return max(current.start, self._case.place.now)

    def _how_many(self, start: datetime | None) -> Question:
        unit = self._case.heard.vague
        offered: list[Spell] = []
        for length in _VAGUE[unit]:
            number = int(length) // HOUR if length.isdecimal() else int(length[:-1])
            end = self._case.resolver.later(self._counted_from(start), length)
            offered.append((f"{number} {unit}", start, end))
        return spells.which(f"How many {unit}?", offered, self._case.place)

    def _which_half(self, start: datetime | None) -> Question:
        day = self._case.place.local(start or self._case.place.now).date()
        offered: list[Spell] = []
        for part in ("morning", "afternoon"):
            first, last = (self._case.resolver.at(day, minute) for minute in PARTS[part])
            if last > self._case.place.now:
                offered.append((part.capitalize(), max(first, self._case.place.now), last))
        return spells.which("Which half of the day?", offered, self._case.place)
