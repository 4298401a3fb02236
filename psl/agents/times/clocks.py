"""Times of day as people say them, and which hours two of them can mean.

Hours are minutes after a day's midnight; an end above 1440 is on the next day. "9 to 5" is day
work without a doubt, "5 to 9" is not: then there are two readings, and one has to be asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

from psl.agents.availability import DAY

HOUR, NOON = 60, 720
_EARLIEST, _LATEST = 7, 11  # bare hours that a day's work starts at in the morning
_LONGEST_NIGHT = 12 * HOUR

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day as it was said.

    ``half`` is "a" or "p" where morning or afternoon was said; ``exact`` is a 24-hour clock;
    ``bare`` is a number that is a time only because of the words around it.
    """

    hour: int
    minute: int = 0
    half: str = ""
    exact: bool = False
    bare: bool = False

    @property
    def sure(self) -> bool:
        """Whether it is one time of day only."""
        return bool(self.half) or self.exact

    def at(self, half: str) -> int:
        """Minutes after midnight if it is in that half of the day."""
        return (self.hour % 12 + (12 if half == "p" else 0)) * HOUR + self.minute

    def minutes(self) -> tuple[int, ...]:
        """The minutes after midnight that it can be, the morning first."""
        if self.exact:
            return (self.hour * HOUR + self.minute,)
        if self.half:
            return (self.at(self.half),)
        return (self.at("a"), self.at("p"))

    def daytime(self) -> int:
        """The minute between 7 AM and 7 PM that it most likely is."""
        if self.sure:
            return self.minutes()[0]
        return self.at("a" if _EARLIEST <= self.hour <= _LATEST else "p")


def ranges(start: Clock, end: Clock, next_day: bool = False) -> tuple[Range, ...]:
    """What "from start to end" can mean: one reading if it is certain, none if it makes no sense.

    Args:
        start: the first time.
        end: the second.
        next_day: it was said that the end is on the day after.
    """
    if next_day:
        return tuple(
            (first, last + DAY)
            for first in start.minutes()
            for last in end.minutes()
            if last <= first
        )
    if end.sure and end.minutes()[0] == 0:
        return _until_midnight(start)
    if start.sure and end.sure:
        return _forward(start.minutes()[0], end.minutes()[0])
    if start.sure:
        return _after(start.minutes()[0], end)
    if end.sure:
        return _before(start, end.minutes()[0])
    return _bare(start, end)


def _forward(start: int, end: int) -> tuple[Range, ...]:
    if start < end:
        return ((start, end),)
    # Past midnight; "9 AM to 5 AM" is more likely a slip than twenty hours of work.
    if end < start and start >= NOON and end + DAY - start <= _LONGEST_NIGHT:
        return ((start, end + DAY),)
    return ()


def _after(start: int, end: Clock) -> tuple[Range, ...]:
    """The end is the next time that a clock shows it."""
    first = min((minute - start) % DAY or DAY for minute in end.minutes())
    last = start + first
    if start < NOON and last > DAY:
        return ()
    return ((start, last),)


def _before(start: Clock, end: int) -> tuple[Range, ...]:
    """The start is in the same half of the day as the end where it can be."""
    half = "p" if end > NOON else "a"
    if start.at(half) < end:
        return ((start.at(half), end),)
    if half == "p":
        return ((start.at("a"), end),)
    return ((start.at("p"), end + DAY),)


def _until_midnight(start: Clock) -> tuple[Range, ...]:
    if start.sure:
        first = start.minutes()[0]
        return ((first, DAY),) if first else ()
    if _EARLIEST <= start.hour <= _LATEST:
        return tuple((first, DAY) for first in start.minutes())
    return ((start.at("p"), DAY),)


def _bare(start: Clock, end: Clock) -> tuple[Range, ...]:
    """Two numbers and nothing more, each 1 to 12."""
    morning, evening = start.at("a"), start.at("p")
    soon = end.at("a") if end.at("a") > morning else end.at("p")  # twelve is noon here
    day = (morning, soon)
    night = (evening, soon + NOON)
    late = (start.hour % 12) * HOUR + start.minute
    if start.hour == 12:
        return ((evening, end.at("p")),) if end.at("p") > evening else ((0, NOON), (NOON, DAY))
    if start.hour >= _EARLIEST:
        short = soon < NOON and start.hour <= 8 and end.hour <= (11 if start.hour == 7 else 10)
        return (day, night) if short else (day,)
    if start.hour <= 3 and soon <= NOON and late < soon:
        return ((evening, soon + NOON),)
    if (start.hour == 6 and soon > NOON) or (start.hour == 5 and soon >= 15 * HOUR):
        return (day,)
    return (day, night)


def clock_title(minute: int) -> str:
    """A minute of the day for people: "4:00 PM", "noon"."""
    hour, minute = divmod(minute % DAY, HOUR)
    if not minute and hour in (0, 12):
        return "noon" if hour else "midnight"
    return f"{hour % 12 or 12}:{minute:02} {'PM' if hour >= 12 else 'AM'}"
