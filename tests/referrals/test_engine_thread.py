"""The running engine: its threads, its wake-up, and what it does when something goes wrong."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event, update

from psl.database import Database
from psl.guide import Guide
from psl.referrals.engine import Engine
from psl.referrals.models import Referral, Stage
from psl.settings import Settings
from tests.conftest import Clock
from tests.referrals.conftest import OnDemand


class WallClock(Clock):
    """The real time: the engine's threads sleep by it."""

    def __call__(self) -> Any:
        from datetime import UTC, datetime

        return datetime.now(UTC)


@pytest.fixture
def od(database_url: str, settings: Settings, guide: Guide) -> Any:
    database = Database(database_url)
    yield OnDemand(database, settings, WallClock(), guide)
    database.close()


def until(condition: Callable[[], bool], seconds: float = 15) -> bool:
    """Whether the condition came true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def test_a_woken_engine_finds_an_agent_at_once_and_stops_cleanly(od: OnDemand) -> None:
    od.agent("robin")
    engine = Engine(od.database, od.settings.model_copy(update={"poll_seconds": 30.0}))
    engine.start()
    try:
        assert engine.alive
        time.sleep(0.5)  # it sleeps now, for half a minute unless woken
        number = od.ask().referral.number
        engine.wake()
        assert until(lambda: od.referral(number).stage == Stage.GENERAL, 10)
    finally:
        engine.stop()
    assert not engine.alive


def test_a_referral_that_fails_does_not_hold_up_the_others(od: OnDemand) -> None:
    od.agent("robin")
    poisoned = od.ask(language="Klingon").referral
    well = od.ask().referral
    with od.database.transaction() as session:
        # The poisoned one is due longest, so that it is always tried first.
        session.execute(update(Referral).values(due_at=Referral.requested_at))

    def fail(_c: Any, _cursor: Any, _statement: str, parameters: Any, *_: Any) -> None:
        if "Klingon" in str(parameters):
            raise RuntimeError("this referral cannot be dispatched")

    event.listen(od.database.engine, "before_cursor_execute", fail)
    engine = Engine(od.database, od.settings)
    engine.start()
    try:
        assert until(lambda: od.referral(well.number).stage == Stage.GENERAL)
        assert od.referral(poisoned.number).stage == Stage.NEW
    finally:
        engine.stop()
        event.remove(od.database.engine, "before_cursor_execute", fail)
    assert od.referral(poisoned.number).due_at > poisoned.requested_at
