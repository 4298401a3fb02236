"""Buttons offered to a chat: an opaque token stands for a payload, for that chat alone."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Integer, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from psl.database import Base, Database, Instant

PREFIX = "btn:"


def payload(intent: str, **entities: str | int) -> str:
    """The Rasa message behind a button."""
    told = {name: str(value) for name, value in entities.items()}
    return f"/{intent}" + (json.dumps(told) if told else "")


class OfferedButton(Base):
    """A button that was sent. ``turn`` numbers the replies of a chat that had buttons."""

    __tablename__ = "offered_button"

    token: Mapped[str] = mapped_column(String(24), primary_key=True)
    chat: Mapped[str] = mapped_column(String(200), index=True)
    turn: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(String(120))
    payload: Mapped[str] = mapped_column(Text)
    offered_at: Mapped[datetime] = mapped_column(Instant, index=True)


class Buttons:
    """Issues tokens and finds what they stand for."""

    def __init__(self, database: Database) -> None:
        """Tokens are kept in ``database``."""
        self._db = database

    def offer(self, chat: str, choices: Sequence[tuple[str, str]]) -> list[str]:
        """One token a (title, payload) choice; at most 28 characters, so Telegram takes them."""
        if not choices:
            return []
        with self._db.transaction() as session:
            now = self._db.now(session)
            last = session.scalar(
                select(OfferedButton.turn)
                .where(OfferedButton.chat == chat)
                .order_by(OfferedButton.turn.desc())
                .limit(1)
            )
            tokens = []
            for title, payload in choices:
                token = PREFIX + secrets.token_urlsafe(12)
                session.add(
                    OfferedButton(
                        token=token,
                        chat=chat,
                        turn=(last or 0) + 1,
                        title=title[:120],
                        payload=payload,
                        offered_at=now,
                    )
                )
                tokens.append(token)
            return tokens

    def payload_of(self, chat: str, token: str) -> str | None:
        """What a token of this chat stands for; None for a foreign, forged or purged one."""
        found = self._offered(chat, token)
        return found.payload if found else None

    def title_of(self, chat: str, token: str) -> str | None:
        """What the button said; None like ``payload_of``."""
        found = self._offered(chat, token)
        return found.title if found else None

    def _offered(self, chat: str, token: str) -> OfferedButton | None:
        with self._db.reading() as session:
            found = session.get(OfferedButton, token)
            return found if found is not None and found.chat == chat else None

    def payload_of_title(self, chat: str, typed: str) -> str | None:
        """The payload of the latest offered button whose title was typed word for word."""
        wanted = typed.strip().casefold()
        if not wanted or len(wanted) > 120:
            return None
        with self._db.reading() as session:
            latest = (
                select(OfferedButton.turn)
                .where(OfferedButton.chat == chat)
                .order_by(OfferedButton.turn.desc())
                .limit(1)
                .scalar_subquery()
            )
            offered = session.scalars(
                select(OfferedButton).where(
                    OfferedButton.chat == chat, OfferedButton.turn == latest
                )
            )
            return next((b.payload for b in offered if b.title.casefold() == wanted), None)
