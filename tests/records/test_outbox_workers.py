"""The outbox under several workers: order, leases, a killed process, and a machine with an oracle."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from alembic import command
from alembic.config import Config
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, func, select, text

from psl.database import Database
from psl.notices import Claimed, Notice, Notices, enqueue, enqueue_many, withdraw_many
from psl.settings import PROJECT_ROOT


@pytest.fixture
def real(database_url: str) -> Iterator[Database]:
    """A database with its own clock, as processes have it."""
    opened = Database(database_url)
    yield opened
    opened.close()


def write(database: Database, *rows: tuple[str, str, float]) -> None:
    """Notices of (chat, key, seconds ago that they were due)."""
    with database.transaction() as session:
        now = database.now(session)
        enqueue_many(
            session,
            [
                {"chat": chat, "key": key, "text": key, "due_at": now - timedelta(seconds=ago)}
                for chat, key, ago in rows
            ],
        )


def undelivered(database: Database) -> int:
    with database.transaction() as session:
        which = select(func.count()).select_from(Notice).where(Notice.delivered_at.is_(None))
        return session.scalar(which) or 0


# Workers ------------------------------------------------------------------------------------------


def test_each_chats_order_holds_under_workers_that_fail_and_vanish(real: Database) -> None:
    chats, each = [f"web:{n}" for n in range(6)], 8
    write(real, *((chat, str(n), 100 - n) for chat in chats for n in range(each)))
    arrived: list[tuple[str, int]] = []
    too_slow: set[str] = set()

    def worker(seed: int) -> None:
        chance, outbox = random.Random(seed), Notices(real, attempts=1000)
        stop = time.monotonic() + 60
        while undelivered(real) and time.monotonic() < stop:
            claimed = outbox.claim("web", limit=chance.randint(1, 12), lease_seconds=2)
            if not claimed.notices:
                time.sleep(0.02)
            stopped: set[str] = set()
            for notice in claimed.notices:
                if notice.chat in stopped:
                    continue
                if chance.random() < 0.1:
                    outbox.failed(claimed.token, notice.id, "TimeoutError", retry_after=0.1)
                    stopped.add(notice.chat)
                    continue
                arrived.append((notice.chat, int(notice.key)))
                if chance.random() < 0.1:
                    break  # the worker vanishes: what it holds comes back when the lease ends
                if not outbox.delivered(claimed.token, notice.id):
                    too_slow.add(notice.chat)
                    break
            else:
                outbox.release(claimed.token)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(worker, range(4)))
    assert undelivered(real) == 0
    of_chat = defaultdict(list)
    for chat, number in arrived:
        of_chat[chat].append(number)
    for chat in chats:
        # What arrived twice did so before anything that follows it, unless a worker took longer
        # than its lease.
        assert of_chat[chat] == sorted(of_chat[chat]) or chat in too_slow
        assert sorted(set(of_chat[chat])) == list(range(each))


def test_workers_at_the_same_time_share_the_chats_out(real: Database) -> None:
    write(real, *((f"web:{n % 40}", str(n), 500 - n) for n in range(400)))
    together = threading.Barrier(6)

    def claim(_: int) -> Claimed:
        together.wait()
        return Notices(real).claim("web", limit=100)

    with ThreadPoolExecutor(6) as pool:
        claims = list(pool.map(claim, range(6)))
    holder: dict[str, str] = {}
    for claimed in claims:
        of_chat = defaultdict(list)
        for notice in claimed.notices:
            of_chat[notice.chat].append(int(notice.key))
        for chat, numbers in of_chat.items():
            assert holder.setdefault(chat, claimed.token) == claimed.token, "two have one chat"
            first = int(chat.removeprefix("web:"))
            assert numbers == list(range(first, first + 40 * len(numbers), 40)), "a gap"
    assert sum(len(claimed.notices) for claimed in claims) >= 100


def test_a_killed_process_loses_nothing(real: Database) -> None:
    write(real, ("web:a", "first", 2), ("web:a", "second", 1))
    claim = (
        "import sys, time; from psl.database import Database; from psl.notices import Notices\n"
        "claimed = Notices(Database(sys.argv[1])).claim('web', lease_seconds=3)\n"
        "print(len(claimed.notices), flush=True); time.sleep(60)"
    )
    url = real.url.render_as_string(hide_password=False)
    with subprocess.Popen(
        [sys.executable, "-c", claim, url], cwd=PROJECT_ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == "2\n"
        process.kill()
    outbox = Notices(real)
    assert outbox.claim("web").notices == (), "its lease outlives it"
    assert undelivered(real) == 2
    stop = time.monotonic() + 20
    while not (claimed := outbox.claim("web")).notices and time.monotonic() < stop:
        time.sleep(0.1)
    assert [n.key for n in claimed.notices] == ["first", "second"]
    assert all(outbox.delivered(claimed.token, n.id) for n in claimed.notices)


# Writers ------------------------------------------------------------------------------------------


def test_two_transactions_write_one_key_at_once(real: Database) -> None:
    second_started = threading.Event()

    def second() -> None:
        with real.transaction() as session:
            second_started.set()
            enqueue(session, "web:a", "k", "second", datetime.now(UTC))

    with ThreadPoolExecutor(1) as pool:
        with real.transaction() as session:
            enqueue(session, "web:a", "k", "first", datetime.now(UTC) - timedelta(seconds=1))
            waiting = pool.submit(second)
            if not real.is_sqlite:  # on SQLite it waits before it begins
                second_started.wait(5)
            time.sleep(0.3)
            assert not waiting.done()
        waiting.result(10)
    assert [n.text for n in Notices(real).claim("web").notices] == ["first"]


def test_two_that_write_the_same_in_different_order_do_not_block_each_other(
    real: Database,
) -> None:
    now = datetime.now(UTC) - timedelta(seconds=1)
    rows = [{"chat": f"web:{n}", "key": "k", "text": "t", "due_at": now} for n in range(200)]
    together = threading.Barrier(2)

    def put(ordered: list[dict[str, object]]) -> None:
        together.wait()
        with real.transaction() as session:
            enqueue_many(session, ordered)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(put, [rows, rows[::-1]]))
    assert len(Notices(real).claim("web", limit=1000).notices) == 200


# The migration ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_notices_from_before_the_outbox_are_kept(
    kind: str, request: pytest.FixtureRequest, tmp_path: object
) -> None:
    url = (
        f"sqlite:///{tmp_path}/psl.db"
        if kind == "sqlite"
        else str(request.getfixturevalue("make_postgres")())
    )
    database = Database(url)
    config = Config()
    config.set_main_option("script_location", str(PROJECT_ROOT / "psl" / "migrations"))

    def move(go: object, revision: str) -> None:
        with database.engine.begin() as connection:
            config.attributes["connection"] = connection
            go(config, revision)  # type: ignore[operator]

    old = ("chat", "key", "text", "buttons", "due_at", "delivered_at", "withdrawn_at")
    at = "2026-11-20 15:00:00.000000"
    rows = [
        ("web:a", "due", "text", '[{"title": "Done", "payload": "/done"}]', at, None, None),
        ("rest:b:c", "delivered", "text", "[]", at, at, None),
        ("web:a", "withdrawn", "text", "[]", at, None, at),
    ]

    def kept() -> list[tuple[object, ...]]:
        with database.transaction() as session:
            return [
                (n.chat, n.key, n.text, n.buttons, n.due_at, n.delivered_at, n.withdrawn_at)
                for n in session.scalars(select(Notice).order_by(Notice.id))
            ]

    move(command.upgrade, "0001")
    with database.engine.begin() as connection:
        connection.execute(
            text(f"INSERT INTO notice ({', '.join(old)}) VALUES (:{', :'.join(old)})"),
            [dict(zip(old, row, strict=True)) for row in rows],
        )
    move(command.upgrade, "0002")
    before = kept()
    assert [row[1] for row in before] == ["due", "delivered", "withdrawn"]
    (due,) = Notices(database).claim("web").notices
    assert due.buttons == [{"title": "Done", "payload": "/done"}]
    assert (due.channel, due.attempts, due.subject, due.next_try_at) == ("web", 0, "", due.due_at)
    move(command.downgrade, "0001")
    move(command.upgrade, "0002")
    assert kept() == before
    database.close()


# The machine --------------------------------------------------------------------------------------

START = datetime(2026, 11, 23, 15, tzinfo=UTC)
ATTEMPTS = 3
LEASE = 5


@dataclass
class Expected:
    """What the oracle knows of one notice; instants are seconds since the start."""

    key: str
    chat: str
    number: int
    due: int
    expires: int | None
    next_try: float
    attempts: int = 0
    token: str | None = None
    leased_until: float = -1
    delivered: bool = False
    withdrawn: bool = False
    given_up: bool = False

    def over(self, now: float) -> bool:
        expired = self.expires is not None and self.expires <= now
        return self.delivered or self.withdrawn or self.given_up or expired

    @property
    def place(self) -> tuple[int, int]:
        return self.due, self.number


class Outbox(RuleBasedStateMachine):
    """Workers claim, deliver, fail, vanish; an oracle that walks through lists says what comes.

    That a notice which was claimed before its withdrawal may still arrive is part of the oracle.
    """

    claims = Bundle("claims")

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.database = database
        self.now = 0.0
        database._clock = lambda: START + timedelta(seconds=self.now)
        self.outbox = Notices(database, ATTEMPTS)
        with database.transaction() as session:
            session.execute(delete(Notice))
        self.notices: list[Expected] = []

    def expected(self, limit: int, chats: list[str] | None) -> list[Expected]:
        ready: list[Expected] = []
        for chat in chats if chats is not None else ["web:a", "web:b"]:
            of_chat = sorted((n for n in self.notices if n.chat == chat), key=lambda n: n.place)
            for notice in of_chat:
                if notice.leased_until > self.now:
                    break
                if notice.over(self.now):
                    continue
                if notice.due > self.now or notice.next_try > self.now:
                    break
                ready.append(notice)
        return sorted(ready, key=lambda n: n.place)[:limit]

    @rule(
        chat=st.sampled_from(["web:a", "web:b"]),
        times=st.lists(
            st.tuples(st.integers(-4, 4), st.none() | st.integers(1, 12)), min_size=1, max_size=3
        ),
    )
    def enqueue(self, chat: str, times: list[tuple[int, int | None]]) -> None:
        for later, lasts in times:
            due, number = int(self.now) + later, len(self.notices)
            expires = None if lasts is None else due + lasts
            with self.database.transaction() as session:
                for said in ("said", "said again"):
                    enqueue(
                        session, chat, f"k{number}", said, START + timedelta(seconds=due),
                        expires_at=None if expires is None else START + timedelta(seconds=expires),
                    )  # fmt: skip
            self.notices.append(Expected(f"k{number}", chat, number, due, expires, due))

    @rule(
        target=claims,
        limit=st.sampled_from([1, 2, 5]),
        chats=st.sampled_from([None, ["web:a"], ["web:b"], ["web:a", "web:b"]]),
    )
    def claim(self, limit: int, chats: list[str] | None) -> object:
        expected = self.expected(limit, chats)
        claimed = self.outbox.claim("web", limit, LEASE, chats)
        assert [n.key for n in claimed.notices] == [n.key for n in expected]
        assert all(n.text == "said" for n in claimed.notices)
        for notice in expected:
            notice.token, notice.leased_until = claimed.token, self.now + LEASE
        rows = zip(claimed.notices, expected, strict=True)
        return multiple(*((claimed.token, row.id, notice) for row, notice in rows))

    @rule(claimed=claims)
    def deliver(self, claimed: tuple[str, int, Expected]) -> None:
        token, row, notice = claimed
        assert self.outbox.delivered(token, row) == (notice.token == token)
        if notice.token == token:
            notice.delivered, notice.leased_until = True, -1

    @rule(claimed=claims, permanent=st.booleans(), after=st.none() | st.integers(0, 9))
    def fail(self, claimed: tuple[str, int, Expected], permanent: bool, after: int | None) -> None:
        token, row, notice = claimed
        self.outbox.failed(token, row, "TimeoutError", retry_after=after, permanent=permanent)
        if notice.token != token or notice.delivered:
            return
        notice.attempts += 1
        notice.token, notice.leased_until = None, -1
        if permanent or notice.attempts == ATTEMPTS:
            notice.given_up = True
            return
        notice.next_try = self.now + (2**notice.attempts if after is None else after)
        for other in self.notices:
            if other.token == token and other.chat == notice.chat and other.place > notice.place:
                self._give_back(other)

    @rule(claimed=consumes(claims))
    def release(self, claimed: tuple[str, int, Expected]) -> None:
        self.outbox.release(claimed[0])
        for notice in self.notices:
            if notice.token == claimed[0]:
                self._give_back(notice)

    def _give_back(self, notice: Expected) -> None:
        if not notice.delivered:
            notice.token, notice.leased_until = None, -1

    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        known = st.sampled_from([n.key for n in self.notices] or ["nothing"])
        keys = data.draw(st.lists(known, max_size=2))
        with self.database.transaction() as session:
            withdraw_many(session, self.database.now(session), keys)
        for notice in self.notices:
            if notice.key in keys and not (notice.delivered or notice.given_up):
                notice.withdrawn = True

    @rule(seconds=st.sampled_from([0.5, 1, 2, LEASE, 3 * LEASE]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    def teardown(self) -> None:
        """All workers vanish; another one delivers what is left, in order, and then all is done."""
        for _ in range(3):
            self.now += 20
            claimed = self.outbox.claim("web", 1000, LEASE)
            assert [n.key for n in claimed.notices] == [n.key for n in self.expected(1000, None)]
            for row in claimed.notices:
                assert self.outbox.delivered(claimed.token, row.id)
                next(n for n in self.notices if n.key == row.key).delivered = True
        assert all(notice.over(self.now) for notice in self.notices)
        assert {n.key for n in self.outbox.undeliverable()} == {
            n.key for n in self.notices if n.given_up
        }
        super().teardown()


def test_the_outbox_does_what_the_oracle_says(database_url: str) -> None:
    database = Database(database_url)
    run_state_machine_as_test(
        lambda: Outbox(database),
        settings=settings(
            max_examples=40,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    database.close()
