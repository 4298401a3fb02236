"""Notices, buttons, requests for a person, transcripts, the installation's key."""

from __future__ import annotations

import sqlite3
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from psl import notices
from psl.buttons import PREFIX
from psl.notices import Claimed, Notice, Notices
from psl.services import build_services, installation_key
from psl.settings import Settings


def put(world, chat: str, key: str, text: str = "text", lasts: float = 0, **later: float) -> None:
    """Write a notice, due now or later; it expires ``lasts`` seconds after it was due."""
    with world.database.transaction() as session:
        due = world.clock.time + timedelta(**later)
        end = due + timedelta(seconds=lasts) if lasts else None
        notices.enqueue(session, chat, key, text, due, expires_at=end)


def keys(claimed: Claimed) -> list[str]:
    return [notice.key for notice in claimed.notices]


def stored(world, key: str) -> Notice:
    with world.database.transaction() as session:
        return session.scalars(select(Notice).where(Notice.key == key)).one()


# Notices ------------------------------------------------------------------------------------------


def test_due_notices_come_once_oldest_first(each_world) -> None:
    put(each_world, "web:a", "late", "late", minutes=2)
    put(each_world, "web:a", "early", "early", minutes=1)
    put(each_world, "web:b", "other", "of b")
    put(each_world, "web:a", "future", "future", days=1)
    each_world.clock.advance(minutes=5)
    assert [n.text for n in each_world.notices.drain("web:a")] == ["early", "late"]
    assert each_world.notices.drain("web:a") == []
    assert [n.text for n in each_world.notices.drain("web:b")] == ["of b"]


def test_the_same_key_is_one_notice_a_chat(each_world) -> None:
    for text in ("first", "second"):
        put(each_world, "web:a", "k", text)
        put(each_world, "web:b", "k", text)
    assert [n.text for n in each_world.notices.drain("web:a")] == ["first"]
    assert [n.text for n in each_world.notices.drain("web:b")] == ["first"]
    put(each_world, "web:a", "k", "third")
    assert each_world.notices.drain("web:a") == [], "also after it was delivered"


def test_a_withdrawn_notice_is_not_delivered(each_world) -> None:
    put(each_world, "web:a", "k1", "withdrawn")
    put(each_world, "web:a", "k2", "kept")
    with each_world.database.transaction() as session:
        notices.withdraw(session, each_world.clock(), "k1")
    assert [n.text for n in each_world.notices.drain("web:a")] == ["kept"]


def test_withdrawing_what_was_delivered_changes_nothing(world) -> None:
    put(world, "web:a", "k")
    (delivered,) = world.notices.drain("web:a")
    with world.database.transaction() as session:
        notices.withdraw(session, world.clock(), "k")
    with world.database.transaction() as session:
        assert session.get_one(notices.Notice, delivered.id).withdrawn_at is None


def test_drainers_at_the_same_time_deliver_each_notice_once(each_world) -> None:
    for number in range(30):
        put(each_world, "web:a", f"k{number}", str(number))
    each_world.clock.advance(minutes=1)
    together = threading.Barrier(4)

    def drain(_: int) -> list[str]:
        together.wait()
        return [n.text for n in each_world.notices.drain("web:a")]

    with ThreadPoolExecutor(4) as pool:
        delivered = [text for got in pool.map(drain, range(4)) for text in got]
    # Two that claim at the same moment may each leave the other's rows to the next look.
    delivered += [n.text for n in each_world.notices.drain("web:a")]
    assert sorted(delivered, key=int) == [str(n) for n in range(30)]


