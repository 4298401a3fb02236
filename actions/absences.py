"""Out of office in conversation: from when until when, taken at once and read back."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from rasa_sdk.events import SlotSet

from actions import on_demand_words as words
from actions.on_demand_taking import chosen, question_words
from actions.turn import Button, Event, Turn, focus_on, no_focus, payload
from psl.agents.availability import DAY, OutOfOffice, reaches
from psl.agents.registration import View
from psl.agents.times import AbsenceReading, read_absence
from psl.agents.times.spells import Place, until
from psl.errors import BadInput

_AMENDS = re.compile(
    r"\b(?:it|extend\w*|instead|longer|shorten|lengthen|change|move|push|adjust|update|add|cut|"
    r"(?:my|the) (?:out of office|ooo|absence|leave|vacation))\b",
    re.IGNORECASE,
)
_NAMED = re.compile(r"\bout of office\b", re.IGNORECASE)
_NEW = re.compile(
    r"\b(?:pause|off|out|away|gone|sick|vacation|holidays?|leave|leaving|unavailable|stop|snooze|"
    r"mute|hold|no referrals|pto|ooo|from)\b",
    re.IGNORECASE,
)
# "Pause me" means from now, whatever absence is still to come.
_PAUSE = re.compile(r"\b(?:pause|snooze|mute|hold)\b", re.IGNORECASE)
_WHOLE_DAY = re.compile(
    r"^\W*(?:(?:make|change|set) (?:it|that|this) (?:to )?(?:be )?)?(?:the |a |an )?"
    r"(?:all|whole|full|entire) day\W*$",
    re.IGNORECASE,
)
_ASKED: dict[str, Literal["start", "end"]] = {"absence_start": "start", "absence_end": "end"}
_BACK: Button = ("I'm back", payload("end_out_of_office"))
_TAKE_OFF: Button = ("Take it off", payload("end_out_of_office"))
_AVAILABILITY: Button = ("My availability", payload("show_availability"))
_CHANGE: Button = ("Change", payload("set_out_of_office"))


def take_absence(turn: Turn, view: View, text: str) -> list[Event]:
    """Set, amend or ask about an absence by what ``text`` and the words before it tell."""
    if (whole := _whole_days(view, text)) is not None:
        return _set(turn, view, *whole)
    told, pending = _read(turn, view, text)
    if not told.mentions_time and _PAUSE.search(text) and not (_amends(text) or _is_out(view)):
        return _ask_end(turn, view, view.at, "from now")
    if told.questions:
        question, buttons = question_words(told.questions[0], "set_out_of_office", "absence")
        if told.start is not None and told.start > view.at:
            # What was understood is read back, so that only the open part is thought about.
            since = words.instant(told.start, view.zone or view.home_zone)
            question = f"Out of office from {since}. {question}"
        return _ask(turn, view, "end" if told.start else "start", question, buttons, pending)
    out = view.out_of_office
    start, end, no_end = told.start, told.end, told.no_end
    if out is not None and start is None and (end or no_end):
        start = out.start
    elif out is not None and start is not None and not (end or no_end):
        # "Make it start on the 23rd": its end stays.
        end, no_end = out.end, out.end is None
    if start is None:
        return ask_start(turn, view, told, pending)
    if end is None and not no_end:
        return _ask_end(turn, view, start, pending)
    return _set(turn, view, start, end)


def makes_whole_days(view: View, text: str) -> bool:
    """Whether words stretch the absence that is set to whole days: "make it all day"."""
    return view.out_of_office is not None and bool(_WHOLE_DAY.match(text))


def _whole_days(view: View, text: str) -> tuple[datetime, datetime] | None:
    out, zone = view.out_of_office, view.zone or view.home_zone
    if out is None or out.end is None or not makes_whole_days(view, text):
        return None
    first, last = (
        at.astimezone(ZoneInfo(zone)).date() for at in (out.start, out.end - timedelta(minutes=1))
    )
    return max(reaches(first, 0, zone), min(out.start, view.at)), reaches(last, DAY, zone)


def _is_out(view: View) -> bool:
    return view.out_of_office is not None and view.out_of_office.covers(view.at)


def _amends(text: str) -> bool:
    """Whether words change the absence that is set, rather than tell of another."""
    return bool(_AMENDS.search(text)) or not _NEW.search(_NAMED.sub(" ", text))


def _read(turn: Turn, view: View, text: str) -> tuple[AbsenceReading, str]:
    """What the words tell together with those before a question, and all those words."""
    lines = [*filter(None, turn.pending.split("\n")), " ".join(text.split())]
    asked = _ASKED.get(turn.asked or "") if len(lines) == 1 else None
    found = _fold(view, lines, asked)
    if found is None:
        # The last words tell nothing: what was asked is asked again.
        lines.pop()
        found = _fold(view, lines, None) or AbsenceReading()
    return found, "\n".join(lines)


def _fold(
    view: View, lines: list[str], asked: Literal["start", "end"] | None
) -> AbsenceReading | None:
    """What lines tell one after the other; None if the last of several tells nothing.

    A line that answers the question of the line before it is replaced by the chosen words.
    """
    zone = view.zone or view.home_zone
    out = view.out_of_office if _amends(lines[-1]) else None
    found, answer = AbsenceReading(), False
    for place, line in enumerate(lines):
        partly = OutOfOffice(found.start, None) if found.start else out
        if place and not answer:
            asked = "end" if found.start else "start"
        told = read_absence(line, view.at, zone, None if answer else asked, partly)
        last = place + 1 == len(lines)
        if last and place and not (told.start or told.end or told.no_end or told.questions):
            return None
        found = AbsenceReading(
            start=told.start or found.start,
            end=told.end or (None if told.no_end else found.end),
            no_end=told.no_end or (found.no_end and told.end is None),
            # Of a question before the last line: it was answered, or passed over.
            questions=told.questions if last else (),
            mentions_time=told.mentions_time or found.mentions_time,
        )
        answer = False
        if not last:
            said = lines[place + 1]
            answers = (
                [said] if any(said in dict(q.choices).values() for q in told.questions) else []
            )
            answers += [a for q in told.questions if (a := chosen(said, q)) is not None]
            if answers:
                lines[place + 1], answer = answers[0], True
    return found


def ask_start(turn: Turn, view: View, told: AbsenceReading, pending: str) -> list[Event]:
    """Ask from when; an absence that stands is shown first."""
    if view.out_of_office is not None and not (told.end or told.no_end):
        zone = view.zone or view.home_zone
        no_end = words.absence_buttons("absence_end")
        text = (
            f"Your out of office is {words.absence(view.out_of_office, zone)}. "
            "What should it be? For example: “until monday 8 am”, “no end date”."
        )
        on = view.out_of_office.covers(view.at)
        return _ask(turn, view, "end", text, [_BACK if on else _TAKE_OFF, *no_end], "")
    return _ask(
        turn,
        view,
        "start",
        "Out of office: from when until when? For example: “from dec 22 8am, back jan 4”.",
        words.absence_buttons("absence_start"),
        pending if told.mentions_time else "",
    )


def _ask_end(turn: Turn, view: View, start: datetime, pending: str) -> list[Event]:
    zone = view.zone or view.home_zone
    since = "now" if start <= view.at else words.instant(start, zone)
    return _ask(
        turn,
        view,
        "end",
        f"Out from {since}. Until when? Or without an end?",
        words.absence_buttons("absence_end"),
        pending,
    )


def _ask(
    turn: Turn, view: View, what: str, text: str, buttons: list[Button], pending: str
) -> list[Event]:
    turn.say(text, buttons)
    events = focus_on("availability", view.agent.id, f"absence_{what}")
    return [*events, SlotSet("told", pending or None)]


def _set(turn: Turn, view: View, start: datetime, end: datetime | None) -> list[Event]:
    before, zone = view.out_of_office, view.zone or view.home_zone
    try:
        view = turn.services.registrations.set_out_of_office(view.agent.id, start, end)
    except BadInput as error:
        return _ask(turn, view, "start", str(error), [], "")
    out = view.out_of_office
    assert out is not None
    now = out.covers(view.at)
    lines = [
        f"You {'are' if now else 'will be'} out of office {words.absence(out, zone)}. "
        "No referrals come meanwhile; your weekly hours stay as they are."
    ]
    buttons = [_BACK if now else _TAKE_OFF, _CHANGE]
    if before is not None and not _overlap(before, out):
        lines.append(
            f"There is one at a time: the one {words.absence(before, zone)} is replaced by it."
        )
        again = until(before.start, before.end, Place(view.at, zone))
        buttons.append(("The other instead", payload("set_out_of_office", absence=again)))
    elif before is not None and before.start != out.start:
        lines.append(f"The one {words.absence(before, zone)} is replaced by it.")
    if now:
        lines.append("Referrals you already have still need your answer.")
    turn.say("\n".join(lines), buttons)
    return no_focus()


def _overlap(one: OutOfOffice, other: OutOfOffice) -> bool:
    """Whether two absences have any time in common, or follow each other without a gap."""
    ends_before = one.end is not None and one.end < other.start
    return not (ends_before or (other.end is not None and other.end < one.start))


def end_absence(turn: Turn, view: View, *, wanted: bool = True) -> list[Event]:
    """Back in the office, or an absence that is not to be.

    ``wanted`` is False for words that only say "I'm back": they do not undo a coming absence.
    """
    out, zone = view.out_of_office, view.zone or view.home_zone
    coming = out is not None and not out.covers(view.at)
    if out is None or (coming and not wanted):
        lines = [f"You are not out of office. {words.open_now(view)}"]
        if out is not None:
            lines.append(f"Your next is {words.absence(out, zone)}.")
        turn.say("\n".join(lines), [_TAKE_OFF if coming else _AVAILABILITY])
        return no_focus()
    view = turn.services.registrations.end_out_of_office(view.agent.id)
    done = (
        f"Your out of office {words.absence(out, zone)} is taken off."
        if coming
        else "Welcome back: your out of office is off."
    )
    turn.say(f"{done} {words.open_now(view)}", [_AVAILABILITY])
    return no_focus()
