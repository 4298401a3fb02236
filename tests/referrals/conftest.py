"""A small world of kynect On Demand: agents with linked chats, an engine, a clock that stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from psl.agents.availability import DayHours, Span, WeeklyHours
from psl.agents.models import Registration
from psl.agents.registration import Registrations
from psl.agents.rules import COLUMNS
from psl.agents.service import Roster
from psl.audit import AuditEvent
from psl.database import Database
from psl.guide import Guide
from psl.notices import Notice, Notices
from psl.privacy import Masker
from psl.referrals.auditor import violations
from psl.referrals.intake import Request
from psl.referrals.models import Decision, Offer, OfferState, Referral
from psl.referrals.service import Referrals, Requested
from psl.referrals.sweep import Sweeper
from psl.settings import Settings
from tests.conftest import Clock

LOUISVILLE, LEXINGTON, PADUCAH, PIKEVILLE = "40202", "40507", "42001", "41501"
EASTERN, CENTRAL = "America/New_York", "America/Chicago"


class StillClock(Clock):
    """A clock that does not move by being looked at, so that exact instants can be met."""

    def __call__(self) -> datetime:
        return self.time

    def set(self, *when: int) -> datetime:
        """Go to an instant of UTC."""
        self.time = datetime(*when, tzinfo=UTC)  # type: ignore[misc,arg-type]
        return self.time


def hours(start: float, end: float, days: Sequence[int] = range(7)) -> WeeklyHours:
    """The same hours, in hours after midnight, on some weekdays."""
    day = DayHours(Span(int(start * 60), int(end * 60)))
    return WeeklyHours(tuple(day if n in days else None for n in range(7)))


@dataclass
class OnDemand:
    """Agents, residents and an engine on one database."""

    database: Database
    settings: Settings
    clock: Clock
    guide: Guide
    masker: Masker | None = None
    names: dict[str, int] = field(default_factory=dict)
    phones: int = 0

    def __post_init__(self) -> None:
        self.roster = Roster(self.database, self.settings, b"the key of a test")
        self.registrations = Registrations(self.database, self.guide, self.settings)
        self.notices = Notices(self.database)
        self.use()

    def use(self, **changed: Any) -> None:
        """Go on with some settings changed."""
        self.settings = self.settings.model_copy(update=changed)
        self.registrations = Registrations(self.database, self.guide, self.settings)
        self.referrals = Referrals(self.database, self.settings, self.masker)
        self.sweeper = Sweeper(self.database, self.settings)

    # Agents -------------------------------------------------------------------------------------

    def agent(
        self,
        name: str,
        zip_code: str = LOUISVILLE,
        languages: str = "English",
        week: WeeklyHours | None = None,
        zone: str = EASTERN,
        chats: int = 1,
        register: bool = True,
        expires: str = "2028-03-31",
    ) -> int:
        """A new eligible agent with linked chats, registered in the three sections and by Save."""
        number = str(700001 + len(self.names))
        self.import_agent(name, number, zip_code, languages, expires)
        for n in range(1, chats + 1):
            self.link(name, n)
        if register:
            self.register(name, week, zone)
        return self.names[name]

    def import_agent(
        self, name: str, number: str, zip_code: str, languages: str, expires: str
    ) -> None:
        """Bring an agent to the roster, or change what the roster has."""
        row = (
            f"{number},19{number},{name.capitalize()} Rowan,Example Insurance,Agent,"
            f"{name}@example.org,502-555-0101,{zip_code},{languages},1,{expires},"
            "2026-09-01,2026-08-01"
        )
        report = self.roster.import_csv(f"{','.join(COLUMNS)}\n{row}\n")
        assert not report.refused
        self.names[name] = self.roster.by_doi_number(number).id

    def link(self, name: str, n: int = 1) -> None:
        """Link the agent's n-th chat."""
        self.roster.link(f"web:{name}:{n}", self.roster.issue_code(self.doi(name)))

    def register(self, name: str, week: WeeklyHours | None = None, zone: str = EASTERN) -> None:
        """The three sections and Save."""
        agent_id = self.names[name]
        self.registrations.agree(agent_id)
        self.registrations.set_contact(agent_id, "phone")
        self.registrations.draft_hours(agent_id, week or WeeklyHours.always(), zone)
        self.registrations.save(agent_id)

    def doi(self, name: str) -> str:
        """The agent's DOI number."""
        return str(700001 + list(self.names).index(name))

    def name_of(self, agent_id: int) -> str:
        """The agent's short name."""
        return next(name for name, known in self.names.items() if known == agent_id)

    def misses(self, name: str) -> int:
        """The kept run of misses."""
        return self.registrations.of(self.names[name]).misses

    # Residents ----------------------------------------------------------------------------------

    def request(self, dispatch: bool = True, **changed: Any) -> Referral:
        """A resident asks; the engine looks at once, unless ``dispatch`` is False."""
        made = self.ask(**changed)
        if dispatch:
            self.sweeper.dispatch_now(made.referral.id)
        return self.referral(made.referral.number)

    def ask(self, key: str | None = None, **changed: Any) -> Requested:
        """A resident asks; each time another phone unless one is given."""
        self.phones += 1
        told = {
            "first_name": "Pat",
            "last_name": "Poplar",
            "phone": f"502-555-{100 + self.phones:04d}",
            "preferred_contact": "phone",
            "zip": LOUISVILLE,
            **changed,
        }
        return self.referrals.request(Request(**told), key)

    def referral(self, number: str) -> Referral:
        """As it is now."""
        return self.referrals.by_number(number)

    # Offers -------------------------------------------------------------------------------------

    def offers(self, referral: Referral) -> list[Offer]:
        """All offers of a referral, in order."""
        with self.database.transaction() as session:
            return list(
                session.scalars(
                    select(Offer).where(Offer.referral_id == referral.id).order_by(Offer.id)
                )
            )

    def offer_of(self, referral: Referral, name: str) -> Offer:
        """The agent's latest offer of a referral."""
        return [o for o in self.offers(referral) if o.agent_id == self.names[name]][-1]

    def asked(self, referral: Referral) -> list[tuple[str, str, str]]:
        """Who was asked how, and what became of it: (name, kind, state)."""
        return [
            (self.name_of(o.agent_id), str(o.kind), str(o.state)) for o in self.offers(referral)
        ]

    def lapse(self, name: str, *, delivered: bool = True) -> Referral:
        """A referral that this agent, the only one free, lets lapse."""
        referral = self.request()
        assert self.offer_of(referral, name).state == OfferState.OFFERED
        if delivered:
            self.deliver(name)
        self.clock.advance(seconds=self.settings.accept_seconds)
        self.sweeper.sweep_all()
        return self.referral(referral.number)

    # Notices ------------------------------------------------------------------------------------

    def deliver(self, *names: str) -> list[Notice]:
        """Deliver what is due, to these agents or to everybody; what it was."""
        chats = [f"web:{name}:{n}" for name in names or self.names for n in (1, 2)]
        claimed = self.notices.claim("web", limit=1000, chats=chats)
        for notice in claimed.notices:
            assert self.notices.delivered(claimed.token, notice.id)
        return list(claimed.notices)

    def told(self, *names: str) -> list[str]:
        """The texts of what is due now for these agents, delivered."""
        return [notice.text for notice in self.deliver(*names)]

    def outbox(self) -> list[Notice]:
        """Every notice there is."""
        with self.database.transaction() as session:
            return list(session.scalars(select(Notice).order_by(Notice.due_at, Notice.id)))

    # The log ------------------------------------------------------------------------------------

    def events(self, subject: str) -> list[str]:
        """The actions of a subject's events, oldest first."""
        with self.database.transaction() as session:
            return list(
                session.scalars(
                    select(AuditEvent.action)
                    .where(AuditEvent.subject == subject)
                    .order_by(AuditEvent.id)
                )
            )

    def count_events(self, action: str) -> int:
        """How many events of a kind there are."""
        with self.database.transaction() as session:
            return (
                session.scalar(
                    select(func.count()).select_from(AuditEvent).where(AuditEvent.action == action)
                )
                or 0
            )

    def decisions(self, referral: Referral) -> list[Decision]:
        """Why, oldest first."""
        return self.referrals.decisions(referral.number)

    def registration(self, name: str) -> Registration:
        """The agent's row."""
        with self.database.reading() as session:
            return session.get_one(Registration, self.names[name])

    def is_sound(self) -> bool:
        """No invariant is broken and every run of misses is what the events say."""
        broken = {name: found for name, found in violations(self.database).items() if found}
        wrong = self.referrals.recount()
        assert not broken, broken
        assert not wrong, [(agent.doi_number, kept, true) for agent, kept, true in wrong]
        return True


@pytest.fixture
def clock() -> StillClock:
    """Monday, November 23, 2026, 10:00 AM Eastern."""
    return StillClock()


@pytest.fixture
def od(database: Database, settings: Settings, clock: Clock, guide: Guide) -> OnDemand:
    """On Demand without agents, once on SQLite and once on PostgreSQL."""
    return OnDemand(database, settings, clock, guide)


@pytest.fixture(scope="session")
def masker() -> Masker:
    return Masker()
