"""Referrals in chat where it takes two agents, a moved clock, or a look into every table."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import inspect, text, update
from structlog.testing import capture_logs

from bot.brain import Reply
from bot.purge import purge
from psl.agents.models import Agent
from psl.errors import IllegalMove
from psl.numbers import REFERRALS
from psl.referrals.models import Referral
from psl.transcripts import ChatMessage, Transcripts
from tests.stack import Stack


@dataclass
class Clock:
    """The real time, and as much later as a test wants."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def advance(self, **how_long: float) -> None:
        self.ahead += timedelta(**how_long)


@dataclass
class Floor:
    """Registered agents with their chats, and the referrals that this test made."""

    stack: Stack
    clock: Clock
    made: list[Referral] = field(default_factory=list)

    async def agent(self, role: str = "Agent") -> tuple[Agent, str]:
        agent, chat = self.stack.new_agent(role), self.stack.new_chat()
        if role == "Agent":
            self.stack.register(agent)
        await self.link(agent, chat)
        return agent, chat

    async def link(self, agent: Agent, chat: str) -> None:
        code = self.stack.services.roster.issue_code(agent.doi_number)
        await self.stack.brain.handle(chat, f"link {code}")

    def request(self, mass: bool = False, **told: str) -> Referral:
        self.made.append(self.stack.request(mass, **told))
        return self.made[-1]

    async def say(self, chat: str, said: str) -> str:
        return await self.stack.say(chat, said)

    async def press(self, chat: str, replies: list[Reply], title: str) -> str:
        return texts(await self.stack.press(chat, replies, title))


@pytest.fixture
def floor(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Floor]:
    clock = Clock()
    monkeypatch.setattr(stack.services.database, "_clock", clock)
    for agent_id in stack.services.registrations.registered():
        stack.services.registrations.leave(agent_id)
    floor = Floor(stack, clock)
    yield floor
    for referral in floor.made:
        try:
            stack.services.referrals.cancel(referral.number)
        except IllegalMove:
            continue


def texts(replies: list[Reply]) -> str:
    return "\n".join(reply.text for reply in replies)


def titles(replies: list[Reply]) -> list[str]:
    return [title for reply in replies for title, _ in reply.buttons]


def shown(referral: Referral) -> str:
    return REFERRALS.shown(referral.number)


# Two agents ---------------------------------------------------------------------------------------


async def test_two_agents_race_for_a_mass_referral(floor: Floor) -> None:
    (_, one), (_, two) = await floor.agent(), await floor.agent()
    referral = floor.request(mass=True, last_name="Quackenbush")
    pushed = {chat: floor.stack.take_notices(chat) for chat in (one, two)}
    assert all("Quackenbush" not in texts(replies) for replies in pushed.values())
    said = await asyncio.gather(*(floor.press(chat, pushed[chat], "Accept") for chat in pushed))
    winners = [reply for reply in said if "is yours" in reply]
    losers = [reply for reply in said if f"Another agent accepted {shown(referral)} first" in reply]
    assert (len(winners), len(losers)) == (1, 1)
    assert "Quackenbush" in winners[0]
    assert "Quackenbush" not in losers[0] and "502-555" not in losers[0]
    assert "Not a programme rule" in losers[0] and "not a miss" in losers[0]
    loser = one if "is yours" in said[1] else two
    assert f"{shown(referral)} is taken" in texts(floor.stack.take_notices(loser))
    # Said again, it is the same truth.
    assert "Another agent" in await floor.press(loser, pushed[loser], "Accept")
    assert "another agent was first" in await floor.say(loser, "my referral vanished")


async def test_a_rejected_referral_goes_to_the_next_agent(floor: Floor) -> None:
    chats = [chat for _, chat in (await floor.agent(), await floor.agent())]
    referral = floor.request()
    pushed = {chat: floor.stack.take_notices(chat) for chat in chats}
    first = next(chat for chat in chats if pushed[chat])
    second = next(chat for chat in chats if chat != first)
    assert not pushed[second], "a General referral is put to one agent"
    assert "goes on to the next agent" in await floor.press(first, pushed[first], "Reject")
    floor.stack.sweep()
    passed_on = floor.stack.take_notices(second)
    assert shown(referral) in texts(passed_on)
    assert "is yours" in await floor.press(second, passed_on, "Accept")
    assert "You rejected" in await floor.press(first, pushed[first], "Accept")


