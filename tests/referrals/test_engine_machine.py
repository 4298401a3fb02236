"""Referrals against a model made from the requirements: whatever happens in whatever order.

The model knows who may be asked, what a press is answered and what counts as a miss. Whom the
engine prefers among those who may be asked is left to it (the ranking has tests of its own); the
model checks that the choice was allowed and goes on with it. Any step may be interrupted after any
statement: then nothing of that transaction may be seen, and the step is done again.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import settings as limits
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import event, select, text

from psl.agents.models import Duty, Registration
from psl.database import Base, Database
from psl.errors import BadInput, IllegalMove, NotYours
from psl.guide import Guide
from psl.notices import Notice
from psl.referrals.auditor import violations
from psl.referrals.models import Offer, Referral
from psl.referrals.rules import Outcome
from psl.referrals.service import Answer
from psl.settings import Settings
from tests.referrals.conftest import (
    CENTRAL,
    EASTERN,
    LEXINGTON,
    LOUISVILLE,
    PADUCAH,
    PIKEVILLE,
    OnDemand,
    StillClock,
    hours,
)

Done = TypeVar("Done")

# name: (ZIP, languages, zone, its winter offset, opens, closes, weekdays, chats)
PEOPLE: dict[str, tuple[str, str, str, int, int, int, range, int]] = {
    "ann": (LOUISVILLE, "English", EASTERN, -5, 0, 24, range(7), 2),
    "bea": (LEXINGTON, "English;Spanish", EASTERN, -5, 0, 24, range(7), 1),
    "cal": (PADUCAH, "English", CENTRAL, -6, 8, 17, range(5), 1),
    "dee": (PIKEVILLE, "Spanish", EASTERN, -5, 12, 18, range(7), 1),
}
WINDOW, CALL, PROMISE = timedelta(minutes=15), timedelta(minutes=5), timedelta(minutes=30)
KEPT_OPEN = timedelta(hours=24)
PHONES = tuple(f"502-555-019{n}" for n in range(6))
LIVE = "Offered"


class Crash(Exception):
    """The process ends here."""


# The model --------------------------------------------------------------------------------------


@dataclass
class Person:
    """An agent as the requirements see one."""

    name: str
    id: int
    state: str = "registered"
    misses: int = 0
    away: tuple[datetime, datetime | None] | None = None

    @property
    def registered(self) -> bool:
        return self.state == "registered"

    @property
    def languages(self) -> list[str]:
        return PEOPLE[self.name][1].split(";")

    @property
    def chats(self) -> list[str]:
        return [f"web:{self.name}:{n + 1}" for n in range(PEOPLE[self.name][7])]

    def open(self, since: datetime, until: datetime | None = None) -> bool:
        """On duty at an instant, or all the time between two."""
        _, _, _, offset, opens, closes, days, _ = PEOPLE[self.name]
        until = until or since + timedelta(microseconds=1)
        if self.away is not None:
            start, end = self.away
            if start < until and (end is None or end > since):
                return False
        if (opens, closes) == (0, 24):
            return True
        local = since + timedelta(hours=offset)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        ends = midnight + timedelta(hours=closes)
        return (
            local.weekday() in days
            and midnight + timedelta(hours=opens) <= local
            and until + timedelta(hours=offset) <= ends
        )


@dataclass
class Put:
    """An offer."""

    id: int
    agent: int
    kind: str
    closes: datetime | None
    state: str = LIVE
    delivered: datetime | None = None
    counted: bool = False


@dataclass
class Asked:
    """A referral."""

    number: str
    phone: str
    language: str
    requested: datetime
    stage: str = "new"
    status: str = "Pending"
    holder: int | None = None
    expected: datetime | None = None
    tries: int = 0
    outcome: str | None = None
    offers: dict[int, Put] = field(default_factory=dict)

    @property
    def promised(self) -> datetime:
        return self.requested + PROMISE

    @property
    def late(self) -> datetime:
        return max(self.promised, self.expected + PROMISE) if self.expected else self.promised

    @property
    def given_up(self) -> datetime:
        return max(self.requested, self.expected or self.requested) + KEPT_OPEN

    def refused_by(self) -> set[int]:
        return {o.agent for o in self.offers.values() if o.state in {"Rejected", "Handed back"}}

    def asked_before(self) -> set[int]:
        return {o.agent for o in self.offers.values()}

    def live(self) -> list[Put]:
        return [o for o in self.offers.values() if o.state == LIVE]


# The machine ------------------------------------------------------------------------------------

names = st.sampled_from(list(PEOPLE))
picks = st.integers(0, 40)
CHANGED: list[dict[str, Any]] = [
    {},
    {},
    {"load_cap": 1},
    {"reject_counts": True},
    {"reject_breaks_run": True},
    {"undelivered_counts": True},
    {"untaken_mass_counts": True},
    {"mass_any_language": False},
    {"dispatch": "mass only"},
    {"dispatch": "mass only", "untaken_mass_counts": True},
]


def machine(
    fresh: Callable[[], Database], settings: Settings, guide: Guide, statistics: Counter[str]
) -> type[RuleBasedStateMachine]:
    """``fresh`` gives a database with the four agents registered at StillClock's start."""

    class Life(RuleBasedStateMachine):
        @initialize(
            changed=st.sampled_from(CHANGED), there=st.sampled_from(["all", "asleep", "alone"])
        )
        def begin(self, changed: dict[str, Any], there: str) -> None:
            self.clock = StillClock()
            self.db = fresh()
            self.db._clock = self.clock
            self.od = OnDemand(self.db, settings, self.clock, guide)
            self.od.use(relook_seconds=1, **changed)
            self.s = self.od.settings
            self.people: dict[int, Person] = {}
            for n, name in enumerate(PEOPLE):
                agent_id = self.od.roster.by_doi_number(str(700001 + n)).id
                self.od.names[name] = agent_id
                self.people[agent_id] = Person(name, agent_id)
            self.all: dict[str, Asked] = {}
            self.keys: dict[str, str] = {}
            self.disclosed = 0
            self.swept_at = self.clock.time - timedelta(days=1)
            self.crash_after: int | None = None
            statistics["examples"] += 1
            if there == "alone":
                for name in ("bea", "cal", "dee"):
                    self.leave(name)
            if there == "asleep":
                # Monday, 3:00 AM Eastern: those who are there round the clock are away till noon.
                self.clock.time = self.clock.time.replace(hour=8) + timedelta(days=7)
                for name in ("ann", "bea"):
                    self.go_away(name, 0, 540)
                self.sweep()
            self.request(PHONES[0], "English", None, look=True)

        def teardown(self) -> None:
            if hasattr(self, "db"):
                self.db.close()

        def any_stage(self, *stages: str) -> bool:
            return any(r.stage in stages for r in self.all.values())

        def any_live(self, *kinds: str) -> bool:
            return any(o.kind in kinds for r in self.all.values() for o in r.live())

        # Crashing ---------------------------------------------------------------------------------

        @precondition(lambda self: self.crash_after is None)
        @rule(n=st.integers(1, 40))
        def crash_soon(self, n: int) -> None:
            self.crash_after = n

        def do(self, work: Callable[[], Done], *, atomic: bool = True) -> Done:
            """The step, first interrupted if that was decided."""
            n, self.crash_after = self.crash_after, None
            if n is not None:
                before = self.everything()
                try:
                    with crashing(self.db, n, at_commit=atomic):
                        work()
                except Crash:
                    statistics["crashes"] += 1
                    if atomic:
                        assert self.everything() == before, "something of it is visible"
                    self.is_sound(swept=False)
                else:
                    assert not atomic, "a transaction crashes at its commit at the latest"
            return work()

        def everything(self) -> dict[str, list[tuple[Any, ...]]]:
            with self.db.engine.connect() as connection:
                return {
                    table.name: sorted(
                        (tuple(row) for row in connection.execute(select(table))), key=repr
                    )
                    for table in Base.metadata.sorted_tables
                }

        # Time -------------------------------------------------------------------------------------

        @rule(
            seconds=st.sampled_from(
                [0.001, 1, 60, 299, 599.999, 600, 600.001, 900, 1200, 1800, 7200, 32400, 90000]
            )
        )
        def wait(self, seconds: float) -> None:
            self.clock.advance(seconds=seconds)

        @precondition(lambda self: self.any_live("General"))
        @rule(pick=picks, early=st.sampled_from([0, 0, 1, -1]))
        def wait_for_a_window(self, pick: int, early: int) -> None:
            ends = sorted(o.closes for r in self.all.values() for o in r.live() if o.closes)
            if ends:
                when = ends[pick % len(ends)] - timedelta(milliseconds=early)
                self.clock.time = max(self.clock.time, when)

        @precondition(lambda self: self.any_stage("mass", "waiting"))
        @rule(pick=picks, early=st.sampled_from([0, 1]))
        def wait_for_a_promise(self, pick: int, early: int) -> None:
            open_ = sorted(r.late for r in self.all.values() if r.stage in {"mass", "waiting"})
            if open_:
                when = open_[pick % len(open_)] - timedelta(milliseconds=early)
                self.clock.time = max(self.clock.time, when)

        @precondition(lambda self: self.any_live("General"))
        @rule(pick=picks)
        def miss(self, pick: int) -> None:
            """An offer arrives and its window ends."""
            live = [o for r in self.all.values() for o in r.live() if o.kind == "General"]
            o = live[pick % len(live)]
            self.deliver(self.people[o.agent].name, 0, True)
            self.clock.time = max(self.clock.time, o.closes)
            self.sweep()

        @precondition(lambda self: self.any_live("General"))
        @rule(pick=picks, times=st.integers(1, 3))
        def miss_and_be_asked_again(self, pick: int, times: int) -> None:
            for _ in range(times):
                if self.any_live("General"):
                    self.miss(pick)
                    self.request(f"502-555-{len(self.all):04d}", "English", None, look=True)

        # The resident -----------------------------------------------------------------------------

        @rule(
            phone=st.sampled_from(PHONES),
            language=st.sampled_from(["English", "English", "Spanish"]),
            key=st.sampled_from([None, None, "k1", "k2"]),
            look=st.sampled_from([True, True, False]),
        )
        def request(self, phone: str, language: str, key: str | None, look: bool) -> None:
            now = self.clock.time
            if look:
                self.sweep()
            if key in self.keys:
                known = self.all[self.keys[key]]
                if known.phone != phone:
                    with pytest.raises(BadInput):
                        self.od.ask(key, phone=phone, language=language)
                    return
            else:
                same = [
                    r
                    for r in self.all.values()
                    if r.phone == phone
                    and r.stage != "closed"
                    and (r.promised > now or r.status != "In Progress")
                ]
                known = max(same, key=lambda r: r.requested) if same else None
            made = self.do(lambda: self.od.ask(key, phone=phone, language=language))
            assert made.is_new == (known is None)
            if known is not None:
                assert made.referral.number == known.number
                return
            number = made.referral.number
            assert made.referral.promised_by == now + PROMISE
            self.all[number] = Asked(number, phone, language, now)
            if key is not None:
                self.keys[key] = number
            if look:
                self.looked(
                    lambda: self.od.sweeper.dispatch_now(made.referral.id), {number}, surely=True
                )

        @precondition(lambda self: self.all)
        @rule(pick=picks)
        def cancel(self, pick: int) -> None:
            r = self.some(pick)
            if r is None:
                return
            if r.stage == "closed":
                with pytest.raises(IllegalMove):
                    self.od.referrals.cancel(r.number)
                return
            self.do(lambda: self.od.referrals.cancel(r.number))
            if r.stage != "held":
                r.holder = None
            r.stage, r.status = "closed", "Cancelled"
            for o in r.live():
                o.state = "Withdrawn"

        # The engine -------------------------------------------------------------------------------

        @rule()
        def sweep(self) -> None:
            self.windows()
            seeking = {r.number for r in self.all.values() if r.stage in {"new", "mass", "waiting"}}
            surely = self.clock.time >= self.swept_at + timedelta(seconds=1)
            self.looked(self.od.sweeper.sweep_all, seeking, surely=surely, atomic=False)
            self.swept_at = self.clock.time
            self.is_sound(swept=True)

        def windows(self) -> None:
            """What the end of windows means; the engine does it within its sweep."""
            now = self.clock.time
            over = [
                (o.closes, o.id, r, o)
                for r in self.all.values()
                for o in r.live()
                if o.kind == "General" and (o.closes <= now or not self.people[o.agent].registered)
            ]
            was_registered = {p.id for p in self.people.values() if p.registered}
            for closes, _, r, o in sorted(over, key=lambda each: each[:2]):
                if o.agent not in was_registered:
                    o.state = "Withdrawn"
                else:
                    o.state = "Missed"
                    reached = o.delivered is not None and o.delivered < closes
                    if reached or self.s.undelivered_counts:
                        o.counted = True
                        self.people[o.agent].misses += 1
                r.stage, r.holder = "new", None
            self.end_runs()
            # De-registration by one window takes back the others.
            for r in self.all.values():
                for o in r.live():
                    if o.kind == "General" and not self.people[o.agent].registered:
                        o.state = "Withdrawn"
                        r.stage, r.holder = "new", None

        def end_runs(self) -> None:
            for p in self.people.values():
                if p.registered and p.misses >= 3:
                    p.state, p.away = "de-registered", None
                    statistics["de-registered"] += 1

        def looked(
            self,
            work: Callable[[], object],
            seeking: set[str],
            *,
            surely: bool,
            atomic: bool = True,
        ) -> None:
            """The engine looks for agents for these referrals; check and take over what it did."""
            now = self.clock.time
            could = {p.id for p in self.people.values() if p.registered}
            load = Counter(r.holder for r in self.all.values() if r.stage in {"general", "held"})
            self.do(work, atomic=atomic)
            with self.db.transaction() as session:
                found = {r.number: r for r in session.scalars(select(Referral))}
                fresh: dict[str, list[Offer]] = {number: [] for number in seeking}
                for offer in session.scalars(select(Offer).order_by(Offer.id)):
                    number = next(n for n, r in found.items() if r.id == offer.referral_id)
                    if offer.id not in self.all[number].offers:
                        fresh[number].append(offer)
            new_general = Counter(
                o.agent_id for many in fresh.values() for o in many if o.kind == "General"
            )
            for agent_id, more in new_general.items():
                assert load[agent_id] + more <= self.s.load_cap, "load cap"
            # Late marks may count misses, which may de-register: known before who could be asked.
            expected = {number: found[number].expected_from for number in seeking}
            for number in sorted(seeking):
                self.mark_late(self.all[number], expected[number])
            can = {p.id for p in self.people.values() if p.registered}
            for number in sorted(seeking):
                r = self.all[number]
                if r.stage == "closed":
                    assert fresh[number] == []
                    continue
                self.chosen(r, fresh[number], could, can, load + new_general, surely)
                r.expected = expected[number]
                if r.stage == "waiting" and surely:
                    self.truly_opens(r, now)

        def mark_late(self, r: Asked, expected: datetime | None) -> None:
            now = self.clock.time
            after = Asked(r.number, r.phone, r.language, r.requested, expected=expected)
            if now >= r.given_up or now >= after.given_up:
                r.stage, r.status, r.holder = "closed", "Unfilled", None
                for o in r.live():
                    o.state = "Withdrawn"
                return
            if r.status == "Pending" and (now >= r.late or now >= after.late):
                r.status = "Unfilled"
                statistics["unfilled"] += 1
                if self.s.untaken_mass_counts:
                    for o in r.live():
                        p = self.people[o.agent]
                        if o.delivered and not o.counted and p.registered:
                            o.counted = True
                            p.misses += 1
                            self.end_runs()

        def chosen(
            self,
            r: Asked,
            fresh: list[Offer],
            could: set[int],
            can: set[int],
            load: Counter[int | None],
            surely: bool,
        ) -> None:
            now = self.clock.time
            speak = {p.id for p in self.people.values() if r.language in p.languages}
            duty = {p.id for p in self.people.values() if p.open(now)} - r.refused_by()
            whole = {p.id for p in self.people.values() if p.open(now, now + WINDOW + CALL)}
            general = (
                self.s.dispatch != "mass only"
                and r.stage != "mass"
                and now + WINDOW + CALL <= r.promised
            )
            free = (whole & speak) - r.asked_before()
            kinds = {o.kind for o in fresh}
            assert len(kinds) <= 1
            if kinds == {"General"}:
                (o,) = fresh
                assert general, "General although its window would end too late"
                assert o.agent_id in free & could
                assert o.closes_at == now + WINDOW
                r.stage, r.holder = "general", o.agent_id
                r.offers[o.id] = Put(o.id, o.agent_id, "General", o.closes_at)
                statistics["general"] += 1
                return
            spare = {a for a in free & can if load[a] < self.s.load_cap}
            assert not (general and spare and surely), "somebody was free for it alone"
            told = {o.agent_id for o in fresh}
            assert len(told) == len(fresh)
            already = {o.agent for o in r.live()}
            assert not told & already, "asked twice in one Mass"
            assert told <= duty & could
            speakers = duty & speak
            if told - speak:
                assert self.s.mass_any_language
                assert not speakers & can, "a speaker was on duty"
            if surely:
                assert speakers & can <= told | already
                if self.s.mass_any_language and not speakers & could:
                    assert duty & can <= told | already
            if told:
                statistics["mass"] += 1
                r.stage, r.holder = "mass", None
                for o in fresh:
                    assert o.closes_at is None
                    r.offers[o.id] = Put(o.id, o.agent_id, "Mass", None)
            elif r.stage == "new":
                r.stage, r.holder = "waiting", None
                statistics["waiting"] += 1

        def truly_opens(self, r: Asked, now: datetime) -> None:
            """The resident is told when the first who could be asked comes on duty."""
            who = [
                p
                for p in self.people.values()
                if p.registered
                and p.id not in r.refused_by()
                and not p.open(now)
                and (self.s.mass_any_language or r.language in p.languages)
            ]
            if r.expected is None:
                step = now
                while step < now + timedelta(days=7):
                    step += timedelta(minutes=20)
                    assert not any(p.open(step) for p in who), "somebody opens"
                return
            assert any(p.open(r.expected) for p in who)
            assert not any(p.open(r.expected - timedelta(milliseconds=1)) for p in who)
            step = now + timedelta(minutes=20)
            while step < r.expected:
                assert not any(p.open(step) for p in who), "somebody opens earlier"
                step += timedelta(minutes=20)

        # Notices ----------------------------------------------------------------------------------

        @precondition(lambda self: any(r.offers for r in self.all.values()))
        @rule(name=names, chat=st.integers(0, 1), arrives=st.booleans())
        def deliver(self, name: str, chat: int, arrives: bool) -> None:
            p = self.people[self.od.names[name]]
            where = p.chats[chat % len(p.chats)]
            now = self.clock.time
            claimed = self.od.notices.claim("web", 1000, chats=[where])
            keys = [n.key for n in claimed.notices]
            assert len(set(keys)) == len(keys)
            mine = {o.id: o for r in self.all.values() for o in r.offers.values()}
            ends = {
                o.id: o.closes or r.given_up for r in self.all.values() for o in r.offers.values()
            }
            for notice in claimed.notices:
                assert notice.chat == where
                assert "Poplar" not in notice.text
                if not notice.key.startswith("offer:"):
                    continue
                o = mine[int(notice.key.removeprefix("offer:"))]
                assert o.agent == p.id
                assert o.state == LIVE, "an offer that is over is not delivered"
                assert now < ends[o.id], "nor one whose window is over"
            if not arrives:
                self.od.notices.release(claimed.token)
                return
            for notice in claimed.notices:
                assert self.do(lambda n=notice: self.od.notices.delivered(claimed.token, n.id))
                if notice.key.startswith("offer:"):
                    o = mine[int(notice.key.removeprefix("offer:"))]
                    o.delivered = o.delivered or now
            for o in mine.values():
                if o.agent == p.id and o.state == LIVE and now < ends[o.id]:
                    assert o.delivered is not None, "a live offer has its notice"

        # Pressing ---------------------------------------------------------------------------------

        def some(self, pick: int) -> Asked | None:
            return list(self.all.values())[pick % len(self.all)] if self.all else None

        def an_offer(self, pick: int, live: bool) -> tuple[Asked, Put] | None:
            found = [
                (r, o)
                for r in self.all.values()
                for o in r.offers.values()
                if o.state == LIVE or not live
            ]
            return found[-1 - pick % len(found)] if found else None

        @precondition(lambda self: self.any_live("General", "Mass"))
        @rule(pick=picks, other=names)
        def press_of_somebody_elses(self, pick: int, other: str) -> None:
            which = self.an_offer(pick, live=True)
            if which is None or which[1].agent == self.od.names[other]:
                return
            for press in (self.od.referrals.accept, self.od.referrals.reject):
                with pytest.raises(NotYours):
                    press(self.od.names[other], which[1].id)

        @precondition(lambda self: any(r.offers for r in self.all.values()))
        @rule(pick=picks, live=st.booleans(), times=st.integers(1, 2))
        def accept(self, pick: int, live: bool, times: int) -> None:
            for _ in range(times):
                which = self.an_offer(pick, live)
                if which is None:
                    return
                self.press_accept(*which)

        def press_accept(self, r: Asked, o: Put) -> None:
            now, p = self.clock.time, self.people[o.agent]
            answered = self.do(lambda: self.od.referrals.accept(o.agent, o.id))
            wins = o.state == LIVE and p.registered and (o.closes is None or now < o.closes)
            statistics[str(answered.answer)] += 1
            if not wins:
                assert answered.answer == self.why_not(r, o)
                return
            assert answered.answer == Answer.ACCEPTED
            self.disclosed += 1
            o.state = "Accepted"
            for other in r.live():
                other.state = "Taken"
            r.stage, r.status, r.holder, r.tries = "held", "In Progress", o.agent, 0
            p.misses = 0

        def why_not(self, r: Asked, o: Put) -> Answer:
            if r.holder == o.agent and r.stage == "held":
                return Answer.ALREADY_YOURS
            if r.holder == o.agent and r.status == "Cancelled":
                return Answer.CANCELLED
            if o.state in {"Rejected", "Handed back", "Accepted"}:
                return Answer.ANSWERED
            if o.state == "Taken":
                return Answer.TAKEN
            if o.state == "Missed":
                return Answer.LATE
            if r.status == "Cancelled":
                return Answer.CANCELLED
            if r.status in {"In Progress", "Complete"}:
                return Answer.TAKEN
            if r.stage == "closed":
                return Answer.GIVEN_UP
            return Answer.LATE if self.people[o.agent].registered else Answer.NOT_REGISTERED

        @precondition(lambda self: any(r.offers for r in self.all.values()))
        @rule(pick=picks, live=st.booleans())
        def reject(self, pick: int, live: bool) -> None:
            which = self.an_offer(pick, live)
            if which is None:
                return
            self.press_reject(*which)

        def press_reject(self, r: Asked, o: Put) -> None:
            now, p = self.clock.time, self.people[o.agent]
            answered = self.do(lambda: self.od.referrals.reject(o.agent, o.id))
            statistics[f"press reject: {answered.answer}"] += 1
            if o.state != LIVE or (o.closes is not None and now >= o.closes):
                assert answered.answer == self.why_not(r, o)
                return
            assert answered.answer == Answer.REJECTED
            o.state = "Rejected"
            if o.kind == "General":
                r.stage, r.holder = "new", None
            if self.s.reject_counts:
                p.misses += 1
                self.end_runs()
            elif self.s.reject_breaks_run:
                p.misses = 0

        @precondition(lambda self: self.any_live("General"))
        @rule(
            pick=picks,
            early=st.sampled_from([0, 0, 0.001]),
            says_yes=st.sampled_from([True, True, False]),
        )
        def press_at_the_very_end(self, pick: int, early: float, says_yes: bool) -> None:
            live = [(r, o) for r in self.all.values() for o in r.live() if o.kind == "General"]
            r, o = live[pick % len(live)]
            self.clock.time = max(self.clock.time, o.closes - timedelta(seconds=early))
            if says_yes:
                self.press_accept(r, o)
            else:
                self.press_reject(r, o)

        # In Progress ------------------------------------------------------------------------------

        def held(self, pick: int) -> Asked | None:
            found = [r for r in self.all.values() if r.stage == "held"]
            return found[pick % len(found)] if found else None

        @precondition(lambda self: self.any_stage("held"))
        @rule(pick=picks)
        def no_answer(self, pick: int) -> None:
            r = self.held(pick)
            if r is None:
                return
            if r.tries == 3:
                with pytest.raises(IllegalMove):
                    self.od.referrals.no_answer(r.holder, r.number)
                return
            self.do(lambda: self.od.referrals.no_answer(r.holder, r.number))
            r.tries += 1

        @precondition(lambda self: self.any_stage("held"))
        @rule(pick=picks, outcome=st.sampled_from(Outcome))
        def complete(self, pick: int, outcome: Outcome) -> None:
            r = self.held(pick)
            if r is None:
                return
            self.do(lambda: self.od.referrals.complete(r.holder, r.number, outcome))
            r.stage, r.status, r.outcome = "closed", "Complete", outcome
            assert self.od.referrals.complete(r.holder, r.number, outcome).outcome == outcome

        @precondition(lambda self: self.any_stage("held"))
        @rule(pick=picks)
        def hand_back(self, pick: int) -> None:
            r = self.held(pick)
            if r is None:
                return
            holder = r.holder
            self.do(lambda: self.od.referrals.hand_back(holder, r.number))
            for o in r.offers.values():
                if o.state == "Accepted":
                    o.state = "Handed back"
            r.stage, r.status, r.holder, r.tries = "new", "Pending", None, 0
            with pytest.raises(NotYours):
                self.od.referrals.hand_back(holder, r.number)

        @precondition(lambda self: self.any_stage("held"))
        @rule(pick=picks, name=names)
        def what_is_not_theirs(self, pick: int, name: str) -> None:
            r, agent_id = self.some(pick), self.od.names[name]
            if r is None or r.holder == agent_id:
                return
            for act in (self.od.referrals.no_answer, self.od.referrals.hand_back):
                with pytest.raises(NotYours):
                    act(agent_id, r.number)
            with pytest.raises(NotYours):
                self.od.referrals.complete(agent_id, r.number, Outcome.OTHER)

        # Agents come and go -----------------------------------------------------------------------

        @rule(name=names)
        def leave(self, name: str) -> None:
            p = self.people[self.od.names[name]]
            if p.registered:
                self.do(lambda: self.od.registrations.leave(p.id, "moving"))
                p.state, p.away = "left", None

        @precondition(lambda self: any(not p.registered for p in self.people.values()))
        @rule()
        def register_again(self) -> None:
            for p in self.people.values():
                if not p.registered:
                    self.do(lambda p=p: self.od.registrations.agree(p.id))
                    self.do(lambda p=p: self.od.registrations.save(p.id))
                    p.state, p.misses = "registered", 0

        @rule(
            name=names,
            starts=st.sampled_from([0, 20, 60]),
            lasts=st.sampled_from([5, 60, 600, None]),
        )
        def go_away(self, name: str, starts: int, lasts: int | None) -> None:
            p = self.people[self.od.names[name]]
            if not p.registered:
                return
            start = self.clock.time + timedelta(minutes=starts)
            end = None if lasts is None else start + timedelta(minutes=lasts)
            self.do(lambda: self.od.registrations.set_out_of_office(p.id, start, end))
            p.away = (start, end)

        @rule(name=names)
        def come_back(self, name: str) -> None:
            p = self.people[self.od.names[name]]
            self.do(lambda: self.od.registrations.end_out_of_office(p.id))
            p.away = None

        # What always holds ------------------------------------------------------------------------

        def is_sound(self, swept: bool) -> None:
            broken = {name: found for name, found in violations(self.db).items() if found}
            if not swept:
                broken = {k: v for k, v in broken.items() if not k.startswith("overdue")}
            assert not broken, broken
            wrong = [(a.name, kept, true) for a, kept, true in self.od.referrals.recount()]
            assert not wrong, wrong
            with self.db.transaction() as session:
                told = {tuple(row) for row in session.execute(select(Notice.key, Notice.chat))}
                for offer in session.scalars(select(Offer)):
                    for chat in self.people[offer.agent_id].chats:
                        assert (f"offer:{offer.id}", chat) in told, "an offer without its notice"

        @invariant()
        def agrees(self) -> None:
            if not hasattr(self, "all"):
                return
            statistics["steps"] += 1
            self.is_sound(swept=False)
            with self.db.transaction() as session:
                rows = {r.number: r for r in session.scalars(select(Referral))}
                offers = list(session.scalars(select(Offer)))
                registrations = list(session.scalars(select(Registration)))
                duty = list(session.scalars(select(Duty)))
            assert rows.keys() == self.all.keys()
            for number, r in self.all.items():
                row = rows[number]
                real = (row.status, row.stage, row.holder_id, row.outcome, row.attempts)
                model = (r.status, r.stage, r.holder, r.outcome, r.tries)
                if r.status == "Complete" or r.stage == "closed":
                    real, model = real[:4], model[:4]
                assert real == model, number
                mine = {o.id: (o.state, o.kind) for o in offers if o.referral_id == row.id}
                assert mine == {o.id: (o.state, o.kind) for o in r.offers.values()}
                winners = [o for o in r.offers.values() if o.state == "Accepted"]
                assert len(winners) <= 1
            counted = Counter(o.agent_id for o in offers if o.counted)
            believed = Counter(
                o.agent for r in self.all.values() for o in r.offers.values() if o.counted
            )
            assert counted == believed
            for registration in registrations:
                p = self.people[registration.agent_id]
                assert (registration.status, registration.misses) == (p.state, p.misses), p.name
            for each in duty:
                assert self.people[each.agent_id].registered
                assert each.misses == self.people[each.agent_id].misses
            assert self.od.count_events("contact disclosed") == self.disclosed
            assert self.od.count_events("accepted") == self.disclosed

    return Life


