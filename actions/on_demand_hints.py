"""Messages that the classifier puts elsewhere and that are about registration or availability."""

from __future__ import annotations

import re

from actions import on_demand_reading as reading
from actions import on_demand_words as words
from actions.prompts import back_to_task
from actions.turn import Event, Turn
from psl.agents.registration import View
from psl.agents.times import read_absence, read_hours

# "Call me" answers how On Demand should reach the agent; "have somebody call me" wants a person.
_PERSON = re.compile(
    r"\b(?:person|human|somebody|someone|rep|reps|representative|psl|operator|back|asap|help|talk|speak|"
    r"real|now)\b",
    re.IGNORECASE,
)
_AWAY = re.compile(
    r"\b(?:off|out|away|vacation|pto|ooo|closed|unavailable|(?:not|can'?t|won'?t be|isn'?t) (?:be )?"
    r"(?:available|working|in|taking))\b",
    re.IGNORECASE,
)
_WANTS_IN = re.compile(
    r"\b(?:take part|sign(?:ing)? up|join(?:ing)?|regist\w+|participate|enroll?)\b", re.IGNORECASE
)
_ZONE_ALONE = re.compile(
    r"^\W*(?:(?:please|pls|put|set|switch|move|change|me|us|my|i'?m|i am|it|that|hours|on|to|in|now|actually|"
    r"zone|time|the)\s+)*(?:eastern|central|est|cst|edt|cdt|et|ct)(?: (?:time|zone|now|please|pls))*\W*$",
    re.IGNORECASE,
)
_SHORT = 8
_TOLD = frozenset({"weekday", "time_range"})


def how_to_be_reached(turn: Turn) -> list[Event] | None:
    """ "Call me" where it was asked how On Demand should reach the agent; None for a wish to talk."""
    asked = turn.asked == "contact" and turn.focus in {"registration", "availability"}
    if not asked or turn.is_button or turn.owner.agent_id is None or _PERSON.search(turn.text):
        return None
    if not reading.contact(turn.text, turn.services.reader.read(turn.text)).methods:
        return None
    from actions import availability, registration
    from actions.on_demand_taking import take

    view = turn.services.registrations.of(turn.owner.agent_id)
    if view.registered:
        return availability.tell(turn, view, turn.text)
    taken = take(turn, view, turn.text, turn.services.reader.read(turn.text), hours=False)
    return registration.ask_taken(turn, taken)


def meant_availability(turn: Turn) -> list[Event] | None:
    """What a message that was not understood does about the agent's availability; None for nothing."""
    if turn.is_button or turn.owner.agent_id is None:
        return None
    view = turn.services.registrations.of(turn.owner.agent_id)
    if view.agent.role != "Agent":
        return None
    if reading.asks_zone(turn.text) and view.next_hours is not None:
        turn.say(words.zone_of_hours(view))
        return back_to_task(turn)
    if turn.focus is not None:
        return None
    return _registered(turn, view) if view.registered else _new(turn, view)


def _registered(turn: Turn, view: View) -> list[Event] | None:
    from actions import availability
    from actions.absences import end_absence, take_absence

    zone = view.zone or view.home_zone
    if availability.only_back(turn.text) and len(turn.text.split()) < _SHORT:
        return end_absence(turn, view, wanted=False)
    if _ZONE_ALONE.match(turn.text):
        return availability.tell(turn, view, turn.text)
    if len(turn.text.split()) > _SHORT or not _AWAY.search(turn.text):
        return None
    told = read_absence(turn.text, view.at, zone)
    return take_absence(turn, view, turn.text) if told.start or told.questions else None


def _new(turn: Turn, view: View) -> list[Event] | None:
    """A long message that wants to take part and tells hours: "I'd love to join, I work 9 to 5"."""
    kinds = {detail.kind for detail in turn.details}
    if not (_WANTS_IN.search(turn.text) and kinds & _TOLD):
        return None
    if not read_hours(turn.text, None, view.home_zone).days:
        return None
    from actions import registration

    return registration.begin(turn, turn.text)
