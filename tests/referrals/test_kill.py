"""An engine that is killed again and again, at any instant, loses nothing and counts nothing twice."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select

from psl.agents.models import ChatLink
from psl.audit import AuditEvent
from psl.database import Database
from psl.guide import Guide
from psl.notices import Notice
from psl.referrals.engine import Engine
from psl.referrals.models import Offer, OfferState, Referral, Stage
from psl.referrals.rules import Outcome
from psl.referrals.service import Answer
from psl.settings import PROJECT_ROOT, Settings
from tests.referrals.conftest import LEXINGTON, LOUISVILLE, PADUCAH, OnDemand
from tests.referrals.test_race import RealTime

pytestmark = pytest.mark.slow

KILLS = 50
# Windows of a second, and time for three of them before a referral goes to all.
SHORT = {
    "accept_seconds": 1,
    "call_margin_seconds": 0,
    "promise_seconds": 4,
    "warn_seconds": 0,
    "relook_seconds": 2,
    "poll_seconds": 0.1,
    "load_cap": 30,
}
AGENTS = {
    "ada": LOUISVILLE,
    "bo": LOUISVILLE,
    "cy": LEXINGTON,
    "di": PADUCAH,
    "ed": LEXINGTON,
    "unreached": LOUISVILLE,  # nothing is delivered to this one
}


class Engines:
    """Engine processes, one at a time."""

    def __init__(self, url: str, log: Path) -> None:
        self._asked = json.dumps({"url": url, "settings": SHORT}) + "\n"
        self._log = log.open("w")
        self._starter = subprocess.Popen(
            [sys.executable, "-m", "tests.referrals.engine_process"],
            cwd=PROJECT_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        self._engine = 0

    def start(self) -> None:
        """A new one."""
        assert self._starter.stdin
        assert self._starter.stdout
        self._starter.stdin.write(self._asked)
        self._starter.stdin.flush()
        self._engine = int(self._starter.stdout.readline())

    def kill(self) -> None:
        """Kill the present one, wherever it is."""
        os.kill(self._engine, signal.SIGKILL)

    def close(self) -> None:
        """End the process that starts them."""
        assert self._starter.stdin
        self._starter.stdin.close()
        self._starter.wait(10)
        self._log.close()


class Load:
    """Residents who ask and agents who answer, or do not, each in a thread."""

    def __init__(self, od: OnDemand) -> None:
        self.od = od
        self.answers: Counter[Answer] = Counter()
        self.failures: list[BaseException] = []
        self._stop = threading.Event()

    @contextmanager
    def running(self) -> Iterator[None]:
        """While the block runs."""
        works = (self.ask, self.deliver, self.answer, self.register_again)
        threads = [threading.Thread(target=self._often, args=(work,)) for work in works]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    def _often(self, work: Callable[[], float]) -> None:
        try:
            while not self._stop.is_set():
                self._stop.wait(work())
        except BaseException as error:
            self.failures.append(error)

    def ask(self) -> float:
        self.od.ask(phone=f"{502 + self.od.phones // 9000}-555-{self.od.phones % 9000:04d}")
        return 0.08

    def deliver(self) -> float:
        self.od.deliver(*(name for name in AGENTS if name != "unreached"))
        return 0.05

    def answer(self) -> float:
        """A third of the offers is accepted, some are rejected, the others left alone."""
        for agent_id in self.od.names.values():
            for offer in self.od.referrals.live_offers(agent_id):
                if offer.id % 3 == 0:
                    self.answers[self.od.referrals.accept(agent_id, offer.id).answer] += 1
                elif offer.id % 7 == 0:
                    self.answers[self.od.referrals.reject(agent_id, offer.id).answer] += 1
            for referral in self.od.referrals.in_hand(agent_id):
                if referral.id % 5 == 0 and referral.epoch < 12:
                    self.od.referrals.hand_back(agent_id, referral.number)
                else:
                    self.od.referrals.complete(agent_id, referral.number, Outcome.ENROLLED)
        return 0.05

    def register_again(self) -> float:
        for agent_id in self.od.names.values():
            if not self.od.registrations.of(agent_id).registered:
                self.od.registrations.agree(agent_id)
                self.od.registrations.save(agent_id)
        return 0.5


def test_killed_fifty_times(
    database_url: str, settings: Settings, guide: Guide, tmp_path: Path
) -> None:
    database = Database(database_url)
    od = OnDemand(database, settings, RealTime(), guide)  # type: ignore[arg-type]
    od.use(**SHORT)
    for n, (name, zip_code) in enumerate(AGENTS.items()):
        od.agent(name, zip_code, chats=1 + n % 2)
    log = tmp_path / "engine.log"
    engines = Engines(database.url.render_as_string(hide_password=False), log)
    load, chance = Load(od), random.Random(50)
    try:
        engines.start()
        with load.running():
            for _ in range(KILLS):
                time.sleep(chance.uniform(0.02, 1.4))
                engines.kill()
                engines.start()
            time.sleep(1)
        engines.kill()
    finally:
        engines.close()
    assert not load.failures
    to_the_end(od)
    check(od, load)
    # An engine that meets an error says so and goes on: there was none.
    assert "engine" not in log.read_text()
    database.close()


def to_the_end(od: OnDemand) -> None:
    """One engine does what is left, until no window is open and nothing waits to be dispatched."""
    engine = Engine(od.database, od.settings)
    engine.start()
    try:
        end = time.monotonic() + 30
        while busy := unfinished(od):
            assert time.monotonic() < end, f"{busy} referrals are still being dispatched"
            time.sleep(0.1)
    finally:
        engine.stop()
    od.sweeper.sweep_all()


def unfinished(od: OnDemand) -> int:
    with od.database.transaction() as session:
        now = od.database.now(session)
        going = select(func.count()).where(
            Referral.stage.in_([Stage.NEW, Stage.GENERAL])
            | ((Referral.stage == Stage.MASS) & (Referral.promised_by > now))
        )
        return session.scalar(going) or 0


def check(od: OnDemand, load: Load) -> None:
    assert od.is_sound()
    with od.database.transaction() as session:
        offers = session.scalars(select(Offer)).all()
        notices = {(n.key, n.chat): n for n in session.scalars(select(Notice))}
        chats: dict[int, list[str]] = {}
        for link in session.scalars(select(ChatLink)):
            chats.setdefault(link.agent_id, []).append(link.chat)
        events = Counter(
            tuple(row)
            for row in session.execute(
                select(AuditEvent.action, AuditEvent.subject, AuditEvent.reason)
            )
        )
        actions = Counter(session.scalars(select(AuditEvent.action)))
        numbers = {r.id: r.number for r in session.scalars(select(Referral))}
    doi = {agent_id: od.doi(name) for name, agent_id in od.names.items()}
    shown = {n: f"R-{number[:4]}-{number[4:]}" for n, number in numbers.items()}
    missed = [o for o in offers if o.state == OfferState.MISSED]
    # Nothing lost: each offer was told to every chat of its agent, each miss has its offer.
    assert all((f"offer:{o.id}", chat) in notices for o in offers for chat in chats[o.agent_id])
    for action, counted in (("referral missed", True), ("referral lapsed, not counted", False)):
        of_offers = Counter(
            (action, f"agent:{doi[o.agent_id]}", shown[o.referral_id])
            for o in missed
            if o.counted is counted
        )
        # Nothing counted twice: of a referral an agent has one General offer.
        assert {k: n for k, n in events.items() if k[0] == action} == of_offers
        assert set(of_offers.values()) <= {1}
    for o in missed:
        seen = [
            n.delivered_at
            for chat in chats[o.agent_id]
            if (n := notices[f"offer:{o.id}", chat]).delivered_at
        ]
        if o.counted:
            assert min(seen) < o.closes_at, "a miss although it never arrived"
            assert (f"offer-over:{o.id}", chats[o.agent_id][0]) in notices
    assert not any(o.counted for o in offers if o.agent_id == od.names["unreached"])
    told = Counter(key.split(":")[0] for key, _ in notices)
    ended = Counter(e[1] for e in events.elements() if e[0] == "de-registered")
    assert told["de-registered"] == sum(
        ended[f"agent:{doi[agent_id]}"] * len(linked) for agent_id, linked in chats.items()
    )
    # Whoever was told "accepted" had it, and nobody else was shown a contact.
    assert actions["contact disclosed"] == actions["accepted"] == load.answers[Answer.ACCEPTED]
    assert actions["rejected"] == load.answers[Answer.REJECTED]
    # It was a load worth the name.
    states = Counter(str(o.state) for o in offers)
    print(dict(states), dict(load.answers), f"{len(numbers)} referrals", dict(actions))
    assert len(numbers) > 40
    assert min(states["Missed"], states["Accepted"] + states["Handed back"]) > 10
