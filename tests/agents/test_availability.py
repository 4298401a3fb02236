"""Hours, absences and zones: examples on real dates, and what holds for any hours at any instant."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from psl.agents.availability import (
    ZONES,
    DayHours,
    OutOfOffice,
    Span,
    WeeklyHours,
    day_words,
    hours_words,
    is_open,
    local_words,
    next_opening,
    open_spans,
    open_until,
    reaches,
    zone_name,
)

EASTERN = "America/New_York"
LOUISVILLE = "America/Kentucky/Louisville"
CENTRAL = "America/Chicago"

AUTUMN = date(2026, 11, 1)
SPRING = date(2027, 3, 14)
MON, TUE, WED, THU, FRI, SAT, SUN = range(7)

HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def hours(start: str, end: str, *breaks: tuple[str, str]) -> DayHours:
    return DayHours(span(start, end), tuple(span(*pause) for pause in breaks))


def span(start: str, end: str) -> Span:
    return Span(minute(start), minute(end))


def minute(clock: str) -> int:
    hour, _, rest = clock.partition(":")
    return int(hour) * 60 + int(rest)


def week(**days: DayHours) -> WeeklyHours:
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    assert set(days) <= set(names)
    return WeeklyHours(tuple(days.get(name) for name in names))


OFFICE = WeeklyHours((hours("8:30", "17:00", ("12:00", "13:00")),) * 5 + (None, None))


def spans(
    of: WeeklyHours, zone: str, since: str, until: str, out: OutOfOffice | None = None
) -> list[str]:
    return [
        f"{start:%d %H:%M}-{end:%d %H:%M}"
        for start, end in open_spans(of, zone, out, utc(since), utc(until))
    ]


# What can be said


@pytest.mark.parametrize(
    "start,end", [(-1, 60), (540, 540), (540, 480), (0, 1441), (600, 2041), (2880, 2900)]
)
def test_span_refuses(start: int, end: int) -> None:
    with pytest.raises(ValueError):
        Span(start, end)


def test_span_may_last_a_whole_day_from_any_minute() -> None:
    assert Span(1439, 2879).end - Span(0, 1440).end == 1439
    assert Span(10, 20) < Span(10, 30) < Span(11, 12)


@pytest.mark.parametrize(
    "day,breaks",
    [
        (Span(1440, 1500), ()),
        (Span(540, 1020), (Span(500, 560),)),
        (Span(540, 1020), (Span(1000, 1030),)),
        (Span(540, 1020), (Span(780, 840), Span(720, 750))),
        (Span(540, 1020), (Span(720, 780), Span(770, 800))),
        (Span(540, 1020), (Span(540, 1020),)),
        (Span(540, 1020), (Span(540, 600), Span(600, 1020))),
        (Span(1320, 1560), (Span(60, 90),)),
    ],
)
def test_day_refuses(day: Span, breaks: tuple[Span, ...]) -> None:
    with pytest.raises(ValueError):
        DayHours(day, breaks)


@pytest.mark.parametrize(
    "day,minutes",
    [
        (hours("9:00", "17:00"), ((540, 1020),)),
        (hours("9:00", "17:00", ("12:00", "13:00")), ((540, 720), (780, 1020))),
        (hours("9:00", "17:00", ("9:00", "10:00"), ("16:00", "17:00")), ((600, 960),)),
        (hours("9:00", "17:00", ("12:00", "13:00"), ("13:00", "14:00")), ((540, 720), (840, 1020))),
        (hours("22:00", "30:00", ("25:00", "25:30")), ((1320, 1500), (1530, 1800))),
    ],
)
def test_breaks_are_taken_out(day: DayHours, minutes: tuple[tuple[int, int], ...]) -> None:
    assert day.working() == minutes


def test_a_week_has_seven_days() -> None:
    for count in (0, 6, 8):
        with pytest.raises(ValueError):
            WeeklyHours((None,) * count)


def test_one_day_can_be_changed() -> None:
    changed = OFFICE.with_day(SAT, hours("9:00", "12:00")).with_day(MON, None)
    assert changed.days[SAT] == hours("9:00", "12:00") and changed.days[MON] is None
    assert changed.days[TUE:SAT] == OFFICE.days[TUE:SAT] and changed.days[SUN] is None
    for day in (-1, 7):
        with pytest.raises(ValueError):
            OFFICE.with_day(day, None)


def test_emptiness() -> None:
    assert WeeklyHours.never().is_empty
    assert not OFFICE.is_empty and not WeeklyHours.always().is_empty


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        [None] * 6,
        [None] * 6 + [[540, 1020]],
        [None] * 6 + [{"start": 540, "end": 1020}],
        [None] * 6 + [{"start": "540", "end": 1020, "breaks": []}],
        [None] * 6 + [{"start": 540, "end": 1020, "breaks": [[720]]}],
        [None] * 6 + [{"start": 1020, "end": 540, "breaks": []}],
        [None] * 6 + [{"start": 540, "end": 1020, "breaks": [[500, 560]]}],
    ],
)
def test_other_json_is_refused(value: object) -> None:
    with pytest.raises(ValueError):
        WeeklyHours.from_json(value)


def test_absence_is_half_open() -> None:
    out = OutOfOffice(utc("2026-12-22 13:00"), utc("2027-01-02 05:00"))
    assert not out.covers(utc("2026-12-22 12:59"))
    assert out.covers(utc("2026-12-22 13:00"))
    assert out.covers(utc("2027-01-02 04:59"))
    assert not out.covers(utc("2027-01-02 05:00"))
    assert OutOfOffice(out.start, None).covers(utc("2099-01-01"))


def test_absence_needs_instants_in_order() -> None:
    at = utc("2026-12-22 13:00")
    for start, end in ((at.replace(tzinfo=None), None), (at, at.replace(tzinfo=None))):
        with pytest.raises(ValueError):
            OutOfOffice(start, end)
    with pytest.raises(ValueError):
        OutOfOffice(at, at - timedelta(seconds=1))
    assert not OutOfOffice(at, at).covers(at)


# Zones and the two changes


@pytest.mark.parametrize("day", [date(2026, 3, 8), SPRING])
@pytest.mark.parametrize("zone,offset", [(EASTERN, 4), (LOUISVILLE, 4), (CENTRAL, 5)])
def test_spring_leaves_an_hour_out(day: date, zone: str, offset: int) -> None:
    midnight = datetime.combine(day, datetime.min.time(), UTC)
    gap_ends = midnight + timedelta(hours=3 + offset)
    assert reaches(day, minute("1:59"), zone) == gap_ends - timedelta(minutes=1)
    for clock in ("2:00", "2:01", "2:30", "2:59", "3:00"):
        assert reaches(day, minute(clock), zone) == gap_ends
    assert reaches(day, minute("3:01"), zone) == gap_ends + timedelta(minutes=1)


@pytest.mark.parametrize("day", [AUTUMN, date(2027, 11, 7)])
@pytest.mark.parametrize(
    "zone,offset", [(EASTERN, 4), ("America/Kentucky/Monticello", 4), (CENTRAL, 5)]
)
def test_of_the_hour_that_autumn_repeats_the_first_counts(
    day: date, zone: str, offset: int
) -> None:
    midnight = datetime.combine(day, datetime.min.time(), UTC)
    first = midnight + timedelta(hours=1 + offset)
    assert reaches(day, minute("1:00"), zone) == first
    assert reaches(day, minute("1:59"), zone) == first + timedelta(minutes=59)
    assert reaches(day, minute("2:00"), zone) == first + 2 * HOUR


def test_minutes_past_midnight_are_on_the_next_day() -> None:
    assert reaches(date(2026, 12, 31), minute("26:00"), EASTERN) == utc("2027-01-01 07:00")
    # The night of the change: six hours from 10:00 PM to 5:00 AM.
    assert reaches(date(2027, 3, 13), minute("29:00"), EASTERN) == utc("2027-03-14 09:00")


def test_unknown_zone() -> None:
    with pytest.raises(KeyError):
        reaches(AUTUMN, 0, "America/Paducah")


@pytest.mark.parametrize(
    "zone,at,name",
    [
        (EASTERN, "2026-12-22", "Eastern Time (EST)"),
        (EASTERN, "2026-07-22", "Eastern Time (EDT)"),
        (CENTRAL, "2026-11-01 06:59", "Central Time (CDT)"),
        (CENTRAL, "2026-11-01 07:00", "Central Time (CST)"),
        (LOUISVILLE, "2026-12-22", "Eastern Time (Louisville, EST)"),
        ("America/Indiana/Tell_City", "2026-12-22", "Tell City Time (CST)"),
    ],
)
def test_zones_are_named(zone: str, at: str, name: str) -> None:
    assert zone_name(zone, utc(at)) == name


@pytest.mark.parametrize(
    "at,zone,words",
    [
        ("2026-12-22 13:00", EASTERN, "Tue, Dec 22, 8:00 AM Eastern (EST)"),
        ("2026-12-22 13:00", CENTRAL, "Tue, Dec 22, 7:00 AM Central (CST)"),
        ("2026-07-04 03:59", LOUISVILLE, "Fri, Jul 3, 11:59 PM Eastern (EDT)"),
        ("2026-07-04 04:00", LOUISVILLE, "Sat, Jul 4, 12:00 AM Eastern (EDT)"),
        ("2026-07-04 16:00", "America/Kentucky/Monticello", "Sat, Jul 4, noon Eastern (EDT)"),
    ],
)
def test_instants_in_words(at: str, zone: str, words: str) -> None:
    assert local_words(utc(at), zone) == words


# Stretches of availability


def test_an_ordinary_week_in_two_zones() -> None:
    # The Friday and Monday around the end of daylight saving.
    assert spans(OFFICE, EASTERN, "2026-10-30 00:00", "2026-11-03 00:00") == [
        "30 12:30-30 16:00",
        "30 17:00-30 21:00",
        "02 13:30-02 17:00",
        "02 18:00-02 22:00",
    ]
    assert spans(OFFICE, LOUISVILLE, "2026-10-30 00:00", "2026-11-03 00:00") == spans(
        OFFICE, EASTERN, "2026-10-30 00:00", "2026-11-03 00:00"
    )
    assert spans(OFFICE, CENTRAL, "2026-10-30 13:00", "2026-10-30 18:30") == [
        "30 13:30-30 17:00",
        "30 18:00-30 18:30",
    ]


def test_hours_past_midnight_belong_to_the_day_they_begin_on() -> None:
    late = week(fri=hours("22:00", "26:00"))
    assert spans(late, EASTERN, "2026-12-01", "2026-12-08") == ["05 03:00-05 07:00"]
    assert is_open(late, EASTERN, None, utc("2026-12-05 06:59"))
    assert not is_open(late, EASTERN, None, utc("2026-12-05 07:00"))
    assert not is_open(late, EASTERN, None, utc("2026-12-06 03:30"))
    # From Sunday on into the next week.
    assert spans(week(sun=hours("22:00", "26:00")), EASTERN, "2026-12-07 05:00", "2026-12-10") == [
        "07 05:00-07 07:00"
    ]


def test_a_break_past_midnight() -> None:
    night = week(tue=hours("22:00", "30:00", ("23:30", "24:15"), ("26:00", "26:30")))
    assert spans(night, CENTRAL, "2026-12-01", "2026-12-04") == [
        "02 04:00-02 05:30",
        "02 06:15-02 08:00",
        "02 08:30-02 12:00",
    ]


def test_overlapping_days_are_one_stretch() -> None:
    both = week(mon=hours("22:00", "26:00"), tue=hours("0:00", "9:00"))
    assert spans(both, EASTERN, "2026-12-07", "2026-12-10") == ["08 03:00-08 14:00"]
    # One day's break within the other day's hours is no break.
    paused = week(mon=hours("22:00", "30:00", ("26:00", "27:00")), tue=hours("0:00", "9:00"))
    assert spans(paused, EASTERN, "2026-12-07", "2026-12-10") == ["08 03:00-08 14:00"]


def test_round_the_clock_is_one_stretch() -> None:
    for zone in ZONES:
        assert spans(WeeklyHours.always(), zone, "2026-10-30 03:21", "2026-11-05 04:22") == [
            "30 03:21-05 04:22"
        ]


def test_nobody_home() -> None:
    assert spans(WeeklyHours.never(), EASTERN, "2026-10-30", "2027-10-30") == []
    assert spans(OFFICE, EASTERN, "2026-12-04 15:00", "2026-12-04 15:00") == []
    assert next_opening(WeeklyHours.never(), EASTERN, None, utc("2026-10-30")) is None
    assert open_until(WeeklyHours.never(), EASTERN, None, utc("2026-10-30")) is None


@pytest.mark.parametrize(
    "day,start,end,minutes",
    [
        (AUTUMN, "0:00", "24:00", 25 * 60),
        (SPRING, "0:00", "24:00", 23 * 60),
        (AUTUMN, "8:00", "17:00", 9 * 60),
        (SPRING, "8:00", "17:00", 9 * 60),
        (AUTUMN, "1:00", "1:30", 30),
        (AUTUMN, "1:30", "2:30", 2 * 60),
        (SPRING, "1:30", "2:30", 30),
        (SPRING, "2:00", "3:00", 0),
        (SPRING, "2:30", "3:30", 30),
        (AUTUMN - timedelta(days=1), "22:00", "26:00", 5 * 60),
        (SPRING - timedelta(days=1), "22:00", "26:30", 4 * 60),
    ],
)
@pytest.mark.parametrize("zone", ZONES)
def test_minutes_on_the_days_of_change(
    zone: str, day: date, start: str, end: str, minutes: int
) -> None:
    only = WeeklyHours.never().with_day(day.weekday(), hours(start, end))
    around = open_spans(only, zone, None, reaches(day, 0, zone), reaches(day, 2880, zone))
    assert sum((b - a for a, b in around), timedelta()) == timedelta(minutes=minutes)


def test_a_break_that_the_change_swallows_is_no_gap() -> None:
    night = week(sun=hours("0:00", "8:00", ("2:00", "3:00")))
    assert spans(night, EASTERN, "2027-03-14", "2027-03-15") == ["14 05:00-14 12:00"]
    assert spans(night, EASTERN, "2027-03-21", "2027-03-22") == [
        "21 04:00-21 06:00",
        "21 07:00-21 12:00",
    ]


def test_absence_is_taken_out() -> None:
    def office_day(start: str, end: str | None) -> list[str]:
        out = OutOfOffice(utc(start), utc(end) if end else None)
        return spans(OFFICE, EASTERN, "2026-12-04", "2026-12-05", out)

    assert office_day("2026-12-04 15:00", "2026-12-04 20:00") == [
        "04 13:30-04 15:00",
        "04 20:00-04 22:00",
    ]
    assert office_day("2026-12-04 14:00", "2026-12-04 15:00") == [
        "04 13:30-04 14:00",
        "04 15:00-04 17:00",
        "04 18:00-04 22:00",
    ]
    assert office_day("2026-12-04 17:30", None) == ["04 13:30-04 17:00"]
    assert office_day("2026-12-01 00:00", "2026-12-04 13:30") == office_day(
        "2026-12-05 00:00", None
    )
    assert office_day("2026-12-01 00:00", "2026-12-09 13:30") == []
    assert office_day("2026-12-04 15:00", "2026-12-04 15:00") == office_day(
        "2026-12-05 00:00", None
    )


def test_when_it_opens_and_closes() -> None:
    def around(at: str, out: OutOfOffice | None = None) -> tuple[datetime | None, datetime | None]:
        instant = utc(at)
        return (
            next_opening(OFFICE, EASTERN, out, instant),
            open_until(OFFICE, EASTERN, out, instant),
        )

    # A Friday: at work, at lunch, after work.
    assert around("2026-12-04 15:00") == (utc("2026-12-04 15:00"), utc("2026-12-04 17:00"))
    assert around("2026-12-04 17:00") == (utc("2026-12-04 18:00"), None)
    assert around("2026-12-04 22:00") == (utc("2026-12-07 13:30"), None)
    out = OutOfOffice(utc("2026-12-04 16:00"), utc("2026-12-08 19:00"))
    assert around("2026-12-04 15:00", out) == (utc("2026-12-04 15:00"), utc("2026-12-04 16:00"))
    assert around("2026-12-04 16:00", out) == (utc("2026-12-08 19:00"), None)
    assert around("2026-12-05 16:00", OutOfOffice(utc("2026-12-07 10:00"), None)) == (None, None)


def test_horizons() -> None:
    at, always = utc("2026-12-04 15:00"), WeeklyHours.always()
    assert open_until(always, EASTERN, None, at) == at + timedelta(days=8)
    assert open_until(always, EASTERN, None, at, HOUR) == at + HOUR
    saturday = utc("2026-12-05 15:00")
    assert next_opening(OFFICE, EASTERN, None, saturday, timedelta(days=1)) is None
    assert next_opening(OFFICE, EASTERN, None, saturday, timedelta(days=2)) is not None


def test_a_long_absence_is_jumped_over() -> None:
    at = utc("2026-12-04 15:00")
    out = OutOfOffice(at, at + timedelta(days=390))
    for of in (OFFICE, WeeklyHours.always()):
        reaches.cache_clear()
        assert next_opening(of, EASTERN, out, at) is not None
        assert reaches.cache_info().misses < 10


def test_local_instants_do_as_well_as_utc() -> None:
    # 1:30 AM the second time, when a wall clock alone cannot tell.
    at = datetime(2026, 11, 1, 1, 30, tzinfo=ZoneInfo(EASTERN), fold=1)
    assert open_until(WeeklyHours.always(), EASTERN, None, at, HOUR) == utc("2026-11-01 07:30")
    opening = next_opening(OFFICE, EASTERN, None, at)
    assert opening == utc("2026-11-02 13:30") and opening.tzinfo is UTC
    # Two days are 48 hours, not from 9:30 to 9:30 on the wall.
    saturday = datetime(2026, 10, 31, 9, 30, tzinfo=ZoneInfo(EASTERN))
    assert next_opening(OFFICE, EASTERN, None, saturday, timedelta(days=2)) is None


# What holds for any hours


@st.composite
def any_day(draw: Callable[..., int]) -> DayHours:
    start = draw(st.integers(0, 1439))
    end = draw(st.integers(start + 1, start + 1440))
    cuts = sorted(draw(st.sets(st.integers(start, end), max_size=6)))
    pauses = tuple(Span(a, b) for a, b in zip(cuts[::2], cuts[1::2], strict=False))
    return DayHours(Span(start, end), () if pauses == (Span(start, end),) else pauses)


any_week = st.builds(
    lambda *days: WeeklyHours(days), *[st.none() | any_day() | st.just(hours("0:00", "24:00"))] * 7
)
any_zone = st.sampled_from(sorted(ZONES))
# Minutes around an ordinary week and around each change of 2026 and 2027.
any_instant = st.builds(
    lambda day, minutes: (
        datetime.combine(day, datetime.min.time(), UTC) + timedelta(minutes=minutes)
    ),
    st.sampled_from([date(2026, 3, 8), AUTUMN, SPRING, date(2027, 11, 7), date(2026, 7, 4)]),
    st.integers(-3 * 1440, 3 * 1440),
)
any_length = st.integers(0, 6 * 1440).map(lambda minutes: timedelta(minutes=minutes))
any_absence = st.none() | st.builds(
    lambda start, length: OutOfOffice(start, None if length is None else start + length),
    any_instant,
    st.none() | any_length,
)


@cache
def first_shown(shown: datetime, zone: str) -> datetime:
    """The first minute whose wall clock shows that time or later, found by looking at each."""
    at = shown.replace(tzinfo=UTC) + 3 * HOUR
    while at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) < shown:
        at += timedelta(minutes=1)
    return at


def told_open(of: WeeklyHours, zone: str, at: datetime) -> bool:
    """By the book: is the instant in the working minutes of a day near it?"""
    today = at.astimezone(ZoneInfo(zone)).date()
    for day in (today + timedelta(days=shift) for shift in (-2, -1, 0, 1)):
        midnight = datetime.combine(day, datetime.min.time())
        if told := of.days[day.weekday()]:
            for start, end in told.working():
                opens = first_shown(midnight + timedelta(minutes=start), zone)
                if opens <= at < first_shown(midnight + timedelta(minutes=end), zone):
                    return True
    return False


@given(any_week, any_zone, any_instant)
def test_open_is_what_the_hours_tell(of: WeeklyHours, zone: str, at: datetime) -> None:
    assert is_open(of, zone, None, at) == told_open(of, zone, at)


@given(any_week, any_zone, any_absence, any_instant, any_length)
def test_stretches_and_single_instants_agree(
    of: WeeklyHours, zone: str, out: OutOfOffice | None, since: datetime, length: timedelta
) -> None:
    found = list(open_spans(of, zone, out, since, since + length))
    edges = {since, since + length, *(edge for stretch in found for edge in stretch)}
    around = {edge + timedelta(seconds=shift) for edge in edges for shift in (-1, 0, 1)}
    around |= {since + length * part / 17 for part in range(17)}
    for at in around:
        if since <= at < since + length:
            inside = any(start <= at < end for start, end in found)
            assert is_open(of, zone, out, at) == inside


@given(any_week, any_zone, any_absence, any_instant, any_length)
def test_stretches_are_ordered_apart_and_cut_to_size(
    of: WeeklyHours, zone: str, out: OutOfOffice | None, since: datetime, length: timedelta
) -> None:
    found = list(open_spans(of, zone, out, since, since + length))
    edges = [edge for stretch in found for edge in stretch]
    assert all(a < b for a, b in pairwise(edges))
    assert all(since <= edge <= since + length for edge in edges)
    assert all(edge.tzinfo is UTC for edge in edges)


@given(any_week, any_zone, any_absence, any_instant)
def test_an_absence_closes_and_never_opens(
    of: WeeklyHours, zone: str, out: OutOfOffice | None, at: datetime
) -> None:
    covered = out is not None and out.covers(at)
    assert is_open(of, zone, out, at) == (is_open(of, zone, None, at) and not covered)


@given(any_week, any_zone, any_absence, any_instant)
def test_next_opening_is_the_first(
    of: WeeklyHours, zone: str, out: OutOfOffice | None, at: datetime
) -> None:
    month = timedelta(days=30)
    opening = next_opening(of, zone, out, at, month)
    if opening is None:
        assert not list(open_spans(of, zone, out, at, at + month))
    else:
        assert at <= opening < at + month
        assert is_open(of, zone, out, opening)
        assert not list(open_spans(of, zone, out, at, opening))


@given(any_week, any_zone, any_absence, any_instant)
def test_open_until_is_the_end(
    of: WeeklyHours, zone: str, out: OutOfOffice | None, at: datetime
) -> None:
    end = open_until(of, zone, out, at, WEEK)
    assert (end is not None) == is_open(of, zone, out, at)
    if end:
        assert list(open_spans(of, zone, out, at, end)) == [(at, end)]
        assert end == at + WEEK or not is_open(of, zone, out, end)


@given(any_week)
def test_json_round_trip(of: WeeklyHours) -> None:
    again = WeeklyHours.from_json(json.loads(json.dumps(of.to_json())))
    assert again == of and hash(again) == hash(of)


@given(any_week, any_zone)
def test_a_week_without_change_has_the_minutes_told(of: WeeklyHours, zone: str) -> None:
    since = reaches(date(2026, 7, 6), 0, zone)
    total = sum((b - a for a, b in open_spans(of, zone, None, since, since + WEEK)), timedelta())
    told: set[int] = set()
    for day, day_hours in enumerate(of.days):
        for start, end in day_hours.working() if day_hours else ():
            told |= {(day * 1440 + m) % (7 * 1440) for m in range(start, end)}
    assert total == timedelta(minutes=len(told))


# In words


@pytest.mark.parametrize(
    "day,words",
    [
        (None, "not available"),
        (hours("8:30", "17:00"), "8:30 AM–5:00 PM"),
        (hours("8:30", "17:00", ("12:00", "13:00")), "8:30 AM–5:00 PM, break noon–1:00 PM"),
        (hours("8:00", "12:00"), "8:00 AM–noon"),
        (hours("12:00", "24:00"), "noon–midnight"),
        (hours("0:00", "6:15"), "midnight–6:15 AM"),
        (hours("13:00", "17:00"), "1:00–5:00 PM"),
        (hours("9:00", "11:59"), "9:00–11:59 AM"),
        (hours("12:05", "12:55"), "12:05–12:55 PM"),
        (hours("22:00", "26:00"), "10:00 PM–2:00 AM (next day)"),
        (hours("22:00", "24:05"), "10:00 PM–12:05 AM (next day)"),
        (hours("20:00", "44:00"), "8:00 PM–8:00 PM (next day)"),
        (hours("1:00", "25:00"), "1:00 AM–1:00 AM (next day)"),
        (hours("0:00", "24:00"), "all day"),
        (hours("0:00", "24:00", ("12:00", "12:30")), "all day, break noon–12:30 PM"),
        (
            hours("8:00", "17:00", ("10:00", "10:15"), ("11:30", "12:30")),
            "8:00 AM–5:00 PM, breaks 10:00–10:15 AM and 11:30 AM–12:30 PM",
        ),
        (
            hours("22:00", "30:00", ("23:30", "24:30"), ("25:00", "25:30")),
            "10:00 PM–6:00 AM (next day), breaks 11:30 PM–12:30 AM (next day)"
            " and 1:00–1:30 AM (next day)",
        ),
    ],
)
def test_a_day_in_words(day: DayHours | None, words: str) -> None:
    assert day_words(day) == words


def test_a_week_in_words() -> None:
    week_words = hours_words(OFFICE.with_day(FRI, hours("8:30", "12:00")))
    assert week_words == (
        "Mon–Thu 8:30 AM–5:00 PM, break noon–1:00 PM\nFri 8:30 AM–noon\nSat–Sun not available"
    )
    assert hours_words(WeeklyHours.always()) == "Mon–Sun all day"
    assert hours_words(WeeklyHours.never()) == "Mon–Sun not available"
    assert hours_words(OFFICE.with_day(WED, None)).splitlines()[1:3] == [
        "Wed not available",
        "Thu–Fri 8:30 AM–5:00 PM, break noon–1:00 PM",
    ]


@given(any_week)
def test_words_name_every_day_once(of: WeeklyHours) -> None:
    names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    told: list[tuple[str, str]] = []
    for line in hours_words(of).splitlines():
        run, _, words = line.partition(" ")
        first, _, last = run.partition("–")
        days = names[names.index(first) : names.index(last or first) + 1]
        told += [(day, words) for day in days]
    assert told == [(name, day_words(day)) for name, day in zip(names, of.days, strict=True)]
