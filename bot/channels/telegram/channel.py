"""The bot's life: connected in the background, receiving and sending until the server ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any, Final, Literal

import structlog
from telegram import Update
from telegram.error import InvalidToken, TelegramError
from telegram.ext import AIORateLimiter, Application, ApplicationBuilder
from telegram.request import HTTPXRequest

from bot.brain import Brain
from bot.channels.telegram.commands import MENU
from bot.channels.telegram.counting import UPDATES
from bot.channels.telegram.failures import failure_of, is_strange
from bot.channels.telegram.notifying import Pump
from bot.channels.telegram.polling import handled, poll
from bot.channels.telegram.reading import ALLOWED
from bot.channels.telegram.receiving import Receiver
from bot.channels.telegram.sending import Sender
from bot.channels.telegram.webhook import Secrets
from bot.turns import Turns
from psl.messages import Messages
from psl.services import Services

log = structlog.get_logger()

CONNECTIONS: Final = 64
READ_SECONDS: Final = 20.0
POOL_SECONDS: Final = 30.0
# Telegram takes 30 a second over all chats. One at a time and not quite so fast: they bunch up on
# their way.
PER_SECOND: Final = 25
LONGEST_PAUSE: Final = 30.0
GRACE_SECONDS: Final = 5.0


class Polling(HTTPXRequest):
    """Gives updates that can be read; of another only the number is left, so that it is passed over.

    Otherwise one that the library cannot read would come again for ever, and none after it.
    """

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The answer's JSON."""
        answer = HTTPXRequest.parse_json_payload(payload)
        if isinstance(answer.get("result"), list):
            answer["result"] = [_readable(update) for update in answer["result"]]
        return answer


def _readable(update: dict[str, Any]) -> dict[str, Any]:
    try:
        # A copy: reading takes pieces out of it.
        Update.de_json(json.loads(json.dumps(update)), None)
    except Exception as error:
        UPDATES.labels("unreadable").inc()
        log.error("telegram update not readable", error=type(error).__name__)
        return {"update_id": update["update_id"]}
    return update


class Channel:
    """One bot."""

    def __init__(self, brain: Brain, services: Services, secrets: Secrets) -> None:
        """``services`` must be the ones that ``brain`` was built with; there must be a token."""
        settings = services.settings
        self._webhook_url = settings.telegram_webhook_url.rstrip("/")
        self._secrets = secrets
        api = settings.telegram_api_url.rstrip("/")
        self._application: Application[Any, Any, Any, Any, Any, Any] = (
            ApplicationBuilder()
            .token(settings.telegram_token.get_secret_value())
            .base_url(f"{api}/bot")
            .base_file_url(f"{api}/file/bot")
            .request(HTTPXRequest(CONNECTIONS, READ_SECONDS, pool_timeout=POOL_SECONDS))
            .get_updates_request(Polling(1, READ_SECONDS))
            .rate_limiter(AIORateLimiter(1, 1 / PER_SECOND))
            .updater(None)
            .job_queue(None)
            .build()
        )
        messages, turns = Messages(services.database), Turns()
        self._sender = Sender(self._application.bot, messages)
        self._receiver = Receiver(brain, services, messages, self._sender, turns)
        self._pump = Pump(brain, services, messages, self._sender, turns)
        self._work: asyncio.Task[None] | None = None
        #: "connecting", "on", or "off" for good.
        self.state: Literal["connecting", "on", "off"] = "connecting"

    async def start(self) -> None:
        """Begin in the background: without Telegram everything else works as well."""
        self._work = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Receive and send no more, let answers that are under way be sent."""
        self.state = "off"
        if self._work is not None:
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)
        await self._receiver.close(GRACE_SECONDS)
        if self._application.running:
            await self._application.stop()
        await self._application.shutdown()
        # Left open by a start that did not come through.
        await self._application.bot.shutdown()

    async def take(self, update: object) -> bool:
        """Handle an update that the webhook brought; False if it is to be brought again."""
        if self.state != "on":
            return False
        if not isinstance(update, Mapping) or not isinstance(update.get("update_id"), int):
            UPDATES.labels("unreadable").inc()
            return True
        found = Update.de_json(_readable(dict(update)), self._application.bot)
        return await handled(self._receiver.take([found]))

    async def _run(self) -> None:
        try:
            if not await self._connect():
                return
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump.run())
                if not self._webhook_url:
                    group.create_task(poll(self._application.bot, self._receiver))
        except Exception as error:
            log.error("telegram stopped", error=type(error).__name__)
        finally:
            self.state = "off"

    async def _connect(self) -> bool:
        """Make the bot ready, however long Telegram is away; False if it does not want us."""
        pause = 1.0
        while True:
            try:
                await self._application.initialize()
                await self._introduce()
                break
            except TelegramError as error:
                if isinstance(error, InvalidToken) and not is_strange(error):
                    log.error("telegram is off", why="PSL_TELEGRAM_TOKEN is refused")
                    return False
                failure = failure_of(error)
                if not failure.passes:
                    log.error("telegram is off", why="PSL_TELEGRAM_WEBHOOK_URL is refused")
                    return False
                if pause == 1.0:
                    log.warning("telegram cannot be reached yet", why=failure.why)
                await asyncio.sleep(failure.retry_after or pause)
                pause = min(2 * pause, LONGEST_PAUSE)
        await self._application.start()
        self.state = "on"
        log.warning("telegram is on", bot=self._application.bot.username)
        return True

    async def _introduce(self) -> None:
        bot = self._application.bot
        await bot.set_my_commands(MENU)
        if self._webhook_url:
            await bot.set_webhook(
                f"{self._webhook_url}{self._secrets.path}",
                allowed_updates=ALLOWED,
                secret_token=self._secrets.token,
            )
        else:
            await bot.delete_webhook()
