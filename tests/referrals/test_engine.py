"""The rules of referrals by example: the guide's, and each OPEN question with its settings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from psl.agents.models import Duty
from psl.errors import BadInput, IllegalMove, NotYours
from psl.referrals.models import OfferState, Stage, Status
from psl.referrals.report import report
from psl.referrals.rules import Outcome
from psl.referrals.service import Answer
from tests.referrals.conftest import (
    CENTRAL,
    EASTERN,
    LEXINGTON,
    LOUISVILLE,
    PADUCAH,
    PIKEVILLE,
    OnDemand,
    hours,
)

WINDOW, PROMISE = timedelta(minutes=15), timedelta(minutes=30)
MOMENT = timedelta(milliseconds=1)


def texts(od: OnDemand, *names: str) -> str:
    return " | ".join(od.told(*names))


# General ----------------------------------------------------------------------------------------


def test_a_general_offer_has_its_window_its_notice_and_its_reminder(od: OnDemand) -> None:
    robin = od.agent("robin")
    start = od.clock.time
    referral = od.request()
    (offer,) = od.offers(referral)
    assert (referral.status, referral.stage, referral.holder_id) == ("Pending", "general", robin)
    assert (offer.kind, offer.state) == ("General", "Offered")
    assert (offer.offered_at, offer.closes_at) == (start, start + WINDOW)
    assert referral.promised_by == start + PROMISE
    (notice,) = od.deliver()
    assert "Jefferson County, KY, English" in notice.text
    assert "10:15 AM Eastern" in notice.text
    assert [b["title"] for b in notice.buttons] == ["Accept", "Reject"]
    assert notice.expires_at == offer.closes_at
    assert "Poplar" not in notice.text
    assert "555" not in notice.text
    od.clock.advance(minutes=9, seconds=59)
    assert od.deliver() == []
    od.clock.advance(seconds=1)
    assert "5 minutes left" in texts(od)
    assert od.is_sound()


def test_accepting_gives_the_contact_to_the_winner_alone(od: OnDemand) -> None:
    robin = od.agent("robin")
    sam = od.agent("sam", PADUCAH)
    referral = od.request()
    offer = od.offer_of(referral, "robin")
    with pytest.raises(NotYours):
        od.referrals.accept(sam, offer.id)
    assert od.count_events("contact disclosed") == 0
    won = od.referrals.accept(robin, offer.id)
    assert (won.answer, won.referral.status) == (Answer.ACCEPTED, Status.IN_PROGRESS)
    assert won.referral.accepted_at == od.clock.time
    assert od.referrals.accept(robin, offer.id).answer == Answer.ALREADY_YOURS
    assert od.count_events("contact disclosed") == 1
    assert od.deliver() == [], "an undelivered offer is taken back when it is accepted"
    assert [r.id for r in od.referrals.in_hand(robin)] == [referral.id]
    assert od.referrals.in_hand(sam) == []
    assert od.is_sound()


@pytest.mark.parametrize(
    ("early", "answer"), [(MOMENT, Answer.ACCEPTED), (timedelta(0), Answer.LATE)]
)
@pytest.mark.parametrize("swept", [False, True])
def test_the_window_is_half_open(
    od: OnDemand, early: timedelta, answer: Answer, swept: bool
) -> None:
    robin = od.agent("robin")
    referral = od.request()
    offer = od.offer_of(referral, "robin")
    od.clock.time = offer.closes_at - early
    if swept:
        od.sweeper.sweep_all()
    assert od.referrals.accept(robin, offer.id).answer == answer
    assert od.is_sound()


def test_rejecting_at_the_end_of_the_window_is_too_late(od: OnDemand) -> None:
    robin = od.agent("robin")
    referral = od.request()
    offer = od.offer_of(referral, "robin")
    od.clock.time = offer.closes_at
    assert od.referrals.reject(robin, offer.id).answer == Answer.LATE
    od.sweeper.sweep_all()
    assert od.offer_of(referral, "robin").kind == "Mass"


def test_one_lapse_makes_it_a_mass_referral_also_for_the_one_who_missed(od: OnDemand) -> None:
    od.agent("robin")
    od.agent("sam", PADUCAH)
    referral = od.request()
    texts(od)
    od.clock.advance(minutes=15)
    assert od.sweeper.sweep()["lapsed"] == 1
    od.sweeper.sweep_all()
    assert od.asked(referral)[0] == ("robin", "General", "Missed")
    assert sorted(od.asked(referral)[1:]) == [
        ("robin", "Mass", "Offered"),
        ("sam", "Mass", "Offered"),
    ]
    assert od.offers(referral)[0].counted
    told = texts(od, "robin")
    assert "counts as missed: 1 in a row. 2 more" in told
    assert "Mass referral" in told
    assert od.misses("robin") == 1
    assert od.is_sound()


@pytest.mark.parametrize(
    ("after", "kind"),
    [(timedelta(minutes=10), "General"), (timedelta(minutes=10) + MOMENT, "Mass")],
)
def test_a_quick_rejection_goes_to_the_next_alone(
    od: OnDemand, after: timedelta, kind: str
) -> None:
    robin = od.agent("robin")
    od.agent("sam", LEXINGTON)
    od.agent("kim", PADUCAH)
    referral = od.request()
    offer = od.offer_of(referral, "robin")
    od.clock.time += after
    assert od.referrals.reject(robin, offer.id).answer == Answer.REJECTED
    assert od.referrals.reject(robin, offer.id).answer == Answer.ANSWERED
    od.sweeper.sweep_all()
    after_first = od.asked(referral)[1:]
    if kind == "General":
        assert after_first == [("sam", "General", "Offered")]
    else:
        assert sorted(after_first) == [("kim", "Mass", "Offered"), ("sam", "Mass", "Offered")]
    assert od.misses("robin") == 0
    assert od.is_sound()


def test_nobody_is_asked_twice_as_general(od: OnDemand) -> None:
    robin = od.agent("robin")
    referral = od.request()
    od.referrals.reject(robin, od.offer_of(referral, "robin").id)
    od.sweeper.sweep_all()
    assert od.asked(referral) == [("robin", "General", "Rejected")]
    assert od.referral(referral.number).stage == Stage.WAITING


@pytest.mark.parametrize(("dispatch", "kind"), [("mass only", "Mass"), ("general only", "General")])
def test_other_ways_to_dispatch(od: OnDemand, dispatch: str, kind: str) -> None:
    od.use(dispatch=dispatch)
    od.agent("robin")
    od.agent("sam", PADUCAH)
    referral = od.request()
    assert {k for _, k, _ in od.asked(referral)} == {kind}
    od.clock.advance(minutes=15)
    od.sweeper.sweep_all()
    assert {k for _, k, _ in od.asked(referral)} == {kind}
    assert len(od.asked(referral)) == 2
    od.clock.advance(minutes=15)
    od.sweeper.sweep_all()
    assert od.referral(referral.number).status == Status.UNFILLED
    assert od.is_sound()


# Who is asked -----------------------------------------------------------------------------------


def test_the_nearest_is_asked_and_the_decision_tells_why(od: OnDemand) -> None:
    od.agent("far", PIKEVILLE)
    near = od.agent("near", "40203")
    od.agent("mid", LEXINGTON)
    referral = od.request()
    assert od.asked(referral) == [("near", "General", "Offered")]
    (decision,) = od.decisions(referral)
    assert (decision.outcome, decision.chosen_id) == ("General", near)
    assert [od.name_of(c["agent_id"]) for c in decision.candidates] == ["near", "mid", "far"]
    best = decision.candidates[0]
    assert set(best["terms"]) == {"proximity", "same county", "misses", "load", "waiting"}
    assert best["score"] == pytest.approx(sum(best["terms"].values()), abs=1e-5)
    assert best["doi_number"] == od.doi("near")
    assert 0 < best["miles"] < 5
    assert [c["score"] for c in decision.candidates] == sorted(
        (c["score"] for c in decision.candidates), reverse=True
    )


def test_a_mass_decision_keeps_the_order_of_its_notices(od: OnDemand) -> None:
    od.use(dispatch="mass only")
    for name in ("ada", "bo", "cy", "di", "ed"):
        od.agent(name)
    referral = od.request()
    (decision,) = od.decisions(referral)
    by_position = sorted(od.offers(referral), key=lambda offer: offer.position)
    assert [c["agent_id"] for c in decision.candidates] == [o.agent_id for o in by_position]
    assert [o.position for o in by_position] == [0, 1, 2, 3, 4]
    assert decision.seed
    assert decision.chosen_id is None


def test_misses_and_load_move_the_turn_on(od: OnDemand) -> None:
    od.agent("robin", "40202")
    od.agent("sam", "40202")
    first, second = od.request(), od.request()
    assert {od.asked(first)[0][0], od.asked(second)[0][0]} == {"robin", "sam"}
    od.deliver("sam")
    od.clock.advance(minutes=15)
    od.sweeper.sweep_all()
    assert (od.misses("robin"), od.misses("sam")) == (0, 1)
    assert od.asked(od.request())[0][0] == "robin", "as near, as busy, fewer misses"


def test_the_load_cap_is_kept(od: OnDemand) -> None:
    od.use(load_cap=2)
    robin = od.agent("robin")
    first, second, third = (od.request() for _ in range(3))
    assert od.asked(first) == od.asked(second) == [("robin", "General", "Offered")]
    assert [kind for _, kind, _ in od.asked(third)] == ["Mass"]
    od.referrals.accept(robin, od.offer_of(first, "robin").id)
    fourth = od.request()
    assert [kind for _, kind, _ in od.asked(fourth)] == ["Mass"], "in hand counts as load"
    od.referrals.complete(robin, first.number, Outcome.ENROLLED)
    assert [kind for _, kind, _ in od.asked(od.request())] == ["General"]


@pytest.mark.parametrize(
    ("minutes_left", "kind"), [(20, "General"), (19, "Mass"), (1, "Mass"), (0, None)]
)
@pytest.mark.parametrize("how", ["hours", "absence"])
def test_general_needs_time_to_call_before_the_hours_end(
    od: OnDemand, minutes_left: int, kind: str | None, how: str
) -> None:
    """OPEN: assignments outside an agent's hours are never made."""
    if how == "hours":
        od.agent("robin", week=hours(8, 10 + minutes_left / 60))
    else:
        robin = od.agent("robin")
        od.registrations.set_out_of_office(
            robin, od.clock.time + timedelta(minutes=minutes_left), None
        )
    referral = od.request()
    assert [k for _, k, _ in od.asked(referral)] == ([kind] if kind else [])
    assert od.is_sound()


