"""Presses of buttons: each does its thing once, and all others say why they do nothing."""

from __future__ import annotations

import asyncio
from typing import Final

from bot.brain import Brain
from bot.channels.telegram import words, writing
from bot.channels.telegram.answering import Answers
from bot.channels.telegram.chats import chat_of
from bot.channels.telegram.counting import UPDATES
from bot.channels.telegram.reading import Pressed
from bot.channels.telegram.sending import Sender
from bot.turns import Turns
from psl.buttons import about, left_after_press
from psl.messages import Messages
from psl.referrals.notify import OFFER
from psl.services import Services

# So long a turn waits at most until its press is shown as done.
ANSWERED_SECONDS: Final = 0.2


class Presses:
    """Handles presses."""

    def __init__(
        self,
        brain: Brain,
        services: Services,
        messages: Messages,
        sender: Sender,
        answers: Answers,
        turns: Turns,
    ) -> None:
        """``services`` must be the ones that ``brain`` was built with."""
        self._brain = brain
        self._services = services
        self._messages = messages
        self._sender = sender
        self._answers = answers
        self._turns = turns
        self._under_way: dict[tuple[str, int], set[str]] = {}

    async def press(self, press: Pressed) -> None:
        """Do what the button stands for, once; or say why not."""
        chat = chat_of(press.chat_id)
        if self._messages.is_handled(press.key):
            UPDATES.labels("repeated").inc()
            return
        dead = self._dead(chat, press)
        answering = self._answers.aside(self._sender.answer_press(press.callback_id, dead))
        if dead:
            self._messages.handled(press.key)
            await answering
            shown = self._messages.of(chat, press.message_id)
            if shown is not None and press.keyboard != shown.buttons:
                # Taking them off did not work then, or the app has not heard of it.
                await self._sender.edit(chat, press.message_id, shown.buttons)
            return
        under_way = self._under_way.setdefault((chat, press.message_id), set())
        under_way.add(press.token)
        try:
            async with self._turns.of(chat):
                # The press shows as done before a turn that takes long.
                await asyncio.wait({answering}, timeout=ANSWERED_SECONDS)
                if not self._ended(chat, press):
                    await self._do(chat, press)
                elif self._is_late(chat, press):
                    await self._say_late(chat, press)
                else:
                    # By what came before it in the chat.
                    self._messages.handled(press.key)
        finally:
            under_way.discard(press.token)
            if not under_way:
                self._under_way.pop((chat, press.message_id), None)

    def _dead(self, chat: str, press: Pressed) -> str:
        """Why a press does nothing; empty if it does something."""
        buttons = self._services.buttons
        title = buttons.title_of(chat, press.token)
        if title is None:
            return words.UNKNOWN
        if self._messages.is_handled(_pressed_key(press)):
            return words.pressed_already(title)
        under_way = self._under_way.get((chat, press.message_id), set())
        payloads = buttons.payloads_of(chat, {press.token, *under_way})
        for other in under_way:
            live = {press.token: payloads[press.token]}
            if other in payloads and not left_after_press(live, payloads[other]):
                return words.pressed_already(buttons.title_of(chat, other) or title)
        if not self._ended(chat, press) or self._is_late(chat, press):
            return ""
        return words.EARLIER

    def _ended(self, chat: str, press: Pressed) -> bool:
        if self._messages.is_handled(_pressed_key(press)):
            return True
        shown = self._messages.of(chat, press.message_id)
        if shown is not None:
            return press.token not in shown.tokens
        # Sent and not kept: then Telegram itself says which buttons the message has.
        return all(press.token != token for row in press.keyboard for _, token in row)

    def _is_late(self, chat: str, press: Pressed) -> bool:
        """Whether it answers an offer that ended before anybody answered it here."""
        shown = self._messages.of(chat, press.message_id)
        payload = self._services.buttons.payload_of(chat, press.token)
        return (
            shown is not None
            and payload is not None
            and shown.subject.startswith(OFFER)
            and shown.subject in about(payload)
            and not self._messages.is_handled(_answered_key(press))
        )

    async def _say_late(self, chat: str, press: Pressed) -> None:
        # The engine knows why: missed, taken or cancelled. A press that waited during an outage
        # cannot be told by a word beside the button any more.
        replies = await self._brain.handle(chat, press.token)
        await self._answers.tell(chat, press.key, replies)
        self._messages.handled(press.key, _answered_key(press))

    async def _do(self, chat: str, press: Pressed) -> None:
        self._services.roster.mark_reachable(chat)
        async with self._sender.typing(chat):
            replies = await self._brain.handle(chat, press.token)
        if any(reply.undone for reply in replies):
            # The button may be pressed again.
            await self._answers.tell(chat, press.key, replies)
            self._messages.handled(press.key)
            return
        if self._messages.of(chat, press.message_id) is None:
            # The process ended between sending and keeping it.
            self._messages.sent(chat, press.message_id, press.keyboard)
        left = self._answers.left_after(chat, replies, press=press)
        rows = left.pop(press.message_id, [])
        title = self._services.buttons.title_of(chat, press.token) or ""
        await self._sender.edit(chat, press.message_id, rows, _done(press.html, title))
        await self._answers.tell(chat, press.key, replies)
        # Only now: had the process ended before, the press would come again and must work.
        keys = (press.key, _pressed_key(press), _answered_key(press))
        self._messages.handled(*keys, chat=chat, buttons={press.message_id: rows, **left})
        self._answers.take_off(chat, left)


def _pressed_key(press: Pressed) -> str:
    return f"{chat_of(press.chat_id)}:p{press.token}"


def _answered_key(press: Pressed) -> str:
    return f"{chat_of(press.chat_id)}:a{press.message_id}"


def _done(html: str, title: str) -> str:
    """The message with what was pressed; empty if it cannot be changed."""
    told = f"{html}\n\n✓ {writing.as_html(title)}"
    return told if html and writing.length(told) <= writing.LIMIT else ""
