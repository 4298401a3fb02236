"""The request for a ticket before a problem, and the title made from it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from psl.details import strip_command, summary
from psl.details.titles import TITLE_LENGTH

ONLY_REQUESTS = """
need to write up a ticket
draft a ticket
hi, pls draft a ticket
I need a ticket
new ticket
ticket please
tkt pls
can you open a ticket for me
could someone please create a PSL ticket
write this up for PSL
write that up as a ticket
I want to report a problem
log this issue for me
get a draft going for a ticket
turn this into a ticket
lets start a new ticket
help me write a ticket thanks
open a ticket for my client
Good morning! I'd like to file a ticket.
""".strip().splitlines()

REQUESTS = [
    ("draft a ticket, error KY-5021 in chrome", "error KY-5021 in chrome"),
    ("need to write up a ticket for the plan page, it freezes", "the plan page, it freezes"),
    ("hey there can you pls open a ticket about a missing baby", "a missing baby"),
    ("ticket: edge, household page blank", "edge, household page blank"),
    ("please create a ticket because the tab is gone", "the tab is gone"),
    ("report a problem with the consent window", "the consent window"),
    ("write up that the On Demand tab is blank", "the On Demand tab is blank"),
    ("log this one: my hours wont save", "my hours wont save"),
    ("make a ticket out of this: kynect times out", "kynect times out"),
    ("put a ticket in for a duplicate application", "a duplicate application"),
    ("I want you to write up a ticket for me, the page spins", "the page spins"),
    ("start a ticket for me real quick, plan page blank", "plan page blank"),
    # no request: left as it is
    ("error KY-5021 on plan selection", "error KY-5021 on plan selection"),
    ("ticket T-1234-5678 is still open", "ticket T-1234-5678 is still open"),
    ("open case 118204377 gives an error", "open case 118204377 gives an error"),
    ("so the plan page is blank", "so the plan page is blank"),
    ("I need help with the plan page", "I need help with the plan page"),
    ("my ticket was closed too early", "my ticket was closed too early"),
    ("is my ticket resolved yet", "is my ticket resolved yet"),
    ("I need my ticket number", "I need my ticket number"),
    ("close my ticket", "close my ticket"),
    ("the page is frozen. open a ticket", "the page is frozen. open a ticket"),
]

TITLES = [
    (
        "error KY-5021 on the plan selection screen in chrome, case 118204377, two members affected",
        "Error KY-5021 on the plan selection screen in chrome, two members affected",
    ),
    ("draft a ticket for app 20117745, signature fails", "Signature fails"),
    (
        "pls help, kynect times out when I press Submit",
        "Help, kynect times out when I press Submit",
    ),
    ("kynect times out", "kynect times out"),
    ("plan page blank for case # 118-204-377 thanks", "Plan page blank"),
    ("plan page blank, can you write a ticket for this please", "Plan page blank"),
    ("call her at 502-555-0147 or jane@example.com, page frozen", "Page frozen"),
    ("stuck on documents tab, case 118 204 377 and app 20117745", "Stuck on documents tab"),
    ("", ""),
    ("thanks so much", ""),
    ("case 118204377", ""),
    (
        "I was working with a client in Letcher County all morning and when we finally reached the "
        "signature screen it threw SIG-208 and kicked us out",
        "When we finally reached the signature screen it threw SIG-208 and kicked us out",
    ),
]


@pytest.mark.parametrize("text", ONLY_REQUESTS)
def test_a_request_alone_leaves_nothing(text: str) -> None:
    assert strip_command(text) == ""
    assert summary(text) == ""


@pytest.mark.parametrize(("text", "rest"), REQUESTS)
def test_a_request_is_taken_off_the_front(text: str, rest: str) -> None:
    assert strip_command(text) == rest


@pytest.mark.parametrize(("text", "title"), TITLES)
def test_a_title_says_the_problem_without_numbers_of_people(text: str, title: str) -> None:
    assert summary(text) == title


PIECES = st.lists(
    st.sampled_from(
        ["draft a ticket", "pls", "plan page blank", "case", "118204377", "118-204-377", "app",
         "is", "and", "20117745", ",", ".", "\n", "KY-5021", "a@b.com", "502 555 0147", "(", "é", "#"]
    ),
    max_size=25,
).map(" ".join)  # fmt: skip


@given(PIECES | st.text(max_size=300))
def test_titles_are_short_one_line_and_without_long_numbers(text: str) -> None:
    title = summary(text)
    assert len(title) <= TITLE_LENGTH
    assert "\n" not in title
    assert "@" not in title
    run = 0
    for letter in title:
        run = run + 1 if letter.isdecimal() else run if letter in " -.()" else 0
        assert run < 6


@given(st.text(max_size=300))
def test_what_is_left_of_a_request_is_part_of_the_text(text: str) -> None:
    assert strip_command(text) in text
