"""The chat page: its records, its protocol over a real server, and the page in a real browser.

``live_server`` is the base URL of the whole product; ``live_settings`` are that server's settings.
"""

import asyncio
import json
import os
import re
import threading
import time
import uuid
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import aiohttp
import httpx
import pytest
import pytest_asyncio
import socketio
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from playwright.async_api import async_playwright, expect

from bot.channels.webchat.origins import Origins
from bot.channels.webchat.tokens import Tokens, new_sender, serializer
from psl.database import Database
from psl.services import installation_key
from psl.transcripts import REPLAYED, Transcripts

CHECKLIST = "Help me get ready to call PSL"
QUESTION = "How long do I have to accept a referral?"
SECONDS = 20

# Records ------------------------------------------------------------------------------------------


@pytest.fixture
def database(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'psl.db'}")
    database.upgrade()
    yield database
    database.close()


@pytest.fixture
def transcripts(database):
    return Transcripts(database)


def test_messages_are_numbered_per_chat(transcripts):
    for chat in ("web:a", "web:b", "web:a"):
        transcripts.add(chat, "agent", "hello")
    assert [m.number for m in transcripts.after("web:a", 0)] == [1, 2]
    assert [m.number for m in transcripts.after("web:b", 0)] == [1]
    assert transcripts.last("web:a") == 2
    assert transcripts.last("web:c") == 0


def test_a_message_comes_back_as_it_was_added(transcripts):
    transcripts.add("web:a", "agent", "two\nlines", client_id="one")
    transcripts.add("web:a", "assistant", "Shall we?", [("Yes", "btn:1"), ("No", "btn:2")])
    asked, answered = transcripts.after("web:a", 0)
    assert (asked.author, asked.text, asked.buttons) == ("agent", "two\nlines", [])
    assert answered.author == "assistant"
    assert answered.buttons == [
        {"title": "Yes", "payload": "btn:1"},
        {"title": "No", "payload": "btn:2"},
    ]
    assert answered.at.utcoffset() == timedelta(0)
    assert transcripts.sent("web:a", "one").number == 1
    assert transcripts.sent("web:b", "one") is None


def test_a_client_id_is_stored_once_per_chat(transcripts):
    assert transcripts.add("web:a", "agent", "hello", client_id="one") is not None
    assert transcripts.add("web:a", "agent", "hello", client_id="one") is None
    assert transcripts.add("web:b", "agent", "hello", client_id="one") is not None
    assert transcripts.last("web:a") == 1


def test_messages_without_a_client_id_are_all_stored(transcripts):
    assert [transcripts.add("web:a", "agent", "hi").number for _ in range(3)] == [1, 2, 3]


def test_history_after_a_number_is_in_order_and_bounded(transcripts):
    for number in range(REPLAYED + 5):
        transcripts.add("web:a", "agent", str(number))
    everything = [m.number for m in transcripts.after("web:a", 0)]
    assert everything == list(range(6, REPLAYED + 6))
    assert [m.number for m in transcripts.after("web:a", REPLAYED)] == everything[-5:]
    assert transcripts.after("web:a", REPLAYED + 5) == []


