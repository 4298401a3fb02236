"""Notices, buttons, requests for a person, transcripts, the installation's key."""

from __future__ import annotations

import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from psl import notices
from psl.buttons import PREFIX
from psl.services import build_services, installation_key
from psl.settings import Settings


def put(world, chat: str, key: str, text: str = "text", **later: float) -> None:
    with world.database.transaction() as session:
        due = world.clock.time + timedelta(**later)
        notices.enqueue(session, chat, key, text, due)


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
    assert sorted(delivered, key=int) == [str(n) for n in range(30)]


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
