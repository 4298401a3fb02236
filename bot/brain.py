"""One message in, replies out: the way every channel speaks with the assistant."""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from prometheus_client import Counter, Histogram

from bot import edge
from bot.engine import Agent, CollectingOutputChannel, UserMessage
from bot.turns import Turns
from psl.buttons import PREFIX
from psl.buttons import payload as button_payload
from psl.errors import PslError
from psl.notices import Notice, Notices
from psl.privacy import Masked, Masker, notice
from psl.services import Services

log = structlog.get_logger()

MESSAGES = Counter("psl_messages_total", "Messages handled", ["channel", "outcome"])
MASKED = Counter("psl_masked_total", "Private data masked", ["kind"])
TURN_SECONDS = Histogram("psl_turn_seconds", "Time to answer one message", ["channel"])

# What the masker is told was just asked for, so that a bare number is not taken for an SSN.
_EXPECTING = {
    "case_or_application": frozenset({"case_number", "application_number"}),
    "association": frozenset({"case_number", "application_number"}),
    "doi_number": frozenset({"doi_number"}),
    "psl_number": frozenset({"ticket_number"}),
    "agency": frozenset({"doi_number"}),
}
# Characters of a file's name that are looked at; far fewer are kept.
_NAME_READ = 500


@dataclass(frozen=True)
class Reply:
    """One message to the agent; ``buttons`` are (title, token), tokens of this chat only.

    ``undone``: nothing was done, and the same message may be sent again.
    """

    text: str
    buttons: tuple[tuple[str, str], ...] = ()
    undone: bool = False

    def as_rasa(self, recipient: str) -> dict[str, object]:
        """Rasa's usual shape."""
        message: dict[str, object] = {"recipient_id": recipient, "text": self.text}
        if self.buttons:
            message["buttons"] = [{"title": t, "payload": p} for t, p in self.buttons]
        return message


