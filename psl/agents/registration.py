"""Registering for kynect On Demand, and what a registered agent may change."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from psl import audit
from psl.agents import duty
from psl.agents.availability import (
    ZONES,
    OutOfOffice,
    WeeklyHours,
    is_open,
    local_words,
    next_opening,
    open_until,
    zone_name,
)
from psl.agents.eligibility import Criterion, criteria
from psl.agents.models import Agent, ChatLink, Registration, RegistrationStatus
from psl.database import Database
from psl.errors import BadInput, IllegalMove, Incomplete, NotYours, PslError
from psl.guide import Guide
from psl.languages import language_name
from psl.places import place_of
from psl.settings import Settings

# The three sections of the 'kynect On Demand' tab in their order (GUIDE).
SECTIONS = {
    "agree": "Agree to Register",
    "contact": "Preferred Contact Information",
    "hours": "Schedule & Availability",
}
METHODS = ("phone", "text", "email")
# What My Settings has beside the spoken languages (PUBLIC).
SERVICES = ("ASL", "TTY", "KyRelay")
# Where nothing better is known; most of Kentucky's counties keep Eastern time.
HOME_ZONE = "America/New_York"


class NotEligible(PslError):
    """A criterion is not met; ``unmet`` names those and what to do."""

    def __init__(self, unmet: tuple[Criterion, ...]) -> None:
        lines = (f"• {criterion.name}: {criterion.todo}" for criterion in unmet)
        super().__init__("\n".join(["You cannot register yet. What remains:", *lines]))
        self.unmet = unmet


@dataclass(frozen=True)
class Section:
    """One of the three sections and whether it is filled in."""

    key: str
    title: str
    done: bool


@dataclass(frozen=True)
class View:
    """An agent's registration as it stood at the instant ``at``.

    ``hours`` and ``zone`` are what counts; ``draft_hours`` and ``draft_zone`` were told but not
    saved. ``out_of_office`` is None once it is over. ``languages`` are the registration's own, or
    the roster's while none were chosen here. ``status`` is None before anything was told.
    """

    agent: Agent
    at: datetime
    status: RegistrationStatus | None
    agreed: bool
    contact_method: str | None
    contact_phone: str | None
    languages: tuple[str, ...]
    services: tuple[str, ...]
    zone: str | None
    hours: WeeklyHours | None
    draft_zone: str | None
    draft_hours: WeeklyHours | None
    home_zone: str
    out_of_office: OutOfOffice | None
    misses: int
    registered_at: datetime | None
    ended_at: datetime | None
    ended_reason: str | None

    @property
    def registered(self) -> bool:
        """Whether the agent takes part now."""
        return self.status == RegistrationStatus.REGISTERED

    @property
    def next_zone(self) -> str | None:
        """The zone after Save."""
        return self.draft_zone or self.zone

    @property
    def next_hours(self) -> WeeklyHours | None:
        """The hours after Save."""
        return self.draft_hours or self.hours

    @property
    def has_draft(self) -> bool:
        """Whether hours or zone wait for Save."""
        return self.draft_zone is not None or self.draft_hours is not None

    @property
    def sections(self) -> tuple[Section, ...]:
        """The three sections, done or not."""
        hours = self.next_hours
        done = {
            "agree": self.agreed,
            "contact": self.contact_method is not None,
            "hours": self.next_zone is not None and hours is not None and not hours.is_empty,
        }
        return tuple(Section(key, title, done[key]) for key, title in SECTIONS.items())

    @property
    def missing(self) -> tuple[str, ...]:
        """The keys of the sections that are not done."""
        return tuple(section.key for section in self.sections if not section.done)


@dataclass(frozen=True)
class _Change:
    """One change: the locked registration and what belongs to it."""

    session: Session
    now: datetime
    agent: Agent
    registration: Registration

    def log(self, action: str, reason: str = "") -> None:
        audit.record(
            self.session,
            self.now,
            subject=f"agent:{self.agent.doi_number}",
            actor=f"agent:{self.agent.doi_number}",
            action=action,
            reason=reason,
        )

    @property
    def registered(self) -> bool:
        return self.registration.status == RegistrationStatus.REGISTERED


class Registrations:
    """The registrations of all agents. Every method raises NotYours for an unknown agent."""

    def __init__(self, database: Database, guide: Guide, settings: Settings) -> None:
        """``guide`` says what to do about an unmet criterion."""
        self._db = database
        self._guide = guide
        self._settings = settings

    # Reading ----------------------------------------------------------------------------------

    def of(self, agent_id: int) -> View:
        """Where the agent stands now."""
        with self._db.reading() as session:
            return self._view(session, agent_id, self._db.now(session))

    def registered(self) -> frozenset[int]:
        """The ids of all registered agents."""
        with self._db.reading() as session:
            found = select(Registration.agent_id).where(
                Registration.status == RegistrationStatus.REGISTERED
            )
            return frozenset(session.scalars(found))

    def eligibility(self, agent_id: int) -> tuple[Criterion, ...]:
        """Each criterion to register, met or not, with what to do."""
        view = self.of(agent_id)
        return self._criteria(view.agent, view.at, view.next_zone)

    def why_none(
        self, agent_id: int, now: datetime | None = None, load: int = 0
    ) -> tuple[Criterion, ...]:
        """All that can keep an agent from being offered referrals, met or not, in this order.

        Args:
            agent_id: whose.
            now: the instant; the database's clock if None.
            load: how many referrals the agent has in hand.
        """
        with self._db.reading() as session:
            now = now or self._db.now(session)
            view = self._view(session, agent_id, now)
            linked = session.scalar(
                select(func.count()).select_from(ChatLink).where(ChatLink.agent_id == agent_id)
            )
        found = [
            Criterion(
                "linked",
                "A linked chat",
                bool(linked),
                "Referrals reach you only in a chat: send “link” and your link code there.",
            ),
            Criterion("registered", *self._registered(view)),
            *self._criteria(view.agent, now, view.next_zone),
        ]
        if view.registered and view.zone and view.hours:
            found += [_hours_now(view.hours, view.zone, now), _in_office(view, view.zone)]
        cap = self._settings.load_cap
        found += [
            Criterion("languages", f"Languages: {', '.join(view.languages)}", bool(view.languages)),
            Criterion(
                "load",
                f"Referrals in hand: {load} of at most {cap}",
                load < cap,
                "Set those that are finished Complete.",
            ),
        ]
        return tuple(found)

    def _registered(self, view: View) -> tuple[str, bool, str]:
        if view.registered:
            draft = " (changed hours are not saved yet)" if view.has_draft else ""
            return f"Registered{draft}", True, ""
        todo = "All three sections, then Save. Say “register me” here."
        if view.status == RegistrationStatus.DEREGISTERED:
            return "De-registered", False, f"Register again: {todo[0].lower()}{todo[1:]}"
        left = ", ".join(SECTIONS[key] for key in view.missing)
        return "Not registered", False, f"{todo} Still open: {left or 'only Save'}."

    # Filling in -------------------------------------------------------------------------------

    def agree(self, agent_id: int) -> View:
        """Section 1: the agent agrees to take part."""

        def change(c: _Change) -> None:
            c.registration.agreed_at = c.registration.agreed_at or c.now

        return self._change(agent_id, change)

    def set_contact(
        self, agent_id: int, method: str | None = None, phone: str | None = None
    ) -> View:
        """Section 2: how the agent wants to be reached.

        Args:
            agent_id: whose.
            method: "phone", "text" or "email"; None leaves it.
            phone: another number for On Demand only (kept here, never DOI's); "" goes back to
                DOI's; None leaves it.

        Raises:
            BadInput: there is no such method, or it is no phone number.
        """
        if method is not None and method not in METHODS:
            raise BadInput(f"Choose one of: {', '.join(METHODS)}.")
        number = read_phone(phone) if phone else None

        def change(c: _Change) -> None:
            before = (c.registration.contact_method, c.registration.contact_phone)
            if method is not None:
                c.registration.contact_method = method
            if phone is not None:
                c.registration.contact_phone = None if number == c.agent.phone else number
            if before != (c.registration.contact_method, c.registration.contact_phone):
                c.log("contact changed", c.registration.contact_method or "")

        return self._change(agent_id, change)

    def set_languages(
        self, agent_id: int, add: Iterable[str] = (), remove: Iterable[str] = ()
    ) -> View:
        """The languages the agent speaks with residents.

        Raises:
            BadInput: none would be left.
        """
        more = [language_name(name, self._settings.guide_dir) for name in add]
        less = {language_name(name, self._settings.guide_dir) for name in remove}

        def change(c: _Change) -> None:
            before = list(c.registration.languages or c.agent.languages)
            after = [name for name in dict.fromkeys([*before, *more]) if name not in less]
            if not after:
                raise BadInput("At least one language stays. Tell me which one you speak instead.")
            if after != before:
                c.registration.languages = after
                c.log("languages changed", ", ".join(after))

        return self._change(agent_id, change)

    def set_services(
        self, agent_id: int, add: Iterable[str] = (), remove: Iterable[str] = ()
    ) -> View:
        """ASL, TTY, KyRelay.

        Raises:
            BadInput: there is no such service.
        """
        more, less = set(add), set(remove)
        if unknown := (more | less) - set(SERVICES):
            raise BadInput(f"Not a service here: {', '.join(sorted(unknown))}.")

        def change(c: _Change) -> None:
            before = list(c.registration.services or ())
            after = [name for name in SERVICES if name in {*before, *more} - less]
            if after != before:
                c.registration.services = after
                c.log("languages changed", f"services: {', '.join(after) or 'none'}")

        return self._change(agent_id, change)

    def draft_hours(
        self, agent_id: int, hours: WeeklyHours | None = None, zone: str | None = None
    ) -> View:
        """Section 3: hours or zone as told; they do not count until ``save``.

        Raises:
            BadInput: there is no such zone.
        """
        if zone is not None and zone not in ZONES:
            raise BadInput("Kentucky has Eastern and Central Time. Which of them?")

        def change(c: _Change) -> None:
            draft = dict(c.registration.draft or {})
            if hours is not None:
                draft["hours"] = hours.to_json()
            if zone is not None:
                draft["zone"] = zone
            if c.registered:
                saved = {"hours": c.registration.hours, "zone": c.registration.zone}
                draft = {key: value for key, value in draft.items() if value != saved[key]}
            c.registration.draft = draft

        return self._change(agent_id, change)

    def discard_draft(self, agent_id: int) -> View:
        """Forget hours and zone that were not saved."""

        def change(c: _Change) -> None:
            c.registration.draft = {}

        return self._change(agent_id, change)

    def save(self, agent_id: int) -> View:
        """Press Save: it completes a registration, and makes drafted hours count.

        Raises:
            Incomplete: sections are still open; names them.
            NotEligible: a criterion is not met.
            IllegalMove: a waiting time before registering again is set, and is not over.
        """

        def change(c: _Change) -> None:
            view = self._shown(c.agent, c.registration, c.now)
            if not c.registered:
                unmet = tuple(
                    x for x in self._criteria(c.agent, c.now, view.next_zone) if not x.met
                )
                if unmet:
                    raise NotEligible(unmet)
                self._must_not_wait(c, view)
            if view.missing:
                raise Incomplete(tuple(SECTIONS[key] for key in view.missing))
            registration = c.registration
            if registration.draft:
                registration.hours = registration.draft.get("hours", registration.hours)
                registration.zone = registration.draft.get("zone", registration.zone)
                registration.draft = {}
                if c.registered:
                    c.log("hours saved")
            if not c.registered:
                again = registration.registered_at is not None
                registration.status = RegistrationStatus.REGISTERED
                registration.registered_at = c.now
                registration.ended_at = registration.ended_reason = None
                # The event below begins a new run of misses; this is its copy.
                registration.misses = 0
                c.log("re-registered" if again else "registered")

        return self._change(agent_id, change)

    def _must_not_wait(self, c: _Change, view: View) -> None:
        hours = self._settings.reregister_wait_hours
        if c.registration.status != RegistrationStatus.DEREGISTERED or view.ended_at is None:
            return
        free_at = view.ended_at + timedelta(hours=hours)
        if c.now < free_at:
            when = local_words(free_at, view.next_zone or view.home_zone)
            raise IllegalMove(
                f"You can register again from {when}. The guide does not state a waiting time; "
                f"this assistant is set to {hours} hours."
            )

    # A registered agent -----------------------------------------------------------------------

    def set_out_of_office(self, agent_id: int, start: datetime, end: datetime | None) -> View:
        """No referrals from ``start`` to ``end``, or until ended if None; it takes effect at once.

        Raises:
            IllegalMove: the agent is not registered.
            BadInput: it would end before it starts, or is over already.
        """
        if end is not None and end <= start:
            raise BadInput("It would end before it starts. From when until when are you away?")

        def change(c: _Change) -> None:
            self._must_be_registered(c)
            if end is not None and end <= c.now:
                raise BadInput("That is over already. From when until when are you away?")
            c.registration.out_from = start
            c.registration.out_until = end
            c.log(
                "out of office set",
                f"{start.isoformat()} to {end.isoformat() if end else 'no end'}",
            )

        return self._change(agent_id, change)

    def end_out_of_office(self, agent_id: int) -> View:
        """Back in the office, or never away: referrals may come again in the agent's hours."""

        def change(c: _Change) -> None:
            if c.registration.out_from is not None:
                c.registration.out_from = c.registration.out_until = None
                c.log("out of office ended")

        return self._change(agent_id, change)

    def leave(self, agent_id: int, reason: str = "") -> View:
        """Leave On Demand for good; registering again stays possible.

        Raises:
            IllegalMove: the agent is not registered.
        """

        def change(c: _Change) -> None:
            self._must_be_registered(c)
            _end(c.registration, RegistrationStatus.LEFT, c.now, reason)
            c.log("left On Demand", reason)

        return self._change(agent_id, change)

    def deregister(self, agent_id: int, reason: str) -> View:
        """End a registration from outside; the agent may register again."""

        def change(c: _Change) -> None:
            deregister(c.session, c.agent, c.registration, c.now, reason)

        return self._change(agent_id, change)

    @staticmethod
    def _must_be_registered(c: _Change) -> None:
        if not c.registered:
            raise IllegalMove("You are not registered for kynect On Demand, so no referrals come.")

    # Inside -----------------------------------------------------------------------------------

    def _change(self, agent_id: int, change: Callable[[_Change], None]) -> View:
        def work(session: Session) -> View:
            registration = _locked(session, agent_id, self._db.now(session))
            # Only now, after any waiting for the lock.
            now = self._db.now(session)
            c = _Change(session, now, session.get_one(Agent, agent_id), registration)
            change(c)
            registration.updated_at = now
            duty.refresh(session, agent_id, c.now)
            return self._shown(c.agent, registration, c.now)

        return self._db.run(work)

    def _view(self, session: Session, agent_id: int, now: datetime) -> View:
        agent = session.get(Agent, agent_id)
        if agent is None:
            raise NotYours("There is no such agent.")
        return self._shown(agent, session.get(Registration, agent_id), now)

    def _criteria(self, agent: Agent, at: datetime, zone: str | None) -> tuple[Criterion, ...]:
        return criteria(agent, today_of(agent, at, zone), self._guide)

    @staticmethod
    def _shown(agent: Agent, registration: Registration | None, now: datetime) -> View:
        found = registration or Registration(agent_id=agent.id)
        draft: dict[str, Any] = found.draft or {}
        out = None
        if found.out_from is not None and (found.out_until is None or now < found.out_until):
            out = OutOfOffice(found.out_from, found.out_until)
        return View(
            agent=agent,
            at=now,
            status=found.status if registration else None,
            agreed=found.agreed_at is not None,
            contact_method=found.contact_method,
            contact_phone=found.contact_phone,
            languages=tuple(found.languages or agent.languages),
            services=tuple(found.services or ()),
            zone=found.zone,
            hours=WeeklyHours.from_json(found.hours) if found.hours else None,
            draft_zone=draft.get("zone"),
            draft_hours=WeeklyHours.from_json(draft["hours"]) if "hours" in draft else None,
            home_zone=home_zone(agent),
            out_of_office=out,
            misses=found.misses or 0,
            registered_at=found.registered_at,
            ended_at=found.ended_at,
            ended_reason=found.ended_reason,
        )


def home_zone(agent: Agent) -> str:
    """The time zone where the agent's ZIP is."""
    place = place_of(agent.zip)
    return place.zone if place is not None and place.zone in ZONES else HOME_ZONE


def today_of(agent: Agent, at: datetime, zone: str | None = None) -> date:
    """The date where the agent is, in the registration's zone if there is one."""
    return at.astimezone(ZoneInfo(zone or home_zone(agent))).date()


def read_phone(typed: str) -> str:
    """A number as it is stored, "+15025550123".

    Raises:
        BadInput: it is no phone number.
    """
    try:
        number = phonenumbers.parse(typed, "US")
    except phonenumbers.NumberParseException as error:
        raise BadInput("That is not a phone number. Ten digits, please.") from error
    if not phonenumbers.is_possible_number(number):
        raise BadInput("That is not a phone number. Ten digits, please.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def shown_phone(stored: str) -> str:
    """A stored number as people write it, "502-555-0123"."""
    number = phonenumbers.parse(stored, "US")
    shown = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return shown.replace("(", "").replace(") ", "-")


def deregister(
    session: Session, agent: Agent, registration: Registration, now: datetime, reason: str
) -> None:
    """End a registration in the caller's transaction; the caller holds the registration's lock.

    GUIDE: after too many consecutive misses; the agent must register again to continue.
    """
    _end(registration, RegistrationStatus.DEREGISTERED, now, reason)
    audit.record(
        session,
        now,
        subject=f"agent:{agent.doi_number}",
        actor="system",
        action="de-registered",
        reason=reason,
    )
    duty.refresh(session, agent.id, now)


def _end(
    registration: Registration, status: RegistrationStatus, now: datetime, reason: str
) -> None:
    registration.status = status
    registration.ended_at = now
    registration.ended_reason = reason
    # Whoever comes back agrees anew; contact and hours are still there to go through.
    registration.agreed_at = None
    registration.out_from = registration.out_until = None
    registration.updated_at = now


def _locked(session: Session, agent_id: int, now: datetime) -> Registration:
    """The agent's registration, locked until the transaction ends; begun if there is none."""
    found = session.get(Registration, agent_id, with_for_update=True)
    if found is None:
        # Two chats of one agent may begin at once: the agent's row makes them wait.
        if session.get(Agent, agent_id, with_for_update={"key_share": True}) is None:
            raise NotYours("There is no such agent.")
        found = session.get(Registration, agent_id, with_for_update=True)
    if found is None:
        found = Registration(
            agent_id=agent_id,
            status=RegistrationStatus.BEGUN,
            services=[],
            draft={},
            misses=0,
            updated_at=now,
        )
        session.add(found)
    return found


def _hours_now(hours: WeeklyHours, zone: str, now: datetime) -> Criterion:
    if is_open(hours, zone, None, now):
        until = open_until(hours, zone, None, now)
        week = until is None or until - now > timedelta(days=7)
        words = "round the clock" if week or until is None else f"until {local_words(until, zone)}"
        return Criterion("hours", f"Within your hours, {words}", True)
    opens = next_opening(hours, zone, None, now)
    when = f"they begin {local_words(opens, zone)}" if opens else "you have none"
    return Criterion(
        "hours",
        f"Outside your hours; {when}",
        False,
        f"Your hours are in {zone_name(zone, now)}. To change them, tell me here.",
    )


def _in_office(view: View, zone: str) -> Criterion:
    out = view.out_of_office
    if out is None:
        return Criterion("out_of_office", "Not out of office", True)
    end = local_words(out.end, zone) if out.end else None
    if not out.covers(view.at):
        starts = local_words(out.start, zone)
        name = f"Not out of office yet; you will be from {starts} until {end or 'you end it'}"
        return Criterion("out_of_office", name, True)
    name = f"Out of office until {end}" if end else "Out of office with no end time"
    return Criterion("out_of_office", name, False, "Say “I'm back” to end it.")
