"""Breaks put into the hours of a day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product

from psl.agents.availability import DAY, DayHours, Span
from psl.agents.times.clocks import HOUR, NOON, Clock
from psl.agents.times.pieces import Pause
from psl.agents.times.trouble import Trouble

_LONGEST = 4 * HOUR
_MIDDAY = (10 * HOUR + 30, 14 * HOUR + 30)
_USUAL_STARTS = (NOON, NOON + 30, 13 * HOUR)
_USUAL_LENGTHS = (30, 60)


def with_pauses(hours: DayHours, pauses: Sequence[Pause]) -> DayHours | Trouble:
    """The hours with breaks added, replaced or removed."""
    new = 0
    for pause in pauses:
        if pause.remove:
            hours = DayHours(hours.span)
            continue
        found = _break(hours, pause)
        if isinstance(found, Trouble):
            return found
        kept = tuple(old for old in hours.breaks if _stays(old, found, pause, new > 0))
        try:
            hours = DayHours(hours.span, tuple(sorted((*kept, found))))
        except ValueError:
            return Trouble("break_outside")
        new += 1
    return hours


def _stays(old: Span, new: Span, pause: Pause, further: bool) -> bool:
    """Whether a break stays beside a new one: lunch takes the place of what is at midday."""
    if old.start < new.end and new.start < old.end:
        return False
    midday = _MIDDAY[0] <= old.start and old.end <= _MIDDAY[1]
    return further or pause.add or pause.name != "lunch" or not midday


def _break(hours: DayHours, pause: Pause) -> Span | Trouble:
    span, said = hours.span, pause.said
    if said is None:
        lengths = (pause.minutes or 60,)
        return Trouble("break_time", pause.minutes, _usual(span, _USUAL_STARTS, lengths))
    if said.broken:
        return Trouble("broken")
    if said.start and said.end:
        return _inside(span, said.start, said.end, said.next_day) or Trouble("break_outside")
    clock = said.start or said.end
    if clock is None:
        return Trouble("broken")
    return _from_one(span, clock, pause, backwards=said.start is None)


def _from_one(span: Span, clock: Clock, pause: Pause, backwards: bool) -> Span | Trouble:
    """A break of which one time was said: "lunch at noon", "half an hour for lunch til 1"."""
    times = [
        minute + over
        for minute in clock.minutes()
        for over in (0, DAY)
        if span.start <= minute + over <= span.end
    ]
    if not times:
        return Trouble("break_outside")
    time = clock.daytime() if clock.daytime() in times else times[0]
    if not pause.minutes:
        return Trouble("break_length", time, _usual(span, (time,), _USUAL_LENGTHS))
    start = time - pause.minutes if backwards else time
    end = start + pause.minutes
    return Span(start, end) if span.start <= start < end <= span.end else Trouble("break_outside")


def _inside(span: Span, start: Clock, end: Clock, next_day: bool) -> Span | None:
    """The shortest reading of a break that is within the hours, by day rather than by night."""
    found = [
        (last - first, first != start.daytime(), first, last)
        for begin in start.minutes()
        for finish in end.minutes()
        for over in ((DAY,) if next_day else (0, DAY))
        for first, last in product((begin, begin + DAY), (finish + over,))
        if span.start <= first < last <= span.end
        and (last - first <= _LONGEST or start.sure or end.sure)
    ]
    return Span(*min(found)[2:]) if found else None


def _usual(span: Span, starts: Iterable[int], lengths: Iterable[int]) -> tuple[DayHours, ...]:
    """The hours with breaks to choose from."""
    return tuple(
        DayHours(span, (Span(start, start + length),))
        for start, length in product(starts, lengths)
        if span.start < start and start + length < span.end
    )
