"""Guided runs through the checklists: what was settled, what is next, and the call sheet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from psl.agents.models import Agent
from psl.database import Base, Database, Instant
from psl.errors import NotYours
from psl.guide import Checklist, ChecklistItem
from psl.tickets.service import Owner


class ItemState(StrEnum):
    """How an item of a run stands."""

    DONE = "done"
    NOT_YET = "not yet"
    NOT_APPLICABLE = "doesn't apply"


class ChecklistRun(Base):
    """One run of one checklist in one chat; it can be left and taken up days later."""

    __tablename__ = "checklist_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    chat: Mapped[str] = mapped_column(String(200), index=True)
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"), index=True)
    checklist: Mapped[str] = mapped_column(String(40))
    states: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    details: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    position: Mapped[str | None] = mapped_column(String(40))
    started_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)


def next_item(checklist: Checklist, states: Mapping[str, str]) -> ChecklistItem | None:
    """The first item nothing was said about; None when all are settled."""
    return next((item for item in checklist.items if item.id not in states), None)


def previous_item(checklist: Checklist, current: str | None) -> ChecklistItem:
    """The item before ``current``; the last one at the end, the first one at the start."""
    order = [item.id for item in checklist.items]
    place = order.index(current) if current in order else len(order)
    return checklist.items[max(place - 1, 0)]


def captured(item: ChecklistItem, details: Mapping[str, str]) -> bool:
    """Whether all that the item collects is known."""
    return bool(item.captures) and all(kind in details for kind in item.captures)


class Checklists:
    """The runs of all chats."""

    def __init__(self, database: Database, checklists: Mapping[str, Checklist]) -> None:
        """``checklists`` are those of the guide."""
        self._db = database
        self.all = checklists

    def start(self, owner: Owner, checklist: str) -> ChecklistRun:
        """A fresh run; an unfinished one of the same checklist ends. Known DOI data is filled in."""
        with self._db.transaction() as session:
            now = self._db.now(session)
            for old in session.scalars(self._open(owner, checklist)):
                old.finished_at = now
            details: dict[str, str] = {}
            if owner.agent_id is not None and checklist == "before_call":
                agent = session.get_one(Agent, owner.agent_id)
                details = {
                    "agency": agent.agency,
                    "doi_number": agent.doi_number,
                    "role": agent.role,
                }
            run = ChecklistRun(
                chat=owner.chat,
                agent_id=owner.agent_id,
                checklist=checklist,
                states={},
                details=details,
                position=self.all[checklist].items[0].id,
                started_at=now,
                updated_at=now,
            )
            session.add(run)
            return run

    def run(self, owner: Owner, run_id: int) -> ChecklistRun:
        """The owner's run.

        Raises:
            NotYours: there is no such run of theirs.
        """
        with self._db.transaction() as session:
            return self._mine(session, owner, run_id)

    def open_run(self, owner: Owner, checklist: str | None = None) -> ChecklistRun | None:
        """The owner's unfinished run that was touched last."""
        with self._db.transaction() as session:
            found: ChecklistRun | None = session.scalar(self._open(owner, checklist).limit(1))
            return found

    def last_run(self, owner: Owner, checklist: str) -> ChecklistRun | None:
        """The owner's newest run of this checklist, finished or not."""
        with self._db.transaction() as session:
            return session.scalar(
                select(ChecklistRun)
                .where(owner.owns(ChecklistRun), ChecklistRun.checklist == checklist)
                .order_by(ChecklistRun.updated_at.desc())
                .limit(1)
            )

    def save(
        self,
        owner: Owner,
        run_id: int,
        *,
        states: Mapping[str, str] | None = None,
        details: Mapping[str, str] | None = None,
        position: str | None = None,
        forget: str | None = None,
        finished: bool = False,
    ) -> ChecklistRun:
        """Add what was learnt. ``forget`` reopens one item.

        Raises:
            NotYours: there is no such run of theirs.
        """
        with self._db.transaction() as session:
            run = self._mine(session, owner, run_id)
            kept = {key: value for key, value in run.states.items() if key != forget}
            run.states = {**kept, **(states or {})}
            run.details = {**run.details, **(details or {})}
            run.position = position
            run.updated_at = self._db.now(session)
            if finished:
                run.finished_at = run.updated_at
            return run

    @staticmethod
    def adopt(session: Session, chat: str, agent_id: int) -> None:
        """Give a guest's runs to the agent the chat is linked to in this transaction."""
        session.execute(
            update(ChecklistRun)
            .where(ChecklistRun.chat == chat, ChecklistRun.agent_id.is_(None))
            .values(agent_id=agent_id)
        )

    def _mine(self, session: Session, owner: Owner, run_id: int) -> ChecklistRun:
        run = session.scalar(
            select(ChecklistRun).where(ChecklistRun.id == run_id, owner.owns(ChecklistRun))
        )
        if run is None:
            raise NotYours("I find no such checklist of yours.")
        return run

    def _open(self, owner: Owner, checklist: str | None):  # type: ignore[no-untyped-def]
        statement = select(ChecklistRun).where(
            owner.owns(ChecklistRun), ChecklistRun.finished_at.is_(None)
        )
        if checklist:
            statement = statement.where(ChecklistRun.checklist == checklist)
        return statement.order_by(ChecklistRun.updated_at.desc())
