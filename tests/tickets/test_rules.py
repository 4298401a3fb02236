"""The pure rules: a ticket's life, what a kind needs, likeness."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from psl.errors import IllegalMove
from psl.guide import Guide
from psl.tickets.rules import (
    MOVES,
    OPEN,
    UNSENT,
    UNSKIPPABLE,
    Actor,
    Status,
    check_move,
    kind_of,
    missing_fields,
    same_client,
    similarity,
)

# The life as a picture: rows from, columns to. a: agent or rep, r: rep only, "-": nobody.
COLUMNS = "Draft Discarded Submitted InProgress Waiting Tracker Resolved Closed"
LIFE = """
Draft      - a a - - - - -
Discarded  a - - - - - - -
Submitted  - - - r r a r a
InProgress - - - - r a r a
Waiting    - - - a - a r a
Tracker    - - - r - - r a
Resolved   - - - a - a - a
Closed     - - - - - - - -
"""
NAMES = {
    "Draft": Status.DRAFT,
    "Discarded": Status.DISCARDED,
    "Submitted": Status.SUBMITTED,
    "InProgress": Status.IN_PROGRESS,
    "Waiting": Status.WAITING_ON_AGENT,
    "Tracker": Status.TRACKER,
    "Resolved": Status.RESOLVED,
    "Closed": Status.CLOSED,
}
TABLE = {
    (NAMES[row[0]], NAMES[to]): mark
    for row in (line.split() for line in LIFE.strip().splitlines())
    for to, mark in zip(COLUMNS.split(), row[1:], strict=True)
}


def test_the_picture_is_whole() -> None:
    assert set(TABLE) == set(itertools.product(Status, Status))
    assert set(MOVES) == set(Status)


@pytest.mark.parametrize("actor", Actor)
@pytest.mark.parametrize(("current", "wanted"), TABLE)
def test_every_move(current: Status, wanted: Status, actor: Actor) -> None:
    mark = TABLE[current, wanted]
    if mark == "a" or (mark == "r" and actor == Actor.REP):
        check_move(current, wanted, actor)
        return
    with pytest.raises(IllegalMove) as refused:
        check_move(current, wanted, actor)
    said = str(refused.value)
    if mark == "r":
        assert said == f"Only a PSL representative can set a ticket to {wanted}."
    else:
        assert said.startswith(f"The ticket is {current}")
        assert all(other in said for other in MOVES[current])


def test_closed_is_the_end_and_says_what_to_do() -> None:
    with pytest.raises(IllegalMove, match="a new problem needs a new ticket"):
        check_move(Status.CLOSED, Status.IN_PROGRESS, Actor.REP)


def test_open_is_what_still_needs_work() -> None:
    assert {
        Status.SUBMITTED,
        Status.IN_PROGRESS,
        Status.WAITING_ON_AGENT,
        Status.TRACKER,
    } == OPEN
    assert {Status.DRAFT, Status.DISCARDED} == UNSENT


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("I am not associated with the case", "case_access"),
        ("please add me to her case", "case_access"),
        ("locked out of KOG", "account"),
        ("my MFA phone is gone", "account"),
        ("error 500 on the signature page", "technical"),
        ("the submit button is greyed out", "technical"),
        ("need an update about premium tax credits", "other"),
        ("", "other"),
    ],
)
def test_kind_of_issue(guide: Guide, words: str, kind: str) -> None:
    assert kind_of(guide, words).id == kind


def test_missing_fields_keep_the_order_of_the_guide(guide: Guide) -> None:
    technical = next(k for k in guide.ticket_kinds if k.id == "technical")
    assert missing_fields(guide, "technical", {}, []) == technical.fields
    rest = missing_fields(guide, "technical", {"screen": "x", "role": "Agent"}, ["error", "tried"])
    assert rest == [f for f in technical.fields if f not in {"screen", "role", "error", "tried"}]


@pytest.mark.parametrize("key", ["case_number", "application_number"])
def test_either_number_settles_case_or_application(guide: Guide, key: str) -> None:
    assert "case_or_application" in missing_fields(guide, "other", {}, [])
    assert "case_or_application" not in missing_fields(guide, "other", {key: "12345"}, [])


@given(st.data())
def test_missing_shrinks_to_nothing_whatever_the_order(guide: Guide, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(guide.ticket_kinds))
    details: dict[str, str] = {}
    while missing := missing_fields(guide, kind.id, details, []):
        details[data.draw(st.sampled_from(missing))] = "x"
        assert len(missing_fields(guide, kind.id, details, [])) == len(missing) - 1
    assert set(details) == set(kind.fields)


def test_what_cannot_be_skipped_is_in_every_kind(guide: Guide) -> None:
    for kind in guide.ticket_kinds:
        assert set(kind.fields) >= UNSKIPPABLE


@given(st.text(), st.text())
def test_similarity_is_a_symmetric_share(one: str, other: str) -> None:
    value = similarity(one, other)
    assert 0 <= value <= 1
    assert value == similarity(other, one)
    assert similarity(one, one) in {0.0, 1.0}


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("signature page freezes on submit", "page freezes at signature after submit", True),
        ("signature page freezes on submit", "premium shows twice in the plan list", False),
        ("", "", False),
        ("the client has a case", "the client has a ticket", False),
        ("ERROR 500!", "error 500", True),
    ],
)
def test_likeness(one: str, other: str, alike: bool) -> None:
    assert (similarity(one, other) >= 0.5) == alike


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({}, {}, False),
        ({"case_number": ""}, {"case_number": ""}, False),
        ({"case_number": "1"}, {}, False),
        ({"case_number": "1"}, {"case_number": "2"}, False),
        ({"case_number": "1"}, {"application_number": "1"}, False),
        ({"case_number": "1"}, {"case_number": "1"}, True),
        (
            {"case_number": "1", "application_number": "9"},
            {"case_number": "2", "application_number": "9"},
            True,
        ),
    ],
)
def test_same_client(one: dict[str, str], other: dict[str, str], same: bool) -> None:
    assert same_client(one, other) == same
