"""The Bot API server of these tests: python-telegram-bot understands it, and it is strict."""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest
import pytest_asyncio
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeChat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
    ReplyParameters,
    Update,
)
from telegram.constants import ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TimedOut,
)
from telegram.ext import Application, CallbackQueryHandler, ContextTypes, MessageHandler, filters
from telegram.request import HTTPXRequest

from tests.telegram.bot_api import BotApi
from tests.telegram.chats import marked
from tests.telegram.limits import PARAMETERS
from tests.telegram.markup import Unreadable, formatted, utf16
from tests.telegram.people import User

YES_NO = InlineKeyboardMarkup(
    [
        [
            InlineKeyboardButton("Yes", callback_data="y"),
            InlineKeyboardButton("No", callback_data="n"),
        ]
    ]
)


def new_bot(api: BotApi) -> Bot:
    """A bot of the library, which never needs the certificates that it would load first."""
    requests = [HTTPXRequest(httpx_kwargs={"verify": False}) for _ in range(2)]
    return Bot(
        api.token,
        base_url=api.url,
        base_file_url=api.file_url,
        get_updates_request=requests[0],
        request=requests[1],
    )


@pytest_asyncio.fixture
async def bot(bot_api: BotApi) -> AsyncIterator[Bot]:
    async with new_bot(bot_api) as made:
        yield made


@pytest.fixture
def robin(bot_api: BotApi) -> User:
    """Somebody who has started the bot; the bot has not asked for updates yet."""
    user = bot_api.user("Robin", "Rowan", username="robin_rowan")
    user.start()
    return user


@pytest.fixture
def raw(bot_api: BotApi) -> Iterator[httpx.Client]:
    """Requests as no library would send them."""
    with httpx.Client(base_url=f"{bot_api.url}{bot_api.token}/", timeout=5, verify=False) as client:
        yield client


async def received(bot: Bot, offset: int = 0) -> tuple[Update, ...]:
    return await bot.get_updates(offset=offset or None, timeout=5)


# What the library understands ---------------------------------------------------------------------


async def test_get_me_is_a_bot_that_may_be_addressed(bot: Bot) -> None:
    me = await bot.get_me()
    assert me.is_bot and me.can_join_groups and me.supports_inline_queries is False
    assert me.link == "https://t.me/psl_test_bot"


async def test_every_action_of_a_user_is_an_update_that_the_library_parses(
    bot_api: BotApi, bot: Bot
) -> None:
    user = bot_api.user("Robin", "Rowan", username="robin_rowan", language_code="es")
    user.start("CODE-1")
    said = user.say("write to pat@example.org")
    user.edit(said["message"]["message_id"], "never mind")
    user.photo(b"\xff\xd8 a picture", caption="the screen")
    user.document(b"%PDF", "a.pdf", "application/pdf", claimed_size=30_000_000)
    user.voice()
    user.sticker()
    user.location()
    user.contact()
    user.forward("hello", origin=bot_api.user("Sam"))
    user.forward("hello", by_bot=True)
    user.block()
    user.unblock()

    updates = await received(bot)
    assert [u.update_id for u in updates] == sorted({u.update_id for u in updates})
    start, typed, edit, photo, document, voice, sticker, place, card, of_sam, of_bot = updates[:11]
    assert start.message.text == "/start CODE-1"
    assert [e.type for e in start.message.entities] == ["bot_command"]
    assert start.effective_user.full_name == "Robin Rowan"
    assert start.effective_user.language_code == "es"
    assert start.effective_chat.id == user.id and start.effective_chat.type == "private"
    assert abs(start.message.date - datetime.now(UTC)) < timedelta(seconds=5)
    assert list(typed.message.parse_entities().values()) == ["pat@example.org"]
    assert edit.edited_message.message_id == typed.message.message_id
    assert edit.edited_message.edit_date >= typed.message.date
    assert photo.message.caption == "the screen"
    assert [size.width for size in photo.message.photo] == [90, 320, 1280]
    assert document.message.document.file_name == "a.pdf"
    assert document.message.document.file_size == 30_000_000
    assert voice.message.voice.mime_type == "audio/ogg"
    assert sticker.message.sticker.emoji
    assert place.message.location.latitude == pytest.approx(38.25)
    assert card.message.contact.phone_number == "502-555-0143"
    assert of_sam.message.forward_origin.sender_user.first_name == "Sam"
    assert of_bot.message.forward_origin.sender_user.id == bot.id
    changes = [
        (u.my_chat_member.old_chat_member.status, u.my_chat_member.new_chat_member.status)
        for u in updates[11:]
    ]
    assert changes == [("member", "kicked"), ("kicked", "member")]


async def test_files_come_down_as_they_went_up(bot_api: BotApi, bot: Bot, robin: User) -> None:
    robin.photo(b"\xff\xd8\r\n--binary\x00", caption="the screen")
    robin.document(b"%PDF", "a.pdf", claimed_size=20_000_001)
    _, photo, document = await received(bot)
    file = await bot.get_file(photo.message.photo[-1])
    assert bytes(await file.download_as_bytearray()) == b"\xff\xd8\r\n--binary\x00"
    with pytest.raises(BadRequest, match="File is too big"):
        await bot.get_file(document.message.document)
    sent = await bot.send_document(robin.id, b"a\r\n\x00--b\r\n", caption="yours", filename="é.bin")
    file = await bot.get_file(sent.document)
    assert bytes(await file.download_as_bytearray()) == b"a\r\n\x00--b\r\n"
    again = await bot.send_photo(robin.id, photo.message.photo[-1])
    assert again.photo[-1].file_unique_id == photo.message.photo[-1].file_unique_id
    assert [m.kind for m in robin.messages()] == ["document", "photo"]
    with httpx.Client(verify=False) as client:
        assert client.get(file.file_path.replace(bot.token, "1:no")).status_code == 401
        assert client.get(file.file_path + "x").status_code == 404
    assert bot_api.violations == []


