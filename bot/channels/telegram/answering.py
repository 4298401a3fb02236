"""Answers: sent in order, kept for later if Telegram is away, old buttons taken off."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine, Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

import structlog
from sqlalchemy.orm import Session

from bot.brain import Reply
from bot.channels.telegram import writing
from bot.channels.telegram.failures import Failure, Kind
from bot.channels.telegram.reading import Pressed
from bot.channels.telegram.sending import PAUSES, Sender, Unsent
from psl import notices
from psl.buttons import about, left_after_press, left_after_turn
from psl.errors import NotYours
from psl.messages import Keyboard, Messages, SentMessage
from psl.referrals.models import OfferState
from psl.referrals.notify import OFFER
from psl.services import Services

log = structlog.get_logger()

#: What an answer's key in the outbox begins with.
ANSWER: Final = "answer:"


class Answers:
    """Tells chats what the brain replied."""

    def __init__(self, services: Services, messages: Messages, sender: Sender) -> None:
        """``messages`` has the buttons of what was sent."""
        self._services = services
        self._messages = messages
        self._sender = sender
        self._aside: set[asyncio.Task[object]] = set()

    async def tell(self, chat: str, key: str, replies: Sequence[Reply]) -> list[int]:
        """Send replies; what does not get through now goes into the outbox, and so arrives later.

        Args:
            chat: whose.
            key: of the message that they answer.
            replies: what is said.

        Returns:
            The numbers of the messages that were sent.
        """
        numbers: list[int] = []
        for index, reply in enumerate(replies):
            try:
                numbers += await self._sender.send(chat, reply, pauses=PAUSES)
            except Unsent as unsent:
                failure = unsent.failure
                log.warning("telegram answer not sent", why=failure.why)
                if failure.kind == Kind.UNREACHABLE:
                    self._services.roster.mark_unreachable(chat, failure.why)
                    break
                if failure.passes:
                    self._postpone(chat, key, [unsent.rest, *replies[index + 1 :]], failure)
                    break
        return numbers

    def _postpone(self, chat: str, key: str, replies: Sequence[Reply], failure: Failure) -> None:
        tokens = {token for reply in replies for _, token in reply.buttons}
        payloads = self._services.buttons.payloads_of(chat, tokens)
        agent = self._services.roster.agent_of(chat)

        def work(session: Session) -> None:
            due = self._services.database.now(session)
            due += timedelta(seconds=failure.retry_after or 0)
            for number, reply in enumerate(replies):
                notices.enqueue(
                    session,
                    chat,
                    f"{ANSWER}{sha256(key.encode()).hexdigest()[:24]}:{number}",
                    reply.text,
                    due,
                    [{"title": t, "payload": payloads[token]} for t, token in reply.buttons],
                    agent_id=agent.id if agent is not None else None,
                )

        self._services.database.run(work)

    # Buttons ----------------------------------------------------------------------------------

    def left_after(
        self,
        chat: str,
        replies: Sequence[Reply],
        *,
        new: Collection[int] = (),
        press: Pressed | None = None,
    ) -> dict[int, Keyboard]:
        """What works of earlier messages after a turn; those of which all still works are left out.

        Args:
            chat: whose messages.
            replies: what the turn answered.
            new: the numbers of the messages that the answer was sent in.
            press: the press that was the turn.
        """
        earlier = {m.message_id: m for m in self._messages.with_buttons(chat)}
        if press is not None and (on := self._messages.of(chat, press.message_id)) is not None:
            same = self._messages.about(chat, on.subject) if on.subject else [on]
            earlier |= {m.message_id: m for m in same}
        earlier = {number: m for number, m in earlier.items() if m.buttons and number not in new}
        shown = {token for reply in replies for _, token in reply.buttons}
        tokens = shown.union(*(m.tokens for m in earlier.values()))
        if press is not None:
            tokens.add(press.token)
        payloads = self._services.buttons.payloads_of(chat, tokens)
        shown_again = [payloads[token] for token in shown if token in payloads]
        pressed = payloads.get(press.token) if press is not None else None
        changed = {}
        for number, message in earlier.items():
            live = {token: payloads[token] for token in message.tokens if token in payloads}
            left = set() if self._has_ended(chat, message) else set(live)
            if not message.subject:
                left &= left_after_turn(live, shown_again)
            # A plain answer ends the others of its own message only.
            here = press is not None and number == press.message_id
            if pressed is not None and (here or about(pressed)):
                left &= left_after_press(live, pressed)
            if left != message.tokens.keys():
                changed[number] = writing.only(message.buttons, left)
        return changed

    def _has_ended(self, chat: str, message: SentMessage) -> bool:
        """Whether it is an offer that was answered in words, or ended without a notice."""
        if not message.subject.startswith(OFFER):
            return False
        agent = self._services.roster.agent_of(chat)
        if agent is None:
            return True
        try:
            offer = self._services.referrals.offer(
                agent.id, int(message.subject.removeprefix(OFFER))
            )
        except NotYours:
            return True
        return offer.state != OfferState.OFFERED

    def take_off(self, chat: str, left: Mapping[int, Keyboard]) -> None:
        """Show only the buttons that are left; they are so in the records already."""
        for number, rows in left.items():
            self.aside(self._sender.edit(chat, number, rows))

    # Beside a turn ----------------------------------------------------------------------------

    def aside(self, work: Coroutine[Any, Any, object]) -> asyncio.Task[object]:
        """Do something that nobody waits for."""
        task = asyncio.create_task(work)
        self._aside.add(task)
        task.add_done_callback(self._done_aside)
        return task

    def _done_aside(self, task: asyncio.Task[object]) -> None:
        self._aside.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("telegram call failed", error=type(error).__name__)

    async def close(self) -> None:
        """Leave what is done aside."""
        for task in self._aside:
            task.cancel()
        await asyncio.gather(*self._aside, return_exceptions=True)
