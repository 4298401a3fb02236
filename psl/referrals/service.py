"""The transactions of referrals. Every change, its event and its notices are one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zlib import crc32

from sqlalchemy import ColumnElement, exists, select, text, update
from sqlalchemy.orm import Session, joinedload

from psl import audit
from psl.agents.models import Agent, Registration, RegistrationStatus
from psl.database import Database
from psl.errors import BadInput, IllegalMove, NotYours
from psl.languages import language_name
from psl.numbers import REFERRALS, new_number
from psl.places import place_of
from psl.privacy import Masker
from psl.referrals import dispatch, ledger, notify, rules, words
from psl.referrals.intake import Request
from psl.referrals.models import (
    Decision,
    Offer,
    OfferKind,
    OfferState,
    Referral,
    Stage,
    Status,
)
from psl.referrals.rules import Outcome
from psl.settings import Settings

OPEN = (Status.PENDING, Status.IN_PROGRESS, Status.UNFILLED)


class Answer(StrEnum):
    """What became of an agent's press on Accept or Reject."""

    ACCEPTED = "accepted"
    ALREADY_YOURS = "already yours"
    REJECTED = "rejected"
    TAKEN = "taken"
    LATE = "late"
    CANCELLED = "cancelled"
    GIVEN_UP = "given up"
    ANSWERED = "answered"
    NOT_REGISTERED = "not registered"


@dataclass(frozen=True)
class Answered:
    """The answer with the referral; contact data are in it for the winner alone."""

    answer: Answer
    referral: Referral
    offer: Offer
    others: int = 0


@dataclass(frozen=True)
class Requested:
    """A referral, and whether this request made it."""

    referral: Referral
    is_new: bool