def test_only_the_registered_the_eligible_and_the_reachable_are_asked(od: OnDemand) -> None:
    od.agent("unregistered", register=False)
    od.agent("unlinked", chats=0)
    od.agent("expired", expires="2026-11-23")
    left = od.agent("left")
    od.registrations.leave(left)
    od.clock.advance(days=1)
    referral = od.request()
    assert od.asked(referral) == []
    assert referral.stage == Stage.WAITING
    assert referral.expected_from is None
    od.link("unlinked")
    od.clock.advance(seconds=15)
    od.sweeper.sweep_all()
    assert od.asked(referral) == [("unlinked", "General", "Offered")]


def test_a_licence_counts_on_its_last_day(od: OnDemand) -> None:
    od.agent("robin", expires="2026-11-23")
    assert od.asked(od.request()) == [("robin", "General", "Offered")]
    od.clock.time = datetime(2026, 11, 24, 4, 59, tzinfo=UTC)  # 11:59 PM where the agent is
    od.sweeper.sweep_all()
    assert [k for _, k, _ in od.asked(od.request())] == ["Mass"]
    od.clock.advance(minutes=1)
    od.sweeper.sweep_all()
    assert od.asked(od.request()) == []


def test_an_import_that_ends_a_licence_takes_the_agent_off_duty(od: OnDemand) -> None:
    od.agent("robin")
    od.import_agent("robin", od.doi("robin"), LOUISVILLE, "English", "2026-11-22")
    assert od.asked(od.request()) == []


