"""Who may take part: every criterion counts by itself, and the licence's last day counts."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from psl.agents.eligibility import CERTIFICATION, DOI_CONTACT, LICENCE, ROLE, eligible, met
from psl.agents.models import Agent

days = st.dates(date(2025, 1, 1), date(2028, 12, 31))
agents = st.builds(
    Agent,
    role=st.sampled_from(["Agent", "Delegate"]),
    licence_active=st.booleans(),
    licence_expires=st.none() | days,
    certified_on=st.none() | days,
    doi_contact_confirmed_on=st.none() | days,
)


@given(agents, days)
def test_eligible_means_that_nothing_is_unmet(agent: Agent, today: date) -> None:
    found = met(agent, today)
    assert list(found) == [ROLE, LICENCE, CERTIFICATION, DOI_CONTACT]
    assert eligible(agent, today) == (
        agent.role == "Agent"
        and agent.licence_active
        and (agent.licence_expires is None or agent.licence_expires >= today)
        and agent.certified_on is not None
        and agent.doi_contact_confirmed_on is not None
    )
    assert eligible(agent, today) == (False not in found.values())


@given(agents, days, st.integers(0, 400))
def test_time_alone_never_makes_an_agent_eligible(agent: Agent, today: date, later: int) -> None:
    assert eligible(agent, today) or not eligible(agent, today + timedelta(days=later))


@given(agents, days)
def test_a_delegate_is_never_eligible(agent: Agent, today: date) -> None:
    agent.role = "Delegate"
    assert not eligible(agent, today)


@given(agents, days)
def test_the_day_of_expiry_counts_and_the_next_does_not(agent: Agent, today: date) -> None:
    agent.licence_active, agent.licence_expires = True, today
    assert met(agent, today)[LICENCE]
    assert not met(agent, today + timedelta(days=1))[LICENCE]
