"""Tables of referrals."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from psl.agents.models import Agent
from psl.database import Base, Instant


class Status(StrEnum):
    """A referral's status as people see it: the guide's three and our two (OPEN)."""

    PENDING = "Pending"
    IN_PROGRESS = "In Progress"
    COMPLETE = "Complete"
    CANCELLED = "Cancelled"
    UNFILLED = "Unfilled"


class Stage(StrEnum):
    """What the engine does next with a referral, at its ``due_at``."""

    NEW = "new"  # find somebody
    GENERAL = "general"  # one agent has the window, until due_at
    MASS = "mass"  # first come, first served; at due_at look who came on duty since
    WAITING = "waiting"  # nobody on duty is left to ask; at due_at look again
    HELD = "held"  # an agent has it; at due_at remind
    CLOSED = "closed"  # nothing


class OfferKind(StrEnum):
    """The guide's two types of referral."""

    GENERAL = "General"
    MASS = "Mass"


class OfferState(StrEnum):
    """What became of one agent's offer."""

    OFFERED = "Offered"
    ACCEPTED = "Accepted"
    REJECTED = "Rejected"
    MISSED = "Missed"
    TAKEN = "Taken"  # another agent was first
    WITHDRAWN = "Withdrawn"  # the resident cancelled, or the agent left
    HANDED_BACK = "Handed back"


class Referral(Base):
    """A resident's request for a call-back.

    ``stage``, ``epoch``, ``holder_id`` and ``due_at`` are the referral's one lock: whoever
    changes who may act on it updates this row, under its lock or by a condition that names them. ``epoch`` grows with
    each such change, so a button of an earlier offer cannot act on a later one.
    """

    __tablename__ = "referral"
    __table_args__ = (
        Index("ix_referral_due", "stage", "due_at"),
        # Every window's end writes a row anew: indexes hold no more of it than is looked for.
        Index(
            "ix_referral_holder",
            "holder_id",
            "stage",
            postgresql_where=text("holder_id IS NOT NULL"),
            sqlite_where=text("holder_id IS NOT NULL"),
        ),
        Index("ix_referral_requested_at", "requested_at", postgresql_using="brin"),
        # Most requests have none: their rows stay out of it when they change.
        Index(
            "uq_referral_idempotency_key",
            "idempotency_key",
            unique=True,
            postgresql_where=text("idempotency_key IS NOT NULL"),
            sqlite_where=text("idempotency_key IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(8), unique=True)
    status: Mapped[Status] = mapped_column(String(20), default=Status.PENDING)
    stage: Mapped[Stage] = mapped_column(String(10), default=Stage.NEW)
    epoch: Mapped[int] = mapped_column(Integer, default=0)
    holder_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    due_at: Mapped[datetime | None] = mapped_column(Instant)

    # The resident. Emptied a set time after the end.
    first_name: Mapped[str] = mapped_column(String(80))
    last_name: Mapped[str] = mapped_column(String(80))
    phone: Mapped[str | None] = mapped_column(String(20), index=True)
    email: Mapped[str | None] = mapped_column(String(200))
    preferred_contact: Mapped[str] = mapped_column(String(10))
    note: Mapped[str] = mapped_column(Text, default="")
    zip: Mapped[str] = mapped_column(String(10))
    county: Mapped[str] = mapped_column(String(60))
    language: Mapped[str] = mapped_column(String(60))
    idempotency_key: Mapped[str | None] = mapped_column(String(120))

    requested_at: Mapped[datetime] = mapped_column(Instant)
    promised_by: Mapped[datetime] = mapped_column(Instant)
    # Outside all hours: when the first agent comes on duty.
    expected_from: Mapped[datetime | None] = mapped_column(Instant)
    accepted_at: Mapped[datetime | None] = mapped_column(Instant)
    # The agent's first word that the resident was called.
    called_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    unfilled_at: Mapped[datetime | None] = mapped_column(Instant)
    outcome: Mapped[str | None] = mapped_column(String(40))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    reminders: Mapped[int] = mapped_column(Integer, default=0)
    stuck_at: Mapped[datetime | None] = mapped_column(Instant)
    wiped_at: Mapped[datetime | None] = mapped_column(Instant)
    holder: Mapped[Agent | None] = relationship()


class Offer(Base):
    """A referral as it was put to one agent: a General assignment, or one of a Mass."""

    __tablename__ = "offer"
    __table_args__ = (
        Index(
            "uq_offer_live_general",
            "referral_id",
            unique=True,
            postgresql_where=text("kind = 'General' AND state = 'Offered'"),
            sqlite_where=text("kind = 'General' AND state = 'Offered'"),
        ),
        Index(
            "uq_offer_winner",
            "referral_id",
            unique=True,
            postgresql_where=text("state = 'Accepted'"),
            sqlite_where=text("state = 'Accepted'"),
        ),
        Index("ix_offer_agent_offered", "agent_id", "offered_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[int] = mapped_column(ForeignKey("referral.id"), index=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"))
    kind: Mapped[OfferKind] = mapped_column(String(10))
    state: Mapped[OfferState] = mapped_column(String(12), default=OfferState.OFFERED)
    epoch: Mapped[int] = mapped_column(Integer)
    offered_at: Mapped[datetime] = mapped_column(Instant)
    # General: the window ends here, and this instant is outside it. Mass: None.
    closes_at: Mapped[datetime | None] = mapped_column(Instant)
    # Mass: the place in the random order in which the notices were written.
    position: Mapped[int] = mapped_column(Integer, default=0)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(Text, default="")
    # Missed only: whether it counts, because its notice was delivered in time.
    counted: Mapped[bool] = mapped_column(Boolean, default=False)
    referral: Mapped[Referral] = relationship()
    agent: Mapped[Agent] = relationship()


class Decision(Base):
    """Why the engine chose as it did: the candidates with their score terms, and the seed."""

    __tablename__ = "decision"

    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[int] = mapped_column(ForeignKey("referral.id"), index=True)
    at: Mapped[datetime] = mapped_column(Instant)
    outcome: Mapped[str] = mapped_column(String(10))
    why: Mapped[str] = mapped_column(Text)
    seed: Mapped[str] = mapped_column(String(20))
    chosen_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    candidates: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
