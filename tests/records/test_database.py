"""The door to the records: time, instants, transactions, an audit that nobody can rewrite."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta, timezone

import psycopg
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, StatementError

from psl import audit
from psl.audit import AuditEvent
from psl.database import Database
from psl.notices import Notice, enqueue


def write(database: Database, subject: str = "ticket:1", action: str = "drafted") -> None:
    with database.transaction() as session:
        audit.record(session, database.now(session), subject=subject, actor="system", action=action)


def test_the_databases_own_clock_is_utc_and_now(database_url: str) -> None:
    database = Database(database_url)
    with database.transaction() as session:
        first, second = database.now(session), database.now(session)
    assert first.tzinfo is UTC and first <= second
    assert abs(datetime.now(UTC) - first) < timedelta(seconds=5)
    database.close()


def test_a_given_clock_is_used_and_turned_into_utc(sqlite_url: str) -> None:
    louisville = timezone(timedelta(hours=-5))
    database = Database(sqlite_url, lambda: datetime(2026, 11, 23, 10, tzinfo=louisville))
    with database.transaction() as session:
        assert database.now(session) == datetime(2026, 11, 23, 15, tzinfo=UTC)
        assert database.now(session).tzinfo is UTC
    database.close()


def test_instants_come_back_as_the_utc_that_went_in(database: Database) -> None:
    # In the hour that the change from summer time repeats.
    instants = [datetime(2026, 11, 1, 5, 30, tzinfo=UTC), datetime(2026, 11, 1, 6, 30, tzinfo=UTC)]
    with database.transaction() as session:
        for number, at in enumerate(instants):
            eastern = at.astimezone(timezone(timedelta(hours=-4 - number)))
            audit.record(session, eastern, subject="s", actor="a", action=str(number))
    with database.transaction() as session:
        read = [event.at for event in audit.history(session, "s")]
    assert read == instants and all(at.utcoffset() == timedelta(0) for at in read)


def test_a_naive_instant_is_refused(database: Database) -> None:
    with (
        pytest.raises(StatementError, match="needs a time zone"),
        database.transaction() as session,
    ):
        session.add(AuditEvent(at=datetime(2026, 1, 1), subject="s", actor="a", action="x"))


def test_an_error_rolls_everything_back(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.transaction() as session:
        audit.record(session, database.now(session), subject="s", actor="a", action="x")
        enqueue(session, "web:a", "k", "text", database.now(session))
        session.flush()
        raise ZeroDivisionError
    with database.transaction() as session:
        assert audit.history(session, "s") == []
        assert session.scalar(select(Notice.id)) is None


def test_sqlite_is_set_up_for_many_writers(sqlite: Database) -> None:
    with sqlite.engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout", "secure_delete")
        }
    assert pragmas == {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "busy_timeout": 10000,
        "secure_delete": 1,
    }


def test_foreign_keys_hold(database: Database) -> None:
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.execute(
            text(
                "INSERT INTO chat_link (chat, agent_id, linked_at) "
                "VALUES ('web:x', 4711, '2026-11-23 15:00:00')"
            )
        )


# The audit ----------------------------------------------------------------------------------------


def test_history_is_of_one_subject_oldest_first(database: Database) -> None:
    for action in ("drafted", "submitted", "closed"):
        write(database, action=action)
    write(database, subject="ticket:11")
    with database.transaction() as session:
        events = audit.history(session, "ticket:1")
    assert [e.action for e in events] == ["drafted", "submitted", "closed"]
    assert events[0].at < events[1].at < events[2].at


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE audit_event SET actor = 'somebody else'",
        "UPDATE audit_event SET reason = 'x' WHERE id = 1",
        "DELETE FROM audit_event",
        "DELETE FROM audit_event WHERE id = 1",
    ],
)
def test_nobody_rewrites_the_audit(database: Database, attack: str) -> None:
    write(database)
    with pytest.raises(IntegrityError, match="append-only"), database.transaction() as session:
        session.execute(text(attack))
    with database.transaction() as session:
        (event,) = audit.history(session, "ticket:1")
        assert event.actor == "system"


def test_nobody_rewrites_it_through_the_orm(database: Database) -> None:
    write(database)
    with pytest.raises(IntegrityError, match="append-only"), database.transaction() as session:
        audit.history(session, "ticket:1")[0].reason = "changed"
    with pytest.raises(IntegrityError, match="append-only"), database.transaction() as session:
        session.delete(audit.history(session, "ticket:1")[0])


@pytest.mark.parametrize(
    "attack",
    [
        "REPLACE INTO audit_event SELECT id, at, subject, 'x', action, reason FROM audit_event",
        "INSERT INTO audit_event SELECT id, at, subject, 'x', action, reason FROM audit_event "
        "WHERE true ON CONFLICT (id) DO UPDATE SET actor = 'x'",
    ],
)
def test_sqlite_replaces_nothing_in_it(sqlite: Database, attack: str) -> None:
    write(sqlite)
    with pytest.raises(IntegrityError, match="append-only"), sqlite.transaction() as session:
        session.execute(text(attack))
    with sqlite.transaction() as session:
        assert [e.actor for e in audit.history(session, "ticket:1")] == ["system"]


@pytest.mark.postgres
def test_postgresql_truncates_it_for_nobody(postgres_url: str) -> None:
    database = Database(postgres_url)
    write(database)
    for attack in ("TRUNCATE audit_event", "TRUNCATE agent, audit_event CASCADE"):
        with pytest.raises(IntegrityError, match="append-only"), database.transaction() as session:
            session.execute(text(attack))
    database.close()


def test_writing_goes_on_after_a_refusal(database: Database) -> None:
    write(database)
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.execute(text("DELETE FROM audit_event"))
    write(database)
    with database.transaction() as session:
        assert len(audit.history(session, "ticket:1")) == 2


def test_writers_of_one_process_get_their_turn_in_order(sqlite: Database) -> None:
    """A thread that writes without a pause keeps nobody out for longer than a transaction."""
    order: list[str] = []
    began, stop = threading.Event(), threading.Event()

    def greedy() -> None:
        while not stop.is_set():
            with sqlite.transaction() as session:
                audit.record(session, sqlite.now(session), subject="s", actor="a", action="greedy")
                order.append("greedy")
                began.set()
                time.sleep(0.01)

    thread = threading.Thread(target=greedy)
    thread.start()
    began.wait()
    try:
        for _ in range(20):
            before = len(order)
            write(sqlite, action="patient")
            # One may have been at it, and one may have waited already.
            assert len(order) - before <= 3
    finally:
        stop.set()
        thread.join()


def test_a_transaction_inside_another_is_told_not_waited_for(sqlite: Database) -> None:
    with pytest.raises(RuntimeError, match="inside another"), sqlite.transaction():
        write(sqlite)
    write(sqlite)
    with sqlite.reading() as session:
        assert len(audit.history(session, "ticket:1")) == 1


@pytest.mark.postgres
def test_a_connection_that_was_cut_while_idle_is_replaced(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("psl.database._IDLE_SECONDS", 0.0)
    database = Database(postgres_url)
    with database.reading() as session:
        first = session.scalar(text("SELECT pg_backend_pid()"))
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute("SELECT pg_terminate_backend(%s)", [first])
    with database.reading() as session:
        assert session.scalar(text("SELECT pg_backend_pid()")) != first
    database.close()
