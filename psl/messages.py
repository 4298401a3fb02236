"""Messages that a channel received and sent, for channels that keep the chat elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import JSON, BigInteger, Index, String, Text, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from psl.database import Base, Database, Instant

#: Rows of [title, token].
Keyboard = list[list[list[str]]]

# Messages of a chat that are looked through for buttons that still work.
_RECENT: Final = 50


class ReceivedMessage(Base):
    """A message, an edit or a press that was handled; ``key`` is the channel's name for it."""

    __tablename__ = "received_message"

    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant, index=True)


class SentMessage(Base):
    """A message whose buttons work or that may have to be edited.

    ``buttons`` are those that still work. ``subject`` is what a notice was about, empty for an
    answer. ``text`` is kept only where it is needed for an edit and holds no private data.
    """

    __tablename__ = "sent_message"
    __table_args__ = (Index("ix_sent_message_about", "chat", "subject"),)

    chat: Mapped[str] = mapped_column(String(200), primary_key=True)
    message_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    subject: Mapped[str] = mapped_column(String(60), default="")
    text: Mapped[str] = mapped_column(Text, default="")
    buttons: Mapped[Keyboard] = mapped_column(JSON, default=list)
    sent_at: Mapped[datetime] = mapped_column(Instant, index=True)

    @property
    def tokens(self) -> dict[str, str]:
        """The titles of the buttons that still work, by token."""
        return {token: title for row in self.buttons for title, token in row}


class Messages:
    """What was handled, and which buttons of which messages still work."""

    def __init__(self, database: Database) -> None:
        """Messages are kept in ``database``."""
        self._db = database

    def is_handled(self, key: str) -> bool:
        """Whether ``handled`` was told of this key."""
        with self._db.reading() as session:
            return session.get(ReceivedMessage, key) is not None

    def handled(
        self, *keys: str, chat: str = "", buttons: Mapping[int, Keyboard] | None = None
    ) -> None:
        """Keep that messages were handled, and in the same transaction what buttons are left.

        Args:
            keys: the channel's names for the messages; saying so twice changes nothing.
            chat: "channel:sender", whose buttons these are.
            buttons: the buttons that still work, by message.
        """

        def work(session: Session) -> None:
            now = self._db.now(session)
            insert = sqlite.insert if self._db.is_sqlite else postgresql.insert
            if keys:
                session.execute(
                    insert(ReceivedMessage).on_conflict_do_nothing(),
                    [{"key": key, "at": now} for key in keys],
                )
            for message_id, left in (buttons or {}).items():
                message = session.get(SentMessage, (chat, message_id), with_for_update=True)
                if message is not None:
                    message.buttons = left

        self._db.run(work)

    def sent(
        self, chat: str, message_id: int, buttons: Keyboard, *, subject: str = "", text: str = ""
    ) -> None:
        """Keep a message that was sent; the same number again replaces it."""

        def work(session: Session) -> None:
            session.merge(
                SentMessage(
                    chat=chat,
                    message_id=message_id,
                    subject=subject,
                    text=text,
                    buttons=buttons,
                    sent_at=self._db.now(session),
                )
            )

        self._db.run(work)

    def of(self, chat: str, message_id: int) -> SentMessage | None:
        """A message that was sent, if it was kept."""
        with self._db.reading() as session:
            return session.get(SentMessage, (chat, message_id))

    def about(self, chat: str, subject: str) -> list[SentMessage]:
        """The chat's messages of a subject, oldest first."""
        with self._db.reading() as session:
            return list(
                session.scalars(
                    select(SentMessage)
                    .where(SentMessage.chat == chat, SentMessage.subject == subject)
                    .order_by(SentMessage.message_id)
                )
            )

    def with_buttons(self, chat: str) -> list[SentMessage]:
        """The chat's messages that have working buttons, oldest first; of many only the latest."""
        with self._db.reading() as session:
            latest = session.scalars(
                select(SentMessage)
                .where(SentMessage.chat == chat)
                .order_by(SentMessage.message_id.desc())
                .limit(_RECENT)
            )
            return [message for message in latest if message.buttons][::-1]
