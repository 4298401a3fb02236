"""One assistant for all conversations; each uses a chat, and if linked an agent, of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot import logs
from tests.stack import Stack, build_stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The real model, actions and records."""
    logs.configure("ERROR")
    built = build_stack(tmp_path_factory.mktemp("stack"))
    yield built
    built.services.database.close()
