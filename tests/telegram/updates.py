"""The updates that wait for the bot: long polling, webhooks, confirmation."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any, Final

import httpx

from tests.telegram.chats import Json, Update
from tests.telegram.limits import UNASKED_KINDS, Refused, Webhook

KEPT_SECONDS: Final = 24 * 3600


@dataclass
class _Waiting:
    """An update that is not confirmed.

    One that is ``again`` delivered may have an id below the bot's offset, so it goes only after
    it was shown once.
    """

    update: Update
    at: float
    again: bool
    shown: bool = False


class Updates:
    """The queue of one bot. The caller holds the lock of its BotApi."""

    def __init__(self) -> None:
        self.webhook: Webhook | None = None
        self.kinds = UNASKED_KINDS
        self._waiting: list[_Waiting] = []
        self._error = ""
        self._error_at = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, update: Update, again: bool = False) -> bool:
        """Let an update wait; False if the bot did not ask for its kind."""
        if not set(update) & self.kinds:
            return False
        self._waiting.append(_Waiting(update, time.time(), again))
        return True

    def waits(self, update: Update) -> bool:
        """Whether an update is not confirmed yet."""
        wanted = update["update_id"]
        return any(waiting.update["update_id"] == wanted for waiting in self._waiting)

    def set_webhook(
        self, webhook: Webhook | None, kinds: frozenset[str] | None, drop: bool
    ) -> None:
        """Post updates there from now on; None ends it."""
        self.webhook = webhook
        self._error, self._error_at = "", 0
        if kinds is not None:
            self.kinds = kinds
        if drop:
            self._waiting.clear()

    def webhook_info(self) -> Json:
        """The WebhookInfo object."""
        info: Json = {
            "url": self.webhook.url if self.webhook else "",
            "has_custom_certificate": False,
            "pending_update_count": len(self._waiting),
            "allowed_updates": sorted(self.kinds),
        }
        if self.webhook:
            info["max_connections"] = self.webhook.connections
        if self._error:
            info |= {"last_error_date": self._error_at, "last_error_message": self._error}
        return info

    def confirm(self, offset: int) -> None:
        """Forget what is below ``offset``; a negative one keeps the last updates only.

        Raises:
            Refused: a webhook is set.
        """
        if self.webhook is not None:
            raise Refused(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        self._expire()
        if offset < 0:
            self._waiting = self._waiting[offset:]
        elif offset > 0:
            self._waiting = [
                waiting
                for waiting in self._waiting
                if waiting.update["update_id"] >= offset or (waiting.again and not waiting.shown)
            ]

    def take(self, limit: int) -> list[Update]:
        """The first updates; they keep waiting until they are confirmed."""
        taken = self._waiting[:limit]
        for waiting in taken:
            waiting.shown = True
        return [waiting.update for waiting in taken]

    def next_post(self) -> tuple[Webhook, Update] | None:
        """What is to be posted next, and where."""
        self._expire()
        if self.webhook is None or not self._waiting:
            return None
        return self.webhook, self._waiting[0].update

    def posted(self, webhook: Webhook, update: Update, error: str) -> None:
        """The result of a post: done, or an error."""
        if webhook is not self.webhook:
            return
        if error:
            self._error, self._error_at = error, int(time.time())
            return
        self._waiting = [waiting for waiting in self._waiting if waiting.update is not update]

    def _expire(self) -> None:
        oldest = time.time() - KEPT_SECONDS
        self._waiting = [waiting for waiting in self._waiting if waiting.at > oldest]


async def post(client: httpx.AsyncClient, webhook: Webhook, update: Update) -> str:
    """Post an update to a webhook; what went wrong, or "" if it was taken."""
    headers = {"X-Telegram-Bot-Api-Secret-Token": webhook.secret} if webhook.secret else {}
    try:
        answer = await client.post(webhook.url, json=update, headers=headers)
    except (httpx.HTTPError, OSError) as error:
        return f"Connection failed: {type(error).__name__}"
    if answer.is_success:
        return ""
    return f"Wrong response from the webhook: {answer.status_code} {answer.reason_phrase}"


class Bell:
    """Wakes who waits for news on an event loop; rung from any thread."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._event = asyncio.Event()

    def attach(self, loop: asyncio.AbstractEventLoop | None) -> None:
        """The loop on which is waited from now on."""
        self._loop = loop
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Wake everybody."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._ring)

    def _ring(self) -> None:
        self._event.set()
        self._event = asyncio.Event()

    async def wait(self, seconds: float, other: asyncio.Future[None] | None = None) -> None:
        """Wait for a ring, or for another thing, at most that long."""
        ring = asyncio.ensure_future(self._event.wait())
        try:
            awaited: set[asyncio.Future[Any]] = {ring} if other is None else {ring, other}
            await asyncio.wait(awaited, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ring.cancel()


def opened(**more: Any) -> httpx.AsyncClient:
    """A client that posts to webhooks; they may have certificates of their own making."""
    return httpx.AsyncClient(verify=False, timeout=10, trust_env=False, **more)
