"""How the ways of dispatching keep the promise: the real engine through simulated days.

    python bench/simulate.py [--days N] [--agents N] [--per-hour N] [--picture FILE]

Residents ask over the day, most often in the late morning and early evening, all over Kentucky.
Agents work office hours or shifts, see an offer only while at it, and answer a given share of
offers (17 %, 45 % or 80 %, the range that dispatch services report for first offers) after a delay
whose median is four minutes. Records, rules and clock arithmetic are the product's own; only time
and people are made up, from one seed.
"""

from __future__ import annotations

import argparse
import heapq
import itertools
import math
import random
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from population import a_request, some_place
from sqlalchemy import func, select

from psl.agents import duty
from psl.agents.availability import DayHours, Span, WeeklyHours, open_spans
from psl.agents.models import Agent, ChatLink, Registration, RegistrationStatus
from psl.database import Database
from psl.notices import Notices
from psl.referrals.intake import Request
from psl.referrals.models import Offer, OfferState, Referral
from psl.referrals.report import report
from psl.referrals.rules import Outcome
from psl.referrals.service import Answer, Referrals
from psl.referrals.sweep import Sweeper
from psl.settings import Settings

START = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)  # a Monday, 7 AM Eastern
POLICIES = ("general then mass", "mass only", "general only")
RESPONSES = (0.17, 0.45, 0.80)
# Requests an hour from 7 AM to 9 PM Eastern, as a share of the mean.
DAY_SHAPE = (0.3, 0.7, 1.1, 1.5, 1.6, 1.3, 1.0, 1.0, 1.0, 1.2, 1.4, 1.2, 0.5, 0.2)
SHIFTS = (
    ((9, 17), 0.55),
    ((8, 16), 0.15),
    ((10, 19), 0.15),
    ((12, 21), 0.15),
)
MEDIAN_DELAY = 240.0  # seconds
MASS_INTEREST = 0.6  # of those who answer General offers, how many look at a Mass one
REJECTS = 0.12


@dataclass
class Clock:
    """Simulated time."""

    time: datetime = START

    def __call__(self) -> datetime:
        return self.time


@dataclass
class Result:
    """What became of one policy at one response rate."""

    policy: str
    response: float
    promise: float
    called: float
    median_minutes: float
    unfilled: float
    jain: float
    gini: float
    deregistered: int
    offers_each: float
    requests: int


