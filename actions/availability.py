"""A registered agent's hours, absences, contact and languages in conversation; leaving for good."""

from __future__ import annotations

import re

from rasa_sdk.events import SlotSet

from actions import on_demand_words as words
from actions import registration
from actions.absences import end_absence, makes_whole_days, take_absence
from actions.answers import ActionAnswer
from actions.counterparts import explanation
from actions.on_demand_taking import Taken, ask_again, take, take_contact, take_hours
from actions.turn import Event, PslAction, Turn, focus_on, no_focus, payload, short
from psl.agents.models import RegistrationStatus
from psl.agents.registration import View
from psl.errors import Incomplete

_YES = frozenset({"affirm", "done_item", "submit", "accept_referral"})
_NO = frozenset({"deny", "cancel", "pause", "goodbye", "not_yet", "skip", "reject_referral"})
_SAVE = re.compile(r"\bsave\b", re.IGNORECASE)
_DAYS = "mon|tue|wed|thu|fri|sat|sun"
# Every week, not once: hours, though "no referrals" sounds like an absence.
_WEEKLY = re.compile(
    r"\b(?:every|each|always|weekly|(?:mon|tues?|wednes|thurs?|fri|satur|sun)days|weekends|weekdays|"
    r"any ?more)\b",
    re.IGNORECASE,
)
# Once, not every week: an absence, though it names a day like hours do.
_ONCE = re.compile(
    rf"\b(?:today|tonight|tomorrow|tmrw|(?:this|next) (?:morning|afternoon|evening|week|weekend|"
    rf"(?:{_DAYS})\w*)|rest of|until further|vacation|out of office|ooo|"
    r"(?:need|have|got|going) to leave early|appointment)\b",
    re.IGNORECASE,
)
_IM_BACK = re.compile(r"\b(?:i'?m|i am|we'?re|am|im) (?:back|bak|bck)\b|^\W*back\b", re.IGNORECASE)
_OFF_WITH_IT = re.compile(r"\b(?:take|cancel|remove|delete|end|clear|off|out of office)\b", re.I)
_KEEP = re.compile(
    r"\b(?:keep|leave)\b.{0,20}\b(?:old|is|was|before|present|current|same)\b|\bnever ?mind\b|"
    r"\bforget (?:it|that)\b|\bdon'?t (?:save|change)\b|\bdo not (?:save|change)\b|\bdiscard\b|\bundo\b",
    re.IGNORECASE,
)
_FEW = 5
_ASKS = re.compile(
    r"\?|\b(?:am i|are|when|what|whats|which|how|show|until|til|till|is)\b", re.IGNORECASE
)
_ABOUT_HOURS = re.compile(r"\b(?:hours?|schedule|availability|save)\b", re.IGNORECASE)
_ABOUT_REGISTRATION = re.compile(
    r"\bregist\w*|\bsign(?:ing)?[ -]?up\b|\bon ?demand\b|\benroll?\w*", re.IGNORECASE
)
_OFF = re.compile(
    r"\b(?:off|out|away|leave early|appointment|pause|no referrals|not available|unavailable)\b",
    re.I,
)


