"""Weekdays, hours and dates.

Values are for people ("Monday to Friday", "9:00 AM - 5:00 PM", "12/24/2026 (2026-12-24)");
``weekdays``, ``hours`` and ``iso_date`` read them back for those who compute with them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, time

from psl.details.candidate import Candidate, candidate, spanned
from psl.details.words import Words

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

# group "day" of the pipeline; a leading "?" marks forms that are other words as well.
DAY_PATTERNS: dict[str, tuple[str, ...]] = {
    "Monday": ("monday|mondays|mon",),
    "Tuesday": ("tuesday|tuesdays|tue|tues|tuseday",),
    "Wednesday": ("wednesday|wednesdays|weds|wensday|wendsday|wednsday",),
    "?Wednesday": ("wed",),
    "Thursday": ("thursday|thursdays|thu|thur|thurs|thrusday",),
    "Friday": ("friday|fridays|fri",),
    "Saturday": ("saturday|saturdays",),
    "?Saturday": ("sat|sats",),
    "Sunday": ("sunday|sundays",),
    "?Sunday": ("sun|suns",),
    "Monday to Friday": ("weekdays", "week days", "every weekday"),
    "Saturday and Sunday": ("weekends", "every weekend"),
    "Monday to Sunday": ("everyday", "every day", "all week", "7|seven days a week"),
}

_TO = frozenset({"-", "–", "—", "to", "through", "till", "until"})
_DAY_BEFORE = frozenset(
    {*_TO, "on", "every", "each", "this", "next", "last", "and", ",", "/", "or"}
)
_DAY_BEFORE |= {"from", "not", "no", "&", "+"}
_SPECIAL_DAY = frozenset({"day", "days"})

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_ISO = re.compile(r"(?<![\w/-])(20\d\d)-(\d{1,2})-(\d{1,2})(?![\w/-])")
_SLASHED = re.compile(r"(?<![\w/.-])(\d{1,2})([/-])(\d{1,2})(?:\2(\d{4}|\d{2}))?(?![\w/-])")
_NAMED = re.compile(
    rf"(?<![\w-])({_MONTH})\.? (?:the )?(\d{{1,2}})(?:st|nd|rd|th)?(?:,? (20\d\d))?(?![\w/:-])",
    re.IGNORECASE,
)
_DAY_FIRST = re.compile(
    rf"(?<![\w/-])(\d{{1,2}})(?:st|nd|rd|th)? (?:of )?({_MONTH})(?:,? (20\d\d))?(?![\w-])",
    re.IGNORECASE,
)
_MONTH_YEAR = re.compile(rf"(?<![\w-])({_MONTH})\.? (?:of )?(20\d\d)(?![\w/-])", re.IGNORECASE)
_RELATIVE = frozenset({"today", "tomorrow", "tmrw", "tomorow", "tommorow", "yesterday"})

_HOUR = r"(?:noon|midnight|\d{1,2}(?::\d{2})?(?: ?[ap]\.?m\.?(?!\w)| ?[ap](?!\w))?)"
_RANGE = re.compile(
    rf"(?<![\w/.:$-])({_HOUR}) ?(-|–|—|to|till?|until|thru|through|and) ?({_HOUR})(?![\w/%-])",
    re.IGNORECASE,
)
_PARTS = re.compile(r"(\d{1,2})(?::(\d{2}))? ?([ap])?", re.IGNORECASE)
_HOURS_BEFORE = frozenset(
    {"from", "between", "hours", "hour", "available", "work", "working", "open"}
)
_HOURS_BEFORE |= {"hrs", "schedule", "daily"}
_SHOWN = re.compile(r"(\d{1,2}):(\d{2}) (AM|PM)")
_NOON, _DAY_HOURS, _FIRST_MORNING_HOUR = 12, 24, 7


def read_days(words: Words, asked: bool) -> Iterator[Candidate]:
    """Weekdays; "mon-fri" is one detail."""
    hits = [hit for hit in words.longest("day") if asked or not _idle(words, hit.i, hit.value)]
    at = 0
    while at < len(hits):
        hit, value, j = hits[at], hits[at].value.removeprefix("?"), hits[at].j
        following = hits[at + 1] if at + 1 < len(hits) else None
        if (
            following is not None
            and _reaches(words, hit.j, following.i)
            and value in DAYS
            and following.value.removeprefix("?") in DAYS
        ):
            value, j = f"{value} to {following.value.removeprefix('?')}", following.j
            at += 1
        yield candidate(words, "weekday", value, hit.i, j)
        at += 1


def _reaches(words: Words, j: int, i: int) -> bool:
    """Whether "to", a dash or the like, and nothing else, stands between two days."""
    if i == j:  # a hyphen between letters is no word: "mon-fri"
        return words.text[words.ends[j - 1] : words.starts[i]].strip() != ""
    return i == j + 1 and words.norm(j) in _TO


def _idle(words: Words, i: int, value: str) -> bool:
    """Whether a short form is the other word it may be ("I sat on hold")."""
    if not value.startswith("?"):
        return False
    after = words.norm(i + 1)
    return words.norm(i - 1) not in _DAY_BEFORE and after not in _TO and not after.isdecimal()


def weekdays(value: str) -> tuple[str, ...]:
    """The days that a weekday detail's value names, in the order of the week from its first."""
    named = [day for day in re.split(r" to | and ", value) if day in DAYS]
    if " to " in value and len(named) == 2:
        first, last = (DAYS.index(day) for day in named)
        return tuple(DAYS[(first + step) % 7] for step in range((last - first) % 7 + 1))
    return tuple(named)


