"""Weekdays, hours and dates, and the way back from their values."""

from __future__ import annotations

from datetime import date, time

import pytest

from psl.details import hours, iso_date, weekdays

WHEN = [
    ("monday", ["weekday=Monday"]),
    ("mondays and wed", ["weekday=Monday", "weekday=Wednesday"]),
    ("tues", ["weekday=Tuesday"]),
    ("on sat", ["weekday=Saturday"]),
    ("every sun", ["weekday=Sunday"]),
    ("I sat on hold", []),
    ("the sun was out", []),
    ("they wed in june", []),
    ("mon-fri", ["weekday=Monday to Friday"]),
    ("monday to thursday", ["weekday=Monday to Thursday"]),
    ("mon thru fri 9-5", ["weekday=Monday to Friday", "time_range=9:00 AM - 5:00 PM"]),
    ("weekdays", ["weekday=Monday to Friday"]),
    ("weekends", ["weekday=Saturday and Sunday"]),
    ("every day", ["weekday=Monday to Sunday"]),
    ("9-5 monday", ["time_range=9:00 AM - 5:00 PM", "weekday=Monday"]),
    ("9am-5pm", ["time_range=9:00 AM - 5:00 PM"]),
    ("9 to 5:30 pm", ["time_range=9:00 AM - 5:30 PM"]),
    ("from 9 to 5", ["time_range=9:00 AM - 5:00 PM"]),
    ("between 8 and 4", ["time_range=8:00 AM - 4:00 PM"]),
    ("between 8 and 4 members", ["members=4"]),
    ("9:00-17:00", ["time_range=9:00 AM - 5:00 PM"]),
    ("9:00 - 17:00", ["time_range=9:00 AM - 5:00 PM"]),
    ("noon to 4", ["time_range=12:00 PM - 4:00 PM"]),
    ("8a-4p", ["time_range=8:00 AM - 4:00 PM"]),
    ("mon 1-5", ["weekday=Monday", "time_range=1:00 PM - 5:00 PM"]),
    ("fri 8-12", ["weekday=Friday", "time_range=8:00 AM - 12:00 PM"]),
    ("sat 10-2", ["weekday=Saturday", "time_range=10:00 AM - 2:00 PM"]),
    ("10pm-6am", ["time_range=10:00 PM - 6:00 AM"]),
    ("2-3 members", ["members=3"]),
    ("step 1-2", []),
    ("version 9-5", []),
    ("from 7:30 to noon", ["time_range=7:30 AM - 12:00 PM"]),
    ("01/01/2027", ["date=01/01/2027 (2027-01-01)"]),
    ("1/1/27", ["date=1/1/27 (2027-01-01)"]),
    ("1-1-2027", ["date=1-1-2027 (2027-01-01)"]),
    ("2027-01-01", ["date=2027-01-01"]),
    ("12/24", ["date=12/24"]),
    ("13/45", []),
    ("24/7", []),
    ("jan 1", ["date=jan 1"]),
    ("January 1st, 2027", ["date=January 1st, 2027 (2027-01-01)"]),
    ("1st of march", ["date=1st of march"]),
    ("dec 24 to jan 2, 2027", ["date=dec 24", "date=jan 2, 2027 (2027-01-02)"]),
    ("march 2027", ["date=march 2027"]),
    ("may", []),
    ("tomorrow", ["date=tomorrow"]),
    ("2/29", ["date=2/29"]),
    ("2/29/2027", []),
    ("sep 30", ["date=sep 30"]),
    ("00/00/0000", []),
]


@pytest.mark.parametrize(("text", "expected"), WHEN)
def test_days_hours_and_dates(told, text: str, expected: list[str]) -> None:
    assert told(text) == expected


@pytest.mark.parametrize(
    ("value", "days"),
    [
        ("Monday", ("Monday",)),
        ("Monday to Friday", ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")),
        ("Saturday and Sunday", ("Saturday", "Sunday")),
        ("Saturday to Monday", ("Saturday", "Sunday", "Monday")),
        ("Monday to Sunday", tuple(weekdays("Monday to Sunday"))),
        ("someday", ()),
    ],
)
def test_weekdays_read_a_value_back(value: str, days: tuple[str, ...]) -> None:
    assert weekdays(value) == days


def test_a_whole_week_has_seven_days() -> None:
    assert len(weekdays("Monday to Sunday")) == 7


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("9:00 AM - 5:00 PM", (time(9), time(17))),
        ("12:00 PM - 4:00 PM", (time(12), time(16))),
        ("10:00 PM - 12:00 AM", (time(22), time(0))),
        ("nine to five", None),
    ],
)
def test_hours_read_a_value_back(value: str, expected: tuple[time, time] | None) -> None:
    assert hours(value) == expected


def test_iso_date_reads_only_what_is_certain() -> None:
    assert iso_date("jan 2, 2027 (2027-01-02)") == date(2027, 1, 2)
    assert iso_date("12/24") is None
