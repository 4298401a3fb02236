"""Numbers people read out: seven random digits and a check digit, as T-4821-7308 or R-4821-7308.

Digits only, because letters are misheard over a phone; random, so that a number tells nothing
about volume; the Damm digit catches every single wrong digit and every swap of neighbours.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from stdnum import damm


def new_number() -> str:
    """A fresh number in the form that is stored, "48217308"."""
    payload = str(secrets.randbelow(9_000_000) + 1_000_000)
    return payload + str(damm.calc_check_digit(payload))


def is_plausible(number: str) -> bool:
    """Whether the check digit fits: False means misheard or mistyped."""
    return damm.is_valid(number)


@dataclass(frozen=True)
class Series:
    """The numbers of one kind of record, told apart by a letter."""

    letter: str

    def shown(self, number: str) -> str:
        """The form people see and read out, "T-4821-7308"."""
        return f"{self.letter}-{number[:4]}-{number[4:]}"

    def read(self, typed: str) -> str | None:
        """The stored form of what somebody typed, if it has the right length; None otherwise."""
        found = re.match(
            rf"^\s*#?\s*{self.letter}?[\s-]*((?:\d[\s-]*){{8}})\s*$", typed, re.IGNORECASE
        )
        return re.sub(r"\D", "", found.group(1)) if found else None


TICKETS = Series("T")
REFERRALS = Series("R")
