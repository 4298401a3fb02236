"""After a call: numbers are kept, suggestions reminded of when due, and neither is mixed up."""

from __future__ import annotations

import pytest

from psl.errors import NotYours
from psl.tickets.service import NewIssue, Owner


def texts(world, chat: str) -> list[str]:
    return [notice.text for notice in world.notices.drain(chat)]


def test_a_number_is_kept_once(each_world) -> None:
    follow, robin = each_world.follow_ups, each_world.robin
    first = follow.keep_number(robin, "40012345")
    assert follow.keep_number(robin, "40012345").id == first.id
    second = follow.keep_number(robin, "40099999")
    assert [r.number for r in follow.numbers(robin)] == ["40099999", "40012345"]
    assert follow.latest(robin).id == second.id
    assert follow.numbers(each_world.sam) == [] and follow.latest(each_world.sam) is None
    assert follow.keep_number(each_world.sam, "40012345").id != first.id


def test_a_number_of_ones_own_ticket_is_linked_and_of_no_other(each_world) -> None:
    details = {"what_happened": "x", "case_number": "12345"}
    (draft,) = each_world.tickets.start(each_world.robin, [NewIssue(details=details)])
    ticket = each_world.tickets.submit(each_world.robin, draft.id)
    kept = each_world.follow_ups.keep_number(each_world.robin, ticket.number)
    assert kept.ticket_id == ticket.id
    assert each_world.follow_ups.keep_number(each_world.sam, ticket.number).ticket_id is None
    assert each_world.follow_ups.keep_number(each_world.guest, ticket.number).ticket_id is None


def test_the_reminder_comes_when_it_is_due_once(each_world) -> None:
    follow, robin = each_world.follow_ups, each_world.robin
    follow.keep_number(robin, "40012345")
    suggestion = follow.note(robin, "clear cookies")
    each_world.clock.advance(hours=each_world.settings.reminder_hours, seconds=-1)
    assert each_world.notices.drain(robin.chat) == []
    each_world.clock.advance(seconds=2)
    (notice,) = each_world.notices.drain(robin.chat)
    assert notice.text == "Reminder from your PSL call (PSL number 40012345): clear cookies. Done?"
    assert notice.buttons[0] == {
        "title": "Done",
        "payload": f'/todo_done{{"suggestion": "{suggestion.id}"}}',
    }
    assert each_world.notices.drain(robin.chat) == []


def test_what_is_done_is_not_reminded_of(each_world) -> None:
    follow, robin = each_world.follow_ups, each_world.robin
    one, other = follow.note(robin, "clear cookies"), follow.note(robin, "resubmit")
    assert [s.text for s in follow.todo(robin)] == ["clear cookies", "resubmit"]
    assert [s.id for s in follow.done(robin, one.id)] == [one.id]
    each_world.clock.advance(days=3)
    assert len(texts(each_world, robin.chat)) == 1
    assert [s.id for s in follow.todo(robin)] == [other.id]
    with pytest.raises(NotYours):
        follow.done(robin, one.id)
    assert len(follow.done(robin)) == 1 and follow.todo(robin) == []
    assert follow.done(robin) == [], "nothing left is no error"


def test_nobody_ticks_off_another_ones_suggestion(each_world) -> None:
    suggestion = each_world.follow_ups.note(each_world.robin, "clear cookies")
    for owner in (each_world.sam, each_world.guest, Owner("web:robin")):
        with pytest.raises(NotYours):
            each_world.follow_ups.done(owner, suggestion.id)
        assert each_world.follow_ups.done(owner) == []
    assert len(each_world.follow_ups.todo(each_world.robin)) == 1


def test_a_suggestion_belongs_to_the_latest_number(world) -> None:
    loose = world.follow_ups.note(world.robin, "before any number")
    world.follow_ups.keep_number(world.robin, "40012345")
    bound = world.follow_ups.note(world.robin, "after it")
    todo = {s.id: s for s in world.follow_ups.todo(world.robin)}
    assert todo[loose.id].reference is None
    assert todo[bound.id].reference.number == "40012345"


def test_resolving_ends_the_latest_number_and_leaves_the_others(each_world) -> None:
    follow, robin = each_world.follow_ups, each_world.robin
    follow.keep_number(robin, "40000001")
    follow.note(robin, "call the carrier")
    follow.keep_number(robin, "40000002")
    follow.note(robin, "clear cookies")
    follow.resolve(robin)
    assert follow.latest(robin).number == "40000001"
    assert [s.text for s in follow.todo(robin)] == ["call the carrier"]
    each_world.clock.advance(days=2)
    (reminder,) = texts(each_world, robin.chat)
    assert "call the carrier" in reminder
    follow.resolve(robin)
    assert follow.latest(robin) is None and follow.todo(robin) == []
    assert len(follow.numbers(robin)) == 2, "resolved ones are kept"


def test_resolving_without_a_number_ends_what_is_there(world) -> None:
    world.follow_ups.note(world.robin, "clear cookies")
    world.follow_ups.resolve(world.robin)
    assert world.follow_ups.todo(world.robin) == []


def test_linking_keeps_numbers_and_suggestions(each_world) -> None:
    follow, guest = each_world.follow_ups, each_world.guest
    follow.keep_number(guest, "40012345")
    follow.note(guest, "clear cookies")
    follow.note(Owner("web:someone"), "not theirs")
    each_world.roster.link(guest.chat, each_world.roster.issue_code("700100"))
    owner = Owner(guest.chat, each_world.robin.agent_id)
    assert follow.latest(owner).number == "40012345"
    assert [s.text for s in follow.todo(owner)] == ["clear cookies"]
    assert follow.todo(guest) == [] and len(follow.todo(Owner("web:someone"))) == 1
    each_world.clock.advance(days=2)
    assert len(texts(each_world, guest.chat)) == 1, "the reminder still comes, to the same chat"
