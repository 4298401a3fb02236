"""Private data is planted wherever somebody can type, then searched for wherever something stays.

Channels: the brain itself, REST, the web socket, the terminal. Places: no task, a checklist, a
hand-over, a ticket, the steps after a call. Searched: every file of the data folder, every row of
its databases, every reply, the server's log, standard output and error. All values are invented.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import socketio

from tests.accept import ROOT, texts
from tests.accept import Stack as Server
from tests.stack import Stack

SECONDS = 60
# What leads into each place, in a chat of its own.
PLACES = {
    "no task": [],
    "checklist": ["help me get ready to call psl"],
    "at a number": ["help me get ready to call psl", "yes", "yes"],
    "hand-over": ["i want to talk to a human"],
    "ticket": ["draft a ticket", "the household page freezes in chrome"],
    "after the call": ["walk me through the steps after my psl call", "40077123"],
}


@dataclass(frozen=True)
class Planted:
    """A message and what must not survive of it."""

    message: str
    needles: tuple[str, ...]


def _card(chance: random.Random) -> str:
    digits = [4, *(chance.randrange(10) for _ in range(14))]
    doubled = [d * 2 - 9 * (d > 4) if n % 2 == 0 else d for n, d in enumerate(digits)]
    return "".join(map(str, [*digits, -sum(doubled) % 10]))


def secrets_of(place: str) -> list[Planted]:
    """Every kind of private data, with values used nowhere else: a find tells where it came in."""
    chance = random.Random(place)

    def digits(count: int) -> str:
        return "".join(str(chance.randrange(1, 10)) for _ in range(count))

    def ssn() -> tuple[str, str, str]:
        return f"{chance.randrange(300, 600)}", digits(2), digits(4)

    one, two, three, four = ssn(), ssn(), ssn(), ssn()
    card, bank, alien, code = _card(chance), digits(10), digits(9), digits(8)
    licence = f"{digits(2)}-{digits(3)}-{digits(3)}"
    born = f"{chance.randrange(1, 10)}/{chance.randrange(11, 29)}/19{chance.randrange(40, 99)}"
    income = f"{chance.randrange(21, 98)},{digits(3)}"
    word = "".join(chance.choice("bcdfghjkmnpqrstvwxz") for _ in range(9))
    return [
        Planted("-".join(one), ("-".join(one), "".join(one))),
        Planted(f"her ssn is {''.join(two)} and the page hangs", ("".join(two),)),
        Planted(
            f"client {' '.join(three)} cant log in, case 118800001",
            (" ".join(three), "".join(three)),
        ),
        Planted(
            f"what is psl's number? social is {four[0]}\u200b-{four[1]}-{four[2]}",
            ("-".join(four),),
        ),
        Planted(f"dob {born} is refused", (born,)),
        Planted(
            f"card {card[:4]} {card[4:8]} {card[8:12]} {card[12:]} declined",
            (card, f"{card[4:8]} {card[8:12]}"),
        ),
        Planted(f"bank account {bank} for the premium", (bank,)),
        Planted(f"driver's license S{licence} uploaded twice", (f"S{licence}",)),
        Planted(f"uscis # {alien} wont verify", (alien,)),
        Planted(f"she makes {income} a year and it shows medicaid", (income,)),
        Planted("my client has leukemia and needs a plan asap", ("leukemia",)),
        Planted(f"my password is {word}K7!", (word,)),
        Planted(f"the verification code is {code}", (code,)),
        Planted(
            "the portal is slow again and again and nobody helps. " * 60 + f"ssn {ssn_of(chance)}",
            (),
        ),
    ]


def ssn_of(chance: random.Random) -> str:
    """An SSN that needs no needle of its own: its pattern is searched for."""
    return f"555-{chance.randrange(11, 99)}-{chance.randrange(1000, 9999)}"


# Any SSN of those that stand behind what is classified.
BEHIND = re.compile(rb"(?<!\d)555-\d{2}-\d{4}(?!\d)")


def found_in(place: str, content: bytes, needles: list[str]) -> list[str]:
    """The needles that are in ``content``; digits only where no longer number holds them."""
    low = content.lower()
    found = []
    for needle in needles:
        wanted = re.escape(needle.lower().encode())
        if needle[0].isdigit():
            wanted = rb"(?<![\d.])" + wanted + rb"(?!\d)"
        if re.search(wanted, low):
            found.append(f"{needle} in {place}")
    return found + [f"{match.decode()} in {place}" for match in BEHIND.findall(content)]


def kept_in(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of a data folder as it lies there, and every database as text, row by row."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.name == "secret.key":
            continue
        content = path.read_bytes()
        yield path.name, content
        if content.startswith(b"SQLite format 3"):
            with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
                yield f"rows of {path.name}", "\n".join(database.iterdump()).encode()


def assert_clean(folder: Path, needles: list[str], **said: str) -> None:
    """Fail with every needle found in a file, a row or what was said."""
    places = [*kept_in(folder), *((name, text.encode()) for name, text in said.items())]
    names = {name for name, _ in places}
    assert {"psl.db", "rows of psl.db", "conversations.db"} <= names, names
    assert [hit for name, content in places for hit in found_in(name, content, needles)] == []


def needles_of(places: list[str]) -> list[str]:
    return [needle for place in places for p in secrets_of(place) for needle in p.needles]


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "psl.db") as database:
        database.execute("create table t (a text)")
        database.execute("insert into t values ('x 512-44-9183 y leuKemia 99512449183')")
    needles = ["512-44-9183", "leukemia", "512449183"]
    hits = [h for name, content in kept_in(tmp_path) for h in found_in(name, content, needles)]
    assert any("rows of psl.db" in hit for hit in hits)
    assert {hit.split(" in ")[0] for hit in hits} == {"512-44-9183", "leukemia"}


async def test_through_the_brain(stack: Stack) -> None:
    replies = []
    for place, way in PLACES.items():
        chat = stack.new_chat("planted")
        for message in [*way, *(planted.message for planted in secrets_of(f"brain {place}"))]:
            replies.append(await stack.say(chat, message))
        replies += [
            await stack.say(chat, again) for again in ("what do you have so far", "my tickets")
        ]
    assert_clean(
        stack.services.settings.data_dir,
        needles_of([f"brain {place}" for place in PLACES]),
        replies="\n".join(replies),
    )


# Over the network ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own, as talkative in its log as it can be made."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PSL_LOG_LEVEL", "DEBUG")
        started = Server(tmp_path_factory.mktemp("planted"))
    yield started
    started.stop()


def test_through_rest(server: Server) -> None:
    said = []
    for place, way in PLACES.items():
        sender = f"planted-{place.replace(' ', '-')}"
        for message in [
            *way,
            *(p.message for p in secrets_of(f"rest {place}")),
            "show me the draft",
        ]:
            said.append(texts(server.say(sender, message)))
        said.append(server.http.get(f"/conversations/{sender}/notices").text)
    code = server.cli("agent", "code", "--doi", server.cli("agent", "list")[9]["doi_number"])[
        "code"
    ]
    said.append(texts(server.say("planted-link", f"link {code}")))
    assert "Linked" in said[-1]
    said.append(server.http.get("/metrics").text)
    assert_clean(
        server.data,
        [*needles_of([f"rest {place}" for place in PLACES]), code, code.replace("-", "")],
        replies="\n".join(said),
        log=server.log.read_text(),
    )


async def test_through_the_web_socket(server: Server) -> None:
    shown: list[str] = []
    for place, way in PLACES.items():
        planted = [p.message for p in secrets_of(f"web {place}")]
        # An SSN across the end of what is read of a message that is too long.
        planted.append("x " * 4995 + "ssn 555-12-3456 please")
        shown += await _web_chat(f"http://127.0.0.1:{server.port}", [*way, *planted])
    assert len(shown) > 100
    assert_clean(
        server.data,
        needles_of([f"web {place}" for place in PLACES]),
        shown="\n".join(shown),
        log=server.log.read_text(),
    )
    partly = re.compile(rb"ssn 555-1\d?")
    assert [name for name, content in kept_in(server.data) if partly.search(content)] == []


async def _web_chat(url: str, messages: list[str]) -> list[str]:
    """Say all of it as a page does; every text that the page is given, its own echoes included."""
    client = socketio.AsyncClient(reconnection=False)
    shown: list[str] = []
    answers: asyncio.Queue[None] = asyncio.Queue()
    confirmed = asyncio.Event()

    async def received(name: str, data: dict[str, Any]) -> None:
        if name in ("bot_uttered", "user_echo"):
            shown.append(data["text"])
        elif name == "session_confirm":
            confirmed.set()
        elif name == "error" or (name == "typing" and not data["on"]):
            answers.put_nowait(None)

    client.on("*", received)
    await client.connect(url, transports=["websocket"])
    try:
        async with asyncio.timeout(SECONDS):
            await client.emit("session_request", {"session_id": None, "last": 0})
            await confirmed.wait()
            for message in messages:
                await client.emit("user_uttered", {"message": message, "id": str(uuid.uuid4())})
                await answers.get()
    finally:
        await client.disconnect()
    return shown


# In the terminal ----------------------------------------------------------------------------------


def test_through_the_terminal(tmp_path: Path) -> None:
    lines: list[str] = []
    places = {place: PLACES[place] for place in ("no task", "checklist", "ticket")}
    for place, way in places.items():
        lines += [
            *way,
            *(planted.message for planted in secrets_of(f"terminal {place}")),
            "never mind",
        ]
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", "chat", "--data", str(tmp_path)],
        cwd=ROOT, input="\n".join([*lines, "exit", ""]), capture_output=True, text=True, timeout=180,
        env={**os.environ, "PSL_MESSAGES_PER_MINUTE": "100000", "PSL_LOG_LEVEL": "DEBUG"}, check=True,
    )  # fmt: skip
    assert done.stdout.count("removed a Social Security number") >= 3 * len(places)
    assert_clean(
        tmp_path,
        needles_of([f"terminal {place}" for place in places]),
        output=done.stdout,
        errors=done.stderr,
    )
