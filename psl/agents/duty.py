"""Who can be offered referrals now: a copy of the roster made for choosing quickly."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, exists, insert, select
from sqlalchemy.orm import Session

from psl.agents.availability import OutOfOffice, WeeklyHours, next_opening, open_until
from psl.agents.eligibility import eligible
from psl.agents.models import Agent, ChatLink, Duty, Registration, RegistrationStatus
from psl.database import Database
from psl.places import place_of

# A span is looked at this far ahead; one that is longer is looked at again a day before its end.
HORIZON = timedelta(days=8)
AHEAD = timedelta(days=1)
# As data/guide/languages.yml names it.
SIGN_LANGUAGE = "American Sign Language (ASL)"
NEVER_OFFERED = datetime(2000, 1, 1, tzinfo=UTC)


def refresh(session: Session, agent_id: int, now: datetime) -> None:
    """Rewrite an agent's duty rows; call it in the transaction that changes what they copy.

    Without a registration, a chat that can be reached or a criterion there are none: nobody is assigned a
    referral whom nothing can reach.
    """
    session.flush()
    session.execute(delete(Duty).where(Duty.agent_id == agent_id))
    rows = _rows(session, agent_id, now)
    if rows:
        session.execute(insert(Duty), rows)


def _rows(session: Session, agent_id: int, now: datetime) -> list[dict[str, object]]:
    registration = session.get(Registration, agent_id, populate_existing=True)
    agent = session.get(Agent, agent_id)
    if agent is None or registration is None:
        return []
    if registration.status != RegistrationStatus.REGISTERED or not registration.zone:
        return []
    reachable = exists().where(ChatLink.agent_id == agent_id, ChatLink.unreachable_at.is_(None))
    if not session.scalar(select(reachable)):
        return []
    today = now.astimezone(ZoneInfo(registration.zone)).date()
    place = place_of(agent.zip)
    if place is None or not eligible(agent, today):
        return []
    hours = WeeklyHours.from_json(registration.hours)
    out = (
        OutOfOffice(registration.out_from, registration.out_until)
        if registration.out_from is not None
        else None
    )
    opens = next_opening(hours, registration.zone, out, now)
    if opens is None:
        return []
    closes = open_until(hours, registration.zone, out, opens, HORIZON) or opens
    refresh_at = closes - AHEAD if closes >= opens + HORIZON else closes
    if agent.licence_expires is not None:
        # The day of expiry still counts.
        over = datetime.combine(
            agent.licence_expires + timedelta(days=1), time(), ZoneInfo(registration.zone)
        )
        closes, refresh_at = min(closes, over), min(refresh_at, over)
        if opens >= closes:
            return []
    return [
        {
            "agent_id": agent_id,
            "language": language,
            "county": place.county,
            "latitude": place.latitude,
            "longitude": place.longitude,
            "opens_at": opens,
            "closes_at": closes,
            "refresh_at": refresh_at,
            "misses": registration.misses,
            "last_offered_at": registration.last_offered_at or NEVER_OFFERED,
        }
        for language in spoken(agent, registration)
    ]


def spoken(agent: Agent, registration: Registration) -> list[str]:
    """The languages an agent can be asked for; who offers ASL speaks it to a resident who signs."""
    signs = [SIGN_LANGUAGE] if "ASL" in registration.services else []
    return list(dict.fromkeys([*(registration.languages or agent.languages), *signs]))


def refresh_due(database: Database, limit: int = 500) -> int:
    """Rewrite the rows whose span is over; how many agents that were."""

    def work(session: Session) -> int:
        now = database.now(session)
        # Locked by the registration: whoever changes it refreshes for itself.
        over = session.scalars(
            select(Registration.agent_id)
            .where(
                Registration.agent_id.in_(
                    select(Duty.agent_id).where(Duty.refresh_at <= now).limit(limit)
                )
            )
            .with_for_update(skip_locked=True)
        ).all()
        for agent_id in over:
            refresh(session, agent_id, now)
        return len(over)

    return database.run(work)


def next_refresh(session: Session) -> datetime | None:
    """When the next span is over."""
    return session.scalar(select(Duty.refresh_at).order_by(Duty.refresh_at).limit(1))