async def test_a_message_comes_back_with_its_entities(
    bot_api: BotApi, bot: Bot, robin: User
) -> None:
    sent = await bot.send_message(
        robin.id,
        '  \n😀 <b>bold <i>both</i></b> &lt;&amp;&quot;&#39; <a href="https://example.org">it</a>\n',
        ParseMode.HTML,
        reply_markup=YES_NO,
        link_preview_options=LinkPreviewOptions(is_disabled=True),
        reply_parameters=ReplyParameters(robin.everything()[0].id),
    )
    assert sent.text == "😀 bold both <&\"' it"
    found = {sent.parse_entity(e): (e.type, e.offset) for e in sent.entities}
    assert found == {
        "bold both": ("bold", 3),
        "both": ("italic", 8),
        "it": ("text_link", 18),
    }
    assert sent.reply_to_message.text == "/start"
    shown = robin.last
    assert (shown.id, shown.text) == (sent.message_id, sent.text)
    assert shown.html.startswith("  \n😀 <b>")
    assert shown.buttons == [[("Yes", "y"), ("No", "n")]]
    assert not shown.edited and not shown.deleted
    assert bot_api.violations == []


async def test_a_press_is_answered_once_and_its_message_edited(
    bot_api: BotApi, bot: Bot, robin: User
) -> None:
    await bot.send_message(robin.id, "Shall we?", reply_markup=YES_NO)
    robin.press(robin.last, "No")
    robin.press(robin.last, "y")
    _, no, yes = await received(bot)
    assert (no.callback_query.data, yes.callback_query.data) == ("n", "y")
    assert no.callback_query.message.reply_markup == YES_NO
    assert isinstance(no.callback_query.message, Message)
    assert [press.data for press in bot_api.unanswered] == ["n", "y"]

    await no.callback_query.answer("Done", show_alert=True)
    with pytest.raises(BadRequest, match="Query is too old"):
        await no.callback_query.answer()
    assert [(a.data, a.text, a.show_alert) for a in bot_api.answered_callbacks] == [
        ("n", "Done", True)
    ]
    assert [press.data for press in bot_api.unanswered] == ["y"]

    await no.callback_query.edit_message_text("Shall we?\n✓ No", reply_markup=YES_NO)
    with pytest.raises(BadRequest, match="Message is not modified"):
        await no.callback_query.edit_message_text("Shall we?\n✓ No", reply_markup=YES_NO)
    edited = await no.callback_query.edit_message_reply_markup()
    assert edited.edit_date and edited.reply_markup is None
    with pytest.raises(BadRequest, match="Message is not modified"):
        await no.callback_query.edit_message_reply_markup()
    assert robin.last.edited and robin.last.buttons == []
    assert robin.last.versions == ("Shall we?", "Shall we?\n✓ No")
    with pytest.raises(AssertionError, match="no button 'Yes'"):
        robin.press(robin.last, "Yes")
    assert bot_api.violations == []


async def test_a_press_on_what_is_gone_shows_an_inaccessible_message(
    bot_api: BotApi, bot: Bot, robin: User
) -> None:
    sent = await bot.send_message(robin.id, "Shall we?", reply_markup=YES_NO)
    assert await bot.delete_message(robin.id, sent.message_id)
    assert robin.messages() == [] and robin.messages(deleted=True)[0].deleted
    with pytest.raises(AssertionError, match="deleted"):
        robin.press(robin.messages(deleted=True)[0], "Yes")
    robin.press_data(sent.message_id, "y")
    _, press = await received(bot)
    assert not press.callback_query.message.is_accessible
    assert press.callback_query.message.message_id == sent.message_id
    with pytest.raises(BadRequest, match="Message to delete not found"):
        await bot.delete_message(robin.id, sent.message_id)


async def test_the_bot_says_who_it_is(bot_api: BotApi, bot: Bot, robin: User) -> None:
    menu = [BotCommand("start", "Begin"), BotCommand("help", "What I can do")]
    assert await bot.set_my_commands(menu)
    await bot.set_my_commands(menu[:1], scope=BotCommandScopeChat(robin.id), language_code="es")
    assert await bot.get_my_commands() == tuple(menu)
    in_chat = await bot.get_my_commands(scope=BotCommandScopeChat(robin.id), language_code="es")
    assert in_chat == tuple(menu[:1])
    await bot.delete_my_commands()
    assert await bot.get_my_commands() == ()
    await bot.set_my_description("Answers agents")
    await bot.set_my_short_description("Agentes", language_code="es")
    assert (await bot.get_my_description(language_code="es")).description == "Answers agents"
    short = await bot.get_my_short_description(language_code="es")
    assert short.short_description == "Agentes"
    await bot.send_chat_action(robin.id, "typing")
    assert [(action.chat, action.action) for action in bot_api.actions] == [(robin.id, "typing")]
    chat = await bot.get_chat(robin.id)
    assert (chat.full_name, chat.type) == ("Robin Rowan", "private")
    assert bot_api.violations == []


async def test_a_group_adds_the_bot_talks_migrates_and_is_left(
    bot_api: BotApi, bot: Bot, robin: User
) -> None:
    group = bot_api.group("Agents", [robin])
    group.say(robin, "/help@psl_test_bot")
    _, added, service, command = await received(bot)
    assert added.my_chat_member.new_chat_member.status == "member"
    assert service.message.new_chat_members[0].id == bot.id
    assert command.effective_chat.type == "group" and command.effective_user.id == robin.id
    await bot.send_message(group.id, "I talk in private chats only.", reply_markup=YES_NO)
    group.press(robin, group.last, "Yes")
    new = group.migrate()
    with pytest.raises(ChatMigrated) as moved:
        await bot.send_message(group.id, "hello")
    assert moved.value.new_chat_id == new.id
    press, away, here = await received(bot, command.update_id + 1)
    assert press.callback_query.from_user.id == robin.id
    assert away.message.migrate_to_chat_id == new.id
    assert here.message.migrate_from_chat_id == group.id
    await bot.send_message(new.id, "hello")
    assert await bot.leave_chat(new.id)
    with pytest.raises(Forbidden, match="not a member of the supergroup"):
        await bot.send_message(new.id, "hello")
    (left,) = await received(bot, here.update_id + 1)
    assert left.my_chat_member.new_chat_member.status == "left"
    other = bot_api.group("Others", [robin])
    other.kick(robin)
    with pytest.raises(Forbidden, match="kicked from the group"):
        await bot.send_message(other.id, "hello")


