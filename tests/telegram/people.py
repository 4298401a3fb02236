"""The people and groups that talk to the bot, and what they do."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.telegram.chats import Chat, Json, Shown, Update, marked
from tests.telegram.markup import utf16

if TYPE_CHECKING:
    from tests.telegram.state import State


class User(Chat):
    """A person, and the private chat with the bot."""

    def __init__(
        self,
        api: State,
        user_id: int,
        first_name: str,
        last_name: str = "",
        username: str = "",
        language_code: str = "en",
    ) -> None:
        names = {"first_name": first_name, "last_name": last_name, "username": username}
        super().__init__(api, user_id, "private", **names)
        self.language_code = language_code
        self.started = False
        self.blocked = False
        self.deactivated = False

    def __repr__(self) -> str:
        return f"{self.named['first_name']} ({self.id})"

    def as_user(self) -> Json:
        """The User object."""
        language = {"language_code": self.language_code} if self.language_code else {}
        return {"id": self.id, "is_bot": False, **self.named, **language}

    # What people do --------------------------------------------------------------------------

    def start(self, payload: str = "") -> Update:
        """Press Start, as it is or by a deep link t.me/BOT?start=PAYLOAD."""
        assert re.fullmatch(r"[A-Za-z0-9_-]{0,64}", payload), f"no deep link takes {payload!r}"
        return self.say(f"/start {payload}".strip())

    def say(self, text: str, **extra: Any) -> Update:
        """Send a text; ``extra`` are further fields of the Message. Over 4,096 the app splits."""
        assert 0 < utf16(text) <= 4096, "the app sends 1 to 4,096 characters a message"
        return self._send(self._typed(text, fields=extra))

    def edit(self, message_id: int, text: str) -> Update:
        """Change the text, or caption, of one's own message."""
        with self.api.lock:
            old = self.kept[message_id]
            assert not old.by_bot and not old.deleted, "one can edit one's own messages only"
            new = replace(
                old,
                text=text,
                html=text,
                entities=marked(text),
                edited_at=int(time.time()),
                versions=(*old.versions, old.text),
            )
            return self._add(self.as_user(), new, "edited_message")

    def press(self, message: Shown, title_or_data: str) -> Update:
        """Press a button that the message shows at this moment.

        Raises:
            AssertionError: it does not show that button any more.
        """
        with self.api.lock:
            now = self.kept[message.id]
            assert not now.deleted, f"{now.text!r} is deleted"
            return self.press_data(message.id, now.data(title_or_data))

    def press_data(self, message_id: int, data: str) -> Update:
        """Send a press as an old keyboard, or a forged client, would: nothing is looked up."""
        with self.api.lock:
            shown = self.kept.get(message_id)
            if shown is None or shown.deleted:
                message: Json = {"message_id": message_id, "chat": self.as_chat(), "date": 0}
            else:
                message = self.as_message(shown, self.api.bot_user)
            return self.api.deliver_press(self, message, data)

    def photo(self, data: bytes, caption: str = "", **extra: Any) -> Update:
        """Send a picture; Telegram offers it in several sizes, the largest last."""
        sizes = [
            self.api.keep_file(data, "photos/file_{}.jpg", width=width, height=height)
            for width, height in ((90, 67), (320, 240), (1280, 960))
        ]
        return self._send(self._typed(caption, kind="photo", fields={"photo": sizes, **extra}))

    def document(
        self,
        data: bytes,
        name: str,
        mime: str = "application/octet-stream",
        caption: str = "",
        claimed_size: int | None = None,
        **extra: Any,
    ) -> Update:
        """Send a file; ``claimed_size`` is told as its size instead of the true one."""
        more = {} if claimed_size is None else {"file_size": claimed_size}
        kept = self.api.keep_file(data, "documents/file_{}", file_name=name, mime_type=mime, **more)
        return self._send(self._typed(caption, kind="document", fields={"document": kept, **extra}))

    def voice(self, seconds: int = 3, caption: str = "") -> Update:
        """Send a voice message."""
        kept = self.api.keep_file(
            b"OggS", "voice/file_{}.oga", duration=seconds, mime_type="audio/ogg"
        )
        return self._send(self._typed(caption, kind="voice", fields={"voice": kept}))

    def sticker(self, emoji: str = "👍") -> Update:
        """Send a sticker."""
        kept = self.api.keep_file(
            b"RIFF",
            "stickers/file_{}.webp",
            type="regular",
            width=512,
            height=512,
            is_animated=False,
            is_video=False,
            emoji=emoji,
        )
        return self._send(self._typed("", kind="sticker", fields={"sticker": kept}))

    def location(self, latitude: float = 38.25, longitude: float = -85.76) -> Update:
        """Send a place."""
        where = {"latitude": latitude, "longitude": longitude}
        return self._send(self._typed("", kind="location", fields={"location": where}))

    def contact(self, phone: str = "502-555-0143", first_name: str = "Pat") -> Update:
        """Send somebody's contact card."""
        card = {"phone_number": phone, "first_name": first_name}
        return self._send(self._typed("", kind="contact", fields={"contact": card}))

    def forward(self, text: str, origin: User | str = "Somebody", by_bot: bool = False) -> Update:
        """Forward a text of ``origin``: a user, a hidden user's name, or, ``by_bot``, the bot's."""
        told: Json = {"type": "hidden_user", "sender_user_name": str(origin)}
        if by_bot:
            told = {"type": "user", "sender_user": self.api.bot_user}
        elif isinstance(origin, User):
            told = {"type": "user", "sender_user": origin.as_user()}
        told["date"] = int(time.time()) - 60
        return self.say(text, forward_origin=told)

    def block(self) -> Update:
        """Block the bot."""
        with self.api.lock:
            self.blocked = True
            return self._member("member", "kicked")

    def unblock(self) -> Update:
        """Unblock the bot; the app then lets one press Start again."""
        with self.api.lock:
            self.blocked = False
            return self._member("kicked", "member")

    def delete_account(self) -> None:
        """Leave Telegram; the bot is not told."""
        with self.api.lock:
            self.deactivated = True

    def _send(self, shown: Shown) -> Update:
        with self.api.lock:
            assert not self.blocked, f"{self} has blocked the bot"
            assert not self.deactivated, f"{self} has no account any more"
            self.started = True
            return self._add(self.as_user(), shown)

    def _member(self, old: str, new: str) -> Update:
        return self.api.deliver_member(self, self.as_user(), old, new)


