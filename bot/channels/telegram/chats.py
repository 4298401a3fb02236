"""Names of Telegram chats, and one thing at a time in each of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

CHANNEL: Final = "telegram"


def chat_of(chat_id: int) -> str:
    """The conversation of a Telegram chat."""
    return f"{CHANNEL}:{chat_id}"


def id_of(chat: str) -> int:
    """The Telegram chat of a conversation."""
    return int(chat.partition(":")[2])


class Turns:
    """A lock for each chat; who asked first is first."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}
        self._waiting: dict[str, int] = {}

    @asynccontextmanager
    async def of(self, chat: str) -> AsyncIterator[None]:
        """Alone with the chat: no answer and no notice goes there meanwhile."""
        lock = self._locks.setdefault(chat, asyncio.Lock())
        self._waiting[chat] = self._waiting.get(chat, 0) + 1
        try:
            async with lock:
                yield
        finally:
            self._waiting[chat] -= 1
            if not self._waiting[chat]:
                del self._waiting[chat], self._locks[chat]
