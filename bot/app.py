"""The composition root: the only place that knows all parts and puts them together."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

import actions.turn
import desk
from bot import memory, training
from bot.brain import Brain
from bot.channels import rest, telegram, webchat
from bot.engine import load_agent
from bot.nlu.encoder import shared_encoder
from desk.auth import Door
from psl.demo import load_demo
from psl.privacy import Masker
from psl.referrals.service import Referrals
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
    masker = Masker()
    # One for all: what it stands on takes a second to load.
    services = replace(services, referrals=Referrals(services.database, settings, masker))
    if settings.demo:
        load_demo(services.roster, services.registrations)
    actions.turn.use(services)
    agent = load_agent(training.ensure_model(settings), settings)
    brain = Brain(agent, services, masker)
    memory.give_back()
    return brain, services


def create_app(settings: Settings, services: Services | None = None) -> Any:
    """The whole product as one ASGI application."""
    brain, services = build_brain(settings, services)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        # The first sentence through every part is slow; better now than for the first agent.
        await brain.warm_up()
        if settings.engine:
            services.engine.start()
        yield
        services.engine.stop()
        services.database.close()

    app = FastAPI(
        title="PSL Assistant",
        version="0.1.0",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    door = Door(services.keys, settings)
    app.include_router(rest.router(brain, door))
    desk.attach(app, services, door)
    started = time.time()

    @app.get("/healthz")
    async def alive() -> dict[str, Any]:
        """The process answers."""
        return {"status": "ok", "uptime_seconds": round(time.time() - started)}

    @app.get("/readyz", responses={503: {"description": "The engine stopped"}})
    def ready() -> JSONResponse:
        """The database answers, the model is loaded, and the referral engine is at work.

        `engine` is "running", "elsewhere" (PSL_ENGINE is off) or "stopped".
        """
        with services.database.reading() as session:
            services.database.now(session)
        if not settings.engine:
            return JSONResponse({"status": "ready", "engine": "elsewhere"})
        if services.engine.alive:
            return JSONResponse({"status": "ready", "engine": "running"})
        return JSONResponse({"status": "not ready", "engine": "stopped"}, 503)

    @app.get("/metrics")
    async def metrics() -> Response:
        """Prometheus."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    telegram.attach(app, brain, services)
    return webchat.attach(app, brain, services)
