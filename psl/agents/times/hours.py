"""Working hours from what an agent types: "mon-thu 830 to 5ish, lunch noon-1, fri til noon"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

from psl.agents.availability import WeeklyHours
from psl.agents.times.hours_words import HOURS
from psl.agents.times.merging import clauses
from psl.agents.times.readings import HoursReading, Question
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

_OLD = frozenset({"time", "to", "til", "half", "zone", "at"})
_EVERY_WEEK = Question(
    "Hours are the same every week here; every other week cannot be kept. For the days you are away, "
    "set out of office by date, as in “off Dec 4”."
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
    tokens = _without_the_old(_lexer().tokens(text))
    zone, about_zone = read_zone(tokens, home_zone)
    if any(token.value == "fortnightly" for token in tokens):
        return HoursReading({}, zone, (_EVERY_WEEK,))
    said = [token for token in tokens if token.kind not in ("zone", "place", "date")]
    week = Week(clauses(said), current or WeeklyHours.never(), _is_plain(said))
    questions = (*week.questions, *((about_zone,) if about_zone else ()))
    return HoursReading(week.days, zone, questions)


def _without_the_old(tokens: Sequence[Token]) -> list[Token]:
    """The same without what is to go: "start at 9 instead of 8:30", "central rather than eastern"."""
    kept: list[Token] = []
    at = 0
    while at < len(tokens):
        pair = tuple(token.value for token in tokens[at : at + 2])
        old = at + 2
        if _is_instead(tokens[at], pair):
            while old < len(tokens) and tokens[old].kind in _OLD:
                old += 1
        if old > at + 2:
            at = old
            continue
        kept.append(tokens[at])
        at += 1
    return kept


def _is_instead(token: Token, pair: tuple[str, ...]) -> bool:
    return (token.kind == "fix" and pair[1:] in (("of",), ("than",))) or pair == ("rather", "than")


def _is_plain(tokens: Iterable[Token]) -> bool:
    return all(token.kind != "word" or token.value in _PLAIN or token.count for token in tokens)
