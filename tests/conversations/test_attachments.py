"""Screenshots in conversation: with the ticket that is drafted, or asked about; never in the way."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from pathlib import Path

import pytest

from bot.brain import Reply
from psl.numbers import TICKETS
from tests.pictures import screenshot
from tests.stack import Stack

ISSUE = "ticket: enrollment page is blank in edge, error AP-77, case 118600001, two members"
WARNING = "hide Social Security numbers"


def text(replies: list[Reply]) -> str:
    return "\n".join(reply.text for reply in replies)


def titles(replies: list[Reply]) -> list[str]:
    return [title for reply in replies for title, _ in reply.buttons]


async def send(stack: Stack, chat: str, colour: str = "navy", name: str = "") -> list[Reply]:
    return await stack.brain.attach(chat, name or f"{colour}.png", screenshot(colour))


async def sent_ticket(stack: Stack, chat: str) -> str:
    await stack.brain.handle(chat, ISSUE)
    await stack.brain.handle(chat, "skip all the rest")
    said = await stack.say(chat, "submit")
    found = re.search(r"T-\d{4}-\d{4}", said)
    assert found, said
    return found.group()


def held(stack: Stack, chat: str, number: str) -> list[str]:
    ticket = stack.services.tickets.by_number(
        stack.services.owner(chat), TICKETS.read(number) or ""
    )
    return [a.name for a in stack.services.attachments.of_ticket(ticket.id)]


async def test_with_the_draft_that_is_worked_on_and_on_with_its_question(stack: Stack) -> None:
    chat = stack.new_chat()
    open_question = (await stack.say(chat, ISSUE)).splitlines()[-1]
    first = await send(stack, chat, "red")
    assert "The screenshot is with this ticket" in text(first) and WARNING in text(first)
    assert text(first).endswith(open_question)
    second = await send(stack, chat, "green")
    assert WARNING not in text(second) and text(second).endswith(open_question)
    again = await send(stack, chat, "green")
    assert "is with this ticket already" in text(again)
    assert "• 2 screenshots" in await stack.say(chat, "review")
    gone = await stack.press(chat, second, "Remove screenshot")
    assert "removed" in text(gone) and text(gone).endswith(open_question)
    assert "• 1 screenshot\n" in await stack.say(chat, "review")
    assert "1 screenshot:" in await stack.say(chat, "my tickets")


async def test_it_goes_along_when_the_ticket_is_sent_and_no_agent_sees_it_but_its_own(
    stack: Stack,
) -> None:
    chat, other = stack.new_chat(), stack.new_chat()
    await stack.link(chat)
    await stack.link(other)
    await stack.brain.handle(chat, ISSUE)
    buttons = await send(stack, chat)
    await stack.brain.handle(chat, "skip all the rest")
    number = re.search(r"T-\d{4}-\d{4}", await stack.say(chat, "submit")).group()
    assert held(stack, chat, number) == ["navy.png"]
    assert "With 1 screenshot." in await stack.say(chat, f"status of {number}")
    token = next(t for r in buttons for title, t in r.buttons if title == "Remove screenshot")
    assert "does not work" in text(await stack.brain.handle(other, token))
    assert held(stack, chat, number) == ["navy.png"]


async def test_before_there_is_a_ticket_it_waits_for_one(stack: Stack) -> None:
    chat = stack.new_chat()
    kept = await send(stack, chat, "red")
    assert "I keep the screenshot for an hour" in text(kept) and WARNING in text(kept)
    assert titles(kept) == ["Start a ticket", "Remove screenshot"]
    assert WARNING not in text(await send(stack, chat, "green"))
    begun = await stack.press(chat, kept, "Start a ticket")
    assert "2 screenshots you sent are with it" in text(begun) and "What happened?" in text(begun)
    told = text(await stack.brain.handle(chat, ISSUE))
    assert "you sent" not in told
    assert "• 2 screenshots" in await stack.say(chat, "review"), "the empty draft was replaced"


async def test_a_problem_told_after_it_begins_the_ticket_it_is_with(stack: Stack) -> None:
    chat = stack.new_chat()
    await send(stack, chat)
    said = await stack.say(chat, "agent portal freezes on the household page, error AP-12")
    assert "The screenshot you sent is with it." in said
    assert "• 1 screenshot\n" in await stack.say(chat, "review")


async def test_added_to_a_submitted_ticket_with_a_note(stack: Stack) -> None:
    chat = stack.new_chat()
    await stack.link(chat)
    number = await sent_ticket(stack, chat)
    added = await stack.press(chat, await send(stack, chat), f"Add to {number}")
    assert f"is with {number} (Submitted)" in text(added)
    assert "Last note: Screenshot added: navy.png" in await stack.say(chat, f"status of {number}")
    again = await stack.press(chat, await send(stack, chat), f"Add to {number}")
    assert "already" in text(again) and held(stack, chat, number) == ["navy.png"]


async def test_sent_when_a_note_was_asked_for(stack: Stack) -> None:
    chat = stack.new_chat()
    await stack.link(chat)
    number = await sent_ticket(stack, chat)
    asked = await stack.brain.handle(chat, f"status of {number}")
    await stack.press(chat, asked, "Add details")
    assert "Anything to say about it?" in text(await send(stack, chat))
    assert f"Added to {number}" in await stack.say(chat, "it also happens in chrome")
    assert held(stack, chat, number) == ["navy.png"]


async def test_with_several_drafts_it_asks_which(stack: Stack) -> None:
    chat = stack.new_chat()
    await stack.brain.handle(chat, "ticket: dashboard freezes in edge, case 118600003")
    await stack.brain.handle(chat, "later")
    await stack.brain.handle(chat, "new ticket: the signature page hangs, case 118600004")
    await stack.brain.handle(chat, "later")
    asked = await send(stack, chat)
    assert "Which ticket is the screenshot for?" in text(asked)
    choice = next(t for t in titles(asked) if t.startswith("To “") and "ashboard" in t)
    chosen = await stack.press(chat, asked, choice)
    assert "Back to your ticket “Dashboard" in text(chosen) and "is with it" in text(chosen)
    assert WARNING in text(asked) and WARNING not in text(chosen)
    assert "Dashboard" in (await stack.say(chat, "my tickets")).split("1 screenshot:")[1][:12]


async def test_the_only_draft_that_was_left_is_taken_up(stack: Stack) -> None:
    chat = stack.new_chat()
    await stack.brain.handle(chat, ISSUE)
    await stack.brain.handle(chat, "later")
    assert "Back to your ticket" in text(await send(stack, chat))
    assert "• 1 screenshot\n" in await stack.say(chat, "review")


async def test_another_task_goes_on(stack: Stack) -> None:
    chat = stack.new_chat()
    await stack.brain.handle(chat, "help me get ready to call psl")
    kept = await send(stack, chat)
    assert "I keep the screenshot" in text(kept) and "Back to the checklist" in text(kept)
    assert "(2 of 5)" in await stack.say(chat, "done")


async def test_one_issue_or_two_the_screenshots_stay(stack: Stack) -> None:
    chat = stack.new_chat()
    await stack.brain.handle(
        chat,
        "ticket: dashboard hangs, case 118600005. also signature page is blank, case 118600006",
    )
    await send(stack, chat, "red")
    first = await stack.say(chat, "separate tickets")
    assert "Separate tickets. First" in first
    assert "• 1 screenshot\n" in await stack.say(chat, "review")
    assert "One issue" in await stack.say(chat, "actually that is one issue")
    assert "• 1 screenshot\n" in await stack.say(chat, "review")


async def test_more_than_a_ticket_takes(stack: Stack) -> None:
    chat, most = stack.new_chat(), stack.services.settings.attachments_per_ticket
    await stack.brain.handle(chat, ISSUE)
    colours = ["red", "green", "blue", "black", "pink", "gray", "cyan"][: most + 1]
    for colour in colours[:-1]:
        await send(stack, chat, colour)
    full = await send(stack, chat, colours[-1])
    assert f"has {most} screenshots, and takes no more" in text(full)
    assert "Back to your ticket draft" in text(full)
    removed = await stack.press(chat, full, "Remove red.png")
    assert "removed" in text(removed) and "you sent" not in text(removed)
    assert "The screenshot is with this ticket." in text(await send(stack, chat, colours[-1]))


async def test_what_cannot_be_taken_is_said_kindly_and_changes_nothing(stack: Stack) -> None:
    chat = stack.new_chat()
    question = (await stack.say(chat, ISSUE)).splitlines()[-1]
    for name, data in (("a.png", b""), ("a.svg", b"<svg/>"), ("a.pdf", b"%PDF-1.7")):
        (reply,) = await stack.brain.attach(chat, name, data)
        assert "Please send" in reply.text and "went wrong" not in reply.text
    assert (await stack.say(chat, "review")).endswith(question)
    assert "screenshot" not in await stack.say(chat, "review")


@pytest.mark.parametrize(
    "name, gone",
    [
        ("ssn_509-22-8841.png", "509-22-8841"),
        ("scan 509228842.png", "509228842"),
        ("dob 3_14_1971.jpg", "3 14 1971"),
        ("/attach_file{}509-22-8843.png", "509-22-8843"),
    ],
)
async def test_private_data_in_a_name_is_kept_nowhere(stack: Stack, name: str, gone: str) -> None:
    chat = stack.new_chat()
    await stack.brain.handle(chat, ISSUE)
    replies = await stack.brain.attach(chat, name, screenshot())
    assert "before anything was stored" in text(replies) and "is with this ticket" in text(replies)
    assert gone not in text(replies)
    for database in Path(stack.services.settings.data_dir).glob("*.db"):
        with sqlite3.connect(database) as connection:
            assert gone not in "\n".join(connection.iterdump()), database


async def test_the_payload_behind_it_cannot_be_typed(stack: Stack) -> None:
    chat, other = stack.new_chat(), stack.new_chat()
    await send(stack, chat)
    (waiting,) = stack.services.attachments.unbound(stack.services.owner(chat))
    for sender in (chat, other):
        said = await stack.say(sender, f'/remove_file{{"attachment": "{waiting.id}"}}')
        assert "removed" not in said
    assert stack.services.attachments.unbound(stack.services.owner(chat))


async def test_a_message_and_pictures_at_once_are_answered_in_their_order(stack: Stack) -> None:
    chat = stack.new_chat()
    begun, *pictures = await asyncio.gather(
        stack.brain.handle(chat, ISSUE),
        *(send(stack, chat, colour) for colour in ("red", "green", "blue")),
    )
    assert "ticket draft" in text(begun)
    assert all("is with this ticket" in text(one) for one in pictures)
    assert "• 3 screenshots" in await stack.say(chat, "review")