def test_a_claimed_notice_is_one_workers_until_its_lease_ends(each_world) -> None:
    put(each_world, "web:a", "k")
    mine = each_world.notices.claim("web", lease_seconds=30)
    assert keys(mine) == ["k"]
    each_world.clock.advance(seconds=29)
    assert keys(each_world.notices.claim("web")) == []
    each_world.clock.advance(seconds=2)
    others = each_world.notices.claim("web")
    assert keys(others) == ["k"] and others.token != mine.token
    # Whoever was too slow cannot say any more what became of it.
    (notice,) = mine.notices
    assert not each_world.notices.delivered(mine.token, notice.id)
    each_world.notices.failed(mine.token, notice.id, "too late")
    each_world.notices.release(mine.token)
    assert stored(each_world, "k").delivered_at is None and stored(each_world, "k").attempts == 0
    assert keys(each_world.notices.claim("web")) == []
    assert each_world.notices.delivered(others.token, notice.id)
    each_world.clock.advance(days=1)
    assert keys(each_world.notices.claim("web")) == []


def test_a_lease_that_nobody_took_up_still_counts(each_world) -> None:
    put(each_world, "web:a", "k")
    claimed = each_world.notices.claim("web", lease_seconds=1)
    each_world.clock.advance(minutes=1)
    assert each_world.notices.delivered(claimed.token, claimed.notices[0].id)
    at = stored(each_world, "k").delivered_at
    assert at is not None and abs(at - each_world.clock.time) < timedelta(seconds=1)
    each_world.clock.advance(minutes=1)
    assert each_world.notices.delivered(claimed.token, claimed.notices[0].id), "said twice"
    assert stored(each_world, "k").delivered_at == at
    assert keys(each_world.notices.claim("web")) == []


def test_a_claim_takes_its_channel_and_its_chats_only(each_world) -> None:
    for chat in ("web:a", "web:b", "webs:a", "rest:a", "web"):
        put(each_world, chat, f"to {chat}")
    each_world.clock.advance(seconds=1)
    claim = each_world.notices.claim
    assert keys(claim("web", chats=["web:b", "rest:a", "web:nobody"])) == ["to web:b"]
    assert keys(claim("web", chats=[])) == []
    assert keys(claim("rest")) == ["to rest:a"]
    assert sorted(keys(claim("web"))) == ["to web", "to web:a"]


def test_a_limit_cuts_behind_and_nothing_of_the_chat_follows_meanwhile(each_world) -> None:
    for number in range(5):
        put(each_world, "web:a", f"a{number}", seconds=number)
    put(each_world, "web:b", "b", seconds=3.5)
    each_world.clock.advance(minutes=1)
    first = each_world.notices.claim("web", limit=2)
    assert keys(first) == ["a0", "a1"]
    assert keys(each_world.notices.claim("web")) == ["b"], "a2 must not overtake"
    assert each_world.notices.delivered(first.token, first.notices[0].id)
    assert keys(each_world.notices.claim("web")) == []
    each_world.notices.release(first.token)
    assert keys(each_world.notices.claim("web")) == ["a1", "a2", "a3", "a4"]


def test_only_some_of_a_claim_can_be_given_back(each_world) -> None:
    for chat in ("web:a", "web:b"):
        put(each_world, chat, chat)
    each_world.clock.advance(seconds=1)
    claimed = each_world.notices.claim("web")
    (of_a,) = (n.id for n in claimed.notices if n.chat == "web:a")
    each_world.notices.release(claimed.token, [of_a])
    assert keys(each_world.notices.claim("web")) == ["web:a"]


def test_what_is_due_earlier_comes_first_also_when_it_was_written_later(each_world) -> None:
    put(each_world, "web:a", "second", seconds=2)
    put(each_world, "web:a", "first", seconds=1)
    put(each_world, "web:a", "third", seconds=2)
    each_world.clock.advance(minutes=1)
    assert keys(each_world.notices.claim("web")) == ["first", "second", "third"]


