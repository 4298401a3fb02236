"""The composition root: the only place that knows all parts and puts them together."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

import actions.turn
from bot import memory, training
from bot.brain import Brain
from bot.channels import rest, webchat
from bot.engine import load_agent
from bot.nlu.encoder import shared_encoder
from psl.demo import load_demo
from psl.privacy import Masker
from psl.services import Services, build_services
from psl.settings import Settings


def build_brain(settings: Settings, services: Services | None = None) -> tuple[Brain, Services]:
    """The records and the trained model behind one door; ``services`` if they are built already.

    Raises:
        GuideError: a file of ``data/guide`` is wrong.
        TrainingFailed: there was no model, and training one failed.
    """
    # Before anything grows on top of the pages that its loading frees.
    shared_encoder()
    memory.give_back()
    services = services or build_services(settings)
    if settings.demo:
        load_demo(services.roster)
    actions.turn.use(services)
    agent = load_agent(training.ensure_model(settings), settings)
    brain = Brain(agent, services, Masker())
    memory.give_back()
    return brain, services


def create_app(settings: Settings, services: Services | None = None) -> Any:
    """The whole product as one ASGI application."""
    brain, services = build_brain(settings, services)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        # The first sentence through every part is slow; better now than for the first agent.
        await brain.warm_up()
        yield
        services.database.close()

    app = FastAPI(
        title="PSL Assistant",
        version="0.1.0",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.include_router(rest.router(brain, settings))
    started = time.time()

    @app.get("/healthz")
    async def alive() -> dict[str, Any]:
        """The process answers."""
        return {"status": "ok", "uptime_seconds": round(time.time() - started)}

    @app.get("/readyz")
    async def ready() -> dict[str, str]:
        """The database answers and the model is loaded."""
        with services.database.transaction() as session:
            services.database.now(session)
        return {"status": "ready"}

    @app.get("/metrics")
    async def metrics() -> Response:
        """Prometheus."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return webchat.attach(app, brain, services)
