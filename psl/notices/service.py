"""The outbox as channels see it: claim what is due, deliver it, say how that went.

Any number of workers may deliver. A claim is a lease: whoever claimed a notice and vanished loses it
when the lease ends, and another worker delivers it. So every notice arrives at least once; it
arrives twice only if a worker vanished, or took longer than its lease, between handing it over and
saying so. A notice that was claimed before it was withdrawn may still arrive.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Executable,
    Select,
    and_,
    bindparam,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Session, aliased

from psl.database import Database, Instant
from psl.notices.models import Notice
from psl.settings import Settings

_FIRST_RETRY_SECONDS: Final = 2.0
_LONGEST_RETRY_SECONDS: Final = 300.0
_ERROR_LENGTH: Final = 120
_ALL_OF_A_CHAT: Final = 1000

_DEFAULT_ATTEMPTS: Final[int] = Settings.model_fields["notice_attempts"].default


@dataclass(frozen=True)
class Claimed:
    """Notices that one worker holds, oldest first; those of one chat are in its order."""

    token: str = ""
    notices: tuple[Notice, ...] = ()


class Notices:
    """Hands notices to workers and keeps what became of them. All instants are the database's."""

    def __init__(self, database: Database, attempts: int = _DEFAULT_ATTEMPTS) -> None:
        """Notices are read from ``database``; one that failed ``attempts`` times is given up."""
        self._db = database
        self._attempts = attempts

    # Claiming ---------------------------------------------------------------------------------

    def claim(
        self,
        channel: str,
        limit: int = 50,
        lease_seconds: int = 30,
        chats: Collection[str] | None = None,
    ) -> Claimed:
        """Take what is due and next in its chat; nobody else gets it until the lease ends.

        A chat is skipped from the first notice on that another worker holds or that waits for its
        next try: nothing overtakes. Without anything to take nothing is written.

        Args:
            channel: what a chat's name begins with, "web".
            limit: how many notices at most.
            lease_seconds: how long they are this worker's.
            chats: only these chats, at most 30,000 of them; others of other channels are ignored.
        """
        if chats is not None:
            chats = [chat for chat in chats if chat.startswith(f"{channel}:")]
            if not chats:
                return Claimed()
        told: dict[str, Any] = {"of_channel": channel} if chats is None else {"chats": chats}
        with self._db.reading() as session:
            told["now"] = self._db.now(session)
            if session.scalar(_first_claimable(chats is None), told) is None:
                return Claimed()
        token = secrets.token_hex(16)
        with self._db.transaction() as session:
            now = self._db.now(session)
            told |= {
                "now": now,
                "most": limit,
                "token": token,
                "until": now + timedelta(seconds=lease_seconds),
            }
            notices = session.scalars(_claim(chats is None), told).all()
        return Claimed(token, tuple(sorted(notices, key=lambda n: (n.due_at, n.id))))

    def drain(self, chat: str) -> list[Notice]:
        """All that is due for a chat, marked as delivered at once: the caller has it in hand."""
        claimed = self.claim(chat.split(":", 1)[0], _ALL_OF_A_CHAT, chats=[chat])
        return [n for n in claimed.notices if self.delivered(claimed.token, n.id)]

    # What became of it ------------------------------------------------------------------------

    def delivered(self, token: str, notice_id: int) -> bool:
        """The notice was handed over; False if the lease was lost and somebody else may send it.

        Saying so twice changes nothing. A lease that ended counts as long as nobody took it up.
        """
        with self._db.transaction() as session:
            done = session.execute(
                update(Notice)
                .where(Notice.id == notice_id, Notice.claim_token == token)
                .values(
                    delivered_at=func.coalesce(Notice.delivered_at, self._db.now(session)),
                    claimed_until=None,
                )
                .execution_options(synchronize_session=False)
            )
            return bool(done.rowcount)  # type: ignore[attr-defined]

    def failed(
        self,
        token: str,
        notice_id: int,
        error: str,
        *,
        retry_after: float | None = None,
        permanent: bool = False,
    ) -> None:
        """The notice could not be handed over. Nothing happens if the lease was lost.

        It is tried again after 2 s, 4 s and so on, until it failed as often as the
        settings allow; then it is undeliverable. While it waits nothing of its chat overtakes it:
        what this worker holds of the chat beyond it is given back.

        Args:
            token: of the claim.
            notice_id: which notice.
            error: the kind of error, never a message's text; cut to 120 characters.
            retry_after: seconds to wait, when the other side said how long.
            permanent: it will never work, so it is not tried again.
        """

        def work(session: Session) -> None:
            notice = session.scalar(
                select(Notice)
                .where(
                    Notice.id == notice_id,
                    Notice.claim_token == token,
                    Notice.delivered_at.is_(None),
                )
                .with_for_update()
            )
            if notice is None:
                return
            now = self._db.now(session)
            notice.attempts += 1
            notice.last_error = " ".join(error.split())[:_ERROR_LENGTH]
            notice.claim_token = notice.claimed_until = None
            if permanent or notice.attempts >= self._attempts:
                notice.undeliverable_at = now
                return
            wait = _backoff(notice.attempts) if retry_after is None else max(retry_after, 0.0)
            notice.next_try_at = now + timedelta(seconds=wait)
            _give_back(session, token, Notice.chat == notice.chat, _after(notice))

        self._db.run(work)

    def release(self, token: str, notice_ids: Collection[int] | None = None) -> None:
        """Give back what of a claim was not delivered, or only these; others may take it at once."""
        which = [] if notice_ids is None else [Notice.id.in_(notice_ids)]
        self._db.run(lambda session: _give_back(session, token, *which))

    # Looking ----------------------------------------------------------------------------------

    def undeliverable(self, limit: int = 200) -> list[Notice]:
        """What was given up, the latest first."""
        with self._db.reading() as session:
            return list(
                session.scalars(
                    select(Notice)
                    .where(Notice.undeliverable_at.is_not(None))
                    .order_by(Notice.undeliverable_at.desc(), Notice.id.desc())
                    .limit(limit)
                )
            )

    def next_due(self, channel: str | None = None) -> datetime | None:
        """When there may be something to claim, of one channel or of any; None if nothing is open.

        An instant that has passed means now.
        """
        with self._db.reading() as session:
            now = self._db.now(session)
            which = _open(Notice, now)
            if channel is not None:
                which.append(Notice.channel == channel)
            free = session.scalar(
                select(Notice.next_try_at)
                .where(*which, _is_free(Notice, now))
                .order_by(Notice.next_try_at)
                .limit(1)
            )
            leased = session.scalar(
                select(Notice.claimed_until)
                .where(*which, Notice.claimed_until > now)
                .order_by(Notice.claimed_until)
                .limit(1)
            )
        return min((at for at in (free, leased) if at is not None), default=None)


