"""The chat page: served at `/`, talking over socket.io in Rasa's event names."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp

from bot.brain import Brain
from bot.channels.webchat import page
from bot.channels.webchat.server import ChatServer
from psl.services import Services


def attach(app: FastAPI, brain: Brain, services: Services) -> ASGIApp:
    """``app`` with the page and its socket.io server; serve what is returned, not ``app``.

    Raises:
        ValueError: PSL_ALLOWED_ORIGINS is not a list of origins.
    """
    server = ChatServer(brain, services)
    page.add_to(app)
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(served: Any) -> AsyncIterator[Any]:
        async with inner(served) as state:
            try:
                yield state
            finally:
                # Before the app's own end, which closes the database.
                await server.close()

    app.router.lifespan_context = lifespan
    return server.in_front_of(app)