class ActionAvailability(PslAction):
    """Hours, absences, contact and languages of a linked agent."""

    action_name = "action_availability"

    async def act(self, turn: Turn) -> list[Event]:
        """Buttons, the answer to what was asked, or a new wish."""
        if turn.owner.agent_id is None:
            return registration.link_first(turn)
        view = turn.services.registrations.of(turn.owner.agent_id)
        if not view.registered:
            return _not_registered(turn, view)
        if turn.is_button:
            return _pressed(turn, view)
        wish = _wish(turn, view)
        if wish == "show":
            return show(turn, view)
        if wish == "end":
            return end_absence(turn, view, wanted=not only_back(turn.text))
        if wish == "out":
            return take_absence(turn, view, turn.text)
        answered = self._answered(turn, view) if wish is None and turn.focus else None
        if answered is not None:
            return answered
        asks = wish is None and turn.intent in turn.services.guide.answers
        if turn.focus and asks and not turn.details and turn.asked != "hours":
            return await ActionAnswer().act(turn)
        if turn.focus and turn.intent == "report_problem" and turn.sure:
            return await registration.report(turn)
        return tell(turn, view, turn.text)

    @staticmethod
    def _answered(turn: Turn, view: View) -> list[Event] | None:
        """The answer to the question that is open; None for words that tell something new."""
        asked, intent = turn.asked, turn.intent
        if asked == "leave":
            if intent in _YES:
                return leave(turn, view)
            if intent in _NO:
                turn.say("You stay registered. Nothing was changed.")
                return no_focus()
        if asked in {"absence_start", "absence_end"}:
            if intent in _NO and len(turn.text.split()) < 4 and not _says_no_end(turn.text):
                turn.say("All right, your out of office stays as it was.")
                return no_focus()
            return take_absence(turn, view, turn.text)
        fine = asked == "confirm" and bool(registration.FINE.match(turn.text)) and not turn.details
        if (
            (intent in _YES or fine)
            and view.has_draft
            and (asked == "confirm" or _SAVE.search(turn.text))
        ):
            return save(turn, view)
        keeps = intent in _NO or (view.has_draft and _KEEP.search(turn.text))
        if keeps and not turn.details:
            return discard(turn, view)
        return None


def _says_no_end(text: str) -> bool:
    return bool(re.search(r"\bend\b|\bidk\b|\bknow\b|\bsure\b", text, re.IGNORECASE))


def only_back(text: str) -> bool:
    """Whether the words say that the agent is back, and nothing of an absence to be taken off."""
    return bool(_IM_BACK.search(text)) and not _OFF_WITH_IT.search(text)


def _wish(turn: Turn, view: View) -> str | None:
    """What a typed message wants: "show", "end", "out", "tell"; None when only its place says."""
    intent, text = turn.intent, turn.text
    if makes_whole_days(view, text) and not (turn.focus and view.has_draft):
        return "out"
    if only_back(text) and view.out_of_office is not None and len(text.split()) < _FEW:
        return "end"
    if intent == "show_availability":
        days = {"weekday", "date"} & {detail.kind for detail in turn.details}
        return "out" if days and _OFF.search(text) and not _ASKS.search(text) else "show"
    if intent == "end_out_of_office":
        return "end"
    if intent == "set_out_of_office":
        correcting = turn.focus and view.has_draft and turn.asked in {"hours", "confirm"}
        if correcting and not (_OFF.search(text) or _ONCE.search(text)):
            return "tell"  # "oops, friday til noon"
        return "tell" if _WEEKLY.search(text) and not _ONCE.search(text) else "out"
    if intent == "set_hours":
        if turn.asked in {"absence_start", "absence_end"}:
            return "tell" if _WEEKLY.search(text) and not _ONCE.search(text) else None
        dated = bool(_ONCE.search(text)) or "date" in {detail.kind for detail in turn.details}
        return "out" if dated and _OFF.search(text) else "tell"
    return "tell" if intent in {"set_contact", "set_language"} else None


def go_on(turn: Turn, view: View, intent: str, text: str) -> list[Event]:
    """A wish that was typed before the chat was linked."""
    if intent == "set_out_of_office":
        return take_absence(turn, view, text)
    if intent == "end_out_of_office":
        return end_absence(turn, view)
    if intent == "leave_on_demand":
        return ask_leave(turn, view)
    return tell(turn, view, text)


def on_demand_left(turn: Turn, *, asked_for: bool) -> list[Event] | None:
    """What is unfinished of registration or hours, taken up; an end of an absence, if that is meant.

    ``asked_for`` is whether nothing else is waiting; otherwise only clear words lead here.
    """
    if turn.owner.agent_id is None:
        return None
    view = turn.services.registrations.of(turn.owner.agent_id)
    text = "" if turn.is_button else turn.text
    if view.registered:
        out = view.out_of_office
        if only_back(text) and (out is not None or asked_for):
            return end_absence(turn, view, wanted=False)
        if view.has_draft and (asked_for or _ABOUT_HOURS.search(text)):
            return save(turn, view) if turn.intent == "submit" else confirm_hours(turn, view)
        return None
    begun = view.status == RegistrationStatus.BEGUN
    if begun and (asked_for or _ABOUT_REGISTRATION.search(text)):
        return registration.begin(turn, "")
    return None


