"""The invented people of a trial: 40 agents, many registered, some ineligible for each reason."""

from __future__ import annotations

import csv

from psl.agents.availability import DayHours, Span, WeeklyHours
from psl.agents.models import Agent
from psl.agents.registration import Registrations
from psl.agents.service import Roster
from psl.settings import PROJECT_ROOT

AGENTS_FILE = PROJECT_ROOT / "data" / "demo" / "agents.csv"
REGISTRATIONS_FILE = PROJECT_ROOT / "data" / "demo" / "registrations.csv"

_OFFICE = DayHours(Span(9 * 60, 17 * 60), (Span(12 * 60, 13 * 60),))
_EVENING = DayHours(Span(16 * 60, 21 * 60))
_HOURS = {
    "always": WeeklyHours.always(),
    "office": WeeklyHours((*(_OFFICE,) * 5, None, None)),
    "evenings": WeeklyHours((_EVENING,) * 7),
}


def load_demo(roster: Roster, registrations: Registrations) -> bool:
    """Fill an empty roster; a roster with anybody on it is left alone. True if it was filled."""
    if roster.agents():
        return False
    roster.import_csv(AGENTS_FILE.read_text(encoding="utf-8"))
    ids = {agent.doi_number: agent.id for agent in roster.agents()}
    with REGISTRATIONS_FILE.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            _register(registrations, ids[row["doi_number"]], row)
    return True


def people_to_try(roster: Roster, registrations: Registrations) -> list[tuple[Agent, str]]:
    """Whose link codes a trial starts with, and what each may be used for.

    Two agents who get referrals as soon as a chat is linked, at any hour, and one who may register;
    fewer on a roster without them. In the order of names.
    """
    at_work: list[Agent] = []
    new: list[Agent] = []
    for agent in roster.agents():
        view = registrations.of(agent.id)
        if view.registered:
            met = all(c.met or c.key == "linked" for c in registrations.why_none(agent.id))
            if met and view.hours == WeeklyHours.always():
                at_work.append(agent)
        elif view.status is None and all(c.met for c in registrations.eligibility(agent.id)):
            new.append(agent)
    return [
        *((agent, "registered, gets referrals now") for agent in at_work[:2]),
        *((agent, "not registered yet: try “register me”") for agent in new[:1]),
    ]


def _register(registrations: Registrations, agent_id: int, row: dict[str, str]) -> None:
    """As the agent would: the three sections, then Save."""
    registrations.agree(agent_id)
    view = registrations.set_contact(agent_id, row["contact"])
    if row["state"] == "half done":
        return
    registrations.draft_hours(agent_id, _HOURS[row["hours"]], view.home_zone)
    view = registrations.save(agent_id)
    if row["state"] == "out of office":
        registrations.set_out_of_office(agent_id, view.at, None)
    elif row["state"] == "de-registered":
        registrations.deregister(agent_id, "referrals missed in a row")