def test_writers_at_the_same_time_get_different_numbers(transcripts):
    def write():
        for _ in range(5):
            transcripts.add("web:a", "agent", "hello")

    writers = [threading.Thread(target=write) for _ in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [m.number for m in transcripts.after("web:a", 0)] == list(range(1, 31))


def test_purging_removes_the_old_and_numbers_go_on(transcripts):
    old = transcripts.add("web:a", "agent", "old")
    time.sleep(0.01)
    kept = transcripts.add("web:a", "agent", "new")
    assert transcripts.purge(old.at) == 0
    assert transcripts.purge(kept.at) == 1
    assert [m.text for m in transcripts.after("web:a", 0)] == ["new"]
    assert transcripts.add("web:a", "agent", "newest").number == 3
    assert transcripts.purge(kept.at + timedelta(days=1)) == 2
    assert transcripts.after("web:a", 0) == []


# Tokens -------------------------------------------------------------------------------------------

KEY = b"k" * 32


def test_a_token_brings_back_its_sender():
    tokens, sender = Tokens(KEY, 90), new_sender()
    assert tokens.sender(tokens.sign(sender)) == sender


def test_senders_do_not_repeat():
    assert len({new_sender() for _ in range(100)}) == 100


def test_forged_tokens_are_nobodys():
    tokens, sender = Tokens(KEY, 90), new_sender()
    good = tokens.sign(sender)
    payload, stamp, signature = good.split(".")
    forged = [
        None,
        "",
        sender,
        f"web:{sender}",
        payload,
        f"{payload}.{stamp}",
        f"{payload}.{stamp}.",
        f"{payload}.{stamp}.{signature[:-1]}",
        f"{payload[:-2]}AA.{stamp}.{signature}",
        good + "A",
        "." * 50,
        "\ud800",
        "é" * 30,
        Tokens(b"x" * 32, 90).sign(sender),
        URLSafeTimedSerializer(KEY, salt="another").dumps(sender),
        # Signed by us, but not a sender.
        serializer(KEY).dumps({"sender": sender}),
        serializer(KEY).dumps("web:admin"),
    ]
    assert [token for token in forged if tokens.sender(token) is not None] == []


def test_an_old_token_is_nobodys():
    class Earlier(TimestampSigner):
        def get_timestamp(self):
            return super().get_timestamp() - 91 * 24 * 3600

    old = serializer(KEY)
    old.signer = Earlier
    token = old.dumps(new_sender())
    assert Tokens(KEY, 92).sender(token) is not None
    assert Tokens(KEY, 90).sender(token) is None


# Origins ------------------------------------------------------------------------------------------


def _arriving_at(host, scheme="ws"):
    return {"HTTP_HOST": host, "asgi.scope": {"scheme": scheme}}


@pytest.mark.parametrize(
    ("origin", "host", "scheme"),
    [
        ("http://127.0.0.1:8080", "127.0.0.1:8080", "ws"),
        ("http://[::1]:8080", "[::1]:8080", "ws"),
        ("http://chat.example.org", "chat.example.org", "http"),
        ("http://CHAT.example.org", "chat.example.org:80", "ws"),
        ("https://chat.example.org", "chat.example.org", "wss"),
        ("https://chat.example.org", "chat.example.org", "ws"),  # a proxy ended TLS
        ("https://www.example.org", "chat.example.org", "wss"),  # listed
        ("https://intranet.example.org:8443", "chat.example.org", "wss"),  # listed
    ],
)
def test_own_and_listed_origins_may_connect(origin, host, scheme):
    origins = Origins("https://www.example.org/, https://intranet.example.org:8443")
    assert origins(origin, _arriving_at(host, scheme))


@pytest.mark.parametrize(
    ("origin", "host", "scheme"),
    [
        ("https://evil.example", "chat.example.org", "wss"),
        ("https://chat.example.org.evil.example", "chat.example.org", "wss"),
        ("https://evilchat.example.org", "chat.example.org", "wss"),
        ("http://chat.example.org", "chat.example.org", "wss"),
        ("http://127.0.0.1:9999", "127.0.0.1:8080", "ws"),
        ("http://www.example.org", "chat.example.org", "wss"),
        ("https://www.example.org:444", "chat.example.org", "wss"),
        ("https://user@chat.example.org", "chat.example.org", "wss"),
        ("https://chat.example.org/path", "chat.example.org", "wss"),
        ("https://chat.example.org:port", "chat.example.org", "wss"),
        ("null", "chat.example.org", "wss"),
        ("*", "*", "wss"),
        ("file://", "", "ws"),
        ("http://", "", "ws"),
        ("", "chat.example.org", "wss"),
        (None, "chat.example.org", "wss"),
    ],
)
def test_other_origins_may_not(origin, host, scheme):
    assert not Origins("https://www.example.org")(origin, _arriving_at(host, scheme))


@pytest.mark.parametrize("setting", ["*", "https://*", "www.example.org", "https://a.example/b"])
def test_a_setting_that_is_no_origin_is_refused(setting):
    with pytest.raises(ValueError, match="PSL_ALLOWED_ORIGINS"):
        Origins(setting)


# The protocol -------------------------------------------------------------------------------------


class Tab:
    """One connection, as a page has it; ``events`` are all that came, in order."""

    def __init__(self, client):
        self.client = client
        self.events = []
        self._news = asyncio.Event()
        client.on("*", self._received)

    async def _received(self, name, data=None):
        self.events.append((name, data))
        self._news.set()

    def named(self, *names):
        return [data for name, data in self.events if name in names]

    async def until(self, holds):
        async with asyncio.timeout(SECONDS):
            while not (found := holds()):
                self._news.clear()
                await self._news.wait()
        return found

    async def wait_for(self, name, count=1):
        return (await self.until(lambda: self.named(name)[count - 1 :]))[0]

    async def open(self, token=None, last=0, acknowledges=False):
        before = len(self.named("session_confirm"))
        asked = {"session_id": token, "last": last, "acknowledges": acknowledges}
        await self.client.emit("session_request", asked)
        return await self.wait_for("session_confirm", before + 1)

    async def say(self, message, client_id=None):
        client_id = client_id or str(uuid.uuid4())
        await self.client.emit("user_uttered", {"message": message, "id": client_id})
        return client_id

    async def ask(self, message):
        """Say something; what is replied."""
        done = len([on for on in self.named("typing") if not on["on"]])
        before = len(self.named("bot_uttered"))
        await self.say(message)
        await self.until(lambda: [on for on in self.named("typing") if not on["on"]][done:])
        return self.named("bot_uttered")[before:]

    async def refusals(self, count=1):
        await self.wait_for("error", count)
        return [error["code"] for error in self.named("error")]

    def history(self):
        return self.named("bot_uttered", "user_echo")


@asynccontextmanager
async def tab(url, headers=None, transports=("websocket",)):
    client = socketio.AsyncClient(reconnection=False)
    shown = Tab(client)
    await client.connect(url, headers=headers or {}, transports=list(transports))
    try:
        yield shown
    finally:
        await client.disconnect()


@asynccontextmanager
async def raw(url):
    """A websocket that has joined the default namespace, for packets that no client would send."""
    address = f"{url}/socket.io/?EIO=4&transport=websocket"
    async with aiohttp.ClientSession() as http, http.ws_connect(address) as socket:
        assert (await socket.receive_str()).startswith("0")
        await socket.send_str("40")
        assert (await socket.receive_str()).startswith("40")
        yield socket


async def test_a_new_page_gets_a_session_of_its_own(live_server):
    async with tab(live_server) as one, tab(live_server) as two:
        first, second = await one.open(), await two.open()
    assert not first["resumed"] and not second["resumed"]
    assert first["last"] == second["last"] == 0
    assert first["session_id"] != second["session_id"]


@pytest.mark.parametrize("transports", [["websocket"], ["polling", "websocket"]])
async def test_a_question_is_echoed_and_answered(live_server, transports):
    async with tab(live_server, transports=transports) as page:
        await page.open()
        client_id = await page.say(QUESTION)
        await page.until(lambda: {"on": False} in page.named("typing"))
        echo = page.named("user_echo")[0]
        replies = page.named("bot_uttered")
    assert (echo["text"], echo["id"], echo["number"]) == (QUESTION, client_id, 1)
    assert [reply["number"] for reply in replies] == list(range(2, len(replies) + 2))
    assert "15 minutes" in replies[0]["text"]
    assert all(set(b) == {"title", "payload"} for r in replies for b in r["quick_replies"])
    assert datetime.fromisoformat(replies[0]["at"]).utcoffset() == timedelta(0)


async def test_typing_is_shown_around_the_answer(live_server):
    async with tab(live_server) as page:
        await page.open()
        await page.ask(QUESTION)
        names = [
            f"{name} {data['on']}" if name == "typing" else name
            for name, data in page.events
            if name != "session_confirm"
        ]
    assert names[:2] == ["user_echo", "typing True"]
    assert set(names[2:-1]) == {"bot_uttered"}
    assert names[-1] == "typing False"


async def test_the_message_limit_is_announced(live_server, live_settings):
    async with tab(live_server) as page:
        assert (await page.open())["message_limit"] == live_settings.message_limit


async def test_a_token_brings_the_conversation_back(live_server):
    async with tab(live_server) as page:
        token = (await page.open())["session_id"]
        await page.ask(QUESTION)
        said = page.history()
    async with tab(live_server) as page:
        session = await page.open(token)
        await page.until(lambda: len(page.history()) == len(said))
        again = page.history()
    assert session["resumed"]
    assert session["last"] == len(said)
    assert again == said
    async with tab(live_server) as page:
        await page.open(session["session_id"], last=1)
        await page.until(lambda: len(page.history()) == len(said) - 1)
        await page.ask("thanks")
        numbers = [message["number"] for message in page.history()]
    assert numbers == list(range(2, len(numbers) + 2))


async def test_what_was_answered_meanwhile_is_replayed(live_server):
    async with tab(live_server) as page:
        token = (await page.open())["session_id"]
        await page.say(QUESTION)
        await page.wait_for("user_echo")
    async with tab(live_server) as page:
        await page.open(token, last=1)
        answer = await page.wait_for("bot_uttered")
    assert answer["number"] == 2
    assert "15 minutes" in answer["text"]


async def test_a_forged_token_gives_an_empty_session(live_server):
    async with tab(live_server) as page:
        token = (await page.open())["session_id"]
        await page.ask(QUESTION)
    payload, stamp, signature = token.split(".")
    for forged in (
        payload,
        f"{payload}.{stamp}.{signature[::-1]}",
        f"{payload[:-2]}AA.{stamp}.{signature}",
        Tokens(KEY, 90).sign(new_sender()),
        "web:admin",
    ):
        async with tab(live_server) as thief:
            session = await thief.open(forged)
            assert (session["resumed"], session["last"]) == (False, 0)
            assert session["session_id"] != token
            assert session["session_id"].split(".")[0] != payload
            answers = await thief.ask("hello")
            assert thief.named("user_echo")[0]["number"] == 1
            assert answers[0]["number"] == 2


async def test_without_a_session_nothing_is_taken(live_server):
    async with tab(live_server) as page:
        await page.say("hello", "11111111-1111")
        assert await page.refusals() == ["no_session"]
        assert page.named("error")[0]["id"] == "11111111-1111"
        assert page.history() == []
        await page.open()
        assert await page.ask("hello")


async def test_tabs_of_one_session_show_the_same(live_server):
    async with tab(live_server) as one, tab(live_server) as two, tab(live_server) as other:
        token = (await one.open())["session_id"]
        await two.open(token)
        await other.open()
        await one.ask(QUESTION)
        await two.ask("thanks")
        await one.until(lambda: len(one.history()) >= len(two.history()))
        assert one.history() == two.history()
        assert [m["number"] for m in one.history()] == list(range(1, len(one.history()) + 1))
        assert other.history() == []


async def test_a_new_session_on_the_same_connection_leaves_the_old_one(live_server):
    async with tab(live_server) as one, tab(live_server) as two:
        token = (await one.open())["session_id"]
        await two.open(token)
        await one.ask(QUESTION)
        await one.open()
        seen = len(one.history())
        await two.ask("thanks")
        assert len(one.history()) == seen
        await one.ask("hello")
        assert one.named("user_echo")[-1]["number"] == 1


async def test_the_same_id_is_handled_once(live_server):
    client_id = str(uuid.uuid4())
    async with tab(live_server) as one, tab(live_server) as two:
        token = (await one.open())["session_id"]
        await two.open(token)
        await asyncio.gather(*(page.say(QUESTION, client_id) for page in (one, two, one)))
        await one.until(lambda: {"on": False} in one.named("typing"))
        await one.say("thanks")
        await one.until(lambda: "thanks" in [echo["text"] for echo in one.named("user_echo")])
    async with tab(live_server) as page:
        await page.say(QUESTION, client_id)  # refused: no session yet
        await page.open(token)
        await page.say(QUESTION, client_id)
        await page.ask("bye")
        history = page.history()
    numbers = sorted({message["number"] for message in history})
    assert numbers == list(range(1, len(numbers) + 1))
    asked = {m["number"] for m in history if m["text"] == QUESTION}
    answered = [m for m in history if "15 minutes" in m["text"] and "quick_replies" in m]
    assert asked == {1}
    assert len(answered) == 1


async def test_quick_messages_are_answered_in_their_order(live_server):
    asked = ["hello", QUESTION, "What is a Mass referral?", "thanks"]
    async with tab(live_server) as page:
        await page.open()
        for message in asked:
            await page.say(message)
        await page.until(lambda: page.named("typing").count({"on": False}) == len(asked))
        assert [echo["text"] for echo in page.named("user_echo")] == asked
        numbers = [message["number"] for message in page.history()]
    assert numbers == list(range(1, len(numbers) + 1))


async def test_a_quick_reply_is_shown_by_its_title(live_server):
    async with tab(live_server) as page:
        token = (await page.open())["session_id"]
        button = (await page.ask(CHECKLIST))[-1]["quick_replies"][0]
        assert button["payload"].startswith("btn:")
        assert await page.ask(button["payload"])
        echo = page.named("user_echo")[-1]
    assert (echo["text"], echo["pressed"]) == (button["title"], button["payload"])
    async with tab(live_server) as page:
        await page.open(token)
        await page.until(lambda: echo in page.history())


async def test_a_button_of_another_session_does_nothing(live_server):
    async with tab(live_server) as one, tab(live_server) as two:
        await one.open()
        await two.open()
        button = (await one.ask(CHECKLIST))[-1]["quick_replies"][0]
        replies = await two.ask(button["payload"])
        echo = two.named("user_echo")[-1]
    assert "does not work" in replies[0]["text"]
    assert echo["pressed"] is None
    assert button["payload"] not in echo["text"] and button["title"] not in echo["text"]


async def test_private_data_is_stored_masked(live_server, live_settings):
    secret = "219-09-9999"
    async with tab(live_server) as page:
        token = (await page.open())["session_id"]
        await page.ask(f"my client's SSN is {secret}, how long do I have to accept?")
        await page.ask("link ABCD-1234")
        said = str(page.history())
    async with tab(live_server) as page:
        await page.open(token)
        await page.wait_for("bot_uttered", 2)
        replayed = str(page.history())
    for seen in (said, replayed):
        assert secret not in seen
        assert "ABCD-1234" not in seen
    assert "SSN removed" in replayed
    for file in Path(live_settings.data_dir).rglob("*.db*"):
        assert secret.encode() not in file.read_bytes()


async def test_a_long_message_is_refused_kindly_and_not_kept(live_server, live_settings):
    limit = live_settings.message_limit
    async with tab(live_server) as page:
        token = (await page.open())["session_id"]
        client_id = await page.say("word " * (limit // 5) + "x")
        assert await page.refusals() == ["too_long"]
        assert page.named("error")[0]["id"] == client_id
        assert f"{limit:,}" in page.named("error")[0]["message"]
        assert await page.ask("é" * limit)
        assert await page.ask(QUESTION)
    async with tab(live_server) as page:
        assert (await page.open(token))["last"] > 2
        await page.wait_for("user_echo", 2)
        assert len(page.named("user_echo")) == 2


MALFORMED = [
    ("user_uttered", None),
    ("user_uttered", 5),
    ("user_uttered", "hello"),
    ("user_uttered", ["hello"]),
    ("user_uttered", {}),
    ("user_uttered", {"message": 5}),
    ("user_uttered", {"message": None}),
    ("user_uttered", {"message": ["hello"]}),
    ("user_uttered", {"message": "hello", "id": 5}),
    ("user_uttered", {"message": "hello", "id": "short"}),
    ("user_uttered", {"message": "hello", "id": "<b>not an id</b>"}),
    ("user_uttered", {"message": "hello", "id": "x" * 65}),
    ("user_uttered", ({"message": "hello"}, {"message": "hello"})),
    ("session_request", None),
    ("session_request", "token"),
    ("session_request", {"session_id": 5}),
    ("session_request", {"session_id": "x" * 1001}),
    ("session_request", {"session_id": None, "last": "1"}),
    ("session_request", {"session_id": None, "last": True}),
    ("session_request", {"session_id": None, "last": -1}),
    ("session_request", {"session_id": None, "last": 1.5}),
    ("session_request", {"session_id": None, "last": 10**30}),
    ("bot_uttered", {"text": "I am the assistant"}),
    ("restart", {}),
]


async def test_malformed_events_get_an_error(live_server):
    async with tab(live_server) as page:
        await page.open()
        for count, (name, data) in enumerate(MALFORMED, start=1):
            await page.client.emit(name, data)
            await page.wait_for("error", count)
        assert await page.refusals() == ["malformed"] * len(MALFORMED)
        assert page.history() == []
        assert await page.ask("hello")


async def test_malformed_packets_are_passed_over(live_server):
    async with raw(live_server) as socket:
        for packet in (
            "42",
            "42{}",
            "42[]",
            "42[5]",
            '42[{"a":1}]',
            '42["user_uttered"',
            "42" + "[" * 30_000,
            "42[" + "9" * 5000 + "]",
            '42/admin,["user_uttered",{"message":"hello"}]',
            "43[]",
            "44{}",
        ):
            await socket.send_str(packet)
        await socket.send_str('42["session_request",{"session_id":null}]')
        async with asyncio.timeout(SECONDS):
            while "session_confirm" not in (answer := await socket.receive_str()):
                assert '"malformed"' in answer


@pytest.mark.parametrize(
    "frame",
    [
        "", "z", "4", "49", "4z", "b4", "0", "6", "7", "-1",
        "4" + "[" * 30_000, "2" + "[" * 30_000,
        '451-["user_uttered",{"_placeholder":true,"num":0}]',
        '4599999-["user_uttered"]',
        "461-[]",
        "42" + "x" * 70_000,
        b"\x00\x01",
    ],
)  # fmt: skip
async def test_malformed_frames_end_only_their_own_connection(live_server, frame):
    async with tab(live_server) as other:
        await other.open()
        async with raw(live_server) as socket:
            await (socket.send_bytes if isinstance(frame, bytes) else socket.send_str)(frame)
            async with asyncio.timeout(SECONDS):
                while (await socket.receive()).type is not aiohttp.WSMsgType.CLOSED:
                    pass
        assert await other.open()


async def test_words_only(live_server):
    async with tab(live_server) as page:
        await page.open()
        await page.say(" \n\t ")
        await page.say("\u0007\u0000")
        assert await page.refusals(2) == ["empty", "empty"]


async def test_a_flood_is_slowed_down(live_server):
    async with tab(live_server) as page:
        for _ in range(260):
            await page.client.emit("restart", {})
        codes = await page.refusals(260)
    assert codes[0] == "malformed"
    assert codes[-1] == "busy"


async def test_pages_of_other_origins_are_refused(live_server):
    with pytest.raises(socketio.exceptions.ConnectionError):
        async with tab(live_server, {"Origin": "https://evil.example"}):
            pass
    async with tab(live_server, {"Origin": live_server}) as page:
        assert await page.open()
    polling = f"{live_server}/socket.io/?EIO=4&transport=polling"
    async with httpx.AsyncClient() as http:
        refused = await http.get(polling, headers={"Origin": "https://evil.example"})
        taken = await http.get(polling, headers={"Origin": live_server})
    assert refused.status_code == 400
    assert "access-control-allow-origin" not in refused.headers
    assert taken.status_code == 200
    assert taken.headers["access-control-allow-origin"] == live_server


def chat_of(session, settings):
    tokens = Tokens(installation_key(settings.data_dir), settings.transcript_days)
    return f"web:{tokens.sender(session['session_id'])}"


async def marked(outbox, text, seconds=SECONDS):
    """Whether the notice is marked as delivered, waiting for it."""
    stop = time.monotonic() + seconds
    while outbox.delivered(text) is None and time.monotonic() < stop:
        await asyncio.sleep(0.05)
    return outbox.delivered(text) is not None


@pytest.mark.parametrize("acknowledges", [False, True])
async def test_notices_are_pushed_to_every_tab_in_order_and_kept(
    live_server, live_settings, live_outbox, acknowledges
):
    texts = [f"Reminder {n}, {uuid.uuid4()}" for n in range(3)]
    async with tab(live_server) as one, tab(live_server) as two:
        session = await one.open(acknowledges=acknowledges)
        await two.open(session["session_id"], acknowledges=acknowledges)
        live_outbox.put(chat_of(session, live_settings), *texts)
        written = time.monotonic()
        for page in (one, two):
            await page.wait_for("bot_uttered", 3)
            assert [message["text"] for message in page.named("bot_uttered")] == texts
        assert time.monotonic() - written < 2
        assert await marked(live_outbox, texts[-1])
        # More than one round of asking: it is pushed once.
        await asyncio.sleep(1.5)
        assert len(one.named("bot_uttered")) == 3
    async with tab(live_server) as page:
        await page.open(session["session_id"])
        await page.wait_for("bot_uttered", 3)
        assert [message["text"] for message in page.named("bot_uttered")] == texts
        assert [message["number"] for message in page.named("bot_uttered")] == [1, 2, 3]


async def test_a_notice_waits_until_its_chat_is_opened_again(
    live_server, live_settings, live_outbox
):
    text = f"Reminder, {uuid.uuid4()}"
    async with tab(live_server) as page:
        session = await page.open()
    live_outbox.put(chat_of(session, live_settings), text)
    assert not await marked(live_outbox, text, seconds=2)
    async with tab(live_server) as page:
        await page.open(session["session_id"])
        assert (await page.wait_for("bot_uttered"))["text"] == text
        assert await marked(live_outbox, text)
        await asyncio.sleep(1.5)
        assert len(page.named("bot_uttered")) == 1


async def test_what_a_page_did_not_confirm_is_not_delivered_and_comes_again_once(
    live_server, live_settings, live_outbox
):
    text = f"Reminder, {uuid.uuid4()}"
    async with raw(live_server) as socket:
        await socket.send_str('42["session_request",{"acknowledges":true}]')
        session = json.loads((await socket.receive_str()).removeprefix("42"))[1]
        live_outbox.put(chat_of(session, live_settings), text)
        async with asyncio.timeout(SECONDS):
            while "bot_uttered" not in (frame := await socket.receive_str()):
                pass
        assert re.match(r"42\d+\[", frame), "the page is asked to confirm"
        # The page froze, or its network is gone: nobody saw the notice.
        assert not await marked(live_outbox, text, seconds=2)
    assert live_outbox.delivered(text) is None
    async with tab(live_server) as page:
        await page.open(session["session_id"], acknowledges=True)
        assert (await page.wait_for("bot_uttered"))["number"] == 1
        assert await marked(live_outbox, text)
        assert len(page.named("bot_uttered")) == 1


# The page -----------------------------------------------------------------------------------------


async def test_the_page_and_its_files_are_served_with_strict_headers(live_server):
    async with httpx.AsyncClient(base_url=live_server) as http:
        page = await http.get("/")
        links = re.findall(r'(?:href|src)="([^"]+)"', page.text)
        responses = [page] + [await http.get(f"/{link}") for link in dict.fromkeys(links)]
        assert (await http.head("/")).status_code == 200
        assert (await http.get("/webchat/..%2fserver.py")).status_code == 404
        assert (await http.get("/webchat/missing.js")).status_code == 404
    assert {"webchat/chat.css", "webchat/chat.js", "webchat/icon.svg"} <= set(links)
    for response in responses:
        assert response.status_code == 200
        policy = response.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy and "*" not in policy
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["referrer-policy"] == "no-referrer"
    assert not re.search(r"<style|style=|\son\w+=|<script(?![^>]*\ssrc=)", page.text)


BROWSER = Path("/usr/bin/chromium")
needs_browser = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(
        not BROWSER.exists() and not os.environ.get("CI"), reason="Chromium is not installed"
    ),
]

CONTRAST = """
(selectors) => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const part = (v) => ((v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = numbers(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  return Object.fromEntries(selectors.map((selector) => {
    const element = document.querySelector(selector.replace("::placeholder", ""));
    const pseudo = selector.includes("::") ? "::placeholder" : null;
    const front = light(numbers(getComputedStyle(element, pseudo).color));
    const back = light(behind(element));
    return [selector, (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05)];
  }));
}
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser():
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(BROWSER), args=["--no-sandbox"]
        )
        yield browser
        await browser.close()


class Screen:
    """The page, seen by a reader."""

    def __init__(self, page):
        self.page = page
        self.complaints = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._heard)
        self.input = page.get_by_label("Your message")
        self.log = page.get_by_role("log")
        self.own = page.locator("#log .own .text")
        self.replies = page.locator("#log .assistant .text")

    def _heard(self, message):
        # Without a network the browser itself complains; that is no fault of the page.
        if message.type in {"error", "warning"} and "WebSocket connection to" not in message.text:
            self.complaints.append(message.text)

    async def show(self, url):
        await self.page.goto(url)
        await self.is_connected()

    async def is_connected(self):
        await expect(self.page.locator("#state")).to_have_text("Connected")

    async def answered(self, replies):
        """Until there are at least so many replies, and nothing more is coming."""
        await self.replies.nth(replies - 1).wait_for()
        await expect(self.page.locator("#typing")).to_be_hidden()

    async def say(self, text):
        before = await self.replies.count()
        await self.input.fill(text)
        await self.input.press("Enter")
        await self.answered(before + 1)


@asynccontextmanager
async def screen(browser, url, **options):
    context = await browser.new_context(locale="en-US", **options)
    context.set_default_timeout(SECONDS * 1000)
    shown = Screen(await context.new_page())
    try:
        await shown.show(url)
        yield shown
        assert shown.complaints == []
    finally:
        await context.close()


def in_browser(test):
    for mark in needs_browser:
        test = mark(test)
    return test


@in_browser
async def test_the_page_confirms_the_notices_it_shows(
    browser, live_server, live_settings, live_outbox
):
    texts = [f"Reminder {n}, {uuid.uuid4()}" for n in range(2)]
    async with screen(browser, live_server) as shown:
        stored = "localStorage.getItem('psl-assistant-session')"
        token = await shown.page.evaluate(stored)
        live_outbox.put(chat_of({"session_id": token}, live_settings), *texts)
        await expect(shown.replies).to_have_text([f"Assistant: {text}" for text in texts])
        assert await marked(live_outbox, texts[0]) and await marked(live_outbox, texts[1])
        await asyncio.sleep(1)
        await expect(shown.replies).to_have_count(2)


@in_browser
async def test_a_question_is_asked_and_answered(browser, live_server):
    async with screen(browser, live_server) as shown:
        await expect(shown.page.get_by_role("heading", name="How can I help?")).to_be_visible()
        await shown.say(QUESTION)
        await expect(shown.own).to_have_text([f"You: {QUESTION}"])
        await expect(shown.replies.first).to_contain_text("15 minutes")
        await expect(shown.page.get_by_role("heading", name="How can I help?")).to_be_hidden()
        await expect(shown.page.locator("#pending > *")).to_have_count(0)
        assert await shown.input.input_value() == ""
        at_end = "s => Math.ceil(s.scrollTop + s.clientHeight) >= s.scrollHeight - 1"
        assert await shown.page.locator("#scroller").evaluate(at_end)


@in_browser
async def test_a_suggestion_is_sent_as_text(browser, live_server):
    async with screen(browser, live_server) as shown:
        await shown.page.get_by_role("button", name=CHECKLIST).click()
        await shown.answered(1)
        await expect(shown.own).to_have_text([f"You: {CHECKLIST}"])


@in_browser
async def test_lines_are_kept_and_shift_enter_makes_them(browser, live_server):
    async with screen(browser, live_server) as shown:
        await shown.input.press_sequentially("hello")
        await shown.input.press("Shift+Enter")
        await shown.input.press_sequentially("there")
        assert await shown.input.input_value() == "hello\nthere"
        await shown.page.get_by_role("button", name="Send").click()
        await shown.answered(1)
        assert await shown.own.evaluate("e => e.innerText.endsWith('hello\\nthere')")


@in_browser
async def test_a_quick_reply_is_pressed_once(browser, live_server):
    async with screen(browser, live_server) as shown:
        await shown.say(CHECKLIST)
        group = shown.page.get_by_role("group", name="Quick replies").last
        first = group.get_by_role("button").first
        title = await first.inner_text()
        await first.press("Enter")
        await expect(shown.own).to_have_count(2)
        await expect(shown.own.last).to_have_text(f"You: {title}")
        closed = shown.page.get_by_role("group", name="Quick replies").first.get_by_role("button")
        for button in await closed.all():
            await expect(button).to_be_disabled()
        await expect(closed.first).to_have_attribute("aria-pressed", "true")
        await expect(shown.input).to_be_focused()


@in_browser
async def test_a_reload_keeps_the_conversation(browser, live_server):
    async with screen(browser, live_server) as shown:
        await shown.say(CHECKLIST)
        await (
            shown.page.get_by_role("group", name="Quick replies")
            .last.get_by_role("button")
            .first.click()
        )
        await expect(shown.own).to_have_count(2)
        await expect(shown.page.locator("#typing")).to_be_hidden()
        await shown.answered(2)
        before = await shown.log.inner_text()
        await shown.page.reload()
        await shown.is_connected()
        await expect(shown.own).to_have_count(2)
        assert await shown.log.inner_text() == before
        closed = shown.page.get_by_role("group", name="Quick replies").first.get_by_role("button")
        await expect(closed.first).to_be_disabled()
        await expect(shown.log).to_have_attribute("aria-live", "polite")


@in_browser
async def test_a_second_tab_shows_the_same(browser, live_server):
    async with screen(browser, live_server) as shown:
        await shown.say(QUESTION)
        other = Screen(await shown.page.context.new_page())
        await other.show(live_server)
        await expect(other.own).to_have_count(1)
        await other.say("thanks")
        await expect(shown.own).to_have_text([f"You: {QUESTION}", "You: thanks"])
        assert await shown.log.inner_text() == await other.log.inner_text()


@in_browser
async def test_a_new_conversation_forgets_the_old_one(browser, live_server):
    async with screen(browser, live_server) as shown:
        await shown.say(QUESTION)
        restart = shown.page.get_by_role("button", name="New conversation")
        await restart.click()
        await shown.page.get_by_role("button", name="Keep this one").click()
        await expect(shown.own).to_have_count(1)
        await restart.click()
        await shown.page.get_by_role("button", name="Start new").click()
        await expect(shown.page.locator("#log > *")).to_have_count(0)
        await expect(shown.page.get_by_role("heading", name="How can I help?")).to_be_visible()
        await shown.say("hello")
        await shown.page.reload()
        await shown.is_connected()
        await expect(shown.own).to_have_text(["You: hello"])


@in_browser
async def test_what_is_typed_offline_is_sent_once_afterwards(browser, live_server):
    async with screen(browser, live_server) as shown:
        await shown.say("hello")
        await shown.page.context.set_offline(True)
        await expect(shown.page.locator("#state")).to_contain_text("Offline")
        for text in (QUESTION, "thanks"):
            await shown.input.fill(text)
            await shown.input.press("Enter")
        waiting = shown.page.locator("#pending .own")
        await expect(waiting).to_have_count(2)
        await expect(waiting.first).to_contain_text("Will be sent when connected")
        await shown.page.context.set_offline(False)
        await shown.is_connected()
        expected = ["You: hello", f"You: {QUESTION}", "You: thanks"]
        await expect(shown.own).to_have_text(expected)
        await expect(waiting).to_have_count(0)
        await expect(shown.page.locator("#typing")).to_be_hidden()
        # Lost between sending and the echo: sent again with the same id.
        await shown.input.fill("What is a Mass referral?")
        await shown.input.press("Enter")
        for _ in range(2):
            await shown.page.evaluate("dispatchEvent(new Event('offline'))")
            await shown.page.evaluate("dispatchEvent(new Event('online'))")
        await shown.is_connected()
        expected.append("You: What is a Mass referral?")
        await expect(shown.own).to_have_text(expected)
        await shown.page.reload()
        await shown.is_connected()
        await expect(shown.own).to_have_text(expected)


@in_browser
async def test_markup_stays_text(browser, live_server):
    markup = '<img src=x onerror="window.broken=1"><script>window.broken=1</script><b>bold</b>'
    async with screen(browser, live_server) as shown:
        await shown.say(f"{markup} how do I reject a referral?")
        await shown.page.reload()
        await expect(shown.own).to_contain_text([markup])
        assert await shown.page.locator("#log img, #log script, #log b").count() == 0
        assert await shown.page.evaluate("window.broken") is None


@in_browser
async def test_a_long_message_is_not_sent_and_not_lost(browser, live_server, live_settings):
    text = "word " * (live_settings.message_limit // 5) + "x"
    async with screen(browser, live_server) as shown:
        await shown.input.fill(text)
        await shown.input.press("Enter")
        await expect(shown.page.get_by_role("alert")).to_contain_text("longer than I can take")
        assert await shown.input.input_value() == text
        await shown.say("hello")
        await expect(shown.page.get_by_role("alert")).to_be_hidden()
        await expect(shown.own).to_have_text(["You: hello"])


@in_browser
@pytest.mark.parametrize("width", [320, 375, 1280])
async def test_nothing_is_wider_than_the_screen(browser, live_server, width):
    size = {"width": width, "height": 640}
    too_wide = """() => {
      const wide = (e) => e.scrollWidth > e.clientWidth || e.getBoundingClientRect().right > innerWidth;
      const parts = document.querySelectorAll("html, body, main, footer, header, .text, button");
      return [...parts]
        .filter((e) => !e.closest("[hidden], .visually-hidden, dialog") && wide(e) && !e.matches("#restart"))
        .map((e) => e.outerHTML.slice(0, 80));
    }"""
    async with screen(browser, live_server, viewport=size) as shown:
        assert await shown.page.evaluate(too_wide) == []
        await shown.say("x" * 300 + " how do I accept a referral?")
        await shown.say(CHECKLIST)
        assert await shown.page.evaluate(too_wide) == []
        await expect(shown.page.get_by_role("button", name="New conversation")).to_be_in_viewport()
        await expect(shown.page.get_by_role("button", name="Send")).to_be_in_viewport()


@in_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_text_has_contrast_in_light_and_dark(browser, live_server, scheme):
    async with screen(browser, live_server, color_scheme=scheme) as shown:
        seen = await shown.page.evaluate(
            CONTRAST, ["h1", ".state", "#welcome > p", "#welcome .choice", "#restart", ".keys"]
        )
        await shown.say(CHECKLIST)
        seen |= await shown.page.evaluate(
            CONTRAST,
            [
                ".assistant .text", ".own .text", ".meta", ".day", "#log .choice",
                "#message", "#message::placeholder", "#send", ".primary", "dialog p",
            ],
        )  # fmt: skip
        await (
            shown.page.get_by_role("group", name="Quick replies")
            .last.get_by_role("button")
            .first.click()
        )
        seen |= await shown.page.evaluate(
            CONTRAST, ["#log .choice:disabled:not(.chosen)", ".choice.chosen"]
        )
        ground = await shown.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (int(re.search(r"\d+", ground)[0]) < 60) == (scheme == "dark")
        assert {selector: ratio for selector, ratio in seen.items() if ratio < 4.5} == {}


@in_browser
async def test_the_keyboard_reaches_everything(browser, live_server):
    async with screen(browser, live_server) as shown:
        reached = []
        for _ in range(9):
            await shown.page.keyboard.press("Tab")
            reached.append(
                await shown.page.evaluate(
                    "[document.activeElement.id || document.activeElement.textContent,"
                    " getComputedStyle(document.activeElement).outlineStyle]"
                )
            )
        assert [name for name, _ in reached[:2]] == ["restart", "scroller"]
        assert reached[2][0] == CHECKLIST
        assert [name for name, _ in reached[6:8]] == ["message", "send"]
        assert {outline for _, outline in reached[:8]} == {"solid"}


@in_browser
async def test_times_are_in_the_readers_zone(browser, live_server):
    async with screen(browser, live_server, timezone_id="America/Chicago") as shown:
        await shown.say("hello")
        said_at = shown.log.locator("time").last
        at = datetime.fromisoformat(await said_at.get_attribute("datetime"))
        there = at.astimezone(ZoneInfo("America/Chicago"))
        words = (await said_at.text_content()).replace("\u202f", " ")
        assert words == there.strftime("%I:%M %p").lstrip("0")


@in_browser
async def test_nothing_moves_for_who_wants_it_so(browser, live_server):
    async with screen(browser, live_server, reduced_motion="reduce") as shown:
        moving = "getComputedStyle(document.querySelector('#typing i')).animationName"
        assert await shown.page.evaluate(moving) == "none"
