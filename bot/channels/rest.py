"""REST: Rasa's usual webhook, and the notices of channels that cannot be pushed to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.types import Receive, Scope, Send

from bot.brain import Brain

MOST_NOTICES: Final = 200
# How long the end of an answer with notices is held back, to learn whether anybody is there.
LISTEN_SECONDS: Final = 0.1


class Message(BaseModel):
    """One message of one sender, in Rasa's shape."""

    sender: str = Field(min_length=1, max_length=120, pattern=r"^[\w.@+:-]+$")
    message: str = Field(max_length=100_000)


class HandedOver(JSONResponse):
    """JSON that calls ``taken`` once it was sent to a client that was still there, or else ``lost``.

    A server notices only with a delay that a client went away, and then drops in silence what it
    is given. So all but the last byte is sent first; a client that leaves meanwhile cannot have
    read the answer, and one that stays cannot be done with it.
    """

    def __init__(self, content: Any, taken: Callable[[], None], lost: Callable[[], None]) -> None:
        super().__init__(content)
        self._taken = taken
        self._lost = lost

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        start = {"type": "http.response.start", "status": self.status_code}
        await send({**start, "headers": self.raw_headers})
        body = bytes(self.body)
        await send({"type": "http.response.body", "body": body[:-1], "more_body": True})
        if await _leaves(receive):
            self._lost()
            return
        await send({"type": "http.response.body", "body": body[-1:]})
        self._taken()


async def _leaves(receive: Receive) -> bool:
    try:
        async with asyncio.timeout(LISTEN_SECONDS):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True


def router(brain: Brain, authorised: Callable[..., object]) -> APIRouter:
    """The routes. ``authorised`` is a dependency that lets in who may use them."""
    routes = APIRouter()

    @routes.post("/webhooks/rest/webhook", dependencies=[Depends(authorised)])
    async def receive(message: Message) -> list[dict[str, Any]]:
        """Answer one message."""
        replies = await brain.handle(f"rest:{message.sender}", message.message)
        return [reply.as_rasa(message.sender) for reply in replies]

    @routes.get(
        "/conversations/{sender}/notices",
        dependencies=[Depends(authorised)],
        response_model=list[dict[str, Any]],
    )
    async def notices(sender: str) -> JSONResponse:
        """What was pushed to the sender and did not arrive yet.

        What nobody was there to take comes again.
        """
        claimed = brain.notices.claim("rest", MOST_NOTICES, chats=[f"rest:{sender}"])
        if not claimed.notices:
            return JSONResponse([])

        def taken() -> None:
            for notice in claimed.notices:
                brain.notices.delivered(claimed.token, notice.id)

        replies = [brain.reply_of(notice).as_rasa(sender) for notice in claimed.notices]
        return HandedOver(replies, taken, lambda: brain.notices.release(claimed.token))

    return routes
