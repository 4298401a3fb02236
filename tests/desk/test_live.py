"""The whole product: a request over the API reaches an agent's chat, and its page is served."""

from __future__ import annotations

import re
import time

from tests.accept import Stack as Server
from tests.desk.conftest import API, PAT, PRIVATE


def test_a_request_reaches_an_agents_chat(live: Server) -> None:
    code = live.cli("agent", "code", "--doi", "610200")["code"]
    live.say("avery", f"link {code}")
    made = live.http.post(API, json=PAT | {"note": "my SSN is 123-45-6789"})
    assert made.status_code == 201
    assert made.json()["type"] == "General"
    number = made.json()["referral"]
    deadline = time.monotonic() + 20
    told: list[dict[str, object]] = []
    while not told and time.monotonic() < deadline:
        told = live.http.get("/conversations/avery/notices").json()
    (notice,) = told
    assert number in str(notice["text"])
    assert [button["title"] for button in notice["buttons"]] == ["Accept", "Reject"]  # type: ignore[attr-defined]
    assert not [word for word in PRIVATE if word in str(notice)]
    cancelled = live.http.delete(f"{API}/{number}")
    assert cancelled.json()["status"] == "Cancelled"
    logged = live.log.read_text()
    assert not [word for word in (*PRIVATE, "123-45-6789") if word in logged]


def test_the_engine_is_at_work_and_counted(live: Server) -> None:
    assert live.http.get("/readyz").json() == {"status": "ready", "engine": "running"}
    live.http.post(API, json={})
    counted = live.http.get("/metrics").text
    assert re.search(r'psl_resident_requests_total{door="api",outcome="refused"} [1-9]', counted)


def test_the_page_and_the_description_are_served_beside_the_chat(live: Server) -> None:
    assert "Ask for a call" in live.http.get("/request").text
    assert live.http.get("/desk/request.css").status_code == 200
    assert API in live.http.get("/api/openapi.json").json()["paths"]
    assert live.http.get("/").status_code == 200
