"""The roster's transactions: import, link codes, linking chats."""

from __future__ import annotations

import csv
import hmac
import io
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from psl import audit, notices
from psl.agents import duty
from psl.agents.models import Agent, ChatLink, LinkAttempt, LinkCode, Registration
from psl.agents.rules import COLUMNS, ImportReport, read_row
from psl.database import Database
from psl.errors import BadInput, NotYours, RateLimited
from psl.settings import Settings

# No vowels (no words), nothing that is misread or misheard for a neighbour (0/O, 1/I/L, 5/S, B/8).
CODE_LETTERS = "CDFGHJKMNPRTVWXYZ234679"
CODE_LENGTH = 8

# Given a guest's chat and the agent it was linked to, makes what was typed there the agent's.
Adopt = Callable[[Session, str, int], object]


class Roster:
    """Agents and their chats."""

    def __init__(
        self, database: Database, settings: Settings, key: bytes, adopt: Sequence[Adopt] = ()
    ) -> None:
        """``key`` is the installation's secret; link codes are hashed with it.

        ``adopt`` are called in the transaction of a link, for what a guest typed before it.
        """
        self._db = database
        self._settings = settings
        self._key = key
        self._adopt = adopt

    def import_csv(self, content: str) -> ImportReport:
        """Bring the roster to what the file says; running it twice changes nothing more.

        A bad row changes nothing and is reported with its line number; the others go in.

        Raises:
            BadInput: the header lacks columns.
        """
        reader = csv.DictReader(io.StringIO(content))
        if missing := set(COLUMNS) - set(reader.fieldnames or ()):
            raise BadInput(f"The file lacks the columns {', '.join(sorted(missing))}.")
        rows = [(reader.line_num, raw) for raw in reader]
        return self._db.run(lambda session: self._import(session, rows))

    def _import(
        self, session: Session, rows: Sequence[tuple[int, Mapping[str, str | None]]]
    ) -> ImportReport:
        report = ImportReport()
        known = {agent.doi_number: agent for agent in session.scalars(select(Agent))}
        now = self._db.now(session)
        for line, raw in rows:
            try:
                row = read_row(raw)
            except BadInput as error:
                report.refused.append((line, str(error)))
                continue
            values = row.model_dump()
            agent = known.get(row.doi_number)
            if agent is None:
                agent = Agent(**values)
                session.add(agent)
                known[row.doi_number] = agent
                report.added.append(row.doi_number)
                action = "imported"
            elif all(getattr(agent, key) == value for key, value in values.items()):
                report.unchanged.append(row.doi_number)
                continue
            else:
                for key, value in values.items():
                    setattr(agent, key, value)
                report.changed.append(row.doi_number)
                action = "changed by import"
            subject = f"agent:{row.doi_number}"
            audit.record(session, now, subject=subject, actor="operator", action=action)
        session.flush()
        self._on_duty(session, now, *(known[number].id for number in report.changed))
        return report

    def agents(self) -> list[Agent]:
        """Everybody on the roster, by name."""
        with self._db.reading() as session:
            return list(session.scalars(select(Agent).order_by(Agent.name)))

    def by_doi_number(self, doi_number: str) -> Agent:
        """The agent with this DOI number.

        Raises:
            NotYours: there is none.
        """
        with self._db.reading() as session:
            return self._by_doi_number(session, doi_number)

    def agent_of(self, chat: str) -> Agent | None:
        """The agent a chat speaks for; None for a guest."""
        with self._db.reading() as session:
            link = session.get(ChatLink, chat)
            return link.agent if link else None

    def chats_of(self, agent_id: int) -> list[str]:
        """The agent's linked chats, oldest link first."""
        with self._db.reading() as session:
            return self._chats_of(session, agent_id)

    def issue_code(self, doi_number: str) -> str:
        """A new one-time link code, valid for ``link_code_seconds``; older codes die.

        Raises:
            NotYours: no agent has this DOI number.
        """
        code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
        with self._db.transaction() as session:
            agent = self._by_doi_number(session, doi_number)
            now = self._db.now(session)
            session.execute(delete(LinkCode).where(LinkCode.agent_id == agent.id))
            session.add(
                LinkCode(
                    agent_id=agent.id,
                    code_hash=self._hash(code),
                    expires_at=now + timedelta(seconds=self._settings.link_code_seconds),
                )
            )
            audit.record(
                session,
                now,
                subject=f"agent:{doi_number}",
                actor="operator",
                action="link code issued",
            )
        return f"{code[:4]}-{code[4:]}"

    def link(self, chat: str, code: str) -> Agent:
        """Spend ``code``, make ``chat`` speak for its agent, and tell the agent's other chats.

        What a guest typed in the chat becomes the agent's in the same transaction.

        Raises:
            RateLimited: too many wrong codes from this chat in the last hour.
            BadInput: the code is unknown, used or expired (which of them is not told).
        """
        wanted = self._hash(code)
        failed = False
        with self._db.transaction() as session:
            now = self._db.now(session)
            tries = session.scalar(
                select(func.count())
                .select_from(LinkAttempt)
                .where(LinkAttempt.chat == chat, LinkAttempt.at > now - timedelta(hours=1))
            )
            if (tries or 0) >= self._settings.link_attempts_per_hour:
                raise RateLimited("Too many wrong codes. Wait an hour, then ask for a new code.")
            found = session.scalar(select(LinkCode).where(LinkCode.code_hash == wanted))
            spent = (
                found is not None
                and hmac.compare_digest(found.code_hash, wanted)
                and session.execute(
                    update(LinkCode)
                    .where(
                        LinkCode.id == found.id,
                        LinkCode.used_at.is_(None),
                        LinkCode.expires_at > now,
                    )
                    .values(used_at=now)
                ).rowcount  # type: ignore[attr-defined]
                == 1
            )
            if found is None or not spent:
                # Committed, not rolled back: a failed try must count.
                session.add(LinkAttempt(chat=chat, at=now))
                failed = True
            else:
                before = session.get(ChatLink, chat)
                whose = {found.agent_id, before.agent_id if before else found.agent_id}
                if before is not None and before.agent_id != found.agent_id:
                    notices.withdraw_from(session, now, chat, before.agent_id)
                session.merge(
                    ChatLink(
                        chat=chat,
                        agent_id=found.agent_id,
                        linked_at=now,
                        unreachable_at=None,
                        unreachable_why="",
                    )
                )
                session.flush()
                agent = session.get_one(Agent, found.agent_id)
                for adopt in self._adopt:
                    adopt(session, chat, agent.id)
                self._on_duty(session, now, *whose)
                for other in self._chats_of(session, agent.id):
                    if other != chat:
                        notices.enqueue(
                            session,
                            other,
                            # Not the row's id: SQLite gives those of deleted codes again.
                            f"linked:{wanted}",
                            "Another chat was just linked to your agent record. Not you? Call PSL "
                            "and have your chats unlinked.",
                            now,
                        )
                audit.record(
                    session,
                    now,
                    subject=f"agent:{agent.doi_number}",
                    actor=f"chat:{chat}",
                    action="chat linked",
                )
        if failed:
            raise BadInput(
                "That code does not work: it may be mistyped, used already, or older than "
                f"{self._settings.link_code_seconds // 60} minutes. Ask for a new one."
            )
        return agent

    def unlink(self, chat: str, *, by_operator: bool = False) -> bool:
        """Make ``chat`` a guest's again; False if it was one already.

        The chat is told, unless it asked for it itself.
        """
        with self._db.transaction() as session:
            link = session.get(ChatLink, chat)
            if link is None:
                return False
            now = self._db.now(session)
            audit.record(
                session,
                now,
                subject=f"agent:{link.agent.doi_number}",
                actor="operator" if by_operator else f"chat:{chat}",
                action="chat unlinked",
            )
            session.delete(link)
            # The next at this chat may be somebody else.
            notices.withdraw_from(session, now, chat, link.agent_id)
            self._on_duty(session, now, link.agent_id)
            if by_operator:
                notices.enqueue(
                    session,
                    chat,
                    f"unlinked:{now.isoformat()}",
                    "This chat was unlinked from your agent record by the operator; you are a guest "
                    "here now. To link it again, ask for a new link code.",
                    now,
                )
            return True

    def mark_unreachable(self, chat: str, why: str) -> None:
        """Nothing can be delivered to a chat; without another one its agent gets no referrals.

        Args:
            chat: "channel:sender"; one that is not linked is passed over.
            why: in few words, "blocked the bot"; cut to 60 characters.
        """
        self._reach(chat, why[:60] or "unknown")

    def mark_reachable(self, chat: str) -> None:
        """The chat takes messages again; nothing happens unless it was marked otherwise."""
        with self._db.reading() as session:
            link = session.get(ChatLink, chat)
            if link is None or link.unreachable_at is None:
                return
        self._reach(chat, "")

    def _reach(self, chat: str, why: str) -> None:
        def work(session: Session) -> None:
            link = session.get(ChatLink, chat, with_for_update={"of": ChatLink})
            if link is None or (link.unreachable_at is None) == (not why):
                return
            now = self._db.now(session)
            link.unreachable_at, link.unreachable_why = (now if why else None), why
            audit.record(
                session,
                now,
                subject=f"agent:{link.agent.doi_number}",
                actor=f"chat:{chat}",
                action="chat cannot be reached" if why else "chat can be reached again",
                reason=why,
            )
            self._on_duty(session, now, link.agent_id)

        self._db.run(work)

    @staticmethod
    def _on_duty(session: Session, now: datetime, *agent_ids: int) -> None:
        # Whoever rewrites duty rows holds the registration; always in the same order.
        for agent_id in sorted(set(agent_ids)):
            if session.get(Registration, agent_id, with_for_update=True) is not None:
                duty.refresh(session, agent_id, now)

    def _hash(self, code: str) -> str:
        typed = "".join(ch for ch in code.upper() if ch.isalnum())
        return hmac.new(self._key, typed.encode(), sha256).hexdigest()

    @staticmethod
    def _chats_of(session: Session, agent_id: int) -> list[str]:
        return list(
            session.scalars(
                select(ChatLink.chat)
                .where(ChatLink.agent_id == agent_id)
                .order_by(ChatLink.linked_at)
            )
        )

    @staticmethod
    def _by_doi_number(session: Session, doi_number: str) -> Agent:
        agent = session.scalar(select(Agent).where(Agent.doi_number == doi_number))
        if agent is None:
            raise NotYours(f"No agent with DOI number {doi_number} is on the roster.")
        return agent
