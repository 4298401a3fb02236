"""What falls due: windows that lapse, referrals that need an agent, reminders, spans of duty.

Deadlines are columns. Whoever claims a due row by one conditional statement does the work, in the
same transaction; any number of processes may run this, and one that dies leaves the row due.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    JSON,
    ColumnElement,
    Select,
    String,
    case,
    cast,
    exists,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.orm import Session, aliased

from psl import notices
from psl.agents import duty
from psl.agents.models import Agent, ChatLink, Registration, RegistrationStatus
from psl.audit import AuditEvent
from psl.database import Database, Instant, among
from psl.referrals import dispatch, ledger, notify, rules, words
from psl.referrals.models import Offer, OfferKind, OfferState, Referral, Stage, Status
from psl.settings import Settings

SEEKING = (Stage.NEW, Stage.MASS, Stage.WAITING)
NOT_REGISTERED = [s for s in RegistrationStatus if s != RegistrationStatus.REGISTERED]
SET_ASIDE = timedelta(seconds=30)
LEEWAY = timedelta(hours=1)
# Between two referrals that get an agent: what is punctual may want to write as well.
BREATH_SECONDS = 0.001

_OTHER_LINK = aliased(ChatLink)


def _due(now: ColumnElement[datetime]) -> Select[Referral]:
    """The referral that needs an agent longest and that nobody is working on."""
    return (
        select(Referral)
        .where(Referral.stage.in_(SEEKING), Referral.due_at <= now)
        .order_by(Referral.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


class Sweeper:
    """The work that falls due, batch by batch; holds no state beside the database."""

    def __init__(self, database: Database, settings: Settings) -> None:
        """``settings`` give the batch size and every limit."""
        self._db = database
        self._settings = settings

    def sweep(self) -> Counter[str]:
        """Do one batch of everything that is due; how much of what was done."""
        return self.end_windows() + self.seek()

    def sweep_all(self) -> Counter[str]:
        """Sweep until nothing is due."""
        done: Counter[str] = Counter()
        while batch := self.sweep():
            done += batch
        return done

    def end_windows(self) -> Counter[str]:
        """One batch of what must be punctual: windows, reminders, spans of duty."""
        return +Counter(
            {
                "released": self._db.run(self._release),
                "lapsed": self.lapse_due(),
                "reminded": self._db.run(self._remind),
                "refreshed": duty.refresh_due(self._db, self._settings.sweep_batch),
            }
        )

    def seek(self, limit: int | None = None) -> Counter[str]:
        """One batch of referrals that need an agent, at most ``limit``."""
        return +Counter({"dispatched": self.dispatch_due(limit)})

    def windows_due(self) -> datetime | None:
        """When the next window, reminder or span of duty ends."""
        return self._next_due((Stage.GENERAL, Stage.HELD), duty.next_refresh)

    def seeking_due(self) -> datetime | None:
        """When the next referral needs an agent."""
        return self._next_due(SEEKING)

    def _next_due(
        self,
        stages: Sequence[Stage],
        *others: Callable[[Session], datetime | None],
    ) -> datetime | None:
        with self._db.reading() as session:
            # One look a stage: each is the first entry of a stretch of the index.
            instants = [
                session.scalar(select(func.min(Referral.due_at)).where(Referral.stage == stage))
                for stage in stages
            ]
            instants += [other(session) for other in others]
            return min((at for at in instants if at is not None), default=None)

    # Seeking an agent -----------------------------------------------------------------------------

    def dispatch_due(self, limit: int | None = None) -> int:
        """Find agents for referrals that need one; each in a transaction of its own."""
        done = 0
        for _ in range(limit or self._settings.sweep_batch):
            if not self._db.run(self._dispatch_next):
                break
            done += 1
            time.sleep(BREATH_SECONDS)
        return done

    def set_aside(self) -> None:
        """Put the referral that is due longest off for a while: it must not keep the rest waiting.

        For when looking for its agent fails; it stays due, and the auditor tells of it.
        """

        def work(session: Session) -> None:
            now = self._db.now(session)
            first = session.scalar(_due(self._db.instant(session)))
            if first is not None:
                first.due_at = now + SET_ASIDE

        self._db.run(work)

    def dispatch_now(self, referral_id: int) -> None:
        """Find an agent for one referral at once, unless somebody does so already."""
        self._db.run(lambda session: self._dispatch_next(session, referral_id))

    def _dispatch_next(self, session: Session, referral_id: int | None = None) -> bool:
        instant = self._db.instant(session)
        due = _due(instant).add_columns(instant)
        if referral_id is not None:
            due = due.where(Referral.id == referral_id)
        found = session.execute(due).first()
        if found is None:
            return False
        referral, now = found
        dispatch.dispatch(session, referral, now, self._settings)
        return True

    # Windows --------------------------------------------------------------------------------------

    def lapse_due(self) -> int:
        """End one batch of the General windows that are over; how many that were."""
        return self._db.run(self._lapse)

    def _lapse(self, session: Session) -> int:
        """End the General windows that are over, and count the misses (GUIDE, OPEN)."""
        now = self._db.now(session)
        over = (
            select(Referral.id)
            .where(Referral.stage == Stage.GENERAL, Referral.due_at <= self._db.instant(session))
            .order_by(Referral.due_at)
            .limit(self._settings.sweep_batch)
            .with_for_update(skip_locked=True)
        )
        ids = self._reclaim(session, over, now)
        if not ids:
            return 0
        # All of the batch at once and inside the database: minutes with thousands of ends occur.
        ended = session.execute(
            update(Offer)
            .where(
                among(session, Offer.referral_id, ids),
                Offer.kind == OfferKind.GENERAL,
                Offer.state == OfferState.OFFERED,
            )
            .values(state=OfferState.MISSED, answered_at=now, counted=self._counts())
            .returning(Offer.id, Offer.agent_id, Offer.counted)
            .execution_options(synchronize_session=False)
        ).all()
        ledger.lock_registrations(session, {agent_id for _, agent_id, _ in ended})
        self._write_lapses(session, [offer_id for offer_id, _, _ in ended], now)
        missed_by = {offer_id: agent_id for offer_id, agent_id, counted in ended if counted}
        counts = Counter(missed_by.values())
        runs, gone = ledger.add_misses(session, now, counts, self._settings)
        self._tell_misses(session, missed_by, runs, now)
        notify.tell_deregistered(session, gone, now)
        return len(ids)

    def _counts(self) -> ColumnElement[bool]:
        """Whether an offer that ended without an answer is a miss (OPEN: only if it arrived)."""
        registered = exists().where(
            Registration.agent_id == Offer.agent_id,
            Registration.status == RegistrationStatus.REGISTERED,
        )
        if self._settings.undelivered_counts:
            return registered
        arrived = exists().where(
            notices.Notice.key == notify.OFFER + cast(Offer.id, String),
            notices.Notice.delivered_at < Offer.closes_at,
        )
        return registered & arrived

    @staticmethod
    def _write_lapses(session: Session, offer_ids: Sequence[int], now: datetime) -> None:
        """The events of the referrals and of the agents."""
        number = ledger.shown_number()
        events = {
            ledger.REFERRAL + number: ("missed", literal("agent ") + Agent.doi_number),
            ledger.AGENT + Agent.doi_number: (
                case((Offer.counted, rules.MISSED), else_=rules.LAPSED),
                number,
            ),
        }
        for subject, (action, reason) in events.items():
            told = (
                select(
                    literal(now, Instant),
                    subject,
                    literal(ledger.ENGINE),
                    action if isinstance(action, ColumnElement) else literal(action),
                    reason,
                )
                .select_from(Offer)
                .join(Referral, Referral.id == Offer.referral_id)
                .join(Agent, Agent.id == Offer.agent_id)
                .where(among(session, Offer.id, offer_ids))
                .order_by(Offer.closes_at, Offer.id)
            )
            columns = ["at", "subject", "actor", "action", "reason"]
            session.execute(insert(AuditEvent).from_select(columns, told))

    def _tell_misses(
        self,
        session: Session,
        missed_by: Mapping[int, int],
        runs: Mapping[int, int],
        now: datetime,
    ) -> None:
        """Tell the agents what they missed and where they stand; a lost offer is told to nobody."""
        by_run: dict[int, list[int]] = defaultdict(list)
        for offer_id, agent_id in missed_by.items():
            by_run[runs[agent_id]].append(offer_id)
        number = ledger.shown_number()
        for run, offer_ids in by_run.items():
            before, after = words.missed("\0", run, self._settings.miss_limit).split("\0")
            told = (
                select(
                    ChatLink.chat,
                    (literal(notify.OVER) + cast(Offer.id, String)).label("key"),
                    (literal(before) + number + literal(after)).label("text"),
                    literal(now, Instant).label("due_at"),
                    Offer.agent_id,
                    (notify.OFFER + cast(Offer.id, String)).label("subject"),
                    literal([], JSON).label("buttons"),
                    literal(None, Instant).label("expires_at"),
                )
                .select_from(Offer)
                .join(Referral, Referral.id == Offer.referral_id)
                .join(ChatLink, ChatLink.agent_id == Offer.agent_id)
                .where(among(session, Offer.id, offer_ids))
            )
            notices.enqueue_from(session, told.subquery())

    def _release(self, session: Session) -> int:
        """Take General offers back from agents who are not registered, or out of reach, any more."""
        now = self._db.now(session)
        # Whoever left longer ago than a window takes has none open any more. Without the bound
        # every open window would have to be looked at.
        since = now - timedelta(seconds=self._settings.accept_seconds) - LEEWAY
        left = select(Registration.agent_id).where(
            Registration.status.in_(NOT_REGISTERED), Registration.updated_at > since
        )
        lost = select(ChatLink.agent_id).where(
            ChatLink.unreachable_at > since,
            ChatLink.agent_id.not_in(
                select(_OTHER_LINK.agent_id).where(
                    _OTHER_LINK.agent_id == ChatLink.agent_id, _OTHER_LINK.unreachable_at.is_(None)
                )
            ),
        )
        unseen = ~exists().where(
            Offer.referral_id == Referral.id,
            Offer.epoch == Referral.epoch,
            notices.Notice.key == notify.OFFER + cast(Offer.id, String),
            notices.Notice.delivered_at.is_not(None),
        )
        return self._take_back(
            session, now, "agent left", Referral.holder_id.in_(left)
        ) + self._take_back(
            session, now, "agent cannot be reached", Referral.holder_id.in_(lost), unseen
        )

    def _take_back(
        self, session: Session, now: datetime, why: str, *which: ColumnElement[bool]
    ) -> int:
        chosen = (
            select(Referral.id)
            .where(Referral.stage == Stage.GENERAL, *which)
            .limit(self._settings.sweep_batch)
            .with_for_update(of=Referral, skip_locked=True)
        )
        ids = self._reclaim(session, chosen, now)
        for referral in session.scalars(select(Referral).where(Referral.id.in_(ids))).all():
            ledger.note(session, now, referral, ledger.ENGINE, "withdrawn", why)
            ended = dispatch.close_offers(session, referral, now, OfferState.WITHDRAWN)
            told = words.withdrawn(referral.number)
            notify.tell_closed(session, [offer_id for offer_id, _ in ended], told, now)
        return len(ids)

    @staticmethod
    def _reclaim(session: Session, chosen: Select[int], now: datetime) -> list[int]:
        """Take these General referrals from their agents; the ids of those that it took."""
        claimed = session.scalars(
            update(Referral)
            .where(Referral.id.in_(chosen), Referral.stage == Stage.GENERAL)
            .values(stage=Stage.NEW, holder_id=None, due_at=now, epoch=Referral.epoch + 1)
            .returning(Referral.id)
            .execution_options(synchronize_session=False)
        )
        return list(claimed)

    # In Progress ----------------------------------------------------------------------------------

    def _remind(self, session: Session) -> int:
        """Remind of referrals that stay In Progress; after the last reminder the desk is shown it."""
        now = self._db.now(session)
        due = session.scalars(
            select(Referral)
            .where(
                Referral.stage == Stage.HELD,
                Referral.status == Status.IN_PROGRESS,
                Referral.due_at <= now,
            )
            .order_by(Referral.due_at)
            .limit(self._settings.sweep_batch)
            .with_for_update(of=Referral, skip_locked=True)
        ).all()
        for referral in due:
            if referral.reminders >= self._settings.complete_reminders:
                referral.stuck_at, referral.due_at = now, None
                ledger.note(session, now, referral, ledger.ENGINE, "stuck", "not set Complete")
                continue
            referral.reminders += 1
            pause = self._settings.complete_reminder_seconds * 2**referral.reminders
            referral.due_at = now + timedelta(seconds=pause)
            notify.tell(
                session,
                [referral.holder_id or 0],
                notify.not_complete_key(referral, referral.reminders),
                words.not_complete(referral),
                now,
                subject=ledger.referral_subject(referral.number),
                buttons=notify.held_buttons(referral),
            )
            ledger.note(session, now, referral, ledger.ENGINE, "reminded to complete")
        return len(due)
