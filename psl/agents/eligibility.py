"""Who may take part in kynect On Demand: pure rules on roster data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from psl.agents.models import Agent
from psl.guide import Guide

# The role is OPEN: the guides speak of Agents only. The others are the guide's criteria.
ROLE = "role"
LICENCE = "licence"
CERTIFICATION = "certification"
DOI_CONTACT = "doi_contact"


@dataclass(frozen=True)
class Criterion:
    """Something that must be so.

    Attributes:
        key: which one, ``LICENCE`` or the like.
        name: as it is shown: "Active licence".
        met: whether it is so.
        todo: what to do when it is not; empty when nothing is to be done.
    """

    key: str
    name: str
    met: bool
    todo: str = ""


def met(agent: Agent, today: date) -> dict[str, bool]:
    """Each criterion and whether the agent meets it; ``today`` is the date where the agent is.

    GUIDE: an active licence and the My Purpose Certification; contact information confirmed with
    DOI. OPEN: a Delegate may not register. A licence still counts on the day it expires.
    """
    expires = agent.licence_expires
    return {
        ROLE: agent.role == "Agent",
        LICENCE: agent.licence_active and (expires is None or today <= expires),
        CERTIFICATION: agent.certified_on is not None,
        DOI_CONTACT: agent.doi_contact_confirmed_on is not None,
    }


def eligible(agent: Agent, today: date) -> bool:
    """Whether every criterion is met."""
    return all(met(agent, today).values())


def criteria(agent: Agent, today: date, guide: Guide) -> tuple[Criterion, ...]:
    """The criteria in the words of the guide's eligibility checklist, with what to do."""
    items = {item.id: item for item in guide.checklists["eligibility"].items}
    role = guide.answers["ask_delegate_on_demand"]
    unstated = (
        f"The guide does not state {guide.fill(role.not_stated or '')}. "
        f"This assistant's setting: {guide.fill(role.setting or '')}."
    )
    return tuple(
        Criterion(key, "Role Agent", is_met, unstated)
        if key == ROLE
        else Criterion(key, items[key].title, is_met, guide.fill(items[key].not_yet or ""))
        for key, is_met in met(agent, today).items()
    )
