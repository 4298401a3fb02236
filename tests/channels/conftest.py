"""The whole product in a process of its own, as `psl up` starts it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from psl import notices
from psl.database import Database
from psl.settings import Settings
from tests.accept import Stack as Server


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server on a free port, with the demo roster and an empty database."""
    server = Server(tmp_path_factory.mktemp("live"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def live_server(live: Server) -> str:
    """Its address."""
    return f"http://127.0.0.1:{live.port}"


@pytest.fixture(scope="session")
def live_settings(live: Server) -> Settings:
    """Its settings."""
    data: Path = live.data
    return Settings(_env_file=None, data_dir=data, port=live.port)


class Outbox:
    """The running server's outbox, written to as another process would."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, chat: str, *texts: str) -> None:
        """Notices that are due now, in this order; their texts are their keys."""
        with self._database.transaction() as session:
            now = self._database.now(session)
            for text in texts:
                notices.enqueue(session, chat, text, text, now)

    def delivered(self, text: str) -> datetime | None:
        """When a notice was marked as delivered."""
        with self._database.transaction() as session:
            which = select(notices.Notice.delivered_at).where(notices.Notice.key == text)
            return session.execute(which).scalar_one()


@pytest.fixture
def live_outbox(live_settings: Settings) -> Iterator[Outbox]:
    database = Database(live_settings.sqlalchemy_url())
    yield Outbox(database)
    database.close()
