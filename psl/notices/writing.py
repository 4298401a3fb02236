"""Writing to the outbox and taking back, always in the transaction of what causes it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Subquery, func, literal, select, true, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from psl.notices.models import Notice

_OPTIONAL: Final[Mapping[str, Any]] = {
    "buttons": None,
    "expires_at": None,
    "subject": "",
    "agent_id": None,
}


def enqueue(
    session: Session,
    chat: str,
    key: str,
    text: str,
    due_at: datetime,
    buttons: list[dict[str, str]] | None = None,
    *,
    expires_at: datetime | None = None,
    subject: str = "",
    agent_id: int | None = None,
) -> None:
    """Write a notice in the caller's transaction; the same ``key`` again changes nothing.

    Args:
        session: the transaction of the change that the notice tells of.
        chat: "channel:sender".
        key: the notice's name within the chat; at most 120 characters.
        text: what is said.
        due_at: when it may be delivered, not before.
        buttons: {"title", "payload"} with Rasa payloads; the channel turns them into tokens.
        expires_at: from then on it is not sent any more.
        subject: what it is about, "referral:R-…"; at most 60 characters.
        agent_id: whose it is.
    """
    enqueue_many(
        session,
        [
            {
                "chat": chat,
                "key": key,
                "text": text,
                "due_at": due_at,
                "buttons": buttons,
                "expires_at": expires_at,
                "subject": subject,
                "agent_id": agent_id,
            }
        ],
    )


def enqueue_many(session: Session, rows: Sequence[Mapping[str, Any]], *, new: bool = False) -> None:
    """Write many notices at once, each a mapping of the arguments of ``enqueue``.

    With ``new``, keys that no other transaction can be writing, they are delivered in the order
    given; else this is so within a chat.

    Raises:
        KeyError: a row lacks a chat, key, text or due_at.
        TypeError: a row has something that is no argument of ``enqueue``.
    """
    if not rows:
        return
    # By chat, so that two transactions that write the same notices wait for one another in one
    # order and never in a circle. Within a chat the given order stays: it is the order of delivery.
    complete = [_complete(row) for row in rows]
    if not new:
        complete.sort(key=lambda row: row["chat"])
    dialect = session.get_bind().dialect.name
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    session.execute(
        insert(Notice.__table__).on_conflict_do_nothing(  # type: ignore[arg-type]
            index_elements=["chat", "key"]
        ),
        complete,
    )


def enqueue_from(session: Session, told: Subquery) -> None:
    """Write the notices that a query gives, without bringing them here.

    Args:
        session: the transaction of the change.
        told: columns chat, key, text, due_at, agent_id, subject, buttons and expires_at.
    """
    dialect = session.get_bind().dialect.name
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    channel = (
        func.substr(told.c.chat, 1, func.instr(told.c.chat, ":") - 1)
        if dialect == "sqlite"
        else func.split_part(told.c.chat, ":", 1)
    )
    values = {
        **{c.name: c for c in told.c},
        "channel": channel,
        "next_try_at": told.c.due_at,
        "attempts": literal(0),
        "last_error": literal(""),
    }
    # SQLite takes "ON CONFLICT" for a join's condition unless the query has a WHERE.
    query = select(*values.values()).where(true())
    session.execute(
        insert(Notice.__table__)  # type: ignore[arg-type]
        .from_select(list(values), query, include_defaults=False)
        .on_conflict_do_nothing(index_elements=["chat", "key"])
    )


def _complete(row: Mapping[str, Any]) -> dict[str, Any]:
    required = {name: row[name] for name in ("chat", "key", "text", "due_at")}
    if unknown := row.keys() - required.keys() - _OPTIONAL.keys():
        raise TypeError(f"a notice has no {', '.join(sorted(unknown))}")
    given = {**_OPTIONAL, **row}
    return {
        **given,
        "buttons": given["buttons"] or [],
        "channel": given["chat"].split(":", 1)[0],
        "next_try_at": given["due_at"],
        "attempts": 0,
        "last_error": "",
    }


def withdraw(session: Session, at: datetime, key: str) -> None:
    """Take back what was not delivered yet, in every chat that has a notice of this key.

    A worker that has claimed the notice already may still deliver it.
    """
    withdraw_many(session, at, [key])


def withdraw_many(session: Session, at: datetime, keys: Collection[str]) -> None:
    """Take back the notices of several keys, as ``withdraw`` does, in one statement."""
    if keys:
        _withdraw(session, at, Notice.key.in_(keys))


def withdraw_from(session: Session, at: datetime, chat: str, agent_id: int) -> None:
    """Take back what was meant for an agent in a chat that is not theirs any more."""
    _withdraw(session, at, Notice.chat == chat, Notice.agent_id == agent_id)


def _withdraw(session: Session, at: datetime, *which: ColumnElement[bool]) -> None:
    session.execute(
        update(Notice)
        .where(
            *which,
            Notice.delivered_at.is_(None),
            Notice.withdrawn_at.is_(None),
            Notice.undeliverable_at.is_(None),
        )
        .values(withdrawn_at=at)
        .execution_options(synchronize_session=False)
    )