def read_dates(words: Words) -> Iterator[Candidate]:
    """Dates; with the ISO form where day, month and year are certain."""
    text = words.text
    for found in _ISO.finditer(text):
        yield from _date(words, found.span(), found[1], found[2], found[3])
    for found in _SLASHED.finditer(text):
        if found[4] or found[2] == "/":
            year = f"20{found[4]}" if found[4] and len(found[4]) == 2 else found[4]
            yield from _date(words, found.span(), year, found[1], found[3])
    for found in _NAMED.finditer(text):
        yield from _date(words, found.span(), found[3], _month(found[1]), found[2])
    for found in _DAY_FIRST.finditer(text):
        yield from _date(words, found.span(), found[3], _month(found[2]), found[1])
    for found in _MONTH_YEAR.finditer(text):
        yield spanned(words, "date", " ".join(found.group().split()), *found.span())
    for i, norm in enumerate(words.norms):
        if norm in _RELATIVE:
            yield candidate(words, "date", words.raw(i), i, i + 1)


def _month(name: str) -> str:
    return str(_MONTHS.index(name[:3].lower()) + 1)


def _date(
    words: Words, span: tuple[int, int], year: str | None, month: str, day: str
) -> Iterator[Candidate]:
    written = " ".join(words.text[span[0] : span[1]].split())
    try:
        # Without a year, a leap year: 2/29 is a date.
        certain = date(int(year or 2024), int(month), int(day))
    except ValueError:
        return
    iso = certain.isoformat()
    value = written if year is None or written == iso else f"{written} ({iso})"
    yield spanned(words, "date", value, *span)


def iso_date(value: str) -> date | None:
    """The day that a date detail's value names, where it is certain."""
    found = re.search(r"\b(20\d\d-\d\d-\d\d)\b", value)
    return date.fromisoformat(found[1]) if found else None


def read_hours(words: Words, asked: bool) -> Iterator[Candidate]:
    """Ranges of hours. Two bare numbers are hours only where the words around say so."""
    text = words.text
    days = [hit.j for hit in words.longest("day")]
    for found in _RANGE.finditer(text):
        first, last = _hour(found[1]), _hour(found[3])
        if first is None or last is None:
            continue
        i = words.at(found.start())
        between = words.norm(i - 1) == "between"
        if found[2].lower() == "and" and not between:
            continue
        said = any(part for _, _, part in (first, last)) or ":" in found.group()
        j = words.at(found.end())
        near = any(0 <= i - day <= 3 or 0 <= day - 1 - j <= 1 for day in days)
        alone = not text[: found.start()].strip() and not text[found.end() :].strip(" .!,")
        if not (said or near or alone or asked or words.norm(i - 1) in _HOURS_BEFORE):
            continue
        value = _range(first, last)
        if value:
            yield spanned(words, "time_range", value, *found.span())


def _hour(written: str) -> tuple[int, int, str] | None:
    if written.lower() == "noon":
        return _NOON, 0, "p"
    if written.lower() == "midnight":
        return _NOON, 0, "a"
    found = _PARTS.match(written)
    if found is None:
        return None
    hour, minute, part = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
    if hour > _DAY_HOURS or minute > 59 or (part and not 1 <= hour <= _NOON):
        return None
    return hour, minute, part


def _range(first: tuple[int, int, str], last: tuple[int, int, str]) -> str | None:
    """The range, with morning or afternoon as working hours make likely where it is not said."""
    start = _minutes(first, None if first[2] else last)
    end = _minutes(last, None)
    if not last[2] and last[0] <= _NOON and end <= start:
        end += _NOON * 60
    if not 0 <= start < _DAY_HOURS * 60 or not 0 <= end <= _DAY_HOURS * 60:
        return None
    if end == start:
        return None
    return f"{_clock(start)} - {_clock(end)}"


def _minutes(hour: tuple[int, int, str], last: tuple[int, int, str] | None) -> int:
    number, minute, part = hour
    if not part and last is not None and number < _NOON:
        # "2-5pm" is an afternoon, "9-5pm" is not; "1-5" is an afternoon, "9-5" a day.
        if last[2] == "p" and last[0] % _NOON > number:
            part = "p" if number < _FIRST_MORNING_HOUR else "a"
        elif not last[2]:
            part = "p" if 0 < number < _FIRST_MORNING_HOUR and last[0] <= _NOON else "a"
        else:
            part = "a"
    if part == "p" and number < _NOON:
        number += _NOON
    if part == "a" and number == _NOON:
        number = 0
    return number * 60 + minute


def _clock(minutes: int) -> str:
    hour, minute = divmod(minutes % (_DAY_HOURS * 60), 60)
    return f"{(hour - 1) % _NOON + 1}:{minute:02d} {'AM' if hour < _NOON else 'PM'}"


def hours(value: str) -> tuple[time, time] | None:
    """Start and end that a time range detail's value names; an end of 00:00 is midnight."""
    found = _SHOWN.findall(value)
    if len(found) != 2:
        return None
    start, end = (
        time(int(hour) % _NOON + (_NOON if part == "PM" else 0), int(minute))
        for hour, minute, part in found
    )
    return start, end