async def test_an_application_polls_answers_and_edits(bot_api: BotApi) -> None:
    async def echo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        await update.effective_message.reply_text(
            f"<i>{update.effective_message.text}</i>", ParseMode.HTML, reply_markup=YES_NO
        )

    async def press(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        await update.callback_query.answer()
        await update.callback_query.edit_message_text(f"You pressed {update.callback_query.data}")

    builder = Application.builder().token(bot_api.token).base_url(bot_api.url)
    application = builder.base_file_url(bot_api.file_url).build()
    application.add_handler(MessageHandler(filters.TEXT, echo))
    application.add_handler(CallbackQueryHandler(press))
    async with application:
        await application.start()
        await application.updater.start_polling(poll_interval=0, timeout=5)
        sam = bot_api.user("Sam")
        sam.say("hello")
        shown = await asyncio.to_thread(sam.shows, "hello")
        sam.press(shown, "Yes")
        edited = await asyncio.to_thread(sam.shows, "you pressed y")
        assert edited.id == shown.id and edited.edited
        await asyncio.to_thread(bot_api.drained)
        assert len(await asyncio.to_thread(sam.wait, 1)) == 1
        await application.updater.stop()
        await application.stop()
    assert bot_api.unanswered == [] and bot_api.violations == [] and bot_api.refusals == []


# What Telegram refuses ----------------------------------------------------------------------------

LONG_ROW = [{"text": "x", "callback_data": "x"}] * 9
MANY_ROWS = [[{"text": "x", "callback_data": "x"}]] * 101


def keyboard(*buttons: dict[str, Any]) -> str:
    return json.dumps({"inline_keyboard": [list(buttons)]})


def command(name: str, description: str = "What it does") -> str:
    return json.dumps([{"command": name, "description": description}])


SEND = [
    ({"text": ""}, "message text is empty"),
    ({"text": " \n\t"}, "message text is empty"),
    ({"text": "<b> </b>", "parse_mode": "HTML"}, "message text is empty"),
    ({"text": "x" * 4097}, "message is too long"),
    ({"text": "😀" * 2049}, "message is too long"),
    ({"chat_id": ""}, "chat_id is empty"),
    ({"parse_mode": "Markdown"}, "unsupported parse_mode"),
    ({"text": "<_*[", "parse_mode": "HTML"}, "can't parse entities: Unsupported start tag"),
    ({"entities": '[{"type": "bold", "offset": 0, "length": 99}]'}, "ENTITY_BOUNDS_INVALID"),
    ({"entities": '["bold"]'}, "can't parse MessageEntity"),
    ({"reply_markup": "{"}, "can't parse reply_markup JSON object"),
    ({"reply_markup": "[]"}, "reply_markup must be a JSON object"),
    ({"reply_markup": '{"rows": []}'}, "inline keyboard expected"),
    ({"reply_markup": '{"inline_keyboard": [{"text": "x"}]}'}, "an array of arrays"),
    ({"reply_markup": json.dumps({"inline_keyboard": MANY_ROWS})}, "REPLY_MARKUP_TOO_LONG"),
    ({"reply_markup": json.dumps({"inline_keyboard": [LONG_ROW]})}, "too many buttons in a row"),
    ({"reply_markup": keyboard({"text": "x"})}, "Text buttons are unallowed"),
    ({"reply_markup": keyboard({"text": " ", "callback_data": "x"})}, 'Field "text"'),
    ({"reply_markup": keyboard({"callback_data": "x"})}, 'Field "text"'),
    (
        {"reply_markup": keyboard({"text": "x", "callback_data": "x", "url": "https://a.org"})},
        "exactly one action",
    ),
    ({"reply_markup": keyboard({"text": "x", "callback_data": ""})}, "BUTTON_DATA_INVALID"),
    ({"reply_markup": keyboard({"text": "x", "callback_data": "x" * 65})}, "BUTTON_DATA_INVALID"),
    ({"reply_markup": keyboard({"text": "x", "callback_data": "é" * 33})}, "BUTTON_DATA_INVALID"),
    ({"reply_markup": keyboard({"text": "x", "url": "example"})}, "Wrong HTTP URL"),
    ({"reply_markup": keyboard({"text": "x", "callback_data": "x", "id": 1})}, "unknown field id"),
]
OTHERS = [
    ("sendChatAction", {"action": "thinking"}, "wrong parameter action in request"),
    ("answerCallbackQuery", {"callback_query_id": "1", "text": "x" * 201}, "MESSAGE_TOO_LONG"),
    ("answerCallbackQuery", {"callback_query_id": "1", "url": "https://a.org"}, "URL_INVALID"),
    ("setMyCommands", {}, 'parameter "commands" is required'),
    ("setMyCommands", {"commands": command("Start")}, "BOT_COMMAND_INVALID"),
    ("setMyCommands", {"commands": command("a-b")}, "BOT_COMMAND_INVALID"),
    ("setMyCommands", {"commands": command("x" * 33)}, "BOT_COMMAND_INVALID"),
    ("setMyCommands", {"commands": command("")}, "BOT_COMMAND_INVALID"),
    ("setMyCommands", {"commands": command("x", "")}, "BOT_COMMAND_DESCRIPTION_INVALID"),
    ("setMyCommands", {"commands": command("x", "x" * 257)}, "BOT_COMMAND_DESCRIPTION_INVALID"),
    ("setMyCommands", {"commands": json.dumps([{}] * 101)}, "too many commands specified"),
    ("setMyDescription", {"description": "x" * 513}, "description is too long"),
    ("setMyShortDescription", {"short_description": "x" * 121}, "short_description is too long"),
    ("editMessageText", {"text": "x"}, "message identifier is not specified"),
    ("editMessageText", {"message_id": "x", "text": "x"}, "message_id must be an integer"),
    ("sendDocument", {"document": "d", "caption": "x" * 1025}, "message caption is too long"),
    ("getUpdates", {"limit": "101"}, "limit must be between 1 and 100"),
    ("setWebhook", {"url": "https://a.org", "secret_token": "é"}, "secret token contains"),
    ("setWebhook", {"url": "https://a.org", "secret_token": "x" * 257}, "secret token contains"),
    ("setWebhook", {"url": "https://a.org", "max_connections": "101"}, "max_connections"),
    ("setWebhook", {"url": "ftp://a.org"}, "bad webhook: invalid URL"),
]


def refused(answer: httpx.Response, description: str, status: int = 400) -> None:
    """The answer is an error in Telegram's shape that says this."""
    body = answer.json()
    assert answer.status_code == body["error_code"] == status, answer.text
    assert body["ok"] is False and description in body["description"]


@pytest.mark.parametrize(("method", "said", "reason"), [("sendMessage", *s) for s in SEND] + OTHERS)
def test_what_breaks_the_documentation_is_refused_and_noted(
    bot_api: BotApi, robin: User, raw: httpx.Client, method: str, said: dict[str, Any], reason: str
) -> None:
    if "chat_id" in PARAMETERS[method]:
        said = {"chat_id": robin.id, **said}
    if method == "sendMessage":
        said = {"text": "hello", **said}
    refused(raw.post(method, data=said), reason)
    assert [violation.method for violation in bot_api.violations] == [method]
    assert reason in bot_api.violations[0].reason
    assert robin.messages() == [] and bot_api.commands == {} and bot_api.updates.webhook is None


@pytest.mark.parametrize(
    "said",
    [
        {"text": "x" * 4096},
        {"text": "😀" * 2048},
        {"text": "\n" + "x" * 4096 + " "},
        {"text": f"<b>{'&amp;' * 4096}</b>", "parse_mode": "html"},
        {"text": "*Done\\.*", "parse_mode": "MarkdownV2"},
        {"text": "bold", "entities": '[{"type": "bold", "offset": 0, "length": 4}]'},
        {"text": "x", "reply_markup": json.dumps({"inline_keyboard": MANY_ROWS[1:]})},
        {"text": "x", "reply_markup": json.dumps({"inline_keyboard": [LONG_ROW[1:]]})},
        {"text": "x", "reply_markup": keyboard({"text": "é", "callback_data": "é" * 32})},
        {"text": "x", "reply_markup": keyboard({"text": "x", "url": "https://example.org/a"})},
        {"text": "x", "reply_markup": '{"remove_keyboard": true}'},
        {"text": "x", "link_preview_options": '{"is_disabled": true}'},
    ],
)
def test_what_the_documentation_allows_is_taken(
    bot_api: BotApi, robin: User, raw: httpx.Client, said: dict[str, str]
) -> None:
    answer = raw.post("sendMessage", data={"chat_id": robin.id, **said})
    assert answer.json()["ok"], answer.text
    assert len(robin.messages()) == 1 and bot_api.violations == []


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"text": "a & b", "parse_mode": "HTML"}, "an & that is not escaped"),
        ({"text": "a > b", "parse_mode": "HTML"}, "a > that is not escaped"),
        ({"text": "<code><b>x</b></code>", "parse_mode": "HTML"}, "<b> inside code"),
        ({"text": '<a href="x">x</a>', "parse_mode": "HTML"}, "leads nowhere"),
        ({"text": "<b>x</b>" * 101, "parse_mode": "HTML"}, "more than 100 entities"),
        ({"text": "x", "colour": "red"}, "unknown parameter colour"),
        ({"text": "x", "link_preview_options": '{"off": true}'}, "unknown field off"),
    ],
)
def test_what_is_taken_though_not_allowed_is_noted(
    bot_api: BotApi, robin: User, raw: httpx.Client, said: dict[str, str], reason: str
) -> None:
    assert raw.post("sendMessage", data={"chat_id": robin.id, **said}).status_code == 200
    (violation,) = bot_api.violations
    assert reason in violation.reason and violation.params["text"] == said["text"]


