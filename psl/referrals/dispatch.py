"""Finding an agent for a referral: General to the best ranked, Mass to all, or waiting."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Executable,
    Insert,
    Integer,
    Row,
    ScalarSelect,
    Select,
    Update,
    bindparam,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Session

from psl.agents.duty import NEVER_OFFERED
from psl.agents.models import Agent, Duty, Registration, RegistrationStatus
from psl.audit import AuditEvent
from psl.database import Instant, at_once
from psl.numbers import REFERRALS
from psl.places import Place, counties_by_distance, miles, place_of
from psl.referrals import ledger, notify, rules, words
from psl.referrals.models import (
    Decision,
    Offer,
    OfferKind,
    OfferState,
    Referral,
    Stage,
    Status,
)
from psl.settings import Settings

# Rings of counties around the resident's, in miles: a further one is looked at only while the
# nearer ones gave less than a shortlist.
RINGS = (30.0, 100.0)
# A referral past its promise is looked at this many times more rarely.
LATE_PAUSE = 8
NOBODY = "nobody on duty is left to ask"
IN_HAND = (Stage.GENERAL, Stage.HELD)


def late_at(referral: Referral, settings: Settings) -> datetime:
    """When an untaken referral becomes Unfilled: the promise, or as long after the first opening."""
    if referral.expected_from is None:
        return referral.promised_by
    promise = timedelta(seconds=settings.promise_seconds)
    return max(referral.promised_by, referral.expected_from + promise)


def given_up_at(referral: Referral, settings: Settings) -> datetime:
    """When an untaken referral is offered no more."""
    start = max(referral.requested_at, referral.expected_from or referral.requested_at)
    return start + timedelta(hours=settings.open_hours)


def dispatch(session: Session, referral: Referral, now: datetime, settings: Settings) -> None:
    """Put a referral to agents, or look again for more; the caller has locked its row.

    GUIDE: proximity, availability, preferred language and missed referrals decide. OPEN: when a
    referral is Mass, and that it waits for the first opening when nobody is on duty.
    """
    if _is_given_up(session, referral, now, settings):
        return
    _mark_late(session, referral, now, settings)
    seed = _seed(referral)
    kind = (
        OfferKind.MASS
        if referral.stage == Stage.MASS
        else rules.type_of_offer(now, referral.promised_by, settings)
    )
    if kind == OfferKind.GENERAL:
        if _general(session, referral, now, settings, seed):
            return
        if settings.dispatch == "general only":
            return _wait(session, referral, now, settings)
    if _mass(session, referral, now, settings, seed):
        return
    if referral.stage == Stage.MASS:
        referral.due_at = _look_again(session, referral, now, settings)
        return
    _wait(session, referral, now, settings)


def _seed(referral: Referral) -> str:
    """What ties are broken by: another one each time it is offered, and the same if tried again."""
    named = f"{referral.id}:{referral.epoch}:{referral.requested_at.isoformat()}"
    return sha256(named.encode()).hexdigest()[:16]


# General --------------------------------------------------------------------------------------


def _general(
    session: Session, referral: Referral, now: datetime, settings: Settings, seed: str
) -> bool:
    candidates = shortlist(session, referral, now, settings)
    ranked = rules.rank(candidates, settings, seed)
    candidate = _lock_first(session, referral, ranked, now, settings)
    if candidate is None:
        return False
    closes_at = now + timedelta(seconds=settings.accept_seconds)
    referral.stage, referral.holder_id, referral.due_at = (
        Stage.GENERAL,
        candidate.agent_id,
        closes_at,
    )
    referral.epoch += 1
    _waited_enough(referral, now)
    offered = at_once(
        session,
        _assignment(),
        {
            "b_referral": referral.id,
            "b_agent": candidate.agent_id,
            "b_epoch": referral.epoch,
            "b_now": now,
            "b_closes": closes_at,
            "b_why": f"best of {len(ranked)} near candidates",
            "b_seed": seed,
            "b_candidates": [each.as_stored() for each in ranked],
            "b_subject": ledger.referral_subject(referral.number),
            "b_reason": f"General, agent {candidate.doi_number}",
        },
    )
    offer = Offer(
        id=offered.scalar_one(),
        referral_id=referral.id,
        agent_id=candidate.agent_id,
        kind=OfferKind.GENERAL,
        epoch=referral.epoch,
        offered_at=now,
        closes_at=closes_at,
        position=0,
    )
    notify.tell_offers(session, referral, [offer], now, settings, closes_at)
    return True


@cache
def _assignment() -> tuple[Insert | Update, ...]:
    """What an assignment writes beside the referral's own row; the first gives the offer's id."""
    offer, decision, event = Offer.__table__, Decision.__table__, AuditEvent.__table__
    agent, of_referral = bindparam("b_agent", type_=Integer), bindparam("b_referral", type_=Integer)
    now = bindparam("b_now", type_=Instant)
    return (
        insert(offer)  # type: ignore[arg-type]
        .values(
            referral_id=of_referral,
            agent_id=agent,
            kind=OfferKind.GENERAL,
            state=OfferState.OFFERED,
            epoch=bindparam("b_epoch"),
            offered_at=now,
            closes_at=bindparam("b_closes", type_=Instant),
            position=0,
            reason="",
            counted=False,
        )
        .returning(offer.c.id),
        *(
            update(table).where(table.c.agent_id == agent).values(last_offered_at=now)  # type: ignore[arg-type]
            for table in (Registration.__table__, Duty.__table__)
        ),
        insert(decision).values(  # type: ignore[arg-type]
            referral_id=of_referral,
            at=now,
            outcome="General",
            why=bindparam("b_why"),
            seed=bindparam("b_seed"),
            chosen_id=agent,
            candidates=bindparam("b_candidates", type_=JSON),
        ),
        insert(event).values(  # type: ignore[arg-type]
            at=now,
            subject=bindparam("b_subject"),
            actor=ledger.ENGINE,
            action="assigned",
            reason=bindparam("b_reason"),
        ),
    )


def shortlist(
    session: Session, referral: Referral, now: datetime, settings: Settings
) -> list[rules.Candidate]:
    """The nearest agents who can take a General referral, at most ``settings.shortlist`` a ring.

    Within a ring those whose turn it is come first: fewest misses, then longest without an offer.
    """
    told = {
        "language": referral.language,
        "now": now,
        "until": _needed_until(now, settings),
        "referral_id": referral.id,
        "cap": settings.load_cap,
        "limit": settings.shortlist,
        "since": now - timedelta(hours=settings.load_hours),
    }
    found: dict[int, Row[Any]] = {}
    for counties in _rings(referral):
        near = {"counties": counties} if counties else {}
        for row in session.execute(_free_agents(bool(counties)), {**told, **near}):
            found.setdefault(row.agent_id, row)
        if len(found) >= settings.shortlist:
            break
    home = place_of(referral.zip)
    return [
        rules.Candidate(
            agent_id=agent_id,
            doi_number=row.doi_number,
            miles=_miles(home, row),
            same_county=row.county == referral.county,
            misses=row.misses,
            recent=row.recent,
            in_hand=row.in_hand,
            waited=None if row.last_offered_at == NEVER_OFFERED else now - row.last_offered_at,
        )
        for agent_id, row in found.items()
    ]


@cache
def _free_agents(near: bool) -> Executable:
    """Who is on duty long enough, speaks the language, was not asked and may have one more.

    Made once: putting such a statement together takes longer than a database needs for it.
    """
    in_hand = _in_hand()
    asked = select(Offer.agent_id).where(Offer.referral_id == bindparam("referral_id"))
    query = (
        select(
            Duty.agent_id,
            Duty.county,
            Duty.latitude,
            Duty.longitude,
            Duty.misses,
            Duty.last_offered_at,
            Agent.doi_number,
            in_hand.label("in_hand"),
        )
        .join(Agent, Agent.id == Duty.agent_id)
        .where(*_able(in_hand), Duty.agent_id.not_in(asked))
        .order_by(Duty.misses, Duty.last_offered_at)
        .limit(bindparam("limit"))
    )
    if near:
        query = query.where(Duty.county.in_(bindparam("counties", expanding=True)))
    found = query.subquery()
    # Counted only for those who made the list.
    recent = (
        select(func.count())
        .select_from(Offer)
        .where(
            Offer.agent_id == found.c.agent_id,
            Offer.offered_at > bindparam("since", type_=Instant),
            (Offer.kind == OfferKind.GENERAL) | (Offer.state == OfferState.ACCEPTED),
        )
        .scalar_subquery()
    )
    return select(found, recent.label("recent")).order_by(found.c.misses, found.c.last_offered_at)


@cache
def _still_free() -> Select[Any]:
    """Whether an agent, locked since, may be assigned what ``_free_agents`` found them free for."""
    return select(Duty.agent_id).where(Duty.agent_id == bindparam("agent_id"), *_able(_in_hand()))


def _in_hand() -> ScalarSelect[int]:
    return (
        select(func.count())
        .select_from(Referral)
        .where(Referral.holder_id == Duty.agent_id, Referral.stage.in_(IN_HAND))
        .correlate(Duty)
        .scalar_subquery()
    )


def _able(in_hand: ScalarSelect[int]) -> list[ColumnElement[bool]]:
    return [
        Duty.language == bindparam("language"),
        Duty.opens_at <= bindparam("now", type_=Instant),
        Duty.closes_at >= bindparam("until", type_=Instant),
        in_hand < bindparam("cap"),
    ]


def _needed_until(now: datetime, settings: Settings) -> datetime:
    """How long an agent must be on duty to be given a window: it, and the time to call."""
    return now + timedelta(seconds=settings.accept_seconds + settings.call_margin_seconds)


def _rings(referral: Referral) -> Iterator[list[str]]:
    """Counties to look in, ring after ring; the last, empty, means everywhere."""
    yield [referral.county]
    away = counties_by_distance(referral.zip)
    inner = 0.0
    for outer in RINGS:
        ring = [c for c, far in away if inner < far <= outer and c != referral.county]
        if ring:
            yield ring
        inner = outer
    yield []


def _miles(home: Place | None, duty: Row[Any]) -> float:
    if home is None:
        return float(RINGS[-1]) * 2
    return miles(home, Place("", duty.county, "", duty.latitude, duty.longitude, ""))


def _lock_first(
    session: Session,
    referral: Referral,
    ranked: list[rules.Ranked],
    now: datetime,
    settings: Settings,
) -> rules.Candidate | None:
    """The best candidate who is still free, with the registration locked against other choices."""
    told = {
        "language": referral.language,
        "now": now,
        "until": _needed_until(now, settings),
        "cap": settings.load_cap,
    }
    for wait in (False, True):
        for each in ranked:
            agent_id = each.candidate.agent_id
            locked = session.scalar(
                select(Registration.agent_id)
                .where(
                    Registration.agent_id == agent_id,
                    Registration.status == RegistrationStatus.REGISTERED,
                )
                # Locked now means another engine is assigning to them: the next best is freer.
                .with_for_update(skip_locked=not wait)
            )
            if locked is None:
                continue
            # Looked up again under the lock: hours, absence or load may have changed since.
            if session.scalar(_still_free(), {**told, "agent_id": agent_id}) is not None:
                return each.candidate
    return None


# Mass -----------------------------------------------------------------------------------------


def _mass(
    session: Session, referral: Referral, now: datetime, settings: Settings, seed: str
) -> bool:
    """Offer to everybody on duty who was not offered this Mass yet; False if nobody is."""
    on_duty = _on_duty(session, referral, now)
    foreign = not on_duty and settings.mass_any_language
    if foreign:
        on_duty = _on_duty(session, referral, now, any_language=True)
    on_duty -= _asked_in_mass(session, referral)
    if not on_duty:
        return False
    # A batch at a time: others' work need not wait until thousands are told.
    left = len(on_duty) - settings.mass_batch
    order = rules.shuffled(sorted(on_duty), seed)[: settings.mass_batch]
    more = referral.stage == Stage.MASS
    if not more:
        referral.epoch += 1
        referral.stage, referral.holder_id = Stage.MASS, None
        _waited_enough(referral, now)
    session.flush()
    offers = session.scalars(
        insert(Offer).returning(Offer, sort_by_parameter_order=True),
        [
            {
                "referral_id": referral.id,
                "agent_id": agent_id,
                "kind": OfferKind.MASS,
                "epoch": referral.epoch,
                "offered_at": now,
                "position": position,
            }
            for position, agent_id in enumerate(order)
        ],
    ).all()
    session.add(
        Decision(
            referral_id=referral.id,
            at=now,
            outcome="Mass",
            why=_why_mass(referral, more, foreign, len(order)),
            seed=seed,
            chosen_id=None,
            candidates=[{"agent_id": agent_id} for agent_id in order],
        )
    )
    ledger.note(
        session, now, referral, ledger.ENGINE, "offered to all", f"Mass, {len(order)} agents"
    )
    until = given_up_at(referral, settings)
    notify.tell_offers(session, referral, offers, now, settings, until, foreign)
    referral.due_at = now if left > 0 else _look_again(session, referral, now, settings)
    return True


def _why_mass(referral: Referral, more: bool, foreign: bool, count: int) -> str:
    if more:
        return f"offered to {count} more on duty"
    lead = "no speaker of the language is on duty; " if foreign else ""
    return f"{lead}offered to {count} on duty, in random order"


def _on_duty(
    session: Session, referral: Referral, now: datetime, any_language: bool = False
) -> set[int]:
    """Everybody on duty who did not say no to this referral."""
    query = select(Duty.agent_id).where(
        Duty.opens_at <= now, Duty.closes_at > now, Duty.agent_id.not_in(_said_no(referral))
    )
    if not any_language:
        query = query.where(Duty.language == referral.language)
    return set(session.scalars(query))


def _said_no(referral: Referral) -> Select[int]:
    return select(Offer.agent_id).where(
        Offer.referral_id == referral.id,
        Offer.state.in_([OfferState.REJECTED, OfferState.HANDED_BACK]),
    )


def _asked_in_mass(session: Session, referral: Referral) -> set[int]:
    live = select(Offer.agent_id).where(
        Offer.referral_id == referral.id,
        Offer.kind == OfferKind.MASS,
        Offer.epoch == referral.epoch,
    )
    return set(session.scalars(live))


# Nobody ---------------------------------------------------------------------------------------


def _wait(session: Session, referral: Referral, now: datetime, settings: Settings) -> None:
    opening = _next_opening(session, referral, now, settings)
    if referral.stage != Stage.WAITING or referral.expected_from != opening:
        session.add(
            Decision(
                referral_id=referral.id,
                at=now,
                outcome="Waiting",
                why=NOBODY
                + (f"; the first agent opens at {opening.isoformat()}" if opening else ""),
                seed="",
                chosen_id=None,
                candidates=[],
            )
        )
        ledger.note(session, now, referral, ledger.ENGINE, "waiting", NOBODY)
    if referral.stage != Stage.WAITING:
        referral.epoch += 1
    referral.stage, referral.holder_id = Stage.WAITING, None
    referral.expected_from = opening
    referral.due_at = _look_again(session, referral, now, settings)


def _next_opening(
    session: Session, referral: Referral, now: datetime, settings: Settings
) -> datetime | None:
    opening = select(func.min(Duty.opens_at)).where(
        Duty.opens_at > now, Duty.agent_id.not_in(_said_no(referral))
    )
    if not settings.mass_any_language:
        opening = opening.where(Duty.language == referral.language)
    return session.scalar(opening)


def _look_again(
    session: Session, referral: Referral, now: datetime, settings: Settings
) -> datetime:
    # Once the promise is broken there is less hurry, and there may be many such over night.
    pause = settings.relook_seconds * (1 if referral.status == Status.PENDING else LATE_PAUSE)
    due = [now + timedelta(seconds=pause), given_up_at(referral, settings)]
    if referral.expected_from is not None and referral.expected_from > now:
        due.append(referral.expected_from)
    if referral.status == Status.PENDING:
        due.append(late_at(referral, settings))
    return max(min(due), now)


def _waited_enough(referral: Referral, now: datetime) -> None:
    """Somebody came on duty before the expected opening: the time to take it runs from now."""
    if referral.expected_from is not None and referral.expected_from > now:
        referral.expected_from = now


def _mark_late(session: Session, referral: Referral, now: datetime, settings: Settings) -> None:
    if referral.status == Status.PENDING and now >= late_at(referral, settings):
        referral.status, referral.unfilled_at = Status.UNFILLED, now
        ledger.note(session, now, referral, ledger.ENGINE, "unfilled", "nobody took it in time")
        if settings.untaken_mass_counts:
            _count_untaken(session, referral, now, settings)


def _count_untaken(session: Session, referral: Referral, now: datetime, settings: Settings) -> None:
    """Count a miss of everybody whom a live Mass offer reached (OPEN; off by default).

    The offer stays open: who accepts after all begins a new run.
    """
    live = {
        offer.id: offer
        for offer in session.scalars(
            select(Offer).where(
                Offer.referral_id == referral.id,
                Offer.kind == OfferKind.MASS,
                Offer.state == OfferState.OFFERED,
                Offer.counted.is_(False),
            )
        )
    }
    seen = set(live) if settings.undelivered_counts else notify.delivered_offers(session, live)
    reached = {live[offer_id].agent_id for offer_id in seen}
    registered = session.scalars(
        select(Agent)
        .join(Registration, Registration.agent_id == Agent.id)
        .where(Agent.id.in_(reached), Registration.status == RegistrationStatus.REGISTERED)
    ).all()
    ledger.lock_registrations(session, [agent.id for agent in registered])
    for agent in registered:
        ledger.agent_event(session, now, agent, referral, rules.MISSED)
    counts = {agent.id: 1 for agent in registered}
    for offer_id in seen:
        live[offer_id].counted = live[offer_id].agent_id in counts
    session.flush()
    runs, ended = ledger.add_misses(session, now, counts, settings)
    number = REFERRALS.shown(referral.number)
    for agent_id, run in runs.items():
        notify.tell(
            session,
            [agent_id],
            f"untaken:{referral.number}:{referral.epoch}",
            words.missed(number, run, settings.miss_limit),
            now,
            subject=ledger.referral_subject(referral.number),
        )
    notify.tell_deregistered(session, ended, now)


def _is_given_up(session: Session, referral: Referral, now: datetime, settings: Settings) -> bool:
    if now < given_up_at(referral, settings):
        return False
    referral.status, referral.stage = Status.UNFILLED, Stage.CLOSED
    referral.unfilled_at = referral.unfilled_at or now
    referral.closed_at, referral.due_at, referral.holder_id = now, None, None
    referral.epoch += 1
    close_offers(session, referral, now, OfferState.WITHDRAWN)
    ledger.note(session, now, referral, ledger.ENGINE, "given up", "nobody took it")
    return True


def close_offers(
    session: Session,
    referral: Referral,
    now: datetime,
    state: OfferState,
    but: int | None = None,
) -> list[tuple[int, int]]:
    """End the live offers of a referral but one; (offer, agent) of those it ended."""
    session.flush()
    ended = session.execute(
        update(Offer)
        .where(
            Offer.referral_id == referral.id,
            Offer.state == OfferState.OFFERED,
            Offer.id != (but or 0),
        )
        .values(state=state, answered_at=now)
        .returning(Offer.id, Offer.agent_id)
        .execution_options(synchronize_session=False)
    ).all()
    pairs = [(offer_id, agent_id) for offer_id, agent_id in ended]
    notify.withdraw_offers(session, [offer_id for offer_id, _ in pairs], now)
    return pairs
