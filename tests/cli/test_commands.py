"""The operator's commands: what they do, and what they do not show."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from datetime import timedelta

import pytest
from sqlalchemy import text, update

from psl import notices
from psl.agents.models import Registration
from psl.audit import AuditEvent
from psl.referrals.intake import Request
from psl.referrals.models import Offer, Referral
from psl.settings import PROJECT_ROOT, Settings
from tests.accept import free_port
from tests.cli.conftest import ASK, PAT, PRIVATE, Psl

AVERY = "610200"


# Referrals ----------------------------------------------------------------------------------------


def test_a_request_by_command_is_like_one_by_the_api(psl: Psl) -> None:
    psl.link(AVERY)
    made = psl.json(*PAT, "--note", "lost coverage", "--key", "k1")
    assert made["status"] == "Pending"
    assert made["agent"] == AVERY
    assert made["already"] is False
    assert re.fullmatch(r"An agent will call you by .*Eastern\.", made["message"])
    again = psl.json(*PAT, "--note", "lost coverage", "--key", "k1")
    assert (again["referral"], again["already"]) == (made["referral"], True)
    assert "asked already" in psl.text(*PAT)


def test_what_is_wrong_with_a_request_is_told_by_field(psl: Psl) -> None:
    done = psl.run(*ASK, "--zip", "1", "--phone", "12")
    assert done.exit_code == 1
    assert "zip: " in done.output
    assert "phone: " in done.output
    assert psl.json("referral", "list") == []


def test_lists_and_reports_show_no_residents_data(psl: Psl) -> None:
    psl.link(AVERY)
    number = psl.json(*PAT, "--note", "a private note")["referral"]
    for command in ("list", "report", "check"):
        for form in ((), ("--json",)):
            shown = psl.text("referral", command, *form)
            assert not [word for word in (*PRIVATE, "private") if word in shown]
    for command in ("show", "explain"):
        for form in ((), ("--json",)):
            shown = psl.text("referral", command, number, *form)
            assert not [word for word in (*PRIVATE, "private") if word in shown]


def test_contact_data_are_shown_on_demand_and_that_is_recorded(psl: Psl) -> None:
    number = psl.json(*PAT)["referral"]
    assert "+15025550187" in psl.text("referral", "show", number, "--contact")
    shown = psl.json("referral", "show", number, "--contact")
    assert shown["contact"]["last_name"] == "Poplar"
    events = psl.services.referrals.events(number[2:].replace("-", ""))
    assert [e.actor for e in events if e.action == "contact shown"] == ["operator"] * 2


def test_list_can_be_asked_for_a_status(psl: Psl) -> None:
    first = psl.json(*PAT)["referral"]
    psl.text("referral", "cancel", first)
    second = psl.json(*PAT)["referral"]
    assert [row["referral"] for row in psl.json("referral", "list")] == [second, first]
    cancelled = psl.json("referral", "list", "--status", "Cancelled")
    assert [row["referral"] for row in cancelled] == [first]
    assert second in psl.text("referral", "list")


def test_explain_says_who_was_chosen_and_why(psl: Psl) -> None:
    for doi_number in (AVERY, "610237", "611199"):
        psl.link(doi_number)
    number = psl.json(*PAT)["referral"]
    told = psl.text("referral", "explain", number)
    assert re.search(rf"→ +{AVERY} +Avery Ashgrove", told)
    assert re.search(r"proximity +same county +misses +load +waiting +score", told)
    (decision,) = psl.json("referral", "explain", number)
    assert decision["chosen"] == AVERY
    best, *others = decision["candidates"]
    assert best["doi_number"] == AVERY
    assert {each["doi_number"] for each in others} == {"610237", "611199"}
    for each in decision["candidates"]:
        assert each["score"] == pytest.approx(sum(each["terms"].values()))


def test_explain_tells_the_order_of_a_mass_and_why_it_waits(
    psl: Psl, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = psl.json(*PAT)["referral"]
    assert "Waiting: nobody on duty is left to ask" in psl.text("referral", "explain", waiting)
    monkeypatch.setenv("PSL_DISPATCH", "mass only")
    psl.run("key", "list")
    from psl.settings import settings

    settings.cache_clear()
    for doi_number in (AVERY, "610237"):
        psl.link(doi_number)
    number = psl.json(*ASK, "--zip", "40507", "--phone", "502-555-0133")["referral"]
    told = psl.text("referral", "explain", number)
    assert "Mass: " in told
    assert re.search(r"1\. .*\n +2\. ", told)
    assert AVERY in told


def test_cancel_ends_a_referral_once(psl: Psl) -> None:
    number = psl.json(*PAT)["referral"]
    assert "is cancelled" in psl.text("referral", "cancel", number)
    again = psl.run("referral", "cancel", number)
    assert "cannot be cancelled" in str(again.exception)
    assert "no referral number" in str(psl.run("referral", "cancel", "R-1").exception)
    assert "I find no referral" in str(psl.run("referral", "show", "R-1000-0004").exception)


def test_report_counts_what_was_promised_and_kept(psl: Psl) -> None:
    agent_id = psl.link(AVERY)
    number = psl.json(*PAT)["referral"]
    (offer,) = psl.services.referrals.live_offers(agent_id)
    psl.services.referrals.accept(agent_id, offer.id)
    psl.services.referrals.no_answer(agent_id, number[2:].replace("-", ""))
    told = psl.json("referral", "report", "--days", "1")
    assert told["total"]["requested"] == 1
    assert told["total"]["share_accepted"] == 1
    assert told["by_county"]["KY:Jefferson"]["called_in_time"] == 1
    assert told["by_language"]["English"]["due"] == 1
    assert "100.0%" in psl.text("referral", "report")


def test_check_finds_what_is_broken(psl: Psl) -> None:
    number = psl.json(*PAT)["referral"]
    assert "invariants hold" in psl.text("referral", "check")
    with psl.services.database.transaction() as session:
        session.execute(update(Referral).values(due_at=None))
    broken = psl.run("referral", "check")
    assert broken.exit_code == 1
    assert f"open without a deadline: {number}" in broken.output


# Agents -------------------------------------------------------------------------------------------


def test_agents_are_listed_with_their_registration(psl: Psl) -> None:
    rows = psl.json("agent", "list")
    assert len(rows) == 40
    assert all(
        list(row) == ["doi_number", "name", "role", "registered", "zip", "languages"]
        for row in rows
    )
    registered = {row["doi_number"] for row in rows if row["registered"]}
    by_id = {agent.id: agent.doi_number for agent in psl.services.roster.agents()}
    assert registered == {by_id[n] for n in psl.services.registrations.registered()}
    assert len(registered) >= 10
    assert len(psl.text("agent", "list").splitlines()) == 41


@pytest.mark.parametrize("file", ["nowhere.csv", "."])
def test_an_import_of_no_file_is_refused_without_a_traceback(psl: Psl, file: str) -> None:
    done = psl.run("agent", "import", file)
    assert done.exit_code == 2 and "FILE.csv" in done.output
    assert isinstance(done.exception, SystemExit)


def test_show_tells_what_keeps_referrals_away(psl: Psl) -> None:
    row = psl.json("agent", "show", "--doi", AVERY)
    assert row["registration"] == "registered"
    assert row["registered"] is True
    assert row["consecutive_misses"] == 0
    assert any("linked chat" in line for line in row["unmet"])
    psl.link(AVERY)
    row = psl.json("agent", "show", "--doi", AVERY)
    assert row["unmet"] == []
    assert row["chats"] == [f"rest:{AVERY}"]
    shown = psl.text("agent", "show", "--doi", AVERY)
    assert "Mon–Sun all day" in shown
    assert "Avery Ashgrove" in shown


def test_show_tells_which_chats_cannot_be_reached(psl: Psl) -> None:
    psl.link(AVERY)
    roster, chat = psl.services.roster, "telegram:700000001"
    roster.link(chat, roster.issue_code(AVERY))
    roster.mark_unreachable(chat, "blocked the bot")
    row = psl.json("agent", "show", "--doi", AVERY)
    assert row["chats"] == [f"rest:{AVERY}", chat]
    (away,) = row["unreachable_chats"]
    assert (away["chat"], away["why"]) == (chat, "blocked the bot")
    assert row["unmet"] == []
    shown = psl.text("agent", "show", "--doi", AVERY)
    assert re.search(rf"cannot be reached:\n  2\d{{3}}-.* UTC  {chat}  blocked the bot", shown)

    roster.mark_unreachable(f"rest:{AVERY}", "chat not found")
    row = psl.json("agent", "show", "--doi", AVERY)
    assert [each["chat"] for each in row["unreachable_chats"]] == row["chats"]
    assert any("A chat that can be reached" in line for line in row["unmet"])

    for each in row["chats"]:
        roster.mark_reachable(each)
    row = psl.json("agent", "show", "--doi", AVERY)
    assert (row["unreachable_chats"], row["unmet"]) == ([], [])
    assert "cannot be reached" not in psl.text("agent", "show", "--doi", AVERY)


def test_show_tells_out_of_office_and_lost_notices(psl: Psl) -> None:
    agent_id = psl.link(AVERY)
    now = psl.services.referrals.now()
    psl.services.registrations.set_out_of_office(agent_id, now, None)
    lose(psl, agent_id)
    row = psl.json("agent", "show", "--doi", AVERY)
    assert row["out_of_office_until"] == "no end time"
    assert any("Out of office" in line for line in row["unmet"])
    assert [lost["about"] for lost in row["undeliverable"]] == ["offer:17"]
    assert "could not be delivered" in psl.text("agent", "show", "--doi", AVERY)


def lose(psl: Psl, agent_id: int) -> None:
    """A notice that is given up."""
    database = psl.services.database
    with database.transaction() as session:
        now = database.now(session)
        notices.enqueue(
            session, f"rest:{AVERY}", "k", "a text", now, subject="offer:17", agent_id=agent_id
        )
    claimed = psl.services.notices.claim("rest")
    psl.services.notices.failed(claimed.token, claimed.notices[0].id, "Forbidden", permanent=True)


def test_undeliverable_notices_are_listed_without_their_text(psl: Psl) -> None:
    assert psl.json("notice", "undeliverable") == []
    assert "could be delivered" in psl.text("notice", "undeliverable")
    lose(psl, psl.link(AVERY))
    (row,) = psl.json("notice", "undeliverable")
    assert (row["agent"], row["subject"], row["last_error"]) == (AVERY, "offer:17", "Forbidden")
    shown = psl.text("notice", "undeliverable")
    assert "offer:17" in shown
    assert "a text" not in shown


def test_recount_finds_and_repairs_a_wrong_run_of_misses(psl: Psl) -> None:
    assert psl.json("agent", "recount") == []
    agent_id = psl.link(AVERY)
    with psl.services.database.transaction() as session:
        session.execute(
            update(Registration).where(Registration.agent_id == agent_id).values(misses=2)
        )
    found = psl.run("agent", "recount")
    assert found.exit_code == 1
    assert re.search(rf"{AVERY} +Avery Ashgrove +2 +0", found.output)
    (row,) = psl.json("agent", "recount", "--repair")
    assert row == {"doi_number": AVERY, "kept": 2, "counted": 0}
    assert psl.json("agent", "recount") == []


def test_unlinking_by_the_operator_tells_the_chat(psl: Psl) -> None:
    psl.link(AVERY)
    psl.services.notices.drain(f"rest:{AVERY}")
    assert "unlinked" in psl.text("agent", "unlink", "--chat", f"rest:{AVERY}")
    (told,) = psl.services.notices.drain(f"rest:{AVERY}")
    assert "unlinked from your agent record" in told.text


# Keys ---------------------------------------------------------------------------------------------


def test_a_key_is_shown_once_and_can_be_revoked(psl: Psl) -> None:
    key = psl.json("key", "add", "kynect")["key"]
    assert psl.services.keys.owner(key) == "kynect"
    for form in ((), ("--json",)):
        listed = psl.text("key", "list", *form)
        assert "kynect" in listed
        assert key not in listed
    stored = (psl.services.settings.data_dir / "psl.db").read_bytes()
    assert key.encode() not in stored
    assert "is revoked" in psl.text("key", "revoke", "kynect")
    assert psl.services.keys.owner(key) is None
    assert "revoked already" in psl.text("key", "revoke", "kynect")


@pytest.mark.parametrize("name", ["", "a b", "x" * 31, "PSL_API_KEY", "taken"])
def test_a_key_needs_a_name_of_its_own(psl: Psl, name: str) -> None:
    psl.text("key", "add", "taken")
    done = psl.run("key", "add", name)
    assert done.exit_code == 1
    assert done.exception is not None
    assert len(psl.json("key", "list")) == 1


# Keeping it in order ------------------------------------------------------------------------------


def test_purge_removes_contact_data_some_time_after_the_end(psl: Psl) -> None:
    agent_id = psl.link(AVERY)
    old = psl.json(*PAT, "--note", "lost coverage", "--key", "k")["referral"]
    (offer,) = psl.services.referrals.live_offers(agent_id)
    psl.services.referrals.reject(agent_id, offer.id, "Pat is my cousin")
    psl.text("referral", "cancel", old)
    recent = psl.json(*ASK, "--zip", "40202", "--phone", "502-555-0111")["referral"]
    psl.text("referral", "cancel", recent)
    still_open = psl.json(*ASK, "--zip", "40202", "--phone", "502-555-0122")["referral"]
    database, days = psl.services.database, psl.services.settings.contact_days
    with database.transaction() as session:
        ended = database.now(session) - timedelta(days=days)
        for number, at in ((old, ended), (recent, ended + timedelta(hours=1))):
            session.execute(
                update(Referral)
                .where(Referral.number == number[2:].replace("-", ""))
                .values(closed_at=at)
            )
    assert "contact data of referrals: 1" in psl.text("purge")
    assert "contact data of referrals: 0" in psl.text("purge")

    def kept(shown: str) -> Referral:
        return psl.services.referrals.by_number(shown[2:].replace("-", ""))

    wiped = kept(old)
    assert (wiped.first_name, wiped.last_name, wiped.note) == ("", "", "")
    assert (wiped.phone, wiped.email, wiped.idempotency_key) == (None, None, None)
    assert wiped.wiped_at is not None
    assert (wiped.county, wiped.language) == ("KY:Jefferson", "English")
    for number in (recent, still_open):
        assert kept(number).phone is not None
        assert kept(number).wiped_at is None
    with database.reading() as session:
        reasons = session.scalars(
            text("SELECT reason FROM offer WHERE referral_id = :id").bindparams(id=wiped.id)
        ).all()
        assert set(reasons) == {""}
        assert session.query(AuditEvent).filter_by(action="contact data removed").count() == 1
        assert session.query(Offer).count() > 0
    assert psl.text("referral", "check")


def test_doctor_says_what_is_overdue_and_undelivered(psl: Psl) -> None:
    def problems() -> str:
        return psl.run("doctor").output

    assert "BAD  database" not in problems()
    assert "BAD  referrals" not in problems()
    number = psl.json(*PAT)["referral"]
    with psl.services.database.transaction() as session:
        now = psl.services.database.now(session)
        session.execute(update(Referral).values(due_at=now - timedelta(minutes=1)))
    lose(psl, psl.link(AVERY))
    told = problems()
    assert "BAD  referrals are taken up in time" in told
    assert number in told
    assert "BAD  notices reach agents" in told


def test_doctor_tells_an_old_database_and_makes_no_new_one(
    psl: Psl, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psl.services.database.transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    told = psl.run("doctor").output
    assert re.search(r"BAD  database\n.*0001.*psl db upgrade", told)
    empty = psl.services.settings.data_dir / "none"
    empty.mkdir()
    monkeypatch.setenv("PSL_DATA_DIR", str(empty))
    from psl.settings import settings

    settings.cache_clear()
    assert "There is none yet" in psl.run("doctor").output
    assert list(empty.iterdir()) == []


def test_every_setting_is_in_the_example_with_its_default() -> None:
    lines = (PROJECT_ROOT / ".env.example").read_text().splitlines()
    shown = dict(re.findall(r"^# PSL_(\w+)=(.*?)(?:  .*)?$", "\n".join(lines), re.M))
    settings = Settings(_env_file=None)
    assert {name.lower() for name in shown} == set(Settings.model_fields)
    for name, value in shown.items():
        default = getattr(settings, name.lower())
        if isinstance(default, bool | int | float) or name == "DISPATCH":
            assert value.strip() == str(default).replace("True", "true").replace("False", "false")


# The engine in a process of its own ---------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_work_finds_agents_and_ends_cleanly(psl: Psl, end: signal.Signals) -> None:
    psl.link(AVERY)
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "bot.cli", "work", "--metrics-port", str(port)],
        cwd=PROJECT_ROOT,
        env={**os.environ},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        assert "at work" in process.stderr.readline()
        asked = Request(
            first_name="Pat", last_name="Poplar", phone="502-555-0187",
            preferred_contact="phone", zip="40202",
        )  # fmt: skip
        number = psl.services.referrals.request(asked).referral.number
        for _ in range(200):
            if psl.services.referrals.by_number(number).holder_id is not None:
                break
            time.sleep(0.05)
        else:
            pytest.fail("nobody was found")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            assert 'psl_engine_swept_total{work="dispatched"} 1.0' in answer.read().decode()
        process.send_signal(end)
        assert process.wait(20) == 0
        assert f"Stopped by {end.name}" in process.stderr.read()
    finally:
        process.kill()
        process.wait()
