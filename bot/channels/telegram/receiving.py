"""Updates of a chat, one after the other, each once: read, handled by the brain, answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

import structlog
from telegram import Update
from telegram.error import TelegramError

from bot import edge
from bot.brain import Brain, Reply
from bot.channels.telegram import words
from bot.channels.telegram.answering import Answers
from bot.channels.telegram.chats import chat_of
from bot.channels.telegram.counting import UPDATES
from bot.channels.telegram.failures import failure_of
from bot.channels.telegram.pressing import Presses
from bot.channels.telegram.reading import File, Group, Incoming, Pressed, Reach, Sent, latest, read
from bot.channels.telegram.sending import Sender
from bot.turns import Turns
from psl.agents.registration import HOME_ZONE
from psl.messages import Messages
from psl.services import Services

log = structlog.get_logger()

#: A message this old was waiting while the bot was away.
LATE: Final = timedelta(minutes=10)
# Before each further try at an update whose handling failed; all of them end before a batch is
# left alone.
AGAIN_SECONDS: Final = (0.2, 0.5)
# A group tells of the bot's coming in several updates.
LEFT_SECONDS: Final = 60.0


class Receiver:
    """Handles updates."""

    def __init__(
        self, brain: Brain, services: Services, messages: Messages, sender: Sender, turns: Turns
    ) -> None:
        """``services`` must be the ones that ``brain`` was built with."""
        self._brain = brain
        self._services = services
        self._messages = messages
        self._sender = sender
        self._turns = turns
        self._answers = Answers(services, messages, sender)
        self._presses = Presses(brain, services, messages, sender, self._answers, turns)
        self._running: set[asyncio.Task[bool]] = set()
        self._told_away: set[str] = set()
        self._left: dict[int, float] = {}

    def take(self, updates: Sequence[Update]) -> list[asyncio.Task[bool]]:
        """Begin with a batch of updates; a chat's are handled in their order.

        Returns:
            A task for each, which says whether it was handled.
        """
        incoming = []
        for update in sorted(updates, key=lambda one: one.update_id):
            try:
                found = read(update)
            except Exception as error:
                # One of a shape that nobody foresaw keeps no other waiting.
                log.error("telegram update not readable", error=type(error).__name__)
                UPDATES.labels("unreadable").inc()
                continue
            UPDATES.labels(_kind(found)).inc()
            if found is not None:
                incoming.append(found)
        # A task takes its place in the chat's queue before it waits for anything else.
        tasks = [asyncio.create_task(self._safely(one)) for one in latest(incoming)]
        for task in tasks:
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return tasks

    async def close(self, grace_seconds: float) -> None:
        """Let what is under way be answered, for a while."""
        if self._running:
            await asyncio.wait(self._running, timeout=grace_seconds)
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._answers.close()

    async def _safely(self, incoming: Incoming) -> bool:
        for pause in (*AGAIN_SECONDS, None):
            try:
                await self._handle(incoming)
                return True
            except Exception as error:
                # Only the kind of error: its message could quote what the agent typed.
                log.error("telegram update failed", error=type(error).__name__)
                UPDATES.labels("failed").inc()
            if pause is not None:
                await asyncio.sleep(pause)
        return False

    async def _handle(self, incoming: Incoming) -> None:
        match incoming:
            case Sent():
                await self._message(incoming)
            case Pressed():
                await self._presses.press(incoming)
            case Reach():
                self._reach(incoming)
            case Group():
                await self._leave(incoming.chat_id)

    # Messages ---------------------------------------------------------------------------------

    async def _message(self, sent: Sent) -> None:
        chat = chat_of(sent.chat_id)
        async with self._turns.of(chat):
            if self._messages.is_handled(sent.key):
                UPDATES.labels("repeated").inc()
                return
            self._services.roster.mark_reachable(chat)
            if sent.edited_at is not None and self._messages.is_handled(sent.original_key):
                replies = await self._changed(chat, sent)
            else:
                async with self._sender.typing(chat):
                    replies = self._late(chat, sent, await self._answer(chat, sent))
            numbers = await self._answers.tell(chat, sent.key, replies)
            left = self._answers.left_after(chat, replies, new=numbers) if replies else {}
            # The original of an edit that came before it is not to be handled any more.
            self._messages.handled(sent.key, sent.original_key, chat=chat, buttons=left)
            self._answers.take_off(chat, left)

    async def _answer(self, chat: str, sent: Sent) -> list[Reply]:
        replies = []
        if sent.picture is not None:
            replies += await self._attach(chat, sent.picture)
        elif sent.other is not None:
            replies.append(Reply(words.OTHERS[sent.other]))
        if sent.text:
            replies += await self._brain.handle(chat, sent.text)
        return replies

    async def _attach(self, chat: str, picture: File) -> list[Reply]:
        largest = self._services.settings.attachment_bytes
        if (picture.size or 0) > largest:
            return [Reply(words.too_large(largest))]
        try:
            file = await self._sender.bot.get_file(picture.file_id)
            if (file.file_size or 0) > largest:
                return [Reply(words.too_large(largest))]
            data = bytes(await file.download_as_bytearray())
        except TelegramError as error:
            log.warning("telegram picture not fetched", why=failure_of(error).why)
            return [Reply(words.NOT_FETCHED)]
        return await self._brain.attach(chat, picture.name, data)

    async def _changed(self, chat: str, sent: Sent) -> list[Reply]:
        """An answered message was edited: nothing is done, but the new text can be had."""
        typed = edge.clean(sent.text)
        if edge.link_code(typed) is not None:
            return [Reply(words.NEW_CODE)]
        masked = await self._brain.masked(chat, sent.text)
        if not edge.has_words(masked):
            return []
        payload = edge.command(typed) or edge.without_slash(masked)
        tokens = self._services.buttons.offer(chat, [(words.USE_NEW, payload)])
        return [Reply(words.changed(masked), ((words.USE_NEW, tokens[0]),))]

    def _late(self, chat: str, sent: Sent, replies: list[Reply]) -> list[Reply]:
        at = sent.edited_at or sent.at
        now = self._services.referrals.now()
        if now - at < LATE:
            self._told_away.discard(chat)
            return replies
        if chat in self._told_away or not replies:
            return replies
        self._told_away.add(chat)
        agent = self._services.roster.agent_of(chat)
        zone = HOME_ZONE
        if agent is not None:
            view = self._services.registrations.of(agent.id)
            zone = view.zone or view.home_zone
        first = replies[0]
        said = f"{words.away(at, now, zone)}\n\n{first.text}"
        return [replace(first, text=said), *replies[1:]]

    # Coming and going -------------------------------------------------------------------------

    def _reach(self, reach: Reach) -> None:
        chat = chat_of(reach.chat_id)
        if reach.reachable:
            self._services.roster.mark_reachable(chat)
        else:
            self._services.roster.mark_unreachable(chat, "blocked the bot")

    async def _leave(self, group_id: int) -> None:
        now = time.monotonic()
        if now - self._left.get(group_id, -LEFT_SECONDS) < LEFT_SECONDS:
            return
        self._left = {g: at for g, at in self._left.items() if now - at < LEFT_SECONDS}
        self._left[group_id] = now
        await self._sender.leave(group_id, words.group(self._sender.bot.username))


def _kind(found: Incoming | None) -> str:
    match found:
        case Sent():
            return "message" if found.edited_at is None else "edit"
        case Pressed():
            return "press"
        case Reach():
            return "membership"
        case Group():
            return "group"
    return "ignored"