def _pressed(turn: Turn, view: View) -> list[Event]:
    choice = turn.entity("choice")
    intent = turn.intent
    if (hours := turn.entity("hours")) is not None:
        return _after(turn, take_hours(turn, view, hours))
    if (absence := turn.entity("absence")) is not None:
        return take_absence(turn, view, absence)
    if intent == "set_hours" and choice == "discard":
        return discard(turn, view)
    if (intent == "set_hours" and choice == "save") or intent in {"submit", "affirm"}:
        return leave(turn, view) if turn.asked == "leave" else save(turn, view)
    if intent == "set_hours":
        return ask_hours(turn, view)
    if intent == "set_contact" and choice is not None:
        return _after(turn, take_contact(turn, view, choice))
    if intent == "set_contact":
        return ask_contact(turn, view)
    if intent == "set_out_of_office":
        return take_absence(turn, view, "")
    if intent == "end_out_of_office":
        return end_absence(turn, view)
    if intent in _NO:
        return discard(turn, view)
    return show(turn, view)


def _not_registered(turn: Turn, view: View) -> list[Event]:
    if (refused := registration.role_refusal(turn, view)) is not None:
        turn.say(refused)
        return no_focus()
    register = ("Register", payload("start_registration"))
    if turn.intent in {"set_out_of_office", "end_out_of_office", "leave_on_demand"}:
        if (how := explanation(turn, turn.intent)) is not None:
            turn.say(how)
        turn.say(f"{words.standing(view)} No referrals come to you.", [register])
        return no_focus()
    if turn.intent == "show_availability":
        return show(turn, view)
    if turn.is_button and (turn.entity("hours") or turn.entity("choice")):
        # An older button: what it says is a part of the registration now.
        hours, choice = turn.entity("hours"), turn.entity("choice")
        taken = take_hours(turn, view, hours) if hours else take_contact(turn, view, choice or "")
        return registration.ask_taken(turn, taken, words.standing(view))
    text = "" if turn.is_button else turn.text
    lead = "" if view.status is None else words.standing(view)
    return registration.begin(turn, text, lead if turn.focus is None else "")


def show(turn: Turn, view: View) -> list[Event]:
    """The profile: hours, whether on now, out of office, contact, misses."""
    turn.say(*words.profile(turn.services, view))
    return no_focus()


def tell(turn: Turn, view: View, text: str) -> list[Event]:
    """Take everything a registered agent tells; without anything, ask for it or show what is kept."""
    hours = turn.intent == "set_hours" or turn.asked == "hours"
    taken = take(turn, view, text, turn.services.reader.read(text), hours=hours)
    if taken.anything:
        return _after(turn, taken)
    if turn.intent == "set_contact":
        return ask_contact(turn, view)
    if turn.intent == "set_language":
        turn.say(
            f"Your languages: {words.languages(view)}. Which one should I add or drop? "
            "For example: “add spanish”, “drop french”, “i can do ASL”."
        )
        return []
    if turn.intent != "set_hours" and (open_question := ask_again(turn, view)) is not None:
        return _after(turn, open_question)
    if turn.intent == "set_hours" or (turn.focus and turn.asked == "hours"):
        return ask_hours(turn, view, "" if turn.intent == "set_hours" else "I did not get that.")
    if turn.focus and view.has_draft:
        return confirm_hours(turn, view, "I did not get that.")
    return show(turn, view)


