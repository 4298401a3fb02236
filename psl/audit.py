"""Who did what, when and why: rows are only ever added (the database refuses anything else)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Integer, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from psl.database import Base, Instant


class AuditEvent(Base):
    """One thing that happened to one record."""

    __tablename__ = "audit_event"

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    at: Mapped[datetime] = mapped_column(Instant)
    subject: Mapped[str] = mapped_column(String(40), index=True)
    actor: Mapped[str] = mapped_column(String(120))
    action: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(Text, default="")


def record(
    session: Session, at: datetime, *, subject: str, actor: str, action: str, reason: str = ""
) -> None:
    """Add an event in the caller's transaction, so that change and event stand or fall together.

    ``subject`` is "ticket:12" or the like, ``actor`` "agent:774120", "chat:rest:abc" or "system".
    """
    session.add(AuditEvent(at=at, subject=subject, actor=actor, action=action, reason=reason))


def history(session: Session, subject: str) -> list[AuditEvent]:
    """Everything that happened to ``subject``, oldest first."""
    statement = select(AuditEvent).where(AuditEvent.subject == subject).order_by(AuditEvent.id)
    return list(session.scalars(statement))
