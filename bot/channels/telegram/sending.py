"""Sends and edits messages, and keeps which buttons they have."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import Any, Final

from telegram import LinkPreviewOptions
from telegram.constants import ChatAction, ParseMode
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.brain import Reply
from bot.channels.telegram import writing
from bot.channels.telegram.chats import id_of
from bot.channels.telegram.counting import FAILED, SENT
from bot.channels.telegram.failures import Failure, Kind, failure_of
from psl.messages import Keyboard, Messages

TYPING_AFTER_SECONDS: Final = 0.2
# Telegram shows it for five.
TYPING_SECONDS: Final = 4.0
# An answer is tried again while somebody waits for it; what takes longer goes into the outbox.
PAUSES: Final = (0.5, 1.5)
LONGEST_FLOOD: Final = 3.0

_NO_PREVIEW: Final = LinkPreviewOptions(is_disabled=True)


class Unsent(Exception):
    """A message did not get through; ``rest`` is what of it was not sent."""

    def __init__(self, failure: Failure, rest: Reply) -> None:
        super().__init__(failure.why)
        self.failure = failure
        self.rest = rest


class Sender:
    """The bot's hand. No error of the library comes out of it: ``Unsent`` does, or it is counted."""

    def __init__(self, bot: ExtBot[Any], messages: Messages) -> None:
        """``messages`` keeps the buttons of what is sent."""
        self.bot = bot
        self._messages = messages

    async def send(
        self,
        chat: str,
        reply: Reply,
        *,
        subject: str = "",
        editable: bool = False,
        pauses: tuple[float, ...] = (),
    ) -> list[int]:
        """Send a reply in as many messages as it needs; their numbers.

        Args:
            chat: "telegram:number".
            reply: text and buttons; the buttons go under the last message.
            subject: what a notice is about; empty for an answer.
            editable: keep the text, for an edit; only of what holds no private data.
            pauses: seconds to wait before each further try.

        Raises:
            Unsent: it did not get through, or not all of it.
        """
        rows = writing.keyboard(reply.buttons)
        parts = writing.pieces(reply.text) or ["…"]
        numbers = []
        for index, text in enumerate(parts):
            last = index == len(parts) - 1
            try:
                number = await self._patiently(chat, text, rows if last else [], pauses)
            except TelegramError as error:
                failure = failure_of(error)
                FAILED.labels(failure.kind).inc()
                raise Unsent(failure, replace(reply, text="\n\n".join(parts[index:]))) from error
            SENT.labels("notice" if subject else "answer").inc()
            numbers.append(number)
            if last and (rows or editable):
                kept = reply.text if editable and len(parts) == 1 else ""
                self._messages.sent(chat, number, rows, subject=subject, text=kept)
        return numbers

    async def _patiently(
        self, chat: str, text: str, rows: Keyboard, pauses: tuple[float, ...]
    ) -> int:
        for pause in pauses:
            try:
                return await self._once(chat, text, rows)
            except TelegramError as error:
                failure = failure_of(error)
                if not failure.passes or (failure.retry_after or 0) > LONGEST_FLOOD:
                    raise
                FAILED.labels(failure.kind).inc()
                await asyncio.sleep(failure.retry_after or pause)
        return await self._once(chat, text, rows)

    async def _once(self, chat: str, text: str, rows: Keyboard) -> int:
        try:
            return await self._post(chat, writing.as_html(text), rows, ParseMode.HTML)
        except TelegramError as error:
            if failure_of(error).kind != Kind.MARKUP:
                raise
            FAILED.labels(Kind.MARKUP).inc()
            return await self._post(chat, text, rows, None)

    async def _post(self, chat: str, text: str, rows: Keyboard, parse_mode: str | None) -> int:
        sent = await self.bot.send_message(
            id_of(chat),
            text,
            parse_mode=parse_mode,
            reply_markup=writing.markup(rows),
            link_preview_options=_NO_PREVIEW,
        )
        return sent.message_id

    async def edit(
        self, chat: str, message_id: int, rows: Keyboard, html: str = ""
    ) -> Failure | None:
        """Change a message that was sent: its buttons, and its text if one is given.

        Returns:
            Why it did not work; None if it did, or was so already.
        """
        try:
            if html:
                await self.bot.edit_message_text(
                    html,
                    chat_id=id_of(chat),
                    message_id=message_id,
                    parse_mode=ParseMode.HTML,
                    reply_markup=writing.markup(rows),
                    link_preview_options=_NO_PREVIEW,
                )
            else:
                await self.bot.edit_message_reply_markup(
                    chat_id=id_of(chat), message_id=message_id, reply_markup=writing.markup(rows)
                )
        except TelegramError as error:
            failure = failure_of(error)
            if failure.kind != Kind.UNCHANGED:
                FAILED.labels(failure.kind).inc()
                return failure
        SENT.labels("edit").inc()
        return None

    async def answer_press(self, callback_id: str, text: str = "") -> None:
        """Stop the button's waiting, with a word of explanation; too late is no harm."""
        with _counted():
            await self.bot.answer_callback_query(callback_id, text=text[:200] or None)

    async def leave(self, group_id: int, text: str) -> None:
        """Say something to a group, and leave it."""
        with _counted():
            await self.bot.send_message(group_id, text, link_preview_options=_NO_PREVIEW)
        with _counted():
            await self.bot.leave_chat(group_id)

    @asynccontextmanager
    async def typing(self, chat: str) -> AsyncIterator[None]:
        """Show that an answer is being written, if it takes a moment."""
        task = asyncio.create_task(self._show_typing(chat))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _show_typing(self, chat: str) -> None:
        await asyncio.sleep(TYPING_AFTER_SECONDS)
        while True:
            with _counted():
                await self.bot.send_chat_action(id_of(chat), ChatAction.TYPING)
            await asyncio.sleep(TYPING_SECONDS)


@contextmanager
def _counted() -> Iterator[None]:
    try:
        yield
    except TelegramError as error:
        FAILED.labels(failure_of(error).kind).inc()
