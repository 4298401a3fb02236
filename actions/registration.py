"""Registering for kynect On Demand in conversation: three sections in any order, then Save."""

from __future__ import annotations

import re

from rasa_sdk.events import SlotSet

from actions import on_demand_reading as reading
from actions import on_demand_words as words
from actions.answers import ActionAnswer
from actions.counterparts import explanation
from actions.on_demand_taking import (
    Taken,
    ask_again,
    read,
    take,
    take_contact,
    take_hours,
)
from actions.turn import (
    Event,
    PslAction,
    Turn,
    focus_on,
    keep_until_linked,
    no_focus,
    payload,
)
from psl.agents.eligibility import CERTIFICATION, DOI_CONTACT, LICENCE, ROLE
from psl.agents.models import RegistrationStatus
from psl.agents.registration import SECTIONS, NotEligible, View
from psl.errors import IllegalMove, Incomplete

_YES = frozenset({"affirm", "done_item", "accept_referral"})
_NO = frozenset({"deny", "not_yet", "reject_referral"})
_STOPS = frozenset({"pause", "cancel", "goodbye"})
# Agreement in words that mean something else elsewhere.
_ALSO_AGREES = re.compile(
    # "Y" and "ya" are other words in Spanish: alone only.
    r"^\W*(?:(?:y|ya|(?:s[ií]\W*)?(?:acepto|de acuerdo|claro)|s[ií])\W*$|"
    r"(?:yes+|yep|yeah|yup|sure|ok(?:ay)?|fine|absolutely|of course|sounds good|deal|count me in|"
    r"i(?:'?m| am) (?:in|ok|good|fine)|i accept|accept(?:ed)?|i do)\b(?!\s*\?))",
    re.IGNORECASE,
)
_LATER = re.compile(
    r"^\W*(?:not (?:now|today|yet)|later|maybe later|another (?:time|day)|let me think)\b",
    re.IGNORECASE,
)
# What to read about an unmet criterion.
_HELP = {
    LICENCE: "ask_license_inactive",
    CERTIFICATION: "ask_certification_not_showing",
    DOI_CONTACT: "ask_doi_contact_first",
}
# What explains a section beside its own words.
_EXPLAINED = {
    "contact": "ask_editable_settings",
    "hours": "ask_set_hours",
    "confirm": "ask_registration_not_done",
}
FINE = re.compile(
    r"^\W*(?:(?:that|it|this|all)?(?:'?s| is)?\s*)?(?:looks?|all|is|sounds?)?\s*"
    r"(?:good|right|fine|great|perfect|correct|ok(?:ay)?|go(?: ahead)?|do it|yes)\b(?!.*\?)",
    re.IGNORECASE,
)
_SECTION_OF = {"set_hours": "hours", "set_contact": "contact", "set_language": "contact"}
_SAVE_MISSPELT = re.compile(
    r"^\W*(?:saev|svae|sav|seve|asve|savve)(?: it| that| this)?\W*$", re.IGNORECASE
)
_MEANS_AGREE = re.compile(r"\b(?:agree|agreeing|agreement)\b", re.IGNORECASE)
# One day, not every week: out of office, which is for the registered.
_ONE_DAY = re.compile(
    r"\b(?:today|tonight|tomorrow|tmrw|(?:this|next) (?:mon|tue|wed|thu|fri|sat|sun)\w*|just once|"
    r"(?:this|next) week)\b",
    re.IGNORECASE,
)
_AWAY = re.compile(
    r"\b(?:off|out|away|pause|closed|vacation|not (?:available|working))\b", re.IGNORECASE
)
_LATER_OUT = "You are not registered yet, so no referrals come. Out of office is for later: set it after Save."
_AGREED = f"✓ {SECTIONS['agree']}."
_LOST = "I did not get that."


def link_first(turn: Turn, intent: str | None = None) -> list[Event]:
    """A guest: say how it is done in Agent Portal and how to link, and keep what was typed."""
    minutes = turn.services.settings.link_code_seconds // 60
    if not turn.waits_for_link and (how := explanation(turn, intent or turn.intent)) is not None:
        turn.say(how)
    turn.say(
        "To do it here, link this chat to your agent record first: get a link code from "
        "your agency's administrator and send “link” and the code here. It works "
        f"once, for {minutes} minutes. What you typed is kept; I go on with it then.",
        [
            (turn.services.guide.label(name), payload(name))
            for name in ("ask_how_link", "start_eligibility_check")
        ],
    )
    typed = "" if turn.is_button else turn.text
    kept = "\n".join(filter(None, [turn.pending, typed]))
    return keep_until_linked(intent or turn.waits_for_link or turn.intent, kept)