def test_parameters_come_in_every_form(bot_api: BotApi, robin: User, raw: httpx.Client) -> None:
    said = {"chat_id": str(robin.id), "text": "a+b & é"}
    for answer in (
        raw.get("sendMessage", params=said),
        raw.post("sendMessage", data=said),
        raw.post("sendMessage", files={name: (None, value) for name, value in said.items()}),
        raw.post("sendMessage", json={"chat_id": robin.id, "text": said["text"]}),
        raw.post("SENDMESSAGE", json=said),
    ):
        assert answer.json()["result"]["text"] == said["text"], answer.text
    native = {"inline_keyboard": [[{"text": "x", "callback_data": "x"}]]}
    raw.post("sendMessage", json={**said, "reply_markup": native})
    assert robin.last.titles == ["x"]


def test_another_token_and_another_method_are_refused(
    bot_api: BotApi, raw: httpx.Client, robin: User
) -> None:
    said = {"chat_id": robin.id, "text": "x"}
    refused(raw.post(f"{bot_api.url}1:other/sendMessage", data=said), "Unauthorized", 401)
    refused(raw.post("sendTelepathy"), "Not Found", 404)
    refused(raw.post(f"{bot_api.address}/x"), "Not Found", 404)
    assert robin.messages() == []
    assert [violation.method for violation in bot_api.violations] == ["sendTelepathy"]