def test_an_expired_notice_is_not_sent_and_stops_nothing(each_world) -> None:
    put(each_world, "web:a", "offer", lasts=60)
    put(each_world, "web:a", "later", seconds=70)
    each_world.clock.advance(seconds=59)
    claimed = each_world.notices.claim("web", lease_seconds=1)
    assert keys(claimed) == ["offer"]
    each_world.notices.release(claimed.token)
    each_world.clock.advance(seconds=60)
    assert keys(each_world.notices.claim("web")) == ["later"]
    assert each_world.notices.undeliverable() == []


@pytest.mark.parametrize("over", ["withdrawn", "expired"])
def test_what_is_on_its_way_is_not_overtaken_though_it_is_over(each_world, over: str) -> None:
    put(each_world, "web:a", "offer", lasts=10)
    put(each_world, "web:a", "offer is over", seconds=11)
    claimed = each_world.notices.claim("web", lease_seconds=30)
    if over == "withdrawn":
        with each_world.database.transaction() as session:
            notices.withdraw(session, each_world.clock(), "offer")
    each_world.clock.advance(seconds=12)
    assert keys(each_world.notices.claim("web")) == []
    # It was handed over before its end was known.
    assert each_world.notices.delivered(claimed.token, claimed.notices[0].id)
    assert keys(each_world.notices.claim("web")) == ["offer is over"]


def test_a_failed_notice_is_tried_again_later_and_later(each_world) -> None:
    patient = Notices(each_world.database, attempts=12)
    put(each_world, "web:a", "k")
    waits = []
    for _ in range(11):
        claimed = patient.claim("web")
        failed_at = each_world.clock.time
        patient.failed(claimed.token, claimed.notices[0].id, "TimeoutError")
        wait = (stored(each_world, "k").next_try_at - failed_at).total_seconds()
        waits.append(round(wait))
        each_world.clock.advance(seconds=wait - 0.1)
        assert keys(patient.claim("web")) == []
        each_world.clock.advance(seconds=0.2)
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    assert keys(patient.claim("web")) == ["k"]


def test_the_other_side_may_say_how_long_to_wait(each_world) -> None:
    put(each_world, "web:a", "k")
    claimed = each_world.notices.claim("web")
    each_world.notices.failed(claimed.token, claimed.notices[0].id, "RetryAfter", retry_after=37.5)
    each_world.clock.advance(seconds=37)
    assert keys(each_world.notices.claim("web")) == []
    each_world.clock.advance(seconds=1)
    assert keys(each_world.notices.claim("web")) == ["k"]


def test_nothing_overtakes_what_waits_for_its_next_try(each_world) -> None:
    for number in range(3):
        put(each_world, "web:a", f"a{number}", seconds=number)
    put(each_world, "web:b", "b", seconds=9)
    each_world.clock.advance(seconds=10)
    claimed = each_world.notices.claim("web", limit=3)
    each_world.notices.failed(claimed.token, claimed.notices[0].id, "TimeoutError")
    # The rest of the chat was given back with it, so the worker cannot go on with that either.
    assert not each_world.notices.delivered(claimed.token, claimed.notices[1].id)
    # Nor does it take the place of others in a small claim.
    assert keys(each_world.notices.claim("web", limit=1)) == ["b"]
    each_world.clock.advance(seconds=3)
    assert keys(each_world.notices.claim("web")) == ["a0", "a1", "a2"]


def test_after_its_last_try_a_notice_is_undeliverable_and_seen_as_such(each_world) -> None:
    put(each_world, "web:a", "k")
    put(each_world, "web:a", "next", seconds=1)
    each_world.clock.advance(seconds=1)
    for _ in range(each_world.settings.notice_attempts):
        claimed = each_world.notices.claim("web")
        assert keys(claimed) == ["k", "next"]
        each_world.notices.failed(claimed.token, claimed.notices[0].id, "Timed\n out " * 30)
        each_world.clock.advance(minutes=6)
    assert keys(each_world.notices.claim("web")) == ["next"], "it stops the chat no longer"
    (given_up,) = each_world.notices.undeliverable()
    assert given_up.key == "k" and given_up.attempts == each_world.settings.notice_attempts
    assert given_up.last_error.startswith("Timed out Timed out") and len(given_up.last_error) == 120


