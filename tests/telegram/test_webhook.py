"""Updates that Telegram brings: the door, its secrets, and the channel as part of an app."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from bot.channels import telegram
from bot.channels.telegram.webhook import HEADER, LARGEST, Secrets
from tests.stack import Stack
from tests.telegram.bot_api import BotApi
from tests.telegram.running import Bot

QUESTION = "how long do i have to accept a general referral"


@pytest.fixture
def api(telegram_api: BotApi) -> BotApi:
    telegram_api.heal()
    return telegram_api


@asynccontextmanager
async def served(api: BotApi, stack: Stack) -> AsyncIterator[tuple[Bot, str]]:
    """An app with nothing but the channel in it, and its address."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    bot = Bot(api, stack, telegram_webhook_url=address)
    app = FastAPI()
    telegram.attach(app, stack.brain, bot.services)
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
    running = asyncio.create_task(server.serve(sockets=[listening]))
    await bot.until(lambda: api.updates.webhook is not None)
    try:
        yield bot, address
    finally:
        server.should_exit = True
        await running
        listening.close()


async def test_updates_come_through_the_webhook_with_its_secrets(api: BotApi, stack: Stack) -> None:
    async with served(api, stack) as (bot, address):
        user = api.user("Robin")
        user.say(QUESTION)
        await bot.shows(user, "15 minutes")
        await bot.drained()
        webhook, _, error = api.posts[-1]
        assert webhook.url.startswith(f"{address}/telegram/")
        assert api.token not in webhook.url
        assert webhook.secret not in webhook.url
        assert error == ""
        await _is_closed_to_others(bot, webhook.url, webhook.secret, user.say("hello"))
        assert [v for v in api.violations if v.method != "getUpdates"] == []


async def _is_closed_to_others(bot: Bot, url: str, secret: str, update: dict[str, object]) -> None:
    await bot.drained()
    user = bot.api.chats[update["message"]["chat"]["id"]]  # type: ignore[index]
    before = len(user.messages())
    forged = {**update, "update_id": 1, "message": {**update["message"], "message_id": 99}}  # type: ignore[dict-item]
    async with httpx.AsyncClient() as client:
        for target, headers in (
            (url, {}),
            (url, {HEADER: "guess"}),
            (url[:-1], {HEADER: secret}),
        ):
            answer = await client.post(target, json=forged, headers=headers)
            assert answer.status_code == 404
        trusted = {HEADER: secret}
        assert (await client.post(url, content=b"{", headers=trusted)).status_code == 400
        big = b" " * (LARGEST + 1)
        assert (await client.post(url, content=big, headers=trusted)).status_code == 413
        # What nobody can read must not be brought for ever.
        for odd in ([], {"update_id": "x"}, {"update_id": 5, "message": {"nothing": 1}}):
            assert (await client.post(url, json=odd, headers=trusted)).status_code == 200
    assert len(user.messages()) == before


def test_secrets_belong_to_one_bot_of_one_installation() -> None:
    one = Secrets(b"key", "1:a")
    assert vars(one) == vars(Secrets(b"key", "1:a"))
    for other in (Secrets(b"key", "1:b"), Secrets(b"another", "1:a")):
        assert {one.path, one.token}.isdisjoint({other.path, other.token})
    assert one.token not in one.path


async def test_without_a_token_there_is_no_channel(stack: Stack) -> None:
    app = FastAPI()
    routes, lifespan = len(app.routes), app.router.lifespan_context
    telegram.attach(app, stack.brain, stack.services)
    assert (len(app.routes), app.router.lifespan_context) == (routes, lifespan)