async def test_the_library_says_which_token_is_wrong(bot_api: BotApi) -> None:
    with pytest.raises(InvalidToken):
        async with Bot("1:other", base_url=bot_api.url):
            pass


async def test_chats_that_the_bot_may_not_write_to(bot_api: BotApi, bot: Bot, robin: User) -> None:
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(1, "hello")
    stranger = bot_api.user("Kim")
    with pytest.raises(Forbidden, match="can't initiate conversation"):
        await bot.send_message(stranger.id, "hello")
    sent = await bot.send_message(robin.id, "hello")
    robin.block()
    for call in (
        bot.send_message(robin.id, "hello"),
        bot.send_chat_action(robin.id, "typing"),
        bot.edit_message_text("other", robin.id, sent.message_id),
    ):
        with pytest.raises(Forbidden, match="bot was blocked by the user"):
            await call
    with pytest.raises(AssertionError, match="has blocked the bot"):
        robin.say("hello")
    robin.unblock()
    await bot.send_message(robin.id, "hello again")
    robin.delete_account()
    with pytest.raises(Forbidden, match="user is deactivated"):
        await bot.send_message(robin.id, "hello")
    with pytest.raises(BadRequest, match="can't be changed in private chats"):
        await bot.leave_chat(bot_api.add_user(first_name="Lee").start()["message"]["chat"]["id"])
    assert bot_api.violations == [] and len(bot_api.refusals) == 7


async def test_only_the_bots_own_messages_can_be_edited(
    bot_api: BotApi, bot: Bot, robin: User
) -> None:
    typed = robin.everything()[0].id
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("x", robin.id, 99_999)
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await bot.edit_message_text("x", robin.id, typed)
    photo = await bot.send_photo(robin.id, b"\xff\xd8", caption="one")
    with pytest.raises(BadRequest, match="There is no text in the message to edit"):
        await bot.edit_message_text("x", robin.id, photo.message_id)
    assert (await bot.edit_message_caption(robin.id, photo.message_id, caption="two")).caption
    with pytest.raises(BadRequest, match="Message to be replied not found"):
        await bot.send_message(robin.id, "x", reply_parameters=ReplyParameters(99_999))
    sent = await bot.send_message(
        robin.id, "x", reply_parameters=ReplyParameters(99_999, allow_sending_without_reply=True)
    )
    assert sent.reply_to_message is None


def test_webhooks_are_https_on_telegrams_ports() -> None:
    with BotApi() as api, httpx.Client(base_url=f"{api.url}{api.token}/") as client:
        refused(client.post("setWebhook", data={"url": "http://a.org/x"}), "An HTTPS URL must be")
        refused(client.post("setWebhook", data={"url": "https://a.org:8080/x"}), "only on ports")
        assert client.post("setWebhook", data={"url": "https://a.org:8443/x"}).json()["ok"]
        assert client.post("setWebhook", data={"url": ""}).json()["ok"]
        assert client.get("getWebhookInfo").json()["result"]["url"] == ""


# Formatted text -----------------------------------------------------------------------------------


def pieces(read: Any) -> list[tuple[str, str]]:
    """Each entity with the text it covers."""
    units = read.text.encode("utf-16-le")
    cut = [(e["offset"] * 2, (e["offset"] + e["length"]) * 2) for e in read.entities]
    covered = [units[start:end].decode("utf-16-le") for start, end in cut]
    return [(e["type"], text) for e, text in zip(read.entities, covered, strict=True)]


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("plain", "plain", []),
        ("<B>a</B><strong>b</strong>", "ab", [("bold", "a"), ("bold", "b")]),
        ("<i>a<u>b</u></i>", "ab", [("italic", "ab"), ("underline", "b")]),
        ("<s>a</s><del>b</del>", "ab", [("strikethrough", "a"), ("strikethrough", "b")]),
        ('<span class="tg-spoiler">a</span>', "a", [("spoiler", "a")]),
        ("<a href='tg://user?id=1'>a</a>", "a", [("text_link", "a")]),
        ("<code>&lt;b&gt;</code>", "<b>", [("code", "<b>")]),
        ('<pre><code class="language-sh">ls</code></pre>', "ls", [("pre", "ls")]),
        ("<blockquote expandable>a\nb</blockquote>", "a\nb", [("expandable_blockquote", "a\nb")]),
        ("😀<b>😀 é</b>", "😀😀 é", [("bold", "😀 é")]),
        ("&#128512;&#x41;&quot;&amp;lt;", '😀A"&lt;', []),
        ("&nbsp;&#0;", "&nbsp;&#0;", []),
        ("a<b></b>c", "ac", []),
        ("  <b> a </b>  ", "a", [("bold", "a")]),
    ],
)
def test_html_is_read(source: str, text: str, entities: list[tuple[str, str]]) -> None:
    read = formatted(source, "HTML")
    assert (read.text, pieces(read)) == (text, entities)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
        ("é<br>", 'Unsupported start tag "br" at byte offset 2'),
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("<b><i>a</b></i>", 'expected "</i>", found "</b>"'),
        ("<b", "Unclosed start tag"),
        ("<b>a</b", "Unclosed end tag"),
        ("<span>a</span>", 'must have class "tg-spoiler"'),
        ('<b "x">a</b>', "Unclosed start tag"),
    ],
)
def test_html_that_cannot_be_read(source: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=re.escape(reason)):
        formatted(source, "HTML")


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("*a _b_*", "a b", [("bold", "a b"), ("italic", "b")]),
        (
            "__a__ ~b~ ||c||",
            "a b c",
            [("underline", "a"), ("strikethrough", "b"), ("spoiler", "c")],
        ),
        ("[a\\.](https://example.org/\\))", "a.", [("text_link", "a.")]),
        ("`a*b`", "a*b", [("code", "a*b")]),
        ("```sh\nls -l```", "ls -l", [("pre", "ls -l")]),
        (">a\n>b\nc", "a\nb\nc", [("blockquote", "a\nb")]),
        ("**>a\n>b||", "a\nb", [("expandable_blockquote", "a\nb")]),
        ("R\\-4821\\-7308\\!", "R-4821-7308!", []),
    ],
)
def test_markdown_is_read(source: str, text: str, entities: list[tuple[str, str]]) -> None:
    read = formatted(source, "MarkdownV2")
    assert (read.text, pieces(read)) == (text, entities)