def ask_next(turn: Turn, view: View, lead: str = "", section: str | None = None) -> list[Event]:
    """Ask a section (the first that is open), or show the whole for Save; the new focus."""
    asked = section or (view.missing[0] if view.missing else "confirm")
    if asked == "confirm":
        text, buttons = words.review(view)
    else:
        text, buttons = words.section(turn.services, view, asked)
    turn.say(f"{lead}\n{text}".strip(), buttons)
    return focus_on("registration", view.agent.id, asked)


def ask_taken(turn: Turn, taken: Taken, lead: str = "") -> list[Event]:
    """Read back what was taken; ask what is unclear about it, else what is next."""
    reviewed = taken.question is None and not taken.view.missing
    told = taken.notes if reviewed else [*taken.said, *taken.notes]
    said = "\n".join(filter(None, [lead, *told]))
    if taken.question is None:
        return ask_next(turn, taken.view, said)
    text, buttons = taken.question
    turn.say(f"{said}\n{text}".strip(), buttons)
    about = "hours" if taken.pending else "contact"
    return [*focus_on("registration", taken.view.agent.id, about), SlotSet("told", taken.pending)]


def begin(turn: Turn, text: str, lead: str = "") -> list[Event]:
    """Start or take up the registration of a linked agent with what ``text`` tells."""
    view = turn.services.registrations.of(turn.linked_agent)
    if view.registered:
        from actions.availability import tell

        return tell(turn, view, text)
    criteria = words.to_show(turn.services.registrations.eligibility(view.agent.id))
    if not all(criterion.met for criterion in criteria):
        return _not_eligible(turn, view, lead)
    lines = [lead] if lead else []
    if view.status is None:
        time = turn.services.guide.terms["registration_time"]
        lines += ["You can register for kynect On Demand:", *words.marked(criteria)]
        lines.append(f"Three sections, then Save; it can take as little as {time}.")
    elif view.status == RegistrationStatus.BEGUN:
        done = len(SECTIONS) - len(view.missing)
        lines.append(f"Your registration, {done} of {len(SECTIONS)} done:")
        lines += [words.progress(view)] if view.missing else []
    else:
        lines += [words.standing(view), "You can register again, the same way as before."]
    taken = _take(turn, view, text, hours=turn.intent == "set_hours")
    if view.agreed and not taken.anything and turn.intent in _SECTION_OF and not turn.is_button:
        # "I want to change my hours", without saying how.
        return ask_next(turn, view, "\n".join(lines), _SECTION_OF[turn.intent])
    return ask_taken(turn, taken, "\n".join(lines))


def _not_eligible(turn: Turn, view: View, lead: str) -> list[Event]:
    if (refused := role_refusal(turn, view)) is not None:
        turn.say(refused)
        return no_focus()
    criteria = turn.services.registrations.eligibility(view.agent.id)
    shown = words.marked(words.to_show(criteria))
    turn.say(
        "\n".join(
            [
                *filter(None, [lead]),
                "You cannot register for kynect On Demand yet:",
                *shown,
                "Come back when that is done; the rest takes minutes.",
            ]
        ),
        [
            (turn.services.guide.label(_HELP[c.key]), payload(_HELP[c.key]))
            for c in criteria
            if not c.met and c.key in _HELP
        ],
    )
    return no_focus()


def role_refusal(turn: Turn, view: View) -> str | None:
    """Why somebody of this role cannot register, whatever else is met; None for an Agent."""
    criteria = turn.services.registrations.eligibility(view.agent.id)
    role = next(criterion for criterion in criteria if criterion.key == ROLE)
    return None if role.met else f"Your role is {view.agent.role}. {role.todo}"


