"""Ticket numbers: unguessable, readable, and a misheard one is recognised."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from psl.numbers import TICKETS, is_plausible, new_number

issued = st.builds(lambda _: new_number(), st.integers())


@given(issued)
def test_a_new_number_is_eight_digits_and_checks(number: str) -> None:
    assert len(number) == 8 and number.isdigit() and number[0] != "0"
    assert is_plausible(number)


@given(issued)
def test_every_single_wrong_digit_is_detected(number: str) -> None:
    for place in range(8):
        for digit in string.digits:
            if digit != number[place]:
                assert not is_plausible(number[:place] + digit + number[place + 1 :])


@given(issued)
def test_every_swap_of_neighbours_is_detected(number: str) -> None:
    for place in range(7):
        one, other = number[place : place + 2]
        if one != other:
            assert not is_plausible(number[:place] + other + one + number[place + 2 :])


@given(
    issued,
    st.lists(st.sampled_from(["", " ", "-", " - "]), min_size=8, max_size=8),
    st.sampled_from(["", "T", "t", "T-", "t ", "#", "#T-", " # t- "]),
)
def test_a_number_is_read_however_it_is_typed(number: str, gaps: list[str], lead: str) -> None:
    typed = lead + "".join(digit + gap for digit, gap in zip(number, gaps, strict=True))
    assert TICKETS.read(typed) == number


@given(issued)
def test_what_is_shown_reads_back(number: str) -> None:
    assert TICKETS.shown(number) == f"T-{number[:4]}-{number[4:]}"
    assert TICKETS.read(TICKETS.shown(number)) == number
    assert TICKETS.read(TICKETS.shown(number).lower()) == number


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "T-",
        "1234567",
        "123456789",
        "T-1234-567",
        "X-1234-5678",
        "1234 5678 please",
        "12345678T",
    ],
)
def test_what_is_no_number_is_not_read(typed: str) -> None:
    assert TICKETS.read(typed) is None


def test_numbers_tell_nothing_of_volume() -> None:
    drawn = [new_number() for _ in range(400)]
    assert len(set(drawn)) > 398
    assert len({n[0] for n in drawn}) == 9
    assert drawn != sorted(drawn)