@pytest.mark.parametrize("character", "_*[]()~`>#+-=|{}.!")
def test_markdown_reserves_characters(character: str) -> None:
    with pytest.raises(Unreadable, match=r"reserved|Can't find end"):
        formatted(f"a{character}b", "MarkdownV2")
    assert formatted(f"a\\{character}b", "MarkdownV2").text == f"a{character}b"


def test_what_is_typed_is_marked_and_measured_as_telegram_does() -> None:
    typed = "😀 /help@psl_test_bot, see https://example.org or ask @kim_k or pat@example.org 1/2"
    units = typed.encode("utf-16-le")
    found = [
        (e["type"], units[e["offset"] * 2 : (e["offset"] + e["length"]) * 2].decode("utf-16-le"))
        for e in marked(typed)
    ]
    assert found == [
        ("bot_command", "/help@psl_test_bot"),
        ("url", "https://example.org"),
        ("mention", "@kim_k"),
        ("email", "pat@example.org"),
    ]
    assert utf16(typed) == len(typed) + 1


# Long polling -------------------------------------------------------------------------------------


async def test_updates_wait_until_they_are_confirmed(
    bot_api: BotApi, bot: Bot, robin: User
) -> None:
    for text in ("one", "two", "three"):
        robin.say(text)
    first = await bot.get_updates(limit=2)
    assert [u.message.text for u in first] == ["/start", "one"]
    assert await bot.get_updates(limit=2) == first
    with pytest.raises(AssertionError, match="4 updates are not confirmed"):
        bot_api.drained(0.01)
    rest = await bot.get_updates(offset=first[-1].update_id + 1)
    assert [u.message.text for u in rest] == ["two", "three"]
    assert [u.message.text for u in await bot.get_updates(offset=-1)] == ["three"]
    assert len(await bot.get_updates()) == 1
    assert await bot.get_updates(offset=rest[-1].update_id + 1) == ()
    bot_api.drained(0)


async def test_a_long_poll_ends_when_something_happens(bot: Bot, robin: User) -> None:
    (start,) = await bot.get_updates()
    began = time.monotonic()
    timer = threading.Timer(0.1, robin.say, ("hello",))
    timer.start()
    (update,) = await received(bot, start.update_id + 1)
    assert update.message.text == "hello"
    assert 0.05 < time.monotonic() - began < 2
    assert await bot.get_updates(offset=update.update_id + 1, timeout=1) == ()
    assert time.monotonic() - began > 1


async def test_only_what_the_bot_asks_for_is_kept(bot_api: BotApi, bot: Bot) -> None:
    await bot.get_updates(allowed_updates=["message"])
    robin = bot_api.user("Robin")
    robin.edit(robin.say("one")["message"]["message_id"], "two")
    robin.block()
    assert [u.message.text for u in await bot.get_updates()] == ["one"]
    await bot.get_updates(allowed_updates=[])
    robin.unblock()
    assert (await bot.get_updates())[-1].my_chat_member
    await bot.get_updates(allowed_updates=["message", "telepathy"])
    assert [v.reason for v in bot_api.violations] == ["unknown kind of update telepathy"]


async def test_a_second_poll_ends_the_first(bot_api: BotApi, bot: Bot) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=5))
    await asyncio.to_thread(bot_api.until, lambda: bot_api.polls == 1)
    async with new_bot(bot_api) as other:
        assert await other.get_updates() == ()
    with pytest.raises(Conflict, match="terminated by other getUpdates"):
        await first


async def test_who_hangs_up_conflicts_with_nobody(bot_api: BotApi, bot: Bot) -> None:
    with pytest.raises(TimedOut):
        await bot.get_updates(timeout=5, read_timeout=-4.9)
    robin = bot_api.user("Robin")
    robin.say("hello")
    assert len(await bot.get_updates()) == 1
    assert bot_api.refusals == []


async def test_the_same_update_comes_again(bot_api: BotApi, bot: Bot, robin: User) -> None:
    (start,) = await bot.get_updates()
    update = robin.say("hello")
    (hello,) = await received(bot, start.update_id + 1)
    bot_api.resend(update)
    bot_api.resend(update, new_id=True)
    same, other = await received(bot, hello.update_id + 1)
    assert same == hello
    assert other.update_id > hello.update_id and other.message == hello.message
    assert await bot.get_updates(offset=other.update_id + 1) == ()


async def test_held_updates_come_late_and_out_of_order(
    bot_api: BotApi, bot: Bot, robin: User
) -> None:
    sent = await bot.send_message(robin.id, "Shall we?", reply_markup=YES_NO)
    with bot_api.held() as updates:
        robin.say("one")
        robin.say("two")
        robin.press(robin.last, "Yes")
    (start,) = await bot.get_updates()
    bot_api.queue([updates[2], updates[1], updates[0]], dated=timedelta(hours=23))
    press, two, one = await received(bot, start.update_id + 1)
    assert (two.message.text, one.message.text) == ("two", "one")
    assert press.update_id > two.update_id > one.update_id
    assert timedelta(hours=22) < datetime.now(UTC) - one.message.date < timedelta(hours=24)
    assert press.callback_query.message.date == sent.date
    with pytest.raises(BadRequest, match="Query is too old"):
        await press.callback_query.answer()
    at = datetime(2026, 11, 22, 19, 5, tzinfo=UTC)
    bot_api.queue([updates[0]], dated=at)
    assert (await received(bot, press.update_id + 1))[0].message.date == at


# Faults -------------------------------------------------------------------------------------------


