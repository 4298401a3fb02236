"""What must always hold of referrals, looked up in the records themselves."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from psl.audit import AuditEvent
from psl.database import Database
from psl.numbers import REFERRALS
from psl.referrals import ledger
from psl.referrals.models import Offer, OfferKind, OfferState, Referral, Stage, Status

# Work that is due for longer than this was not taken up by any engine.
OVERDUE = timedelta(seconds=5)
_LISTED = 100

# What a status and a stage may be together.
LEGAL: dict[Stage, frozenset[Status]] = {
    Stage.NEW: frozenset({Status.PENDING, Status.UNFILLED}),
    Stage.GENERAL: frozenset({Status.PENDING, Status.UNFILLED}),
    Stage.MASS: frozenset({Status.PENDING, Status.UNFILLED}),
    Stage.WAITING: frozenset({Status.PENDING, Status.UNFILLED}),
    Stage.HELD: frozenset({Status.IN_PROGRESS}),
    Stage.CLOSED: frozenset({Status.COMPLETE, Status.CANCELLED, Status.UNFILLED}),
}


def overdue(database: Database) -> dict[str, list[str]]:
    """The numbers of the referrals that no engine took up in time; quick however many there are."""
    with database.reading() as session:
        late = database.now(session) - OVERDUE
        checks = {
            "overdue window": (Referral.stage == Stage.GENERAL) & (Referral.due_at < late),
            "overdue search": Referral.stage.in_([Stage.NEW, Stage.MASS, Stage.WAITING])
            & (Referral.due_at < late),
        }
        return {
            name: _numbers(session, select(Referral.number).where(c)) for name, c in checks.items()
        }


def violations(database: Database) -> dict[str, list[str]]:
    """The numbers of the referrals that break an invariant, by invariant; empty lists are well.

    It reads every referral: for a command or once an hour, not for every minute.
    """
    found = overdue(database)
    with database.reading() as session:
        checks: dict[str, ColumnElement[bool]] = {
            "open without a deadline": Referral.stage.in_(
                [Stage.NEW, Stage.GENERAL, Stage.MASS, Stage.WAITING]
            )
            & Referral.due_at.is_(None),
            "illegal status": ~or_(
                *(
                    (Referral.stage == stage) & Referral.status.in_(statuses)
                    for stage, statuses in LEGAL.items()
                )
            ),
            "not one live General assignment": (Referral.stage == Stage.GENERAL)
            & (_count(Offer.kind == OfferKind.GENERAL, Offer.state == OfferState.OFFERED) != 1),
            "live assignment of another stage": (Referral.stage != Stage.GENERAL)
            & (_count(Offer.kind == OfferKind.GENERAL, Offer.state == OfferState.OFFERED) != 0),
            "not one winner": Referral.stage.in_([Stage.HELD])
            & (_count(Offer.state == OfferState.ACCEPTED) != 1),
            "winner is not the holder": (Referral.stage == Stage.HELD)
            & ~exists().where(
                Offer.referral_id == Referral.id,
                Offer.state == OfferState.ACCEPTED,
                Offer.agent_id == Referral.holder_id,
            ),
            "live offers after the end": Referral.stage.in_([Stage.HELD, Stage.CLOSED])
            & (_count(Offer.state == OfferState.OFFERED) != 0),
        }
        for name, condition in checks.items():
            found[name] = _numbers(session, select(Referral.number).where(condition))
        found["change without its event"] = _numbers(session, _without_event())
        return found


def _count(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    return (
        select(func.count())
        .select_from(Offer)
        .where(Offer.referral_id == Referral.id, *conditions)
        .correlate(Referral)
        .scalar_subquery()
    )


def _without_event() -> Select[str]:
    """Ended or accepted referrals whose last change the audit does not know."""
    event = aliased(AuditEvent)
    shown = ledger.REFERRAL + ledger.shown_number()

    def known(action: str) -> ColumnElement[bool]:
        return exists().where(event.subject == shown, event.action == action)

    return select(Referral.number).where(
        or_(
            ~known("requested"),
            (Referral.stage == Stage.HELD) & ~(known("accepted") & known("contact disclosed")),
            (Referral.status == Status.COMPLETE) & ~known("completed"),
            (Referral.status == Status.CANCELLED) & ~known("cancelled"),
            (Referral.status == Status.UNFILLED) & ~known("unfilled") & ~known("given up"),
        )
    )


def _numbers(session: Session, query: Select[str]) -> list[str]:
    return [REFERRALS.shown(number) for number in session.scalars(query.limit(_LISTED))]