def _after(turn: Turn, taken: Taken) -> list[Event]:
    view, said = taken.view, "\n".join([*taken.said, *taken.notes])
    if taken.question is not None:
        text, buttons = taken.question
        turn.say(f"{said}\n{text}".strip(), buttons)
        events = focus_on("availability", view.agent.id, "hours" if taken.pending else "contact")
        return [*events, SlotSet("told", taken.pending)]
    if taken.hours and view.has_draft:
        return confirm_hours(turn, view, said)
    if taken.hours:
        said = f"{said}\nThat is what your hours are already:\n{words.saved(view)}".strip()
    elif taken.said:
        said += "\nIt counts from now on."
    turn.say(said, [("My availability", payload("show_availability"))])
    return no_focus()


# Hours --------------------------------------------------------------------------------------------


def ask_hours(turn: Turn, view: View, lead: str = "") -> list[Event]:
    """Ask for the hours, showing those that count."""
    text, buttons = words.ask_hours(view)
    turn.say(f"{lead} {text}".strip(), buttons)
    return focus_on("availability", view.agent.id, "hours")


def confirm_hours(turn: Turn, view: View, lead: str = "") -> list[Event]:
    """Old and new hours, and Save."""
    text, buttons = words.hours_change(view)
    turn.say(f"{lead}\n{text}".strip(), buttons)
    return focus_on("availability", view.agent.id, "confirm")


def save(turn: Turn, view: View) -> list[Event]:
    """Make the drafted hours count."""
    if not view.has_draft:
        turn.say(f"Your hours are saved already:\n{words.saved(view)}")
        return no_focus()
    try:
        view = turn.services.registrations.save(view.agent.id)
    except Incomplete:
        turn.say(
            "That would leave no hours at all. To get no referrals for a while, go out of office.",
            [
                ("Out of office", payload("set_out_of_office")),
                ("Keep the old", payload("set_hours", choice="discard")),
            ],
        )
        return focus_on("availability", view.agent.id, "hours")
    turn.say(
        f"Saved. Your hours:\n{words.saved(view)}\n{words.open_now(view)}",
        [("My availability", payload("show_availability"))],
    )
    return no_focus()


def discard(turn: Turn, view: View) -> list[Event]:
    """Keep the hours that count."""
    if view.has_draft:
        view = turn.services.registrations.discard_draft(view.agent.id)
    turn.say(f"Nothing was changed. Your hours stay:\n{words.saved(view)}")
    return no_focus()


def ask_contact(turn: Turn, view: View) -> list[Event]:
    """How to be reached now, and the ways to choose from."""
    text, buttons = words.ask_contact(turn.services, view)
    turn.say(text, buttons)
    return focus_on("availability", view.agent.id, "contact")


# Leaving ------------------------------------------------------------------------------------------


class ActionLeaveOnDemand(PslAction):
    """Out of kynect On Demand for good, after asking once."""

    action_name = "action_leave_on_demand"

    async def act(self, turn: Turn) -> list[Event]:
        """Say what leaving means and ask; the button does it."""
        if turn.owner.agent_id is None:
            return registration.link_first(turn)
        view = turn.services.registrations.of(turn.owner.agent_id)
        if not view.registered:
            return _not_registered(turn, view)
        if turn.is_button and turn.entity("choice") == "yes":
            return leave(turn, view)
        return ask_leave(turn, view, "" if turn.is_button else turn.text)


def ask_leave(turn: Turn, view: View, said: str = "") -> list[Event]:
    """Say what leaving means and ask once; what was said is kept as the reason."""
    turn.say(*words.ask_leave(turn.services))
    return [*focus_on("availability", view.agent.id, "leave"), SlotSet("told", short(said, 200))]


def leave(turn: Turn, view: View) -> list[Event]:
    """End the registration; the words that asked for it are the reason."""
    turn.services.registrations.leave(view.agent.id, turn.pending)
    turn.say(
        "You left kynect On Demand; no referrals come any more. A Resident you already accepted is "
        "still waiting for you: call, then set the referral Complete. You can register again at "
        "any time.",
        [("Register again", payload("start_registration"))],
    )
    return no_focus()
