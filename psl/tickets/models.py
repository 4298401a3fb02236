"""Tables of tickets."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from psl.database import Base, Instant


class Ticket(Base):
    """One issue. ``details`` maps the ids of ``ticket_fields.yml`` to values.

    A draft belongs to a chat, and to the chat's agent once it is linked. ``number`` is given at
    submission. ``version`` counts changes, so that a submit names the state it was shown.
    """

    __tablename__ = "ticket"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str | None] = mapped_column(String(8), unique=True)
    status: Mapped[str] = mapped_column(String(24), index=True)
    chat: Mapped[str] = mapped_column(String(200), index=True)
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(200), default="")
    words: Mapped[str] = mapped_column(Text, default="")
    details: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    waived: Mapped[list[str]] = mapped_column(JSON, default=list)
    case_number: Mapped[str | None] = mapped_column(String(40), index=True)
    application_number: Mapped[str | None] = mapped_column(String(40), index=True)
    split_group: Mapped[str | None] = mapped_column(String(32), index=True)
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)
    submitted_at: Mapped[datetime | None] = mapped_column(Instant)


class TicketNote(Base):
    """Something added to a ticket after it was submitted."""

    __tablename__ = "ticket_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    at: Mapped[datetime] = mapped_column(Instant)
    author: Mapped[str] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(Text)
