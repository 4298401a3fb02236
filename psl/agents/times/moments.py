"""The moments that a message about an absence names, and the days they can be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from psl.agents.times.calendar_days import dated, holiday, month_of, on_or_after, week_of
from psl.agents.times.clocks import Clock
from psl.agents.times.tokens import Token

Days = tuple[date, date]
# From the day to count from to the first and last day meant; None if there is no such day.
Finder = Callable[[date], Days | None]

_SATURDAY, _SUNDAY = 5, 6


@dataclass
class Moment:
    """A day, several days, a time of day, or both together.

    ``role`` is the part it plays: "start", "after", "til", "to", "through", "back", "end", "rest"
    (of the day), "and", or empty where no word said it. ``weekday`` is set for a weekday alone,
    ``must_be`` for the weekday said beside a date.
    """

    role: str = ""
    find: Finder | None = None
    weekday: int | None = None
    must_be: int | None = None
    dated: bool = False
    clock: Clock | None = None
    until: Clock | None = None
    part: str = ""
    plain: bool = False  # a weekday, neither "this" nor "next"
    next: bool = False  # "next friday"
    today: bool = False


@dataclass
class Heard:
    """All that a message says of an absence."""

    moments: list[Moment] = field(default_factory=list)
    duration: str = ""
    ahead: str = ""  # "in 2 hours"
    vague: str = ""
    half_day: bool = False
    no_end: bool = False
    unsure: bool = False
    now: bool = False
    end_now: bool = False
    sick: bool = False
    edit: bool = False
    move: bool = False
    more: bool = False
    early: bool = False
    holidays: bool = False
    unread: bool = False

    @property
    def anything(self) -> bool:
        """Whether it says anything about a time."""
        lasting = self.duration or self.ahead or self.vague or self.half_day or self.no_end
        other = self.now or self.end_now or self.sick or self.holidays or self.unread
        return bool(self.moments or lasting or other)


def fixed(first: date, last: date | None = None) -> Finder:
    """A finder of days that do not depend on where one counts from."""
    return lambda _: (first, last or first)


def relative(token: Token, today: date) -> Moment:
    """ "today", "tomorrow", "tonight"."""
    if token.value == "tonight":
        return Moment(find=fixed(today), part="night", today=True)
    day = today + timedelta(days=int(token.value))
    return Moment(find=fixed(day), today=day == today)


def date_moment(token: Token) -> Moment:
    """ "dec 24", "the 24th", "12/24/2026"."""
    year, month, number = (int(part) for part in token.value.split("-"))

    def find(since: date) -> Days | None:
        found = dated(year, month, number, since)
        return (found, found) if found else None

    return Moment(find=find, dated=True)


def day_number(number: int, before: Finder, today: date) -> Moment:
    """The second number of "dec 24-26"."""

    def find(since: date) -> Days | None:
        first = before(today)
        found = dated(0, 0, number, max(since, first[0]) if first else since)
        return (found, found) if found else None

    return Moment(find=find, dated=True)


def day_after(before: Finder) -> Moment:
    """The second day of "tomorrow and the day after"."""

    def find(since: date) -> Days | None:
        days = before(since)
        return (days[1] + timedelta(days=1),) * 2 if days else None

    return Moment(find=find)


def holiday_moment(token: Token) -> Moment:
    """ "christmas eve"."""
    return Moment(find=lambda since: (holiday(token.value, since),) * 2, dated=True)


def month_moment(token: Token, today: date) -> Moment:
    """ "all of january"."""
    month = int(token.value)
    first, last = month_of(today.year + (month < today.month), month)
    return Moment(find=fixed(max(first, today), last))


def weekday_moment(token: Token, mod: str, today: date) -> Moment | None:
    """ "friday", "next friday", "this weekend"; None for several days at once."""
    monday, sunday = week_of(today)
    if token.days == (_SATURDAY, _SUNDAY):
        first = today if today == sunday else on_or_after(today, _SATURDAY)
        if mod == "next":
            first = sunday + timedelta(days=6)
        return Moment(find=fixed(first, on_or_after(first, _SUNDAY)))
    if len(token.days) != 1:
        return None
    weekday = token.days[0]
    if mod == "next":
        return Moment(find=fixed(monday + timedelta(days=7 + weekday)), weekday=weekday, next=True)
    if mod == "last":
        return Moment(find=fixed(on_or_after(today - timedelta(days=7), weekday)), weekday=weekday)
    return Moment(
        find=lambda since: (on_or_after(since, weekday),) * 2, weekday=weekday, plain=mod != "this"
    )


def period_moment(name: str, following: bool, today: date) -> Moment:
    """This or the following week, month or year, what is past of it left out."""
    if name == "day":
        return Moment(find=lambda since: (since, since), today=True)
    if name == "week":
        first, last = week_of(today + timedelta(days=7 if following else 0))
    elif name == "month":
        first, last = month_of(today.year, today.month + following)
    else:
        year = today.year + following
        first, last = date(year, 1, 1), date(year, 12, 31)
    return Moment(find=fixed(max(first, today), last))


def week_around(moment: Moment) -> Moment:
    """ "the week of dec 21", "thanksgiving week"."""
    inner = moment.find
    return Moment(find=lambda since: week_of(days[0]) if inner and (days := inner(since)) else None)


def narrowed(one: Moment, other: Moment) -> Moment:
    """A weekday and a date or week as one moment: "fri jan 2", "tuesday next week"."""
    named, around = (one, other) if one.weekday is not None else (other, one)
    inner, weekday = around.find, named.weekday
    if inner is None or weekday is None:
        return one

    def find(since: date) -> Days | None:
        days = inner(since)
        if days is None or days[0] == days[1]:
            return days
        return (on_or_after(days[0], weekday),) * 2

    return Moment(
        one.role,
        find,
        must_be=weekday,
        dated=around.dated,
        # "1 PM friday dec 18": the time was said before both.
        clock=one.clock or other.clock,
        until=one.until or other.until,
        part=one.part or other.part,
    )