def test_what_can_never_work_is_given_up_at_once(each_world) -> None:
    for chat in ("web:a", "web:b"):
        put(each_world, chat, chat)
        claimed = each_world.notices.claim("web")
        each_world.notices.failed(claimed.token, claimed.notices[0].id, "Forbidden", permanent=True)
        each_world.clock.advance(seconds=1)
    assert [n.chat for n in each_world.notices.undeliverable()] == ["web:b", "web:a"]
    assert [n.chat for n in each_world.notices.undeliverable(limit=1)] == ["web:b"]
    assert keys(each_world.notices.claim("web")) == []


def test_when_there_is_something_to_claim_next(each_world) -> None:
    box, clock = each_world.notices, each_world.clock
    assert box.next_due() is None
    put(each_world, "web:a", "k", minutes=5)
    due = stored(each_world, "k").due_at
    assert box.next_due() == box.next_due("web") == due
    assert box.next_due("rest") is None
    clock.advance(minutes=6)
    claimed = box.claim("web", lease_seconds=30)
    leased_until = stored(each_world, "k").claimed_until
    assert box.next_due() == leased_until and leased_until > clock.time
    box.failed(claimed.token, claimed.notices[0].id, "TimeoutError", retry_after=90)
    assert box.next_due() == stored(each_world, "k").next_try_at
    with each_world.database.transaction() as session:
        notices.withdraw(session, clock(), "k")
    assert box.next_due() is None


def test_many_notices_are_written_at_once(each_world) -> None:
    now = each_world.clock()
    rows = [
        {"chat": f"web:{n % 3}", "key": f"k{n}", "text": str(n), "due_at": now, "agent_id": n}
        for n in range(700)
    ]
    for _ in range(2):  # receiving an order twice is harmless
        with each_world.database.transaction() as session:
            notices.enqueue_many(session, rows)
            notices.enqueue_many(session, [])
    claimed = each_world.notices.claim("web", limit=1000)
    for chat in range(3):
        of_chat = [n for n in claimed.notices if n.chat == f"web:{chat}"]
        assert [n.text for n in of_chat] == [str(n) for n in range(700) if n % 3 == chat]
        assert all(n.agent_id == int(n.text) and n.buttons == [] for n in of_chat)


def test_a_notice_keeps_all_that_it_was_written_with(each_world) -> None:
    now = each_world.clock()
    buttons = [{"title": "Accept", "payload": '/accept_referral{"offer": "17"}'}]
    with each_world.database.transaction() as session:
        notices.enqueue(
            session, "web:a", "offer:17", "New referral", now, buttons,
            expires_at=now + timedelta(minutes=15), subject="offer:17", agent_id=1,
        )  # fmt: skip
    (notice,) = each_world.notices.claim("web").notices
    assert (notice.buttons, notice.subject, notice.agent_id) == (buttons, "offer:17", 1)
    assert notice.expires_at == now + timedelta(minutes=15)


def test_a_row_that_is_no_notice_is_refused(each_world) -> None:
    good = {"chat": "web:a", "key": "k", "text": "text", "due_at": each_world.clock()}
    with pytest.raises(TypeError, match="expires"), each_world.database.transaction() as session:
        notices.enqueue_many(session, [good, {**good, "expires": None}])
    with pytest.raises(KeyError), each_world.database.transaction() as session:
        notices.enqueue_many(session, [{"chat": "web:a"}])
    assert keys(each_world.notices.claim("web")) == []


def test_several_keys_are_withdrawn_at_once(each_world) -> None:
    for key in ("k1", "k2", "k3"):
        put(each_world, "web:a", key)
        put(each_world, "web:b", key)
    with each_world.database.transaction() as session:
        notices.withdraw_many(session, each_world.clock(), ["k1", "k3", "k4"])
        notices.withdraw_many(session, each_world.clock(), [])
    assert keys(each_world.notices.claim("web")) == ["k2", "k2"]


