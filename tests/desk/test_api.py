"""The JSON API: what a resident's side sends, and the truth that it is told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from desk.auth import WRONG_KEYS_PER_MINUTE
from psl.referrals.rules import Outcome
from tests.desk.conftest import API, PAT, PRIVATE, Desk
from tests.referrals.conftest import PADUCAH, hours

# Asking -------------------------------------------------------------------------------------------


def test_a_request_is_assigned_before_it_is_answered(each_desk: Desk) -> None:
    each_desk.od.agent("robin")
    answer = each_desk.ask(note="call after lunch, my SSN is 123-45-6789")
    assert answer.status_code == 201
    made = answer.json()
    assert made["status"] == "Pending"
    assert made["type"] == "General"
    assert made["waiting"] is False
    assert made["already"] is False
    assert made["message"] == "An agent will call you by 10:30 AM Eastern."
    assert made["promised_by"] == "2026-11-23T15:30:00Z"
    assert answer.headers["location"] == f"{API}/{made['referral']}"
    kept = each_desk.od.referral(made["referral"][2:].replace("-", ""))
    assert each_desk.od.asked(kept) == [("robin", "General", "Offered")]
    assert kept.note == "call after lunch, my SSN is [SSN removed]"
    assert (kept.first_name, kept.phone) == ("Pat", "+15025550187")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"zip": PADUCAH}, "An agent will call you by 9:30 AM Central."),
        ({"preferred_contact": "text"}, "An agent will text you by 10:30 AM Eastern."),
        ({"preferred_contact": "email"}, "An agent will e-mail you by 10:30 AM Eastern."),
        ({"zip": "40202-1234"}, "An agent will call you by 10:30 AM Eastern."),
        (
            {"headers": {"Accept-Language": "es-MX,es;q=0.9,en;q=0.5"}},
            "Un agente le llamará a más tardar a las 10:30 a. m. (hora del Este).",
        ),
        (
            {"headers": {"Accept-Language": "fr,en;q=0.2,es;q=0.1"}},
            "An agent will call you by 10:30 AM Eastern.",
        ),
    ],
)
def test_the_message_is_in_the_residents_zone_and_way(
    office: Desk, changed: dict[str, Any], message: str
) -> None:
    office.od.agent("robin")
    assert office.ask(**changed).json()["message"] == message


def test_without_anybody_on_duty_the_reply_says_when_the_first_starts(each_desk: Desk) -> None:
    each_desk.od.agent("robin", week=hours(13, 17))
    made = each_desk.ask().json()
    assert made["waiting"] is True
    assert made["type"] is None
    assert made["expected_from"] == "2026-11-23T18:00:00Z"
    assert made["message"].startswith("No agent is free now; the first one starts 1:00 PM Eastern.")
    assert "one will call you by 1:30 PM Eastern" in made["message"]


def test_over_a_weekend_the_day_is_named(office: Desk) -> None:
    office.od.clock.time = office.od.clock.time.replace(month=12, day=5)
    office.od.agent("robin", week=hours(8, 17, range(5)))
    made = office.ask().json()
    assert "the first one starts Mon, Dec 7, 8:00 AM Eastern" in made["message"]


def test_without_any_agent_nothing_is_promised(office: Desk) -> None:
    made = office.ask().json()
    assert made["waiting"] is True
    assert made["expected_from"] is None
    assert "cannot say yet" in made["message"]
    assert "855-459-6328" in made["message"]


def test_a_second_request_of_the_same_phone_is_the_first(each_desk: Desk) -> None:
    each_desk.od.agent("robin")
    first = each_desk.ask().json()
    each_desk.od.clock.advance(minutes=5)
    second = each_desk.ask(phone="(502) 555 0187", first_name="Patricia")
    assert second.status_code == 200
    again = second.json()
    assert again["referral"] == first["referral"]
    assert again["already"] is True
    assert again["message"].startswith(
        "You have asked already: this is the request you made at 10:00 AM Eastern."
    )
    assert again["message"].endswith("An agent will call you by 10:30 AM Eastern.")


def test_after_the_end_the_same_phone_may_ask_again(office: Desk) -> None:
    first = office.ask().json()["referral"]
    office.http.delete(f"{API}/{first}")
    answer = office.ask()
    assert answer.status_code == 201
    assert answer.json()["referral"] != first


@pytest.mark.parametrize("own_keys", [False, True], ids=["without keys", "each its own key"])
def test_one_resident_asking_at_the_same_time_gets_one_referral(
    each_desk: Desk, own_keys: bool
) -> None:
    each_desk.od.agent("robin")

    def ask(number: int) -> tuple[int, str]:
        headers = {"Idempotency-Key": f"key {number}"} if own_keys else {}
        answer = each_desk.ask(headers=headers)
        return answer.status_code, answer.json()["referral"]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(16)))
    assert len({referral for _, referral in answers}) == 1
    assert sorted(status for status, _ in answers) == [200] * 15 + [201]
    with each_desk.services.database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM referral")) == 1
        assert session.scalar(text("SELECT count(*) FROM offer")) == 1


# Idempotency --------------------------------------------------------------------------------------


def test_the_same_key_gives_the_same_referral_even_when_it_has_ended(each_desk: Desk) -> None:
    key = {"Idempotency-Key": "a" * 255}
    first = each_desk.ask(headers=key)
    assert first.status_code == 201
    each_desk.http.delete(f"{API}/{first.json()['referral']}")
    again = each_desk.ask(headers=key)
    assert again.status_code == 200
    assert again.json()["referral"] == first.json()["referral"]
    assert again.json()["status"] == "Cancelled"


@pytest.mark.parametrize(
    "changed",
    [
        {"phone": "502-555-0199"},
        {"zip": "40507"},
        {"first_name": "Patricia"},
        {"preferred_contact": "text"},
    ],
)
def test_the_same_key_with_another_request_is_refused(
    office: Desk, changed: dict[str, Any]
) -> None:
    key = {"Idempotency-Key": "one"}
    office.ask(headers=key)
    answer = office.ask(headers=key, **changed)
    assert answer.status_code == 422
    (problem,) = answer.json()["detail"]
    assert problem["field"] == "Idempotency-Key"
    assert "another request" in problem["message"]


def test_keys_of_two_callers_are_apart(open_desk: Any, sqlite_url: str) -> None:
    with open_desk(sqlite_url, demo=False) as office:
        callers = [
            {"Authorization": f"Bearer {office.services.keys.add(name)}", "Idempotency-Key": "1"}
            for name in ("kynect", "partner")
        ]
        numbers = {
            office.ask(headers=caller, phone=f"502-555-010{n}").json()["referral"]
            for n, caller in enumerate(callers)
        }
        assert len(numbers) == 2


@pytest.mark.parametrize("key", ["", "a" * 256], ids=["empty", "long"])
def test_a_key_that_cannot_be_kept_is_refused(office: Desk, key: str) -> None:
    answer = office.ask(headers={"Idempotency-Key": key})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["field"] == "Idempotency-Key"


# What is wrong ------------------------------------------------------------------------------------

BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"first_name": None}, "first_name", "needed"),
    ({"first_name": "   "}, "first_name", "needed"),
    ({"first_name": "a\u0000b"}, "first_name", "letters"),
    ({"first_name": "\u200b"}, "first_name", "letters"),
    ({"first_name": "123"}, "first_name", "letters"),
    ({"first_name": "x" * 81}, "first_name", "at most 80"),
    ({"last_name": None}, "last_name", "needed"),
    ({"last_name": 7}, "last_name", "quotation marks"),
    ({"phone": "555-0187"}, "phone", "ten digits"),
    ({"phone": "call me"}, "phone", "ten digits"),
    ({"phone": "+44 20 7946 0958"}, "phone", "ten digits"),
    ({"phone": "5" * 41}, "phone", "at most 40"),
    ({"phone": 5025550187}, "phone", "quotation marks"),
    ({"phone": None}, "phone", "give a phone number"),
    ({"phone": "", "preferred_contact": "text"}, "phone", "give a phone number"),
    ({"email": "pat at example"}, "email", "name@example.org"),
    ({"email": "pat@example"}, "email", "name@example.org"),
    ({"email": "pat@example.org\u0000"}, "email", "name@example.org"),
    ({"email": None, "preferred_contact": "email"}, "email", "give an e-mail"),
    ({"preferred_contact": None}, "preferred_contact", "needed"),
    ({"preferred_contact": "pigeon"}, "preferred_contact", "phone, text or email"),
    ({"zip": None}, "zip", "needed"),
    ({"zip": 40202}, "zip", "quotation marks"),
    ({"zip": "4020"}, "zip", "five digits"),
    ({"zip": "00000"}, "zip", "five digits"),
    ({"zip": "40202 or so"}, "zip", "five digits"),
    ({"language": "?"}, "language", "Choose the language"),
    ({"language": "12"}, "language", "language"),
    ({"note": "x" * 1001}, "note", "at most 1000"),
    ({"note": "a\u0007b"}, "note", "nobody can read"),
    ({"ssn": "123-45-6789"}, "ssn", "no such field"),
]


@pytest.mark.parametrize(("changed", "field", "message"), BAD)
def test_what_is_wrong_is_told_by_field_and_nothing_is_kept(
    office: Desk, changed: dict[str, Any], field: str, message: str
) -> None:
    answer = office.ask(**changed)
    assert answer.status_code == 422
    (problem,) = answer.json()["detail"]
    assert problem["field"] == field
    assert message in problem["message"]
    assert not [
        typed for typed in changed.values() if len(str(typed)) > 9 and str(typed) in answer.text
    ]
    with office.services.database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM referral")) == 0


def test_everything_wrong_is_told_at_once(office: Desk) -> None:
    answer = office.ask(first_name="", phone="", email="x", zip="x")
    fields = [problem["field"] for problem in answer.json()["detail"]]
    assert sorted(fields) == ["email", "first_name", "phone", "zip"]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"{bad", "application/json"),
        (b"", "application/json"),
        (b"[]", "application/json"),
        (b'"text"', "application/json"),
        (b"null", "application/json"),
        (b"{}", "text/plain"),
        (b'{"first_name": "\xff"}', "application/json"),
        (b"[" * 60_000, "application/json"),
    ],
)
def test_what_is_no_json_object_is_refused(office: Desk, content: bytes, kind: str) -> None:
    answer = office.http.post(API, content=content, headers={"Content-Type": kind})
    assert answer.status_code in {400, 422}
    assert answer.json()["detail"][0]["field"] == "body"


@pytest.mark.parametrize("chunked", [False, True])
def test_too_much_is_refused(office: Desk, chunked: bool) -> None:
    body = b'{"note": "' + b"x" * 70_000 + b'"}'
    content = iter([body[:50_000], body[50_000:]]) if chunked else body
    headers = {"Content-Type": "application/json"}
    answer = office.http.post(API, content=content, headers=headers)
    assert answer.status_code == 413
    assert answer.json()["detail"][0]["message"] == "That is too much text."


# How it stands ------------------------------------------------------------------------------------


def test_the_whole_life_is_told_truly_and_without_anybodys_data(each_desk: Desk) -> None:
    od = each_desk.od
    od.agent("robin")
    number = each_desk.ask(note="lost coverage").json()["referral"]
    stored = number[2:].replace("-", "")
    told = []

    def look() -> dict[str, Any]:
        answer = each_desk.http.get(f"{API}/{number}")
        assert not [word for word in (*PRIVATE, "Rowan", "700001", "lost") if word in answer.text]
        told.append(answer.json()["message"])
        return dict(answer.json())

    assert look()["status"] == "Pending"
    od.clock.advance(minutes=2)
    each_desk.accept("robin", number)
    accepted = look()
    assert (accepted["status"], accepted["type"]) == ("In Progress", "General")
    assert accepted["accepted_at"] == "2026-11-23T15:02:00Z"
    od.clock.advance(minutes=29)
    look()
    od.referrals.no_answer(od.names["robin"], stored)
    look()
    od.referrals.complete(od.names["robin"], stored, Outcome.ENROLLED)
    assert look()["closed_at"] == "2026-11-23T15:31:00Z"
    assert told == [
        "An agent will call you by 10:30 AM Eastern.",
        "An agent has accepted your request and will call you by 10:30 AM Eastern.",
        "An agent has accepted your request at 10:02 AM Eastern, but has not told us yet of having "
        "reached you. If nobody has, call kynect at 855-459-6328.",
        "An agent has tried to reach you (tries so far 1). Please answer the next one.",
        "Your request is complete. If you need more help, make a new request.",
    ]


def test_a_call_that_was_made_is_told(office: Desk) -> None:
    office.od.agent("robin")
    number = office.ask().json()["referral"]
    office.accept("robin", number)
    office.od.referrals.called(office.od.names["robin"], number[2:].replace("-", ""))
    assert "has told us of having been in touch" in office.see(number)["message"]


def test_what_nobody_took_is_told_as_it_is(office: Desk) -> None:
    office.od.agent("robin")
    number = office.ask().json()["referral"]
    office.od.clock.advance(minutes=16)
    office.od.sweeper.sweep_all()
    assert office.see(number)["type"] == "Mass"
    office.od.clock.advance(minutes=15)
    office.od.sweeper.sweep_all()
    late = office.see(number)
    assert late["status"] == "Unfilled"
    assert "No agent has accepted your request in time" in late["message"]
    assert "until Tue, Nov 24, 10:00 AM Eastern" in late["message"]
    office.od.clock.advance(hours=24)
    office.od.sweeper.sweep_all()
    assert "not offered any more" in office.see(number)["message"]


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("R-1234-5678", "a digit is wrong"),
        ("nonsense", "has the form"),
        ("R-1234", "has the form"),
        ("R-1000-0004", "There is no referral"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_unknown_number_is_not_found(
    office: Desk, method: str, typed: str, message: str
) -> None:
    answer = office.http.request(method, f"{API}/{typed}")
    assert answer.status_code == 404
    (problem,) = answer.json()["detail"]
    assert problem["field"] == "referral"
    assert message in problem["message"]


@pytest.mark.parametrize("form", ["{}", "r{}", "R {} "])
def test_a_number_may_be_written_in_its_usual_forms(office: Desk, form: str) -> None:
    number = office.ask().json()["referral"]
    typed = form.format(number[2:].replace("-", ""))
    assert office.see(typed)["referral"] == number


# Cancelling ---------------------------------------------------------------------------------------


def test_cancelling_ends_it_and_tells_the_agent(each_desk: Desk) -> None:
    each_desk.od.agent("robin")
    number = each_desk.ask().json()["referral"]
    each_desk.od.deliver("robin")
    answer = each_desk.http.delete(f"{API}/{number}")
    assert answer.status_code == 200
    assert answer.json()["status"] == "Cancelled"
    assert answer.json()["already"] is False
    assert answer.json()["message"].startswith("Your request was cancelled at 10:00 AM Eastern.")
    assert f"The resident cancelled referral {number}" in each_desk.od.told("robin")[0]
    again = each_desk.http.delete(f"{API}/{number}")
    assert (again.status_code, again.json()["already"]) == (200, True)
    assert each_desk.od.is_sound()


def test_what_is_complete_cannot_be_cancelled(office: Desk) -> None:
    office.od.agent("robin")
    number = office.ask().json()["referral"]
    office.accept("robin", number)
    stored = number[2:].replace("-", "")
    office.od.referrals.complete(office.od.names["robin"], stored, Outcome.ENROLLED)
    answer = office.http.delete(f"{API}/{number}")
    assert answer.status_code == 409
    assert "Complete" in answer.json()["detail"][0]["message"]


# Who may ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changed", [{"demo": False}, {"host": "0.0.0.0"}], ids=["no demo", "not loopback"]
)
def test_beyond_a_local_trial_a_key_is_needed(
    open_desk: Any, sqlite_url: str, changed: dict[str, Any]
) -> None:
    with open_desk(sqlite_url, api_key="the-bootstrap-key", **changed) as office:
        key = office.services.keys.add("kynect-live")
        for method, path in (("POST", API), ("GET", f"{API}/R-1"), ("DELETE", f"{API}/R-1")):
            answer = office.http.request(method, path)
            assert answer.status_code == 401
            assert answer.json()["detail"][0]["field"] == "Authorization"
            assert answer.headers["www-authenticate"] == "Bearer"
        for wrong in ("Bearer wrong", "Bearer", "Basic abc", f"Bearer {key}x"):
            assert office.ask(headers={"Authorization": wrong}).status_code == 401
        for right in (key, "the-bootstrap-key"):
            assert office.ask(headers={"Authorization": f"Bearer {right}"}).status_code < 300
        office.services.keys.revoke("kynect-live")
        assert office.ask(headers={"Authorization": f"Bearer {key}"}).status_code == 401


def test_guessing_keys_is_slowed_down(open_desk: Any, sqlite_url: str) -> None:
    with open_desk(sqlite_url, demo=False) as office:
        wrong = {"Authorization": "Bearer guess"}
        statuses = [office.ask(headers=wrong).status_code for _ in range(WRONG_KEYS_PER_MINUTE + 1)]
        assert statuses == [401] * WRONG_KEYS_PER_MINUTE + [429]
        key = office.services.keys.add("good")
        assert office.ask(headers={"Authorization": f"Bearer {key}"}).status_code == 201


def test_a_key_may_send_so_many_and_does_not_disturb_another(
    open_desk: Any, sqlite_url: str
) -> None:
    with open_desk(sqlite_url, demo=False, api_requests_per_minute=3) as office:
        one, other = (
            {"Authorization": f"Bearer {office.services.keys.add(name)}"} for name in ("a", "b")
        )
        statuses = [office.ask(headers=one).status_code for _ in range(4)]
        assert statuses == [201, 200, 200, 429]
        refused = office.ask(headers=one)
        assert int(refused.headers["retry-after"]) > 0
        assert refused.json()["detail"][0]["field"] == "body"
        assert office.ask(headers=other).status_code == 200


# Trouble ------------------------------------------------------------------------------------------


def test_a_request_is_kept_even_if_no_agent_can_be_looked_for(office: Desk) -> None:
    with office.services.database.transaction() as session:
        session.execute(text("ALTER TABLE duty RENAME TO elsewhere"))
    with capture_logs() as logs:
        answer = office.ask()
    assert answer.status_code == 201
    assert answer.json()["status"] == "Pending"
    logged = str(logs)
    assert "not dispatched at once" in logged
    assert not [word for word in PRIVATE if word in logged]


def test_a_failure_gives_a_reference_and_the_log_no_data(office: Desk) -> None:
    with office.services.database.transaction() as session:
        session.execute(text("ALTER TABLE referral RENAME TO elsewhere"))
    with capture_logs() as logs:
        answer = office.ask()
    assert answer.status_code == 500
    message = answer.json()["detail"][0]["message"]
    reference = message.rstrip(".").split()[-1]
    logged = str(logs)
    assert reference in logged
    assert "OperationalError" in logged
    assert not [word for word in PRIVATE if word in logged]


# Description --------------------------------------------------------------------------------------


def test_openapi_describes_what_is_answered(office: Desk) -> None:
    described = office.http.get("/api/openapi.json").json()
    posted = described["paths"][API]["post"]
    assert {"200", "201", "401", "413", "422", "429"} <= set(posted["responses"])
    schema = posted["responses"]["422"]["content"]["application/json"]["schema"]
    assert schema["$ref"].endswith("/Problems")
    assert posted["security"]
    assert [p["name"].lower() for p in posted["parameters"]] == ["idempotency-key"]
    one = described["paths"][API + "/{referral}"]
    assert {"200", "404", "409"} <= set(one["delete"]["responses"])
    asked = described["components"]["schemas"]["Request"]
    assert set(asked["properties"]) == {*PAT, "note"}
    assert not [path for path in described["paths"] if path.startswith("/request")]
