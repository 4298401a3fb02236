"""Messages that a channel received and sent, and which buttons work when the talk goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.purge import purge
from psl import notices
from psl.buttons import about, left_after_press, left_after_turn, payload
from psl.database import Database
from psl.messages import Messages
from psl.referrals.words import PREFERRED
from psl.settings import Settings

CHAT = "telegram:7"
ROWS = [[["Accept", "btn:a"], ["Reject", "btn:r"]], [["Later", "btn:l"]]]


@pytest.fixture
def messages(database: Database) -> Messages:
    return Messages(database)


def test_what_was_handled_is_known_by_its_key(messages: Messages) -> None:
    assert not messages.is_handled("telegram:7:m1")
    messages.handled("telegram:7:m1", "telegram:7:e1:5")
    messages.handled("telegram:7:m1")
    assert messages.is_handled("telegram:7:m1")
    assert messages.is_handled("telegram:7:e1:5")
    assert not messages.is_handled("telegram:7:m2")


def test_a_message_comes_back_as_it_was_sent(messages: Messages) -> None:
    messages.sent(CHAT, 2**40, ROWS, subject="offer:17", text="General referral")
    found = messages.of(CHAT, 2**40)
    assert found is not None
    assert (found.subject, found.text, found.buttons) == ("offer:17", "General referral", ROWS)
    assert found.tokens == {"btn:a": "Accept", "btn:r": "Reject", "btn:l": "Later"}
    assert messages.of("telegram:8", 2**40) is None


def test_the_same_number_again_replaces_it(messages: Messages) -> None:
    messages.sent(CHAT, 1, ROWS)
    messages.sent(CHAT, 1, [], subject="notice")
    found = messages.of(CHAT, 1)
    assert found is not None
    assert (found.subject, found.buttons) == ("notice", [])


def test_buttons_end_with_the_key_in_one_step(messages: Messages) -> None:
    messages.sent(CHAT, 1, ROWS)
    messages.sent(CHAT, 2, ROWS)
    messages.handled("k", chat=CHAT, buttons={1: [], 2: ROWS[1:], 3: []})
    assert [m.message_id for m in messages.with_buttons(CHAT)] == [2]
    assert messages.with_buttons(CHAT)[0].tokens == {"btn:l": "Later"}
    assert messages.of(CHAT, 3) is None


def test_messages_are_found_by_what_they_are_about(messages: Messages) -> None:
    for number, subject in ((3, "offer:17"), (1, "offer:17"), (2, "offer:18"), (4, "")):
        messages.sent(CHAT, number, ROWS, subject=subject)
    messages.sent("telegram:8", 5, ROWS, subject="offer:17")
    assert [m.message_id for m in messages.about(CHAT, "offer:17")] == [1, 3]
    assert [m.message_id for m in messages.with_buttons(CHAT)] == [1, 2, 3, 4]


def test_of_many_only_the_latest_are_looked_through(messages: Messages) -> None:
    for number in range(60):
        messages.sent(CHAT, number, ROWS)
    assert [m.message_id for m in messages.with_buttons(CHAT)] == list(range(10, 60))


def test_purge_removes_what_is_old(settings: Settings) -> None:
    ago = timedelta()
    database = Database(settings.sqlalchemy_url(), lambda: datetime.now(UTC) - ago)
    database.upgrade()
    messages = Messages(database)
    for days in (0, 6, 8, 31, 91):
        ago = timedelta(days=days)
        messages.handled(f"telegram:7:m{days}")
        messages.sent(CHAT, days, ROWS)
        with database.transaction() as session:
            at = database.now(session)
            notices.enqueue(session, CHAT, f"answer:{days}", f"502-555-0177 {PREFERRED}", at)
            notices.enqueue(session, CHAT, f"plain:{days}", "Noted.", at)
    removed = purge(settings)
    assert removed["messages received"] == 3
    assert removed["messages sent"] == 1
    assert removed["notices"] + removed["contact data in notices"] == 3
    assert [d for d in (0, 6, 8, 31, 91) if messages.is_handled(f"telegram:7:m{d}")] == [0, 6]
    assert [m.message_id for m in messages.with_buttons(CHAT)] == [0, 6, 8, 31]
    database.close()


# Which buttons still work -------------------------------------------------------------------------

ACCEPT, REJECT = payload("accept_referral", offer=17), payload("reject_referral", offer=17)
OTHER = payload("accept_referral", offer=18)
YES, NO = payload("affirm"), payload("deny")
EDGE = payload("inform", draft=5, browser="Edge")
CHROME = payload("inform", draft=5, browser="Chrome")
BOTH = payload("add_ticket_detail", ref=9, draft=5)
PHONE, TEXT = payload("set_contact", choice="phone"), payload("set_contact", choice="text")


@pytest.mark.parametrize(
    ("told", "things"),
    [
        (ACCEPT, {"offer:17"}),
        (BOTH, {"ref:9", "draft:5"}),
        (EDGE, {"draft:5"}),
        (PHONE, set()),
        (YES, set()),
        ('/start_ticket{"words": "{offer: 17}"}', set()),
        ("the dashboard {is blank}", set()),
        ("/broken{", set()),
    ],
)
def test_a_button_is_about_things_and_not_about_answers(told: str, things: set[str]) -> None:
    assert about(told) == things


@pytest.mark.parametrize(
    ("live", "pressed", "left"),
    [
        ([ACCEPT, REJECT, OTHER], ACCEPT, [OTHER]),
        ([YES, NO], NO, []),
        ([YES, NO, OTHER], YES, [OTHER]),
        ([ACCEPT, NO], ACCEPT, [NO]),
        ([EDGE, CHROME], EDGE, []),
        ([BOTH, CHROME, ACCEPT], CHROME, [ACCEPT]),
        ([PHONE, TEXT], PHONE, []),
        ([ACCEPT], OTHER, [ACCEPT]),
    ],
)
def test_a_press_ends_what_is_about_the_same(
    live: list[str], pressed: str, left: list[str]
) -> None:
    assert left_after_press({one: one for one in live}, pressed) == set(left)


@pytest.mark.parametrize(
    ("live", "shown", "left"),
    [
        ([YES, NO], [], []),
        ([ACCEPT, REJECT, YES], [], [ACCEPT, REJECT]),
        ([ACCEPT, OTHER], [OTHER], [ACCEPT]),
        ([EDGE, CHROME], [BOTH], []),
    ],
)
def test_when_the_talk_goes_on_plain_answers_and_what_is_shown_again_end(
    live: list[str], shown: list[str], left: list[str]
) -> None:
    assert left_after_turn({one: one for one in live}, shown) == set(left)


def test_payloads_are_told_to_their_own_chat_alone(world) -> None:
    mine = world.buttons.offer(CHAT, [("Accept", ACCEPT), ("Reject", REJECT)])
    others = world.buttons.offer("telegram:8", [("Accept", OTHER)])
    assert world.buttons.payloads_of(CHAT, [*mine, *others, "btn:x"]) == {
        mine[0]: ACCEPT,
        mine[1]: REJECT,
    }
    assert world.buttons.payloads_of("telegram:8", mine) == {}
