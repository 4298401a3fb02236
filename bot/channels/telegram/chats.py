"""Names of Telegram chats."""

from __future__ import annotations

from typing import Final

CHANNEL: Final = "telegram"


def chat_of(chat_id: int) -> str:
    """The conversation of a Telegram chat."""
    return f"{CHANNEL}:{chat_id}"


def id_of(chat: str) -> int:
    """The Telegram chat of a conversation."""
    return int(chat.partition(":")[2])