def test_people_out_of_state(od: OnDemand) -> None:
    """A resident of Cincinnati and an agent of Nashville are both served."""
    od.agent("nash", "37201", zone=CENTRAL)
    referral = od.request(zip="45202")
    assert od.asked(referral) == [("nash", "General", "Offered")]
    assert "Hamilton County, OH" in texts(od)
    assert 200 < od.decisions(referral)[0].candidates[0]["miles"] < 300
    od.agent("cov", "41011")
    assert od.asked(od.request(zip="45202"))[0][0] == "cov", "across the river is nearer"


# Language ---------------------------------------------------------------------------------------


def test_a_spanish_resident_gets_who_speaks_it(od: OnDemand) -> None:
    od.agent("robin", "40202")
    od.agent("luz", PADUCAH, "English;Spanish")
    referral = od.request(language="espanol")
    assert referral.language == "Spanish"
    assert od.asked(referral) == [("luz", "General", "Offered")]


def test_without_a_speaker_all_are_asked_and_told_so(od: OnDemand) -> None:
    od.agent("robin")
    luz = od.agent("luz", languages="Spanish", week=hours(12, 17))
    referral = od.request(language="Spanish")
    assert od.asked(referral) == [("robin", "Mass", "Offered")]
    assert "No Spanish speaker is on duty" in texts(od)
    od.clock.advance(hours=2)
    od.sweeper.sweep_all()
    assert od.asked(referral) == [("robin", "Mass", "Offered"), ("luz", "Mass", "Offered")]
    assert "interpreter" not in texts(od, "luz")
    assert od.referrals.accept(luz, od.offer_of(referral, "luz").id).answer == Answer.ACCEPTED
    assert od.is_sound()


def test_set_to_speakers_only_it_waits_for_one(od: OnDemand) -> None:
    od.use(mass_any_language=False)
    od.agent("robin")
    od.agent("luz", languages="Spanish", week=hours(12, 17))
    referral = od.request(language="Spanish")
    assert od.asked(referral) == []
    assert referral.expected_from == datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
    od.clock.advance(hours=2)
    od.sweeper.sweep_all()
    assert od.asked(referral) == [("luz", "Mass", "Offered")]


# Waiting ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "week", "zone", "opens"),
    [
        # Overnight; the clocks go back on November 1, 2026 and on on March 14, 2027.
        ((2026, 11, 24, 3, 0), hours(9, 17), EASTERN, (2026, 11, 24, 14, 0)),
        ((2026, 11, 1, 0, 0), hours(9, 17), EASTERN, (2026, 11, 1, 14, 0)),
        ((2027, 3, 14, 1, 0), hours(9, 17), EASTERN, (2027, 3, 14, 13, 0)),
        ((2027, 3, 14, 5, 0), hours(2.5, 4), CENTRAL, (2027, 3, 14, 8, 0)),
        # Friday evening to Monday morning: longer than a referral is kept open.
        ((2026, 11, 21, 1, 0), hours(8, 17, range(5)), CENTRAL, (2026, 11, 23, 14, 0)),
        # Just after the hours: a whole day less an hour.
        ((2026, 11, 24, 15, 0), hours(9, 10), EASTERN, (2026, 11, 25, 14, 0)),
        # The day after, by a minute more than a day.
        ((2026, 11, 23, 13, 59), hours(8, 8.5, [1]), EASTERN, (2026, 11, 24, 13, 0)),
    ],
)
def test_outside_all_hours_it_waits_for_the_first_to_open(
    od: OnDemand,
    asked: tuple[int, ...],
    week: object,
    zone: str,
    opens: tuple[int, ...],
) -> None:
    od.clock.set(2026, 10, 1)  # type: ignore[attr-defined]
    od.agent("robin", week=week, zone=zone)  # type: ignore[arg-type]
    od.clock.set(*asked)  # type: ignore[attr-defined]
    od.sweeper.sweep_all()
    referral = od.request()
    opening = datetime(*opens, tzinfo=UTC)  # type: ignore[misc,arg-type]
    assert (referral.stage, referral.status) == ("waiting", "Pending")
    assert referral.expected_from == opening
    (decision,) = od.decisions(referral)
    assert decision.outcome == "Waiting"
    assert opening.isoformat() in decision.why
    od.clock.time = opening - MOMENT
    od.sweeper.sweep_all()
    waiting = od.referral(referral.number)
    assert (waiting.stage, waiting.status) == ("waiting", "Pending"), "waiting is not yet late"
    od.clock.time = opening
    assert od.sweeper.seeking_due() <= opening
    od.sweeper.sweep_all()
    # The whole window would end after the promise, so it goes to all.
    assert od.asked(referral) == [("robin", "Mass", "Offered")]
    assert f"referral R-{referral.number[:4]}" in texts(od), "and it is really delivered"
    od.clock.time = opening + PROMISE
    od.sweeper.sweep_all()
    assert od.referral(referral.number).status == Status.UNFILLED
    assert od.is_sound()


