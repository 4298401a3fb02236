"""Who shows a chat at this moment, and which of its messages reached them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field


@dataclass(eq=False)
class Page:
    """One connection that shows a chat.

    ``sent`` are the numbers of the messages that it was sent, ``seen`` of those that it confirmed.
    Not every page that can be put in front of this server ``acknowledges``; of one that does not,
    what was sent while it was connected counts as seen.
    """

    acknowledges: bool = False
    #: It has its history; until then nothing else is sent, or it would come before that.
    ready: bool = False
    sent: set[int] = field(default_factory=set)
    seen: set[int] = field(default_factory=set)

    def has(self, number: int) -> bool:
        """Whether the message reached it."""
        return number in (self.seen if self.acknowledges else self.sent)


@dataclass(eq=False)
class Conversation:
    """A chat while a page shows it, or a message or notice of it is under way."""

    chat: str
    pages: dict[str, Page] = field(default_factory=dict)
    waiting: int = 0
    answering: bool = False
    pushing: bool = False
    #: Messages of one conversation are masked, stored and answered one after the other.
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    #: What is stored is sent in the order of its numbers, also beside a replay.
    delivery: asyncio.Lock = field(default_factory=asyncio.Lock)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def takes_notices(self) -> bool:
        """Whether a notice may be pushed now; between a question and its answer it would confuse."""
        ready = any(page.ready for page in self.pages.values())
        return ready and not self.pushing and not self.turn.locked()

    def saw(self, page: Page, number: int, *_: object) -> None:
        """A page confirmed a message; what else it says to that is nothing to us."""
        page.seen.add(number)
        self._news.set()

    def leave(self, sid: str) -> None:
        """A connection shows the chat no longer."""
        self.pages.pop(sid, None)
        self._news.set()

    async def reached(self, number: int, seconds: float) -> bool:
        """Whether a message reached any page, waiting while one may still confirm it."""
        try:
            async with asyncio.timeout(seconds):
                while not any(page.has(number) for page in self.pages.values()):
                    if not self.pages:
                        return False
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return False
        return True