@contextmanager
def crashing(database: Database, after: int, *, at_commit: bool) -> Iterator[None]:
    """Interrupt the work after its n-th statement, or before the first commit if that is sooner.

    Without ``at_commit`` the transactions before the n-th statement are confirmed.
    """
    left = after

    def statement(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise Crash

    def commit(_: object) -> None:
        # A work of fewer statements ends here, with all of them done and none confirmed.
        raise Crash

    event.listen(database.engine, "after_cursor_execute", statement)
    if at_commit:
        event.listen(database.engine, "commit", commit)
    try:
        yield
    finally:
        event.remove(database.engine, "after_cursor_execute", statement)
        if at_commit:
            event.remove(database.engine, "commit", commit)


def settle(database: Database, settings: Settings, guide: Guide) -> None:
    """The four agents, registered."""
    od = OnDemand(database, settings, StillClock(), guide)
    for name, (zip_code, languages, zone, _, opens, closes, days, chats) in PEOPLE.items():
        week = None if (opens, closes) == (0, 24) else hours(opens, closes, days)
        od.agent(name, zip_code, languages, week, zone, chats)


def run(life: type[RuleBasedStateMachine], examples: int, steps: int) -> None:
    run_state_machine_as_test(
        life,
        settings=limits(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
            phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
        ),
    )


def test_the_life_of_referrals_on_sqlite(
    sqlite_template: Path, tmp_path: Path, settings: Settings, guide: Guide
) -> None:
    template = tmp_path / "settled.db"
    shutil.copy(sqlite_template, template)
    database = Database(f"sqlite:///{template}", StillClock())
    settle(database, settings, guide)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
    database.close()

    def fresh() -> Database:
        path = tmp_path / "life.db"
        for file in tmp_path.glob("life.db*"):
            file.unlink()
        shutil.copy(template, path)
        return Database(f"sqlite:///{path}", StillClock())

    statistics: Counter[str] = Counter()
    run(machine(fresh, settings, guide, statistics), examples=40, steps=40)
    print(dict(statistics))


@pytest.mark.postgres
def test_the_life_of_referrals_on_postgresql(
    postgres_url: str, settings: Settings, guide: Guide
) -> None:
    database = Database(postgres_url, StillClock())
    settle(database, settings, guide)
    with database.engine.connect() as connection:
        settled = {
            table: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in Base.metadata.sorted_tables
        }
    database.close()

    def fresh() -> Database:
        opened = Database(postgres_url, StillClock())
        with opened.engine.begin() as connection:
            # Without triggers, or the audit would refuse.
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            for table, rows in settled.items():
                connection.execute(table.delete())
                if rows:
                    connection.execute(table.insert(), rows)
        return opened

    statistics: Counter[str] = Counter()
    run(machine(fresh, settings, guide, statistics), examples=12, steps=40)
    print(dict(statistics))