def test_somebody_who_comes_on_duty_early_ends_the_waiting(od: OnDemand) -> None:
    """Waiting for tomorrow gives no more time to those who are there today."""
    od.agent("robin", week=hours(9, 9.5))
    referral = od.request()
    assert referral.expected_from == datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
    od.clock.advance(minutes=5)
    od.agent("sam")
    od.clock.advance(seconds=15)
    od.sweeper.sweep_all()
    assert od.asked(referral) == [("sam", "General", "Offered")]
    assert "10:20 AM" in texts(od, "sam")
    od.clock.advance(minutes=35)
    od.sweeper.sweep_all()
    assert od.referral(referral.number).status == Status.UNFILLED
    assert od.is_sound()


def test_waiting_is_noted_once_while_nothing_changes(od: OnDemand) -> None:
    od.agent("robin", week=hours(12, 17))
    referral = od.request()
    for _ in range(4):
        od.clock.advance(seconds=15)
        assert od.sweeper.sweep_all()["dispatched"] == 1
    assert len(od.decisions(referral)) == 1
    assert od.count_events("waiting") == 1


# Mass -------------------------------------------------------------------------------------------


def mass(od: OnDemand, *names: str) -> None:
    od.use(dispatch="mass only")
    for name in names:
        od.agent(name)


def test_the_first_accept_wins_and_only_who_saw_it_is_told(od: OnDemand) -> None:
    mass(od, "robin", "sam", "kim")
    referral = od.request()
    od.deliver("robin", "sam")
    won = od.referrals.accept(od.names["robin"], od.offer_of(referral, "robin").id)
    assert (won.answer, won.others) == (Answer.ACCEPTED, 2)
    for loser in ("sam", "kim"):
        offer = od.offer_of(referral, loser)
        assert offer.state == OfferState.TAKEN
        assert od.referrals.accept(od.names[loser], offer.id).answer == Answer.TAKEN
        assert od.referrals.reject(od.names[loser], offer.id).answer == Answer.TAKEN
        assert od.referrals.live_offers(od.names[loser]) == []
    assert "taken: another agent" in texts(od, "sam")
    assert od.told("kim") == []
    assert od.told("robin") == []
    assert od.is_sound()


def test_mass_notices_are_delivered_in_the_order_that_was_drawn(od: OnDemand) -> None:
    for n in range(12):
        od.agent(f"agent{n}")
    referral = od.request(dispatch=False)
    od.clock.advance(minutes=16)
    od.sweeper.sweep_all()
    drawn = [o.agent_id for o in sorted(od.offers(referral), key=lambda o: o.position)]
    assert {str(o.kind) for o in od.offers(referral)} == {"Mass"}
    assert drawn != sorted(drawn)
    assert [notice.agent_id for notice in od.deliver()] == drawn
    assert od.decisions(referral)[-1].candidates == [{"agent_id": n} for n in drawn]


def test_who_comes_on_duty_during_a_mass_is_offered_it_once(od: OnDemand) -> None:
    od.use(dispatch="mass only")
    od.agent("robin")
    od.agent("sam", week=hours(10.25, 17))
    referral = od.request()
    assert od.asked(referral) == [("robin", "Mass", "Offered")]
    for _ in range(3):
        od.clock.advance(minutes=15)
        od.sweeper.sweep_all()
    assert [name for name, _, _ in od.asked(referral)] == ["robin", "sam"]
    assert "1 more on duty" in od.decisions(referral)[-1].why


def test_an_untaken_mass_is_unfilled_and_still_to_be_had_then_given_up(od: OnDemand) -> None:
    mass(od, "robin", "sam")
    referral, other = od.request(), od.request()
    od.deliver()
    od.clock.advance(minutes=30, milliseconds=-1)
    od.sweeper.sweep_all()
    assert od.referral(referral.number).status == Status.PENDING
    od.clock.advance(milliseconds=1)
    od.sweeper.sweep_all()
    late = od.referral(referral.number)
    assert (late.status, late.unfilled_at) == (Status.UNFILLED, od.clock.time)
    won = od.referrals.accept(od.names["sam"], od.offer_of(referral, "sam").id)
    assert (won.answer, won.referral.status) == (Answer.ACCEPTED, Status.IN_PROGRESS)
    od.clock.advance(hours=24)
    od.sweeper.sweep_all()
    gone = od.referral(other.number)
    assert (gone.status, gone.stage) == (Status.UNFILLED, Stage.CLOSED)
    assert {state for _, _, state in od.asked(other)} == {"Withdrawn"}
    offer = od.offer_of(other, "robin")
    assert od.referrals.accept(od.names["robin"], offer.id).answer == Answer.GIVEN_UP
    assert od.misses("robin") == od.misses("sam") == 0, "an untaken Mass is no miss"
    assert od.is_sound()


