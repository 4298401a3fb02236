"""Absences from what an agent types: "out from dec 22 8am, back jan 3", "off tomorrow morning"."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Literal

from psl.agents.availability import OutOfOffice
from psl.agents.times.absence_case import Case
from psl.agents.times.absence_end import AbsenceEnd
from psl.agents.times.absence_start import AbsenceStart
from psl.agents.times.absence_words import ABSENCE
from psl.agents.times.hearing import Hearing
from psl.agents.times.readings import AbsenceReading, Question
from psl.agents.times.resolving import Unclear
from psl.agents.times.spells import EXAMPLE, Place
from psl.agents.times.tokens import Lexer


@cache
def _lexer() -> Lexer:
    return Lexer(ABSENCE)


def read_absence(
    text: str,
    now: datetime,
    zone: str,
    asked: Literal["start", "end"] | None = None,
    current: OutOfOffice | None = None,
) -> AbsenceReading:
    """What a message says of an absence.

    Args:
        text: as typed.
        now: aware.
        zone: IANA zone of the agent's clock.
        asked: what was asked before, so that "friday" alone is that.
        current: the absence so far, which "make it end sunday instead" changes, or its start when
            the end is asked for. What a message does not touch is None in the reading.

    Raises:
        KeyError: there is no such zone.
    """
    place = Place(now.astimezone(UTC), zone)
    heard = Hearing(_lexer().tokens(text), place.today).heard
    return _reading(Case(heard, place, asked, current))


def _reading(case: Case) -> AbsenceReading:
    heard = case.heard
    no_end = heard.no_end or (heard.unsure and case.asked == "end")
    if not heard.anything and not no_end:
        return AbsenceReading()
    if heard.end_now:
        return AbsenceReading(None, case.place.now, mentions_time=True)
    start: datetime | None = None
    try:
        if heard.unread:
            raise Unclear(Question(f"I could not read that time. Type it like “{EXAMPLE}”."))
        if heard.holidays and not heard.moments:
            raise Unclear(Question(f"Which dates are that? Type them like “{EXAMPLE}”."))
        start = AbsenceStart(case).find()
        if no_end and start is not None:
            start = max(start, case.place.now)  # "since monday, no end date"
        end = None if no_end else AbsenceEnd(case).find(start)
        case.check(start, end)
    except Unclear as unclear:
        past = start is not None and start < case.place.now
        start = case.place.now if past and not case.is_past(start) else start
        known = None if case.is_past(start) else start
        return AbsenceReading(known, None, False, (unclear.question,), True)
    if start is not None:
        start = max(start, case.place.now)
    return AbsenceReading(start, end, no_end, (), True)