class Brain:
    """Authenticated text in; masked, understood, acted upon; replies out."""

    def __init__(self, agent: Agent, services: Services, masker: Masker) -> None:
        """``agent`` is the loaded Rasa agent; its actions use the same ``services``."""
        self._agent = agent
        self._services = services
        self._masker = masker
        self._turns = Turns()
        self._drawing = asyncio.Lock()
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._limit = RateLimitItemPerMinute(services.settings.messages_per_minute)

    async def handle(self, chat: str, text: str) -> list[Reply]:
        """Answer one message of one conversation; never raises and never stays silent.

        Args:
            chat: "channel:sender", authenticated by the channel.
            text: what was typed, or the token of a button that was pressed.
        """
        return await self._guarded(chat, lambda: self._answer(chat, text))

    async def attach(self, chat: str, name: str, data: bytes) -> list[Reply]:
        """Take a picture into the ticket that is drafted; as ``handle``, and under its limits.

        Args:
            chat: "channel:sender", authenticated by the channel.
            name: the file's name as it was sent; masked here.
            data: the file. What it is, is read from it alone.
        """
        return await self._guarded(chat, lambda: self._attach(chat, name, data))

    @property
    def notices(self) -> Notices:
        """The outbox, for a channel to claim from; it marks what it handed over."""
        return self._services.notices

    def reply_of(self, notice: Notice) -> Reply:
        """A claimed notice as its channel shows it, with buttons that work from now on."""
        choices = [(b["title"], b["payload"]) for b in notice.buttons]
        return self._reply(notice.chat, notice.text, choices)

    async def masked(self, chat: str, text: str) -> str:
        """What was sent, as it may be stored and shown: the channel keeps nothing else."""
        if text.startswith(PREFIX):
            return self._services.buttons.title_of(chat, text.strip()) or "(button)"
        typed = edge.clean(text)
        if edge.link_code(typed) is not None:
            return "link ••••-••••"
        limit = self._services.settings.message_limit
        return self._masker.mask(typed[:limit], expecting=await self._expecting(chat, typed)).text

    async def warm_up(self) -> None:
        """Send one sentence through masker and model, leaving no trace in a conversation."""
        self._masker.mask("warm up 1")
        await self.parse("warm up")

    async def parse(self, text: str) -> dict[str, Any]:
        """What the classifier and the reader make of a text, outside any conversation."""
        parsed: dict[str, Any] = await self._agent.parse_message(text)
        return parsed

    # One message ------------------------------------------------------------------------------

    async def _guarded(self, chat: str, work: Callable[[], Awaitable[list[Reply]]]) -> list[Reply]:
        """Do the work of one message under rate limit, lock and apology."""
        channel = chat.split(":", 1)[0]
        started = time.perf_counter()
        if not self._limiter.hit(self._limit, chat):
            MESSAGES.labels(channel, "rate limited").inc()
            told = "That is a lot at once. Give me a minute, then send it again."
            return [Reply(told, undone=True)]
        try:
            async with self._turns.of(chat):
                replies = await work()
            MESSAGES.labels(channel, "answered").inc()
        except Exception as error:
            reference = uuid.uuid4().hex[:8]
            # Only the kind of error: its message could quote what the agent typed.
            log.error("turn failed", reference=reference, error=type(error).__name__)
            MESSAGES.labels(channel, "failed").inc()
            replies = [self._apology(reference)]
        TURN_SECONDS.labels(channel).observe(time.perf_counter() - started)
        return replies

    async def _answer(self, chat: str, text: str) -> list[Reply]:
        if text.startswith(PREFIX):
            payload = self._services.buttons.payload_of(chat, text.strip())
            if payload is None:
                return [Reply("That button does not work any more. Please type what you want.")]
            return await self._through_rasa(chat, payload)
        typed = edge.as_words(edge.clean(text))
        if not edge.has_words(typed):
            return [Reply("I can read words only. Please type your question.")]
        if len(typed) > self._services.settings.message_limit:
            limit = self._services.settings.message_limit
            return [
                Reply(
                    f"That is longer than I can take ({limit:,} characters). Please send it in parts."
                )
            ]
        if (code := edge.link_code(typed)) is not None:
            return await self._link(chat, code)
        if (payload := edge.command(typed)) is not None:
            return await self._through_rasa(chat, payload)
        if (payload := self._services.buttons.payload_of_title(chat, typed)) is not None:
            return await self._through_rasa(chat, payload, {"typed": typed})
        masked = self._masker.mask(typed, expecting=await self._expecting(chat, typed))
        said = _told_of(masked)
        safe = edge.without_slash(masked.text)
        short = safe[: self._services.settings.understood_limit]
        metadata = {"full_text": safe} if len(safe) > len(short) else {}
        if said is not None and _only_marks(safe):
            return [Reply(said), *await self._through_rasa(chat, '/who_am_i{"just": "masked"}')]
        replies = await self._through_rasa(chat, short, metadata)
        return [Reply(said), *replies] if said else replies

    async def _attach(self, chat: str, name: str, data: bytes) -> list[Reply]:
        # An underscore joins "dob" and its date into one word, as no sentence would.
        masked = self._masker.mask(edge.clean(name)[:_NAME_READ].replace("_", " "))
        owner = self._services.owner(chat)
        try:
            # Decoding takes long for a message and much memory: off the loop, one at a time.
            async with self._drawing:
                attachment = await asyncio.to_thread(
                    self._services.attachments.add, owner, masked.text, data
                )
        except PslError as error:
            return [Reply(str(error))]
        said = _told_of(masked)
        replies = await self._through_rasa(
            chat, button_payload("attach_file", attachment=attachment.id)
        )
        return [Reply(said), *replies] if said else replies

    async def _link(self, chat: str, code: str) -> list[Reply]:
        # The code never reaches Rasa, and so no transcript.
        try:
            self._services.roster.link(chat, code)
        except PslError as error:
            return [Reply(str(error))]
        return await self._through_rasa(chat, '/who_am_i{"just": "linked"}')

    async def _through_rasa(
        self, chat: str, text: str, metadata: dict[str, str] | None = None
    ) -> list[Reply]:
        collected = CollectingOutputChannel()
        await self._agent.handle_message(
            UserMessage(
                text,
                output_channel=collected,
                sender_id=chat,
                input_channel=chat.split(":", 1)[0],
                metadata=metadata or {},
            )
        )
        replies = [
            self._reply(
                chat,
                message["text"],
                [(b["title"], b["payload"]) for b in message.get("buttons") or []],
            )
            for message in collected.messages
            if message.get("text")
        ]
        if not replies:
            reference = uuid.uuid4().hex[:8]
            log.error("empty turn", reference=reference)
            return [self._apology(reference)]
        return replies

    def _reply(self, chat: str, text: str, choices: Sequence[tuple[str, str]]) -> Reply:
        tokens = self._services.buttons.offer(chat, choices)
        titles = [title for title, _ in choices]
        return Reply(text.strip(), tuple(zip(titles, tokens, strict=True)))

    async def _expecting(self, chat: str, text: str) -> frozenset[str]:
        if not re.search(r"\d", text):
            return frozenset()
        tracker = await self._agent.tracker_store.retrieve(chat)
        asked = tracker.get_slot("asked") if tracker is not None else None
        return _EXPECTING.get(str(asked), frozenset())

    def _apology(self, reference: str) -> Reply:
        psl = self._services.guide.terms["psl_phone"]
        return Reply(
            "Sorry, something went wrong on my side. Please send it again; if it goes on, call PSL, "
            f"{psl}. My reference is {reference}.",
            undone=True,
        )


def _told_of(masked: Masked) -> str | None:
    """Count what was removed, and say so."""
    for kind in masked.removed:
        MASKED.labels(kind).inc()
    return notice(masked)


def _only_marks(text: str) -> bool:
    return not edge.has_words(re.sub(r"\[[^\]]* removed\]", "", text))
