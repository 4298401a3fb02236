"""The database: one engine, short transactions, UTC instants, on SQLite or PostgreSQL."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    DateTime,
    Engine,
    Insert,
    MetaData,
    Result,
    Update,
    any_,
    create_engine,
    event,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.url import make_url
from sqlalchemy.exc import DisconnectionError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import TypeDecorator

from psl.settings import PROJECT_ROOT

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


Done = TypeVar("Done")

# A connection that was idle for longer is tried out before it is used.
_IDLE_SECONDS = 5.0
# Two transactions that waited for each other: PostgreSQL ends one, which may simply try again.
_TRIES = 6
_DEADLOCK = {"40P01", "40001"}


class Base(DeclarativeBase):
    """Parent of every table."""

    metadata = MetaData(naming_convention=NAMING)


class Instant(TypeDecorator[datetime]):
    """A point in time: given and returned as aware UTC, whatever the database keeps."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive instants: nobody could tell their zone later."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Mark what SQLite returns as the UTC it was stored in."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_PASSED_ON = -1


class InTurn:
    """A lock whose waiting threads get it in the order in which they came.

    SQLite has one writer, and whoever waits for it looks again every few milliseconds: a thread
    that writes without a pause would keep all others of its process out for seconds.
    """

    def __init__(self) -> None:
        """Nobody has it."""
        self._guard = threading.Lock()
        self._queue: deque[threading.Lock] = deque()
        self._holder: int | None = None

    def __enter__(self) -> None:
        """Wait for one's turn.

        Raises:
            RuntimeError: this thread has it already, and would wait for itself.
        """
        me = threading.get_ident()
        with self._guard:
            if self._holder is None:
                self._holder = me
                return
            if self._holder == me:
                raise RuntimeError("a transaction inside another one")
            mine = threading.Lock()
            mine.acquire()
            self._queue.append(mine)
        mine.acquire()
        self._holder = me

    def __exit__(self, *_error: object) -> None:
        """Give it to the thread that waits longest."""
        with self._guard:
            # Whoever comes between sees that it is not free.
            self._holder = _PASSED_ON if self._queue else None
            if self._queue:
                self._queue.popleft().release()


def _prepare_postgresql(engine: Engine) -> None:
    # SQLAlchemy's own `pool_pre_ping` asks each time, which a busy engine would feel.
    @event.listens_for(engine, "checkout")
    def on_checkout(connection: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info.get("used", 0.0) > _IDLE_SECONDS:
            try:
                connection.execute("SELECT 1")
                connection.rollback()
            except Exception as error:
                raise DisconnectionError from error

    @event.listens_for(engine, "checkin")
    def on_checkin(_connection: Any, record: Any) -> None:
        record.info["used"] = time.monotonic()


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        # The driver's own transaction handling starts them late and deferred; two writers that
        # both read first would then deadlock. We begin ourselves, and at once.
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            # A change that was confirmed outlives a power cut: a referral is somebody waiting.
            "synchronous=FULL",
            "foreign_keys=ON",
            "busy_timeout=10000",
            "secure_delete=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Any) -> None:
        reading = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def among(session: Session, column: Any, ids: Collection[int]) -> ColumnElement[bool]:
    """Whether a column of whole numbers is one of ``ids``: one parameter, however many they are."""
    if session.get_bind().dialect.name == "sqlite":
        listed = func.json_each(json.dumps(sorted(ids))).table_valued("value")
        chosen: ColumnElement[bool] = column.in_(select(listed.c.value))
        return chosen
    found: ColumnElement[bool] = column == any_(literal(sorted(ids), ARRAY(BigInteger)))
    return found


def at_once(
    session: Session, writes: tuple[Insert | Update, ...], told: Mapping[str, Any]
) -> Result[Any]:
    """Write things that do not build on one another, in one round trip where the database can.

    Args:
        session: the transaction.
        writes: statements on tables, made once; each names all columns, for defaults are not
            filled in, and its parameters are named otherwise than any column.
        told: the parameters of all of them.

    Returns:
        The result of the first.
    """
    session.flush()
    if session.get_bind().dialect.name == "sqlite":
        first, *_others = [session.execute(write, told) for write in writes]
        return first
    return session.execute(_together(writes), told)


@cache
def _together(writes: tuple[Insert | Update, ...]) -> Insert | Update:
    first, *others = writes
    return first.add_cte(*(other.cte(f"write_{n}") for n, other in enumerate(others)))


class Database:
    """The door to the records: hands out transactions and the time."""

    def __init__(self, url: str, clock: Callable[[], datetime] | None = None) -> None:
        """Connect lazily to ``url``; a ``clock`` replaces the database's own, for tests."""
        self._clock = clock
        parsed = make_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        self.url = parsed
        # PostgreSQL would compile a statement that it takes for costly; ours are short.
        options: dict[str, Any] = (
            {}
            if self.is_sqlite
            else {
                "pool_size": 5,
                "max_overflow": 10,
                "connect_args": {"options": "-c jit=off"},
            }
        )
        self.engine = create_engine(parsed, **options)
        if self.is_sqlite:
            _prepare_sqlite(self.engine)
        else:
            _prepare_postgresql(self.engine)
        self._writing: AbstractContextManager[None] = InTurn() if self.is_sqlite else nullcontext()
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        self._readers = sessionmaker(
            self.engine.execution_options(reading=True), expire_on_commit=False
        )

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One short transaction: committed on leaving, rolled back on any error."""
        with self._writing, self._sessions.begin() as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that only reads: on SQLite it neither waits for a writer nor stops one."""
        with self._readers.begin() as session:
            yield session

    def now(self, session: Session) -> datetime:
        """The database's own clock, aware UTC: one time for every process that uses it."""
        if self._clock is not None:
            return self._clock().astimezone(UTC)
        if self.is_sqlite:
            written = session.scalar(text("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')"))
            return datetime.fromisoformat(str(written)).replace(tzinfo=UTC)
        instant: datetime = session.scalar(text("SELECT clock_timestamp()"))
        return instant.astimezone(UTC)

    def clock(self, session: Session) -> ColumnElement[datetime]:
        """The database's clock as an expression, for conditions.

        PostgreSQL reads it when the row is looked at, also after waiting for another transaction;
        on SQLite a transaction never waits once it has begun.
        """
        if self._clock is None and not self.is_sqlite:
            return func.clock_timestamp()
        return literal(self.now(session), Instant)

    def instant(self, session: Session) -> ColumnElement[datetime]:
        """The database's clock when the statement began, as an expression for what is due.

        It stands still during the statement, so that PostgreSQL can look up in an index what was
        before it; ``clock`` would be compared with every row.
        """
        if self._clock is None and not self.is_sqlite:
            return func.statement_timestamp()
        return literal(self.now(session), Instant)

    def run(self, work: Callable[[Session], Done]) -> Done:
        """``work`` in one transaction, tried again when another one stood in its way."""
        for left in reversed(range(_TRIES)):
            try:
                with self.transaction() as session:
                    return work(session)
            except OperationalError as error:
                if not left or getattr(error.orig, "sqlstate", None) not in _DEADLOCK:
                    raise
        raise AssertionError("unreachable")

    def upgrade(self) -> None:
        """Bring the tables to the current version (Alembic)."""
        from alembic import command
        from alembic.config import Config

        if self.is_sqlite and self.url.database and self.url.database != ":memory:":
            from pathlib import Path

            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        config = Config()
        config.set_main_option("script_location", str(PROJECT_ROOT / "psl" / "migrations"))
        with self.engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()