async def test_methods_fail_as_often_as_asked(bot_api: BotApi, bot: Bot, robin: User) -> None:
    kim = bot_api.user("Kim")
    kim.start()
    bot_api.fail("sendMessage", times=2, status=502, body="<html>Bad Gateway</html>")
    bot_api.fail("sendMessage", status=429, retry_after=7)
    bot_api.fail("sendMessage", status=400, description="Bad Request: chat not found", chat=kim.id)
    for _ in range(2):
        with pytest.raises(NetworkError, match="Bad Gateway"):
            await bot.send_message(robin.id, "hello")
    with pytest.raises(RetryAfter) as flood:
        await bot.send_message(robin.id, "hello")
    assert flood.value.retry_after == 7 or flood.value.retry_after == timedelta(seconds=7)
    assert len(bot_api.floods) == 1
    await bot.send_message(robin.id, "hello")
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(kim.id, "hello")
    await bot.send_message(kim.id, "hello")
    bot_api.fail("*", times=None, status=503)
    for _ in range(3):
        with pytest.raises(NetworkError, match="Service Unavailable"):
            await bot.get_me()
    bot_api.heal()
    await bot.get_me()
    statuses = [call.status for call in bot_api.calls_of("sendMessage", robin.id)]
    assert statuses == [502, 502, 429, 200]
    assert (len(robin.messages()), len(kim.messages())) == (1, 1)
    with pytest.raises(AssertionError, match="no method sendmessage"):
        bot_api.fail("sendmessage")
    assert bot_api.violations == []


@pytest.mark.parametrize("delivered", [False, True])
async def test_an_answer_is_lost_before_or_after_the_message_was_delivered(
    bot_api: BotApi, bot: Bot, robin: User, delivered: bool
) -> None:
    bot_api.drop("sendMessage", after_processing=delivered)
    with pytest.raises(NetworkError, match="disconnected"):
        await bot.send_message(robin.id, "one")
    assert len(robin.messages()) == delivered
    bot_api.drop("sendMessage", after_processing=delivered, hang=5)
    with pytest.raises(TimedOut):
        await bot.send_message(robin.id, "two", read_timeout=0.1)
    assert len(robin.messages()) == 2 * delivered
    bot_api.drop("sendMessage", after_processing=delivered, hang=0.1)
    with pytest.raises(NetworkError, match="disconnected"):
        await bot.send_message(robin.id, "three")
    await bot.send_message(robin.id, "four")
    assert len(robin.messages()) == 3 * delivered + 1


async def test_methods_are_slow_until_they_are_healed(bot_api: BotApi, bot: Bot) -> None:
    bot_api.slow("getMe", 0.15)
    began = time.monotonic()
    await asyncio.gather(bot.get_me(), bot.get_me())
    assert time.monotonic() - began >= 0.15
    bot_api.heal()
    began = time.monotonic()
    await bot.get_me()
    assert time.monotonic() - began < 0.15


async def test_an_outage_breaks_connections_and_loses_nothing(
    bot_api: BotApi, bot: Bot, robin: User
) -> None:
    await bot.send_message(robin.id, "before")
    (start,) = await bot.get_updates()
    polling = asyncio.create_task(received(bot, start.update_id + 1))
    await asyncio.to_thread(bot_api.until, lambda: bot_api.polls == 2)
    bot_api.down()
    robin.say("while it was down")
    with pytest.raises(NetworkError, match="disconnected"):
        await polling
    with pytest.raises(NetworkError, match="ConnectError"):
        await bot.send_message(robin.id, "lost")
    bot_api.up()
    (update,) = await received(bot, start.update_id + 1)
    assert update.message.text == "while it was down"
    bot_api.restart()
    await bot.send_message(robin.id, "after")
    assert [m.text for m in robin.messages()] == ["before", "after"]


async def test_a_call_that_an_outage_interrupts_is_not_done(
    bot_api: BotApi, bot: Bot, robin: User
) -> None:
    bot_api.slow("sendMessage", 0.1)
    sending = asyncio.create_task(bot.send_message(robin.id, "lost"))
    await asyncio.to_thread(bot_api.until, lambda: bot_api.calls_of("sendMessage"))
    bot_api.restart()
    with pytest.raises(NetworkError):
        await sending
    bot_api.heal()
    await asyncio.sleep(0.15)
    await bot.send_message(robin.id, "sent")
    assert [m.text for m in robin.messages()] == ["sent"]


async def test_flood_control_lets_short_bursts_through(
    bot_api: BotApi, bot: Bot, robin: User
) -> None:
    bot_api.flood = True
    for number in range(5):
        await bot.send_message(robin.id, str(number))
    with pytest.raises(RetryAfter) as flood:
        await bot.send_message(robin.id, "5")
    assert flood.value.retry_after in (1, timedelta(seconds=1))
    await bot.edit_message_text("an edit is no message", robin.id, robin.last.id)
    await asyncio.sleep(1)
    await bot.send_message(robin.id, "5")
    assert len(bot_api.floods) == 1 and bot_api.violations == []


async def test_flood_control_counts_over_all_chats_and_in_groups(
    bot_api: BotApi, bot: Bot, robin: User
) -> None:
    group = bot_api.group("Agents", [robin])
    people = [bot_api.user(f"U{number}") for number in range(31)]
    for user in people:
        user.start()
    bot_api.flood = True
    sent = await asyncio.gather(
        *(bot.send_message(user.id, "x") for user in people), return_exceptions=True
    )
    assert len([s for s in sent if isinstance(s, Message)]) == 30
    assert len([s for s in sent if isinstance(s, RetryAfter)]) == 1
    await asyncio.sleep(1)
    for _ in range(20):
        await bot.send_message(group.id, "x")
    with pytest.raises(RetryAfter) as flood:
        await bot.send_message(group.id, "x")
    seconds = flood.value.retry_after
    assert 50 < (seconds.total_seconds() if isinstance(seconds, timedelta) else seconds) <= 60


