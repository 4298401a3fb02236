"""When an agent can be offered referrals: weekly hours, absences, zones. Pure rules, no I/O.

An agent says hours as wall-clock time of one zone: a start and an end per weekday, with breaks
(PUBLIC: My Availability in Agent Portal). An instant is an aware UTC ``datetime``. Every stretch of
time is half-open: an agent with hours until 5:00 PM is not available at 5:00 PM.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from itertools import groupby
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

DAY = 24 * 60

# The zones of Kentucky, and what people call them.
ZONES: dict[str, str] = {
    "America/New_York": "Eastern Time",
    "America/Kentucky/Louisville": "Eastern Time (Louisville)",
    "America/Kentucky/Monticello": "Eastern Time (Monticello)",
    "America/Chicago": "Central Time",
}

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

Point = TypeVar("Point", int, datetime)
Minutes = tuple[int, int]
Stretch = tuple[datetime, datetime]


@dataclass(frozen=True, order=True)
class Span:
    """A stretch of wall-clock time, in minutes after the midnight that a day begins with.

    An end above 1440 is on the next day. Only a break may also start there: one at 1:00 AM within
    hours of 10:00 PM to 6:00 AM is ``Span(1500, 1530)``.

    Raises:
        ValueError: the start is not within two days, or the end not within a day of it.
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if not (0 <= self.start < 2 * DAY and self.start < self.end <= self.start + DAY):
            raise ValueError(f"no span of a day: {self.start} to {self.end}")


@dataclass(frozen=True)
class DayHours:
    """The hours of one weekday: one start, one end, and breaks between them (PUBLIC).

    Raises:
        ValueError: the span starts on another day, or the breaks are out of order, overlap, leave
            the span, or leave nothing of it.
    """

    span: Span
    breaks: tuple[Span, ...] = ()

    def __post_init__(self) -> None:
        if self.span.start >= DAY:
            raise ValueError("hours start on their own day")
        free_from = self.span.start
        for pause in self.breaks:
            if not free_from <= pause.start < pause.end <= self.span.end:
                raise ValueError("breaks are in order, apart, and inside the hours")
            free_from = pause.end
        if not self.working():
            raise ValueError("breaks leave some of the hours")

    def working(self) -> tuple[Minutes, ...]:
        """The minutes of work, with the breaks taken out."""
        starts = (self.span.start, *(pause.end for pause in self.breaks))
        ends = (*(pause.start for pause in self.breaks), self.span.end)
        return tuple((a, b) for a, b in zip(starts, ends, strict=True) if a < b)


@dataclass(frozen=True)
class WeeklyHours:
    """Hours per weekday, Monday first; None is 'Not Available' (PUBLIC).

    Raises:
        ValueError: there are not exactly seven days.
    """

    days: tuple[DayHours | None, ...]

    def __post_init__(self) -> None:
        if len(self.days) != 7:
            raise ValueError("a week has seven days")

    @classmethod
    def never(cls) -> WeeklyHours:
        """Not available on any day."""
        return cls((None,) * 7)

    @classmethod
    def always(cls) -> WeeklyHours:
        """Round the clock."""
        return cls((DayHours(Span(0, DAY)),) * 7)

    @classmethod
    def from_json(cls, value: object) -> WeeklyHours:
        """The hours that ``to_json`` gave.

        Raises:
            ValueError: it is something else.
        """
        if not isinstance(value, list):
            raise ValueError("weekly hours are a list of days")
        return cls(tuple(_day_from_json(day) for day in value))

    def to_json(self) -> list[dict[str, Any] | None]:
        """The hours in lists, dicts and numbers, as a JSON column keeps them."""
        return [
            None
            if day is None
            else {
                "start": day.span.start,
                "end": day.span.end,
                "breaks": [[pause.start, pause.end] for pause in day.breaks],
            }
            for day in self.days
        ]

    def with_day(self, day: int, hours: DayHours | None) -> WeeklyHours:
        """The same week with other hours on one weekday (0 is Monday).

        Raises:
            ValueError: there is no such weekday.
        """
        if day not in range(7):
            raise ValueError(f"no weekday: {day}")
        return WeeklyHours((*self.days[:day], hours, *self.days[day + 1 :]))

    @property
    def is_empty(self) -> bool:
        """Not available on any day."""
        return not any(self.days)

    @cached_property
    def by_date(self) -> tuple[tuple[Minutes, ...], ...]:
        """The minutes of work on each weekday's own date, in order and apart.

        What reaches past midnight is counted with the day after, where it may meet that day's own
        hours.
        """
        dates: list[list[Minutes]] = [[] for _ in self.days]
        for weekday, hours in enumerate(self.days):
            for start, end in hours.working() if hours else ():
                if start < DAY:
                    dates[weekday].append((start, min(end, DAY)))
                if end > DAY:
                    dates[(weekday + 1) % 7].append((max(start, DAY) - DAY, end - DAY))
        return tuple(tuple(_joined(sorted(pieces))) for pieces in dates)