def test_set_to_count_an_untaken_mass_is_a_miss_of_those_who_saw_it(od: OnDemand) -> None:
    mass(od, "robin", "sam", "kim")
    od.use(untaken_mass_counts=True)
    referral = od.request()
    od.deliver("robin", "sam")
    od.referrals.reject(od.names["sam"], od.offer_of(referral, "sam").id)
    od.clock.advance(minutes=30)
    od.sweeper.sweep_all()
    assert (od.misses("robin"), od.misses("sam"), od.misses("kim")) == (1, 0, 0)
    assert "counts as missed: 1 in a row" in texts(od, "robin")
    for _ in range(5):
        od.clock.advance(minutes=1)
        od.sweeper.sweep_all()
    assert od.misses("robin") == 1, "once, however often it is looked at"
    won = od.referrals.accept(od.names["robin"], od.offer_of(referral, "robin").id)
    assert won.answer == Answer.ACCEPTED
    assert od.misses("robin") == 0
    assert od.is_sound()


def test_untaken_masses_de_register_too_when_they_count(od: OnDemand) -> None:
    mass(od, "robin")
    od.use(untaken_mass_counts=True)
    for misses in (1, 2, 3):
        od.request()
        od.deliver()
        od.clock.advance(minutes=30)
        od.sweeper.sweep_all()
        assert od.misses("robin") == misses
    assert od.registrations.of(od.names["robin"]).status == "de-registered"
    told = texts(od)
    assert told.index("3 in a row") < told.index("de-registered")
    assert od.is_sound()


# Misses -----------------------------------------------------------------------------------------


def test_three_delivered_misses_de_register_and_tell_at_once(od: OnDemand) -> None:
    od.agent("robin")
    for more in (2, 1):
        od.lapse("robin")
        assert f"{3 - more} in a row. {'One' if more == 1 else more} more" in texts(od)
    od.lapse("robin")
    view = od.registrations.of(od.names["robin"])
    assert (view.status, view.misses, view.ended_at) == ("de-registered", 3, od.clock.time)
    assert view.ended_reason == "3 consecutive missed referrals"
    told = texts(od)
    assert told.index("counts as missed: 3 in a row") < told.index("You are de-registered")
    assert od.count_events("de-registered") == 1
    assert od.asked(od.request()) == []
    assert od.is_sound()


def test_registering_again_begins_a_new_run(od: OnDemand) -> None:
    od.agent("robin")
    for _ in range(3):
        od.lapse("robin")
    od.register("robin")
    assert od.misses("robin") == 0
    od.lapse("robin")
    assert od.misses("robin") == 1
    assert od.events(f"agent:{od.doi('robin')}")[-1] == "referral missed"
    assert od.is_sound()


def test_a_waiting_time_before_registering_again(od: OnDemand) -> None:
    od.agent("robin")
    for _ in range(3):
        od.lapse("robin")
    ended = od.clock.time
    od.use(reregister_wait_hours=24)
    od.clock.time = ended + timedelta(hours=24) - MOMENT
    with pytest.raises(IllegalMove, match="24 hours"):
        od.register("robin")
    od.clock.time = ended + timedelta(hours=24)
    od.register("robin")
    assert od.registrations.of(od.names["robin"]).registered


def test_accepting_starts_the_count_again(od: OnDemand) -> None:
    robin = od.agent("robin")
    od.lapse("robin")
    od.lapse("robin")
    referral = od.request()
    od.referrals.accept(robin, od.offer_of(referral, "robin").id)
    assert od.misses("robin") == 0
    assert od.is_sound()


def test_what_never_arrived_is_no_miss(od: OnDemand) -> None:
    od.agent("robin", chats=2)
    lost = od.lapse("robin", delivered=False)
    assert od.misses("robin") == 0
    assert [o.counted for o in od.offers(lost)] == [False, False]
    assert "missed" not in texts(od)
    referral = od.request()
    claimed = od.notices.claim("web", chats=["web:robin:2"])
    assert od.notices.delivered(claimed.token, claimed.notices[0].id)
    od.clock.advance(minutes=15)
    od.sweeper.sweep_all()
    assert od.misses("robin") == 1, "one of two chats is enough"
    assert od.offer_of(referral, "robin").kind == "Mass"
    assert od.is_sound()


def test_set_to_count_what_never_arrived_is_a_miss(od: OnDemand) -> None:
    od.use(undelivered_counts=True)
    od.agent("robin")
    od.lapse("robin", delivered=False)
    assert od.misses("robin") == 1
    assert "counts as missed: 1 in a row" in texts(od)
    assert od.is_sound()


@pytest.mark.parametrize(
    ("changed", "after"),
    [({}, 1), ({"reject_counts": True}, 2), ({"reject_breaks_run": True}, 0)],
)
def test_what_a_rejection_does_to_the_run(
    od: OnDemand, changed: dict[str, bool], after: int
) -> None:
    od.use(**changed)
    robin = od.agent("robin")
    od.lapse("robin")
    referral = od.request()
    od.referrals.reject(robin, od.offer_of(referral, "robin").id)
    assert od.misses("robin") == after
    with od.database.transaction() as session:
        assert session.scalar(select(Duty.misses)) == after
    assert od.is_sound()


