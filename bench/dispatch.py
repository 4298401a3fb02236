"""The referral engine on SQLite and PostgreSQL, beside the machine's fsync rate and pgbench.

    python bench/dispatch.py [--small] [--only sqlite|postgresql]

PostgreSQL: PSL_BENCH_POSTGRES, a server where databases may be made
(default postgresql://postgres@127.0.0.1:5432/postgres). Every database is made anew and dropped.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import re
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from population import a_request, add_agents, add_open_windows, analyse
from sqlalchemy import select
from sqlalchemy.engine.url import make_url

from psl.database import Database
from psl.notices import Notices
from psl.referrals.engine import Engine
from psl.referrals.intake import Request
from psl.referrals.models import Offer, OfferState
from psl.referrals.rules import Outcome
from psl.referrals.service import Answer, Referrals
from psl.referrals.sweep import Sweeper
from psl.settings import Settings

POSTGRES = os.environ.get("PSL_BENCH_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
Make = Callable[[], "contextmanager[Database]"]


def settings() -> Settings:
    """The product's defaults, whatever this shell has set."""
    return Settings(_env_file=None)


@contextmanager
def sqlite() -> Iterator[Database]:
    """A new SQLite database on this disk, set up as in production."""
    folder = Path(tempfile.mkdtemp(prefix="psl-bench-", dir=os.environ.get("PSL_BENCH_DIR")))
    database = Database(f"sqlite:///{folder / 'psl.db'}")
    database.upgrade()
    try:
        yield database
    finally:
        database.close()
        shutil.rmtree(folder)


@contextmanager
def postgresql() -> Iterator[Database]:
    """A new database of the PostgreSQL server."""
    name = f"psl_bench_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(POSTGRES, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        database = Database(make_url(POSTGRES).set(database=name).render_as_string(False))
        database.upgrade()
        try:
            yield database
        finally:
            database.close()
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


# The machine --------------------------------------------------------------------------------------


def fsync_rate(seconds: float = 2.0) -> float:
    """Writes of 4 KiB with fdatasync a second, on the disk of the SQLite database."""
    with tempfile.NamedTemporaryFile(dir=os.environ.get("PSL_BENCH_DIR")) as file:
        page, done, started = os.urandom(4096), 0, time.perf_counter()
        while time.perf_counter() - started < seconds:
            os.pwrite(file.fileno(), page, (done % 1000) * 4096)
            os.fdatasync(file.fileno())
            done += 1
        return done / (time.perf_counter() - started)