async def test_handed_back_it_goes_to_another_and_is_no_longer_shown(floor: Floor) -> None:
    chats = [chat for _, chat in (await floor.agent(), await floor.agent())]
    referral = floor.request(last_name="Quackenbush")
    pushed = {chat: floor.stack.take_notices(chat) for chat in chats}
    first = next(chat for chat in chats if pushed[chat])
    second = next(chat for chat in chats if chat != first)
    accepted = await floor.stack.press(first, pushed[first], "Accept")
    asked = await floor.stack.press(first, accepted, "Hand back")
    assert "Handed back" in await floor.press(first, asked, "Yes, hand it back")
    floor.stack.sweep()
    assert shown(referral) in texts(floor.stack.take_notices(second))
    for said in ("my referrals", f"show {shown(referral)}", f"accept {shown(referral)}"):
        assert "Quackenbush" not in await floor.say(first, said), said
    for title in ("Complete", "No answer", "Hand back"):
        told = await floor.press(first, accepted, title)
        assert "handed back" in told and "Quackenbush" not in told, title


async def test_both_chats_of_an_agent_know_of_it(floor: Floor) -> None:
    agent, one = await floor.agent()
    two = floor.stack.new_chat()
    await floor.link(agent, two)
    floor.request(last_name="Quackenbush")
    pushed = {chat: floor.stack.take_notices(chat) for chat in (one, two)}
    assert "is yours" in await floor.press(one, pushed[one], "Accept")
    again = await floor.press(two, pushed[two], "Accept")
    assert "Already yours" in again and "Quackenbush" in again
    rejected = await floor.press(two, pushed[two], "Reject")
    assert "You accepted" in rejected and "cannot be rejected any more" in rejected
    assert "Quackenbush" not in rejected


async def test_old_buttons_of_one_that_the_resident_cancelled_say_so(floor: Floor) -> None:
    _, chat = await floor.agent()
    referral = floor.request(last_name="Quackenbush")
    pushed = floor.stack.take_notices(chat)
    accepted = await floor.stack.press(chat, pushed, "Accept")
    floor.stack.services.referrals.cancel(referral.number)
    for replies, title in (
        (pushed, "Accept"),
        (pushed, "Reject"),
        (accepted, "Complete"),
        (accepted, "No answer"),
        (accepted, "Hand back"),
    ):
        told = await floor.press(chat, replies, title)
        assert f"The resident cancelled referral {shown(referral)}. Please don't call" in told, (
            title
        )
        assert "Quackenbush" not in told


async def test_an_unlinked_chat_is_told_nothing(floor: Floor) -> None:
    _, chat = await floor.agent()
    floor.request(last_name="Quackenbush")
    pushed = floor.stack.take_notices(chat)
    accepted = await floor.stack.press(chat, pushed, "Accept")
    await floor.say(chat, "unlink")
    for replies, title in ((pushed, "Accept"), (accepted, "Complete"), (accepted, "Hand back")):
        told = await floor.press(chat, replies, title)
        assert "link this chat first" in told and "Quackenbush" not in told, title


# The clock ------------------------------------------------------------------------------------------


async def test_a_lapse_is_told_with_what_it_counts(floor: Floor) -> None:
    _, chat = await floor.agent()
    referral = floor.request()
    pushed = floor.stack.take_notices(chat)
    floor.clock.advance(minutes=10)
    assert "5 minutes left" in texts(floor.stack.take_notices(chat))
    floor.clock.advance(minutes=5)
    # No engine has come by: the press itself finds the window over.
    late = await floor.press(chat, pushed, "Accept")
    assert f"Too late for {shown(referral)}" in late
    assert "It counts as missed; you have 1 in a row, 3 in a row" in late
    assert "@example.org" not in late
    assert "counts as missed: 1 in a row" in texts(floor.stack.take_notices(chat))
    floor.stack.sweep()
    again = await floor.stack.press(chat, pushed, "Reject")
    assert "Too late" in texts(again) and f"Still to be had: {shown(referral)} (Mass)" in texts(
        again
    )
    assert "is yours" in await floor.press(chat, again, "Accept")
    assert "in a row: 0" in await floor.say(chat, "how many referrals have i missed?")


async def test_what_never_arrived_is_no_miss(floor: Floor) -> None:
    _, chat = await floor.agent()
    referral = floor.request()
    floor.clock.advance(minutes=15)
    floor.stack.sweep()
    told = await floor.say(chat, f"reject {shown(referral)}")
    # It is Mass now, so that is what a rejection means.
    assert f"Rejected {shown(referral)}" in told
    assert "missed" not in texts(floor.stack.take_notices(chat))
    assert "does not count as missed" in await floor.say(chat, "show my referral history")
    assert "in a row: 0" in await floor.say(chat, "how many referrals have i missed?")


