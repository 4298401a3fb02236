"""Screenshots with tickets: a row that refers to a file, which lies beside the database."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import ForeignKey, Integer, Select, String, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from psl import audit
from psl.database import Base, Database, Instant, among
from psl.errors import BadInput, IllegalMove, NotYours
from psl.pictures import SUFFIXES, redrawn
from psl.settings import Settings
from psl.tickets.models import Ticket
from psl.tickets.rules import UNSENT, Status
from psl.tickets.service import Owner, Tickets

# So long a picture waits for the next ticket of its chat.
WAITS: Final = timedelta(hours=1)
# After so long nothing refers to a half-written file, or to a picture without a ticket.
LEFT_OVER: Final = timedelta(days=1)
_NAME: Final = 120
_FILE = re.compile(rf"([0-9a-f]{{64}})\.(?:{'|'.join(SUFFIXES.values())})")


class Attachment(Base):
    """A picture that somebody sent; ``ticket_id`` is empty until it belongs to a ticket.

    ``name`` is the file's masked name, ``sha256`` that of the file as it is kept.
    """

    __tablename__ = "attachment"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    chat: Mapped[str] = mapped_column(String(200), index=True)
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"), index=True)
    name: Mapped[str] = mapped_column(String(_NAME))
    media_type: Mapped[str] = mapped_column(String(40))
    size: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str] = mapped_column(String(64))
    added_at: Mapped[datetime] = mapped_column(Instant, index=True)


@dataclass(frozen=True)
class Bound:
    """A picture with its ticket. ``again``: it was there already; ``first``: it is the only one."""

    attachment: Attachment
    ticket: Ticket
    again: bool
    first: bool


class Attachments:
    """Takes pictures, keeps them and gives them to tickets."""

    def __init__(self, database: Database, settings: Settings, tickets: Tickets) -> None:
        """Files go to ``attachments`` in the data folder; ``tickets`` keep the time line."""
        self._db = database
        self._settings = settings
        self._tickets = tickets
        self._folder = settings.data_dir / "attachments"

    def add(self, owner: Owner, name: str, data: bytes) -> Attachment:
        """Keep a picture, redrawn, for a ticket still to be named; ``name`` is masked already.

        What waits already is not kept twice.

        Raises:
            BadInput: it cannot be taken (see ``redrawn``), or too many wait for a ticket.
        """
        picture = redrawn(
            data,
            most_bytes=self._settings.attachment_bytes,
            most_pixels=self._settings.attachment_pixels,
            side=self._settings.attachment_side,
        )
        sha256 = hashlib.sha256(picture.data).hexdigest()
        file = self._file(sha256, picture.media_type)
        written = _written_beside(file, picture.data)
        try:
            with self._db.transaction() as session:
                self._lock_file(session, sha256)
                now = self._db.now(session)
                waiting = list(session.scalars(self._waiting(owner, now)))
                for known in waiting:
                    if known.sha256 == sha256:
                        known.added_at = now
                        return known
                if len(waiting) >= self._settings.attachments_per_ticket:
                    raise BadInput(
                        f"{len(waiting)} screenshots wait for a ticket already. Start one first."
                    )
                attachment = Attachment(
                    chat=owner.chat,
                    agent_id=owner.agent_id,
                    name=_bare_name(name),
                    media_type=picture.media_type,
                    size=len(picture.data),
                    sha256=sha256,
                    added_at=now,
                )
                session.add(attachment)
                session.flush()
                os.replace(written, file)
                return attachment
        finally:
            written.unlink(missing_ok=True)

    def get(self, owner: Owner, attachment_id: int) -> Attachment:
        """The owner's attachment.

        Raises:
            NotYours: there is no such attachment of theirs.
        """
        with self._db.reading() as session:
            return self._mine(session, owner, attachment_id)

    def unbound(self, owner: Owner) -> list[Attachment]:
        """What still waits for the next ticket of this chat, oldest first."""
        with self._db.reading() as session:
            return list(session.scalars(self._waiting(owner, self._db.now(session))))

    def of_ticket(self, ticket_id: int) -> list[Attachment]:
        """The attachments of a ticket, oldest first."""
        with self._db.reading() as session:
            return _held(session, ticket_id)

    def counts(self, ticket_ids: Collection[int]) -> dict[int, int]:
        """How many each of these tickets has; those without any are left out."""
        with self._db.reading() as session:
            rows = session.execute(
                select(Attachment.ticket_id, func.count())
                .where(among(session, Attachment.ticket_id, ticket_ids))
                .group_by(Attachment.ticket_id)
            )
            return {ticket_id: count for ticket_id, count in rows if ticket_id is not None}

    def path(self, attachment: Attachment) -> Path:
        """Where its file is: a PNG or JPEG as ``media_type`` says, written by this product."""
        return self._file(attachment.sha256, attachment.media_type)

    def bind(self, owner: Owner, attachment_id: int, ticket_id: int) -> Bound:
        """Give a picture to a ticket; one of a draft may go over to another ticket.

        A submitted ticket takes it as an addition, with a note. The same picture is kept once.

        Raises:
            NotYours: the attachment or the ticket is not theirs.
            IllegalMove: the ticket is dropped or closed, or the picture is with a submitted one.
            BadInput: the ticket has as many as it may have.
        """
        with self._db.transaction() as session:
            ticket = self._tickets.for_addition(session, owner, ticket_id)
            attachment = self._mine(session, owner, attachment_id, lock=True)
            held = _held(session, ticket_id)
            if twin := next((a for a in held if a.sha256 == attachment.sha256), None):
                if twin.id != attachment.id and attachment.ticket_id is None:
                    session.delete(attachment)
                return Bound(twin, ticket, again=True, first=False)
            if attachment.ticket_id is not None:
                before = session.get_one(Ticket, attachment.ticket_id)
                if before.status not in UNSENT:
                    raise IllegalMove("That screenshot is with a submitted ticket.")
            if len(held) >= self._settings.attachments_per_ticket:
                raise BadInput(
                    f"This ticket has {len(held)} screenshots, and takes no more. Remove one first."
                )
            attachment.ticket_id = ticket.id
            note = "" if ticket.status in UNSENT else f"Screenshot added: {attachment.name}"
            self._tickets.added(session, owner, ticket, note)
            _record(session, ticket.updated_at, ticket.id, owner, "screenshot attached", attachment)
            return Bound(attachment, ticket, again=False, first=not held)

    def move(self, owner: Owner, source_id: int, target_id: int) -> None:
        """What a ticket has goes over to the one that takes its place, whatever the limit.

        Raises:
            NotYours: one of the tickets is not theirs.
            IllegalMove: the second is dropped or closed.
        """
        with self._db.transaction() as session:
            target = self._tickets.for_addition(session, owner, target_id)
            if (
                session.scalar(select(Ticket.id).where(Ticket.id == source_id, owner.owns(Ticket)))
                is None
            ):
                raise NotYours("I find no such ticket of yours.")
            known = {attachment.sha256 for attachment in _held(session, target_id)}
            now = self._db.now(session)
            for attachment in _held(session, source_id):
                if attachment.sha256 in known:
                    session.delete(attachment)
                    continue
                attachment.ticket_id = target_id
                _record(session, now, target.id, owner, "screenshot attached", attachment)

    def remove(self, owner: Owner, attachment_id: int) -> Attachment:
        """Delete a picture, also from a submitted ticket; the file goes with its last row.

        Raises:
            NotYours: there is no such attachment of theirs.
        """
        with self._db.transaction() as session:
            self._lock_file(session, self._mine(session, owner, attachment_id).sha256)
            attachment = self._mine(session, owner, attachment_id, lock=True)
            if attachment.ticket_id is not None:
                now = self._db.now(session)
                _record(session, now, attachment.ticket_id, owner, "screenshot removed", attachment)
                ticket = session.get_one(Ticket, attachment.ticket_id)
                if ticket.status not in {*UNSENT, Status.CLOSED}:
                    self._tickets.added(
                        session, owner, ticket, f"Screenshot removed: {attachment.name}"
                    )
            session.delete(attachment)
            session.flush()
            if not _used(session, attachment.sha256):
                self.path(attachment).unlink(missing_ok=True)
            return attachment

    @staticmethod
    def adopt(session: Session, chat: str, agent_id: int) -> None:
        """Give a guest's pictures to the agent the chat is linked to in this transaction."""
        session.execute(
            update(Attachment)
            .where(Attachment.chat == chat, Attachment.agent_id.is_(None))
            .values(agent_id=agent_id)
        )

    def sweep(self) -> int:
        """Delete the files that no row refers to, and what was left half-written; how many."""
        removed = 0
        for path in sorted(self._folder.glob("*/*")):
            kept = _FILE.fullmatch(path.name)
            if kept is None:
                if time.time() - path.stat().st_mtime > LEFT_OVER.total_seconds():
                    path.unlink(missing_ok=True)
                    removed += 1
                continue
            with self._db.transaction() as session:
                self._lock_file(session, kept.group(1))
                if not _used(session, kept.group(1)):
                    path.unlink(missing_ok=True)
                    removed += 1
        return removed

    # Inside a transaction ---------------------------------------------------------------------

    def _lock_file(self, session: Session, sha256: str) -> None:
        """One at a time writes or deletes this file; on SQLite one at a time writes at all."""
        if not self._db.is_sqlite:
            session.execute(select(func.pg_advisory_xact_lock(int(sha256[:15], 16))))

    @staticmethod
    def _mine(
        session: Session, owner: Owner, attachment_id: int, *, lock: bool = False
    ) -> Attachment:
        statement = select(Attachment).where(Attachment.id == attachment_id, owner.owns(Attachment))
        found = session.scalar(statement.with_for_update() if lock else statement)
        if found is None:
            raise NotYours("I find no such screenshot of yours.")
        return found

    @staticmethod
    def _waiting(owner: Owner, now: datetime) -> Select[Attachment]:
        return (
            select(Attachment)
            .where(
                owner.owns(Attachment),
                Attachment.chat == owner.chat,
                Attachment.ticket_id.is_(None),
                Attachment.added_at > now - WAITS,
            )
            .order_by(Attachment.id)
        )

    def _file(self, sha256: str, media_type: str) -> Path:
        return self._folder / sha256[:2] / f"{sha256}.{SUFFIXES[media_type]}"


def _held(session: Session, ticket_id: int) -> list[Attachment]:
    statement = select(Attachment).where(Attachment.ticket_id == ticket_id).order_by(Attachment.id)
    return list(session.scalars(statement))


def _used(session: Session, sha256: str) -> bool:
    return (
        session.scalar(select(Attachment.id).where(Attachment.sha256 == sha256).limit(1))
        is not None
    )


def _record(
    session: Session, at: datetime, ticket_id: int, owner: Owner, action: str, about: Attachment
) -> None:
    audit.record(
        session,
        at,
        subject=f"ticket:{ticket_id}",
        actor=owner.actor,
        action=action,
        reason=f"file {about.id}",
    )


def _bare_name(name: str) -> str:
    """The name without folders and what cannot be seen, not too long."""
    last = re.split(r"[\\/]", name)[-1]
    seen = "".join(ch for ch in last if ch.isprintable()).strip()
    return seen[:_NAME] or "screenshot"


def _written_beside(file: Path, data: bytes) -> Path:
    """The bytes under a passing name in the folder of ``file``, on the disk in full."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.parent / f".{file.name}.{secrets.token_hex(8)}"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    return draft
