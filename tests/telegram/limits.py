"""What the Bot API demands of a request: its parameters, texts, keyboards, commands, webhooks."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit

from telegram import InlineKeyboardButton
from telegram.constants import (
    BotCommandLimit,
    BotDescriptionLimit,
    ChatAction,
    FileSizeLimit,
    InlineKeyboardButtonLimit,
    InlineKeyboardMarkupLimit,
    MessageLimit,
    UpdateType,
)

from tests.telegram.markup import MODES, Entity, Formatted, Unreadable, formatted, utf16

ACTIONS: Final = frozenset(str(action) for action in ChatAction)
DESCRIPTION: Final = int(BotDescriptionLimit.MAX_DESCRIPTION_LENGTH)
SHORT_DESCRIPTION: Final = int(BotDescriptionLimit.MAX_SHORT_DESCRIPTION_LENGTH)
PHOTO_BYTES: Final = int(FileSizeLimit.PHOTOSIZE_UPLOAD)
DOCUMENT_BYTES: Final = int(FileSizeLimit.FILESIZE_UPLOAD)
DOWNLOAD_BYTES: Final = int(FileSizeLimit.FILESIZE_DOWNLOAD)
UPDATE_KINDS: Final = frozenset(str(kind) for kind in UpdateType)
# Sent only to who asks for them.
UNASKED_KINDS: Final = UPDATE_KINDS - {"chat_member", "message_reaction", "message_reaction_count"}

_SENDING: Final = (
    "business_connection_id chat_id message_thread_id direct_messages_topic_id parse_mode "
    "disable_notification protect_content allow_paid_broadcast message_effect_id "
    "suggested_post_parameters reply_parameters reply_markup"
)
_EDITING: Final = "business_connection_id chat_id message_id inline_message_id reply_markup"
PARAMETERS: Final[Mapping[str, frozenset[str]]] = {
    method: frozenset(names.split())
    for method, names in {
        "getMe": "",
        "getUpdates": "offset limit timeout allowed_updates",
        "setWebhook": "url certificate ip_address max_connections allowed_updates "
        "drop_pending_updates secret_token",
        "deleteWebhook": "drop_pending_updates",
        "getWebhookInfo": "",
        "sendMessage": f"{_SENDING} text entities link_preview_options",
        "sendPhoto": f"{_SENDING} photo caption caption_entities show_caption_above_media "
        "has_spoiler",
        "sendDocument": f"{_SENDING} document thumbnail caption caption_entities "
        "disable_content_type_detection",
        "editMessageText": f"{_EDITING} text parse_mode entities link_preview_options",
        "editMessageCaption": f"{_EDITING} caption parse_mode caption_entities "
        "show_caption_above_media",
        "editMessageReplyMarkup": _EDITING,
        "deleteMessage": "chat_id message_id",
        "answerCallbackQuery": "callback_query_id text show_alert url cache_time",
        "sendChatAction": "business_connection_id chat_id message_thread_id action",
        "setMyCommands": "commands scope language_code",
        "getMyCommands": "scope language_code",
        "deleteMyCommands": "scope language_code",
        "setMyDescription": "description language_code",
        "getMyDescription": "language_code",
        "setMyShortDescription": "short_description language_code",
        "getMyShortDescription": "language_code",
        "getFile": "file_id",
        "getChat": "chat_id",
        "leaveChat": "chat_id",
    }.items()
}

_COMMAND: Final = re.compile(r"[a-z0-9_]+")
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{1,256}")
_PORTS: Final = (80, 88, 443, 8443)
_ENTITIES: Final = 100
_BUTTON_LOOKS: Final = frozenset({"text", "icon_custom_emoji_id", "style"})
_BUTTON_ACTIONS: Final = frozenset(InlineKeyboardButton.__slots__) - _BUTTON_LOOKS
_PREVIEW: Final = frozenset(
    {"is_disabled", "url", "prefer_small_media", "prefer_large_media", "show_above_text"}
)
_OTHER_MARKUPS: Final = frozenset({"keyboard", "remove_keyboard", "force_reply"})


class Refused(Exception):
    """The answer to a request that Telegram refuses.

    ``violation`` tells a request that breaks the documentation from one that was well formed but
    came at the wrong time, to the wrong chat, or too fast.
    """

    def __init__(
        self,
        status: int,
        description: str,
        *,
        violation: bool = False,
        parameters: Mapping[str, int] | None = None,
    ) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.violation = violation
        self.parameters = dict(parameters or {})


def malformed(description: str) -> NoReturn:
    """Refuse a request that breaks the documentation."""
    raise Refused(400, f"Bad Request: {description}", violation=True)


def refused(description: str) -> NoReturn:
    """Refuse a request that is well formed."""
    raise Refused(400, f"Bad Request: {description}")


@dataclass
class Upload:
    """A file within a request."""

    name: str
    mime: str
    data: bytes


@dataclass
class Parameters:
    """What a request said. ``remarks`` collects what is taken but not allowed."""

    said: dict[str, Any]
    files: dict[str, Upload] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def __contains__(self, name: str) -> bool:
        return self.said.get(name) not in (None, "")

    def text(self, name: str, default: str = "") -> str:
        value = self.said.get(name, default)
        if value is None:
            return default
        if not isinstance(value, str):
            return json.dumps(value)
        try:
            value.encode()
        except UnicodeEncodeError:
            malformed("strings must be encoded in UTF-8")
        return value

    def number(self, name: str, default: int = 0) -> int:
        value = self.said.get(name, default)
        try:
            return int(value)
        except (TypeError, ValueError):
            malformed(f"{name} must be an integer")

    def flag(self, name: str) -> bool:
        value = self.said.get(name, False)
        return value is True or str(value).lower() in ("true", "1", "yes")

    def parsed(self, name: str, shape: type[Any]) -> Any:
        """A parameter in JSON; None if it was not sent."""
        value = self.said.get(name)
        if isinstance(value, str):
            if not value.strip():
                return None
            try:
                value = json.loads(value)
            except ValueError:
                malformed(f"can't parse {name} JSON object")
        if value is not None and not isinstance(value, shape):
            malformed(f"{name} must be a JSON {'object' if shape is dict else 'list'}")
        return value

    def kinds(self) -> frozenset[str] | None:
        """``allowed_updates``; None if it was not sent."""
        asked = self.parsed("allowed_updates", list)
        if asked is None:
            return None
        for unknown in set(map(str, asked)) - UPDATE_KINDS:
            self.remarks.append(f"unknown kind of update {unknown}")
        return frozenset(asked) & UPDATE_KINDS or UNASKED_KINDS


def read_text(said: Parameters, name: str, entities: str, longest: int) -> Formatted:
    """The text or caption of a request, parsed and measured.

    Raises:
        Refused: it is too long, or cannot be parsed.
    """
    mode = said.text("parse_mode")
    if mode.lower() not in MODES:
        malformed("unsupported parse_mode")
    try:
        read = formatted(said.text(name), mode)
    except Unreadable as error:
        malformed(f"can't parse entities: {error}")
    explicit = said.parsed(entities, list)
    if explicit:
        if mode:
            said.remarks.append(f"parse_mode together with {entities}")
        read = Formatted(said.text(name), [_entity(e, said.text(name)) for e in explicit])
    if len(read.entities) > _ENTITIES:
        said.remarks.append(f"more than {_ENTITIES} entities; Telegram shows the first of them")
        del read.entities[_ENTITIES:]
    said.remarks += read.remarks
    if utf16(read.text) > longest:
        kind = "message caption" if name == "caption" else "message"
        malformed(f"{kind} is too long")
    return read


def read_message_text(said: Parameters) -> Formatted:
    """The text of a message.

    Raises:
        Refused: there is none, it is too long, or cannot be parsed.
    """
    read = read_text(said, "text", "entities", int(MessageLimit.MAX_TEXT_LENGTH))
    if not read.text:
        malformed("message text is empty")
    preview = said.parsed("link_preview_options", dict)
    for unknown in set(preview or {}) - _PREVIEW:
        said.remarks.append(f"unknown field {unknown} of link_preview_options")
    return read


def read_caption(said: Parameters) -> Formatted:
    """The caption of a picture or file; it may be empty.

    Raises:
        Refused: it is too long, or cannot be parsed.
    """
    return read_text(said, "caption", "caption_entities", int(MessageLimit.CAPTION_LENGTH))


def _entity(given: Any, text: str) -> Entity:
    if not isinstance(given, dict) or not isinstance(given.get("type"), str):
        malformed("can't parse MessageEntity: an object with a type expected")
    offset, length = given.get("offset"), given.get("length")
    if not isinstance(offset, int) or not isinstance(length, int):
        malformed("can't parse MessageEntity: offset and length expected")
    if offset < 0 or length < 1 or offset + length > utf16(text):
        malformed("ENTITY_BOUNDS_INVALID")
    return given


def read_markup(said: Parameters, inline_only: bool = False) -> dict[str, Any] | None:
    """The keyboard of a request, checked; None if there is none.

    Args:
        said: the request.
        inline_only: edits take inline keyboards only.

    Raises:
        Refused: Telegram would not show it.
    """
    markup: dict[str, Any] | None = said.parsed("reply_markup", dict)
    if not markup:
        return None
    if "inline_keyboard" in markup:
        _check_inline(markup)
        return markup if any(markup["inline_keyboard"]) else None
    if inline_only or not set(markup) & _OTHER_MARKUPS:
        malformed("inline keyboard expected")
    return markup


def _check_inline(markup: dict[str, Any]) -> None:
    rows = markup["inline_keyboard"]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        malformed("can't parse inline keyboard: an array of arrays expected")
    if sum(map(len, rows)) > InlineKeyboardMarkupLimit.TOTAL_BUTTON_NUMBER:
        malformed("REPLY_MARKUP_TOO_LONG")
    if any(len(row) > InlineKeyboardMarkupLimit.BUTTONS_PER_ROW for row in rows):
        malformed("too many buttons in a row of the inline keyboard")
    for row in rows:
        for button in row:
            _check_button(button)


def _check_button(button: Any) -> None:
    wrong = "can't parse inline keyboard button: "
    if not isinstance(button, dict):
        malformed(f"{wrong}InlineKeyboardButton must be an Object")
    text = button.get("text")
    if not isinstance(text, str) or not text.strip():
        malformed(f'{wrong}Field "text" must be of type String and non-empty')
    actions = set(button) & _BUTTON_ACTIONS
    if not actions:
        malformed(f"{wrong}Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        malformed(f"{wrong}exactly one action expected, found {', '.join(sorted(actions))}")
    if unknown := set(button) - _BUTTON_ACTIONS - _BUTTON_LOOKS:
        malformed(f"{wrong}unknown field {', '.join(sorted(unknown))}")
    if "callback_data" in button:
        data = button["callback_data"]
        size = len(data.encode()) if isinstance(data, str) else 0
        if not 1 <= size <= InlineKeyboardButtonLimit.MAX_CALLBACK_DATA:
            malformed("BUTTON_DATA_INVALID")
    if "url" in button:
        address = urlsplit(str(button["url"]))
        if address.scheme not in ("http", "https", "tg") or not address.netloc:
            malformed(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")


def read_commands(said: Parameters) -> list[dict[str, str]]:
    """The commands of a menu.

    Raises:
        Refused: one of them, or their number, is not allowed.
    """
    commands = said.parsed("commands", list)
    if commands is None:
        malformed('parameter "commands" is required')
    if len(commands) > BotCommandLimit.MAX_COMMAND_NUMBER:
        malformed("too many commands specified")
    for command in commands:
        if not isinstance(command, dict):
            malformed("can't parse BotCommand: an object expected")
        name, description = command.get("command", ""), command.get("description", "")
        if not _COMMAND.fullmatch(name) or len(name) > BotCommandLimit.MAX_COMMAND:
            malformed("BOT_COMMAND_INVALID")
        if not 1 <= len(description.strip()) <= BotCommandLimit.MAX_DESCRIPTION:
            malformed("BOT_COMMAND_DESCRIPTION_INVALID")
    return [{"command": c["command"], "description": c["description"]} for c in commands]


@dataclass(frozen=True)
class Webhook:
    """Where updates are posted to."""

    url: str
    secret: str
    connections: int


def read_webhook(said: Parameters, insecure: bool) -> Webhook | None:
    """The webhook of a request; None if it removes the webhook.

    Args:
        said: the request.
        insecure: plain HTTP and any port are taken.

    Raises:
        Refused: Telegram would not post there.
    """
    secret = said.text("secret_token")
    if secret and not _SECRET.fullmatch(secret):
        malformed("secret token contains unallowed characters")
    connections = said.number("max_connections", 40)
    if not 1 <= connections <= 100:
        malformed("max_connections must be between 1 and 100")
    url = said.text("url")
    if not url:
        return None
    address = urlsplit(url)
    if address.scheme not in ("http", "https") or not address.hostname:
        malformed("bad webhook: invalid URL")
    if not insecure:
        if address.scheme != "https":
            malformed("bad webhook: An HTTPS URL must be provided for webhook")
        if (address.port or 443) not in _PORTS:
            malformed("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    return Webhook(url, secret, connections)
