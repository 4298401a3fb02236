"""Tables of the roster."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Boolean, Date, Float, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from psl.database import Base, Instant

_UNREACHABLE = text("unreachable_at IS NOT NULL")


class Agent(Base):
    """A licensed insurance agent or a delegate. Licence and contact data are DOI's (PUBLIC)."""

    __tablename__ = "agent"

    id: Mapped[int] = mapped_column(primary_key=True)
    doi_number: Mapped[str] = mapped_column(String(20), unique=True)
    npn: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(120))
    agency: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(10))
    email: Mapped[str] = mapped_column(String(200))
    phone: Mapped[str] = mapped_column(String(20))
    zip: Mapped[str] = mapped_column(String(10))
    languages: Mapped[list[str]] = mapped_column(JSON)
    licence_active: Mapped[bool] = mapped_column(Boolean)
    licence_expires: Mapped[date | None] = mapped_column(Date)
    certified_on: Mapped[date | None] = mapped_column(Date)
    doi_contact_confirmed_on: Mapped[date | None] = mapped_column(Date)


class ChatLink(Base):
    """A chat that speaks for an agent. A chat has one agent; an agent may have several chats.

    ``unreachable_at``: since when nothing can be delivered there, and why in few words.
    """

    __tablename__ = "chat_link"
    __table_args__ = (
        Index(
            "ix_chat_link_unreachable",
            "unreachable_at",
            postgresql_where=_UNREACHABLE,
            sqlite_where=_UNREACHABLE,
        ),
    )

    chat: Mapped[str] = mapped_column(String(200), primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), index=True)
    linked_at: Mapped[datetime] = mapped_column(Instant)
    unreachable_at: Mapped[datetime | None] = mapped_column(Instant)
    unreachable_why: Mapped[str] = mapped_column(String(60), default="")
    agent: Mapped[Agent] = relationship()


class LinkCode(Base):
    """A one-time code that links a chat; only its keyed hash is kept."""

    __tablename__ = "link_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class LinkAttempt(Base):
    """A failed try to link, kept to slow guessing down."""

    __tablename__ = "link_attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    chat: Mapped[str] = mapped_column(String(200), index=True)
    at: Mapped[datetime] = mapped_column(Instant)


class RegistrationStatus(StrEnum):
    """Where an agent stands with kynect On Demand."""

    BEGUN = "begun"
    REGISTERED = "registered"
    DEREGISTERED = "de-registered"
    LEFT = "left"


class Registration(Base):
    """An agent's registration for kynect On Demand: three sections, then Save (GUIDE).

    ``draft`` holds hours and zone that were told but not saved; ``hours``, ``zone`` are what
    counts. ``misses`` is the run of consecutive misses, a copy of what the events tell.
    """

    __tablename__ = "registration"
    __table_args__ = (Index("ix_registration_status", "status", "updated_at"),)

    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), primary_key=True)
    status: Mapped[RegistrationStatus] = mapped_column(String(20), default=RegistrationStatus.BEGUN)
    agreed_at: Mapped[datetime | None] = mapped_column(Instant)
    contact_method: Mapped[str | None] = mapped_column(String(10))
    contact_phone: Mapped[str | None] = mapped_column(String(20))
    languages: Mapped[list[str] | None] = mapped_column(JSON)
    services: Mapped[list[str]] = mapped_column(JSON, default=list)
    zone: Mapped[str | None] = mapped_column(String(40))
    hours: Mapped[list[Any] | None] = mapped_column(JSON)
    draft: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    out_from: Mapped[datetime | None] = mapped_column(Instant)
    out_until: Mapped[datetime | None] = mapped_column(Instant)
    registered_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_reason: Mapped[str | None] = mapped_column(Text)
    misses: Mapped[int] = mapped_column(Integer, default=0)
    last_offered_at: Mapped[datetime | None] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)
    agent: Mapped[Agent] = relationship()


class Duty(Base):
    """Who can be offered referrals, by language: the present or next span of availability.

    A row stands for an agent who is registered, eligible and reachable. It is a copy, made for
    choosing among many thousand agents; ``psl.agents.duty`` rewrites it whenever its source
    changes and, at ``refresh_at``, when the span is over.
    """

    __tablename__ = "duty"
    __table_args__ = (
        # A county's agents of one language, those whose turn it is first.
        Index("ix_duty_turn", "language", "county", "misses", "last_offered_at"),
        Index("ix_duty_opening", "language", "opens_at"),
    )

    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(60), primary_key=True)
    county: Mapped[str] = mapped_column(String(60))
    latitude: Mapped[float] = mapped_column(Float)
    longitude: Mapped[float] = mapped_column(Float)
    opens_at: Mapped[datetime] = mapped_column(Instant)
    closes_at: Mapped[datetime] = mapped_column(Instant)
    refresh_at: Mapped[datetime] = mapped_column(Instant, index=True)
    misses: Mapped[int] = mapped_column(Integer)
    last_offered_at: Mapped[datetime] = mapped_column(Instant)
