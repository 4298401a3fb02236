"""The desk: web pages and the JSON API, for residents and for those who send their requests."""

from __future__ import annotations

from fastapi import FastAPI

from desk import intake, requests
from desk.auth import Door
from desk.reception import Reception
from psl.services import Services, installation_key


def attach(app: FastAPI, services: Services, door: Door) -> None:
    """Add the API and the pages to ``app``; ``door`` says who may use the API."""
    reception = Reception(services)
    app.include_router(requests.router(services, reception, door))
    intake.add_to(app, services, reception, installation_key(services.settings.data_dir))
