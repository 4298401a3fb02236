"""The Telegram channel, on when there is a token."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import structlog
from fastapi import FastAPI

from bot.brain import Brain
from bot.channels.telegram import webhook
from bot.channels.telegram.channel import Channel
from psl.services import Services, installation_key

log = structlog.get_logger()


def attach(app: FastAPI, brain: Brain, services: Services) -> None:
    """Let the bot live as long as ``app`` is served, and serve its webhook if there is one."""
    settings = services.settings
    token = settings.telegram_token.get_secret_value()
    if not token:
        log.warning("telegram is off", why="PSL_TELEGRAM_TOKEN is empty")
        return
    secrets = webhook.Secrets(installation_key(settings.data_dir), token)
    channel = Channel(brain, services, secrets)
    if settings.telegram_webhook_url:
        webhook.add_to(app, secrets, channel.take)
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(served: Any) -> AsyncIterator[Any]:
        async with inner(served) as state:
            await channel.start()
            try:
                yield state
            finally:
                # Before the app's own end, which closes the database.
                await channel.stop()

    app.router.lifespan_context = lifespan
