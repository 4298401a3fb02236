"""A Bot API server on a free port."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.telegram.bot_api import BotApi


@pytest.fixture(scope="session")
def telegram_api() -> Iterator[BotApi]:
    """One for all tests with the real assistant, so that no chat is used by two of them."""
    with BotApi(insecure_webhooks=True) as api:
        yield api


@pytest.fixture
def bot_api() -> Iterator[BotApi]:
    """A strict Bot API server; nobody has written to the bot yet."""
    with BotApi(insecure_webhooks=True) as api:
        yield api
