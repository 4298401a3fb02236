"""The Bot API's methods on the chats that the server keeps."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from tests.telegram import limits
from tests.telegram.chats import Chat, Json, Shown
from tests.telegram.limits import Parameters, Refused, malformed, refused
from tests.telegram.markup import Formatted
from tests.telegram.people import Group, User

if TYPE_CHECKING:
    from tests.telegram.state import State

# Methods by which flood control counts.
SENDING: Final = frozenset({"sendMessage", "sendPhoto", "sendDocument"})

_TOO_OLD: Final = "query is too old and response timeout expired or query ID is invalid"
_NOT_MODIFIED: Final = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
_DELETABLE_SECONDS: Final = 48 * 3600
_ANSWER_CHARACTERS: Final = 200


@dataclass(frozen=True)
class Answered:
    """An answer to a press."""

    id: str
    user_id: int
    data: str
    text: str
    show_alert: bool
    at: float


class Methods:
    """Does what a request asks; the caller holds the lock."""

    def __init__(self, api: State) -> None:
        self.api = api
        self._does: Mapping[str, Callable[[Parameters], Any]] = {
            "getMe": lambda said: api.me(),
            "setWebhook": self.set_webhook,
            "deleteWebhook": self.delete_webhook,
            "getWebhookInfo": lambda said: api.updates.webhook_info(),
            "sendMessage": self.send_message,
            "sendPhoto": self.send_photo,
            "sendDocument": self.send_document,
            "editMessageText": self.edit_text,
            "editMessageCaption": self.edit_caption,
            "editMessageReplyMarkup": self.edit_markup,
            "deleteMessage": self.delete_message,
            "answerCallbackQuery": self.answer_press,
            "sendChatAction": self.chat_action,
            "setMyCommands": self.set_commands,
            "getMyCommands": lambda said: api.commands.get(_scope(said), []),
            "deleteMyCommands": self.delete_commands,
            "setMyDescription": lambda said: self.describe(said, "description"),
            "getMyDescription": lambda said: self.described(said, "description"),
            "setMyShortDescription": lambda said: self.describe(said, "short_description"),
            "getMyShortDescription": lambda said: self.described(said, "short_description"),
            "getFile": self.get_file,
            "getChat": self.get_chat,
            "leaveChat": self.leave_chat,
        }

    def do(self, method: str, said: Parameters) -> Any:
        """The result of a method other than getUpdates.

        Raises:
            Refused: Telegram would refuse it.
        """
        return self._does[method](said)

    # Chats -----------------------------------------------------------------------------------

    def chat_of(self, said: Parameters) -> Chat:
        """The chat that the request names.

        Raises:
            Refused: it names none, or one that the bot does not know.
        """
        named = said.text("chat_id")
        if not named:
            malformed("chat_id is empty")
        chat = self.api.find_chat(named)
        if chat is None:
            refused("chat not found")
        return chat

    def open_chat(self, said: Parameters) -> Chat:
        """The chat that the request names, if the bot may write to it.

        Raises:
            Refused: it may not.
        """
        chat = self.chat_of(said)
        if isinstance(chat, User):
            if chat.deactivated:
                raise Refused(403, "Forbidden: user is deactivated")
            if chat.blocked:
                raise Refused(403, "Forbidden: bot was blocked by the user")
            if not chat.started:
                raise Refused(403, "Forbidden: bot can't initiate conversation with a user")
        if isinstance(chat, Group):
            if chat.migrated_to is not None:
                raise Refused(
                    400,
                    "Bad Request: group chat was upgraded to a supergroup chat",
                    parameters={"migrate_to_chat_id": chat.migrated_to.id},
                )
            kind = "supergroup" if chat.kind == "supergroup" else "group"
            if chat.bot_status == "kicked":
                raise Refused(403, f"Forbidden: bot was kicked from the {kind} chat")
            if chat.bot_status != "member":
                raise Refused(403, f"Forbidden: bot is not a member of the {kind} chat")
        return chat

    def get_chat(self, said: Parameters) -> Json:
        chat = self.chat_of(said)
        gifts = dict.fromkeys(
            (
                "unlimited_gifts",
                "limited_gifts",
                "unique_gifts",
                "premium_subscription",
                "gifts_from_channels",
            ),
            False,
        )
        more = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts}
        return chat.as_chat() | more

    def leave_chat(self, said: Parameters) -> bool:
        chat = self.open_chat(said)
        if not isinstance(chat, Group):
            refused("chat member status can't be changed in private chats")
        chat.bot_status = "left"
        self.api.deliver_member(chat, self.api.bot_user, "member", "left")
        return True

    def chat_action(self, said: Parameters) -> bool:
        action = said.text("action")
        if action not in limits.ACTIONS:
            malformed("wrong parameter action in request")
        chat = self.open_chat(said)
        self.api.note_action(chat.id, action)
        return True

    # Messages --------------------------------------------------------------------------------

    def send_message(self, said: Parameters) -> Json:
        chat = self.open_chat(said)
        read = limits.read_message_text(said)
        return self._show(chat, said, read, said.text("text"), "text", {})

    def send_photo(self, said: Parameters) -> Json:
        chat = self.open_chat(said)
        read = limits.read_caption(said)
        kept = self._file(said, "photo", limits.PHOTO_BYTES, width=800, height=600)
        return self._show(chat, said, read, said.text("caption"), "photo", {"photo": [kept]})

    def send_document(self, said: Parameters) -> Json:
        chat = self.open_chat(said)
        read = limits.read_caption(said)
        kept = self._file(said, "document", limits.DOCUMENT_BYTES)
        return self._show(chat, said, read, said.text("caption"), "document", {"document": kept})

    def _show(
        self, chat: Chat, said: Parameters, read: Formatted, source: str, kind: str, fields: Json
    ) -> Json:
        markup = limits.read_markup(said)
        wanted = said.parsed("reply_parameters", dict)
        if wanted:
            replied = chat.kept.get(wanted.get("message_id", 0))
            if replied is not None and not replied.deleted:
                told = chat.as_message(replied, self.api.sender_of(replied))
                fields = {**fields, "reply_to_message": told}
            elif not wanted.get("allow_sending_without_reply"):
                refused("message to be replied not found")
        if wait := self.api.flooded(chat.id):
            raise Refused(
                429, f"Too Many Requests: retry after {wait}", parameters={"retry_after": wait}
            )
        if preview := said.parsed("link_preview_options", dict):
            fields = {**fields, "link_preview_options": preview}
        shown = Shown(
            id=self.api.next_message_id(),
            chat_id=chat.id,
            by_bot=True,
            date=int(time.time()),
            text=read.text,
            html=source,
            parse_mode=said.text("parse_mode"),
            entities=tuple(read.entities),
            markup=markup,
            kind=kind,
            fields=fields,
        )
        chat.kept[shown.id] = shown
        return chat.as_message(shown, self.api.bot_user)

    def _file(self, said: Parameters, name: str, most: int, **more: int) -> Json:
        upload = said.files.get(said.text(name).removeprefix("attach://")) or said.files.get(name)
        if upload is None:
            known = self.api.files.get(said.text(name))
            if known is None:
                refused("wrong file identifier/HTTP URL specified")
            return known.told
        if not upload.data:
            malformed("file must be non-empty")
        if len(upload.data) > most:
            raise Refused(413, "Request Entity Too Large", violation=True)
        if name == "document":
            return self.api.keep_file(
                upload.data, "documents/file_{}", file_name=upload.name, mime_type=upload.mime
            )
        return self.api.keep_file(upload.data, "photos/file_{}.jpg", **more)

    # Edits -----------------------------------------------------------------------------------

    def edit_text(self, said: Parameters) -> Json:
        chat, old = self._editable(said)
        read = limits.read_message_text(said)
        if old.kind != "text":
            refused("there is no text in the message to edit")
        return self._edit(chat, old, said, read, said.text("text"))

    def edit_caption(self, said: Parameters) -> Json:
        chat, old = self._editable(said)
        read = limits.read_caption(said)
        if old.kind == "text":
            refused("there is no caption in the message to edit")
        return self._edit(chat, old, said, read, said.text("caption"))

    def edit_markup(self, said: Parameters) -> Json:
        chat, old = self._editable(said)
        return self._edit(chat, old, said, None, "")

    def _editable(self, said: Parameters) -> tuple[Chat, Shown]:
        if "inline_message_id" in said:
            refused("MESSAGE_ID_INVALID")
        chat = self.open_chat(said)
        if "message_id" not in said:
            malformed("message identifier is not specified")
        shown = chat.kept.get(said.number("message_id"))
        if shown is None or shown.deleted:
            refused("message to edit not found")
        if not shown.by_bot:
            refused("message can't be edited")
        return chat, shown

    def _edit(
        self, chat: Chat, old: Shown, said: Parameters, read: Formatted | None, source: str
    ) -> Json:
        new = replace(old, markup=limits.read_markup(said, inline_only=True))
        if read is not None:
            new = replace(
                new,
                text=read.text,
                html=source,
                parse_mode=said.text("parse_mode"),
                entities=tuple(read.entities),
            )
        if (new.text, new.entities, new.markup) == (old.text, old.entities, old.markup):
            refused(_NOT_MODIFIED)
        new = replace(new, edited_at=int(time.time()), versions=(*old.versions, old.text))
        chat.kept[old.id] = new
        return chat.as_message(new, self.api.bot_user)

    def delete_message(self, said: Parameters) -> bool:
        chat = self.open_chat(said)
        shown = chat.kept.get(said.number("message_id"))
        if shown is None or shown.deleted:
            refused("message to delete not found")
        if time.time() - shown.date > _DELETABLE_SECONDS:
            refused("message can't be deleted for everyone")
        if isinstance(chat, Group) and not shown.by_bot:
            refused("message can't be deleted")
        chat.kept[shown.id] = replace(shown, deleted=True)
        return True

    def answer_press(self, said: Parameters) -> bool:
        text = said.text("text")
        if len(text) > _ANSWER_CHARACTERS:
            malformed("MESSAGE_TOO_LONG")
        url = said.text("url")
        if url and not url.startswith(("https://t.me/", "t.me/", "tg://")):
            malformed("URL_INVALID")
        press = self.api.presses.get(said.text("callback_query_id"))
        if press is None or press.answered or time.time() - press.at > self.api.press_seconds:
            refused(_TOO_OLD)
        press.answered = True
        self.api.answered_callbacks.append(
            Answered(
                press.id, press.user_id, press.data, text, said.flag("show_alert"), time.monotonic()
            )
        )
        return True

    # The bot itself --------------------------------------------------------------------------

    def set_webhook(self, said: Parameters) -> bool:
        hook = limits.read_webhook(said, self.api.insecure_webhooks)
        if hook is not None:
            self.api.polls += 1
        self.api.updates.set_webhook(hook, said.kinds(), said.flag("drop_pending_updates"))
        self.api.bell.ring()
        return True

    def delete_webhook(self, said: Parameters) -> bool:
        self.api.updates.set_webhook(None, None, said.flag("drop_pending_updates"))
        return True

    def set_commands(self, said: Parameters) -> bool:
        self.api.commands[_scope(said)] = limits.read_commands(said)
        return True

    def delete_commands(self, said: Parameters) -> bool:
        self.api.commands.pop(_scope(said), None)
        return True

    def describe(self, said: Parameters, name: str) -> bool:
        most = limits.DESCRIPTION if name == "description" else limits.SHORT_DESCRIPTION
        if len(said.text(name)) > most:
            malformed(f"{name} is too long")
        self.api.descriptions[name, said.text("language_code")] = said.text(name)
        return True

    def described(self, said: Parameters, name: str) -> Json:
        found = self.api.descriptions
        return {name: found.get((name, said.text("language_code")), found.get((name, ""), ""))}

    def get_file(self, said: Parameters) -> Json:
        kept = self.api.files.get(said.text("file_id"))
        if kept is None:
            refused("invalid file_id")
        if kept.told["file_size"] > limits.DOWNLOAD_BYTES:
            refused("file is too big")
        wanted = ("file_id", "file_unique_id", "file_size")
        return {name: kept.told[name] for name in wanted} | {"file_path": kept.path}


def _scope(said: Parameters) -> tuple[str, str]:
    scope = said.parsed("scope", dict) or {"type": "default"}
    return ":".join(str(scope[name]) for name in sorted(scope)), said.text("language_code")
