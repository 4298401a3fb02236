"""What updates say, from the JSON that Telegram sends."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from telegram import Update

from bot.channels.telegram.reading import (
    File,
    Group,
    Incoming,
    Other,
    Pressed,
    Reach,
    Sent,
    latest,
    read,
)

AT = 1_795_000_000
ROBIN = {"id": 7, "is_bot": False, "first_name": "Robin"}
BOT = {"id": 1, "is_bot": True, "first_name": "PSL", "username": "psl_bot"}
PRIVATE = {"id": 7, "type": "private", "first_name": "Robin"}
GROUP = {"id": -5, "type": "group", "title": "Agency"}
KEPT = {"file_id": "f", "file_unique_id": "u"}


def message(**told: Any) -> dict[str, Any]:
    return {"message_id": 11, "date": AT, "chat": PRIVATE, "from": ROBIN, **told}


def said(**told: Any) -> Incoming | None:
    return of({"message": message(**told)})


def of(update: dict[str, Any]) -> Incoming | None:
    return read(Update.de_json({"update_id": 1, **update}, None))


def sent(**told: Any) -> Sent:
    found = said(**told)
    assert isinstance(found, Sent)
    return found


def press(**told: Any) -> Incoming | None:
    shown = {**message(text="Shall I?"), "from": BOT}
    return of(
        {
            "callback_query": {
                "id": "c1", "from": ROBIN, "chat_instance": "x", "data": "btn:1",
                "message": shown, **told,
            }
        }
    )  # fmt: skip


def test_a_text() -> None:
    found = sent(text="hello")
    assert (found.chat_id, found.message_id, found.text) == (7, 11, "hello")
    assert found.at == datetime.fromtimestamp(AT, UTC)
    assert found.key == found.original_key == "telegram:7:m11"


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("/start", "/start"),
        ("/start CDFG-HJKM", "link CDFG-HJKM"),
        ("/start CDFGHJKM", "link CDFGHJKM"),
        ("/start@psl_bot CDFG-HJKM", "link CDFG-HJKM"),
        ("/start newsletter", "/start"),
        ("/start my work", "/start"),
        ("/ticket the dashboard is blank", "/ticket the dashboard is blank"),
    ],
)
def test_what_follows_start_is_a_link_code_or_nothing(typed: str, text: str) -> None:
    assert sent(text=typed).text == text


def test_an_edit_has_a_name_of_its_own_and_the_originals() -> None:
    found = of({"edited_message": message(text="hello", edit_date=AT + 5)})
    assert isinstance(found, Sent)
    assert found.key == f"telegram:7:e11:{AT + 5}"
    assert found.original_key == "telegram:7:m11"


def test_a_place_that_moves_is_no_edit() -> None:
    where = {"latitude": 38.0, "longitude": -85.0}
    assert of({"edited_message": message(location=where, edit_date=AT)}) is None


def test_a_photo_is_its_largest_size_with_its_caption() -> None:
    sizes = [
        {**KEPT, "file_id": "small", "width": 90, "height": 60, "file_size": 1},
        {**KEPT, "file_id": "large", "width": 900, "height": 600, "file_size": 9},
        {**KEPT, "file_id": "middle", "width": 300, "height": 200},
    ]
    found = sent(photo=sizes, caption="AP-77")
    assert found.picture == File("large", "photo.jpg", 9)
    assert (found.text, found.other) == ("AP-77", None)


def test_a_picture_sent_as_a_file_is_a_picture() -> None:
    file = {**KEPT, "mime_type": "image/png", "file_name": "shot.png", "file_size": 12}
    assert sent(document=file).picture == File("f", "shot.png", 12)


@pytest.mark.parametrize(
    ("told", "other"),
    [
        ({"voice": {**KEPT, "duration": 1}}, Other.VOICE),
        ({"audio": {**KEPT, "duration": 1}}, Other.VOICE),
        ({"video": {**KEPT, "width": 1, "height": 1, "duration": 1}}, Other.VIDEO),
        ({"video_note": {**KEPT, "length": 1, "duration": 1}}, Other.VIDEO),
        (
            {
                "animation": {**KEPT, "width": 1, "height": 1, "duration": 1},
                "document": {**KEPT, "mime_type": "video/mp4"},
            },
            Other.VIDEO,
        ),
        (
            {
                "sticker": {
                    **KEPT, "type": "regular", "width": 1, "height": 1, "is_animated": False,
                    "is_video": False,
                }
            },
            Other.STICKER,
        ),
        ({"location": {"latitude": 1.0, "longitude": 1.0}}, Other.LOCATION),
        ({"contact": {"phone_number": "502-555-0143", "first_name": "Pat"}}, Other.CONTACT),
        ({"document": {**KEPT, "mime_type": "application/pdf"}}, Other.DOCUMENT),
        ({"document": KEPT}, Other.DOCUMENT),
        ({"dice": {"emoji": "🎲", "value": 3}}, Other.OTHER),
    ],
)  # fmt: skip
def test_other_things_are_known_by_their_kind(told: dict[str, Any], other: Other) -> None:
    found = sent(**told)
    assert (found.other, found.picture, found.text) == (other, None, "")


def test_a_forwarded_text_is_a_text() -> None:
    origin = {"type": "hidden_user", "sender_user_name": "Sam", "date": AT - 60}
    assert sent(text="what is PSL?", forward_origin=origin).text == "what is PSL?"


@pytest.mark.parametrize(
    "told",
    [
        {"message_auto_delete_timer_changed": {"message_auto_delete_time": 60}},
        {"pinned_message": message(text="pinned")},
    ],
)
def test_what_telegram_itself_says_needs_no_answer(told: dict[str, Any]) -> None:
    assert said(**told) is None


def test_a_group_is_a_group_whatever_is_said_there() -> None:
    group = {**message(text="hello"), "chat": GROUP}
    assert of({"message": group}) == Group(-5)
    assert of({"edited_message": {**group, "edit_date": AT}}) == Group(-5)
    assert press(message={**group, "from": BOT}) == Group(-5)


def test_a_press_with_its_message_and_keyboard() -> None:
    rows = {"inline_keyboard": [[{"text": "Yes", "callback_data": "btn:1"}]]}
    shown = {
        **message(text="Ticket T-4821-7308 & <more>"),
        "from": BOT,
        "reply_markup": rows,
        "entities": [{"type": "code", "offset": 7, "length": 11}],
    }
    found = press(message=shown)
    assert found == Pressed(
        7,
        "c1",
        "btn:1",
        11,
        "Ticket <code>T-4821-7308</code> &amp; &lt;more&gt;",
        [[["Yes", "btn:1"]]],
    )
    assert isinstance(found, Pressed)
    assert found.key == "telegram:7:cc1"


def test_a_press_on_a_message_that_cannot_be_had() -> None:
    found = press(message={"message_id": 11, "chat": PRIVATE, "date": 0})
    assert found == Pressed(7, "c1", "btn:1", 11, "", [])


@pytest.mark.parametrize("told", [{"data": None, "game_short_name": "x"}, {"message": None}])
def test_a_press_that_is_none_of_ours(told: dict[str, Any]) -> None:
    assert press(**told) is None


@pytest.mark.parametrize(
    ("chat", "status", "found"),
    [
        (PRIVATE, "kicked", Reach(7, False)),
        (PRIVATE, "member", Reach(7, True)),
        (GROUP, "member", Group(-5)),
        (GROUP, "kicked", None),
        (GROUP, "left", None),
    ],
)
def test_coming_and_going(chat: dict[str, Any], status: str, found: Incoming | None) -> None:
    more = {"until_date": 0} if status == "kicked" else {}
    changed = {
        "chat": chat,
        "from": ROBIN,
        "date": AT,
        "old_chat_member": {"status": "left", "user": BOT},
        "new_chat_member": {"status": status, "user": BOT, **more},
    }
    assert of({"my_chat_member": changed}) == found


def test_an_update_of_another_kind_is_passed_over() -> None:
    assert of({}) is None


# A batch ------------------------------------------------------------------------------------------


def edited(found: Sent, text: str, seconds: int) -> Sent:
    at = datetime.fromtimestamp(AT + seconds, UTC)
    return Sent(found.chat_id, found.message_id, found.at, text, at)


def test_of_a_message_only_the_last_version_is_kept_in_its_place() -> None:
    one, two = sent(text="one"), sent(text="two", message_id=12)
    final, middle = edited(one, "final", 9), edited(one, "middle", 3)
    assert latest([one, two, final, middle]) == [final, two]


def test_messages_of_other_chats_are_other_messages() -> None:
    here, there = sent(text="here"), sent(text="there", chat={**PRIVATE, "id": 8})
    assert latest([here, there]) == [here, there]


def test_the_same_message_twice_is_kept_once() -> None:
    one = sent(text="one")
    assert latest([one, one]) == [one]


def test_presses_stay() -> None:
    found = press()
    assert found is not None
    assert latest([found, sent(text="one"), found]) == [found, sent(text="one"), found]
