"""Delivers the notices of Telegram chats from the outbox."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import Final

import structlog
from telegram.error import TelegramError

from bot.brain import Brain
from bot.channels.telegram import words, writing
from bot.channels.telegram.answering import ANSWER
from bot.channels.telegram.chats import CHANNEL
from bot.channels.telegram.failures import Failure, Kind
from bot.channels.telegram.sending import Sender, Unsent
from bot.turns import Turns
from psl.messages import Messages
from psl.notices import Notice
from psl.referrals import notify
from psl.services import Services

log = structlog.get_logger()

#: Half of it on average between a notice's being due and its being sent.
SECONDS: Final = 0.5
MOST: Final = 25
#: Sends under way; what somebody asked meanwhile waits behind no more than these.
AT_ONCE: Final = 8
LEASE_SECONDS: Final = 60
# What waited behind a long turn until its lease is nearly over is left to another claim.
FRESH_SECONDS: Final = 40.0
PROBE_SECONDS: Final = 5.0
LONGEST_REST: Final = 10.0
# More do not make a rest longer.
MOST_RESTS: Final = 10
# Subject of what has none: it is no answer, and its buttons stay when the conversation goes on.
NOTICE: Final = "notice"


@dataclass
class _Held:
    """Claimed notices of one chat."""

    token: str
    chat: str
    notices: list[Notice]
    until: float


class Pump:
    """Claims what is due and sends it; an outage uses up nobody's tries."""

    def __init__(
        self, brain: Brain, services: Services, messages: Messages, sender: Sender, turns: Turns
    ) -> None:
        """``services`` must be the ones that ``brain`` was built with."""
        self._brain = brain
        self._services = services
        self._messages = messages
        self._sender = sender
        self._turns = turns
        self._deliveries: set[asyncio.Task[None]] = set()
        self._resting_until = 0.0
        self._rests = 0
        self._probe = asyncio.Lock()
        self._sending = asyncio.Semaphore(AT_ONCE)

    async def run(self) -> None:
        """Deliver until cancelled; what was not delivered is given back."""
        try:
            while True:
                await asyncio.sleep(max(SECONDS, self._resting_until - time.monotonic()))
                try:
                    self._claim()
                except Exception as error:
                    log.error("notices not claimed", error=type(error).__name__)
        finally:
            for task in self._deliveries:
                task.cancel()
            await asyncio.gather(*self._deliveries, return_exceptions=True)

    def _claim(self) -> None:
        if len(self._deliveries) >= MOST:
            return
        claimed = self._brain.notices.claim(CHANNEL, MOST, LEASE_SECONDS)
        until = time.monotonic() + FRESH_SECONDS
        # In the order of the claim: that of a Mass referral was drawn.
        of_chat: dict[str, list[Notice]] = defaultdict(list)
        for notice in claimed.notices:
            of_chat[notice.chat].append(notice)
        for chat, found in of_chat.items():
            # A chat that is busy keeps no other waiting.
            held = _Held(claimed.token, chat, found, until)
            task = asyncio.create_task(self._deliver(held))
            self._deliveries.add(task)
            task.add_done_callback(self._deliveries.discard)

    async def _deliver(self, held: _Held) -> None:
        left = {notice.id for notice in held.notices}
        try:
            async with self._turns.of(held.chat):
                for notice in held.notices:
                    if time.monotonic() > held.until or self._is_resting():
                        break
                    if not self._is_wanted(notice):
                        continue
                    try:
                        async with self._sending:
                            await self._hand_over(notice)
                    except Unsent as unsent:
                        if await self._failed(held.token, notice, unsent.failure):
                            left.discard(notice.id)
                        break
                    except Exception as error:
                        log.error("notice not sent", error=type(error).__name__)
                        self._brain.notices.failed(held.token, notice.id, type(error).__name__)
                        left.discard(notice.id)
                        break
                    self._rests = 0
                    self._brain.notices.delivered(held.token, notice.id)
                    left.discard(notice.id)
                    if _is_offer(notice) and not self._is_wanted(notice):
                        # It ended while it was on its way, when nobody was to be told of it yet.
                        await self._close(notice, words.CLOSED)
        except Exception as error:
            log.error("notices not sent", error=type(error).__name__)
        finally:
            if left:
                self._release(held.token, left)

    def _release(self, token: str, left: set[int]) -> None:
        try:
            self._brain.notices.release(token, left)
        except Exception as error:
            # Their lease ends by itself.
            log.error("notices not given back", error=type(error).__name__)

    def _is_wanted(self, notice: Notice) -> bool:
        """Whether it was not taken back, and has not expired, while it waited for its turn."""
        with self._services.database.reading() as session:
            found = session.get(Notice, notice.id)
            if found is None or found.withdrawn_at is not None:
                return False
            at = self._services.database.now(session)
            return found.expires_at is None or found.expires_at > at

    async def _failed(self, token: str, notice: Notice, failure: Failure) -> bool:
        """Note that a notice was not sent; False if it was not its fault, and nothing is noted."""
        log.warning("telegram notice not sent", why=failure.why)
        if failure.kind == Kind.OUTAGE and not await self._works():
            return False
        if failure.kind == Kind.FLOOD:
            self._rest(failure.retry_after or SECONDS)
        gone = failure.kind == Kind.UNREACHABLE
        self._brain.notices.failed(
            token,
            notice.id,
            failure.why,
            retry_after=failure.retry_after,
            permanent=not failure.passes,
        )
        if gone:
            self._services.roster.mark_unreachable(notice.chat, failure.why)
        return True

    async def _works(self) -> bool:
        """Whether Telegram answers at all; if not, nothing is sent for a while."""
        async with self._probe:
            if self._is_resting():
                return False
            try:
                async with asyncio.timeout(PROBE_SECONDS):
                    await self._sender.bot.get_me()
            except (TelegramError, TimeoutError):
                self._rest(min(2.0**self._rests, LONGEST_REST))
                self._rests = min(self._rests + 1, MOST_RESTS)
                return False
            return True

    def _rest(self, seconds: float) -> None:
        self._resting_until = max(self._resting_until, time.monotonic() + seconds)

    def _is_resting(self) -> bool:
        return time.monotonic() < self._resting_until

    # One notice -------------------------------------------------------------------------------

    async def _hand_over(self, notice: Notice) -> None:
        if notice.key.startswith(notify.CLOSED) and await self._close(notice, notice.text):
            # The offer itself tells it now.
            return
        if notice.key.startswith(notify.OVER):
            await self._close(notice, words.OVER)
        answer = notice.key.startswith(ANSWER)
        await self._sender.send(
            notice.chat,
            self._brain.reply_of(notice),
            subject="" if answer else notice.subject or NOTICE,
            editable=_is_offer(notice),
        )

    async def _close(self, notice: Notice, outcome: str) -> bool:
        """Take the buttons off an offer and its reminder, and write its outcome under them."""
        shown = self._messages.about(notice.chat, notice.subject)
        nothing: dict[int, list[list[list[str]]]] = {m.message_id: [] for m in shown}
        self._messages.handled(chat=notice.chat, buttons=nothing)
        told = False
        for message in shown:
            html = writing.as_html(f"{message.text}\n\n{outcome}") if message.text else ""
            failure = await self._sender.edit(notice.chat, message.message_id, [], html)
            if failure is None:
                told = told or bool(html)
            elif failure.passes or failure.kind == Kind.UNREACHABLE:
                raise Unsent(failure, self._brain.reply_of(notice))
        return told


def _is_offer(notice: Notice) -> bool:
    """An offer or its reminder; they hold coarse facts only."""
    return notice.key.startswith((notify.OFFER, notify.ENDING))
