"""Many at once, with real threads, connections and clocks: one winner, and nobody sees an error.

On SQLite writers queue for the one lock, so fewer press for the same referral at once.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

import pytest
from sqlalchemy import event, func, select, update

from psl.audit import AuditEvent
from psl.database import Database
from psl.errors import IllegalMove
from psl.guide import Guide
from psl.notices import Notice
from psl.referrals import rules
from psl.referrals.models import Offer, OfferState, Referral, Stage, Status
from psl.referrals.service import Answer, Answered
from psl.referrals.sweep import Sweeper
from psl.settings import Settings
from tests.referrals.conftest import OnDemand

Done = TypeVar("Done")

pytestmark = pytest.mark.slow


class RealTime:
    """Stands in for the clock of the other tests: this database has its own."""

    def __call__(self) -> Any:
        raise AssertionError("the database's clock decides here")


@pytest.fixture
def real(database_url: str, settings: Settings, guide: Guide) -> Iterator[OnDemand]:
    """On Demand on the database's own clock, once on SQLite and once on PostgreSQL."""
    database = Database(database_url)
    yield OnDemand(database, settings, RealTime(), guide)  # type: ignore[arg-type]
    database.close()


def at_once(*works: Callable[[], Done]) -> list[Done]:
    """All of these at the same moment, each in a thread; what they gave, or what they raised."""
    gate = threading.Barrier(len(works))

    def work(each: Callable[[], Done]) -> Done:
        gate.wait()
        return each()

    with ThreadPoolExecutor(len(works)) as threads:
        return [future.result() for future in [threads.submit(work, each) for each in works]]


def many_requests(od: OnDemand, count: int) -> list[int]:
    """Open referrals, all in a few transactions; the ids."""
    made = [od.ask(phone=f"502-555-{n:04d}").referral.id for n in range(count)]
    od.sweeper.sweep_all()
    return made


def groups_of(size: int, names: list[str], turn: int) -> list[list[str]]:
    """The names in groups; each turn other ones meet."""
    count = len(names) // size
    if turn % 2:
        return [names[n::count] for n in range(count)]
    return [names[n * size : (n + 1) * size] for n in range(count)]


def test_four_hundred_referrals_and_thirty_two_contenders(real: OnDemand) -> None:
    """Exactly 400 winners and 400 disclosures, with 32 threads pressing all the time.

    Every referral is offered to all 32 agents. Eight of them (on SQLite, where presses queue, four)
    press for the same one at the same moment while the other groups fight for others; the groups
    are mixed anew halfway. With PSL_TEST_FULL_RACE all 32 press for each: 12,800 presses, minutes.
    """
    referrals, agents = 400, 32
    size = 4 if real.database.is_sqlite else 8
    if os.environ.get("PSL_TEST_FULL_RACE"):
        size = agents
    real.use(dispatch="mass only", promise_seconds=3600)
    names = [f"a{n}" for n in range(agents)]
    for name in names:
        real.agent(name)
    ids = many_requests(real, referrals)
    with real.database.transaction() as session:
        offers = {
            (referral_id, agent_id): offer_id
            for offer_id, referral_id, agent_id in session.execute(
                select(Offer.id, Offer.referral_id, Offer.agent_id)
            )
        }
    assert len(offers) == referrals * agents

    def contend(name: str, some: list[int], pace: threading.Barrier) -> Counter[Answer]:
        agent_id, found = real.names[name], Counter[Answer]()
        for referral_id in some:
            # All of the group press the same one at the same moment.
            pace.wait()
            found[real.referrals.accept(agent_id, offers[referral_id, agent_id]).answer] += 1
        return found

    answers: list[Counter[Answer]] = []
    for turn in range(2):
        groups = groups_of(size, names, turn)
        works = []
        for n, group in enumerate(groups):
            pace = threading.Barrier(size)
            some = ids[turn::2][n :: len(groups)]
            works += [partial(contend, name, some, pace) for name in group]
        assert len(works) == agents
        answers += at_once(*works)
    total = sum(answers, Counter())
    assert total == {Answer.ACCEPTED: referrals, Answer.TAKEN: referrals * (size - 1)}
    with real.database.transaction() as session:
        disclosed = session.scalar(
            select(func.count()).where(AuditEvent.action == "contact disclosed")
        )
        states = Counter(session.scalars(select(Offer.state)))
        stages = Counter(session.scalars(select(Referral.stage)))
    assert disclosed == referrals
    assert states == {"Accepted": referrals, "Taken": referrals * (agents - 1)}
    assert stages == {"held": referrals}
    assert real.is_sound()


def end_windows(od: OnDemand, *referrals: Referral) -> None:
    """The windows of these end this moment."""
    ids = [referral.id for referral in referrals]
    with od.database.transaction() as session:
        now = od.database.now(session)
        session.execute(update(Offer).where(Offer.referral_id.in_(ids)).values(closes_at=now))
        session.execute(update(Referral).where(Referral.id.in_(ids)).values(due_at=now))