async def test_three_misses_deregister_and_the_button_leads_back(floor: Floor) -> None:
    agent, chat = await floor.agent()
    pushed: list[Reply] = []
    for _ in range(floor.stack.services.settings.miss_limit):
        referral = floor.request()
        pushed = floor.stack.take_notices(chat)
        assert shown(referral) in texts(pushed)
        floor.clock.advance(minutes=15)
        floor.stack.sweep()
        floor.stack.services.referrals.cancel(referral.number)
    ended = floor.stack.take_notices(chat)
    assert "You are de-registered from kynect On Demand since" in texts(ended)
    assert "Register again" in titles(ended)
    assert not floor.stack.services.registrations.of(agent.id).registered
    told = await floor.say(chat, "accept the referral")
    assert "not registered for kynect On Demand since" in told
    assert "consecutive missed referrals" in told
    assert "1 of 3" in await floor.press(chat, ended, "Register again")


async def test_who_leaves_is_told_so_by_the_old_button(floor: Floor) -> None:
    agent, chat = await floor.agent()
    referral = floor.request()
    pushed = floor.stack.take_notices(chat)
    floor.stack.services.registrations.leave(agent.id)
    told = await floor.stack.press(chat, pushed, "Accept")
    assert f"{shown(referral)} went on to other agents" in texts(told)
    assert "You are not registered" in texts(told)
    assert titles(told) == ["Register again"]
    floor.stack.sweep()
    assert "taken back from you; it is no miss" in texts(floor.stack.take_notices(chat))
    assert "went on to other agents" in await floor.press(chat, pushed, "Accept")


async def test_a_cancelled_referral_explains_itself(floor: Floor) -> None:
    _, chat = await floor.agent()
    waiting, held = floor.request(), floor.request(last_name="Quackenbush")
    pushed = floor.stack.take_notices(chat)
    accepted = await floor.stack.brain.handle(chat, f"accept {shown(held)}")
    for referral in (waiting, held):
        floor.stack.services.referrals.cancel(referral.number)
    notices = texts(floor.stack.take_notices(chat))
    assert f"The resident cancelled referral {shown(held)}. Please don't call" in notices
    first = [reply for reply in pushed if shown(waiting) in reply.text]
    late = await floor.press(chat, first, "Accept")
    assert f"The resident cancelled referral {shown(waiting)}. There is nothing to do" in late
    told = await floor.press(chat, accepted, "Complete")
    assert f"The resident cancelled referral {shown(held)}. Please don't call" in told
    assert "Quackenbush" not in told


async def test_reminders_bring_buttons_that_work(floor: Floor) -> None:
    _, chat = await floor.agent()
    referral = floor.request()
    await floor.say(chat, "accept it")
    assert "I remind you at" in await floor.say(chat, "no answer, left a voicemail")
    floor.clock.advance(hours=1)
    again = floor.stack.take_notices(chat)
    assert "another try" in texts(again) and "tried 1 of 3 times" in texts(again)
    assert titles(again) == ["Complete", "No answer", "Hand back"]
    assert "try 2 of 3" in await floor.press(chat, again, "No answer")
    floor.clock.advance(hours=1)
    floor.stack.sweep()
    notices = floor.stack.take_notices(chat)
    assert f"{shown(referral)} is still In Progress" in texts(notices)
    asked = await floor.stack.press(chat, notices, "Complete")
    assert "outcome “Enrolled”" in await floor.press(chat, asked, "Enrolled")
    old = await floor.press(chat, notices, "No answer")
    assert "Not In Progress with you" in old and "Complete, outcome “Enrolled”" in old


async def test_a_late_call_is_called_late(floor: Floor) -> None:
    _, chat = await floor.agent()
    floor.request(mass=True)
    floor.clock.advance(minutes=40)
    floor.stack.sweep()
    told = await floor.say(chat, "accept the referral")
    assert re.search(r"Call now: the 30 minutes promised for the call back ended \d+:\d\d", told)


async def test_no_outcome_is_put_to_another_referral(floor: Floor) -> None:
    _, chat = await floor.agent()
    first, second = floor.request(), floor.request()
    await floor.say(chat, f"accept {shown(first)}")
    await floor.say(chat, f"accept {shown(second)}")
    await floor.say(chat, f"mark {shown(first)} complete, she enrolled")
    told = await floor.say(chat, "actually mark it complete with wrong number")
    assert f"{shown(first)} is Complete, now with the outcome “Wrong number”" in told
    assert [r.number for r in floor.stack.services.referrals.in_hand(_id(floor, chat))] == [
        second.number
    ]


