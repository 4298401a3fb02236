"""REST: Rasa's usual webhook, and the notices of channels that cannot be pushed to."""

from __future__ import annotations

import hmac
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, HTTPException, Request
from pydantic import BaseModel, Field

from bot.brain import Brain
from psl.settings import Settings


class Message(BaseModel):
    """One message of one sender, in Rasa's shape."""

    sender: str = Field(min_length=1, max_length=120, pattern=r"^[\w.@+:-]+$")
    message: str = Field(max_length=100_000)


def is_loopback(host: str) -> bool:
    """Whether an address is this machine's own."""
    return host in {"127.0.0.1", "::1", "localhost"}


def router(brain: Brain, settings: Settings) -> APIRouter:
    """The routes. A bearer key is required unless the server is bound to loopback in demo mode."""
    routes = APIRouter()
    open_trial = settings.demo and is_loopback(settings.host)

    def authorised(authorization: Annotated[str | None, Header()] = None) -> None:
        if open_trial:
            return
        key = settings.api_key.get_secret_value()
        given = (authorization or "").removeprefix("Bearer ").strip()
        if not key or not hmac.compare_digest(given.encode(), key.encode()):
            raise HTTPException(
                401,
                "Send `Authorization: Bearer KEY` with a key of this installation.",
                headers={"WWW-Authenticate": "Bearer"},
            )

    @routes.post("/webhooks/rest/webhook", dependencies=[Depends(authorised)])
    async def receive(message: Message) -> list[dict[str, Any]]:
        """Answer one message."""
        replies = await brain.handle(f"rest:{message.sender}", message.message)
        return [reply.as_rasa(message.sender) for reply in replies]

    @routes.get("/conversations/{sender}/notices", dependencies=[Depends(authorised)])
    async def notices(sender: str, request: Request) -> list[dict[str, Any]]:
        """What was pushed to the sender since the last call."""
        return [reply.as_rasa(sender) for reply in brain.notices(f"rest:{sender}")]

    return routes
