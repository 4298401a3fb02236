"""Registering for On Demand: three sections, then Save; what a registered agent may change."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from psl import audit
from psl.agents.availability import DayHours, OutOfOffice, Span, WeeklyHours
from psl.agents.models import Agent, Duty, RegistrationStatus
from psl.agents.registration import NotEligible, Registrations, read_phone, shown_phone
from psl.agents.service import Adopt, Roster
from psl.errors import BadInput, IllegalMove, Incomplete, NotYours
from tests.conftest import ROSTER

OFFICE = WeeklyHours((*(DayHours(Span(540, 1020)),) * 5, None, None))
EASTERN, CENTRAL = "America/New_York", "America/Chicago"


def actions(world) -> list[str]:
    with world.database.transaction() as session:
        return [e.action for e in audit.history(session, "agent:700100")]


def on_duty(world, agent_id: int) -> list[str]:
    """The languages in which the agent can be offered referrals."""
    with world.database.transaction() as session:
        found = session.scalars(select(Duty.language).where(Duty.agent_id == agent_id))
        return sorted(found)


def change_agent(world, **values: object) -> None:
    with world.database.transaction() as session:
        agent = session.get_one(Agent, world.robin.agent_id)
        for name, value in values.items():
            setattr(agent, name, value)


def fill(world, hours: WeeklyHours = OFFICE):
    registrations, robin = world.registrations, world.robin.agent_id
    registrations.agree(robin)
    registrations.set_contact(robin, "text")
    return registrations.draft_hours(robin, hours, EASTERN)


def register(world, hours: WeeklyHours = OFFICE):
    fill(world, hours)
    return world.registrations.save(world.robin.agent_id)


# Registering --------------------------------------------------------------------------------------


def test_nothing_is_known_of_whoever_told_nothing(each_world) -> None:
    view = each_world.registrations.of(each_world.robin.agent_id)
    assert view.status is None and not view.registered
    assert [(s.title, s.done) for s in view.sections] == [
        ("Agree to Register", False),
        ("Preferred Contact Information", False),
        ("Schedule & Availability", False),
    ]
    assert view.languages == ("English",), "the roster's until others are chosen"
    assert view.home_zone == "America/Kentucky/Louisville"


def test_only_save_registers(each_world) -> None:
    robin = each_world.robin.agent_id
    view = fill(each_world)
    assert view.missing == () and not view.registered
    assert view.status == RegistrationStatus.BEGUN
    assert (view.hours, view.zone) == (None, None), "a draft does not count"
    assert on_duty(each_world, robin) == []
    view = each_world.registrations.save(robin)
    assert view.registered and view.registered_at is not None
    assert (view.hours, view.zone, view.has_draft) == (OFFICE, EASTERN, False)
    assert on_duty(each_world, robin) == ["English"]
    assert actions(each_world)[-2:] == ["contact changed", "registered"]


@pytest.mark.parametrize("left_out", ["agree", "contact", "hours", "zone", "empty hours"])
def test_save_names_what_is_missing(each_world, left_out: str) -> None:
    registrations, robin = each_world.registrations, each_world.robin.agent_id
    if left_out != "agree":
        registrations.agree(robin)
    if left_out != "contact":
        registrations.set_contact(robin, "phone")
    hours = WeeklyHours.never() if left_out == "empty hours" else OFFICE
    registrations.draft_hours(
        robin, None if left_out == "hours" else hours, None if left_out == "zone" else EASTERN
    )
    with pytest.raises(Incomplete) as refused:
        registrations.save(robin)
    title = {"agree": "Agree to Register", "contact": "Preferred Contact Information"}.get(
        left_out, "Schedule & Availability"
    )
    assert refused.value.missing == (title,)
    assert not registrations.of(robin).registered
    assert "registered" not in actions(each_world)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"licence_active": False}, "licence"),
        ({"licence_expires": date(2026, 11, 22)}, "licence"),
        ({"certified_on": None}, "certification"),
        ({"doi_contact_confirmed_on": None}, "doi_contact"),
        ({"role": "Delegate"}, "role"),
    ],
)
def test_a_criterion_that_is_not_met_stops_save(each_world, changes, key: str) -> None:
    fill(each_world)
    change_agent(each_world, **changes)
    with pytest.raises(NotEligible) as refused:
        each_world.registrations.save(each_world.robin.agent_id)
    (unmet,) = refused.value.unmet
    assert unmet.key == key and unmet.todo in str(refused.value)
    assert not each_world.registrations.of(each_world.robin.agent_id).registered


def test_what_to_do_names_who_handles_it(world) -> None:
    change_agent(world, licence_active=False)
    unmet = [c for c in world.registrations.eligibility(world.robin.agent_id) if not c.met]
    assert [c.key for c in unmet] == ["licence"]
    assert world.guide.terms["doi_phone"] in unmet[0].todo
    delegate = world.registrations.eligibility(world.sam.agent_id)
    role = next(c for c in delegate if c.key == "role")
    assert not role.met and "does not state" in role.todo and "setting" in role.todo


def test_the_licences_last_day_counts_where_the_agent_is(world) -> None:
    """At 4:30 AM UTC on the 24th it is still the 23rd in Louisville."""
    fill(world)
    change_agent(world, licence_expires=date(2026, 11, 23))
    world.clock.advance(hours=13, minutes=30)
    assert world.registrations.save(world.robin.agent_id).registered
    world.clock.advance(hours=1)
    unmet = [c.key for c in world.registrations.eligibility(world.robin.agent_id) if not c.met]
    assert unmet == ["licence"]


def test_save_twice_registers_once(each_world) -> None:
    first = register(each_world)
    again = each_world.registrations.save(each_world.robin.agent_id)
    assert again.registered_at == first.registered_at
    assert actions(each_world).count("registered") == 1


def test_two_chats_begin_and_save_at_once(each_world) -> None:
    """Nothing is lost, and one registration comes of it."""
    registrations, robin = each_world.registrations, each_world.robin.agent_id
    steps = [
        lambda: registrations.agree(robin),
        lambda: registrations.set_contact(robin, "text"),
        lambda: registrations.draft_hours(robin, hours=OFFICE),
        lambda: registrations.draft_hours(robin, zone=CENTRAL),
        lambda: registrations.set_languages(robin, ["Spanish"]),
        lambda: registrations.set_languages(robin, ["French"]),
    ]
    with ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(step) for step in steps]:
            done.result()
        view = registrations.of(robin)
        assert view.missing == () and set(view.languages) == {"English", "Spanish", "French"}
        assert (view.draft_hours, view.draft_zone) == (OFFICE, CENTRAL)
        for done in [pool.submit(registrations.save, robin) for _ in range(6)]:
            assert done.result().registered
    assert actions(each_world).count("registered") == 1


def test_nobody_else(world) -> None:
    with pytest.raises(NotYours):
        world.registrations.of(999)
    with pytest.raises(NotYours):
        world.registrations.agree(999)


# Contact, languages -------------------------------------------------------------------------------


def test_another_number_is_for_on_demand_only(each_world) -> None:
    registrations, robin = each_world.registrations, each_world.robin.agent_id
    view = registrations.set_contact(robin, "phone", "(502) 555-0177")
    assert view.contact_phone == "+15025550177"
    assert view.agent.phone == "+15025550101", "DOI's stays DOI's"
    assert registrations.set_contact(robin, "text").contact_phone == "+15025550177"
    assert registrations.set_contact(robin, phone="").contact_phone is None
    assert registrations.set_contact(robin, phone="502-555-0101").contact_phone is None
    assert registrations.of(robin).contact_method == "text"


@pytest.mark.parametrize("bad", ["555", "call me", "123456789012345678"])
def test_what_is_no_number_is_refused(world, bad: str) -> None:
    with pytest.raises(BadInput, match="not a phone number"):
        world.registrations.set_contact(world.robin.agent_id, "phone", bad)


def test_an_unknown_method_is_refused(world) -> None:
    with pytest.raises(BadInput):
        world.registrations.set_contact(world.robin.agent_id, "fax")


def test_phones_are_shown_as_people_write_them() -> None:
    assert read_phone("502.555.0123") == "+15025550123"
    assert shown_phone("+15025550123") == "502-555-0123"


def test_languages_by_the_names_of_the_list(each_world) -> None:
    registrations, robin = each_world.registrations, each_world.robin.agent_id
    register(each_world)
    view = registrations.set_languages(robin, ["espanol", "Spanish", "swahili"], ["english"])
    assert view.languages == ("Spanish", "Swahili")
    assert on_duty(each_world, robin) == ["Spanish", "Swahili"]
    with pytest.raises(BadInput, match="At least one"):
        registrations.set_languages(robin, remove=["Spanish", "Swahili"])
    assert registrations.of(robin).languages == ("Spanish", "Swahili")
    assert actions(each_world).count("languages changed") == 1


def test_services(each_world) -> None:
    registrations, robin = each_world.registrations, each_world.robin.agent_id
    assert registrations.set_services(robin, ["TTY", "ASL"]).services == ("ASL", "TTY")
    assert registrations.set_services(robin, ["KyRelay"], ["ASL"]).services == ("TTY", "KyRelay")
    with pytest.raises(BadInput):
        registrations.set_services(robin, ["Fax"])


# Hours --------------------------------------------------------------------------------------------


def test_hours_of_a_registered_agent_count_after_save(each_world) -> None:
    registrations, robin = each_world.registrations, each_world.robin.agent_id
    register(each_world)
    view = registrations.draft_hours(robin, WeeklyHours.always())
    assert view.hours == OFFICE and view.draft_hours == WeeklyHours.always()
    view = registrations.draft_hours(robin, zone=CENTRAL)
    assert (view.next_hours, view.next_zone) == (WeeklyHours.always(), CENTRAL)
    view = registrations.save(robin)
    assert (view.hours, view.zone, view.has_draft) == (WeeklyHours.always(), CENTRAL, False)
    assert actions(each_world)[-1] == "hours saved"
    assert registrations.save(robin) and actions(each_world).count("hours saved") == 1


def test_a_draft_can_be_dropped_and_is_none_when_it_changes_nothing(each_world) -> None:
    registrations, robin = each_world.registrations, each_world.robin.agent_id
    register(each_world)
    registrations.draft_hours(robin, WeeklyHours.always(), CENTRAL)
    assert not registrations.discard_draft(robin).has_draft
    assert not registrations.draft_hours(robin, OFFICE, EASTERN).has_draft


def test_no_hours_at_all_are_refused(world) -> None:
    register(world)
    world.registrations.draft_hours(world.robin.agent_id, WeeklyHours.never())
    with pytest.raises(Incomplete):
        world.registrations.save(world.robin.agent_id)
    assert world.registrations.of(world.robin.agent_id).hours == OFFICE


def test_a_zone_is_one_of_kentuckys(world) -> None:
    with pytest.raises(BadInput):
        world.registrations.draft_hours(world.robin.agent_id, zone="Europe/Paris")


# Out of office ------------------------------------------------------------------------------------


def test_out_of_office_takes_effect_at_once(each_world) -> None:
    registrations, robin = each_world.registrations, each_world.robin.agent_id
    now = register(each_world, WeeklyHours.always()).at
    view = registrations.set_out_of_office(robin, now, None)
    assert view.out_of_office == OutOfOffice(now, None)
    assert on_duty(each_world, robin) == []
    view = registrations.set_out_of_office(robin, now, now + timedelta(hours=1))
    assert on_duty(each_world, robin) == ["English"], "the next span is known already"
    each_world.clock.advance(hours=1)
    assert registrations.of(robin).out_of_office is None, "over"
    registrations.set_out_of_office(robin, registrations.of(robin).at, None)
    assert registrations.end_out_of_office(robin).out_of_office is None
    assert on_duty(each_world, robin) == ["English"]
    assert actions(each_world)[-2:] == ["out of office set", "out of office ended"]


def test_an_absence_ends_after_it_starts_and_is_not_over(world) -> None:
    robin = world.robin.agent_id
    now = register(world).at
    for start, end in ((now, now), (now, now - timedelta(hours=1))):
        with pytest.raises(BadInput):
            world.registrations.set_out_of_office(robin, start, end)
    with pytest.raises(BadInput, match="over"):
        world.registrations.set_out_of_office(
            robin, now - timedelta(days=2), now - timedelta(days=1)
        )
    assert world.registrations.of(robin).out_of_office is None


def test_who_is_not_registered_cannot_be_out(world) -> None:
    fill(world)
    with pytest.raises(IllegalMove):
        world.registrations.set_out_of_office(world.robin.agent_id, world.clock(), None)
    with pytest.raises(IllegalMove):
        world.registrations.leave(world.robin.agent_id)


# The end, and back --------------------------------------------------------------------------------


def test_leaving_and_coming_back(each_world) -> None:
    registrations, robin = each_world.registrations, each_world.robin.agent_id
    now = register(each_world).at
    registrations.set_out_of_office(robin, now, None)
    view = registrations.leave(robin, "retiring")
    assert view.status == RegistrationStatus.LEFT and view.ended_reason == "retiring"
    assert view.out_of_office is None and on_duty(each_world, robin) == []
    assert view.missing == ("agree",), "contact and hours are kept, agreeing is not"
    registrations.agree(robin)
    view = registrations.save(robin)
    assert view.registered and view.ended_at is None
    assert [a for a in actions(each_world) if "register" in a or "left" in a] == [
        "registered",
        "left On Demand",
        "re-registered",
    ]


def test_deregistered_and_back_with_no_misses(each_world) -> None:
    registrations, robin = each_world.registrations, each_world.robin.agent_id
    register(each_world)
    view = registrations.deregister(robin, "missed referrals in a row")
    assert view.status == RegistrationStatus.DEREGISTERED and view.ended_at is not None
    assert on_duty(each_world, robin) == []
    with pytest.raises(Incomplete):
        registrations.save(robin)
    registrations.agree(robin)
    view = registrations.save(robin)
    assert view.registered and view.misses == 0
    assert actions(each_world)[-2:] == ["de-registered", "re-registered"]


def test_a_waiting_time_is_a_setting(world) -> None:
    robin = world.robin.agent_id
    register(world)
    world.registrations.deregister(robin, "missed")
    waiting = Registrations(
        world.database, world.guide, world.settings.model_copy(update={"reregister_wait_hours": 2})
    )
    waiting.agree(robin)
    with pytest.raises(IllegalMove, match="does not state a waiting time"):
        waiting.save(robin)
    world.clock.advance(hours=2)
    assert waiting.save(robin).registered


def test_the_registered(world) -> None:
    assert world.registrations.registered() == frozenset()
    register(world)
    assert world.registrations.registered() == {world.robin.agent_id}


# Why no referrals ---------------------------------------------------------------------------------


def unmet(world, **more: object) -> list[str]:
    checks = world.registrations.why_none(world.robin.agent_id, **more)
    return [c.key for c in checks if not c.met]


def test_why_none_names_what_is_in_the_way_in_order(each_world) -> None:
    assert unmet(each_world) == ["registered"]
    now = register(each_world, WeeklyHours.always()).at
    assert unmet(each_world) == []
    each_world.registrations.set_out_of_office(each_world.robin.agent_id, now, None)
    each_world.roster.unlink("web:robin")
    change_agent(each_world, certified_on=None)
    assert unmet(each_world, load=9) == ["linked", "certification", "out_of_office", "load"]
    checks = each_world.registrations.why_none(each_world.robin.agent_id)
    assert all(c.todo for c in checks if not c.met)


def test_why_none_tells_when_the_hours_begin_in_the_agents_zone(world) -> None:
    register(world)
    night = world.registrations.of(world.robin.agent_id).at + timedelta(hours=12)
    checks = {c.key: c for c in world.registrations.why_none(world.robin.agent_id, night)}
    assert not checks["hours"].met
    assert "Tue, Nov 24, 9:00 AM Eastern (EST)" in checks["hours"].name


# The roster ---------------------------------------------------------------------------------------


def test_duty_follows_link_unlink_and_import(each_world) -> None:
    roster, robin = each_world.roster, each_world.robin.agent_id
    register(each_world, WeeklyHours.always())
    assert on_duty(each_world, robin) == ["English"]
    roster.unlink("web:robin")
    assert on_duty(each_world, robin) == [], "nothing reaches the agent"
    roster.link("web:new", roster.issue_code("700100"))
    assert on_duty(each_world, robin) == ["English"]
    roster.link("web:new", roster.issue_code("700200"))
    assert on_duty(each_world, robin) == [], "the chat is another agent's now"
    roster.link("web:robin", roster.issue_code("700100"))
    roster.import_csv(ROSTER.replace("English,1,", "English,0,"))
    assert on_duty(each_world, robin) == [], "the licence is not active any more"
    roster.import_csv(ROSTER.replace("40202,English", "40202,English;Spanish"))
    assert on_duty(each_world, robin) == ["English", "Spanish"]


def test_linking_importing_and_saving_at_once(each_world) -> None:
    """Each rewrites the duty rows; none may trip over another."""
    registrations, roster, robin = (
        each_world.registrations,
        each_world.roster,
        each_world.robin.agent_id,
    )
    register(each_world, WeeklyHours.always())

    def save(turn: int) -> None:
        registrations.draft_hours(robin, OFFICE if turn % 2 else WeeklyHours.always())
        registrations.save(robin)

    def relink(turn: int) -> None:
        roster.unlink(f"web:extra{turn}")
        roster.link(f"web:extra{turn}", roster.issue_code("700100"))

    def reimport(turn: int) -> None:
        languages = ("English", "English;Spanish", "Spanish")[turn % 3]
        roster.import_csv(ROSTER.replace("40202,English", f"40202,{languages}"))

    with ThreadPoolExecutor(3) as pool:
        kinds = [
            pool.submit(lambda job=job: [job(turn) for turn in range(8)])
            for job in (save, relink, reimport)
        ]
        for done in kinds:
            done.result()
    registrations.draft_hours(robin, WeeklyHours.always())
    registrations.save(robin)
    reimport(1)
    assert on_duty(each_world, robin) == ["English", "Spanish"]


def test_what_a_guest_typed_moves_with_the_link_or_not_at_all(each_world) -> None:
    guest, checklists = each_world.guest, each_world.checklists
    run = checklists.start(guest, "before_call")

    def fails(*_: object) -> None:
        raise RuntimeError("the disk is full")

    def roster(*adopt: Adopt) -> Roster:
        return Roster(each_world.database, each_world.settings, b"key", adopt)

    code = roster().issue_code("700100")
    with pytest.raises(RuntimeError):
        roster(checklists.adopt, fails).link(guest.chat, code)
    assert roster().agent_of(guest.chat) is None
    assert checklists.run(guest, run.id).agent_id is None
    assert roster(checklists.adopt).link(guest.chat, code), "the code was not spent"
    assert checklists.open_run(guest) is None


def test_a_chat_unlinked_by_the_operator_is_told(each_world) -> None:
    each_world.roster.unlink("web:robin", by_operator=True)
    with each_world.database.transaction() as session:
        last = audit.history(session, "agent:700100")[-1]
    assert (last.action, last.actor) == ("chat unlinked", "operator")
    claimed = each_world.notices.claim("web")
    assert [(n.chat, "unlinked" in n.text) for n in claimed.notices] == [("web:robin", True)]
