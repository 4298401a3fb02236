"""Asks Telegram for updates, and confirms those that were handled.

Telegram gives unconfirmed updates again. The library's own updater confirms before anything is
handled, so that a process that ends loses them; here a batch is confirmed when all of it is
handled, or is taking so long that the others should not wait.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

import structlog
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError
from telegram.ext import ExtBot

from bot.channels.telegram.counting import FAILED
from bot.channels.telegram.failures import failure_of
from bot.channels.telegram.reading import ALLOWED
from bot.channels.telegram.receiving import Receiver

log = structlog.get_logger()

POLL_SECONDS: Final = 20
BATCH_SECONDS: Final = 10.0
LONGEST_PAUSE: Final = 30.0


async def poll(bot: ExtBot[Any], receiver: Receiver) -> None:
    """Receive until cancelled."""
    offset: int | None = None
    troubles = 0
    while True:
        try:
            updates = await bot.get_updates(
                offset=offset, timeout=POLL_SECONDS, allowed_updates=ALLOWED
            )
        except TelegramError as error:
            troubles += 1
            failure = failure_of(error)
            FAILED.labels(failure.kind).inc()
            if troubles == 1:
                log.warning("telegram gives no updates", why=failure.why)
            await asyncio.sleep(_pause(error, troubles))
            continue
        if troubles:
            log.warning("telegram gives updates again")
        troubles = 0
        if not updates:
            continue
        tasks = receiver.take(updates)
        if tasks:
            await asyncio.wait(tasks, timeout=BATCH_SECONDS)
        offset = max(update.update_id for update in updates) + 1


def _pause(error: TelegramError, troubles: int) -> float:
    told = failure_of(error).retry_after if isinstance(error, RetryAfter) else None
    if told is not None:
        return told
    # Somebody has to do something about these; asking more often does not help.
    if isinstance(error, Conflict | InvalidToken):
        return min(5.0 * troubles, LONGEST_PAUSE)
    return min(2.0 ** (troubles - 2), LONGEST_PAUSE)