class Group(Chat):
    """A group with the bot in it."""

    def __init__(self, api: State, chat_id: int, title: str, members: Sequence[User]) -> None:
        super().__init__(api, chat_id, "group", title=title)
        self.members = list(members)
        self.bot_status = "member"
        self.migrated_to: Group | None = None

    def __repr__(self) -> str:
        return f"{self.named['title']} ({self.id})"

    def say(self, user: User, text: str, **extra: Any) -> Update:
        """A member writes something."""
        with self.api.lock:
            assert self.bot_status == "member", "the bot is not in the group"
            return self._add(user.as_user(), self._typed(text, user.id, fields=extra))

    def press(self, user: User, message: Shown, title_or_data: str) -> Update:
        """A member presses a button."""
        with self.api.lock:
            now = self.kept[message.id]
            told = self.as_message(now, self.api.bot_user)
            return self.api.deliver_press(user, told, now.data(title_or_data))

    def kick(self, by: User) -> Update:
        """A member removes the bot."""
        with self.api.lock:
            self.bot_status = "kicked"
            return self.api.deliver_member(self, by.as_user(), "member", "kicked")

    def migrate(self) -> Group:
        """Become a supergroup, which has another id; the bot is told in both."""
        with self.api.lock:
            new = self.api.add_supergroup(self)
            self.migrated_to = new
            by = self.members[0]
            self.tell(by, {"migrate_to_chat_id": new.id})
            new.tell(by, {"migrate_from_chat_id": self.id})
            return new

    def tell(self, by: User, what: Json) -> Update:
        """A service message: what ``by`` did to the group."""
        return self._add(by.as_user(), self._typed("", by.id, kind="service", fields=what))
