"""After a PSL call: the number PSL gave, what the Representative suggested, and reminders."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ForeignKey, String, Text, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from psl import notices
from psl.database import Base, Database, Instant
from psl.errors import NotYours
from psl.settings import Settings
from psl.tickets.models import Ticket
from psl.tickets.service import Owner


class PslReference(Base):
    """A ticket/reference number that PSL gave on the phone (GUIDE: keep it for call-backs)."""

    __tablename__ = "psl_reference"

    id: Mapped[int] = mapped_column(primary_key=True)
    chat: Mapped[str] = mapped_column(String(200), index=True)
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"), index=True)
    number: Mapped[str] = mapped_column(String(40))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    noted_at: Mapped[datetime] = mapped_column(Instant)
    resolved_at: Mapped[datetime | None] = mapped_column(Instant)


class Suggestion(Base):
    """One thing the Representative asked the agent to do (GUIDE: act on it)."""

    __tablename__ = "suggestion"

    id: Mapped[int] = mapped_column(primary_key=True)
    chat: Mapped[str] = mapped_column(String(200), index=True)
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"), index=True)
    reference_id: Mapped[int | None] = mapped_column(ForeignKey("psl_reference.id"))
    text: Mapped[str] = mapped_column(Text)
    noted_at: Mapped[datetime] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    reference: Mapped[PslReference | None] = relationship(lazy="joined")


class FollowUps:
    """References, suggestions and their reminders."""

    def __init__(self, database: Database, settings: Settings) -> None:
        """``settings.reminder_hours`` is the time to the first reminder."""
        self._db = database
        self._settings = settings

    def keep_number(self, owner: Owner, number: str) -> PslReference:
        """Keep a number PSL gave; if it is a ticket drafted here it is linked to it.

        Keeping the same number again returns what is kept already.
        """
        with self._db.transaction() as session:
            known = session.scalar(
                select(PslReference).where(owner.owns(PslReference), PslReference.number == number)
            )
            if known is not None:
                return known
            ticket = None
            if owner.agent_id is not None:
                ticket = session.scalar(
                    select(Ticket).where(Ticket.number == number, Ticket.agent_id == owner.agent_id)
                )
            reference = PslReference(
                chat=owner.chat,
                agent_id=owner.agent_id,
                number=number,
                ticket_id=ticket.id if ticket else None,
                noted_at=self._db.now(session),
            )
            session.add(reference)
            return reference

    def latest(self, owner: Owner) -> PslReference | None:
        """The number noted last that is not resolved."""
        with self._db.transaction() as session:
            return session.scalar(
                select(PslReference)
                .where(owner.owns(PslReference), PslReference.resolved_at.is_(None))
                .order_by(PslReference.id.desc())
                .limit(1)
            )

    def numbers(self, owner: Owner) -> list[PslReference]:
        """All kept numbers, newest first."""
        with self._db.transaction() as session:
            return list(
                session.scalars(
                    select(PslReference)
                    .where(owner.owns(PslReference))
                    .order_by(PslReference.id.desc())
                )
            )

    def note(self, owner: Owner, text: str) -> Suggestion:
        """Put a suggestion on the to-do list, with a reminder after ``reminder_hours``."""
        latest = self.latest(owner)
        with self._db.transaction() as session:
            now = self._db.now(session)
            suggestion = Suggestion(
                chat=owner.chat,
                agent_id=owner.agent_id,
                reference_id=latest.id if latest else None,
                text=text,
                noted_at=now,
            )
            session.add(suggestion)
            session.flush()
            about = f" (PSL number {latest.number})" if latest else ""
            notices.enqueue(
                session,
                owner.chat,
                _reminder(suggestion.id),
                f"Reminder from your PSL call{about}: {text}. Done?",
                now + timedelta(hours=self._settings.reminder_hours),
                [
                    {"title": "Done", "payload": f'/todo_done{{"suggestion": "{suggestion.id}"}}'},
                    {"title": "My to-do list", "payload": "/show_todo"},
                ],
            )
            return suggestion

    def todo(self, owner: Owner) -> list[Suggestion]:
        """What is still to be done, oldest first."""
        with self._db.transaction() as session:
            return list(
                session.scalars(
                    select(Suggestion)
                    .where(owner.owns(Suggestion), Suggestion.done_at.is_(None))
                    .order_by(Suggestion.id)
                )
            )

    def done(self, owner: Owner, suggestion_id: int | None = None) -> list[Suggestion]:
        """Tick one suggestion off, or all of them; the reminders are withdrawn.

        Raises:
            NotYours: there is no such suggestion of theirs.
        """
        with self._db.transaction() as session:
            if suggestion_id is None:
                return self._tick(session, owner)
            found = self._tick(session, owner, Suggestion.id == suggestion_id)
            if not found:
                raise NotYours("That is not on your to-do list.")
            return found

    def resolve(self, owner: Owner) -> None:
        """The issue behind the latest number is solved; its suggestions are done.

        Suggestions that no number belongs to are done with it; those of other numbers stay.
        """
        latest = self.latest(owner)
        with self._db.transaction() as session:
            if latest is None:
                self._tick(session, owner)
                return
            reference = Suggestion.reference_id
            self._tick(session, owner, (reference == latest.id) | reference.is_(None))
            session.get_one(PslReference, latest.id).resolved_at = self._db.now(session)

    def _tick(
        self, session: Session, owner: Owner, *which: ColumnElement[bool]
    ) -> list[Suggestion]:
        found = list(
            session.scalars(
                select(Suggestion).where(
                    owner.owns(Suggestion), Suggestion.done_at.is_(None), *which
                )
            )
        )
        now = self._db.now(session)
        for suggestion in found:
            suggestion.done_at = now
            notices.withdraw(session, now, _reminder(suggestion.id))
        return found

    @staticmethod
    def adopt(session: Session, chat: str, agent_id: int) -> None:
        """Give a guest's notes to the agent the chat is linked to in this transaction."""
        for table in (PslReference, Suggestion):
            session.execute(
                update(table)
                .where(table.chat == chat, table.agent_id.is_(None))
                .values(agent_id=agent_id)
            )


def _reminder(suggestion_id: int) -> str:
    return f"suggestion:{suggestion_id}:reminder"
