"""What every change of a referral writes beside it: events, and the run of misses."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, func, literal, select, update
from sqlalchemy.orm import Session

from psl import audit
from psl.agents import registration as registrations
from psl.agents.models import Agent, Duty, Registration, RegistrationStatus
from psl.database import among
from psl.numbers import REFERRALS
from psl.referrals.models import Referral
from psl.settings import Settings

ENGINE = "engine"
REFERRAL = "referral:"
AGENT = "agent:"


def shown_number() -> ColumnElement[str]:
    """A referral's number as people see it, for statements that stay inside the database."""
    first, second = func.substr(Referral.number, 1, 4), func.substr(Referral.number, 5, 4)
    return literal(f"{REFERRALS.letter}-") + first + "-" + second


def referral_subject(number: str) -> str:
    """The audit's name for a referral."""
    return f"{REFERRAL}{REFERRALS.shown(number)}"


def agent_subject(doi_number: str) -> str:
    """The audit's name for an agent."""
    return f"{AGENT}{doi_number}"


def note(
    session: Session, at: datetime, referral: Referral, actor: str, action: str, reason: str = ""
) -> None:
    """Add an event of a referral."""
    audit.record(
        session,
        at,
        subject=referral_subject(referral.number),
        actor=actor,
        action=action,
        reason=reason,
    )


def agent_event(
    session: Session, at: datetime, agent: Agent, referral: Referral, action: str
) -> None:
    """Add an event of an agent; the run of misses is what these amount to."""
    audit.record(
        session,
        at,
        subject=agent_subject(agent.doi_number),
        actor=ENGINE,
        action=action,
        reason=REFERRALS.shown(referral.number),
    )


def set_misses(session: Session, registration: Registration, misses: int) -> None:
    """Keep the copies of the run of misses in step with the events."""
    if registration.misses != misses:
        registration.misses = misses
        session.execute(
            update(Duty).where(Duty.agent_id == registration.agent_id).values(misses=misses)
        )


def locked_registration(session: Session, agent_id: int) -> Registration | None:
    """The agent's registration, locked until the transaction ends."""
    return session.scalar(
        select(Registration)
        .where(Registration.agent_id == agent_id)
        .with_for_update(of=Registration)
        .execution_options(populate_existing=True)
    )


def lock_registrations(session: Session, agent_ids: Collection[int]) -> None:
    """Lock agents' registrations; do it before events that count are written.

    Otherwise another transaction's event could be written between, and be counted before: the run
    of misses would not be what the log amounts to. In one order, so that two sweeps never wait for
    each other in a ring.
    """
    session.execute(
        select(Registration.agent_id)
        .where(among(session, Registration.agent_id, agent_ids))
        .order_by(Registration.agent_id)
        .with_for_update()
    )


def add_misses(
    session: Session, now: datetime, counts: Mapping[int, int], settings: Settings
) -> tuple[dict[int, int], list[Registration]]:
    """Count misses whose events were written, by agent; the caller has locked the registrations.

    Returns each agent's run after it, and the registrations that this ended (GUIDE).
    """
    runs: dict[int, int] = {}
    for more in sorted(set(counts.values())):
        # A statement for all of them: a batch of lapses may be thousands of agents.
        ids = [agent_id for agent_id, count in counts.items() if count == more]
        changed = session.execute(
            update(Registration)
            .where(among(session, Registration.agent_id, ids))
            .values(misses=Registration.misses + more)
            .returning(Registration.agent_id, Registration.misses)
            .execution_options(synchronize_session=False)
        )
        runs |= {agent_id: misses for agent_id, misses in changed}
        session.execute(
            update(Duty)
            .where(among(session, Duty.agent_id, ids))
            .values(misses=Duty.misses + more)
            .execution_options(synchronize_session=False)
        )
    ended = []
    for agent_id in sorted(a for a, misses in runs.items() if misses >= settings.miss_limit):
        registration = session.get_one(Registration, agent_id, populate_existing=True)
        if registration.status == RegistrationStatus.REGISTERED:
            reason = f"{registration.misses} consecutive missed referrals"
            registrations.deregister(session, registration.agent, registration, now, reason)
            ended.append(registration)
    return runs, ended
