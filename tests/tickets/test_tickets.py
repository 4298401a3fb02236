"""Tickets on real databases: drafts, splitting, merging, adopting, submitting, working."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from psl.errors import BadInput, IllegalMove, Incomplete, NotLinked, NotYours
from psl.numbers import TICKETS, is_plausible, new_number
from psl.tickets.rules import MOVES, Actor, Status
from psl.tickets.service import NewIssue, Owner

FULL = {
    "what_happened": "the signature page freezes when I submit",
    "case_number": "4455667",
    "system": "kynect",
    "screen": "Signature",
    "error": "spinning wheel",
    "browser": "Chrome",
    "members": "2",
    "enrollment": "new plan in January",
    "tried": "cleared the cache",
}


def started(world, owner: Owner | None = None, **details: str):
    owner = owner or world.robin
    (draft,) = world.tickets.start(
        owner, [NewIssue(words="the page freezes", details={**FULL, **details})]
    )
    return draft


def submitted(world, owner: Owner | None = None, **details: str):
    owner = owner or world.robin
    return world.tickets.submit(owner, started(world, owner, **details).id)


def actions(world, ticket) -> list[str]:
    return [event.action for event in world.tickets.history(ticket.id)]


# Drafting -----------------------------------------------------------------------------------------


def test_a_linked_agents_draft_knows_the_doi_information(each_world) -> None:
    (draft,) = each_world.tickets.start(each_world.robin, [NewIssue(words="error on a page")])
    assert draft.status == Status.DRAFT and draft.number is None and draft.kind == "technical"
    assert draft.details == {
        "agency": "Example Insurance",
        "doi_number": "700100",
        "role": "Agent",
    }
    assert actions(each_world, draft) == ["drafted"]


def test_what_is_told_goes_before_the_roster_and_empty_values_are_nothing(world) -> None:
    (draft,) = world.tickets.start(
        world.robin, [NewIssue(details={"agency": "Branch office", "screen": "", "role": ""})]
    )
    assert draft.details["agency"] == "Branch office"
    assert draft.details["role"] == "Agent"
    assert "screen" not in draft.details


def test_a_guests_draft_knows_nothing_of_its_own(world) -> None:
    (draft,) = world.tickets.start(world.guest, [NewIssue()])
    assert draft.details == {} and draft.agent_id is None and draft.kind == "other"


def test_two_issues_are_two_drafts_of_one_group(each_world) -> None:
    shared = {"case_number": "4455667"}
    one, other = each_world.tickets.start(
        each_world.robin,
        [NewIssue(words="error on page", details=shared), NewIssue(words="mfa", details=shared)],
    )
    assert one.id != other.id and one.split_group and one.split_group == other.split_group
    assert (one.kind, other.kind) == ("technical", "account")
    assert one.case_number == other.case_number == "4455667"
    single = started(each_world)
    assert single.split_group is None


def test_fill_replaces_and_counts_versions(each_world) -> None:
    draft = started(each_world)
    filled = each_world.tickets.fill(each_world.robin, draft.id, {"browser": "Edge", "error": ""})
    assert filled.details["browser"] == "Edge"
    assert filled.details["error"] == FULL["error"], "an empty value replaces nothing"
    assert filled.version == draft.version + 1 and filled.updated_at > draft.updated_at


def test_words_may_change_the_kind_and_a_title_stays(world) -> None:
    (draft,) = world.tickets.start(world.robin, [NewIssue(words="a question")])
    assert draft.kind == "other"
    draft = world.tickets.fill(world.robin, draft.id, {}, words="the page is blank", title="Blank")
    draft = world.tickets.fill(world.robin, draft.id, {}, title="Another")
    assert (draft.kind, draft.title) == ("technical", "Blank")
    assert draft.words == "a question\nthe page is blank"


def test_skipping_and_taking_it_back(world) -> None:
    (draft,) = world.tickets.start(world.robin, [NewIssue(words="error on a page")])
    assert "error" in world.tickets.missing(draft)
    draft = world.tickets.fill(world.robin, draft.id, {}, waive=["error", "browser", "error"])
    assert draft.waived == ["browser", "error"]
    assert not {"error", "browser"} & set(world.tickets.missing(draft))
    draft = world.tickets.fill(world.robin, draft.id, {"error": "500"})
    assert draft.waived == ["browser"]
    draft = world.tickets.fill(world.robin, draft.id, {}, waive=["error"])
    assert draft.waived == ["browser"], "what is known is not waived"
    draft = world.tickets.clear(world.robin, draft.id, "browser")
    assert draft.waived == [] and "browser" in world.tickets.missing(draft)


@pytest.mark.parametrize("field", ["what_happened", "agency", "doi_number", "role"])
def test_what_psl_always_needs_cannot_be_skipped(world, field: str) -> None:
    draft = started(world)
    label = world.guide.ticket_fields[field].label
    with pytest.raises(BadInput, match=label):
        world.tickets.fill(world.robin, draft.id, {}, waive=[field])


@pytest.mark.parametrize(
    ("cleared", "case", "application"),
    [
        ("case_or_application", None, None),
        ("case_number", None, "998877"),
        ("application_number", "4455667", None),
        ("screen", "4455667", "998877"),
    ],
)
def test_clearing_a_number_clears_it_everywhere(
    world, cleared: str, case: str | None, application: str | None
) -> None:
    draft = started(world, application_number="998877")
    draft = world.tickets.clear(world.robin, draft.id, cleared)
    assert (draft.case_number, draft.application_number) == (case, application)
    assert draft.details.get("case_number") == case
    assert draft.details.get("application_number") == application


def test_drop_and_bring_back(each_world) -> None:
    tickets, robin = each_world.tickets, each_world.robin
    one, other = started(each_world), started(each_world)
    tickets.discard(robin, one.id)
    tickets.discard(robin, other.id)
    assert tickets.drafts(robin) == [] and tickets.last_discarded(robin).id == other.id
    for change in (
        lambda: tickets.fill(robin, one.id, {"error": "x"}),
        lambda: tickets.clear(robin, one.id, "error"),
        lambda: tickets.add_note(robin, one.id, "x"),
        lambda: tickets.submit(robin, one.id),
        lambda: tickets.merge(robin, [one.id, other.id]),
    ):
        with pytest.raises(IllegalMove):
            change()
    back = tickets.restore(robin, one.id)
    assert back.status == Status.DRAFT and back.details["error"] == FULL["error"]
    assert actions(each_world, back) == ["drafted", "Draft to Discarded", "Discarded to Draft"]


def test_discarding_twice_changes_nothing_the_second_time(world) -> None:
    draft = started(world)
    once = world.tickets.discard(world.robin, draft.id)
    twice = world.tickets.discard(world.robin, draft.id)
    assert once.version == twice.version
    assert actions(world, draft) == ["drafted", "Draft to Discarded"]


def test_drafts_come_last_changed_first(each_world) -> None:
    one, other = started(each_world), started(each_world)
    assert [d.id for d in each_world.tickets.drafts(each_world.robin)] == [other.id, one.id]
    each_world.tickets.fill(each_world.robin, one.id, {"error": "x"})
    assert [d.id for d in each_world.tickets.drafts(each_world.robin)] == [one.id, other.id]


# Merging ------------------------------------------------------------------------------------------


def test_merge_keeps_what_both_say(each_world) -> None:
    tickets, robin = each_world.tickets, each_world.robin
    one, other, third = tickets.start(
        robin,
        [
            NewIssue(words="page hangs", details={"what_happened": "it hangs", "browser": "Edge"}),
            NewIssue(
                words="error too",
                details={"what_happened": "error 500", "browser": "Chrome", "case_number": "77001"},
            ),
            NewIssue(words="and slow"),
        ],
    )
    merged = tickets.merge(robin, [one.id, other.id, third.id])
    assert merged.id == one.id and merged.split_group is None
    assert merged.details["what_happened"] == "it hangs\nerror 500"
    assert merged.details["browser"] == "Edge", "the first one's word stands"
    assert merged.case_number == "77001"
    assert merged.words == "page hangs\nerror too\nand slow" and merged.kind == "technical"
    assert [d.id for d in tickets.drafts(robin)] == [one.id]
    assert actions(each_world, other) == ["drafted", "merged"]


def test_merge_into_a_draft_that_does_not_say_what_happened(world) -> None:
    one, other = world.tickets.start(
        world.robin, [NewIssue(), NewIssue(details={"what_happened": "it hangs"})]
    )
    merged = world.tickets.merge(world.robin, [one.id, other.id])
    assert merged.details["what_happened"] == "it hangs", "once, not twice"


def test_merge_with_itself_changes_nothing_of_its_life(world) -> None:
    draft = started(world)
    merged = world.tickets.merge(world.robin, [draft.id, draft.id])
    assert merged.status == Status.DRAFT and merged.details == draft.details


def test_merge_touches_no_submitted_or_foreign_ticket(each_world) -> None:
    tickets, robin = each_world.tickets, each_world.robin
    draft, sent = started(each_world), submitted(each_world)
    foreign = started(each_world, each_world.sam)
    for ids in ([draft.id, sent.id], [sent.id, draft.id]):
        with pytest.raises(IllegalMove):
            tickets.merge(robin, ids)
    with pytest.raises(NotYours):
        tickets.merge(robin, [draft.id, foreign.id])
    assert tickets.draft(robin, draft.id).version == draft.version
    assert tickets.by_number(robin, sent.number).version == sent.version


# Whose ticket -------------------------------------------------------------------------------------


def test_nobody_reaches_another_ones_draft(each_world) -> None:
    tickets = each_world.tickets
    mine, guests = started(each_world), started(each_world, each_world.guest)
    stranger = Owner("web:stranger")
    for owner, ticket in (
        (each_world.sam, mine),
        (each_world.guest, mine),
        (Owner("web:robin"), mine),  # the same chat after unlinking
        (stranger, guests),
        (each_world.robin, guests),
    ):
        for attempt in (
            lambda o, i: tickets.draft(o, i),
            lambda o, i: tickets.fill(o, i, {"error": "x"}),
            lambda o, i: tickets.clear(o, i, "error"),
            lambda o, i: tickets.discard(o, i),
            lambda o, i: tickets.merge(o, [i]),
            lambda o, i: tickets.add_note(o, i, "x"),
        ):
            with pytest.raises(NotYours):
                attempt(owner, ticket.id)
    with pytest.raises(NotYours):
        tickets.submit(each_world.sam, mine.id)
    with pytest.raises(NotYours):
        tickets.draft(each_world.robin, 999_999)


def test_an_agents_drafts_are_reached_from_each_of_their_chats(world) -> None:
    draft = started(world)
    phone = Owner("telegram:robin", world.robin.agent_id)
    assert [d.id for d in world.tickets.drafts(phone)] == [draft.id]
    assert world.tickets.submit(phone, draft.id).number


def test_a_foreign_number_looks_like_no_number(world) -> None:
    ticket = submitted(world)
    free = next(n for n in iter(new_number, "") if n != ticket.number)
    for owner in (world.sam, world.guest, Owner("web:robin")):
        for number in (ticket.number, free):
            with pytest.raises(NotYours) as refused:
                world.tickets.by_number(owner, number)
            assert str(refused.value) == f"I find no ticket {TICKETS.shown(number)} of yours."
    assert world.tickets.by_number(world.robin, ticket.number).id == ticket.id


# Adopting -----------------------------------------------------------------------------------------


def test_linking_keeps_everything_typed(each_world) -> None:
    tickets, guest = each_world.tickets, each_world.guest
    one, other = tickets.start(
        guest,
        [NewIssue(words="page hangs", title="Hangs", details=FULL), NewIssue(words="mfa broken")],
    )
    tickets.fill(guest, other.id, {"agency": "As I typed it"}, waive=["error"])
    dropped = started(each_world, guest)
    tickets.discard(guest, dropped.id)
    foreign = started(each_world, Owner("web:someone"))
    each_world.roster.link(guest.chat, each_world.roster.issue_code("700100"))
    owner = Owner(guest.chat, each_world.robin.agent_id)
    assert {d.id for d in tickets.drafts(owner)} == {one.id, other.id}
    kept = tickets.draft(owner, one.id)
    assert FULL.items() <= kept.details.items() and kept.title == "Hangs"
    assert kept.details["doi_number"] == "700100" and kept.split_group == one.split_group
    kept = tickets.draft(owner, other.id)
    assert kept.details["agency"] == "As I typed it" and kept.waived == ["error"]
    assert "adopted by linking" in actions(each_world, kept)
    with pytest.raises(NotYours):
        tickets.draft(guest, one.id)
    with pytest.raises(NotYours):
        tickets.draft(owner, foreign.id)


def test_a_draft_dropped_as_guest_can_be_brought_back_and_sent_after_linking(world) -> None:
    draft = started(world, world.guest)
    world.tickets.discard(world.guest, draft.id)
    owner = Owner(world.guest.chat, world.robin.agent_id)
    world.roster.link(owner.chat, world.roster.issue_code("700100"))
    world.tickets.restore(owner, draft.id)
    ticket = world.tickets.submit(owner, draft.id)
    assert world.tickets.by_number(world.robin, ticket.number).id == draft.id


def test_a_guests_draft_submitted_before_it_was_adopted_is_the_agents(world) -> None:
    draft = started(world, world.guest, agency="A", doi_number="700100", role="Agent")
    owner = Owner(world.guest.chat, world.robin.agent_id)
    ticket = world.tickets.submit(owner, draft.id)
    assert ticket.agent_id == owner.agent_id
    assert [t.id for t in world.tickets.of_agent(owner.agent_id)] == [draft.id]


# Submitting ---------------------------------------------------------------------------------------


def test_submit_gives_a_number_once(each_world) -> None:
    draft = started(each_world)
    ticket = each_world.tickets.submit(each_world.robin, draft.id)
    assert ticket.status == Status.SUBMITTED and is_plausible(ticket.number)
    assert ticket.submitted_at == ticket.updated_at > draft.updated_at
    again = each_world.tickets.submit(each_world.robin, draft.id)
    assert (again.number, again.version) == (ticket.number, ticket.version)
    (event,) = [e for e in each_world.tickets.history(draft.id) if e.action == "submitted"]
    assert event.reason == f"as {TICKETS.shown(ticket.number)}"
    assert event.actor == f"agent:{each_world.robin.agent_id}"


def test_submitting_later_still_gives_the_same_ticket(world) -> None:
    ticket = submitted(world)
    world.tickets.move(world.robin, ticket.id, Status.CLOSED, Actor.AGENT, "solved")
    assert world.tickets.submit(world.robin, ticket.id).number == ticket.number


def test_eight_at_once_get_one_number(each_world) -> None:
    draft = started(each_world)
    with ThreadPoolExecutor(8) as pool:
        given = list(
            pool.map(
                lambda _: each_world.tickets.submit(each_world.robin, draft.id).number, range(8)
            )
        )
    assert len(set(given)) == 1 and given[0]
    assert actions(each_world, draft).count("submitted") == 1


def test_eight_drafts_at_once_get_eight_numbers(each_world) -> None:
    drafts = [started(each_world) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        given = list(
            pool.map(lambda d: each_world.tickets.submit(each_world.robin, d.id).number, drafts)
        )
    assert len(set(given)) == 8


def test_submit_and_change_at_once_lose_nothing(each_world) -> None:
    """Either the change is in the ticket, or it was refused: never changed after submission."""
    draft = started(each_world)

    def submit(_: int) -> str:
        return each_world.tickets.submit(each_world.robin, draft.id).details["browser"]

    def change(number: int) -> str | None:
        try:
            done = each_world.tickets.fill(each_world.robin, draft.id, {"browser": f"B{number}"})
        except IllegalMove:
            return None
        return done.details["browser"]

    with ThreadPoolExecutor(8) as pool:
        changes = [pool.submit(change, n) for n in range(4)]
        submits = [pool.submit(submit, n) for n in range(4)]
        sent = {s.result() for s in submits}
        accepted = [c.result() for c in changes if c.result()]
    (final,) = sent
    assert final in {*accepted, FULL["browser"]}
    assert each_world.tickets.draft(each_world.robin, draft.id).details["browser"] == final


def test_a_guest_cannot_submit_and_loses_nothing(each_world) -> None:
    draft = started(each_world, each_world.guest)
    with pytest.raises(NotLinked, match="your draft is kept"):
        each_world.tickets.submit(each_world.guest, draft.id)
    assert each_world.tickets.draft(each_world.guest, draft.id).version == draft.version


def test_an_incomplete_draft_names_what_is_missing(each_world) -> None:
    (draft,) = each_world.tickets.start(each_world.robin, [NewIssue(words="error on a page")])
    with pytest.raises(Incomplete) as refused:
        each_world.tickets.submit(each_world.robin, draft.id)
    missing = each_world.tickets.missing(draft)
    assert refused.value.missing == tuple(
        each_world.guide.ticket_fields[field].label for field in missing
    )
    assert each_world.tickets.draft(each_world.robin, draft.id).number is None
    each_world.tickets.fill(
        each_world.robin, draft.id, {"what_happened": "x"}, waive=[*missing[1:]]
    )
    assert each_world.tickets.submit(each_world.robin, draft.id).number


# Likely duplicates --------------------------------------------------------------------------------


def test_alike_words_about_the_same_client_are_shown(each_world) -> None:
    sent = submitted(each_world)
    draft = started(each_world, what_happened="signature page freezes on submit again")
    assert [t.id for t in each_world.tickets.likely_duplicates(draft)] == [sent.id]


def test_the_most_alike_comes_first(world) -> None:
    near = submitted(world, what_happened="signature page freezes when they submit it all")
    same = submitted(world)
    found = world.tickets.likely_duplicates(started(world))
    assert [t.id for t in found] == [same.id, near.id]


@pytest.mark.parametrize(
    "details",
    [
        {"case_number": ""},
        {"case_number": "9999999"},
        {"what_happened": "premium doubled", "error": "none", "screen": "Plans"},
    ],
)
def test_no_duplicate_without_number_with_another_or_of_other_words(world, details) -> None:
    submitted(world)
    assert world.tickets.likely_duplicates(started(world, **details)) == []


def test_two_tickets_without_any_number_are_never_duplicates(each_world) -> None:
    without = {**FULL, "case_number": ""}
    (one,) = each_world.tickets.start(each_world.robin, [NewIssue(details=without)])
    (other,) = each_world.tickets.start(each_world.robin, [NewIssue(details=without)])
    each_world.tickets.fill(each_world.robin, one.id, {}, waive=["case_or_application"])
    each_world.tickets.submit(each_world.robin, one.id)
    assert each_world.tickets.likely_duplicates(other) == []


def test_drafts_closed_ones_and_other_agents_are_no_duplicates(world) -> None:
    started(world)
    closed = submitted(world)
    world.tickets.move(world.robin, closed.id, Status.CLOSED, Actor.AGENT, "")
    resolved = submitted(world)
    world.tickets.move(world.robin, resolved.id, Status.RESOLVED, Actor.REP, "")
    submitted(world, world.sam)
    assert world.tickets.likely_duplicates(started(world)) == []
    assert world.tickets.likely_duplicates(started(world, world.guest)) == []


# After submission ---------------------------------------------------------------------------------


def test_a_submitted_ticket_is_not_changed_as_a_draft(each_world) -> None:
    ticket = submitted(each_world)
    for change in (
        lambda: each_world.tickets.fill(each_world.robin, ticket.id, {"error": "other"}),
        lambda: each_world.tickets.clear(each_world.robin, ticket.id, "error"),
        lambda: each_world.tickets.discard(each_world.robin, ticket.id),
        lambda: each_world.tickets.restore(each_world.robin, ticket.id),
    ):
        with pytest.raises(IllegalMove):
            change()
    kept = each_world.tickets.by_number(each_world.robin, ticket.number)
    assert (kept.details, kept.version) == (ticket.details, ticket.version)


def test_notes_answer_a_waiting_ticket(each_world) -> None:
    tickets, robin = each_world.tickets, each_world.robin
    ticket = submitted(each_world)
    tickets.move(robin, ticket.id, Status.WAITING_ON_AGENT, Actor.REP, "which browser?")
    answered = tickets.add_note(robin, ticket.id, "Chrome 130")
    assert answered.status == Status.IN_PROGRESS
    tickets.add_note(robin, ticket.id, "and Edge")
    notes = tickets.notes(ticket.id)
    assert [n.text for n in notes] == ["Chrome 130", "and Edge"]
    assert notes[0].author == f"agent:{robin.agent_id}" and notes[0].at < notes[1].at
    assert actions(each_world, ticket)[-3:] == [
        "note added",
        "Waiting on agent to In progress",
        "note added",
    ]


def test_no_note_on_a_closed_ticket(world) -> None:
    ticket = submitted(world)
    world.tickets.move(world.robin, ticket.id, Status.CLOSED, Actor.AGENT, "")
    with pytest.raises(IllegalMove, match="A new problem needs a new ticket"):
        world.tickets.add_note(world.robin, ticket.id, "again")
    assert world.tickets.notes(ticket.id) == []


def test_an_illegal_move_leaves_no_trace(each_world) -> None:
    ticket = submitted(each_world)
    before = actions(each_world, ticket)
    with pytest.raises(IllegalMove):
        each_world.tickets.move(each_world.robin, ticket.id, Status.RESOLVED, Actor.AGENT, "")
    assert actions(each_world, ticket) == before
    assert each_world.tickets.by_number(each_world.robin, ticket.number).status == Status.SUBMITTED


def test_moves_say_who_when_and_why(world) -> None:
    ticket = submitted(world)
    moved = world.tickets.move(world.robin, ticket.id, Status.TRACKER, Actor.AGENT, "two weeks old")
    last = world.tickets.history(ticket.id)[-1]
    assert (last.action, last.reason) == ("Submitted to Sent to Issue Tracker", "two weeks old")
    assert last.actor == world.robin.actor and last.at <= moved.updated_at
    again = world.tickets.move(world.robin, ticket.id, Status.TRACKER, Actor.AGENT, "again")
    assert again.version == moved.version and len(world.tickets.history(ticket.id)) == 3


def test_every_legal_move_works_on_a_real_ticket(world) -> None:
    """Walk each move of the table, by way of a representative, from a fresh ticket."""
    ways = {
        Status.SUBMITTED: [],
        Status.IN_PROGRESS: [Status.IN_PROGRESS],
        Status.WAITING_ON_AGENT: [Status.WAITING_ON_AGENT],
        Status.TRACKER: [Status.TRACKER],
        Status.RESOLVED: [Status.RESOLVED],
    }
    for current, way in ways.items():
        for wanted in MOVES[current]:
            ticket = submitted(world)
            for step in [*way, wanted]:
                ticket = world.tickets.move(world.robin, ticket.id, step, Actor.REP, "")
            assert ticket.status == wanted


def test_the_list_of_tickets_is_the_agents_last_changed_first(each_world) -> None:
    one, other = submitted(each_world), submitted(each_world)
    started(each_world)
    submitted(each_world, each_world.sam)
    each_world.tickets.add_note(each_world.robin, one.id, "news")
    listed = each_world.tickets.of_agent(each_world.robin.agent_id)
    assert [t.id for t in listed] == [one.id, other.id]