def _joined(pieces: Iterable[tuple[Point, Point]]) -> Iterator[tuple[Point, Point]]:
    """Pieces that come in order of their starts, made one where they touch or overlap."""
    start: Point | None = None
    for first, last in pieces:
        if start is None:
            start, end = first, last
        elif first <= end:
            end = max(end, last)
        else:
            yield start, end
            start, end = first, last
    if start is not None:
        yield start, end


def _day_from_json(value: object) -> DayHours | None:
    match value:
        case None:
            return None
        case {"start": int(start), "end": int(end), "breaks": [*pauses]}:
            return DayHours(Span(start, end), tuple(_span_from_json(pause) for pause in pauses))
    raise ValueError("no hours of a day")


def _span_from_json(value: object) -> Span:
    match value:
        case [int(start), int(end)]:
            return Span(start, end)
    raise ValueError("no span of a day")


@dataclass(frozen=True)
class OutOfOffice:
    """An absence, in aware UTC; an end of None is 'No End Time' (PUBLIC).

    Raises:
        ValueError: an instant has no zone, or the end is before the start.
    """

    start: datetime
    end: datetime | None

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or (self.end and self.end.tzinfo is None):
            raise ValueError("an absence has instants, not local times")
        if self.end and self.end < self.start:
            raise ValueError("an absence ends after it starts")

    def covers(self, at: datetime) -> bool:
        """Is the agent out at that instant? The end is not part of it."""
        return self.start <= at and (self.end is None or at < self.end)


@lru_cache(maxsize=1 << 16)
def reaches(day: date, minute: int, zone: str) -> datetime:
    """The first instant (UTC) when a clock in ``zone`` shows that time of that day, or later.

    A time that the spring change leaves out is the end of the gap; of a time that the autumn change
    repeats it is the first.

    Args:
        day: the date in ``zone``.
        minute: minutes after its midnight; above 1440 is the next day.
        zone: IANA name.

    Raises:
        KeyError: there is no such zone.
    """
    info = ZoneInfo(zone)
    shown = datetime.combine(day, time()) + timedelta(minutes=minute)
    while True:
        instant = shown.replace(tzinfo=info).astimezone(UTC)
        # In the gap of spring no instant shows this time, and another comes back.
        if instant.astimezone(info).replace(tzinfo=None) == shown:
            return instant
        shown += timedelta(minutes=1)


def open_spans(
    hours: WeeklyHours, zone: str, out: OutOfOffice | None, since: datetime, until: datetime
) -> Iterator[Stretch]:
    """Stretches of availability within [since, until), in order, apart, absences taken out.

    Args:
        hours: the weekly hours, as clocks in ``zone`` show them.
        zone: IANA name.
        out: the absence, if there is one.
        since: aware; where the first stretch may begin.
        until: aware; where the last one ends at the latest.

    Yields:
        Start and end, aware UTC. Round the clock is one stretch.

    Raises:
        KeyError: there is no such zone.
    """
    for start, end in _joined(_pieces(hours, zone, since, until)):
        if out is None or out.start == out.end:
            yield start, end
            continue
        if start < (before := min(end, out.start)):
            yield start, before.astimezone(UTC)
        if out.end and (after := max(start, out.end)) < end:
            yield after.astimezone(UTC), end


def _pieces(hours: WeeklyHours, zone: str, since: datetime, until: datetime) -> Iterator[Stretch]:
    """Date by date, cut to [since, until), absences not taken out; pieces may touch."""
    if hours.is_empty:
        return
    since, until = since.astimezone(UTC), until.astimezone(UTC)
    # Every date before this one is over: its hours end by its midnight, see by_date.
    day = since.astimezone(ZoneInfo(zone)).date()
    while True:
        for first, last in hours.by_date[day.weekday()]:
            start = max(since, reaches(day, first, zone))
            if start >= until:
                return
            end = min(until, reaches(day, last, zone))
            if start < end:
                yield start, end
        day += timedelta(days=1)


