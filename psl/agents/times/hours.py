"""Working hours from what an agent types: "mon-thu 830 to 5ish, lunch noon-1, fri til noon"."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from psl.agents.availability import WeeklyHours
from psl.agents.times.hours_words import HOURS
from psl.agents.times.merging import clauses
from psl.agents.times.readings import HoursReading
from psl.agents.times.tokens import Lexer, Token
from psl.agents.times.week import Week
from psl.agents.times.zones import read_zone
from psl.details.bags import bag

# Words that may stand with days when hours are what is told, and nothing else.
_PLAIN = bag(
    "i im i'm i'll ill am is are be my me mine hours hour hrs work works working available "
    "avail availability days day on at for just please plz pls pleas want wanna would like to "
    "set make made change move switch swap shift update put down let lets let's can could need the a of it so and "
    "yes yeah ok okay take taking calls referrals only prefer free do does gonna going will "
    "hi hello hey thanks thx ty too also add back in up new schedule time times turn ?"
)


@cache
def _lexer() -> Lexer:
    return Lexer(HOURS)


def read_hours(
    text: str, current: WeeklyHours | None = None, home_zone: str = "America/New_York"
) -> HoursReading:
    """What a message says of working hours.

    Args:
        text: as typed.
        current: the hours so far, which "make friday til 1" changes.
        home_zone: IANA zone in which the agent lives; "eastern" means it, if it is an Eastern one.

    Returns:
        The days that were said, and questions about what is not certain. Days of which something
        has to be asked are not among them.
    """
    tokens = _lexer().tokens(text)
    zone, about_zone = read_zone(tokens, home_zone)
    said = [token for token in tokens if token.kind not in ("zone", "place", "date")]
    week = Week(clauses(said), current or WeeklyHours.never(), _is_plain(said))
    questions = (*week.questions, *((about_zone,) if about_zone else ()))
    return HoursReading(week.days, zone, questions)


def _is_plain(tokens: Iterable[Token]) -> bool:
    return all(token.kind != "word" or token.value in _PLAIN or token.count for token in tokens)