def _take(turn: Turn, view: View, text: str, *, hours: bool) -> Taken:
    """Everything the words tell; agreeing too, where they say so."""
    agreed = not view.agreed and reading.agrees(text)
    if agreed:
        view = turn.services.registrations.agree(view.agent.id)
    taken = take(turn, view, text, turn.services.reader.read(text), hours=hours)
    if agreed:
        # Agreed before it was asked: say to what.
        taken.notes.insert(0, f"{_AGREED} {words.agreement(turn.services)}")
    return taken


def after_link(turn: Turn, intent: str) -> list[Event]:
    """Go on with what a guest wanted before the link, with everything that was typed."""
    view = turn.services.registrations.of(turn.linked_agent)
    if not view.registered:
        return begin(turn, turn.pending)
    from actions.availability import go_on

    return go_on(turn, view, intent, turn.pending)


async def report(turn: Turn) -> list[Event]:
    """A problem told while registering or setting hours: what was filled in is kept meanwhile."""
    from actions.ticket_desk import ActionReport

    return await ActionReport().act(turn)


class ActionRegistrationStart(PslAction):
    """Start the registration, go on with it, or show that it is done."""

    action_name = "action_registration_start"

    async def act(self, turn: Turn) -> list[Event]:
        """As ``begin``; a button of the registration does what it says."""
        if turn.owner.agent_id is None:
            return link_first(turn)
        if turn.is_button and (turn.entity("choice") or turn.entity("section")):
            return await ActionRegistrationTurn().act(turn)
        return begin(turn, "" if turn.is_button else turn.text)