def pgbench_tps(seconds: int = 5) -> str:
    """TPC-B-like transactions a second with two clients, where pgbench is installed."""
    found = shutil.which("pgbench") or next(
        (str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"))), None
    )
    if found is None:
        return "pgbench is not installed"
    with postgresql() as database:
        url = database.url.set(drivername="postgresql").render_as_string(False)
        subprocess.run([found, "-i", "-q", "-s", "5", url], check=True, capture_output=True)
        done = subprocess.run(
            [found, "-c", "2", "-j", "2", "-T", str(seconds), url],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
    match = re.search(r"tps = ([\d.]+)", done.stdout)
    return f"{float(match[1]):,.0f} pgbench transactions/s (2 clients)" if match else "no figure"


def quantiles(values: list[float]) -> tuple[float, float]:
    """Median and 99th percentile."""
    ordered = sorted(values)
    return statistics.median(ordered), ordered[min(int(len(ordered) * 0.99), len(ordered) - 1)]


# What is measured ---------------------------------------------------------------------------------


def assignments(database: Database, agents: int, count: int) -> None:
    """Choosing an agent for a referral and writing all that goes with it."""
    add_agents(database, agents)
    analyse(database)
    referrals, sweeper = Referrals(database, settings()), Sweeper(database, settings())
    draw = random.Random(3)
    ids = [referrals.request(Request(**a_request(draw, n))).referral.id for n in range(count + 50)]
    for warm in ids[:50]:
        sweeper.dispatch_now(warm)
    times = []
    for each in ids[50:]:
        started = time.perf_counter()
        sweeper.dispatch_now(each)
        times.append(time.perf_counter() - started)
    middle, worst = quantiles(times)
    print(
        f"  assignments, {agents:>7,} agents: {1 / statistics.fmean(times):7.0f}/s, "
        f"p50 {middle * 1e3:5.1f} ms, p99 {worst * 1e3:5.1f} ms"
    )


def lifecycles(database: Database, workers: int, seconds: float) -> None:
    """Request, assignment, delivered notice, acceptance, Complete: each its own transactions.

    The workers are processes, as several servers on one database are.
    """
    context = multiprocessing.get_context("spawn")
    ready, done = context.Barrier(workers), context.Queue()
    url = database.url.render_as_string(hide_password=False)
    processes = [
        context.Process(target=live, args=(url, worker, seconds, ready, done))
        for worker in range(workers)
    ]
    for process in processes:
        process.start()
    rate = sum(done.get(timeout=seconds + 60) for _ in processes) / seconds
    for process in processes:
        process.join()
    print(f"  lifecycles, {workers} process(es): {rate:7.1f}/s")


def live(url: str, worker: int, seconds: float, ready: Any, done: Any) -> None:
    """What a process of ``lifecycles`` does."""
    database = Database(url)
    referrals, sweeper = Referrals(database, settings()), Sweeper(database, settings())
    notices, draw = Notices(database), random.Random(100 + worker)
    one = partial(one_life, referrals, sweeper, notices, draw)
    one(5_000_000 + worker * 100_000)
    ready.wait()
    count, stop = 0, time.perf_counter() + seconds
    while time.perf_counter() < stop:
        count += one(5_000_001 + worker * 100_000 + count)
    database.close()
    done.put(count)


def one_life(
    referrals: Referrals, sweeper: Sweeper, notices: Notices, draw: random.Random, number: int
) -> bool:
    """One referral from request to Complete; False if nobody was there to take it."""
    referral = referrals.request(Request(**a_request(draw, number))).referral
    sweeper.dispatch_now(referral.id)
    holder = referrals.by_number(referral.number).holder_id
    if holder is None:
        return False
    claimed = notices.claim("bench", limit=10, chats=[f"bench:{holder}"])
    for notice in claimed.notices:
        notices.delivered(claimed.token, notice.id)
    offer = next(o for o in referrals.live_offers(holder) if o.referral_id == referral.id)
    answer = referrals.accept(holder, offer.id).answer
    assert answer == Answer.ACCEPTED, answer
    referrals.complete(holder, referral.number, Outcome.ENROLLED)
    return True


def expiries(database: Database, agents: int, count: int, workers: int) -> None:
    """Windows that end at once: state, misses, events and notices of each."""
    over = datetime.now(UTC) - timedelta(seconds=1)
    add_open_windows(database, agents, [over] * count, delivered=True)
    sweeper = Sweeper(database, settings().model_copy(update={"sweep_batch": 2000}))
    done = [0] * workers

    def work(worker: int) -> None:
        while lapsed := sweeper.lapse_due():
            done[worker] += lapsed

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(workers)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = sum(done) / (time.perf_counter() - started)
    print(
        f"  expiries, {workers} worker(s): {rate:7.0f}/s "
        f"({sum(done):,} windows with events and notices)"
    )


def lateness(database: Database, agents: int, open_windows: int, seconds: int, rate: int) -> None:
    """How late the engine ends windows that fall due while very many others are open."""
    now = datetime.now(UTC)
    draw = random.Random(4)
    far = [now + timedelta(seconds=3600 + draw.random() * 36000) for _ in range(open_windows)]
    add_open_windows(database, agents, far)
    start = datetime.now(UTC) + timedelta(seconds=3)
    soon = [start + timedelta(seconds=n / rate) for n in range(seconds * rate)]
    add_open_windows(database, agents, soon, seed=5)
    engine = Engine(database, settings())
    engine.start()
    left = (soon[-1] - datetime.now(UTC)).total_seconds()
    time.sleep(max(left, 0) + 5)
    engine.stop()
    with database.transaction() as session:
        ended = session.execute(
            select(Offer.closes_at, Offer.answered_at).where(
                Offer.state == OfferState.MISSED,
                Offer.closes_at >= soon[0],
                Offer.closes_at <= soon[-1],
            )
        ).all()
    late = [(answered - closes).total_seconds() for closes, answered in ended]
    middle, worst = quantiles(late)
    print(
        f"  lateness, {open_windows:>9,} open windows, {rate}/s due: p50 {middle * 1e3:6.0f} ms, "
        f"p99 {worst * 1e3:6.0f} ms ({len(late):,} of {len(soon):,} ended)"
    )


def main() -> None:
    """All measurements; ``--small`` for a quick look."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a tenth of everything")
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    chosen = parser.parse_args()
    part = 10 if chosen.small else 1
    print(f"machine: {os.cpu_count()} cores, {fsync_rate():,.0f} fdatasync/s; {pgbench_tps()}")
    for name, make in (("sqlite", sqlite), ("postgresql", postgresql)):
        if chosen.only not in (None, name):
            continue
        print(name)
        for agents in (10_000 // part, 100_000 // part):
            with make() as database:
                assignments(database, agents, 1000 // part)
                if agents == 10_000 // part:
                    for workers in (1, 2):
                        lifecycles(database, workers, 20 / part)
        for workers in (1,) if name == "sqlite" else (1, 2):
            with make() as database:
                # As many agents as windows: a miss each, and nobody is de-registered.
                add_agents(database, 50_000 // part)
                expiries(database, 50_000 // part, 50_000 // part, workers)
        for windows in (100_000 // part, 1_000_000 // part):
            with make() as database:
                add_agents(database, 10_000 // part)
                lateness(database, 10_000 // part, windows, 20, 50)


if __name__ == "__main__":
    main()
