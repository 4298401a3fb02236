"""The API and the pages over real HTTP, on records whose clock stands; and the whole product."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

import desk
from desk.auth import Door
from psl.database import Database
from psl.keys import Keys
from psl.privacy import Masker
from psl.services import Services, build_services
from psl.settings import Settings
from tests.accept import Stack as Server
from tests.conftest import Clock
from tests.referrals.conftest import OnDemand, StillClock

API = "/api/on-demand/requests"
PAT: dict[str, Any] = {
    "first_name": "Pat",
    "last_name": "Poplar",
    "phone": "502-555-0187",
    "email": "pat.poplar@example.org",
    "preferred_contact": "phone",
    "zip": "40202",
    "language": "English",
}
# What of Pat must never be told by what anybody may read.
PRIVATE = ("Pat", "Poplar", "5550187", "555-0187", "pat.poplar")


@dataclass
class Desk:
    """A running desk with the records behind it."""

    od: OnDemand
    services: Services
    http: httpx.Client

    def ask(self, **changed: Any) -> httpx.Response:
        """A request over the API; a field set to None is left out."""
        headers = changed.pop("headers", {})
        body = {name: value for name, value in (PAT | changed).items() if value is not None}
        return self.http.post(API, json=body, headers=headers)

    def see(self, referral: str) -> dict[str, Any]:
        """How a request stands."""
        answer = self.http.get(f"{API}/{referral}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def accept(self, name: str, referral: str) -> None:
        """The agent takes it."""
        kept = self.od.referral(referral.replace("R-", "").replace("-", ""))
        offer = self.od.offer_of(kept, name)
        self.od.referrals.accept(self.od.names[name], offer.id)


@contextmanager
def serving(services: Services, od: OnDemand) -> Iterator[Desk]:
    """The desk on a free port."""
    app = FastAPI(openapi_url="/api/openapi.json")
    desk.attach(app, services, Door(services.keys, services.settings))
    config = uvicorn.Config(app, port=0, log_level="critical", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
            yield Desk(od, services, http)
    finally:
        server.should_exit = True
        thread.join()
        services.database.close()


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Services:
    """Services of which a desk takes what has no database; reading the guide takes a second."""
    folder = tmp_path_factory.mktemp("template")
    made = build_services(Settings(_env_file=None, data_dir=folder))
    made.database.close()
    return made


@pytest.fixture
def clock() -> StillClock:
    """Monday, November 23, 2026, 10:00 AM Eastern."""
    return StillClock()


@pytest.fixture
def open_desk(tmp_path: Path, clock: Clock, template: Services, masker: Masker) -> Any:
    """Opens a desk on a database, with settings of the test's choice."""

    @contextmanager
    def opened(url: str, **changed: Any) -> Iterator[Desk]:
        given = {"database_url": url, "data_dir": tmp_path / "var", **changed}
        settings = Settings(_env_file=None, **given)
        database = Database(url, clock)
        od = OnDemand(database, settings, clock, template.guide, masker)
        services = replace(
            template,
            settings=settings,
            database=database,
            roster=od.roster,
            registrations=od.registrations,
            referrals=od.referrals,
            notices=od.notices,
            keys=Keys(database, settings.api_key.get_secret_value()),
        )
        with serving(services, od) as running:
            yield running

    return opened


@pytest.fixture
def each_desk(open_desk: Any, database_url: str) -> Iterator[Desk]:
    """A desk, once on SQLite and once on PostgreSQL; no agents yet."""
    with open_desk(database_url) as running:
        yield running


@pytest.fixture
def office(open_desk: Any, sqlite_url: str) -> Iterator[Desk]:
    """A desk on SQLite; no agents yet."""
    with open_desk(sqlite_url) as running:
        yield running


@pytest.fixture(scope="session")
def masker() -> Masker:
    return Masker()


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The whole product in a process of its own, as `psl up` starts it."""
    server = Server(tmp_path_factory.mktemp("live"))
    yield server
    server.stop()
