"""What the sentence encoder is given."""

from __future__ import annotations

import pytest

from bot.nlu.sentence import steady


@pytest.mark.parametrize(
    ("typed", "encoded"),
    [
        ("accept R-1045-0203", "accept R-4821-7308"),
        ("R80209633 done", "R-4821-7308 done"),
        ("status of t-1234-5678?", "status of t-4821-7308?"),
        ("case 118204377 and KY-5021", "case 118204377 and KY-5021"),
        ("call 502-555-0123", "call 502-555-0123"),
        ("the one ending 7305", "the one ending 7305"),
    ],
)
def test_our_numbers_are_all_the_same_to_it(typed: str, encoded: str) -> None:
    assert steady(typed) == encoded
