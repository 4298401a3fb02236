"""The socket.io side of the chat page: sessions, messages in order, history, notices."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from hashlib import sha256
from itertools import groupby
from typing import Any, Final

import socketio
import structlog
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from pydantic import ValidationError
from starlette.types import ASGIApp

from bot.brain import Brain
from bot.channels.webchat.events import Refused, SessionRequest, UserUttered, as_event
from bot.channels.webchat.origins import Origins
from bot.channels.webchat.pages import Conversation, Page
from bot.channels.webchat.tokens import Tokens, new_sender
from bot.channels.webchat.transport import StrictPacket, Transport, silent
from psl.buttons import PREFIX
from psl.notices import Notice
from psl.services import Services, installation_key
from psl.transcripts import Author, ChatMessage, Transcripts

log = structlog.get_logger()

# Half of it on average between a notice's being due and its being shown.
NOTICE_SECONDS: Final = 0.5
# How long a page has to confirm a notice; much less than the lease under which it is pushed.
CONFIRM_SECONDS: Final = 10.0
MOST_NOTICES: Final = 200
# The brain limits a conversation; this limits a connection, which could open many of them.
EVENTS_PER_MINUTE: Final = 240
MOST_WAITING: Final = 20
# What the client id of a notice in the transcript begins with; a page's own ids have no colon.
NOTICE: Final = "notice:"
GRACE_SECONDS: Final = 5.0
SMALLEST_BUFFER: Final = 64 * 1024


class ChatServer:
    """Answers the events of pages."""

    def __init__(self, brain: Brain, services: Services) -> None:
        """``services`` must be the ones that ``brain`` was built with."""
        settings = services.settings
        self._brain = brain
        self._services = services
        self._transcripts = Transcripts(services.database)
        self._tokens = Tokens(installation_key(settings.data_dir), settings.transcript_days)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._limit = RateLimitItemPerMinute(EVENTS_PER_MINUTE)
        self._connected: set[str] = set()
        self._of_connection: dict[str, Conversation] = {}
        self._conversations: dict[str, Conversation] = {}
        self._running: set[asyncio.Task[Any]] = set()
        self._pushing: asyncio.Task[None] | None = None
        self._pushes: set[asyncio.Task[None]] = set()
        # A page's longest message, whatever its alphabet, fits.
        self._largest = max(SMALLEST_BUFFER, 4 * settings.message_limit + 4096)
        self.sio = socketio.AsyncServer(
            async_mode="asgi",
            cors_allowed_origins=Origins(settings.allowed_origins),
            cors_credentials=False,
            serializer=StrictPacket,
            max_http_buffer_size=self._largest,
            logger=silent(),
            engineio_logger=silent(),
        )
        self.sio.on("connect", self._on_connect)
        self.sio.on("disconnect", self._on_disconnect)
        self.sio.on("*", self._on_event)

    def in_front_of(self, app: ASGIApp) -> ASGIApp:
        """``app`` with this server beside it."""
        asgi: ASGIApp = Transport(self.sio, app, self._largest)
        return asgi

    async def close(self) -> None:
        """Stop pushing, let answers that are under way be stored, end the transport's tasks."""
        # What was pushed and not confirmed is given back, for whoever serves the page next.
        pushing = [*self._pushes, *([self._pushing] if self._pushing is not None else [])]
        for task in pushing:
            task.cancel()
        await asyncio.gather(*pushing, return_exceptions=True)
        if self._running:
            await asyncio.wait(self._running, timeout=GRACE_SECONDS)
        await self.sio.shutdown()

    # Events -----------------------------------------------------------------------------------

    async def _on_connect(self, sid: str, _environ: object, _auth: object) -> None:
        self._connected.add(sid)

    async def _on_disconnect(self, sid: str, _reason: object) -> None:
        self._connected.discard(sid)
        self._leave(sid)

    async def _on_event(self, event: str, sid: str, *data: object) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        try:
            if not self._limiter.hit(self._limit, sid):
                raise Refused("busy", "That is a lot at once. Give me a minute, then try again.")
            if event == "session_request":
                await self._open(sid, SessionRequest.model_validate(*_one(data)))
            elif event == "user_uttered":
                await self._say(sid, UserUttered.model_validate(*_one(data)))
            else:
                raise Refused("malformed", "I do not know this kind of event.")
        except Refused as refused:
            await self._refuse(sid, refused.code, refused.message, data)
        except ValidationError:
            await self._refuse(sid, "malformed", "I could not read that.", data)
        except Exception as error:
            # Only the kind of error: its message could quote what the agent typed.
            log.error("web chat event failed", error=type(error).__name__)
            await self._refuse(
                sid, "failed", "Something went wrong on my side. Please send it again.", data
            )

    async def _refuse(self, sid: str, code: str, message: str, data: Sequence[object]) -> None:
        answer = {"code": code, "message": message}
        given = data[0].get("id") if data and isinstance(data[0], dict) else None
        if isinstance(given, str) and len(given) <= 64:
            answer["id"] = given
        await self.sio.emit("error", answer, to=sid)

    # Sessions ---------------------------------------------------------------------------------

    async def _open(self, sid: str, request: SessionRequest) -> None:
        known = self._tokens.sender(request.session_id)
        sender = known or new_sender()
        chat = f"web:{sender}"
        before = self._of_connection.get(sid)
        if before is not None and before.chat != chat:
            self._leave(sid)
            await self.sio.leave_room(sid, before.chat)
        if sid not in self._connected:
            return
        # Nothing is awaited up to here for a connection's first request, so that a message sent
        # right behind it finds its conversation.
        conversation = self._conversations.setdefault(chat, Conversation(chat))
        page = conversation.pages[sid] = Page(request.acknowledges)
        self._of_connection[sid] = conversation
        if self._pushing is None or self._pushing.done():
            self._pushing = asyncio.create_task(self._push_notices())
        async with conversation.delivery:
            await self.sio.enter_room(sid, chat)
            missed = self._transcripts.after(chat, request.last if known else 0)
            confirmed = {
                "session_id": self._tokens.sign(sender),
                "resumed": known is not None,
                "last": self._transcripts.last(chat),
                "message_limit": self._services.settings.message_limit,
            }
            await self.sio.emit("session_confirm", confirmed, to=sid)
            for message in missed:
                if conversation.pages.get(sid) is not page:
                    return
                await self._send(conversation, sid, page, message)
            page.ready = True
        if conversation.answering:
            await self.sio.emit("typing", {"on": True}, to=sid)

    def _leave(self, sid: str) -> None:
        conversation = self._of_connection.pop(sid, None)
        if conversation is not None:
            conversation.leave(sid)
            self._forget(conversation)

    def _forget(self, conversation: Conversation) -> None:
        if not (conversation.pages or conversation.waiting or conversation.pushing):
            self._conversations.pop(conversation.chat, None)

    # Messages ---------------------------------------------------------------------------------

    async def _say(self, sid: str, said: UserUttered) -> None:
        conversation = self._of_connection.get(sid)
        if conversation is None:
            raise Refused("no_session", "This connection has no session yet.")
        limit = self._services.settings.message_limit
        if len(said.message) > limit:
            raise Refused(
                "too_long",
                f"That is longer than I can take ({limit:,} characters). Please send it in parts.",
            )
        if conversation.waiting >= MOST_WAITING:
            raise Refused("busy", "That is a lot at once. Give me a moment, then try again.")
        conversation.waiting += 1
        try:
            async with conversation.turn:
                await self._answer(sid, conversation, said)
        finally:
            conversation.waiting -= 1
            self._forget(conversation)

    async def _answer(self, sid: str, conversation: Conversation, said: UserUttered) -> None:
        chat = conversation.chat
        text = await self._brain.masked(chat, said.message)
        if not text.strip():
            raise Refused("empty", "I can read words only. Please type your question.")
        pressed = self._pressed(chat, said.message)
        if not await self._deliver(conversation, "agent", text, pressed, said.id):
            # Sent twice: what was stored the first time is all that this page needs.
            stored = self._transcripts.sent(chat, said.id) if said.id else None
            if stored is not None:
                await self.sio.emit(*as_event(stored), to=sid)
            return
        conversation.answering = True
        await self.sio.emit("typing", {"on": True}, room=chat)
        try:
            for reply in await self._brain.handle(chat, said.message):
                await self._deliver(conversation, "assistant", reply.text, reply.buttons)
        finally:
            conversation.answering = False
            await self.sio.emit("typing", {"on": False}, room=chat)

    def _pressed(self, chat: str, text: str) -> list[tuple[str, str]]:
        if not text.startswith(PREFIX):
            return []
        token = text.strip()
        title = self._services.buttons.title_of(chat, token)
        return [(title, token)] if title is not None else []

    async def _deliver(
        self,
        conversation: Conversation,
        author: Author,
        text: str,
        buttons: Sequence[tuple[str, str]],
        client_id: str | None = None,
    ) -> ChatMessage | None:
        async with conversation.delivery:
            message = self._transcripts.add(conversation.chat, author, text, buttons, client_id)
            if message is not None:
                await self._show(conversation, message)
            return message

    async def _show(self, conversation: Conversation, message: ChatMessage) -> None:
        for sid, page in list(conversation.pages.items()):
            if page.ready and message.number not in page.sent:
                await self._send(conversation, sid, page, message)

    async def _send(
        self, conversation: Conversation, sid: str, page: Page, message: ChatMessage
    ) -> None:
        asked = page.acknowledges and (message.client_id or "").startswith(NOTICE)
        callback = partial(conversation.saw, page, message.number) if asked else None
        await self.sio.emit(*as_event(message), to=sid, callback=callback)
        page.sent.add(message.number)

    # Notices ----------------------------------------------------------------------------------

    async def _push_notices(self) -> None:
        while True:
            await asyncio.sleep(NOTICE_SECONDS)
            try:
                self._claim_notices()
            except Exception as error:
                log.error("notices not claimed", error=type(error).__name__)

    def _claim_notices(self) -> None:
        chats = [c.chat for c in self._conversations.values() if c.takes_notices]
        claimed = self._brain.notices.claim("web", MOST_NOTICES, chats=chats)
        for chat, notices in groupby(sorted(claimed.notices, key=_chat), key=_chat):
            conversation = self._conversations[chat]
            conversation.pushing = True
            # A page that does not answer keeps no other chat waiting.
            task = asyncio.create_task(self._push(conversation, claimed.token, list(notices)))
            self._pushes.add(task)
            task.add_done_callback(self._pushes.discard)

    async def _push(self, conversation: Conversation, token: str, notices: list[Notice]) -> None:
        left = {notice.id for notice in notices}
        try:
            shown = [(n.id, await self._tell(conversation, n)) for n in notices]
            for notice_id, number in shown:
                if not await conversation.reached(number, CONFIRM_SECONDS):
                    break
                self._brain.notices.delivered(token, notice_id)
                left.discard(notice_id)
        except Exception as error:
            log.error("notices not pushed", error=type(error).__name__)
        finally:
            conversation.pushing = False
            self._forget(conversation)
            if left:
                # They come again, to pages that did not get them.
                self._brain.notices.release(token, left)

    async def _tell(self, conversation: Conversation, notice: Notice) -> int:
        """Show a notice as the chat's next message, or as the one that it was made before."""
        chat = conversation.chat
        client_id = NOTICE + sha256(notice.key.encode()).hexdigest()[:48]
        async with conversation.delivery:
            message = self._transcripts.sent(chat, client_id)
            if message is None:
                reply = self._brain.reply_of(notice)
                message = self._transcripts.add(
                    chat, "assistant", reply.text, reply.buttons, client_id
                ) or self._transcripts.sent(chat, client_id)
            if message is None:
                raise LookupError("a notice that was stored already is not there")
            await self._show(conversation, message)
            return message.number


def _chat(notice: Notice) -> str:
    return notice.chat


def _one(data: Sequence[object]) -> Sequence[object]:
    if len(data) != 1:
        raise Refused("malformed", "I could not read that.")
    return data