@dataclass
class Simulation:
    """One policy, one response rate, some days."""

    policy: str
    response: float
    agents: int
    per_hour: float
    days: int
    seed: int = 7
    events: list[tuple[datetime, int, str, tuple[Any, ...]]] = field(default_factory=list)
    _order: itertools.count[int] = field(default_factory=itertools.count)

    def run(self) -> Result:
        """Simulate, then read the accounts from the records."""
        folder = Path(tempfile.mkdtemp(prefix="psl-simulation-"))
        clock = Clock()
        database = Database(f"sqlite:///{folder / 'psl.db'}", clock)
        try:
            database.upgrade()
            return self._run(database, clock)
        finally:
            database.close()
            shutil.rmtree(folder)

    def _run(self, database: Database, clock: Clock) -> Result:
        chosen: Any = self.policy
        settings = Settings(_env_file=None, dispatch=chosen, relook_seconds=300)
        self.draw = random.Random(self.seed)
        self.referrals, self.notices = Referrals(database, settings), Notices(database)
        self.clock, self.database = clock, database
        sweeper = Sweeper(database, settings)
        self._hire()
        # The last evening ends with the last shift.
        end = START + timedelta(days=self.days - 1, hours=15)
        self._residents()
        while self.events or clock.time < end:
            due = [at for at in (sweeper.windows_due(), sweeper.seeking_due()) if at is not None]
            if self.events:
                due.append(self.events[0][0])
            if not due or (coming := min(due)) >= end:
                break
            clock.time = max(clock.time, coming)
            while self.events and self.events[0][0] <= clock.time:
                _, _, kind, told = heapq.heappop(self.events)
                getattr(self, f"_{kind}")(*told)
            sweeper.sweep_all()
            self._deliver()
        clock.time = end
        return self._account(database, end)

    # People ---------------------------------------------------------------------------------------

    def _hire(self) -> None:
        self.answers: dict[int, float] = {}
        self.busy: dict[int, datetime] = {}
        self.hours: dict[int, tuple[WeeklyHours, str]] = {}
        with self.database.transaction() as session:
            for n in range(1, self.agents + 1):
                place = some_place(self.draw)
                ((opens, closes),) = self.draw.choices(
                    [shift for shift, _ in SHIFTS], [share for _, share in SHIFTS]
                )
                hours = WeeklyHours((DayHours(Span(opens * 60, closes * 60)),) * 7)
                languages = ["English"]
                if self.draw.random() < 0.25:
                    languages.append(self.draw.choice(["Spanish", "Swahili", "Arabic", "Nepali"]))
                session.add(Agent(
                    id=n, doi_number=str(600000 + n), npn=str(n), name=f"Agent {n}",
                    agency="Simulated", role="Agent", email="a@example.org", phone="+15025550100",
                    zip=place.zip, languages=languages, licence_active=True,
                    certified_on=date(2026, 1, 1), doi_contact_confirmed_on=date(2026, 1, 1),
                ))  # fmt: skip
                session.flush()
                session.add(Registration(
                    agent_id=n, status=RegistrationStatus.REGISTERED, agreed_at=START,
                    contact_method="phone", services=[], zone=place.zone, hours=hours.to_json(),
                    draft={}, registered_at=START, misses=0, updated_at=START,
                ))  # fmt: skip
                session.add(ChatLink(chat=f"sim:{n}", agent_id=n, linked_at=START))
                duty.refresh(session, n, START)
                self.hours[n] = (hours, place.zone)
                # Some nearly always answer, some hardly ever; the mean is the scenario's.
                spread = 8.0
                self.answers[n] = self.draw.betavariate(
                    spread * self.response, spread * (1 - self.response)
                )

    def _residents(self) -> None:
        number = 0
        for day, hour in itertools.product(range(self.days), range(len(DAY_SHAPE))):
            at = START + timedelta(days=day, hours=hour)
            until = at + timedelta(hours=1)
            rate = self.per_hour * DAY_SHAPE[hour] / 3600
            while (at := at + timedelta(seconds=self.draw.expovariate(rate))) < until:
                number += 1
                self._plan(at, "ask", a_request(self.draw, number))

    def _plan(self, at: datetime, kind: str, *told: Any) -> None:
        heapq.heappush(self.events, (at, next(self._order), kind, told))

    def _ask(self, told: dict[str, Any]) -> None:
        self.referrals.request(Request(**told))

    def _deliver(self) -> None:
        claimed = self.notices.claim("sim", limit=1000)
        for notice in claimed.notices:
            self.notices.delivered(claimed.token, notice.id)
            agent_id = notice.agent_id
            if agent_id is None or not notice.key.startswith("offer:"):
                continue
            mass = notice.text.startswith("Mass")
            likely = self.answers[agent_id] * (MASS_INTEREST if mass else 1.0)
            if self.busy.get(agent_id, START) > self.clock.time:
                likely *= 0.15
            if self.draw.random() < likely:
                delay = self.draw.lognormvariate(math.log(MEDIAN_DELAY), 0.8)
                at = self.clock.time + timedelta(seconds=delay)
                self._plan(at, "answer", agent_id, int(notice.key.split(":")[1]), mass)

    def _answer(self, agent_id: int, offer_id: int, mass: bool) -> None:
        if self.busy.get(agent_id, START) > self.clock.time:
            return
        if not mass and self.draw.random() < REJECTS:
            self.referrals.reject(agent_id, offer_id)
            return
        answered = self.referrals.accept(agent_id, offer_id)
        if answered.answer == Answer.ACCEPTED:
            number = answered.referral.number
            calls = self.clock.time + timedelta(seconds=self.draw.uniform(30, 180))
            done = calls + timedelta(minutes=self.draw.uniform(10, 40))
            self.busy[agent_id] = done
            self._plan(calls, "call", agent_id, number)
            self._plan(done, "complete", agent_id, number)

    def _call(self, agent_id: int, number: str) -> None:
        self.referrals.called(agent_id, number)

    def _complete(self, agent_id: int, number: str) -> None:
        self.referrals.complete(agent_id, number, self.draw.choice(list(Outcome)))

    # Accounts -------------------------------------------------------------------------------------

    def _account(self, database: Database, end: datetime) -> Result:
        told = report(database, days=self.days).total
        with database.reading() as session:
            taken = dict(
                session.execute(
                    select(Referral.holder_id, func.count())
                    .where(Referral.accepted_at.is_not(None))
                    .group_by(Referral.holder_id)
                ).all()
            )
            ended = dict(
                session.execute(
                    select(Registration.agent_id, Registration.ended_at).where(
                        Registration.status == RegistrationStatus.DEREGISTERED
                    )
                ).all()
            )
            offers = session.scalar(select(func.count()).where(Offer.state != OfferState.WITHDRAWN))
        rates = []
        for agent_id, (hours, zone) in self.hours.items():
            until = ended.get(agent_id) or end
            spans = open_spans(hours, zone, None, START, until)
            available = sum((b - a) / timedelta(hours=1) for a, b in spans)
            if available >= 1:
                rates.append(taken.get(agent_id, 0) / available)
        return Result(
            policy=self.policy,
            response=self.response,
            promise=told.share_accepted or 0,
            called=told.share_called or 0,
            median_minutes=(told.median_seconds or 0) / 60,
            unfilled=told.unfilled / max(told.requested, 1),
            jain=jain(rates),
            gini=gini(rates),
            deregistered=len(ended),
            offers_each=(offers or 0) / max(told.requested, 1),
            requests=told.requested,
        )