def test_rejections_that_count_de_register(od: OnDemand) -> None:
    od.use(reject_counts=True)
    robin = od.agent("robin")
    for _ in range(3):
        referral = od.request()
        od.referrals.reject(robin, od.offer_of(referral, "robin").id)
    assert od.registrations.of(robin).status == "de-registered"
    assert "You are de-registered" in texts(od)
    assert od.is_sound()


def test_several_lapses_at_once_de_register_once(od: OnDemand) -> None:
    od.use(load_cap=5)
    od.agent("robin")
    for _ in range(5):
        od.request()
    od.deliver()
    od.clock.advance(minutes=15)
    od.sweeper.sweep_all()
    assert od.registrations.of(od.names["robin"]).status == "de-registered"
    assert od.count_events("de-registered") == 1
    assert od.is_sound()


def test_a_recount_finds_and_repairs_a_wrong_copy(od: OnDemand) -> None:
    robin = od.agent("robin")
    od.lapse("robin")
    with od.database.transaction() as session:
        registration = session.get_one(type(od.registration("robin")), robin)
        registration.misses = 2
    assert [(a.id, kept, true) for a, kept, true in od.referrals.recount()] == [(robin, 2, 1)]
    od.referrals.recount(repair=True)
    assert od.misses("robin") == 1
    assert od.is_sound()


# Leaving ----------------------------------------------------------------------------------------


def test_the_live_offer_of_who_leaves_goes_to_the_next(od: OnDemand) -> None:
    robin = od.agent("robin")
    sam = od.agent("sam", PADUCAH)
    referral = od.request()
    offer = od.offer_of(referral, "robin")
    od.deliver()
    od.registrations.leave(robin, "moving")
    assert od.referrals.accept(robin, offer.id).answer == Answer.NOT_REGISTERED
    assert od.sweeper.sweep()["released"] == 1
    od.sweeper.sweep_all()
    assert od.asked(referral) == [("robin", "General", "Withdrawn"), ("sam", "General", "Offered")]
    assert "taken back from you; it is no miss" in texts(od, "robin")
    od.referrals.accept(sam, od.offer_of(referral, "sam").id)
    assert od.referrals.accept(robin, offer.id).answer == Answer.TAKEN
    od.referrals.complete(sam, referral.number, Outcome.ENROLLED)
    assert od.referrals.accept(robin, offer.id).answer == Answer.TAKEN
    assert od.is_sound()


def test_de_registration_releases_the_other_live_offers(od: OnDemand) -> None:
    od.agent("robin")
    od.lapse("robin")
    od.lapse("robin")
    od.request()
    od.clock.advance(minutes=1)
    second = od.request()
    od.deliver()
    od.clock.advance(minutes=14)
    od.sweeper.sweep_all()
    assert od.registrations.of(od.names["robin"]).status == "de-registered"
    assert od.asked(second) == [("robin", "General", "Withdrawn")]
    assert od.misses("robin") == 3
    assert od.is_sound()


def test_a_chat_that_blocks_gives_its_unseen_offer_to_the_next(od: OnDemand) -> None:
    od.agent("robin", chats=2)
    od.agent("sam", PADUCAH)
    referral = od.request()
    od.roster.mark_unreachable("web:robin:1", "blocked the bot")
    assert not od.sweeper.sweep(), "the other chat may still get it"
    od.roster.mark_unreachable("web:robin:2", "account deleted")
    assert od.sweeper.sweep()["released"] == 1
    od.sweeper.sweep_all()
    assert od.asked(referral) == [("robin", "General", "Withdrawn"), ("sam", "General", "Offered")]
    assert od.misses("robin") == 0
    # Nothing more comes to robin until a chat of theirs is heard of.
    assert [name for name, _, _ in od.asked(od.request())] == ["sam"]
    od.roster.mark_reachable("web:robin:2")
    assert [name for name, _, _ in od.asked(od.request())] == ["robin"]
    robins = od.events(f"agent:{od.doi('robin')}")
    assert robins.count("chat cannot be reached") == 2
    assert robins.count("chat can be reached again") == 1
    assert od.is_sound()


def test_an_offer_that_was_seen_stays_when_the_chat_is_lost(od: OnDemand) -> None:
    robin = od.agent("robin")
    referral = od.request()
    od.deliver()
    for _ in range(2):
        od.roster.mark_unreachable("web:robin:1", "blocked the bot")
    assert not od.sweeper.sweep()
    assert od.referrals.accept(robin, od.offer_of(referral, "robin").id).answer == Answer.ACCEPTED
    assert od.is_sound()


def test_linking_anew_makes_a_lost_chat_good_again(od: OnDemand) -> None:
    od.agent("robin")
    od.roster.mark_unreachable("web:robin:1", "blocked the bot")
    assert od.asked(od.request()) == []
    od.roster.link("web:robin:1", od.roster.issue_code(od.doi("robin")))
    assert [name for name, _, _ in od.asked(od.request())] == ["robin"]


# In Progress ------------------------------------------------------------------------------------