_CANDIDATE: Final = aliased(Notice, name="candidate")
_NOW: Final[BindParameter[datetime]] = bindparam("now", type_=Instant)


@cache
def _first_claimable(any_chat: bool) -> Executable:
    """Whether there is something to claim; made once, as ``_claim`` is."""
    return _claimable(any_chat).limit(1)


@cache
def _claim(any_chat: bool) -> Executable:
    """Claims; putting it together takes longer than a database needs for it."""
    mine = (
        _claimable(any_chat)
        .limit(bindparam("most"))
        # Rows that another worker is claiming this moment are skipped on PostgreSQL; on SQLite
        # only one worker is ever here.
        .with_for_update(of=_CANDIDATE, skip_locked=True)
        .cte("mine")
    )
    ids = select(mine.c.id)
    earlier = aliased(Notice)
    return (
        update(Notice)
        .where(
            Notice.id.in_(ids),
            # All that comes before it is ours as well. A skipped row is not.
            _none(
                earlier,
                earlier.chat == Notice.chat,
                *_open(earlier, _NOW),
                _before(earlier, Notice),
                earlier.id.not_in(ids),
            ),
        )
        .values(claim_token=bindparam("token"), claimed_until=bindparam("until", type_=Instant))
        .returning(Notice)
        .execution_options(synchronize_session=False)
    )


def _claimable(any_chat: bool) -> Select[int]:
    """What may be claimed: due, free, and nothing before it in its chat that must come first."""
    this, earlier, leased = _CANDIDATE, aliased(Notice), aliased(Notice)
    nothing_waits = _none(
        earlier,
        earlier.chat == this.chat,
        *_open(earlier, _NOW),
        earlier.next_try_at > _NOW,
        _before(earlier, this),
    )
    # Also what was withdrawn or expired since it was claimed: it may be on its way.
    nothing_is_held = _none(
        leased, leased.chat == this.chat, leased.claimed_until > _NOW, _before(leased, this)
    )
    return (
        select(this.id)
        .where(
            # Chats of a channel are named, so its name need not be asked for; a plan that walks
            # through all that is due in the channel would be the wrong one.
            this.channel == bindparam("of_channel")
            if any_chat
            else this.chat.in_(bindparam("chats", expanding=True)),
            *_open(this, _NOW),
            this.due_at <= _NOW,
            this.next_try_at <= _NOW,
            _is_free(this, _NOW),
            nothing_waits,
            nothing_is_held,
        )
        .order_by(this.due_at, this.id)
    )


def _none(notice: type[Notice], *which: ColumnElement[bool]) -> ColumnElement[bool]:
    # The offset makes PostgreSQL look each time into the index of the one chat. Otherwise it joins
    # with all that is open, which it takes for little.
    return ~select(notice.id).where(*which).offset(0).exists()


def _open(
    notice: type[Notice], now: datetime | BindParameter[datetime]
) -> list[ColumnElement[bool]]:
    # The first three are the condition of the partial indexes.
    return [
        notice.delivered_at.is_(None),
        notice.withdrawn_at.is_(None),
        notice.undeliverable_at.is_(None),
        or_(notice.expires_at.is_(None), notice.expires_at > now),
    ]


def _is_free(notice: type[Notice], now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    return or_(notice.claimed_until.is_(None), notice.claimed_until <= now)


def _before(one: type[Notice], other: type[Notice]) -> ColumnElement[bool]:
    return tuple_(one.due_at, one.id) < tuple_(other.due_at, other.id)


def _after(notice: Notice) -> ColumnElement[bool]:
    return or_(
        Notice.due_at > notice.due_at,
        and_(Notice.due_at == notice.due_at, Notice.id > notice.id),
    )


def _give_back(session: Session, token: str, *which: ColumnElement[bool]) -> None:
    session.execute(
        update(Notice)
        .where(
            Notice.claim_token == token,
            Notice.claimed_until.is_not(None),
            Notice.delivered_at.is_(None),
            *which,
        )
        .values(claim_token=None, claimed_until=None)
        .execution_options(synchronize_session=False)
    )


def _backoff(attempts: int) -> float:
    # The bound keeps the power small as well.
    return min(_FIRST_RETRY_SECONDS * 2.0 ** min(attempts - 1, 10), _LONGEST_RETRY_SECONDS)
