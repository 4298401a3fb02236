"""The time zone that a message names."""

from __future__ import annotations

from collections.abc import Sequence

from psl.agents.availability import ZONES
from psl.agents.times.hours_words import CENTRAL, EASTERN, ELSEWHERE
from psl.agents.times.readings import Question
from psl.agents.times.tokens import Token

_BOTH = (("Eastern Time", "eastern time"), ("Central Time", "central time"))


def read_zone(tokens: Sequence[Token], home_zone: str) -> tuple[str | None, Question | None]:
    """The IANA zone named, or what has to be asked.

    "EST" is what people call Eastern Time, in summer too. Whoever lives in an Eastern zone of
    Kentucky's own keeps it when they say "eastern".
    """
    named: list[str] = []
    for at, token in enumerate(tokens):
        refused = at > 0 and tokens[at - 1].kind == "no"
        if token.kind == "zone" and not refused and token.value not in named:
            named.append(token.value)
    fixed = [token.kind for token in tokens if token.kind in ("zone", "fix")]
    if len(named) > 1 and fixed[-2:] == ["fix", "zone"]:
        named = named[-1:]
    if ELSEWHERE in named:
        return None, Question("Kentucky has Eastern and Central Time. Which are you on?", _BOTH)
    if len(named) > 1:
        return None, Question("Are you on Eastern or on Central Time?", _BOTH)
    if not named:
        return None, None
    zone = named[0]
    if zone == EASTERN and ZONES.get(home_zone, "").startswith(ZONES[EASTERN]):
        zone = home_zone
    if zone == CENTRAL and ZONES.get(home_zone, "").startswith(ZONES[CENTRAL]):
        zone = home_zone
    return zone, None
