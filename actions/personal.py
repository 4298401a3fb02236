"""What the records say about a linked agent, told beside the guide's answer to a question."""

from __future__ import annotations

from collections.abc import Callable

from actions import on_demand_words as words
from actions.referral_personal import REFERRALS
from actions.turn import Turn
from psl.agents.eligibility import ROLE
from psl.agents.models import RegistrationStatus
from psl.agents.registration import SECTIONS, View

Personal = Callable[[Turn], str | None]


def _view(turn: Turn) -> View:
    return turn.services.registrations.of(turn.linked_agent)


def registration(turn: Turn) -> str | None:
    """How far the registration is."""
    view = _view(turn)
    if view.registered:
        draft = " Changed hours wait for Save." if view.has_draft else ""
        return f"You are registered here.{draft} {words.open_now(view)}"
    if view.status is None:
        return f"{words.standing(view)} To do it here, say “register me”."
    left = ", ".join(SECTIONS[key] for key in view.missing) or "only Save"
    return f"{words.standing(view)} Still open: {left}. Say “continue my registration”."


def how_to_register(turn: Turn) -> str | None:
    """That it can be done here, to whoever is not registered and may."""
    view = _view(turn)
    if view.registered or view.agent.role != "Agent" or turn.focus == "registration":
        return None
    return "You can do it here: say “register me”."


def misses(turn: Turn) -> str | None:
    """The run of misses."""
    view = _view(turn)
    if view.registered or view.status == RegistrationStatus.DEREGISTERED:
        lead = "" if view.registered else f"{words.standing(view)} "
        return f"{lead}{words.misses(turn.services, view)}"
    return words.standing(view)


def no_referrals(turn: Turn) -> str | None:
    """Everything that keeps referrals away, with what to do."""
    agent_id = turn.linked_agent
    load = len(turn.services.referrals.in_hand(agent_id))
    checks = words.to_show(turn.services.registrations.why_none(agent_id, load=load))
    lines = words.marked(tuple(c for c in checks if not c.met))
    fine = "; ".join(c.name for c in checks if c.met)
    if not lines:
        return f"I checked yours and find nothing in the way. {fine}."
    return "\n".join(["I checked yours. In the way:", *lines, f"In order: {fine}."])


def eligibility(turn: Turn) -> str | None:
    """The agent's own criteria."""
    view = _view(turn)
    checks = turn.services.registrations.eligibility(view.agent.id)
    if any(c.key == ROLE and not c.met for c in checks):
        return f"Your role is {view.agent.role}."
    lines = ["What the records say of you:", *words.marked(words.to_show(checks))]
    registered = "✓ Registered here" if view.registered else "✗ Not registered here"
    more = "" if view.registered or not all(c.met for c in checks) else ". Say “register me”."
    return "\n".join([*lines, f"{registered}{more}"])


def hours(turn: Turn) -> str | None:
    """The agent's hours, and that they can be changed here."""
    view = _view(turn)
    if not view.registered:
        return how_to_register(turn)
    return (
        f"Yours now:\n{words.saved(view)}\n"
        "Tell me here what changes: “friday til 1”, “lunch 12-1”, “no sundays”, “central time”."
    )


def out_of_office(turn: Turn) -> str | None:
    """Whether the agent is out of office, and that it can be set here."""
    view = _view(turn)
    if not view.registered:
        return None
    if view.out_of_office is not None:
        when = words.absence(view.out_of_office, view.zone or view.home_zone)
        return f"You are set out of office {when}. Say “I'm back” to end it."
    return "You are not out of office. Tell me here: “out from dec 22 8am, back jan 4”, “pause me today”."


def deregistration(turn: Turn) -> str | None:
    """When and why the registration ended."""
    view = _view(turn)
    if view.registered:
        return f"You are registered. {words.misses(turn.services, view)}"
    if view.status != RegistrationStatus.DEREGISTERED:
        return None
    return f"{words.standing(view)} To register again here, say “register me”."


def contact(turn: Turn) -> str | None:
    """How the agent is reached, and that it can be changed here."""
    view = _view(turn)
    if view.status is None:
        return None
    return (
        f"Yours: {words.contact(view)}. Tell me here: “text me”, “use 502-555-0100 for on demand”."
    )


def languages(turn: Turn) -> str | None:
    """The agent's languages, and that they can be changed here."""
    view = _view(turn)
    if view.status is None:
        return None
    return f"Yours: {words.languages(view)}. Tell me here: “add spanish”, “drop french”, “i can do ASL”."


def leaving(turn: Turn) -> str | None:
    """That leaving can be done here."""
    return "Here, say “take me off on demand”." if _view(turn).registered else None


# intent -> what is said of the agent beside the answer
PERSONAL: dict[str, Personal] = {
    "ask_registration_not_done": registration,
    "ask_resume_registration": registration,
    "ask_where_register": how_to_register,
    "ask_registration_steps": how_to_register,
    "ask_my_misses": misses,
    "ask_no_referrals": no_referrals,
    "ask_eligibility": eligibility,
    "ask_certification_not_showing": eligibility,
    "ask_register_uncertified": eligibility,
    "ask_register_unlicensed": eligibility,
    "ask_doi_contact_first": eligibility,
    "ask_set_hours": hours,
    "ask_breaks": hours,
    "ask_day_off": hours,
    "ask_time_zone": hours,
    "ask_out_of_office": out_of_office,
    "ask_no_end_time": out_of_office,
    "ask_pause_today": out_of_office,
    "ask_referrals_while_out": out_of_office,
    "ask_waiting_period": deregistration,
    "ask_deregistered_back": deregistration,
    "ask_change_contact_method": contact,
    "ask_add_language": languages,
    "ask_asl": languages,
    "ask_leave_program": leaving,
    **REFERRALS,
}
