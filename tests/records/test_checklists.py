"""Guided runs: what was said stays, also for days, also over linking."""

from __future__ import annotations

import pytest

from psl.checklists import ItemState, captured, next_item, previous_item
from psl.errors import NotYours
from psl.tickets.service import Owner


def test_a_run_begins_at_the_first_item_with_what_is_known(each_world) -> None:
    run = each_world.checklists.start(each_world.robin, "before_call")
    assert run.position == "escalation" and run.states == {} and run.finished_at is None
    assert run.details == {"agency": "Example Insurance", "doi_number": "700100", "role": "Agent"}
    assert each_world.checklists.start(each_world.guest, "before_call").details == {}
    assert each_world.checklists.start(each_world.robin, "eligibility").details == {}


def test_items_come_in_order_and_settled_ones_are_passed_over(world) -> None:
    checklist = world.guide.checklists["before_call"]
    states: dict[str, str] = {}
    seen = []
    while (item := next_item(checklist, states)) is not None:
        seen.append(item.id)
        states[item.id] = ItemState.NOT_YET
    assert seen == [item.id for item in checklist.items]
    ahead = {"escalation": ItemState.DONE, "association": ItemState.DONE}
    assert next_item(checklist, ahead).id == "training"


@pytest.mark.parametrize(
    ("current", "before"),
    [
        ("training", "escalation"),
        ("escalation", "escalation"),
        ("case_details", "doi_information"),
        (None, "case_details"),
        ("unknown", "case_details"),
    ],
)
def test_going_back(world, current: str | None, before: str) -> None:
    assert previous_item(world.guide.checklists["before_call"], current).id == before


def test_an_item_that_collects_is_done_when_all_is_known(world) -> None:
    items = {item.id: item for item in world.guide.checklists["before_call"].items}
    doi = items["doi_information"]
    assert not captured(doi, {"agency": "A", "role": "Agent"})
    assert captured(doi, {"agency": "A", "role": "Agent", "doi_number": "1234"})
    assert not captured(items["escalation"], {"agency": "A"}), "it collects nothing"


def test_saving_adds_and_forgetting_reopens_one(each_world) -> None:
    runs, robin = each_world.checklists, each_world.robin
    run = runs.start(robin, "before_call")
    runs.save(robin, run.id, states={"escalation": "done"}, details={"screen": "A"}, position="x")
    run = runs.save(robin, run.id, states={"training": "not yet"}, details={"error": "500"})
    assert run.states == {"escalation": "done", "training": "not yet"}
    assert run.details["screen"] == "A" and run.details["error"] == "500"
    run = runs.save(robin, run.id, forget="escalation", position="escalation")
    assert run.states == {"training": "not yet"} and run.position == "escalation"
    assert runs.run(robin, run.id).states == {"training": "not yet"}


def test_a_run_is_taken_up_days_later(each_world) -> None:
    runs, robin = each_world.checklists, each_world.robin
    run = runs.start(robin, "before_call")
    runs.save(robin, run.id, states={"escalation": "done"}, position="training")
    each_world.clock.advance(days=9)
    found = runs.open_run(robin)
    assert (found.id, found.position, found.states) == (run.id, "training", {"escalation": "done"})


def test_the_run_touched_last_is_the_open_one(world) -> None:
    before = world.checklists.start(world.robin, "before_call")
    after = world.checklists.start(world.robin, "after_call")
    assert world.checklists.open_run(world.robin).id == after.id
    world.checklists.save(world.robin, before.id)
    assert world.checklists.open_run(world.robin).id == before.id
    assert world.checklists.open_run(world.robin, "after_call").id == after.id


def test_starting_over_ends_the_old_run(world) -> None:
    old = world.checklists.start(world.robin, "before_call")
    new = world.checklists.start(world.robin, "before_call")
    assert world.checklists.run(world.robin, old.id).finished_at is not None
    assert world.checklists.open_run(world.robin).id == new.id
    assert world.checklists.last_run(world.robin, "before_call").id == new.id


def test_a_finished_run_is_not_open_but_last(world) -> None:
    run = world.checklists.start(world.robin, "during_call")
    world.checklists.save(world.robin, run.id, states={"detail": "done"}, finished=True)
    assert world.checklists.open_run(world.robin) is None
    assert world.checklists.last_run(world.robin, "during_call").id == run.id
    assert world.checklists.last_run(world.robin, "before_call") is None


def test_runs_of_others_are_out_of_reach(each_world) -> None:
    run = each_world.checklists.start(each_world.robin, "before_call")
    guests = each_world.checklists.start(each_world.guest, "before_call")
    for owner, wanted in (
        (each_world.sam, run),
        (each_world.guest, run),
        (Owner("web:robin"), run),
        (each_world.robin, guests),
    ):
        with pytest.raises(NotYours):
            each_world.checklists.run(owner, wanted.id)
        with pytest.raises(NotYours):
            each_world.checklists.save(owner, wanted.id, details={"screen": "x"})
    assert each_world.checklists.open_run(each_world.sam) is None


def test_linking_keeps_the_run(each_world) -> None:
    guest = each_world.guest
    run = each_world.checklists.start(guest, "before_call")
    each_world.checklists.save(guest, run.id, states={"escalation": "done"}, details={"error": "5"})
    other = each_world.checklists.start(Owner("web:someone"), "before_call")
    each_world.roster.link(guest.chat, each_world.roster.issue_code("700100"))
    kept = each_world.checklists.run(Owner(guest.chat, each_world.robin.agent_id), run.id)
    assert kept.states == {"escalation": "done"} and kept.details["error"] == "5"
    assert each_world.checklists.open_run(guest) is None
    assert each_world.checklists.run(Owner("web:someone"), other.id).agent_id is None