class Referrals:
    """Requests and what agents do with them."""

    def __init__(
        self, database: Database, settings: Settings, masker: Masker | None = None
    ) -> None:
        """``masker`` cleans residents' notes; one is built at the first note if none is given."""
        self._db = database
        self._settings = settings
        self._masker = masker

    # The resident's side ------------------------------------------------------------------------

    def request(self, asked: Request, idempotency_key: str | None = None) -> Requested:
        """A new referral, or the one this request made before.

        The same request is one with the same key, or with the phone (or e-mail) of a referral
        that nobody took yet or whose promise still runs. ``promised_by`` counts from the request (OPEN).

        Raises:
            BadInput: the key was used for another request.
        """
        clean = self._masked(asked.note)
        return self._db.run(lambda session: self._request(session, asked, clean, idempotency_key))

    def _request(self, session: Session, asked: Request, note: str, key: str | None) -> Requested:
        self._one_at_a_time(session, key or "", asked.phone or asked.email or "")
        now = self._db.now(session)
        if (known := self._known(session, asked, key, now)) is not None:
            ledger.note(session, now, known, "resident", "asked again")
            return Requested(known, False)
        place = place_of(asked.zip)
        if place is None:
            raise BadInput("This ZIP code is not known.")
        referral = Referral(
            **asked.model_dump(exclude={"language", "note"}),
            number=self._free_number(session),
            note=note,
            county=place.county,
            language=language_name(asked.language, self._settings.guide_dir),
            idempotency_key=key,
            requested_at=now,
            promised_by=now + timedelta(seconds=self._settings.promise_seconds),
            due_at=now,
        )
        session.add(referral)
        session.flush()
        ledger.note(session, now, referral, "resident", "requested")
        return Requested(referral, True)

    def _one_at_a_time(self, session: Session, *names: str) -> None:
        if self._db.is_sqlite:
            return
        # Two requests of one resident at once would both find nothing.
        for name in sorted(filter(None, names)):
            session.execute(
                text("SELECT pg_advisory_xact_lock(:scope, :key)"),
                {"scope": 5020, "key": crc32(name.encode()) - 2**31},
            )

    def _known(
        self, session: Session, asked: Request, key: str | None, now: datetime
    ) -> Referral | None:
        if key is not None:
            kept = session.scalar(select(Referral).where(Referral.idempotency_key == key))
            if kept is not None:
                if (kept.phone, kept.email, kept.zip) != (asked.phone, asked.email, asked.zip[:5]):
                    raise BadInput(
                        "This Idempotency-Key was used for another request: send a new one."
                    )
                return kept
        who = (
            Referral.phone == asked.phone
            if asked.phone is not None
            else (Referral.email == asked.email) & Referral.phone.is_(None)
        )
        return session.scalar(
            select(Referral)
            .where(who, Referral.status.in_(OPEN), Referral.stage != Stage.CLOSED)
            .where((Referral.promised_by > now) | (Referral.status != Status.IN_PROGRESS))
            .order_by(Referral.requested_at.desc())
            .limit(1)
        )

    def cancel(self, number: str, actor: str = "resident") -> Referral:
        """The resident does not want the call any more; agents who were asked are told.

        Raises:
            NotYours: no referral has this number.
            IllegalMove: it is complete, cancelled or given up already.
        """
        return self._db.run(lambda session: self._cancel(session, number, actor))

    def _cancel(self, session: Session, number: str, actor: str) -> Referral:
        referral = self._locked(session, number)
        if referral.stage == Stage.CLOSED:
            raise IllegalMove(
                f"Referral {REFERRALS.shown(number)} is {referral.status} and cannot be cancelled."
            )
        now = self._db.now(session)
        held_by = referral.holder_id if referral.stage == Stage.HELD else None
        notify.withdraw_reminders(session, referral, now)
        referral.status, referral.stage = Status.CANCELLED, Stage.CLOSED
        referral.closed_at, referral.due_at = now, None
        referral.epoch += 1
        if held_by is None:
            referral.holder_id = None
        ended = dispatch.close_offers(session, referral, now, OfferState.WITHDRAWN)
        cancelled = words.cancelled(referral, False)
        notify.tell_closed(session, [offer_id for offer_id, _ in ended], cancelled, now)
        if held_by is not None:
            notify.tell(
                session,
                [held_by],
                f"cancelled:{referral.number}",
                words.cancelled(referral, True),
                now,
                subject=ledger.referral_subject(referral.number),
            )
        ledger.note(session, now, referral, actor, "cancelled")
        return referral

    # Agents -------------------------------------------------------------------------------------

    def accept(self, agent_id: int, offer_id: int, chat: str | None = None) -> Answered:
        """Take the referral of an offer: one winner, whatever the contention.

        GUIDE: Pending becomes In Progress and the contact data go to the agent who accepted.
        The window is half-open on the database's clock (OPEN). If ``chat`` says where it was
        accepted, the agent's other chats that were shown the offer are told.

        Raises:
            NotYours: the offer is another agent's, or none.
        """
        return self._db.run(lambda session: self._accept(session, agent_id, offer_id, chat))

    def _accept(self, session: Session, agent_id: int, offer_id: int, chat: str | None) -> Answered:
        offer = self._offer(session, agent_id, offer_id)
        # Looked at first: what is noted is never later than what decides.
        at = self._db.now(session)
        now = self._db.clock(session)
        reminder = timedelta(seconds=self._settings.complete_reminder_seconds)
        won = session.execute(
            update(Referral)
            .where(
                Referral.id == offer.referral_id,
                Referral.epoch == offer.epoch,
                Referral.status.in_([Status.PENDING, Status.UNFILLED]),
                *self._open_to(offer, agent_id, now),
                exists().where(
                    Registration.agent_id == agent_id,
                    Registration.status == RegistrationStatus.REGISTERED,
                ),
            )
            .values(
                status=Status.IN_PROGRESS,
                stage=Stage.HELD,
                holder_id=agent_id,
                epoch=Referral.epoch + 1,
                accepted_at=at,
                due_at=at + reminder,
                reminders=0,
            )
            .execution_options(synchronize_session=False)
        )
        session.expire_all()
        offer = self._offer(session, agent_id, offer_id)
        if won.rowcount != 1:  # type: ignore[attr-defined]
            return self._not_won(session, offer)
        referral, agent = offer.referral, offer.agent
        offer.state, offer.answered_at = OfferState.ACCEPTED, at
        ended = dispatch.close_offers(session, referral, at, OfferState.TAKEN, but=offer.id)
        notify.withdraw_offers(session, [offer.id], at)
        notify.tell_closed(session, [offer_id for offer_id, _ in ended], words.taken(referral), at)
        if chat is not None:
            elsewhere = words.answered_elsewhere(referral, "accepted")
            notify.tell_closed(session, [offer.id], elsewhere, at, but=chat)
        registration = ledger.locked_registration(session, agent_id)
        if registration is not None:
            ledger.set_misses(session, registration, 0)
        ledger.note(session, at, referral, f"agent:{agent_id}", "accepted", offer.kind)
        ledger.note(session, at, referral, f"agent:{agent_id}", "contact disclosed")
        ledger.agent_event(session, at, agent, referral, rules.ACCEPTED)
        return Answered(Answer.ACCEPTED, referral, offer, len(ended))

    @staticmethod
    def _open_to(
        offer: Offer, agent_id: int, now: ColumnElement[datetime]
    ) -> tuple[ColumnElement[bool], ...]:
        if offer.kind == OfferKind.GENERAL:
            return (
                Referral.stage == Stage.GENERAL,
                Referral.holder_id == agent_id,
                Referral.due_at > now,
            )
        mine = exists().where(Offer.id == offer.id, Offer.state == OfferState.OFFERED)
        return (Referral.stage == Stage.MASS, mine)

    def _not_won(self, session: Session, offer: Offer) -> Answered:
        referral = offer.referral
        if referral.holder_id == offer.agent_id:
            if referral.stage == Stage.HELD:
                return Answered(Answer.ALREADY_YOURS, referral, offer)
            if referral.status == Status.CANCELLED:
                return Answered(Answer.CANCELLED, referral, offer)
        answer = {
            OfferState.REJECTED: Answer.ANSWERED,
            OfferState.HANDED_BACK: Answer.ANSWERED,
            OfferState.ACCEPTED: Answer.ANSWERED,
            OfferState.TAKEN: Answer.TAKEN,
            OfferState.MISSED: Answer.LATE,
        }.get(offer.state)
        if answer is None:
            if referral.status == Status.CANCELLED:
                answer = Answer.CANCELLED
            elif referral.status in {Status.IN_PROGRESS, Status.COMPLETE}:
                answer = Answer.TAKEN
            elif referral.stage == Stage.CLOSED:
                answer = Answer.GIVEN_UP
            elif not self._is_registered(session, offer.agent_id):
                answer = Answer.NOT_REGISTERED
            else:
                answer = Answer.LATE
        return Answered(answer, referral, offer)

    def reject(
        self, agent_id: int, offer_id: int, reason: str = "", chat: str | None = None
    ) -> Answered:
        """Say no to an offer: General goes on to the next at once.

        OPEN: a rejection is no miss and does not end a run of misses. ``chat`` as in ``accept``.

        Raises:
            NotYours: the offer is another agent's, or none.
        """
        clean = self._masked(reason)
        return self._db.run(lambda session: self._reject(session, agent_id, offer_id, clean, chat))

    def _reject(
        self, session: Session, agent_id: int, offer_id: int, reason: str, chat: str | None
    ) -> Answered:
        offer = self._offer(session, agent_id, offer_id)
        referral = self._locked(session, offer.referral.number)
        session.refresh(offer)
        now = self._db.now(session)
        late = offer.closes_at is not None and now >= offer.closes_at
        if offer.state != OfferState.OFFERED or late or referral.epoch != offer.epoch:
            if offer.state == OfferState.REJECTED and reason and not offer.reason:
                offer.reason = reason
                ledger.note(session, now, referral, f"agent:{agent_id}", "gave a reason", reason)
                return Answered(Answer.REJECTED, referral, offer)
            return self._not_won(session, offer)
        offer.state, offer.answered_at, offer.reason = OfferState.REJECTED, now, reason
        if offer.kind == OfferKind.GENERAL:
            referral.stage, referral.holder_id, referral.due_at = Stage.NEW, None, now
            referral.epoch += 1
        notify.withdraw_offers(session, [offer.id], now)
        if chat is not None:
            elsewhere = words.answered_elsewhere(referral, "rejected")
            notify.tell_closed(session, [offer.id], elsewhere, now, but=chat)
        ledger.note(session, now, referral, f"agent:{agent_id}", "rejected", reason)
        # Locked first: the order of an agent's events is the order in which they were counted.
        registration = ledger.locked_registration(session, agent_id)
        ledger.agent_event(session, now, offer.agent, referral, rules.REJECTED)
        if registration is not None:
            before = registration.misses
            after = rules.after_event(before, rules.REJECTED, self._settings)
            if after > before:
                _, ended = ledger.add_misses(
                    session, now, {agent_id: after - before}, self._settings
                )
                notify.tell_deregistered(session, ended, now)
            else:
                ledger.set_misses(session, registration, after)
        return Answered(Answer.REJECTED, referral, offer)

    def no_answer(self, agent_id: int, number: str) -> Referral:
        """Note a try that reached nobody; a reminder follows while tries are left (OPEN: 3).

        Raises:
            NotYours: the agent does not have this referral.
            IllegalMove: all tries are made; it is to be completed or handed back.
        """
        return self._db.run(lambda session: self._no_answer(session, agent_id, number))

    def _no_answer(self, session: Session, agent_id: int, number: str) -> Referral:
        referral = self._held(session, agent_id, number)
        limit = self._settings.no_answer_attempts
        if referral.attempts >= limit:
            raise IllegalMove(
                f"That were {limit} tries already. Set referral {REFERRALS.shown(number)} "
                "Complete with “no answer”, or hand it back."
            )
        now = self._db.now(session)
        referral.attempts += 1
        referral.called_at = referral.called_at or now
        notify.withdraw_reminders(session, referral, now)
        ledger.note(
            session, now, referral, f"agent:{agent_id}", "no answer", f"try {referral.attempts}"
        )
        if referral.attempts < limit:
            notify.tell(
                session,
                [agent_id],
                notify.call_again_key(referral, referral.attempts),
                words.call_again(referral, referral.attempts, limit),
                now,
                subject=ledger.referral_subject(referral.number),
                buttons=notify.held_buttons(referral),
                due_at=now + timedelta(seconds=self._settings.retry_call_seconds),
            )
        return referral

    def called(self, agent_id: int, number: str) -> Referral:
        """Note that the resident was reached; the referral stays In Progress.

        Raises:
            NotYours: the agent does not have this referral.
        """

        def work(session: Session) -> Referral:
            referral = self._held(session, agent_id, number)
            now = self._db.now(session)
            if referral.called_at is None:
                referral.called_at = now
                ledger.note(session, now, referral, f"agent:{agent_id}", "called")
            return referral

        return self._db.run(work)

    def complete(self, agent_id: int, number: str, outcome: Outcome, note: str = "") -> Referral:
        """Close a referral (GUIDE: set Complete after contacting the resident), with an outcome.

        Doing it twice is harmless; a different outcome replaces the first.

        Raises:
            NotYours: the agent does not have this referral.
        """
        clean = self._masked(note)
        return self._db.run(
            lambda session: self._complete(session, agent_id, number, outcome, clean)
        )

    def _complete(
        self, session: Session, agent_id: int, number: str, outcome: Outcome, note: str
    ) -> Referral:
        referral = self._locked(session, number)
        now = self._db.now(session)
        mine = referral.holder_id == agent_id
        if mine and referral.status == Status.COMPLETE:
            if referral.outcome != outcome:
                referral.outcome = outcome
                ledger.note(session, now, referral, f"agent:{agent_id}", "outcome changed", outcome)
            return referral
        referral = self._held(session, agent_id, number)
        notify.withdraw_reminders(session, referral, now)
        referral.epoch += 1
        referral.status, referral.stage = Status.COMPLETE, Stage.CLOSED
        referral.outcome, referral.closed_at, referral.due_at = outcome, now, None
        referral.called_at = referral.called_at or now
        reason = f"{outcome}: {note}" if note else str(outcome)
        ledger.note(session, now, referral, f"agent:{agent_id}", "completed", reason)
        return referral

    def hand_back(self, agent_id: int, number: str, reason: str = "") -> Referral:
        """Give an accepted referral back: it counts as nothing and goes to others at once (OPEN).

        Raises:
            NotYours: the agent does not have this referral.
        """
        clean = self._masked(reason)
        return self._db.run(lambda session: self._hand_back(session, agent_id, number, clean))

    def _hand_back(self, session: Session, agent_id: int, number: str, reason: str) -> Referral:
        referral = self._held(session, agent_id, number)
        now = self._db.now(session)
        session.execute(
            update(Offer)
            .where(
                Offer.referral_id == referral.id,
                Offer.agent_id == agent_id,
                Offer.state == OfferState.ACCEPTED,
            )
            .values(state=OfferState.HANDED_BACK)
            .execution_options(synchronize_session=False)
        )
        notify.withdraw_reminders(session, referral, now)
        referral.status, referral.stage, referral.holder_id = Status.PENDING, Stage.NEW, None
        referral.accepted_at, referral.due_at = None, now
        referral.attempts, referral.reminders, referral.stuck_at = 0, 0, None
        referral.epoch += 1
        ledger.note(session, now, referral, f"agent:{agent_id}", "handed back", reason)
        return referral

    # Reading ------------------------------------------------------------------------------------

    def by_number(self, number: str) -> Referral:
        """A referral, for the resident's side and the desk.

        Raises:
            NotYours: none has this number.
        """
        with self._db.reading() as session:
            return self._by_number(session, number)

    def live_offers(self, agent_id: int) -> list[Offer]:
        """What an agent can accept now, with the referrals: those that end first, first."""
        with self._db.reading() as session:
            now = self._db.now(session)
            offers = session.scalars(
                select(Offer)
                .join(Offer.referral)
                .options(joinedload(Offer.referral))
                .where(
                    Offer.agent_id == agent_id,
                    Offer.state == OfferState.OFFERED,
                    Offer.epoch == Referral.epoch,
                    Offer.closes_at.is_(None) | (Offer.closes_at > now),
                )
                .order_by(Offer.closes_at.is_(None), Offer.closes_at, Offer.id)
            )
            return list(offers) if self._is_registered(session, agent_id) else []

    def offer(self, agent_id: int, offer_id: int) -> Offer:
        """An offer of this agent's, live or not.

        Raises:
            NotYours: it is another agent's, or none.
        """
        with self._db.reading() as session:
            return self._offer(session, agent_id, offer_id)

    def in_hand(self, agent_id: int) -> list[Referral]:
        """The referrals an agent accepted and did not complete, oldest first."""
        with self._db.reading() as session:
            return list(
                session.scalars(
                    select(Referral)
                    .where(Referral.holder_id == agent_id, Referral.stage == Stage.HELD)
                    .order_by(Referral.accepted_at)
                )
            )

    def history(self, agent_id: int, limit: int = 20) -> list[Offer]:
        """What an agent was offered, latest first, with what became of each."""
        with self._db.reading() as session:
            return list(
                session.scalars(
                    select(Offer)
                    .options(joinedload(Offer.referral))
                    .where(Offer.agent_id == agent_id)
                    .order_by(Offer.offered_at.desc(), Offer.id.desc())
                    .limit(limit)
                )
            )

    def decisions(self, number: str) -> list[Decision]:
        """Why the engine put a referral to whom it did, oldest first.

        Raises:
            NotYours: no referral has this number.
        """
        with self._db.reading() as session:
            referral = self._by_number(session, number)
            return list(
                session.scalars(
                    select(Decision)
                    .where(Decision.referral_id == referral.id)
                    .order_by(Decision.id)
                )
            )

    def events(self, number: str) -> list[audit.AuditEvent]:
        """Everything that happened to a referral, oldest first."""
        with self._db.reading() as session:
            return audit.history(session, ledger.referral_subject(number))

    def now(self) -> datetime:
        """The database's clock, aware UTC."""
        with self._db.reading() as session:
            return self._db.now(session)

    def recount(self, repair: bool = False) -> list[tuple[Agent, int, int]]:
        """Agents whose kept run of misses differs from their events: (agent, kept, recounted)."""

        def work(session: Session) -> list[tuple[Agent, int, int]]:
            wrong = []
            for registration in session.scalars(
                select(Registration)
                .options(joinedload(Registration.agent))
                .with_for_update(of=Registration)
            ):
                subject = ledger.agent_subject(registration.agent.doi_number)
                actions = session.scalars(
                    select(audit.AuditEvent.action)
                    .where(audit.AuditEvent.subject == subject)
                    .order_by(audit.AuditEvent.id)
                )
                counted = rules.consecutive_misses(actions, self._settings)
                if counted != registration.misses:
                    wrong.append((registration.agent, registration.misses, counted))
                    if repair:
                        ledger.set_misses(session, registration, counted)
            return wrong

        return self._db.run(work)

    # Inside ---------------------------------------------------------------------------------------

    def _masked(self, typed: str) -> str:
        words_ = " ".join(typed.split())
        if not words_:
            return ""
        if self._masker is None:
            self._masker = Masker()
        return self._masker.mask(words_).text

    def _free_number(self, session: Session) -> str:
        while True:
            number = new_number()
            if session.scalar(select(Referral.id).where(Referral.number == number)) is None:
                return number

    def _by_number(self, session: Session, number: str) -> Referral:
        referral = session.scalar(
            select(Referral).options(joinedload(Referral.holder)).where(Referral.number == number)
        )
        if referral is None:
            raise NotYours(f"I find no referral {REFERRALS.shown(number)}.")
        return referral

    def _locked(self, session: Session, number: str) -> Referral:
        referral = session.scalar(
            select(Referral)
            .where(Referral.number == number)
            .with_for_update(of=Referral)
            .execution_options(populate_existing=True)
        )
        if referral is None:
            raise NotYours(f"I find no referral {REFERRALS.shown(number)}.")
        return referral

    def _held(self, session: Session, agent_id: int, number: str) -> Referral:
        referral = session.scalar(
            select(Referral)
            .where(
                Referral.number == number,
                Referral.stage == Stage.HELD,
                Referral.holder_id == agent_id,
            )
            .with_for_update(of=Referral)
            .execution_options(populate_existing=True)
        )
        if referral is None:
            raise NotYours(f"You have no referral {REFERRALS.shown(number)} In Progress.")
        return referral

    @staticmethod
    def _offer(session: Session, agent_id: int, offer_id: int) -> Offer:
        offer = session.scalar(
            select(Offer)
            .options(joinedload(Offer.referral), joinedload(Offer.agent))
            .where(Offer.id == offer_id, Offer.agent_id == agent_id)
        )
        if offer is None:
            raise NotYours("I find no such referral of yours.")
        return offer

    @staticmethod
    def _is_registered(session: Session, agent_id: int) -> bool:
        status = select(Registration.status).where(Registration.agent_id == agent_id)
        return session.scalar(status) == RegistrationStatus.REGISTERED
