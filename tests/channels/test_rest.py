"""The REST channel: Rasa's shapes, the bearer key, and clear refusals."""

from __future__ import annotations

import socket
import struct
import time
import uuid

import httpx
import pytest
from fastapi import FastAPI

from bot.channels import rest
from desk.auth import Door
from psl.keys import Keys
from psl.settings import Settings
from tests.accept import Stack as Server
from tests.channels.conftest import Outbox
from tests.stack import Stack


def client(stack: Stack, **changes: object) -> httpx.AsyncClient:
    app = FastAPI()
    settings = Settings(_env_file=None, **changes)  # type: ignore[arg-type]
    keys = Keys(stack.services.database, settings.api_key.get_secret_value())
    app.include_router(rest.router(stack.brain, Door(keys, settings)))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://psl")


def test_a_question_is_answered_in_rasas_shape(live: Server) -> None:
    (first, *_) = live.say("rest-1", "what is a mass referral")
    assert first["recipient_id"] == "rest-1"
    assert "first come" in first["text"]
    assert all(button["payload"].startswith("btn:") for button in first["buttons"])


def test_a_button_works_for_its_own_sender_only(live: Server) -> None:
    button = live.say("rest-2", "help me prepare for the psl call")[-1]["buttons"][0]
    assert "does not work" in live.say("rest-3", button["payload"])[0]["text"]
    assert "2 of 5" in live.say("rest-2", button["payload"])[-1]["text"]


def test_a_typed_payload_is_only_text(live: Server) -> None:
    replies = live.say("rest-4", '/who_am_i{"just": "linked"}')
    assert "Linked" not in "\n".join(reply["text"] for reply in replies)


def test_notices_are_empty_without_any(live: Server) -> None:
    assert live.http.get("/conversations/rest-5/notices").json() == []


def fetched(live: Server, sender: str) -> list[str]:
    return [n["text"] for n in live.http.get(f"/conversations/{sender}/notices").json()]


def test_notices_come_once_in_order_and_count_as_delivered_then(
    live: Server, live_outbox: Outbox
) -> None:
    sender = f"rest-{uuid.uuid4()}"
    first, second = f"first {sender}", f"second {sender}"
    live_outbox.put(f"rest:{sender}", first, second)
    assert live_outbox.delivered(first) is None
    answer = live.http.get(f"/conversations/{sender}/notices")
    assert answer.json() == [
        {"recipient_id": sender, "text": first},
        {"recipient_id": sender, "text": second},
    ]
    stop = time.monotonic() + 5
    while live_outbox.delivered(second) is None and time.monotonic() < stop:
        time.sleep(0.05)
    assert live_outbox.delivered(first) is not None and live_outbox.delivered(second) is not None
    assert fetched(live, sender) == []


@pytest.mark.parametrize("how", ["closed", "reset", "read in part"])
def test_notices_that_nobody_read_come_again(live: Server, live_outbox: Outbox, how: str) -> None:
    sender = f"rest-{uuid.uuid4()}"
    text = f"{how} {sender}"
    live_outbox.put(f"rest:{sender}", text)
    with socket.create_connection(("127.0.0.1", live.port)) as broken:
        request = f"GET /conversations/{sender}/notices HTTP/1.1\r\nHost: x\r\n\r\n"
        broken.sendall(request.encode())
        if how == "read in part":
            assert broken.recv(40).startswith(b"HTTP/1.1 200")
        if how == "reset":
            broken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    time.sleep(1)
    assert live_outbox.delivered(text) is None
    assert fetched(live, sender) == [text]


@pytest.mark.parametrize(
    "body",
    [{}, {"sender": "", "message": "x"}, {"sender": "a b", "message": "x"}, {"sender": "a"}, []],
)
def test_what_is_no_message_is_refused(live: Server, body: object) -> None:
    assert live.http.post("/webhooks/rest/webhook", json=body).status_code == 422


async def test_outside_a_trial_the_key_is_needed(stack: Stack) -> None:
    message = {"sender": "key-1", "message": "hello"}
    async with client(stack, demo=False, api_key="a-long-key") as http:
        url = "/webhooks/rest/webhook"
        assert (await http.post(url, json=message)).status_code == 401
        wrong = await http.post(url, json=message, headers={"Authorization": "Bearer other"})
        assert wrong.status_code == 401
        assert "Bearer" in wrong.json()["detail"]
        right = await http.post(url, json=message, headers={"Authorization": "Bearer a-long-key"})
        assert right.status_code == 200
        assert (await http.get("/conversations/key-1/notices")).status_code == 401


@pytest.mark.parametrize(
    "changes", [{"demo": False}, {"demo": True, "host": "0.0.0.0"}], ids=["no demo", "public"]
)
async def test_without_a_key_nothing_is_open_beyond_a_local_trial(
    stack: Stack, changes: dict[str, object]
) -> None:
    async with client(stack, **changes) as http:
        answer = await http.post(
            "/webhooks/rest/webhook",
            json={"sender": "x", "message": "hi"},
            headers={"Authorization": "Bearer "},
        )
        assert answer.status_code == 401


def test_health_and_metrics(live: Server) -> None:
    assert live.http.get("/healthz").json()["status"] == "ok"
    assert live.http.get("/readyz").status_code == 200
    assert "psl_messages_total" in live.http.get("/metrics").text