def is_open(hours: WeeklyHours, zone: str, out: OutOfOffice | None, at: datetime) -> bool:
    """Is the agent available at that instant?

    Raises:
        KeyError: there is no such zone.
    """
    at = at.astimezone(UTC)
    if out and out.covers(at):
        return False
    return next(_pieces(hours, zone, at, at + datetime.resolution), None) is not None


def open_until(
    hours: WeeklyHours,
    zone: str,
    out: OutOfOffice | None,
    at: datetime,
    horizon: timedelta = timedelta(days=8),
) -> datetime | None:
    """The end (UTC) of the availability at that instant, at most ``at + horizon``; None if closed.

    Raises:
        KeyError: there is no such zone.
    """
    at = at.astimezone(UTC)
    if not is_open(hours, zone, out, at):
        return None
    return next(end for _, end in open_spans(hours, zone, out, at, at + horizon))


def next_opening(
    hours: WeeklyHours,
    zone: str,
    out: OutOfOffice | None,
    at: datetime,
    horizon: timedelta = timedelta(days=400),
) -> datetime | None:
    """When the agent is next available (UTC): ``at`` itself if open then, None if not in sight.

    Raises:
        KeyError: there is no such zone.
    """
    at = at.astimezone(UTC)
    until = at + horizon
    piece = next(_pieces(hours, zone, at, until), None)
    if piece and out and out.covers(piece[0]):
        # On from the absence's end at once, however long it is.
        piece = next(_pieces(hours, zone, out.end, until), None) if out.end else None
    return piece[0] if piece else None


def zone_name(zone: str, at: datetime) -> str:
    """The zone as people know it, with its abbreviation at that instant: "Eastern Time (EST)".

    Raises:
        KeyError: there is no such zone.
    """
    name, _, city = _name(zone).removesuffix(")").partition(" (")
    abbreviation = at.astimezone(ZoneInfo(zone)).tzname()
    return f"{name} ({city}, {abbreviation})" if city else f"{name} ({abbreviation})"


def _name(zone: str) -> str:
    # An agent may live beyond the zones of Kentucky, in Indianapolis for one.
    return ZONES.get(zone) or f"{zone.rpartition('/')[2].replace('_', ' ')} Time"


def local_words(at: datetime, zone: str) -> str:
    """An instant as the agent's clock shows it: "Tue, Dec 22, 8:00 AM Eastern (EST)".

    Raises:
        KeyError: there is no such zone.
    """
    local = at.astimezone(ZoneInfo(zone))
    minute = local.hour * 60 + local.minute
    # Of "Sat, midnight" nobody knows which end of Saturday is meant.
    clock = _clock(minute) if minute else "12:00 AM"
    day = f"{WEEKDAYS[local.weekday()]}, {MONTHS[local.month - 1]} {local.day}"
    return f"{day}, {clock} {_name(zone).partition(' Time')[0]} ({local.tzname()})"


def hours_words(hours: WeeklyHours) -> str:
    """The week, a line for each run of days with the same hours: "Mon–Fri 9:00 AM–5:00 PM"."""
    lines = []
    for day, group in groupby(zip(hours.days, WEEKDAYS, strict=True), key=lambda pair: pair[0]):
        names = [name for _, name in group]
        run = names[0] if len(names) == 1 else f"{names[0]}–{names[-1]}"
        lines.append(f"{run} {day_words(day)}")
    return "\n".join(lines)


def day_words(day: DayHours | None) -> str:
    """One day's hours: "8:30 AM–5:00 PM, break noon–1:00 PM", "all day", "not available"."""
    if day is None:
        return "not available"
    said = "all day" if day.span == Span(0, DAY) else _span_words(day.span)
    if not day.breaks:
        return said
    pauses = " and ".join(_span_words(pause) for pause in day.breaks)
    return f"{said}, break{'s' if len(day.breaks) > 1 else ''} {pauses}"


def _span_words(span: Span) -> str:
    start, end = _clock(span.start), _clock(span.end)
    if start[-3:] == end[-3:] and span.start // (DAY // 2) == span.end // (DAY // 2):
        start = start[:-3]  # "1:00–5:00 PM"
    return f"{start}–{end}{' (next day)' if span.end > DAY else ''}"


def _clock(minute: int) -> str:
    hour, minute = divmod(minute % DAY, 60)
    if minute == 0 and hour in (0, 12):
        return "noon" if hour else "midnight"
    return f"{hour % 12 or 12}:{minute:02} {'PM' if hour >= 12 else 'AM'}"
