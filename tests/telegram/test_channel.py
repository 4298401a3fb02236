"""The Telegram channel as a whole: the real assistant, the real library, a strict Bot API server."""

from __future__ import annotations

import asyncio
import io
import itertools
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from PIL import Image
from pydantic import SecretStr
from sqlalchemy import select, text
from telegram.constants import MessageLimit

from bot import edge
from bot.channels.telegram import notifying, words
from bot.channels.telegram.commands import MENU
from psl import notices
from psl.referrals.models import Offer, OfferState
from tests.stack import Stack
from tests.telegram.bot_api import BotApi
from tests.telegram.people import User
from tests.telegram.running import Bot

QUESTION = "how long do i have to accept a general referral"
SSN = "219-09-9999"
_NAMES = itertools.count()


@pytest.fixture
def api(telegram_api: BotApi) -> BotApi:
    telegram_api.heal()
    return telegram_api


@pytest_asyncio.fixture
async def bot(api: BotApi, stack: Stack) -> AsyncIterator[Bot]:
    running = Bot(api, stack)
    await running.start()
    yield running
    await running.stop()
    api.heal()
    running.cancel_all()
    assert [v for v in api.violations if v.method != "getUpdates"] == []


def everything_kept(bot: Bot) -> str:
    """All that the records hold, in one text."""
    with bot.services.database.reading() as session:
        names = session.scalars(
            text("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
        ).all()
        rows = [repr(session.execute(text(f'SELECT * FROM "{name}"')).all()) for name in names]
    folder: Path = bot.services.settings.data_dir
    return "\n".join(rows) + (folder / "conversations.db").read_bytes().decode("latin-1")


# Messages -----------------------------------------------------------------------------------------


async def test_a_question_is_answered(bot: Bot) -> None:
    robin = bot.api.user("Robin")
    answer = await bot.answers(robin, QUESTION)
    assert "15 minutes" in answer.text


async def test_the_menu_is_set_and_all_of_it_works(bot: Bot) -> None:
    await bot.person()
    assert [
        (c["command"], c["description"]) for [c] in zip(*bot.api.commands.values(), strict=True)
    ] == [*MENU]
    assert {name for name, _ in MENU} <= set(edge.COMMANDS)


async def test_a_deep_link_links_the_chat(bot: Bot) -> None:
    user, agent_id = await bot.agent()
    assert bot.services.roster.agent_of(bot.chat(user)).id == agent_id


async def test_a_deep_link_without_a_code_is_a_start(bot: Bot) -> None:
    user = bot.api.user("Robin")
    user.start("from_the_newsletter")
    plain = bot.api.user("Sam")
    plain.start()
    await bot.drained()
    assert user.last.text == plain.last.text


async def test_messages_of_a_chat_are_answered_in_their_order(bot: Bot) -> None:
    user = await bot.person()
    with bot.api.held() as held:
        for said in ("how many misses until i am de-registered", QUESTION, "what is PSL's number"):
            user.say(said)
    before = len(user.messages())
    bot.api.queue(held)
    await bot.drained()
    told = "\n".join(m.text for m in user.messages()[before:])
    assert told.index("3 consecutive") < told.index("15 minutes") < told.index("326-4650")


async def test_updates_in_the_wrong_order_of_a_batch_are_put_right(bot: Bot) -> None:
    user = await bot.person()
    with bot.api.held() as held:
        user.say("how many misses until i am de-registered")
        user.say(QUESTION)
    before = len(user.messages())
    bot.api.queue(held[::-1])
    await bot.drained()
    told = "\n".join(m.text for m in user.messages()[before:])
    assert told.index("3 consecutive") < told.index("15 minutes")


async def test_one_slow_chat_keeps_no_other_waiting(bot: Bot) -> None:
    slow, quick = await bot.person("Slow"), await bot.person("Quick")
    bot.api.drop("sendMessage", hang=4.0, chat=slow.id)
    before = len(slow.messages())
    slow.say(QUESTION)
    quick.say(QUESTION)
    await bot.shows(quick, "15 minutes")
    assert len(slow.messages()) == before
    await bot.shows(slow, "15 minutes")


@pytest.mark.parametrize("new_id", [False, True])
async def test_the_same_update_twice_is_answered_once(bot: Bot, new_id: bool) -> None:
    user = await bot.person()
    before = len(user.messages())
    update = user.say(QUESTION)
    await bot.drained()
    answered = len(user.messages())
    assert answered > before
    bot.api.resend(update, new_id=new_id)
    await bot.drained()
    assert len(user.messages()) == answered


async def test_the_same_update_twice_at_once_is_answered_once(bot: Bot) -> None:
    user = await bot.person()
    with bot.api.held() as held:
        update = user.say("draft a ticket: dashboard is blank in edge")
    before = len(user.messages())
    bot.api.queue(held)
    bot.api.resend(update, new_id=True)
    bot.api.resend(update, new_id=True)
    await bot.drained()
    once = len(user.messages()) - before
    other = await bot.person()
    before = len(other.messages())
    other.say("draft a ticket: dashboard is blank in edge")
    await bot.drained()
    assert len(other.messages()) - before == once


async def test_what_is_not_text_gets_a_kind_answer(bot: Bot) -> None:
    user = await bot.person()
    for send, told in (
        (user.voice, "listen"),
        (user.sticker, "Nice one"),
        (user.location, "ZIP"),
        (user.contact, "did not keep"),
        (lambda: user.document(b"%PDF", "notes.pdf", "application/pdf"), "pictures only"),
    ):
        send()
        await bot.drained()
        assert told in user.last.text
    assert "555-0143" not in everything_kept(bot)


async def test_a_caption_is_a_message(bot: Bot) -> None:
    user = await bot.person()
    user.voice(caption=QUESTION)
    await bot.drained()
    assert "15 minutes" in user.last.text


async def test_a_screenshot_goes_to_the_ticket_and_its_caption_is_a_message(bot: Bot) -> None:
    user, _ = await bot.agent()
    await bot.answers(user, "ticket: dashboard is blank in edge, case 118600001")
    drawn = io.BytesIO()
    Image.new("RGB", (60, 40), "navy").save(drawn, "PNG")
    user.photo(drawn.getvalue(), caption=QUESTION)
    await bot.drained()
    told = "\n".join(m.text for m in user.messages())
    assert "creenshot" in told
    assert told.index("creenshot") < told.index("15 minutes")
    owner = bot.services.owner(bot.chat(user))
    kept = list((bot.services.settings.data_dir / "attachments").rglob("*.*"))
    assert len(kept) == 1
    assert owner.agent_id is not None


async def test_a_picture_too_large_is_not_fetched(bot: Bot) -> None:
    user = await bot.person()
    fetched = len(bot.api.calls_of("getFile"))
    user.document(b"x", "shot.png", "image/png", claimed_size=18_000_000)
    await bot.drained()
    assert "larger than I can take" in user.last.text
    assert len(bot.api.calls_of("getFile")) == fetched


async def test_a_picture_that_cannot_be_fetched_is_asked_for_again(bot: Bot) -> None:
    user = await bot.person()
    bot.api.fail("getFile", status=400, description="Bad Request: file is temporarily unavailable")
    user.photo(b"x")
    await bot.drained()
    assert user.last.text == words.NOT_FETCHED


async def test_private_data_is_masked_wherever_it_is_written(bot: Bot) -> None:
    user = await bot.person()
    said = user.say(f"ticket: client's ssn is {SSN}, dashboard is blank")
    await bot.drained()
    assert "Social Security" in "".join(m.text for m in user.messages())
    user.forward(f"her social is {SSN}")
    user.voice(caption=f"her social is {SSN}")
    user.document(b"\x89PNG", f"{SSN}.png", "image/png", caption=f"her ssn {SSN}")
    await bot.drained()
    user.edit(said["message"]["message_id"], f"client's ssn is {SSN}, and portal is blank")
    await bot.drained()
    assert "[SSN removed]" in user.last.text
    user.press(user.last, words.USE_NEW)
    await bot.drained()
    assert SSN not in everything_kept(bot)
    assert all(SSN not in m.text for m in user.messages())


# Edits --------------------------------------------------------------------------------------------


async def test_a_message_edited_before_it_was_read_is_read_as_edited(bot: Bot) -> None:
    user = await bot.person()
    before = len(user.messages())
    with bot.api.held() as held:
        first = user.say("what is PSL's number")
        user.edit(first["message"]["message_id"], QUESTION)
    bot.api.queue(held)
    await bot.drained()
    told = "\n".join(m.text for m in user.messages()[before:])
    assert "15 minutes" in told
    assert "326-4650" not in told


async def test_an_edit_that_overtakes_its_message_is_the_message(bot: Bot) -> None:
    user = await bot.person()
    with bot.api.held() as held:
        first = user.say("what is PSL's number")
        user.edit(first["message"]["message_id"], QUESTION)
    bot.api.queue(held[1:])
    await bot.drained()
    assert "15 minutes" in user.last.text
    answered = len(user.messages())
    bot.api.queue(held[:1])
    await bot.drained()
    assert len(user.messages()) == answered


async def test_an_answered_message_that_is_edited_does_nothing_by_itself(bot: Bot) -> None:
    user = await bot.person()
    said = user.say("what is PSL's number")
    await bot.drained()
    user.edit(said["message"]["message_id"], QUESTION)
    await bot.drained()
    asked = user.last
    assert "You changed your message" in asked.text
    assert QUESTION in asked.text
    user.press(asked, words.USE_NEW)
    await bot.drained()
    assert "15 minutes" in user.last.text
    assert f"✓ {words.USE_NEW}" in user.message(asked.id).text


async def test_an_edit_to_a_link_code_is_not_shown_again(bot: Bot) -> None:
    user = await bot.person()
    said = user.say("link")
    await bot.drained()
    user.edit(said["message"]["message_id"], "link CDFG-HJKM")
    await bot.drained()
    assert user.last.text == words.NEW_CODE


# Buttons ------------------------------------------------------------------------------------------


async def test_a_press_is_answered_and_shown_and_done_once(bot: Bot) -> None:
    user, agent_id = await bot.agent()
    referral = bot.stack.request()
    offer = await bot.shows(user, "General referral")
    assert offer.titles == ["Accept", "Reject"]
    assert all(len(data) <= 64 for row in offer.buttons for _, data in row)
    user.press(offer, "Accept")
    card = await bot.shows(user, "Lopez", after=offer)
    await bot.drained()
    shown = user.message(offer.id)
    assert shown.text.endswith("✓ Accept")
    assert shown.titles == []
    assert bot.api.unanswered == []
    assert bot.services.referrals.by_number(referral.number).holder_id == agent_id
    for data in (offer.data("Accept"), offer.data("Reject")):
        user.press_data(offer.id, data)
        await bot.drained()
        assert user.last.id == card.id
    told = [a.text for a in bot.api.answered_callbacks][-2:]
    assert told == [words.pressed_already("Accept"), words.EARLIER]


async def test_a_double_tap_is_one_press(bot: Bot) -> None:
    user, agent_id = await bot.agent()
    bot.stack.request()
    offer = await bot.shows(user, "General referral")
    with bot.api.held() as held:
        user.press(offer, "Reject")
        user.press(offer, "Reject")
        user.press(offer, "Accept")
    before = len(user.messages())
    bot.api.queue(held)
    await bot.drained()
    assert len(user.messages()) == before + 1
    assert bot.services.referrals.in_hand(agent_id) == []
    assert bot.api.unanswered == []


async def test_offers_are_answered_apart(bot: Bot) -> None:
    user, agent_id = await bot.agent()
    bot.stack.request()
    bot.stack.request()
    await bot.drained()
    await bot.until(lambda: sum("General referral" in m.text for m in user.messages()) == 2)
    first, second = [m for m in user.messages() if "General referral" in m.text]
    user.press(first, "Accept")
    await bot.drained()
    assert user.message(second.id).titles == ["Accept", "Reject"]
    user.press(second, "Accept")
    await bot.drained()
    assert len(bot.services.referrals.in_hand(agent_id)) == 2


async def test_forged_and_foreign_buttons_do_nothing(bot: Bot) -> None:
    robin, agent_id = await bot.agent("Robin")
    sam = await bot.person("Sam")
    bot.stack.request()
    offer = await bot.shows(robin, "General referral")
    before = len(sam.messages())
    for data in (offer.data("Accept"), "btn:AAAAAAAAAAAAAAAA", "/accept_referral", "x"):
        sam.press_data(sam.last.id, data)
        await bot.drained()
    assert len(sam.messages()) == before
    assert [a.text for a in bot.api.answered_callbacks][-4:] == [words.UNKNOWN] * 4
    assert bot.services.referrals.in_hand(agent_id) == []


async def test_a_dead_button_on_another_message_is_as_dead(bot: Bot) -> None:
    user, agent_id = await bot.agent()
    bot.stack.request()
    offer = await bot.shows(user, "General referral")
    user.press(offer, "Reject")
    await bot.drained()
    plain = next(m for m in user.messages() if not m.titles and m.id != offer.id)
    before = len(user.messages())
    user.press_data(plain.id, offer.data("Accept"))
    await bot.drained()
    assert [a.text for a in bot.api.answered_callbacks][-1] == words.EARLIER
    assert len(user.messages()) == before
    assert bot.services.referrals.in_hand(agent_id) == []


async def test_an_offer_that_is_accepted_in_words_loses_its_buttons(bot: Bot) -> None:
    user, agent_id = await bot.agent()
    bot.stack.request()
    offer = await bot.shows(user, "General referral")
    await bot.answers(user, "accept")
    await bot.until(lambda: not user.message(offer.id).titles)
    assert len(bot.services.referrals.in_hand(agent_id)) == 1


async def test_a_press_without_a_kept_message_still_works_once(bot: Bot) -> None:
    user, agent_id = await bot.agent()
    bot.stack.request()
    offer = await bot.shows(user, "General referral")
    with bot.services.database.transaction() as session:
        session.execute(
            text("DELETE FROM sent_message WHERE chat = :chat"), {"chat": bot.chat(user)}
        )
    user.press(offer, "Accept")
    await bot.shows(user, "Lopez", after=offer)
    await bot.drained()
    assert user.message(offer.id).titles == []
    user.press_data(offer.id, offer.data("Reject"))
    await bot.drained()
    assert [a.text for a in bot.api.answered_callbacks][-1] == words.EARLIER
    assert len(bot.services.referrals.in_hand(agent_id)) == 1


async def test_a_keyboard_that_should_not_be_there_any_more_is_taken_off(bot: Bot) -> None:
    user, _ = await bot.agent()
    bot.stack.request()
    offer = await bot.shows(user, "General referral")
    bot.api.fail("editMessageText", status=500)
    user.press(offer, "Reject")
    await bot.drained()
    assert user.message(offer.id).titles == ["Accept", "Reject"]
    user.press(offer, "Reject")
    await bot.drained()
    assert user.message(offer.id).titles == []
    assert [a.text for a in bot.api.answered_callbacks][-1] == words.pressed_already("Reject")


async def test_plain_answers_die_when_the_conversation_goes_on(bot: Bot) -> None:
    user = await bot.person()
    first = await bot.answers(user, "ticket for PSL")
    shown = next(m for m in user.messages()[::-1] if m.titles)
    assert first.id >= shown.id
    await bot.answers(user, QUESTION)
    await bot.until(lambda: shown.titles != user.message(shown.id).titles)


async def test_a_press_that_failed_may_be_repeated(api: BotApi, stack: Stack) -> None:
    running = Bot(api, stack)
    await running.start()
    try:
        user, agent_id = await running.agent()
        stack.request()
        offer = await running.shows(user, "General referral")
        # Too many messages in a minute: nothing is done.
        limited = running.stack.brain._limit
        running.stack.brain._limit = type(limited)(1)
        try:
            user.say("hello")
            user.press(offer, "Accept")
            await running.drained()
        finally:
            running.stack.brain._limit = limited
        assert user.message(offer.id).titles == ["Accept", "Reject"]
        user.press(offer, "Accept")
        await running.shows(user, "Lopez", after=offer)
        assert len(running.services.referrals.in_hand(agent_id)) == 1
    finally:
        await running.stop()


# Notices ------------------------------------------------------------------------------------------


async def test_the_loser_of_a_mass_referral_sees_the_offer_change(bot: Bot) -> None:
    robin, _ = await bot.agent("Robin")
    sam, _ = await bot.agent("Sam", alone=False)
    bot.stack.request(mass=True)
    one, other = await bot.shows(robin, "Mass referral"), await bot.shows(sam, "Mass referral")
    await bot.noticed(sam, "offer:", lambda n: n.delivered_at)
    robin.press(one, "Accept")
    await bot.shows(robin, "Lopez")
    changed = await bot.now_shows(other, sam, "another agent accepted it first")
    assert changed.titles == []
    await bot.noticed(sam, "offer-closed:", lambda n: n.delivered_at)
    assert sam.last.id == other.id
    sam.press_data(other.id, other.data("Accept"))
    await bot.drained()
    told = sam.last
    assert "Another agent accepted" in told.text
    sam.press_data(other.id, other.data("Accept"))
    await bot.drained()
    assert sam.last.id == told.id
    assert "Lopez" not in "".join(m.text for m in sam.messages())


async def test_a_miss_is_told_and_the_offer_is_closed(bot: Bot) -> None:
    user, agent_id = await bot.agent()
    bot.stack.request()
    offer = await bot.shows(user, "General referral")
    await bot.noticed(user, "offer:", lambda n: n.delivered_at)
    _end_windows(bot, agent_id)
    bot.stack.sweep()
    await bot.shows(user, "counts as missed: 1 in a row", after=offer)
    changed = await bot.now_shows(offer, user, words.OVER)
    assert changed.titles == []


async def test_a_cancelled_referral_changes_the_offer(bot: Bot) -> None:
    user, _ = await bot.agent()
    referral = bot.stack.request()
    offer = await bot.shows(user, "General referral")
    await bot.noticed(user, "offer:", lambda n: n.delivered_at)
    bot.services.referrals.cancel(referral.number)
    changed = await bot.now_shows(offer, user, "The resident cancelled")
    assert changed.titles == []
    assert user.last.id == offer.id


async def test_an_offer_that_ends_on_its_way_is_closed_on_arrival(bot: Bot) -> None:
    user, _ = await bot.agent()
    bot.api.slow("sendMessage", 1.0, times=1)
    referral = bot.stack.request()
    await bot.noticed(user, "offer:", lambda n: n.claim_token)
    await asyncio.sleep(0.5)
    bot.services.referrals.cancel(referral.number)
    offer = await bot.shows(user, "General referral")
    changed = await bot.now_shows(offer, user, words.CLOSED)
    assert changed.titles == []


async def test_an_outcome_whose_offer_is_gone_is_sent(bot: Bot) -> None:
    user, _ = await bot.agent()
    referral = bot.stack.request()
    offer = await bot.shows(user, "General referral")
    await bot.noticed(user, "offer:", lambda n: n.delivered_at)
    bot.api.fail(
        "editMessageText", status=400, description="Bad Request: message to edit not found"
    )
    bot.services.referrals.cancel(referral.number)
    await bot.shows(user, "The resident cancelled", after=offer)


async def test_the_other_chats_of_an_agent_are_told(bot: Bot) -> None:
    phone, agent_id = await bot.agent("Phone")
    tablet, _ = await bot.agent("Tablet", of=agent_id)
    bot.stack.request()
    here, there = (
        await bot.shows(phone, "General referral"),
        await bot.shows(tablet, "General referral"),
    )
    await bot.noticed(tablet, "offer:", lambda n: n.delivered_at)
    phone.press(here, "Accept")
    changed = await bot.now_shows(there, tablet, "in another chat")
    assert changed.titles == []
    assert "in another chat" not in "".join(m.text for m in phone.messages())


async def test_a_reminder_dies_with_its_offer(bot: Bot) -> None:
    user, _ = await bot.agent()
    bot.stack.request()
    offer = await bot.shows(user, "General referral")
    with bot.services.database.transaction() as session:
        session.execute(
            text(
                "UPDATE notice SET due_at = '2026-01-01 00:00:00.000000', next_try_at = '2026-01-01 00:00:00.000000' "
                "WHERE chat = :chat AND key LIKE 'offer-ending:%'"
            ),
            {"chat": bot.chat(user)},
        )
    reminder = await bot.shows(user, "left for referral", after=offer)
    assert reminder.titles == ["Accept", "Reject"]
    user.press(reminder, "Reject")
    await bot.drained()
    await bot.until(lambda: not user.message(offer.id).titles)
    assert user.message(reminder.id).text.endswith("✓ Reject")


async def test_a_long_notice_comes_in_pieces(bot: Bot) -> None:
    user, _ = await bot.agent()
    paragraphs = [f"{n} " + "x<_*[&" * 250 for n in range(6)]
    _put(bot, user, "\n\n".join(paragraphs))
    await bot.shows(user, "5 x<_")
    shown = [m.text for m in user.messages() if "x<_*[&" in m.text]
    assert "\n\n".join(shown) == "\n\n".join(paragraphs)
    assert all(len(part) <= MessageLimit.MAX_TEXT_LENGTH for part in shown)


async def test_numbers_can_be_copied_and_nothing_is_markup(bot: Bot) -> None:
    user, _ = await bot.agent()
    _put(bot, user, "Ticket T-4821-7308: error <_*[ & </b> on page `x`")
    shown = await bot.shows(user, "T-4821-7308")
    assert shown.text == "Ticket T-4821-7308: error <_*[ & </b> on page `x`"
    assert [e["type"] for e in shown.entities] == ["code"]


async def test_a_text_that_cannot_be_parsed_is_sent_plain(bot: Bot) -> None:
    user, _ = await bot.agent()
    bot.api.fail(
        "sendMessage",
        status=400,
        description="Bad Request: can't parse entities: unsupported start tag",
        chat=user.id,
    )
    _put(bot, user, "Ticket T-4821-7308 is resolved")
    shown = await bot.shows(user, "is resolved")
    assert shown.parse_mode == ""


# When Telegram or people do not take it -----------------------------------------------------------


async def test_who_blocked_the_bot_is_unreachable_until_they_are_back(bot: Bot) -> None:
    user, _ = await bot.agent()
    user.block()
    await bot.until(lambda: bot.unreachable(user) == "blocked the bot")
    user.unblock()
    await bot.until(lambda: bot.unreachable(user) == "")


@pytest.mark.parametrize(
    ("status", "description", "why"),
    [
        (403, "Forbidden: bot was blocked by the user", "blocked the bot"),
        (403, "Forbidden: user is deactivated", "account deleted"),
        (400, "Bad Request: chat not found", "chat not found"),
    ],
)
async def test_an_offer_that_cannot_be_delivered_is_no_miss(
    bot: Bot, status: int, description: str, why: str
) -> None:
    user, agent_id = await bot.agent()
    bot.api.fail("sendMessage", status=status, description=description, chat=user.id)
    bot.stack.request()
    lost = await bot.noticed(user, "offer:", lambda n: n.undeliverable_at)
    assert lost.last_error == why
    assert bot.unreachable(user) == why
    _end_windows(bot, agent_id)
    bot.stack.sweep()
    assert bot.services.registrations.of(agent_id).misses == 0
    # Any sign of life makes the chat reachable again.
    await bot.answers(user, "hello")
    assert bot.unreachable(user) == ""


@pytest.mark.parametrize("status", [200, 400, 403, 404])
async def test_what_a_proxy_answers_is_nobodys_fault(bot: Bot, status: int) -> None:
    user, _ = await bot.agent()
    bot.api.fail("sendMessage", status=status, body="<h1>Not here</h1>", chat=user.id)
    bot.stack.request()
    offer = await bot.shows(user, "General referral")
    assert offer.titles == ["Accept", "Reject"]
    assert bot.unreachable(user) == ""


async def test_flood_control_is_waited_for(bot: Bot) -> None:
    user, _ = await bot.agent()
    bot.api.fail("sendMessage", status=429, retry_after=2, chat=user.id)
    bot.stack.request()
    waiting = await bot.noticed(user, "offer:", lambda n: n.attempts == 1)
    assert (waiting.last_error, waiting.delivered_at) == ("flood control", None)
    await bot.shows(user, "General referral")


async def test_a_notice_of_a_chat_that_cannot_be_is_given_up(bot: Bot) -> None:
    nobody = bot.api.user("Nobody")
    with bot.services.database.transaction() as session:
        now = bot.services.database.now(session)
        notices.enqueue(session, "telegram:x", "test:x", "hello", now)
    _put(bot, nobody, "hello")
    lost = await bot.noticed(nobody, "test:", lambda n: n.undeliverable_at)
    assert lost.last_error == "never started the bot"
    with bot.services.database.reading() as session:
        odd = session.scalars(
            select(notices.Notice).where(notices.Notice.chat == "telegram:x")
        ).one()
    assert (odd.attempts, odd.last_error) == (1, "ValueError")
    with bot.services.database.transaction() as session:
        notices.withdraw(session, now, "test:x")


async def test_many_notices_stay_below_telegrams_limit(bot: Bot) -> None:
    people = [await bot.person(str(number)) for number in range(40)]
    await asyncio.sleep(1.0)
    before = len(bot.api.floods)
    bot.api.flood = True
    try:
        for user in people:
            _put(bot, user, "One for all")
        for user in people:
            await bot.shows(user, "One for all")
    finally:
        bot.api.flood = False
    assert len(bot.api.floods) == before


async def test_an_outage_costs_a_notice_no_try(bot: Bot) -> None:
    user, _ = await bot.agent()
    bot.api.down()
    try:
        bot.stack.request()
        await asyncio.sleep(2.5)
    finally:
        bot.api.up()
    await bot.shows(user, "General referral")
    delivered = await bot.noticed(user, "offer:", lambda n: n.delivered_at)
    assert delivered.attempts == 0


async def test_one_notice_that_always_fails_is_given_up_and_the_rest_go_on(bot: Bot) -> None:
    user, _ = await bot.agent("Robin")
    other, _ = await bot.agent("Sam", alone=False)
    bot.api.fail("sendMessage", times=None, status=500, chat=user.id)
    _put(bot, user, "for Robin")
    await bot.noticed(user, "test:", lambda n: n.attempts >= 2)
    _put(bot, other, "for Sam")
    await bot.shows(other, "for Sam")


async def test_an_answer_that_does_not_get_through_comes_later(bot: Bot) -> None:
    user, agent_id = await bot.agent()
    bot.stack.request()
    offer = await bot.shows(user, "General referral")
    bot.api.fail("sendMessage", times=4, status=502, body="<html>Bad Gateway</html>", chat=user.id)
    user.press(offer, "Accept")
    card = await bot.shows(user, "Lopez", after=offer)
    assert "Complete" in card.titles
    assert len(bot.services.referrals.in_hand(agent_id)) == 1
    assert user.message(offer.id).text.endswith("✓ Accept")


async def test_an_answer_whose_confirmation_is_lost_is_not_lost(bot: Bot) -> None:
    user = await bot.person()
    bot.api.drop("sendMessage", after_processing=True, chat=user.id)
    user.say(QUESTION)
    await bot.drained()
    assert any("15 minutes" in m.text for m in user.messages())


async def test_what_waited_during_an_outage_is_answered_and_the_agent_is_told(bot: Bot) -> None:
    user, _ = await bot.agent()
    with bot.api.held() as held:
        user.say(QUESTION)
        user.say("how many misses until i am de-registered")
    before = len(user.messages())
    bot.api.queue(held, dated=timedelta(hours=20))
    await bot.drained()
    told = [m.text for m in user.messages()[before:]]
    assert told[0].startswith("I was away. This answers what you sent at ")
    assert "Eastern" in told[0].split("\n")[0]
    assert sum("I was away" in one for one in told) == 1
    await bot.answers(user, QUESTION)
    assert "I was away" not in user.last.text


async def test_a_stale_press_is_told_that_it_is_late(bot: Bot) -> None:
    user, agent_id = await bot.agent()
    bot.stack.request()
    offer = await bot.shows(user, "General referral")
    await bot.noticed(user, "offer:", lambda n: n.delivered_at)
    with bot.api.held() as held:
        user.press(offer, "Accept")
    _end_windows(bot, agent_id)
    bot.stack.sweep()
    missed = await bot.shows(user, "counts as missed: 1")
    bot.api.queue(held, dated=timedelta(hours=3))
    await bot.drained()
    await bot.shows(user, "Too late", after=missed)
    assert bot.services.referrals.in_hand(agent_id) == []
    assert "Lopez" not in "".join(m.text for m in user.messages())


async def test_what_was_not_handled_comes_again(api: BotApi, stack: Stack) -> None:
    first = Bot(api, stack)
    await first.start()
    user = await first.person()
    before = len(user.messages())
    api.drop("sendMessage", hang=30.0, chat=user.id)
    user.say(QUESTION)
    await first.until(lambda: api.calls_of("sendMessage", user.id)[before:])
    await first.stop()
    assert len(user.messages()) == before
    api.heal()
    second = Bot(api, stack)
    await second.start()
    try:
        await second.shows(user, "15 minutes")
    finally:
        await second.stop()


async def test_what_the_records_cannot_take_is_handled_when_they_can(bot: Bot) -> None:
    user = await bot.person()
    before = len(user.messages())
    _rename(bot, "received_message", "away")
    try:
        user.say(QUESTION)
        await asyncio.sleep(2.0)
        assert len(user.messages()) == before
    finally:
        _rename(bot, "away", "received_message")
    await bot.shows(user, "15 minutes")
    await bot.drained()
    assert sum("15 minutes" in m.text for m in user.messages()) == 1


async def test_the_bot_starts_when_telegram_comes_back(api: BotApi, stack: Stack) -> None:
    api.down()
    running = Bot(api, stack)
    await running.start()
    try:
        await asyncio.sleep(0.3)
        api.up()
        user = await running.person()
        assert "15 minutes" in (await running.answers(user, QUESTION)).text
    finally:
        api.up()
        await running.stop()


async def test_a_webhook_that_is_refused_turns_the_channel_off(stack: Stack) -> None:
    with BotApi() as strict:
        running = Bot(strict, stack, telegram_webhook_url="http://bot.example.org")
        await running.start()
        assert running.channel is not None
        async with asyncio.timeout(5):
            while running.channel.state == "connecting":
                await asyncio.sleep(0.02)
        assert running.channel.state == "off"
        await running.stop()


async def test_a_proxy_that_answers_at_the_start_is_waited_for(api: BotApi, stack: Stack) -> None:
    api.fail("getMe", status=404, body="<h1>Not here</h1>")
    running = Bot(api, stack)
    await running.start()
    try:
        await running.person()
    finally:
        await running.stop()


async def test_a_token_that_is_refused_turns_the_channel_off(api: BotApi, stack: Stack) -> None:
    running = Bot(api, stack, telegram_token=SecretStr("1:not-the-token"))
    await running.start()
    assert running.channel is not None
    async with asyncio.timeout(5):
        while running.channel.state == "connecting":
            await asyncio.sleep(0.02)
    assert running.channel.state == "off"
    await running.stop()


# Groups -------------------------------------------------------------------------------------------


async def test_a_group_is_left_at_once(bot: Bot) -> None:
    user = await bot.person()
    group = bot.api.group("Agency", [user])
    await bot.until(lambda: bot.api.calls_of("leaveChat", group.id))
    await bot.drained()
    assert len(group.messages()) == 1
    assert f"https://t.me/{bot.api.bot_user['username']}" in group.last.text
    assert len(bot.api.calls_of("leaveChat", group.id)) == 1
    assert str(group.id) not in everything_kept(bot)


# Helpers ------------------------------------------------------------------------------------------


def _rename(bot: Bot, name: str, new: str) -> None:
    with bot.services.database.transaction() as session:
        session.execute(text(f"ALTER TABLE {name} RENAME TO {new}"))


def _put(bot: Bot, user: User, said: str) -> None:
    with bot.services.database.transaction() as session:
        now = bot.services.database.now(session)
        notices.enqueue(session, bot.chat(user), f"test:{next(_NAMES)}", said, now)


def _end_windows(bot: Bot, agent_id: int) -> None:
    """The open windows of an agent end now."""
    with bot.services.database.transaction() as session:
        now: Any = bot.services.database.now(session)
        for offer in session.query(Offer).where(
            Offer.agent_id == agent_id, Offer.state == OfferState.OFFERED
        ):
            offer.closes_at = now
            offer.referral.due_at = now - timedelta(seconds=1)
    assert notifying.SECONDS < 1
