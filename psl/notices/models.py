"""The table of notices."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from psl.database import Base, Instant

# What is not finished. The indexes below hold these rows alone, so that claiming stays as cheap
# with a million delivered notices as with none.
_OPEN = text("delivered_at IS NULL AND withdrawn_at IS NULL AND undeliverable_at IS NULL")
_LEASED = text("claimed_until IS NOT NULL")
_UNDELIVERABLE = text("undeliverable_at IS NOT NULL")


class Notice(Base):
    """A message for a chat, due at an instant; ``key`` makes writing it twice harmless.

    The notices of a chat are in the order of ``due_at``, then ``id``. A worker that delivers holds
    some of them under ``claim_token`` until ``claimed_until``; ``next_try_at`` is ``due_at`` at
    first, later when a failed delivery is tried again. ``subject`` ("referral:R-…", "offer:17") is
    what it is about, ``agent_id`` whose it is; both may be left out.
    """

    __tablename__ = "notice"
    __table_args__ = (
        # The key first: it is also looked for in all chats at once.
        UniqueConstraint("key", "chat"),
        Index(
            "ix_notice_next_of_channel",
            "channel",
            "due_at",
            "id",
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index(
            "ix_notice_next_of_chat",
            "chat",
            "due_at",
            "id",
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index(
            "ix_notice_next_try",
            "channel",
            "next_try_at",
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("ix_notice_leased", "chat", sqlite_where=_LEASED, postgresql_where=_LEASED),
        Index(
            "ix_notice_undeliverable",
            "undeliverable_at",
            sqlite_where=_UNDELIVERABLE,
            postgresql_where=_UNDELIVERABLE,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    chat: Mapped[str] = mapped_column(String(200))
    channel: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(Text)
    buttons: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    due_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    agent_id: Mapped[int | None]
    subject: Mapped[str] = mapped_column(String(60), default="")
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime] = mapped_column(Instant)
    claim_token: Mapped[str | None] = mapped_column(String(32))
    claimed_until: Mapped[datetime | None] = mapped_column(Instant)
    delivered_at: Mapped[datetime | None] = mapped_column(Instant)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)
    undeliverable_at: Mapped[datetime | None] = mapped_column(Instant)
    last_error: Mapped[str] = mapped_column(String(120), default="")
