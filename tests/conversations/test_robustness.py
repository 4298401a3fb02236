"""What goes wrong inside costs one message, not the conversation; and chats do not disturb each other."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from tests.accept import Stack as Server
from tests.accept import texts
from tests.stack import Stack

REFERENCE = re.compile(r"reference(?: is)? ([0-9a-f]{8})")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own, whose databases a test may break."""
    started = Server(tmp_path_factory.mktemp("broken"))
    yield started
    started.stop()


@contextmanager
def missing(server: Server, table: str, file: str = "psl.db") -> Iterator[None]:
    """``table`` is gone from the running server's database for a while."""

    def rename(old: str, new: str) -> None:
        with closing(sqlite3.connect(server.data / file, timeout=20)) as database:
            database.execute("pragma legacy_alter_table = on")
            database.execute(f'alter table "{old}" rename to "{new}"')
            database.commit()

    rename(table, f"{table}_gone")
    try:
        yield
    finally:
        rename(f"{table}_gone", table)


def reference_in(reply: str) -> str:
    """The reference of an apology."""
    assert re.search(r"sorry", reply, re.IGNORECASE), reply
    found = REFERENCE.search(reply)
    assert found, reply
    return found[1]


def logged(server: Server, reference: str) -> str:
    """The log's line about a reference."""
    (line,) = [line for line in server.log.read_text().splitlines() if reference in line]
    return line


def test_a_failing_answer_leaves_the_draft_where_it_was(server: Server) -> None:
    def say(message: str) -> str:
        return texts(server.say("broken-ticket", message))

    say("draft a ticket")
    asked = say("the zebra widget on the household page freezes in chrome, case 118900001")
    question = asked.splitlines()[-1]
    with missing(server, "ticket"):
        reference = reference_in(say("agent portal with quagga mode"))
    line = logged(server, reference)
    assert "action failed" in line and "OperationalError" in line
    assert "quagga" not in server.log.read_text(), "nothing typed belongs in a log"
    assert say("agent portal") != asked, "the same answer is taken now"
    draft = say("show me the draft")
    assert "118900001" in draft and "zebra" in draft and "Agent Portal" in draft
    assert question not in draft


def test_a_failing_checklist_keeps_its_place(server: Server) -> None:
    def say(message: str) -> str:
        return texts(server.say("broken-checklist", message))

    say("help me get ready to call psl")
    assert "2 of 5" in say("done")
    with missing(server, "checklist_run"):
        logged(server, reference_in(say("done")))
    assert "3 of 5" in say("done")


def test_another_task_failing_does_not_end_the_one_in_hand(server: Server) -> None:
    def say(message: str) -> str:
        return texts(server.say("broken-aside", message))

    say("draft a ticket: the notices tab is blank in edge, case 118900002")
    with missing(server, "handover"):
        logged(server, reference_in(say("let me talk to a real person")))
    assert "118900002" in say("show me the draft")


@pytest.mark.parametrize(
    ("table", "file"),
    [("offered_button", "psl.db"), ("chat_link", "psl.db"), ("events", "conversations.db")],
)
def test_what_breaks_around_the_actions_is_told_too(server: Server, table: str, file: str) -> None:
    sender = f"broken-{table}"
    server.say(sender, "help me get ready to call psl")
    with missing(server, table, file):
        assert "failed" in logged(server, reference_in(texts(server.say(sender, "what is psl"))))
    assert re.search(r"\(\d of 5\)", texts(server.say(sender, "done")))


def test_the_server_is_ready_after_all_that(server: Server) -> None:
    assert server.http.get("/readyz").status_code == 200
    assert server.http.get("/healthz").json()["status"] == "ok"


# Many at once -------------------------------------------------------------------------------------


async def test_quick_messages_of_one_chat_are_answered_in_order(stack: Stack) -> None:
    chat = stack.new_chat()
    said = ["help me get ready to call psl", "done", "not yet", "yes"]
    replies = await asyncio.gather(*(stack.say(chat, message) for message in said))
    for number, reply in enumerate(replies, 1):
        assert f"({number} of 5)" in reply, reply


async def test_quick_questions_each_get_their_own_answer(stack: Stack) -> None:
    chat = stack.new_chat()
    asked = {
        "how long do i have to accept a general referral": "15 minutes",
        "what is the phone number of psl": "1-855-326-4650",
        "how many referrals in a row can i miss": "3 consecutive",
        "who handles a licence address change": "502-564-6004",
    }
    replies = await asyncio.gather(*(stack.say(chat, question) for question in asked))
    for wanted, reply in zip(asked.values(), replies, strict=True):
        assert wanted in reply


async def test_many_chats_at_once_do_not_mix(stack: Stack) -> None:
    async def draft(number: int) -> str:
        chat = stack.new_chat("crowd")
        case = f"1189{number:05d}"
        await stack.say(chat, "draft a ticket")
        await stack.say(chat, f"the documents tab is blank in firefox, case {case}")
        await stack.say(chat, "what is a mass referral?")
        return await stack.say(chat, "show me the draft")

    drafts = await asyncio.gather(*(draft(number) for number in range(40)))
    for number, shown in enumerate(drafts):
        assert re.findall(r"1189\d{5}", shown)
        assert set(re.findall(r"1189\d{5}", shown)) == {f"1189{number:05d}"}


async def test_a_long_conversation_keeps_its_draft(stack: Stack) -> None:
    chat = stack.new_chat()
    await stack.say(chat, "draft a ticket: the plan list is blank in safari, case 118999901")
    for _ in range(60):
        assert "Back to your ticket" in await stack.say(chat, "what is a mass referral?")
    assert "118999901" in await stack.say(chat, "show me the draft")
