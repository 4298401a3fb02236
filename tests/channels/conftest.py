"""The whole product in a process of its own, as `psl up` starts it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

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
