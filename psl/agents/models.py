"""Tables of the roster."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, Boolean, Date, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from psl.database import Base, Instant


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
    """A chat that speaks for an agent. A chat has one agent; an agent may have several chats."""

    __tablename__ = "chat_link"

    chat: Mapped[str] = mapped_column(String(200), primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), index=True)
    linked_at: Mapped[datetime] = mapped_column(Instant)
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