def accepted(od: OnDemand, name: str = "robin") -> str:
    od.agent(name)
    referral = od.request()
    od.referrals.accept(od.names[name], od.offer_of(referral, name).id)
    od.deliver()
    return referral.number


def test_completing_is_done_once_and_the_outcome_can_be_put_right(od: OnDemand) -> None:
    number = accepted(od)
    robin, sam = od.names["robin"], od.agent("sam")
    with pytest.raises(NotYours):
        od.referrals.complete(sam, number, Outcome.ENROLLED)
    done = od.referrals.complete(robin, number, Outcome.QUOTE_GIVEN)
    assert (done.status, done.stage, done.outcome) == ("Complete", "closed", "Quote given")
    again = od.referrals.complete(robin, number, Outcome.ENROLLED)
    assert (again.outcome, again.closed_at) == ("Enrolled", done.closed_at)
    assert od.count_events("completed") == od.count_events("outcome changed") == 1
    with pytest.raises(NotYours):
        od.referrals.hand_back(robin, number)
    with pytest.raises(IllegalMove):
        od.referrals.cancel(number)
    assert od.is_sound()


def test_three_tries_and_their_reminders(od: OnDemand) -> None:
    number = accepted(od)
    robin = od.names["robin"]
    first_try = od.clock.time
    for attempt in (1, 2):
        assert od.referrals.no_answer(robin, number).attempts == attempt
        od.clock.advance(minutes=59, seconds=59)
        assert od.told() == []
        od.clock.advance(seconds=1)
        (notice,) = od.deliver()
        assert f"tried {attempt} of 3" in notice.text
        assert [b["title"] for b in notice.buttons] == ["Complete", "No answer", "Hand back"]
    assert od.referrals.no_answer(robin, number).called_at == first_try
    with pytest.raises(IllegalMove, match="3 tries"):
        od.referrals.no_answer(robin, number)
    od.clock.advance(hours=1)
    assert od.told() == []
    assert od.referrals.complete(robin, number, Outcome.NO_ANSWER).outcome == "No answer"


def test_a_call_reminder_goes_when_the_referral_is_closed(od: OnDemand) -> None:
    number = accepted(od)
    od.referrals.no_answer(od.names["robin"], number)
    od.referrals.complete(od.names["robin"], number, Outcome.WRONG_NUMBER)
    od.clock.advance(hours=100)
    assert od.told() == []


def test_in_progress_for_long_is_reminded_then_shown_as_stuck(od: OnDemand) -> None:
    number = accepted(od)
    for pause in (2, 4, 8):
        od.clock.advance(hours=pause, milliseconds=-1)
        assert od.sweeper.sweep_all()["reminded"] == 0
        od.clock.advance(milliseconds=1)
        assert od.sweeper.sweep_all()["reminded"] == 1
        assert "still In Progress" in texts(od)
    assert od.referral(number).stuck_at is None
    od.clock.advance(hours=16)
    od.sweeper.sweep_all()
    stuck = od.referral(number)
    assert (stuck.stuck_at, stuck.due_at, stuck.status) == (od.clock.time, None, "In Progress")
    assert od.told() == []
    assert od.events(f"referral:R-{number[:4]}-{number[4:]}")[-1] == "stuck"
    assert od.is_sound()


def test_handing_back_counts_as_nothing_and_goes_to_the_next(od: OnDemand) -> None:
    number = accepted(od)
    od.agent("sam")
    robin = od.names["robin"]
    od.clock.advance(minutes=5)
    od.referrals.no_answer(robin, number)
    back = od.referrals.hand_back(robin, number)
    assert (back.status, back.stage, back.accepted_at) == ("Pending", "new", None)
    od.sweeper.sweep_all()
    assert od.asked(back) == [("robin", "General", "Handed back"), ("sam", "General", "Offered")]
    assert od.misses("robin") == 0
    old = od.offer_of(back, "robin")
    assert od.referrals.accept(robin, old.id).answer == Answer.ANSWERED
    od.clock.advance(hours=2)
    od.deliver()
    assert od.told("robin") == [], "no reminder of what was handed back"
    od.sweeper.sweep_all()
    assert od.is_sound()


def test_a_mass_referral_handed_back_goes_to_those_who_had_come_too_late(od: OnDemand) -> None:
    mass(od, "robin", "sam", "kim")
    referral = od.request()
    od.deliver()
    od.referrals.reject(od.names["kim"], od.offer_of(referral, "kim").id)
    od.referrals.accept(od.names["robin"], od.offer_of(referral, "robin").id)
    assert "taken" in texts(od, "sam")
    first = od.offer_of(referral, "sam")
    od.referrals.hand_back(od.names["robin"], referral.number)
    od.sweeper.sweep_all()
    second = od.offer_of(referral, "sam")
    assert (second.state, second.epoch > first.epoch) == ("Offered", True)
    assert [name for name, _, state in od.asked(referral) if state == "Offered"] == ["sam"]
    assert od.referrals.accept(od.names["sam"], first.id).answer == Answer.TAKEN
    assert od.referrals.accept(od.names["sam"], second.id).answer == Answer.ACCEPTED
    assert od.referrals.accept(od.names["sam"], first.id).answer == Answer.ALREADY_YOURS
    assert od.is_sound()


# The resident -----------------------------------------------------------------------------------


