"""The engine: does what falls due, when it falls due, until it is told to stop."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from prometheus_client import Counter as Metric
from prometheus_client import Gauge, Histogram
from sqlalchemy.exc import DBAPIError

from psl.database import Database
from psl.referrals.auditor import overdue, violations
from psl.referrals.sweep import Sweeper
from psl.settings import Settings

log = structlog.get_logger()

SWEPT = Metric("psl_engine_swept_total", "Due work done by the engine", ["work"])
SWEEP_SECONDS = Histogram("psl_engine_sweep_seconds", "Time of one sweep that did something")
VIOLATIONS = Gauge("psl_invariant_violations", "Records in an illegal state", ["invariant"])

_TROUBLE_PAUSE = 2.0
# Few, so that it can be stopped soon.
_SEEK_BATCH = 25
# Every so many checks of what is overdue, all records are looked through.
_FULL_CHECK_EVERY = 60


class Engine:
    """Runs the sweeper in threads of its own; any number of processes may have one.

    Windows have threads to themselves, so that one referral offered to thousands does not make
    another agent's window end late: two, or one where the database has one writer anyway.
    """

    def __init__(self, database: Database, settings: Settings) -> None:
        """Nothing runs until ``start`` or ``run``."""
        self._db = database
        self._settings = settings
        self._sweeper = Sweeper(database, settings)
        self._stop = threading.Event()
        self._wakes: list[threading.Event] = []
        self._threads: list[threading.Thread] = []

    @property
    def alive(self) -> bool:
        """Whether it was started and all of it still runs."""
        return bool(self._threads) and all(thread.is_alive() for thread in self._threads)

    def start(self) -> None:
        """Run in the background until ``stop``."""
        sweeper = self._sweeper
        windows = ("windows", sweeper.end_windows, sweeper.windows_due)
        seeking = ("seeking", self._seek, sweeper.seeking_due)
        work = [windows, seeking] if self._db.is_sqlite else [windows, windows, seeking]
        self._wakes = [threading.Event() for _ in work]
        self._threads = [
            threading.Thread(
                target=self._loop, name=f"engine {name}", args=(wake, *todo), daemon=True
            )
            for wake, (name, *todo) in zip(self._wakes, work, strict=True)
        ]
        self._threads.append(threading.Thread(target=self._audit, name="auditor", daemon=True))
        for thread in self._threads:
            thread.start()

    def run(self) -> None:
        """Run until ``stop`` is called from another thread or a signal handler."""
        self.start()
        self._stop.wait()
        self.stop()

    def stop(self) -> None:
        """Finish the present batch and end; what is left due is taken up by the next engine."""
        self._stop.set()
        self.wake()
        for thread in self._threads:
            thread.join(timeout=30)

    def wake(self) -> None:
        """Something new may be due: look now."""
        for wake in self._wakes:
            wake.set()

    def check(self, full: bool = True) -> dict[str, list[str]]:
        """The referrals that break an invariant, by invariant; told to metrics and log."""
        found = violations(self._db) if full else overdue(self._db)
        for invariant, numbers in found.items():
            VIOLATIONS.labels(invariant).set(len(numbers))
            if numbers:
                log.error("invariant broken", invariant=invariant, records=numbers[:20])
        return found

    def _loop(
        self,
        wake: threading.Event,
        work: Callable[[], Counter[str]],
        due: Callable[[], datetime | None],
    ) -> None:
        while not self._stop.is_set():
            wake.clear()
            try:
                started = time.perf_counter()
                if done := work():
                    SWEEP_SECONDS.observe(time.perf_counter() - started)
                    for name, count in done.items():
                        SWEPT.labels(name).inc(count)
                    # Others write too: a sweep that never pauses would keep them from the lock.
                    time.sleep(0)
                    continue
                pause = self._until(due())
            except Exception as error:
                pause = _trouble(error)
            wake.wait(pause)

    def _seek(self) -> Counter[str]:
        try:
            return self._sweeper.seek(_SEEK_BATCH)
        except DBAPIError:
            raise
        except Exception:
            self._sweeper.set_aside()
            raise

    def _audit(self) -> None:
        checks = 0
        while not self._stop.wait(self._settings.audit_seconds):
            try:
                self.check(full=checks % _FULL_CHECK_EVERY == 0)
                checks += 1
            except Exception as error:
                _trouble(error)

    def _until(self, due: datetime | None) -> float:
        """Seconds until something falls due, at most the poll interval: others may add work."""
        poll = self._settings.poll_seconds
        if due is None:
            return poll
        with self._db.reading() as session:
            left = (due - self._db.now(session)) / timedelta(seconds=1)
        return min(max(left, 0.0), poll)


def _trouble(error: Exception) -> float:
    """Tell the log; the seconds to wait. Nothing is lost: the rows stay due."""
    if isinstance(error, DBAPIError):
        log.error("engine cannot work on the database", error=type(error.orig).__name__)
    else:
        log.error("engine failed", error=type(error).__name__, exc_info=True)
    return _TROUBLE_PAUSE
