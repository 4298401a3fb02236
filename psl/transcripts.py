"""What was said in a chat, masked and numbered, so that a page can show it again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import (
    JSON,
    CursorResult,
    Integer,
    String,
    Text,
    UniqueConstraint,
    delete,
    func,
    select,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from psl.database import Base, Database, Instant

Author = Literal["agent", "assistant"]

#: A page shows at most this many of the latest messages of a long conversation.
REPLAYED: Final = 300

_TRIES: Final = 5


class ChatMessage(Base):
    """One message of a chat; ``number`` counts from 1, ``client_id`` is the sender's name for it.

    ``buttons`` are {"title", "payload"}: those offered with an assistant's message, or the one that
    an agent's message pressed.
    """

    __tablename__ = "chat_message"
    # The first one is also the index for a chat's history.
    __table_args__ = (
        UniqueConstraint("chat", "number", name="uq_chat_message_chat_number"),
        UniqueConstraint("chat", "client_id", name="uq_chat_message_chat_client_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    chat: Mapped[str] = mapped_column(String(200))
    number: Mapped[int] = mapped_column(Integer)
    author: Mapped[Author] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text)
    buttons: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    client_id: Mapped[str | None] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Instant, index=True)


class Transcripts:
    """The messages of chats. Whoever adds one has masked it before."""

    def __init__(self, database: Database) -> None:
        """Messages are kept in ``database``."""
        self._db = database

    def add(
        self,
        chat: str,
        author: Author,
        text: str,
        buttons: Sequence[tuple[str, str]] = (),
        client_id: str | None = None,
    ) -> ChatMessage | None:
        """Store a message under the chat's next number; None if ``client_id`` was stored already.

        Args:
            chat: "channel:sender".
            author: who said it.
            text: what was said, already masked.
            buttons: (title, payload).
            client_id: the sender's own name for the message, so that sending it twice is harmless.
        """
        for left in reversed(range(_TRIES)):
            try:
                with self._db.transaction() as session:
                    if client_id is not None and self._sent(session, chat, client_id) is not None:
                        return None
                    message = ChatMessage(
                        chat=chat,
                        number=self._last(session, chat) + 1,
                        author=author,
                        text=text,
                        buttons=[
                            {"title": title, "payload": payload} for title, payload in buttons
                        ],
                        client_id=client_id,
                        at=self._db.now(session),
                    )
                    session.add(message)
                return message
            except IntegrityError:
                # On PostgreSQL another process may have taken the number in between.
                if not left:
                    raise
        raise AssertionError("unreachable")

    def sent(self, chat: str, client_id: str) -> ChatMessage | None:
        """The message that was stored under ``client_id``."""
        with self._db.reading() as session:
            return self._sent(session, chat, client_id)

    def after(self, chat: str, number: int) -> list[ChatMessage]:
        """The messages that follow ``number``, oldest first; of very many, only the latest."""
        with self._db.reading() as session:
            latest = session.scalars(
                select(ChatMessage)
                .where(ChatMessage.chat == chat, ChatMessage.number > number)
                .order_by(ChatMessage.number.desc())
                .limit(REPLAYED)
            )
            return list(latest)[::-1]

    def last(self, chat: str) -> int:
        """The number of the latest message; 0 if there is none."""
        with self._db.reading() as session:
            return self._last(session, chat)

    def purge(self, before: datetime) -> int:
        """Remove what was said before an instant; how many messages that were."""
        with self._db.transaction() as session:
            done = session.execute(delete(ChatMessage).where(ChatMessage.at < before))
            return done.rowcount if isinstance(done, CursorResult) else 0

    def _last(self, session: Session, chat: str) -> int:
        latest = select(func.max(ChatMessage.number)).where(ChatMessage.chat == chat)
        return session.scalar(latest) or 0

    def _sent(self, session: Session, chat: str, client_id: str) -> ChatMessage | None:
        return session.scalar(
            select(ChatMessage).where(ChatMessage.chat == chat, ChatMessage.client_id == client_id)
        )
