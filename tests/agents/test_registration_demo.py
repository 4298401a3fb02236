"""The invented people of a trial: enough of every kind, so that it works at any time of day."""

from __future__ import annotations

from datetime import date

import pytest

from psl.agents.availability import WeeklyHours
from psl.agents.eligibility import eligible
from psl.agents.models import Agent, RegistrationStatus
from psl.agents.registration import Registrations, View
from psl.agents.service import Roster
from psl.database import Database
from psl.demo import load_demo, people_to_try
from psl.guide import Guide
from psl.settings import Settings


@pytest.fixture
def views(sqlite: Database, guide: Guide, settings: Settings) -> list[View]:
    roster = Roster(sqlite, settings, key=b"key")
    registrations = Registrations(sqlite, guide, settings)
    assert load_demo(roster, registrations)
    return [registrations.of(agent.id) for agent in roster.agents()]


def around_the_clock(views: list[View]) -> list[View]:
    return [view for view in views if view.registered and view.hours == WeeklyHours.always()]


def test_many_are_there_at_any_hour_in_both_zones_and_several_languages(views: list[View]) -> None:
    always = around_the_clock(views)
    assert len(always) >= 15
    assert any(view.zone == "America/Chicago" for view in always)
    assert any(view.zone != "America/Chicago" for view in always)
    spoken = {language for view in always for language in view.languages}
    assert {"English", "Spanish", "Arabic", "Swahili", "Vietnamese", "Nepali", "French"} <= spoken
    assert not any(view.out_of_office for view in always)


def test_every_other_kind_is_there(views: list[View]) -> None:
    assert any(v.registered and v.hours != WeeklyHours.always() for v in views)
    assert any(v.out_of_office and v.out_of_office.end is None for v in views)
    assert any(v.status == RegistrationStatus.BEGUN and v.missing == ("hours",) for v in views)
    assert any(v.status == RegistrationStatus.DEREGISTERED for v in views)


def test_the_first_by_name_serve_a_trial(views: list[View]) -> None:
    """Whoever tries takes the first that fits: to register, and to be offered a referral."""

    def may(agent: Agent) -> bool:
        return eligible(agent, views[0].at.date())

    agents = [view for view in views if view.agent.role == "Agent"]
    unregistered = [view for view in agents if not view.registered]
    assert may(unregistered[0].agent) and unregistered[0].status is None
    assert sum(may(v.agent) and v.status is None for v in unregistered) >= 5
    assert next(v for v in views if v.registered) in around_the_clock(views)


def test_the_codes_shown_at_the_start_are_of_two_at_work_and_one_who_may_register(
    sqlite: Database, guide: Guide, settings: Settings
) -> None:
    roster = Roster(sqlite, settings, key=b"key")
    registrations = Registrations(sqlite, guide, settings)
    assert people_to_try(roster, registrations) == []
    load_demo(roster, registrations)
    *at_work, (new, about) = people_to_try(roster, registrations)
    assert "not registered yet" in about and "register me" in about
    assert registrations.of(new.id).status is None and eligible(new, date(2026, 11, 22))
    assert len(at_work) == 2
    for agent, said in at_work:
        assert "gets referrals now" in said
        roster.link(f"rest:{agent.doi_number}", roster.issue_code(agent.doi_number))
        assert all(each.met for each in registrations.why_none(agent.id))
    # Who is away gets none now.
    first = at_work[0][0]
    registrations.set_out_of_office(first.id, registrations.of(first.id).at, None)
    assert first.id not in [agent.id for agent, _ in people_to_try(roster, registrations)]