def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def test_accepting_against_the_end_of_the_window(real: OnDemand) -> None:
    """Presses spread over the last moment of one-second windows, with two engines sweeping.

    Whoever was told "accepted" has it, with the database's clock before the end; everybody else's
    offer ended as missed. Each agent has a second window that ends at the same time and nobody
    presses, so that a run of misses is begun anew and counted at once.
    """
    real.use(accept_seconds=1, call_margin_seconds=0, warn_seconds=0, miss_limit=50)
    agents = [real.agent(f"a{n}") for n in range(4)]
    stop = threading.Event()
    failures: list[BaseException] = []

    def engine() -> None:
        sweeper = Sweeper(real.database, real.settings)
        try:
            while not stop.is_set():
                sweeper.end_windows()
                time.sleep(0.005)
        except BaseException as error:
            failures.append(error)

    engines = [threading.Thread(target=engine) for _ in range(2)]
    for thread in engines:
        thread.start()
    answers: Counter[Answer] = Counter()
    try:
        for turn in range(4):
            for n in range(len(agents) * 2):
                referral = real.ask(phone=f"502-555-{turn * 10 + n:04d}").referral
                real.sweeper.dispatch_now(referral.id)
            real.deliver()
            with real.database.transaction() as session:
                live = session.scalars(
                    select(Offer)
                    .where(Offer.state == OfferState.OFFERED, Offer.kind == "General")
                    .order_by(Offer.id)
                ).all()
            first = {o.agent_id: o for o in reversed(live)}
            presses = [
                lambda o=o, n=n: press_near_the_end(real, o, (n - 2) * 0.002)
                for n, o in enumerate(first.values())
            ]
            for answered in at_once(*presses):
                answers[answered.answer] += 1
                if answered.answer == Answer.ACCEPTED:
                    assert answered.referral.accepted_at < answered.offer.closes_at
                else:
                    assert answered.answer == Answer.LATE
            until(lambda: not live_windows(real))
    finally:
        stop.set()
        for thread in engines:
            thread.join()
    assert not failures
    assert sum(answers.values()) >= 8
    with real.database.transaction() as session:
        won = session.scalar(select(func.count()).where(Offer.state == OfferState.ACCEPTED))
    assert won == answers[Answer.ACCEPTED]
    real.sweeper.sweep_all()
    assert real.is_sound()


def press_near_the_end(od: OnDemand, offer: Offer, after: float) -> Answered:
    assert offer.closes_at is not None
    left = (offer.closes_at - od.referrals.now()) / timedelta(seconds=1)
    time.sleep(max(left + after, 0))
    return od.referrals.accept(offer.agent_id, offer.id)


def live_windows(od: OnDemand) -> bool:
    with od.database.transaction() as session:
        return bool(session.scalar(select(func.count()).where(Referral.stage == Stage.GENERAL)))


def test_several_engines_do_the_same_work_once(real: OnDemand) -> None:
    """Six engines start on 60 lapsed windows and 30 new referrals at the same moment."""
    real.use(load_cap=20, miss_limit=99)
    for n in range(6):
        real.agent(f"a{n}")
    ids = many_requests(real, 60)
    real.deliver()
    with real.database.transaction() as session:
        assert session.scalar(select(func.count()).where(Offer.kind == "General")) == 60
        lapsing = session.scalars(select(Referral)).all()
    end_windows(real, *lapsing)
    for n in range(30):
        real.ask(phone=f"606-555-{n:04d}")
    at_once(*(Sweeper(real.database, real.settings).sweep_all for _ in range(6)))
    with real.database.transaction() as session:
        offers = session.scalars(select(Offer)).all()
        told = Counter(session.scalars(select(Notice.key)))
        missed = session.scalar(select(func.count()).where(AuditEvent.action == "referral missed"))
    assert missed == sum(o.counted for o in offers if o.referral_id in ids) == 60
    assert sum(real.misses(f"a{n}") for n in range(6)) == missed
    assert set(Counter((o.referral_id, o.agent_id, o.kind) for o in offers).values()) == {1}
    assert Counter(o.kind for o in offers if o.referral_id not in ids) == {"General": 30}
    assert Counter(o.kind for o in offers if o.referral_id in ids) == {"General": 60 + 60}
    assert all(told[f"offer:{o.id}"] == 1 for o in offers)
    assert real.is_sound()


def test_load_cap_holds_with_several_engines(real: OnDemand) -> None:
    """Twelve places for 20 referrals that six engines assign at once."""
    real.use(load_cap=2)
    for n in range(6):
        real.agent(f"a{n}")
    for n in range(20):
        real.ask(phone=f"502-555-{n:04d}")
    at_once(*(Sweeper(real.database, real.settings).sweep_all for _ in range(6)))
    with real.database.transaction() as session:
        held = Counter(
            session.scalars(select(Referral.holder_id).where(Referral.stage == Stage.GENERAL))
        )
    assert len(held) == 6
    assert set(held.values()) == {2}
    assert real.is_sound()


