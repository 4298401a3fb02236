"""What the channel itself says."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from bot.channels.telegram.reading import Other
from psl.referrals.words import clock

USE_NEW: Final = "Use the new text"
NEW_CODE: Final = "Please send the link code as a new message."
EARLIER: Final = "That button belongs to an earlier question."
UNKNOWN: Final = "That button is not one of this chat's. Please type what you want."
NOT_FETCHED: Final = "I could not get that picture from Telegram. Please send it again."
OVER: Final = "The time for it is over."
CLOSED: Final = "It is not open any more."

OTHERS: Final = {
    Other.VOICE: "I can't listen to recordings. Please type it; a word or two is enough.",
    Other.VIDEO: "I can't watch videos. Please type what it shows, or send a screenshot.",
    Other.STICKER: "Nice one. I can read words only, so please type what you need.",
    Other.LOCATION: "I can't use a location. If a place matters, please type its county or ZIP code.",
    Other.CONTACT: (
        "I take no contact cards, and I did not keep this one. Please type what you need."
    ),
    Other.DOCUMENT: "I can take pictures only, such as a screenshot. Please type what it is about.",
    Other.OTHER: "I can read words and take screenshots only. Please type what you need.",
}

_QUOTED: Final = 300


def group(username: str) -> str:
    """To a group that the bot was added to."""
    return f"I talk in private chats only: https://t.me/{username}. Goodbye for now."


def away(sent_at: datetime, now: datetime, zone: str) -> str:
    """Before an answer that comes late."""
    return f"I was away. This answers what you sent at {clock(sent_at, now, zone)}."


def changed(masked: str) -> str:
    """An answered message was edited; ``masked`` is what it says now."""
    quoted = masked if len(masked) <= _QUOTED else f"{masked[:_QUOTED].rstrip()} …"
    return (
        "You changed your message. I go by what it said before, unless you press the button. "
        f"It says now:\n“{quoted}”"
    )


def too_large(most_bytes: int) -> str:
    """A picture that is not even fetched."""
    return (
        f"That picture is larger than I can take ({most_bytes // 1024**2} MB). Please send a "
        "screenshot, or only the part that matters."
    )


def pressed_already(title: str) -> str:
    """The same button again."""
    return f"You pressed “{title}” already."
