"""The transactions of tickets. Every change and its audit event are one transaction."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from psl import audit
from psl.agents.models import Agent
from psl.database import Database
from psl.errors import BadInput, IllegalMove, Incomplete, NotLinked, NotYours
from psl.guide import Guide
from psl.numbers import TICKETS, new_number
from psl.settings import Settings
from psl.tickets.models import Ticket, TicketNote
from psl.tickets.rules import (
    OPEN,
    UNSENT,
    UNSKIPPABLE,
    Actor,
    Status,
    check_move,
    kind_of,
    missing_fields,
    same_client,
    similarity,
)


@dataclass(frozen=True)
class Owner:
    """Whose drafts and records: a chat, and the agent it speaks for if it is linked."""

    chat: str
    agent_id: int | None = None

    @property
    def actor(self) -> str:
        """The name under which the audit knows them."""
        return f"agent:{self.agent_id}" if self.agent_id else f"chat:{self.chat}"

    def owns(self, table: Any) -> ColumnElement[bool]:
        """The condition that a row with ``chat`` and ``agent_id`` is theirs.

        What a chat told as a guest is the chat's; from its link on it is the agent's alone.
        """
        guest = (table.chat == self.chat) & table.agent_id.is_(None)
        mine: ColumnElement[bool] = (
            guest | (table.agent_id == self.agent_id) if self.agent_id else guest
        )
        return mine


@dataclass(frozen=True)
class NewIssue:
    """What is known of one issue when its draft starts."""

    words: str = ""
    title: str = ""
    details: Mapping[str, str] | None = None
    kind: str | None = None


class Tickets:
    """Drafts, submitted tickets and their notes."""

    def __init__(self, database: Database, guide: Guide, settings: Settings) -> None:
        """Everything it needs is given; it holds no state of its own."""
        self._db = database
        self._guide = guide
        self._settings = settings

    # Drafting ---------------------------------------------------------------------------------

    def start(self, owner: Owner, issues: Sequence[NewIssue]) -> list[Ticket]:
        """One draft an issue (GUIDE: one issue a ticket); siblings share a ``split_group``.

        Agency, DOI number and role of a linked agent are filled in from the roster.
        """
        group = secrets.token_hex(8) if len(issues) > 1 else None
        drafts = []
        with self._db.transaction() as session:
            now = self._db.now(session)
            known = self._known_of(session, owner)
            for issue in issues:
                draft = Ticket(
                    status=Status.DRAFT,
                    chat=owner.chat,
                    agent_id=owner.agent_id,
                    kind=issue.kind or kind_of(self._guide, issue.words).id,
                    title=issue.title,
                    words=issue.words,
                    details={},
                    waived=[],
                    split_group=group,
                    version=1,
                    created_at=now,
                    updated_at=now,
                )
                self._fill(draft, known)
                self._fill(draft, issue.details or {})
                session.add(draft)
                session.flush()
                self._record(session, now, draft, owner.actor, "drafted")
                drafts.append(draft)
        return drafts

    def drafts(self, owner: Owner) -> list[Ticket]:
        """The owner's open drafts, last changed first."""
        with self._db.transaction() as session:
            statement = (
                select(Ticket)
                .where(owner.owns(Ticket), Ticket.status == Status.DRAFT)
                .order_by(Ticket.updated_at.desc(), Ticket.id)
            )
            return list(session.scalars(statement))

    def last_discarded(self, owner: Owner) -> Ticket | None:
        """The draft that was dropped last, so that it can be brought back."""
        with self._db.transaction() as session:
            return session.scalar(
                select(Ticket)
                .where(owner.owns(Ticket), Ticket.status == Status.DISCARDED)
                .order_by(Ticket.updated_at.desc())
                .limit(1)
            )

    def draft(self, owner: Owner, ticket_id: int) -> Ticket:
        """The owner's draft.

        Raises:
            NotYours: there is no such draft of theirs.
        """
        with self._db.transaction() as session:
            return self._mine(session, owner, ticket_id)

    def fill(
        self,
        owner: Owner,
        ticket_id: int,
        details: Mapping[str, str],
        *,
        waive: Sequence[str] = (),
        words: str = "",
        title: str = "",
    ) -> Ticket:
        """Put details into a draft (a new value replaces the old one) and return it.

        ``waive`` names fields the agent skipped or that do not apply; ``words`` are added to what
        the agent said, and may change which kind of issue it is.

        Raises:
            NotYours: there is no such draft of theirs.
            BadInput: a field that cannot be skipped was skipped.
        """
        if refused := UNSKIPPABLE & set(waive):
            labels = ", ".join(self._guide.ticket_fields[f].label for f in sorted(refused))
            raise BadInput(f"PSL always needs this: {labels}.")
        with self._db.transaction() as session:
            draft = self._draft(session, owner, ticket_id)
            if words:
                draft.words = f"{draft.words}\n{words}".strip()
                draft.kind = kind_of(self._guide, draft.words).id
            if title and not draft.title:
                draft.title = title
            self._fill(draft, details)
            draft.waived = sorted((set(draft.waived) | set(waive)) - set(draft.details))
            self._touch(session, draft)
            return draft

    def clear(self, owner: Owner, ticket_id: int, field: str) -> Ticket:
        """Forget one field of a draft, so that it is asked again.

        Raises:
            NotYours: there is no such draft of theirs.
            IllegalMove: it is no draft any more.
        """
        with self._db.transaction() as session:
            draft = self._draft(session, owner, ticket_id)
            gone = {field}
            if field == "case_or_application":
                gone |= {"case_number", "application_number"}
            draft.details = {k: v for k, v in draft.details.items() if k not in gone}
            draft.waived = [f for f in draft.waived if f not in gone]
            self._fill(draft, {})
            self._touch(session, draft)
            return draft

    def discard(self, owner: Owner, ticket_id: int) -> Ticket:
        """Drop a draft. It can be brought back until the purge."""
        return self.move(owner, ticket_id, Status.DISCARDED, Actor.AGENT, "dropped by its owner")

    def restore(self, owner: Owner, ticket_id: int) -> Ticket:
        """Bring a dropped draft back."""
        return self.move(owner, ticket_id, Status.DRAFT, Actor.AGENT, "brought back")

    def merge(self, owner: Owner, ticket_ids: Sequence[int]) -> Ticket:
        """Make one draft of several that turned out to be one issue; the others are discarded.

        Raises:
            NotYours: one of them is no draft of theirs.
            IllegalMove: one of them is no draft any more.
        """
        with self._db.transaction() as session:
            first, *rest = [self._draft(session, owner, i) for i in dict.fromkeys(ticket_ids)]
            for other in rest:
                happened = [
                    t.details["what_happened"]
                    for t in (first, other)
                    if "what_happened" in t.details
                ]
                self._fill(first, {**other.details, **first.details})
                self._fill(first, {"what_happened": "\n".join(happened)})
                first.words = f"{first.words}\n{other.words}".strip()
                check_move(Status(other.status), Status.DISCARDED, Actor.AGENT)
                other.status = Status.DISCARDED
                self._touch(session, other)
                self._record(
                    session,
                    other.updated_at,
                    other,
                    owner.actor,
                    "merged",
                    f"into draft {first.id}",
                )
            first.kind = kind_of(self._guide, first.words).id
            first.split_group = None
            self._touch(session, first)
            return first

    def missing(self, draft: Ticket) -> list[str]:
        """The ids of the fields still to be asked, in order."""
        return missing_fields(self._guide, draft.kind, draft.details, draft.waived)

    def adopt(self, session: Session, chat: str, agent_id: int) -> None:
        """Give a guest's drafts to the agent the chat is linked to in this transaction.

        Dropped drafts go along, so that they can be brought back.
        """
        owner = Owner(chat, agent_id)
        known = self._known_of(session, owner)
        unsent = select(Ticket).where(
            Ticket.chat == chat, Ticket.agent_id.is_(None), Ticket.status.in_(UNSENT)
        )
        for draft in session.scalars(unsent).all():
            draft.agent_id = agent_id
            # Who they are is what the roster says; the agency stays as they typed it.
            identity = {kind: known[kind] for kind in ("doi_number", "role")}
            self._fill(draft, {**known, **draft.details, **identity})
            self._touch(session, draft)
            self._record(session, draft.updated_at, draft, owner.actor, "adopted by linking")

    # Submitting -------------------------------------------------------------------------------

    def likely_duplicates(self, draft: Ticket) -> list[Ticket]:
        """Open tickets of the same agent about the same client in alike words, best first.

        Without a case or application number nothing is a duplicate: an empty key matches nothing.
        """
        if draft.agent_id is None:
            return []
        with self._db.transaction() as session:
            others = session.scalars(
                select(Ticket).where(
                    Ticket.agent_id == draft.agent_id,
                    Ticket.id != draft.id,
                    Ticket.status.in_(OPEN),
                )
            )
            scored = [
                (similarity(_telling(draft), _telling(other)), other)
                for other in others
                if same_client(draft.details, other.details)
            ]
        alike = [pair for pair in scored if pair[0] >= self._settings.duplicate_similarity]
        return [other for _, other in sorted(alike, key=lambda pair: -pair[0])]

    def submit(self, owner: Owner, ticket_id: int) -> Ticket:
        """Give the draft its number and send it; submitting again returns the same ticket.

        Raises:
            NotLinked: the chat is a guest's.
            NotYours: there is no such draft of theirs.
            Incomplete: fields are still missing.
            IllegalMove: the draft was discarded.
        """
        if owner.agent_id is None:
            raise NotLinked("Link this chat first; your draft is kept.")
        with self._db.transaction() as session:
            ticket = self._mine(session, owner, ticket_id, lock=True)
            if ticket.number is not None:
                return ticket
            check_move(Status(ticket.status), Status.SUBMITTED, Actor.AGENT)
            if missing := self.missing(ticket):
                raise Incomplete(tuple(self._guide.ticket_fields[f].label for f in missing))
            # A guest's draft that linking has not handed over yet is the agent's all the same.
            ticket.agent_id = owner.agent_id
            ticket.number = self._free_number(session)
            ticket.status = Status.SUBMITTED
            self._touch(session, ticket)
            ticket.submitted_at = ticket.updated_at
            self._record(
                session,
                ticket.updated_at,
                ticket,
                owner.actor,
                "submitted",
                f"as {TICKETS.shown(ticket.number)}",
            )
            return ticket

    # After submission -------------------------------------------------------------------------

    def of_agent(self, agent_id: int) -> list[Ticket]:
        """The agent's submitted tickets, last changed first."""
        with self._db.transaction() as session:
            statement = (
                select(Ticket)
                .where(Ticket.agent_id == agent_id, Ticket.status.not_in(UNSENT))
                .order_by(Ticket.updated_at.desc())
            )
            return list(session.scalars(statement))

    def by_number(self, owner: Owner, number: str) -> Ticket:
        """The owner's submitted ticket with this number.

        Raises:
            NotYours: it does not exist or belongs to somebody else; callers cannot tell which.
        """
        with self._db.transaction() as session:
            ticket = session.scalar(select(Ticket).where(Ticket.number == number))
            if ticket is None or owner.agent_id is None or ticket.agent_id != owner.agent_id:
                raise NotYours(f"I find no ticket {TICKETS.shown(number)} of yours.")
            return ticket

    def notes(self, ticket_id: int) -> list[TicketNote]:
        """Notes of a ticket, oldest first."""
        with self._db.transaction() as session:
            return list(
                session.scalars(
                    select(TicketNote)
                    .where(TicketNote.ticket_id == ticket_id)
                    .order_by(TicketNote.id)
                )
            )

    def add_note(self, owner: Owner, ticket_id: int, text: str) -> Ticket:
        """Add to a submitted ticket. An agent's note to a waiting ticket puts it in progress.

        Raises:
            NotYours: there is no such ticket of theirs.
            IllegalMove: the ticket is closed; a new problem needs a new ticket (GUIDE). Or it was
                not submitted yet.
        """
        with self._db.transaction() as session:
            ticket = self.for_addition(session, owner, ticket_id)
            if ticket.status in UNSENT:
                raise IllegalMove("That is a draft still; change it instead of adding a note.")
            self.added(session, owner, ticket, text)
            return ticket

    def move(
        self, owner: Owner, ticket_id: int, wanted: Status, actor: Actor, reason: str
    ) -> Ticket:
        """Change the status of the owner's ticket; asking for the present status changes nothing.

        Raises:
            NotYours: there is no such ticket of theirs.
            IllegalMove: the life of a ticket does not allow it.
        """
        with self._db.transaction() as session:
            ticket = self._mine(session, owner, ticket_id, lock=True)
            if ticket.status != wanted:
                self._move(session, ticket, wanted, actor, owner.actor, reason)
                self._touch(session, ticket)
            return ticket

    def history(self, ticket_id: int) -> list[audit.AuditEvent]:
        """Who did what to the ticket, when and why."""
        with self._db.transaction() as session:
            return audit.history(session, f"ticket:{ticket_id}")

    # Inside a transaction ---------------------------------------------------------------------

    def for_addition(self, session: Session, owner: Owner, ticket_id: int) -> Ticket:
        """The owner's draft or submitted ticket, locked until the caller's transaction ends.

        Raises:
            NotYours: there is no such ticket of theirs.
            IllegalMove: the draft was dropped, or the ticket is closed.
        """
        ticket = self._mine(session, owner, ticket_id, lock=True)
        if ticket.status == Status.DISCARDED:
            raise IllegalMove("This draft was dropped; bring it back first.")
        if ticket.status == Status.CLOSED:
            raise IllegalMove("That ticket is closed. A new problem needs a new ticket.")
        return ticket

    def added(self, session: Session, owner: Owner, ticket: Ticket, note: str) -> None:
        """Mark the ticket as changed, with a note if there is one (see ``add_note``)."""
        self._touch(session, ticket)
        if not note:
            return
        now = ticket.updated_at
        session.add(TicketNote(ticket_id=ticket.id, at=now, author=owner.actor, text=note))
        self._record(session, now, ticket, owner.actor, "note added")
        if ticket.status == Status.WAITING_ON_AGENT:
            self._move(session, ticket, Status.IN_PROGRESS, Actor.AGENT, owner.actor, "answered")

    def _fill(self, draft: Ticket, details: Mapping[str, str]) -> None:
        draft.details = {**draft.details, **{k: v for k, v in details.items() if v}}
        draft.waived = [field for field in draft.waived if field not in draft.details]
        draft.case_number = draft.details.get("case_number")
        draft.application_number = draft.details.get("application_number")

    def _touch(self, session: Session, ticket: Ticket) -> None:
        ticket.updated_at = self._db.now(session)
        ticket.version += 1

    def _move(
        self,
        session: Session,
        ticket: Ticket,
        wanted: Status,
        actor: Actor,
        name: str,
        reason: str,
    ) -> None:
        before = Status(ticket.status)
        check_move(before, wanted, actor)
        ticket.status = wanted
        self._record(session, self._db.now(session), ticket, name, f"{before} to {wanted}", reason)

    @staticmethod
    def _record(
        session: Session, at: datetime, ticket: Ticket, actor: str, action: str, reason: str = ""
    ) -> None:
        audit.record(
            session, at, subject=f"ticket:{ticket.id}", actor=actor, action=action, reason=reason
        )

    def _mine(
        self, session: Session, owner: Owner, ticket_id: int, *, lock: bool = False
    ) -> Ticket:
        statement = select(Ticket).where(Ticket.id == ticket_id, owner.owns(Ticket))
        ticket = session.scalar(statement.with_for_update() if lock else statement)
        if ticket is None:
            raise NotYours("I find no such ticket of yours.")
        return ticket

    def _draft(self, session: Session, owner: Owner, ticket_id: int) -> Ticket:
        ticket = self._mine(session, owner, ticket_id, lock=True)
        if ticket.status == Status.DISCARDED:
            raise IllegalMove("This draft was dropped; bring it back first.")
        if ticket.status != Status.DRAFT:
            raise IllegalMove("This ticket was submitted already; add a note to it instead.")
        return ticket

    @staticmethod
    def _known_of(session: Session, owner: Owner) -> dict[str, str]:
        if owner.agent_id is None:
            return {}
        agent = session.get_one(Agent, owner.agent_id)
        return {"agency": agent.agency, "doi_number": agent.doi_number, "role": agent.role}

    @staticmethod
    def _free_number(session: Session) -> str:
        # 9 million numbers: a second try is rare, a twentieth means that something is wrong.
        for _ in range(20):
            number = new_number()
            if session.scalar(select(Ticket.id).where(Ticket.number == number)) is None:
                return number
        raise RuntimeError("no free ticket number found")


def _telling(ticket: Ticket) -> str:
    fields = ("what_happened", "error", "screen")
    return " ".join([ticket.title, *(ticket.details.get(field, "") for field in fields)])