def test_looking_for_notices_writes_nothing(world) -> None:
    put(world, "web:a", "k", hours=1)
    with closing(sqlite3.connect(str(world.database.url.database))) as other:

        def version() -> object:
            return other.execute("PRAGMA data_version").fetchone()

        seen = version()
        assert keys(world.notices.claim("web", chats=["web:a"])) == []
        assert world.notices.next_due() is not None
        assert version() == seen
        put(world, "web:a", "k2")
        assert version() != seen


def test_a_notice_and_its_cause_stand_or_fall_together(world) -> None:
    with pytest.raises(ZeroDivisionError), world.database.transaction() as session:
        notices.enqueue(session, "web:a", "k", "text", world.clock())
        raise ZeroDivisionError
    assert world.notices.drain("web:a") == []


# Buttons ------------------------------------------------------------------------------------------


def test_a_token_stands_for_its_payload_in_its_chat_alone(each_world) -> None:
    (yes, no) = each_world.buttons.offer("web:a", [("Yes", "/affirm"), ("No", "/deny")])
    assert yes != no and yes.startswith(PREFIX) and len(yes) <= 28
    assert each_world.buttons.payload_of("web:a", yes) == "/affirm"
    assert each_world.buttons.title_of("web:a", no) == "No"
    assert each_world.buttons.payload_of("web:b", yes) is None
    assert each_world.buttons.title_of("web:b", yes) is None


@pytest.mark.parametrize(
    "forged", ["btn:", "btn:AAAAAAAAAAAAAAAA", "", "/affirm", "btn:' OR '1'='1"]
)
def test_a_forged_token_stands_for_nothing(each_world, forged: str) -> None:
    each_world.buttons.offer("web:a", [("Yes", "/affirm")])
    assert each_world.buttons.payload_of("web:a", forged) is None
    assert each_world.buttons.title_of("web:a", forged) is None


def test_tokens_tell_nothing_and_are_never_given_twice(world) -> None:
    tokens = [t for _ in range(30) for t in world.buttons.offer("web:a", [("Yes", "/affirm")])]
    assert len(set(tokens)) == 30 and not any("affirm" in t for t in tokens)


def test_an_old_button_still_works(world) -> None:
    (old,) = world.buttons.offer("web:a", [("Yes", "/affirm")])
    world.buttons.offer("web:a", [("No", "/deny")])
    world.clock.advance(days=30)
    assert world.buttons.payload_of("web:a", old) == "/affirm"


def test_a_typed_title_is_its_button_of_the_latest_offer(each_world) -> None:
    each_world.buttons.offer("web:a", [("My tickets", "/list_tickets"), ("Old", "/old")])
    each_world.buttons.offer("web:a", [("Send it", "/submit"), ("Doesn't apply", "/na")])
    of = each_world.buttons.payload_of_title
    assert of("web:a", "Send it") == of("web:a", "  send IT ") == "/submit"
    assert of("web:a", "doesn't apply") == "/na"
    for typed in ("Old", "My tickets", "Send", "Send it please", "", "   ", "x" * 500):
        assert of("web:a", typed) is None
    assert of("web:b", "Send it") is None


def test_nothing_offered_leaves_the_last_offer_standing(world) -> None:
    world.buttons.offer("web:a", [("Yes", "/affirm")])
    assert world.buttons.offer("web:a", []) == []
    assert world.buttons.payload_of_title("web:a", "yes") == "/affirm"


def test_a_long_title_is_cut_not_refused(each_world) -> None:
    (token,) = each_world.buttons.offer("web:a", [("x" * 300, "/affirm")])
    assert each_world.buttons.payload_of("web:a", token) == "/affirm"


# A person -----------------------------------------------------------------------------------------


