"""Link codes: once, for a short time, kept as hashes; the agent's other chats are told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from psl import audit, notices
from psl.agents.models import LinkAttempt, LinkCode
from psl.agents.service import CODE_LENGTH, CODE_LETTERS, Roster
from psl.errors import BadInput, PslError, RateLimited


def told(world, chat: str) -> list[str]:
    return [notice.text for notice in world.notices.drain(chat)]


def test_a_code_links_once(each_world) -> None:
    roster = each_world.roster
    code = roster.issue_code("700100")
    assert roster.agent_of("web:new") is None
    assert roster.link("web:new", code).doi_number == "700100"
    assert roster.agent_of("web:new").doi_number == "700100"
    with pytest.raises(BadInput, match="used already"):
        roster.link("web:newer", code)
    assert roster.agent_of("web:newer") is None
    assert roster.chats_of(each_world.robin.agent_id) == ["web:robin", "web:new"]


@pytest.mark.parametrize(
    "form", [str.lower, str.upper, lambda c: c.replace("-", ""), "  {} ".format]
)
def test_a_code_is_read_as_people_type_it(world, form) -> None:
    code = world.roster.issue_code("700100")
    assert world.roster.link("web:new", form(code)).doi_number == "700100"


def test_codes_are_easy_to_read_out_and_all_different(world) -> None:
    codes = [world.roster.issue_code("700100") for _ in range(20)]
    assert len(set(codes)) == 20
    for code in codes:
        letters = code.replace("-", "")
        assert len(letters) == CODE_LENGTH and set(letters) <= set(CODE_LETTERS)
    assert not set("0O1ILS5B8AEU") & set(CODE_LETTERS), "misread, misheard, or making words"
    assert len(set(CODE_LETTERS)) == len(CODE_LETTERS)


def test_an_expired_code_does_not_link(each_world) -> None:
    code = each_world.roster.issue_code("700100")
    each_world.clock.advance(seconds=each_world.settings.link_code_seconds)
    with pytest.raises(BadInput, match="older than"):
        each_world.roster.link("web:new", code)


def test_a_code_lives_until_its_last_moment(world) -> None:
    code = world.roster.issue_code("700100")
    world.clock.advance(seconds=world.settings.link_code_seconds - 1)
    assert world.roster.link("web:new", code)


def test_a_newer_code_kills_the_older_of_the_same_agent_only(world) -> None:
    older, other = world.roster.issue_code("700100"), world.roster.issue_code("700200")
    newer = world.roster.issue_code("700100")
    with pytest.raises(BadInput):
        world.roster.link("web:new", older)
    assert world.roster.link("web:new", newer).doi_number == "700100"
    assert world.roster.link("web:other", other).doi_number == "700200"


def test_why_a_code_does_not_work_is_not_told(world) -> None:
    used = world.roster.issue_code("700100")
    world.roster.link("web:new", used)
    expired = world.roster.issue_code("700200")
    world.clock.advance(hours=2)
    said = set()
    for code in (used, expired, "CCCC-DDDD", "", "é" * 300):
        with pytest.raises(BadInput) as refused:
            world.roster.link("web:guesser", code)
        said.add(str(refused.value))
    assert len(said) == 1


def test_another_agents_code_moves_the_chat_to_that_agent(each_world) -> None:
    code = each_world.roster.issue_code("700200")
    each_world.roster.link("web:robin", code)
    assert each_world.roster.agent_of("web:robin").doi_number == "700200"
    assert each_world.roster.chats_of(each_world.robin.agent_id) == []
    assert told(each_world, "web:sam"), "Sam is told of the new chat"


def test_guessing_is_slowed_down_for_the_chat_that_guesses(each_world) -> None:
    roster, limit = each_world.roster, each_world.settings.link_attempts_per_hour
    for _ in range(limit):
        with pytest.raises(BadInput):
            roster.link("web:guesser", "CCCC-DDDD")
    code = roster.issue_code("700100")
    with pytest.raises(RateLimited):
        roster.link("web:guesser", code)
    assert roster.agent_of("web:guesser") is None
    assert roster.link("web:honest", code), "others are not slowed, and the code was not spent"
    each_world.clock.advance(hours=1, seconds=1)
    assert roster.link("web:guesser", roster.issue_code("700100"))


def test_a_refused_try_while_limited_does_not_lengthen_the_wait(world) -> None:
    for _ in range(world.settings.link_attempts_per_hour + 5):
        with pytest.raises(PslError):
            world.roster.link("web:guesser", "CCCC-DDDD")
    with world.database.transaction() as session:
        tries = list(session.scalars(select(LinkAttempt)))
    assert len(tries) == world.settings.link_attempts_per_hour


def test_one_code_for_eight_chats_at_once_links_one(each_world) -> None:
    code = each_world.roster.issue_code("700100")

    def attempt(number: int) -> bool:
        try:
            each_world.roster.link(f"web:racer{number}", code)
        except BadInput:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 1


def test_the_other_chats_are_told_each_time(each_world) -> None:
    """Also when SQLite gives a new code the id of a deleted one."""
    for number in range(3):
        each_world.roster.link(f"web:new{number}", each_world.roster.issue_code("700100"))
        assert len(told(each_world, "web:robin")) == 1, f"link {number}"
        assert told(each_world, f"web:new{number}") == [], "not the chat itself"
    assert told(each_world, "web:sam") == []


def test_linking_again_the_same_chat_is_harmless(world) -> None:
    world.roster.link("web:robin", world.roster.issue_code("700100"))
    assert world.roster.chats_of(world.robin.agent_id) == ["web:robin"]


def test_unlink_makes_a_guest_of_the_chat_alone(each_world) -> None:
    roster = each_world.roster
    roster.link("web:second", roster.issue_code("700100"))
    assert roster.unlink("web:robin")
    assert roster.agent_of("web:robin") is None
    assert roster.agent_of("web:second").doi_number == "700100"
    assert not roster.unlink("web:robin")
    assert not roster.unlink("web:never")


@pytest.mark.parametrize("leave", ["unlink", "another agent's code"])
def test_what_an_agent_was_not_shown_yet_is_not_shown_to_the_next_at_the_chat(
    each_world, leave: str
) -> None:
    roster, agent_id = each_world.roster, each_world.robin.agent_id
    roster.link("web:second", roster.issue_code("700100"))
    told(each_world, "web:robin")
    with each_world.database.transaction() as session:
        now = each_world.database.now(session)
        for chat in ("web:robin", "web:second"):
            notices.enqueue(session, chat, "offer:1", "A referral", now, agent_id=agent_id)
        notices.enqueue(session, "web:robin", "note:1", "For whoever is there", now)
    if leave == "unlink":
        roster.unlink("web:robin")
    else:
        roster.link("web:robin", roster.issue_code("700200"))
    assert told(each_world, "web:robin") == ["For whoever is there"]
    assert told(each_world, "web:second") == ["A referral"]


def test_codes_are_not_at_rest_anywhere(world, tmp_path: Path) -> None:
    unused, used = world.roster.issue_code("700100"), world.roster.issue_code("700200")
    world.roster.link("web:new", used)
    world.database.close()
    stored = b"".join(p.read_bytes() for p in tmp_path.rglob("psl.db*"))
    assert b"link_code" in stored
    for code in (unused, used):
        for form in (code, code.replace("-", ""), code.lower(), code.replace("-", "").lower()):
            assert form.encode() not in stored


def test_the_hash_needs_the_installations_key(world) -> None:
    code = world.roster.issue_code("700100")
    other = Roster(world.database, world.settings, key=b"another installation")
    with pytest.raises(BadInput):
        other.link("web:new", code)
    with world.database.transaction() as session:
        assert all(len(c.code_hash) == 64 for c in session.scalars(select(LinkCode)))


def test_the_audit_tells_the_story_without_the_code(world) -> None:
    code = world.roster.issue_code("700100")
    world.roster.link("web:new", code)
    world.roster.unlink("web:new")
    with world.database.transaction() as session:
        events = audit.history(session, "agent:700100")
    assert [(e.action, e.actor) for e in events[-3:]] == [
        ("link code issued", "operator"),
        ("chat linked", "chat:web:new"),
        ("chat unlinked", "chat:web:new"),
    ]
    assert code not in str([vars(e) for e in events])
