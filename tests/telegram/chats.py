"""Chats with the bot, and the messages they show."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tests.telegram.markup import Entity, utf16

if TYPE_CHECKING:
    from tests.telegram.state import State

Update = dict[str, Any]
Json = dict[str, Any]

# What Telegram marks by itself in a text that somebody typed.
_MARKED: Final = (
    ("bot_command", re.compile(r"(?<![\w/])/[A-Za-z0-9_]{1,32}(?:@\w{3,32})?")),
    ("email", re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    ("url", re.compile(r"https?://[^\s<>]+")),
    ("mention", re.compile(r"(?<!\w)@[A-Za-z]\w{3,31}")),
)


@dataclass(frozen=True)
class Shown:
    """A message as a chat shows it at one moment.

    ``text`` is plain (the caption of a picture or file), ``html`` is what was sent for it. A
    button is (title, callback data or address).
    """

    id: int
    chat_id: int
    by_bot: bool
    date: int
    text: str
    html: str = ""
    parse_mode: str = ""
    entities: tuple[Entity, ...] = ()
    markup: Json | None = None
    kind: str = "text"
    edited_at: int = 0
    deleted: bool = False
    versions: tuple[str, ...] = ()
    sender_id: int = 0
    fields: Json = field(default_factory=dict)

    @property
    def edited(self) -> bool:
        """Whether it is not as it was first; ``versions`` has the earlier texts."""
        return self.edited_at > 0

    @property
    def buttons(self) -> list[list[tuple[str, str]]]:
        """The rows of the inline keyboard."""
        rows = (self.markup or {}).get("inline_keyboard", [])
        return [[(b["text"], b.get("callback_data") or b.get("url", "")) for b in r] for r in rows]

    @property
    def titles(self) -> list[str]:
        """What the buttons say, in order."""
        return [title for row in self.buttons for title, _ in row]

    def data(self, title_or_data: str) -> str:
        """The data behind a button, by its title or by itself.

        Raises:
            AssertionError: the message shows no such button.
        """
        pairs = [pair for row in self.buttons for pair in row]
        for title, data in pairs:
            if title_or_data in (title, data):
                return data
        raise AssertionError(f"no button {title_or_data!r} in {self.text!r}; there are {pairs}")


class Chat:
    """A private chat or a group: its messages, as the bot's or a person's."""

    def __init__(self, api: State, chat_id: int, kind: str, **named: str) -> None:
        self.api = api
        self.id = chat_id
        self.kind = kind
        self.named = {name: value for name, value in named.items() if value}
        self.kept: dict[int, Shown] = {}

    def as_chat(self) -> Json:
        """The Chat object."""
        return {"id": self.id, "type": self.kind, **self.named}

    def as_message(self, shown: Shown, sender: Json) -> Json:
        """The Message object."""
        texts = ("text", "entities") if shown.kind == "text" else ("caption", "caption_entities")
        message: Json = {
            "message_id": shown.id,
            "from": sender,
            "chat": self.as_chat(),
            "date": shown.date,
            **shown.fields,
        }
        if shown.text:
            message[texts[0]] = shown.text
            if shown.entities:
                message[texts[1]] = [dict(entity) for entity in shown.entities]
        if shown.edited_at:
            message["edit_date"] = shown.edited_at
        if shown.markup and "inline_keyboard" in shown.markup:
            message["reply_markup"] = shown.markup
        return message

    def message(self, message_id: int) -> Shown:
        """A message as it is now."""
        with self.api.lock:
            return self.kept[message_id]

    def everything(self) -> list[Shown]:
        """All messages, the people's and deleted ones too, in order."""
        with self.api.lock:
            return list(self.kept.values())

    def messages(self, deleted: bool = False) -> list[Shown]:
        """What the bot sent and the chat shows, in order; with ``deleted`` also what it no more shows."""
        return [m for m in self.everything() if m.by_bot and (deleted or not m.deleted)]

    @property
    def last(self) -> Shown:
        """The bot's last message.

        Raises:
            AssertionError: there is none.
        """
        shown = self.messages()
        assert shown, f"nothing was sent to {self}"
        return shown[-1]

    def wait(
        self,
        awaited: int | Callable[[list[Shown]], object],
        timeout: float = 10.0,
    ) -> list[Shown]:
        """What the chat shows once it has that many of the bot's messages, or once a test holds.

        It blocks: from a coroutine use ``await asyncio.to_thread(user.wait, ...)``.

        Raises:
            AssertionError: not within ``timeout`` seconds.
        """
        shown: list[Shown] = []

        def holds() -> bool:
            shown[:] = self.messages()
            return bool(awaited(shown) if callable(awaited) else len(shown) >= awaited)

        if not self.api.until(holds, timeout):
            seen = "\n".join(f"  {m.id}: {m.text!r} {m.titles}" for m in shown)
            raise AssertionError(
                f"waited {timeout} s for {awaited}; {self} shows\n{seen}\n"
                f"errors: {[(call.method, call.answer) for call in self.api.refusals][-5:]}\n"
                f"violations: {self.api.violations[-5:]}"
            )
        return shown

    def shows(self, pattern: str, timeout: float = 10.0, after: Shown | int = 0) -> Shown:
        """The latest message that a regular expression finds, ignoring case, as soon as there is one.

        Args:
            pattern: searched in the plain text.
            timeout: seconds to wait at most.
            after: only messages that were sent after this one.

        Raises:
            AssertionError: not within ``timeout`` seconds.
        """
        wanted = re.compile(pattern, re.IGNORECASE)
        first = after.id if isinstance(after, Shown) else after

        def found(shown: list[Shown]) -> list[Shown]:
            return [m for m in shown if m.id > first and wanted.search(m.text)]

        try:
            return found(self.wait(found, timeout))[-1]
        except AssertionError as error:
            raise AssertionError(f"{pattern!r} was not shown; {error}") from None

    def _add(self, sender: Json, shown: Shown, kind: str = "message") -> Update:
        """A person's message, kept and told to the bot."""
        self.kept[shown.id] = shown
        return self.api.deliver(kind, self.as_message(shown, sender))

    def _typed(self, text: str, sender_id: int = 0, **more: Any) -> Shown:
        return Shown(
            id=self.api.next_message_id(),
            chat_id=self.id,
            by_bot=False,
            date=int(time.time()),
            text=text,
            html=text,
            entities=marked(text),
            sender_id=sender_id or self.id,
            **more,
        )


def marked(text: str) -> tuple[Entity, ...]:
    """The entities that Telegram finds in a typed text by itself."""
    found: list[Entity] = []
    for kind, pattern in _MARKED:
        for match in pattern.finditer(text):
            offset, length = utf16(text[: match.start()]), utf16(match[0])
            if all(
                offset >= e["offset"] + e["length"] or offset + length <= e["offset"] for e in found
            ):
                found.append({"type": kind, "offset": offset, "length": length})
    return tuple(sorted(found, key=lambda e: e["offset"]))