def test_one_open_request_a_chat_with_its_notes(each_world) -> None:
    asked, new = each_world.handovers.request(each_world.robin)
    assert new and asked.agent_id == each_world.robin.agent_id
    again, new = each_world.handovers.request(each_world.robin)
    assert not new and again.id == asked.id
    each_world.handovers.add_note(each_world.robin, "after three, please")
    noted = each_world.handovers.add_note(each_world.robin, "about case access")
    assert noted.id == asked.id and noted.note == "after three, please\nabout case access"
    other, new = each_world.handovers.request(each_world.sam)
    assert new and other.id != asked.id


def test_a_note_alone_makes_the_request(world) -> None:
    assert world.handovers.add_note(world.guest, "call me").note == "call me"
    assert not world.handovers.request(world.guest)[1]


def test_a_withdrawn_request_is_closed_and_the_next_is_new(each_world) -> None:
    assert not each_world.handovers.withdraw(each_world.guest)
    first, _ = each_world.handovers.request(each_world.guest)
    assert each_world.handovers.withdraw(each_world.guest)
    assert not each_world.handovers.withdraw(each_world.guest)
    second, new = each_world.handovers.request(each_world.guest)
    assert new and second.id != first.id and second.note == ""


# Transcripts --------------------------------------------------------------------------------------


def test_messages_are_numbered_a_chat_and_replayed(each_world) -> None:
    say = each_world.transcripts.add
    say("web:a", "agent", "hello")
    say("web:b", "agent", "other")
    answer = say("web:a", "assistant", "hi", [("Yes", "btn:1")])
    assert answer.number == 2 and each_world.transcripts.last("web:a") == 2
    assert each_world.transcripts.last("web:none") == 0
    (replayed,) = each_world.transcripts.after("web:a", 1)
    assert replayed.text == "hi" and replayed.buttons == [{"title": "Yes", "payload": "btn:1"}]


def test_a_message_sent_twice_is_stored_once(each_world) -> None:
    add = each_world.transcripts.add
    assert add("web:a", "agent", "hello", client_id="c1").number == 1
    assert add("web:a", "agent", "hello", client_id="c1") is None
    assert add("web:b", "agent", "hello", client_id="c1") is not None
    assert each_world.transcripts.sent("web:a", "c1").text == "hello"
    assert len(each_world.transcripts.after("web:a", 0)) == 1


def test_writers_at_once_get_different_numbers(each_world) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(
            pool.map(lambda n: each_world.transcripts.add("web:a", "agent", str(n)), range(4))
        )
    assert sorted(m.number for m in made) == [1, 2, 3, 4]


def test_purge_removes_what_is_old(each_world) -> None:
    each_world.transcripts.add("web:a", "agent", "old")
    each_world.clock.advance(days=91)
    each_world.transcripts.add("web:a", "agent", "new")
    assert each_world.transcripts.purge(each_world.clock.time - timedelta(days=90)) == 1
    assert [m.text for m in each_world.transcripts.after("web:a", 0)] == ["new"]


# Put together -------------------------------------------------------------------------------------


def test_the_key_is_made_once_for_its_user_alone(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: installation_key(tmp_path / "var"), range(8)))
    (key,) = keys
    assert len(key) == 32
    assert [p.name for p in (tmp_path / "var").iterdir()] == ["secret.key"]
    assert stat.S_IMODE((tmp_path / "var" / "secret.key").stat().st_mode) == 0o600


def test_services_survive_a_restart(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path / "var", database_url="")
    first = build_services(settings)
    first.roster.import_csv((settings.guide_dir.parent / "demo" / "agents.csv").read_text())
    doi_number = first.roster.agents()[0].doi_number
    code = first.roster.issue_code(doi_number)
    first.database.close()
    second = build_services(settings)
    assert second.roster.link("web:a", code).doi_number == doi_number
    assert second.owner("web:a").agent_id and second.owner("web:b").agent_id is None
    second.database.close()
