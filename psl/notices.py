"""The outbox: what is pushed to a chat later, written in the transaction that causes it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from psl.database import Base, Database, Instant


class Notice(Base):
    """A message for a chat, due at an instant; ``key`` makes writing it twice harmless."""

    __tablename__ = "notice"
    __table_args__ = (UniqueConstraint("chat", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    chat: Mapped[str] = mapped_column(String(200), index=True)
    key: Mapped[str] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(Text)
    buttons: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    due_at: Mapped[datetime] = mapped_column(Instant, index=True)
    delivered_at: Mapped[datetime | None] = mapped_column(Instant)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)


def enqueue(
    session: Session,
    chat: str,
    key: str,
    text: str,
    due_at: datetime,
    buttons: list[dict[str, str]] | None = None,
) -> None:
    """Write a notice in the caller's transaction; the same ``key`` again changes nothing.

    ``buttons`` are {"title", "payload"} with Rasa payloads; the channel turns them into tokens.
    """
    written = select(Notice.id).where(Notice.chat == chat, Notice.key == key)
    if session.scalar(written) is None:
        session.add(Notice(chat=chat, key=key, text=text, due_at=due_at, buttons=buttons or []))


def withdraw(session: Session, at: datetime, key: str) -> None:
    """Take back what was not delivered yet."""
    for notice in session.scalars(
        select(Notice).where(Notice.key == key, Notice.delivered_at.is_(None))
    ):
        notice.withdrawn_at = at


class Notices:
    """The outbox as channels see it."""

    def __init__(self, database: Database) -> None:
        """Notices are read from ``database``."""
        self._db = database

    def drain(self, chat: str) -> list[Notice]:
        """Everything due for a chat, oldest first, marked as delivered."""
        with self._db.transaction() as session:
            now = self._db.now(session)
            due = list(
                session.scalars(
                    select(Notice)
                    .where(
                        Notice.chat == chat,
                        Notice.due_at <= now,
                        Notice.delivered_at.is_(None),
                        Notice.withdrawn_at.is_(None),
                    )
                    .order_by(Notice.due_at, Notice.id)
                    .with_for_update(skip_locked=True)
                )
            )
            for notice in due:
                notice.delivered_at = now
            return due