def test_asking_again_finds_the_same_referral(od: OnDemand) -> None:
    robin = od.agent("robin")
    first = od.ask("key-1", phone="502-555-0190")
    od.sweeper.sweep_all()
    assert first.is_new
    od.clock.advance(minutes=29)
    for again in (
        od.ask(phone="(502) 555-0190"),
        od.ask("key-1", phone="502-555-0190"),
        od.ask("key-2", phone="502-555-0190"),
    ):
        assert (again.is_new, again.referral.id) == (False, first.referral.id)
    with pytest.raises(BadInput, match="Idempotency-Key"):
        od.ask("key-1", phone="502-555-0191")
    assert od.ask(phone="502-555-0192").is_new
    od.sweeper.sweep_all()
    offer = od.offer_of(first.referral, "robin")
    od.referrals.accept(robin, offer.id)
    assert not od.ask(phone="502-555-0190").is_new, "within the promise"
    od.clock.advance(minutes=2)
    assert od.ask(phone="502-555-0190").is_new, "the promise is over and an agent has the first"
    assert not od.ask("key-1", phone="502-555-0190").is_new, "a key is a key for good"
    assert od.is_sound()


def test_residents_without_a_phone_are_told_apart_by_e_mail(od: OnDemand) -> None:
    told = {"phone": None, "preferred_contact": "email"}
    first = od.ask(**told, email="pat@example.org")
    assert not od.ask(**told, email="pat@example.org").is_new
    assert od.ask(**told, email="lee@example.org").is_new
    assert od.ask(email="pat@example.org").is_new, "another phone is another resident"
    assert first.is_new


def test_cancelling_tells_who_saw_the_offer(od: OnDemand) -> None:
    mass(od, "robin", "sam")
    referral = od.request()
    od.deliver("robin")
    od.referrals.cancel(referral.number)
    assert "cancelled" in texts(od, "robin")
    assert od.told("sam") == []
    offer = od.offer_of(referral, "robin")
    assert offer.state == OfferState.WITHDRAWN
    assert od.referrals.accept(od.names["robin"], offer.id).answer == Answer.CANCELLED
    with pytest.raises(IllegalMove):
        od.referrals.cancel(referral.number)
    assert od.is_sound()


def test_cancelling_a_general_offer_is_no_miss(od: OnDemand) -> None:
    od.agent("robin")
    referral = od.request()
    od.deliver()
    od.referrals.cancel(referral.number)
    od.clock.advance(minutes=15)
    od.sweeper.sweep_all()
    assert od.misses("robin") == 0
    assert "it is no miss" in texts(od)
    assert od.is_sound()


def test_cancelling_in_progress_tells_the_agent(od: OnDemand) -> None:
    number = accepted(od)
    od.referrals.no_answer(od.names["robin"], number)
    od.referrals.cancel(number)
    assert "Please don't call" in texts(od)
    od.clock.advance(hours=5)
    od.sweeper.sweep_all()
    assert od.told() == []
    assert od.referrals.in_hand(od.names["robin"]) == []
    offer = od.offers(od.referral(number))[0]
    assert od.referrals.accept(od.names["robin"], offer.id).answer == Answer.CANCELLED
    assert od.is_sound()


def test_a_referral_unknown_to_us(od: OnDemand) -> None:
    robin = od.agent("robin")
    with pytest.raises(NotYours):
        od.referrals.cancel("12345674")
    with pytest.raises(NotYours):
        od.referrals.accept(robin, 99)
    with pytest.raises(NotYours):
        od.referrals.no_answer(robin, "12345674")


# The promise ------------------------------------------------------------------------------------


def test_the_report_counts_what_was_promised(od: OnDemand) -> None:
    robin = od.agent("robin", "40202")
    od.agent("luz", LEXINGTON, "Spanish")
    in_time = od.request()
    od.clock.advance(minutes=4)
    od.referrals.accept(robin, od.offer_of(in_time, "robin").id)
    od.clock.advance(minutes=2)
    od.referrals.called(robin, in_time.number)
    late = od.request(language="Spanish", zip=LEXINGTON)
    od.deliver()
    cancelled = od.request()
    od.referrals.cancel(cancelled.number)
    od.clock.advance(minutes=40)
    od.sweeper.sweep_all()
    od.referrals.accept(od.names["luz"], od.offer_of(late, "luz").id)
    untaken = od.request(language="Spanish", zip=LEXINGTON)
    od.clock.advance(minutes=31)
    od.sweeper.sweep_all()
    fresh = od.request()
    found = report(od.database)
    total = found.total
    assert (total.requested, total.due, total.cancelled, total.unfilled) == (5, 3, 1, 2)
    assert (total.accepted_in_time, total.called_in_time) == (1, 1)
    assert total.share_accepted == pytest.approx(1 / 3)
    assert total.share_called == pytest.approx(1 / 3)
    assert total.to_accept == [240.0, 2400.0]
    assert total.median_seconds == 2400.0
    assert (found.misses_counted, found.misses_not_counted) == (1, 1)
    assert list(found.by_county) == ["KY:Fayette", "KY:Jefferson"]
    assert {name: t.requested for name, t in found.by_language.items()} == {
        "English": 3,
        "Spanish": 2,
    }
    assert found.by_language["Spanish"].share_accepted == 0
    assert od.referral(untaken.number).status == Status.UNFILLED
    assert fresh.status == Status.PENDING
    od.clock.advance(days=8)
    assert report(od.database).total.requested == 0
    assert report(od.database).total.share_accepted is None
