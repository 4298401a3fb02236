"""Asks Telegram for updates, and confirms those that were handled.

Telegram gives unconfirmed updates again. The library's own updater confirms before anything is
handled, so that a process that ends loses them; here a batch is confirmed when all of it is
handled, or is taking so long that the others should not wait.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
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
# Until a batch is confirmed nothing else can be received, so a slow answer delays all by so much.
BATCH_SECONDS: Final = 2.0
LONGEST_PAUSE: Final = 10.0
# An update that cannot be handled, as without a database, is asked for again for so long.
AGAIN_SECONDS: Final = 2.0
GIVEN_UP_SECONDS: Final = 300.0


async def poll(bot: ExtBot[Any], receiver: Receiver) -> None:
    """Receive until cancelled."""
    offset: int | None = None
    troubles = 0
    failing_since: float | None = None
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
            await asyncio.sleep(pause_after(error, troubles))
            continue
        except Exception as error:
            log.error("telegram gives what cannot be read", error=type(error).__name__)
            await asyncio.sleep(LONGEST_PAUSE)
            continue
        if troubles:
            log.warning("telegram gives updates again")
        troubles = 0
        if not updates:
            continue
        if await handled(receiver.take(updates)):
            failing_since = None
        else:
            failing_since = failing_since or time.monotonic()
            if time.monotonic() - failing_since < GIVEN_UP_SECONDS:
                # What was handled is known and passed over when it comes again.
                await asyncio.sleep(AGAIN_SECONDS)
                continue
            failing_since = None
        offset = max(update.update_id for update in updates) + 1


async def handled(tasks: Sequence[asyncio.Task[bool]]) -> bool:
    """Whether a batch was handled, as far as that can be said without waiting for the slow ones."""
    if not tasks:
        return True
    done, _ = await asyncio.wait(tasks, timeout=BATCH_SECONDS)
    return all(task.result() for task in done if not task.cancelled())


def pause_after(error: TelegramError, troubles: int) -> float:
    """Seconds until updates are asked for again, after so many failures in a row."""
    told = failure_of(error).retry_after if isinstance(error, RetryAfter) else None
    if told is not None:
        return told
    # Somebody has to do something about these; asking more often does not help.
    if isinstance(error, Conflict | InvalidToken):
        return min(5.0 * troubles, LONGEST_PAUSE)
    # The bound keeps the power small as well.
    return min(2.0 ** min(troubles - 2, 10), LONGEST_PAUSE)