def jain(values: list[float]) -> float:
    """Jain's index: 1 when all have the same, 1/n when one has all."""
    squares = sum(value * value for value in values)
    return sum(values) ** 2 / (len(values) * squares) if squares else 1.0


def gini(values: list[float]) -> float:
    """Gini's coefficient: 0 when all have the same."""
    ordered, total = sorted(values), sum(values)
    if not total:
        return 0.0
    weighted = sum((n + 1) * value for n, value in enumerate(ordered))
    return 2 * weighted / (len(ordered) * total) - (len(ordered) + 1) / len(ordered)


def picture(results: list[Result], file: Path) -> None:
    """Three panels: the promise, fairness, de-registrations."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    panels = (
        ("Accepted within 30 minutes (%)", lambda r: r.promise * 100),
        ("Fairness: Jain's index of referrals\nper available hour (1 = equal)", lambda r: r.jain),
        ("De-registered agents", lambda r: r.deregistered),
    )
    colours = {"general then mass": "#1f6f8b", "mass only": "#d98e2b", "general only": "#7a8b99"}
    figure, axes = pyplot.subplots(1, 3, figsize=(12, 4.2), layout="constrained")
    for axis, (title, value) in zip(axes, panels, strict=True):
        for n, policy in enumerate(POLICIES):
            ours = [r for r in results if r.policy == policy]
            at = [index + (n - 1) * 0.27 for index in range(len(ours))]
            bars = axis.bar(at, [value(r) for r in ours], 0.25, label=policy, color=colours[policy])
            axis.bar_label(bars, fmt="%.2g" if "Jain" in title else "%.0f", fontsize=8)
        axis.set_xticks(range(len(RESPONSES)), [f"{r:.0%} answer" for r in RESPONSES])
        axis.set_title(title, fontsize=10)
        axis.spines[["top", "right"]].set_visible(False)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, fontsize=9, frameon=False)
    figure.savefig(file, dpi=110)


def main() -> None:
    """Every policy at every response rate, as a table and, if asked, a picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=1)
    parser.add_argument("--agents", type=int, default=120)
    parser.add_argument("--per-hour", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--picture", type=Path)
    chosen = parser.parse_args()
    print(
        "policy             answers  accepted  called  median  unfilled   Jain   Gini  "
        "de-reg.  offers"
    )
    results = []
    for response, policy in itertools.product(RESPONSES, POLICIES):
        simulation = Simulation(
            policy, response, chosen.agents, chosen.per_hour, chosen.days, chosen.seed
        )
        r = simulation.run()
        results.append(r)
        print(
            f"{r.policy:<18} {r.response:6.0%} {r.promise:9.1%} {r.called:7.1%} "
            f"{r.median_minutes:5.1f} m {r.unfilled:8.1%} {r.jain:7.2f} {r.gini:6.2f} "
            f"{r.deregistered:7} {r.offers_each:8.1f}   ({r.requests} requests)",
            flush=True,
        )
    if chosen.picture is not None:
        picture(results, chosen.picture)


if __name__ == "__main__":
    main()