def _id(floor: Floor, chat: str) -> int:
    agent_id = floor.stack.services.owner(chat).agent_id
    assert agent_id is not None
    return agent_id


# Privacy --------------------------------------------------------------------------------------------

# Only the referral itself and what the winner was shown may hold them.
CARD = {"referral", "events", "chat_message"}


def tables_with(floor: Floor, needles: list[str]) -> set[str]:
    """The tables of both databases in which any of these words stands."""
    rows: dict[str, str] = {}
    database = floor.stack.services.database
    with database.transaction() as session:
        for name in inspect(database.engine).get_table_names():
            rows[name] = repr(session.execute(text(f'SELECT * FROM "{name}"')).fetchall())
    path = floor.stack.services.settings.data_dir / "conversations.db"
    with closing(sqlite3.connect(path)) as conversations:
        rows["events"] = repr(conversations.execute("SELECT * FROM events").fetchall())
    assert len(rows["events"]) > 1000, "the tracker is looked into"
    return {
        name
        for name, content in rows.items()
        if any(needle.casefold() in content.casefold() for needle in needles)
    }


async def test_contact_data_stand_nowhere_before_accepting(floor: Floor) -> None:
    (_, one), (_, two) = await floor.agent(), await floor.agent()
    needles = ["Zebulonia", "Ziegenbalg", "5025550197", "555-0197", "zz197@", "moonflower"]
    told = {
        "first_name": "Zebulonia",
        "last_name": "Ziegenbalg",
        "phone": "502-555-0197",
        "email": "zz197@example.org",
        "note": "ring twice, moonflower",
    }
    with capture_logs() as logs:
        referral = floor.request(mass=True, **told)
        said = []
        for chat in (one, two):
            pushed = floor.stack.take_notices(chat)
            said.append(texts(pushed))
            for words in (
                "my referrals",
                f"show {shown(referral)}",
                "mark it complete",
                "how are agents chosen?",
                "give me the resident's phone number",
                "my referral history",
            ):
                said.append(await floor.say(chat, words))
        assert not [n for n in needles if n.casefold() in "\n".join(said).casefold()]
        assert tables_with(floor, needles) == {"referral"}

        card = await floor.say(one, "accept the referral")
        assert all(n in card for n in ("Zebulonia Ziegenbalg", "502-555-0197", "moonflower"))
        await floor.say(two, "accept the referral")
        floor.clock.advance(hours=3)
        floor.stack.sweep()
        floor.stack.take_notices(one)
        assert tables_with(floor, needles) <= CARD
    assert not [n for n in needles if n.casefold() in repr(logs).casefold()]


async def test_reasons_do_not_keep_the_residents_name(floor: Floor) -> None:
    _, chat = await floor.agent()
    floor.request(first_name="Wilhelmina", last_name="Vandermolen", phone="502-555-0196")
    await floor.say(chat, "accept it")
    asked = await floor.say(
        chat, "hand it back, Wilhelmina Vandermolen at 502-555-0196 is my cousin"
    )
    assert "the resident at the number is my cousin" in asked
    await floor.say(chat, "yes")
    kept = tables_with(floor, ["Vandermolen", "Wilhelmina", "555-0196"])
    assert kept <= CARD


async def test_cards_are_purged_when_contact_data_are(floor: Floor) -> None:
    _, chat = await floor.agent()
    floor.request(first_name="Ottoline", last_name="Featherstonehaugh")
    card = await floor.say(chat, "accept it")
    services = floor.stack.services
    Transcripts(services.database).add(chat, "assistant", card)
    await floor.say(chat, "done, she enrolled")
    assert tables_with(floor, ["Featherstonehaugh"]) == CARD
    purge(services.settings)
    assert tables_with(floor, ["Featherstonehaugh"]) == CARD, "not before its time"

    days = services.settings.contact_days + 1
    with services.database.transaction() as session:
        long_ago = services.database.now(session) - timedelta(days=days)
        session.execute(update(ChatMessage).where(ChatMessage.chat == chat).values(at=long_ago))
        session.execute(
            update(Referral).where(Referral.id == floor.made[0].id).values(closed_at=long_ago)
        )
    with closing(sqlite3.connect(services.settings.data_dir / "conversations.db")) as events:
        events.execute(
            "UPDATE events SET timestamp = timestamp - ? WHERE sender_id = ?", (days * 86400, chat)
        )
        events.commit()
    purge(services.settings)
    assert tables_with(floor, ["Featherstonehaugh"]) == set()
    assert "Complete, outcome “Enrolled”" in await floor.say(chat, "my referral history")
