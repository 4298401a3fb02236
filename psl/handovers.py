"""Requests to be called back by a person; the rep desk works them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from psl.database import Base, Database, Instant
from psl.tickets.service import Owner


class Handover(Base):
    """One request for a person, with what the agent wants them to know."""

    __tablename__ = "handover"

    id: Mapped[int] = mapped_column(primary_key=True)
    chat: Mapped[str] = mapped_column(String(200), index=True)
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    note: Mapped[str] = mapped_column(Text, default="")
    requested_at: Mapped[datetime] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)


class Handovers:
    """The requests for a person."""

    def __init__(self, database: Database) -> None:
        """Requests are kept in ``database``."""
        self._db = database

    def request(self, owner: Owner) -> tuple[Handover, bool]:
        """The chat's open request, and whether it is new."""
        with self._db.transaction() as session:
            known = session.scalar(
                select(Handover).where(Handover.chat == owner.chat, Handover.closed_at.is_(None))
            )
            if known is not None:
                return known, False
            request = Handover(
                chat=owner.chat,
                agent_id=owner.agent_id,
                note="",
                requested_at=self._db.now(session),
            )
            session.add(request)
            return request, True

    def add_note(self, owner: Owner, text: str) -> Handover:
        """Add what the person should know to the chat's open request."""
        request, _ = self.request(owner)
        with self._db.transaction() as session:
            request = session.get_one(Handover, request.id)
            request.note = f"{request.note}\n{text}".strip()
            return request

    def withdraw(self, owner: Owner) -> bool:
        """Close the chat's open request; False if there is none."""
        with self._db.transaction() as session:
            request = session.scalar(
                select(Handover).where(Handover.chat == owner.chat, Handover.closed_at.is_(None))
            )
            if request is None:
                return False
            request.closed_at = self._db.now(session)
            return True