def test_accept_against_cancel(real: OnDemand) -> None:
    real.use(dispatch="mass only")
    robin, sam = real.agent("robin"), real.agent("sam")
    for turn in range(25):
        referral = real.request(phone=f"502-555-{turn:04d}")
        offers = {o.agent_id: o.id for o in real.offers(referral)}

        def cancel(number: str = referral.number) -> str:
            return str(real.referrals.cancel(number).status)

        presses = [
            lambda a=a, o=o: str(real.referrals.accept(a, o).answer) for a, o in offers.items()
        ]
        first, second, cancelled = at_once(*presses, cancel)
        assert cancelled == Status.CANCELLED
        # Accepted, then cancelled; or cancelled first, and nobody had it.
        assert sorted([first, second]) in (
            ["accepted", "taken"],
            ["cancelled", "cancelled"],
            ["accepted", "cancelled"],
        )
        found = real.referral(referral.number)
        assert (found.status, found.stage) == (Status.CANCELLED, Stage.CLOSED)
    assert {robin, sam} == set(real.names.values())
    assert real.is_sound()


def test_accept_against_reject_of_the_same_offer(real: OnDemand) -> None:
    robin = real.agent("robin")
    for turn in range(25):
        referral = real.request(phone=f"502-555-{turn:04d}")
        offer = real.offer_of(referral, "robin").id
        yes, no = at_once(
            lambda o=offer: real.referrals.accept(robin, o).answer,
            lambda o=offer: real.referrals.reject(robin, o).answer,
        )
        if yes == Answer.ACCEPTED:
            assert no == Answer.ALREADY_YOURS
            real.referrals.hand_back(robin, referral.number)
        else:
            assert (yes, no) == (Answer.ANSWERED, Answer.REJECTED)
        real.referrals.cancel(referral.number)
    assert real.is_sound()


def test_the_same_resident_many_times_at_once(real: OnDemand) -> None:
    for turn in range(6):
        key = f"key-{turn}"
        works: list[Callable[[], Any]] = [
            lambda t=turn, k=k: real.ask(k, phone=f"502-555-{t:04d}")
            for k in (None, None, key, key, None, f"other-{turn}")
        ]
        made = at_once(*works)
        assert len({m.referral.id for m in made}) == 1
        assert sum(m.is_new for m in made) == 1
    with real.database.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Referral)) == 6
    assert real.count_events("requested") == 6
    assert real.count_events("asked again") == 30


def test_one_cancel_of_several_counts(real: OnDemand) -> None:
    referral = real.ask().referral

    def cancel() -> str:
        try:
            return str(real.referrals.cancel(referral.number).status)
        except IllegalMove:
            return "no"

    assert sorted(at_once(*[cancel] * 6)) == ["Cancelled", *["no"] * 5]
    assert real.count_events("cancelled") == 1


@pytest.mark.parametrize("first", ["lapse", "reject"])
def test_events_are_in_the_order_in_which_they_were_counted(real: OnDemand, first: str) -> None:
    """One transaction stands still when it wrote its event; another changes the same run.

    Otherwise the kept run of misses would not be what the log amounts to.
    """
    real.use(reject_breaks_run=True, load_cap=5)
    robin = real.agent("robin")
    one, other = real.request(), real.request()
    real.deliver()
    slow = OnDemand(
        Database(real.database.url.render_as_string(hide_password=False)),
        real.settings,
        real.clock,
        real.guide,
    )
    wrote = threading.Event()

    def stand_still(_: Any, __: Any, statement: str, values: Any, *___: Any) -> None:
        counts = any(action in str(values) for action in (rules.MISSED, rules.REJECTED))
        if "INSERT INTO audit_event" in statement and counts:
            wrote.set()
            time.sleep(0.3)

    event.listen(slow.database.engine, "after_cursor_execute", stand_still)
    # The one is answered and begins a new run; the other's window ends and counts.
    yes, no = (real.offer_of(referral, "robin").id for referral in (one, other))
    end_windows(real, other)
    slowly, quickly = {
        "lapse": (slow.sweeper.lapse_due, partial(real.referrals.accept, robin, yes)),
        "reject": (partial(slow.referrals.reject, robin, yes), real.sweeper.lapse_due),
    }[first]
    with ThreadPoolExecutor(1) as thread:
        first_done = thread.submit(slowly)
        assert wrote.wait(10)
        quickly()
        first_done.result()
    slow.database.close()
    assert real.offer_of(other, "robin").id == no
    # Whichever came first, what is kept is what the log says.
    assert real.is_sound()