class ActionRegistrationTurn(PslAction):
    """A message while registering."""

    action_name = "action_registration_turn"

    async def act(self, turn: Turn) -> list[Event]:
        """Buttons; then everything the words tell; then commands; then ask again."""
        if turn.owner.agent_id is None:
            return link_first(turn, "start_registration")
        view = turn.services.registrations.of(turn.owner.agent_id)
        if view.registered:
            from actions.availability import ActionAvailability

            return await ActionAvailability().act(turn)
        if turn.is_button:
            return self._pressed(turn, view)
        away = turn.intent in {"set_out_of_office", "end_out_of_office"}
        once = _ONE_DAY.search(turn.text) and _AWAY.search(turn.text)
        if once or (away and not self._tells_hours(turn, view)):
            return self._again(turn, view, _LATER_OUT)
        if _LATER.match(turn.text) or (turn.intent in _STOPS and self._bare(turn)):
            return self._later(turn, view)
        return await self._words(turn, view)

    async def _words(self, turn: Turn, view: View) -> list[Event]:
        if turn.asked == "agree" and self._says_yes(turn):
            view = turn.services.registrations.agree(view.agent.id)
            taken = _take(turn, view, turn.text, hours=False)
            return ask_taken(turn, taken, _AGREED)
        taken = _take(
            turn, view, turn.text, hours=turn.asked == "hours" or turn.intent == "set_hours"
        )
        if taken.anything:
            return ask_taken(turn, taken)
        if reading.refuses(turn.text) or (turn.asked == "agree" and turn.intent in _NO):
            return self._refused(turn, view)
        confirming = turn.asked == "confirm"
        fine = turn.intent in _YES or bool(FINE.match(turn.text))
        saves = turn.intent == "submit" or bool(_SAVE_MISSPELT.match(turn.text))
        if saves or (confirming and fine):
            return self.save(turn, view)
        if confirming and turn.intent in {"deny", "correct"}:
            turn.say("What should I change? Type it as it should be.")
            return []
        handler = {
            "go_back": self._back,
            "skip": self._skip,
            "explain": self._explain,
            "start_over": self._review,
            "review": self._review,
            "resume": self._review,
            "show_availability": self._review,
            "start_registration": self._review,
        }.get(turn.intent)
        if handler is not None:
            return handler(turn, view)
        if turn.intent in {"set_contact", "set_language"}:
            return ask_next(turn, view, section="contact")
        if turn.intent == "set_hours":
            return ask_next(turn, view, section="hours")
        if _MEANS_AGREE.search(turn.text):
            if view.agreed and reading.agrees(turn.text):
                return self._again(turn, view, "You agreed already.")
            return self._explain(turn, view)
        if turn.intent in turn.services.guide.answers:
            return await ActionAnswer().act(turn)
        if turn.intent == "report_problem" and turn.sure:
            return await report(turn)
        if (open_question := ask_again(turn, view)) is not None:
            return ask_taken(turn, open_question)
        return self._again(turn, view, _LATER_OUT if _ONE_DAY.search(turn.text) else _LOST)

    @staticmethod
    def _tells_hours(turn: Turn, view: View) -> bool:
        """Whether words that sound like an absence change the weekly hours: "fri til 3"."""
        told = read(turn.text, view)
        return bool(told.days) and not told.questions

    @staticmethod
    def _says_yes(turn: Turn) -> bool:
        if reading.refuses(turn.text):
            return False
        plain = turn.intent in _YES and turn.sure
        return plain or reading.agrees(turn.text) or bool(_ALSO_AGREES.match(turn.text))

    @staticmethod
    def _bare(turn: Turn) -> bool:
        return turn.sure or not turn.details

    def _pressed(self, turn: Turn, view: View) -> list[Event]:
        choice, section, hours = (turn.entity(name) for name in ("choice", "section", "hours"))
        if hours is not None:
            return ask_taken(turn, take_hours(turn, view, hours))
        if choice == "agree":
            view = turn.services.registrations.agree(view.agent.id)
            return ask_next(turn, view, _AGREED)
        if choice == "save" or turn.intent == "submit":
            return self.save(turn, view)
        if choice is not None and turn.intent == "set_contact":
            return ask_taken(turn, take_contact(turn, view, choice))
        if section in SECTIONS:
            return ask_next(turn, view, section=section)
        if turn.intent in _STOPS:
            return self._later(turn, view)
        return ask_next(turn, view)

    def save(self, turn: Turn, view: View) -> list[Event]:
        """Save, if everything is there; only then is the agent registered."""
        again = view.registered_at is not None
        try:
            saved = turn.services.registrations.save(view.agent.id)
        except Incomplete:
            left = ", ".join(SECTIONS[key] for key in view.missing)
            return ask_next(turn, view, f"Not yet: {left} is still open.")
        except (NotEligible, IllegalMove) as error:
            turn.say(str(error))
            return no_focus()
        turn.say(*words.completed(turn.services, saved, again=again))
        return no_focus()

    @staticmethod
    def _later(turn: Turn, view: View) -> list[Event]:
        done = len(SECTIONS) - len(view.missing)
        kept = f"{done} of {len(SECTIONS)} sections are kept." if done else "Nothing is lost."
        if not view.missing:
            kept = "Everything is kept; only Save is missing."
        turn.say(
            f"{kept} You are not registered yet. Say “continue my registration” when you are back, "
            "in days too.",
            [("Continue", payload("start_registration"))],
        )
        return no_focus()

    @staticmethod
    def _refused(turn: Turn, view: View) -> list[Event]:
        turn.say(
            "All right, you are not registered. Without agreeing nobody can take part; you can come "
            "back to it at any time.",
            [("Continue", payload("start_registration"))],
        )
        return no_focus()

    @staticmethod
    def _again(turn: Turn, view: View, lead: str = "") -> list[Event]:
        asked = turn.asked if turn.asked in SECTIONS else None
        return ask_next(turn, view, lead, asked)

    def _back(self, turn: Turn, view: View) -> list[Event]:
        order = list(SECTIONS)
        at = order.index(str(turn.asked)) if turn.asked in order else len(order)
        if at <= 1:
            lead = "You agreed already." if view.agreed else "This is the first section."
            return self._again(turn, view, lead)
        return ask_next(turn, view, "Going back.", order[at - 1])

    def _skip(self, turn: Turn, view: View) -> list[Event]:
        others = [key for key in view.missing if key != turn.asked]
        if turn.asked not in SECTIONS:
            return self._again(turn, view)
        if not others:
            return self._again(turn, view, "This one is needed before Save.")
        return ask_next(turn, view, "Left for later; Save needs it.", others[0])

    def _explain(self, turn: Turn, view: View) -> list[Event]:
        guide = turn.services.guide
        if "agree" in turn.text.lower() and turn.asked != "agree":
            return self._again(turn, view, words.agreement(turn.services))
        answer = _EXPLAINED.get(turn.asked or "")
        return self._again(turn, view, guide.reply(guide.answers[answer]) if answer else "")

    @staticmethod
    def _review(turn: Turn, view: View) -> list[Event]:
        if not view.missing:
            return ask_next(turn, view)
        return ask_next(turn, view, words.profile(turn.services, view)[0])
