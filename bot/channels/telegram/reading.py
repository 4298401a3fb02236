"""What an update says, without the library's many shapes. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from telegram import CallbackQuery, ChatMemberUpdated, Message, Update
from telegram.constants import ChatMemberStatus, ChatType, UpdateType

from bot import edge
from bot.channels.telegram.chats import chat_of
from psl.messages import Keyboard

#: What Telegram is asked to send.
ALLOWED: Final = [
    UpdateType.MESSAGE,
    UpdateType.EDITED_MESSAGE,
    UpdateType.CALLBACK_QUERY,
    UpdateType.MY_CHAT_MEMBER,
]

_START: Final = re.compile(r"/start(?:@\w+)?\s+(\S.*)", re.IGNORECASE | re.DOTALL)


class Other(StrEnum):
    """What is no text and no picture."""

    VOICE = "voice"
    VIDEO = "video"
    STICKER = "sticker"
    LOCATION = "location"
    CONTACT = "contact"
    DOCUMENT = "document"
    OTHER = "other"


@dataclass(frozen=True)
class File:
    """A picture that was sent."""

    file_id: str
    name: str
    size: int | None


@dataclass(frozen=True)
class Sent:
    """A message from a private chat; ``edited_at`` if it was edited since."""

    chat_id: int
    message_id: int
    at: datetime
    text: str
    edited_at: datetime | None = None
    picture: File | None = None
    other: Other | None = None

    @property
    def original_key(self) -> str:
        """The message's name, whatever it says now."""
        return f"{chat_of(self.chat_id)}:m{self.message_id}"

    @property
    def key(self) -> str:
        """The name of the message, or of its edit."""
        if self.edited_at is None:
            return self.original_key
        return f"{chat_of(self.chat_id)}:e{self.message_id}:{int(self.edited_at.timestamp())}"


@dataclass(frozen=True)
class Pressed:
    """A button was pressed; ``html`` is the message it is on, empty if that cannot be had."""

    chat_id: int
    callback_id: str
    token: str
    message_id: int
    html: str
    keyboard: Keyboard

    @property
    def key(self) -> str:
        """The press's name."""
        return f"{chat_of(self.chat_id)}:c{self.callback_id}"


@dataclass(frozen=True)
class Reach:
    """Somebody blocked the bot, or let it in again."""

    chat_id: int
    reachable: bool


@dataclass(frozen=True)
class Group:
    """Something from a group or channel."""

    chat_id: int


Incoming = Sent | Pressed | Reach | Group


def read(update: Update) -> Incoming | None:
    """What an update says; None for what needs no answer."""
    if update.message is not None:
        return _sent(update.message, None)
    if update.edited_message is not None:
        edited = update.edited_message
        found = _sent(edited, edited.edit_date or edited.date)
        # A place that is shared live is "edited" as it moves.
        return None if isinstance(found, Sent) and not found.text else found
    if update.callback_query is not None:
        return _pressed(update.callback_query)
    if update.my_chat_member is not None:
        return _reach(update.my_chat_member)
    return None


def latest(incoming: Sequence[Incoming]) -> list[Incoming]:
    """Those of a batch that are to be handled: of each message its last version, in its place."""
    last: dict[tuple[int, int], Sent] = {}
    for one in incoming:
        if isinstance(one, Sent):
            known = last.get((one.chat_id, one.message_id))
            if known is None or _version(one) >= _version(known):
                last[one.chat_id, one.message_id] = one
    kept: list[Incoming] = []
    for one in incoming:
        if not isinstance(one, Sent):
            kept.append(one)
        elif (found := last.pop((one.chat_id, one.message_id), None)) is not None:
            kept.append(found)
    return kept


def _version(sent: Sent) -> float:
    return sent.edited_at.timestamp() if sent.edited_at is not None else 0.0


def _sent(message: Message, edited_at: datetime | None) -> Sent | Group | None:
    if message.chat.type != ChatType.PRIVATE:
        return Group(message.chat.id)
    sent = Sent(
        message.chat.id,
        message.message_id,
        message.date,
        _typed(message.text or message.caption or ""),
        edited_at,
    )
    if message.text:
        return sent
    if message.photo:
        best = max(message.photo, key=lambda size: size.width * size.height)
        return replace(sent, picture=File(best.file_id, "photo.jpg", best.file_size))
    document = message.document
    if document is not None and (document.mime_type or "").startswith("image/"):
        name = document.file_name or "picture"
        return replace(sent, picture=File(document.file_id, name, document.file_size))
    other = _other(message)
    return replace(sent, other=other) if other is not None else None


def _other(message: Message) -> Other | None:
    # An animation is a document as well, a venue a location.
    kinds = {
        Other.VOICE: (message.voice, message.audio),
        Other.VIDEO: (message.video, message.video_note, message.animation),
        Other.STICKER: (message.sticker,),
        Other.LOCATION: (message.location, message.venue),
        Other.CONTACT: (message.contact,),
        Other.DOCUMENT: (message.document,),
        Other.OTHER: (message.effective_attachment, message.story, message.checklist),
    }
    return next((kind for kind, found in kinds.items() if any(found)), None)


def _typed(text: str) -> str:
    """The text; what follows /start and is no link code is somebody's advertisement."""
    found = _START.fullmatch(text)
    if found is None:
        return text
    code = f"link {found.group(1)}"
    return code if edge.link_code(code) is not None else "/start"


def _pressed(press: CallbackQuery) -> Pressed | Group | None:
    message = press.message
    if message is None or press.data is None:
        return None
    if message.chat.type != ChatType.PRIVATE:
        return Group(message.chat.id)
    html, keyboard = "", Keyboard()
    if isinstance(message, Message):
        html = message.text_html if message.text else ""
        rows = message.reply_markup.inline_keyboard if message.reply_markup else ()
        keyboard = [[[b.text, str(b.callback_data or "")] for b in row] for row in rows]
    return Pressed(message.chat.id, press.id, press.data, message.message_id, html, keyboard)


def _reach(changed: ChatMemberUpdated) -> Reach | Group | None:
    status = changed.new_chat_member.status
    away = status in {ChatMemberStatus.BANNED, ChatMemberStatus.LEFT}
    if changed.chat.type == ChatType.PRIVATE:
        return Reach(changed.chat.id, not away)
    return None if away else Group(changed.chat.id)