# Webhooks -----------------------------------------------------------------------------------------


class Hook:
    """A webhook that writes down what it gets and answers with the statuses it is given."""

    def __init__(self) -> None:
        self.got: list[tuple[str | None, dict[str, Any]]] = []
        self.statuses: list[int] = []
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                secret = self.headers["X-Telegram-Bot-Api-Secret-Token"]
                hook.got.append((secret, json.loads(body)))
                self.send_response(hook.statuses.pop(0) if hook.statuses else 200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                return

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"

    @contextmanager
    def listening(self) -> Iterator[Hook]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()


async def test_a_webhook_gets_updates_in_order_with_its_secret(
    bot_api: BotApi, bot: Bot, robin: User
) -> None:
    with Hook().listening() as hook:
        hook.statuses = [500, 302]
        polling = asyncio.create_task(bot.get_updates(offset=robin_offset(bot_api), timeout=5))
        await asyncio.to_thread(bot_api.until, lambda: bot_api.polls == 1)
        await bot.set_webhook(hook.url, secret_token="s-3_x", allowed_updates=["message"])
        with pytest.raises(Conflict, match="terminated by setWebhook"):
            await polling
        robin.say("one")
        robin.say("two")
        await asyncio.to_thread(bot_api.drained)
        texts = [update["message"]["text"] for _, update in hook.got]
        assert texts == ["one", "one", "one", "two"]
        assert {secret for secret, _ in hook.got} == {"s-3_x"}
        assert len({update["update_id"] for _, update in hook.got}) == 2
        assert [error != "" for *_, error in bot_api.posts] == [True, True, False, False]
        info = await bot.get_webhook_info()
        assert (info.url, info.pending_update_count) == (hook.url, 0)
        assert info.allowed_updates == ("message",)
        assert "302" in info.last_error_message
        with pytest.raises(Conflict, match="webhook is active"):
            await bot.get_updates()
    await bot.delete_webhook()
    robin.say("three")
    assert [u.message.text for u in await bot.get_updates()] == ["three"]
    await bot.delete_webhook(drop_pending_updates=True)
    assert await bot.get_updates() == ()


def robin_offset(bot_api: BotApi) -> int:
    """The offset behind the update of Robin's start."""
    first: int = bot_api.updates.take(1)[0]["update_id"]
    return first + 1


async def test_a_webhook_that_cannot_be_reached_keeps_its_updates(
    bot_api: BotApi, bot: Bot, robin: User
) -> None:
    hook = Hook()
    hook._server.server_close()
    await bot.set_webhook(hook.url)
    assert await asyncio.to_thread(bot_api.until, lambda: len(bot_api.posts) >= 2)
    info = await bot.get_webhook_info()
    assert info.pending_update_count == 1 and "Connection failed" in info.last_error_message
    with Hook().listening() as other:
        await bot.set_webhook(other.url)
        await asyncio.to_thread(bot_api.drained)
        assert [secret for secret, _ in other.got] == [None]


# What tests rely on -------------------------------------------------------------------------------


def test_waiting_tells_what_was_shown_instead(robin: User) -> None:
    with pytest.raises(AssertionError, match="waited"):
        robin.wait(1, timeout=0.05)
    with pytest.raises(AssertionError, match="'later' was not shown"):
        robin.shows("later", timeout=0.05)
    with pytest.raises(AssertionError, match="nothing was sent"):
        assert robin.last


async def test_waiting_ends_with_the_message_that_is_awaited(bot: Bot, robin: User) -> None:
    waiting = asyncio.create_task(asyncio.to_thread(robin.wait, lambda shown: len(shown) == 2))
    first = await bot.send_message(robin.id, "one")
    await bot.send_message(robin.id, "one more")
    assert [m.text for m in await waiting] == ["one", "one more"]
    assert robin.shows("^ONE$", 0).id == first.message_id
    assert robin.shows("one", 0, after=robin.messages()[0]).text == "one more"


def test_people_cannot_do_what_the_app_does_not_offer(robin: User) -> None:
    with pytest.raises(AssertionError, match="deep link"):
        robin.start("with space")
    with pytest.raises(AssertionError, match="characters a message"):
        robin.say("x" * 4097)


def test_what_many_people_say_at_once_is_kept_in_order(bot_api: BotApi, robin: User) -> None:
    people = [bot_api.user(f"U{number}") for number in range(20)]

    def talk(user: User) -> None:
        for number in range(20):
            user.say(str(number))

    threads = [threading.Thread(target=talk, args=(user,)) for user in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = bot_api.updates.take(1000)
    ids = [update["update_id"] for update in taken]
    assert len(ids) == 401 and len(set(ids)) == 401
    messages = [update["message"]["message_id"] for update in taken]
    assert len(set(messages)) == 401
    for user in people:
        texts = [u["message"]["text"] for u in taken if u["message"]["from"]["id"] == user.id]
        assert texts == [str(n) for n in range(20)]


def test_people_are_driven_over_http(bot_api: BotApi, raw: httpx.Client) -> None:
    where = f"{bot_api.address}/people/Robin"
    said = raw.post(where, json={"say": "hello"}).json()
    chat = said["message"]["chat"]["id"]
    markup = keyboard({"text": "Yes", "callback_data": "y"})
    raw.post("sendMessage", data={"chat_id": chat, "text": "Shall we?", "reply_markup": markup})
    (shown,) = raw.get(where, params={"count": 1}).json()
    assert (shown["text"], shown["buttons"]) == ("Shall we?", [[["Yes", "y"]]])
    assert raw.post(where, json={"press": "Yes"}).json()["callback_query"]["data"] == "y"
    assert "no message shows" in raw.post(where, json={"press": "No"}).json()["error"]
    assert "error" in raw.post(where, json={"sing": "la"}).json()
    texts = [u["message"]["text"] for u in bot_api.updates.take(10) if "message" in u]
    assert texts == ["/start", "hello"]
