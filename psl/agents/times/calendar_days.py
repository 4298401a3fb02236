"""Days named relative to others: weekdays, dates without a year, holidays."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta

# A date without a year that is past is next year's, unless that is further off than this.
_FAR = timedelta(days=240)
_MONDAY, _THURSDAY = 0, 3


def on_or_after(day: date, weekday: int) -> date:
    """The first such weekday from ``day`` on."""
    return day + timedelta(days=(weekday - day.weekday()) % 7)


def week_of(day: date) -> tuple[date, date]:
    """Monday and Sunday of the week of a day."""
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def month_of(year: int, month: int) -> tuple[date, date]:
    """The first and the last day of a month; months beyond 12 are those of the next year."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last."""
    first, last = month_of(day.year, day.month + months)
    return min(first + timedelta(days=day.day - 1), last)


def dated(year: int, month: int, number: int, since: date) -> date | None:
    """The date that was meant, year or month being 0 if it was not said.

    A day of a month that is past is next year's if that is not far off; otherwise it stays past,
    which has to be asked about. None if there is no such date.
    """
    try:
        if year:
            return date(year, month, number)
        if month:
            said = date(since.year, month, number)
            return _coming(said, date(since.year + 1, month, number), since)
        for step in range(3):
            first, last = month_of(since.year, since.month + step)
            if number <= last.day and (found := first.replace(day=number)) >= since:
                return found
    except ValueError:
        pass
    return None


def _coming(this_year: date, next_year: date, since: date) -> date:
    return next_year if this_year < since and next_year - since <= _FAR else this_year


def holiday(name: str, since: date) -> date:
    """The next one of a holiday's days, today included.

    Raises:
        KeyError: the holiday is not known.
    """
    day = _HOLIDAYS[name]
    this_year = day(since.year)
    return this_year if this_year >= since else day(since.year + 1)


def _nth(month: int, weekday: int, count: int) -> Callable[[int], date]:
    return lambda year: on_or_after(date(year, month, 7 * count - 6), weekday)


def _fixed(month: int, day: int) -> Callable[[int], date]:
    return lambda year: date(year, month, day)


_THANKSGIVING = _nth(11, _THURSDAY, 4)
_HOLIDAYS: dict[str, Callable[[int], date]] = {
    "new year": _fixed(1, 1),
    "mlk day": _nth(1, _MONDAY, 3),
    "presidents day": _nth(2, _MONDAY, 3),
    "memorial day": lambda year: on_or_after(date(year, 5, 25), _MONDAY),
    "juneteenth": _fixed(6, 19),
    "independence day": _fixed(7, 4),
    "labor day": _nth(9, _MONDAY, 1),
    "columbus day": _nth(10, _MONDAY, 2),
    "veterans day": _fixed(11, 11),
    "thanksgiving": _THANKSGIVING,
    "black friday": lambda year: _THANKSGIVING(year) + timedelta(days=1),
    "christmas eve": _fixed(12, 24),
    "christmas": _fixed(12, 25),
    "new year's eve": _fixed(12, 31),
}
