"""Updates of a chat, one after the other, each once: read, handled by the brain, answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Coroutine, Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

import structlog
from sqlalchemy.orm import Session
from telegram import Update
from telegram.error import TelegramError

from bot import edge
from bot.brain import Brain, Reply
from bot.channels.telegram import words, writing
from bot.channels.telegram.chats import Turns, chat_of
from bot.channels.telegram.counting import UPDATES
from bot.channels.telegram.failures import Failure, Kind, failure_of
from bot.channels.telegram.reading import File, Group, Incoming, Pressed, Reach, Sent, latest, read
from bot.channels.telegram.sending import PAUSES, Sender, Unsent
from psl import notices
from psl.agents.registration import HOME_ZONE
from psl.buttons import about, left_after_press, left_after_turn
from psl.messages import Keyboard, Messages
from psl.services import Services

log = structlog.get_logger()

#: What an answer's key in the outbox begins with.
ANSWER: Final = "answer:"
#: A message this old was waiting while the bot was away.
LATE: Final = timedelta(minutes=10)
# Before each further try at an update whose handling failed.
AGAIN_SECONDS: Final = (0.5, 2.0)
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
        self._running: set[asyncio.Task[None]] = set()
        self._aside: set[asyncio.Task[object]] = set()
        self._pressing: dict[tuple[str, int], set[str]] = {}
        self._told_away: set[str] = set()
        self._left: dict[int, float] = {}

    def take(self, updates: Sequence[Update]) -> list[asyncio.Task[None]]:
        """Begin with a batch of updates; a chat's are handled in their order."""
        incoming = []
        for update in sorted(updates, key=lambda one: one.update_id):
            try:
                found = read(update)
            except Exception as error:
                # One of a shape that nobody foresaw keeps no other waiting.
                log.error("telegram update not readable", error=type(error).__name__)
                UPDATES.labels("unreadable").inc()
                continue
            UPDATES.labels("ignored" if found is None else type(found).__name__.lower()).inc()
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
        rest = [*self._running, *self._aside]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    async def _safely(self, incoming: Incoming) -> None:
        for pause in (*AGAIN_SECONDS, None):
            try:
                await self._handle(incoming)
                return
            except Exception as error:
                # Only the kind of error: its message could quote what the agent typed.
                log.error("telegram update failed", error=type(error).__name__)
                UPDATES.labels("failed").inc()
            if pause is not None:
                await asyncio.sleep(pause)

    async def _handle(self, incoming: Incoming) -> None:
        match incoming:
            case Sent():
                await self._message(incoming)
            case Pressed():
                await self._press(incoming)
            case Reach():
                self._reach(incoming)
            case Group():
                await self._leave(incoming.chat_id)

    # Messages ---------------------------------------------------------------------------------

    async def _message(self, sent: Sent) -> None:
        chat = chat_of(sent.chat_id)
        async with self._turns.of(chat):
            if self._is_repeated(sent.key):
                return
            self._services.roster.mark_reachable(chat)
            if sent.edited_at is not None and self._messages.is_handled(sent.original_key):
                replies = await self._changed(chat, sent)
            else:
                async with self._sender.typing(chat):
                    replies = self._late(chat, sent, await self._answer(chat, sent))
            numbers = await self._tell(chat, sent.key, replies)
            left = self._left_after(chat, replies, new=numbers) if replies else {}
            # The original of an edit that came before it is not to be handled any more.
            self._messages.handled(sent.key, sent.original_key, chat=chat, buttons=left)
            self._take_off(chat, left)

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
        return [Reply(said, first.buttons), *replies[1:]]

    # Buttons ----------------------------------------------------------------------------------

    async def _press(self, press: Pressed) -> None:
        chat = chat_of(press.chat_id)
        if self._is_repeated(press.key):
            return
        dead = self._dead(chat, press)
        answering = self._do_aside(self._sender.answer_press(press.callback_id, dead))
        if dead:
            self._messages.handled(press.key)
            await answering
            return
        under_way = self._pressing.setdefault((chat, press.message_id), set())
        under_way.add(press.token)
        try:
            async with self._turns.of(chat):
                if self._ended(chat, press):
                    # By what came before it in the chat.
                    self._messages.handled(press.key)
                else:
                    await self._do(chat, press)
        finally:
            under_way.discard(press.token)
            if not under_way:
                self._pressing.pop((chat, press.message_id), None)

    def _dead(self, chat: str, press: Pressed) -> str:
        """Why a press does nothing; empty if it does something."""
        buttons = self._services.buttons
        title = buttons.title_of(chat, press.token)
        if title is None:
            return words.UNKNOWN
        if self._messages.is_handled(_pressed_key(press)):
            return words.pressed_already(title)
        under_way = self._pressing.get((chat, press.message_id), set())
        payloads = buttons.payloads_of(chat, {press.token, *under_way})
        for other in under_way:
            live = {press.token: payloads[press.token]}
            if other in payloads and not left_after_press(live, payloads[other]):
                return words.pressed_already(buttons.title_of(chat, other) or title)
        return words.EARLIER if self._ended(chat, press) else ""

    def _ended(self, chat: str, press: Pressed) -> bool:
        if self._messages.is_handled(_pressed_key(press)):
            return True
        shown = self._messages.of(chat, press.message_id)
        return shown is not None and press.token not in shown.tokens

    async def _do(self, chat: str, press: Pressed) -> None:
        self._services.roster.mark_reachable(chat)
        async with self._sender.typing(chat):
            replies = await self._brain.handle(chat, press.token)
        if any(reply.undone for reply in replies):
            # The button may be pressed again.
            await self._tell(chat, press.key, replies)
            self._messages.handled(press.key)
            return
        if self._messages.of(chat, press.message_id) is None:
            # Sent, but not kept: the process ended in between.
            self._messages.sent(chat, press.message_id, press.keyboard)
        left = self._left_after(chat, replies, press=press)
        rows = left.pop(press.message_id, [])
        title = self._services.buttons.title_of(chat, press.token) or ""
        await self._sender.edit(chat, press.message_id, rows, _done(press.html, title))
        await self._tell(chat, press.key, replies)
        # Only now: had the process ended before, the press would come again and must work.
        left_now = {press.message_id: rows, **left}
        self._messages.handled(press.key, _pressed_key(press), chat=chat, buttons=left_now)
        self._take_off(chat, left)

    def _left_after(
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
            left = set(live)
            if not message.subject:
                left &= left_after_turn(live, shown_again)
            # A plain answer ends the others of its own message only.
            here = press is not None and number == press.message_id
            if pressed is not None and (here or about(pressed)):
                left &= left_after_press(live, pressed)
            if left != message.tokens.keys():
                changed[number] = writing.only(message.buttons, left)
        return changed

    def _take_off(self, chat: str, left: Mapping[int, Keyboard]) -> None:
        for number, rows in left.items():
            self._do_aside(self._sender.edit(chat, number, rows))

    # Answers ----------------------------------------------------------------------------------

    async def _tell(self, chat: str, key: str, replies: Sequence[Reply]) -> list[int]:
        """Send replies; what does not get through now goes into the outbox, and so arrives later."""
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

    # Coming and going -------------------------------------------------------------------------

    def _is_repeated(self, key: str) -> bool:
        repeated = self._messages.is_handled(key)
        if repeated:
            UPDATES.labels("repeated").inc()
        return repeated

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

    def _do_aside(self, work: Coroutine[Any, Any, object]) -> asyncio.Task[object]:
        task = asyncio.create_task(work)
        self._aside.add(task)
        task.add_done_callback(self._done_aside)
        return task

    def _done_aside(self, task: asyncio.Task[object]) -> None:
        self._aside.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("telegram call failed", error=type(error).__name__)


def _pressed_key(press: Pressed) -> str:
    return f"{chat_of(press.chat_id)}:p{press.token}"


def _done(html: str, title: str) -> str:
    """The message with what was pressed; empty if it cannot be changed."""
    told = f"{html}\n\n✓ {writing.as_html(title)}"
    return told if html and writing.length(told) <= writing.LIMIT else ""
