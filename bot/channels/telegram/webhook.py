"""The door for updates that Telegram brings: a path and a token that nobody can guess."""

from __future__ import annotations

import hmac
import json
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Final

from fastapi import FastAPI, Request, Response

PREFIX: Final = "/telegram/"
HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"
# Telegram's updates are some kilobytes.
LARGEST: Final = 1_000_000


class Secrets:
    """What only Telegram is told, made of the installation's key and the bot's token."""

    def __init__(self, key: bytes, token: str) -> None:
        """Another token gives other secrets."""
        self.path = PREFIX + _derived(key, "path", token)
        self.token = _derived(key, "secret", token)


def _derived(key: bytes, what: str, token: str) -> str:
    return hmac.new(key, f"telegram {what} {token}".encode(), sha256).hexdigest()


def add_to(app: FastAPI, secrets: Secrets, take: Callable[[object], Awaitable[bool]]) -> None:
    """Serve the webhook; ``take`` is awaited with the update as JSON.

    It returns False while nothing can be taken; then Telegram brings the update again.
    """

    @app.post(f"{PREFIX}{{name}}", include_in_schema=False)
    async def receive(name: str, request: Request) -> Response:
        told = request.headers.get(HEADER, "")
        found = hmac.compare_digest(f"{PREFIX}{name}".encode(), secrets.path.encode())
        if not (hmac.compare_digest(told.encode(), secrets.token.encode()) and found):
            return Response(status_code=404)
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST:
                return Response(status_code=413)
        try:
            update = json.loads(body)
        except ValueError:
            return Response(status_code=400)
        return Response(status_code=200 if await take(update) else 503)
