"""What holds for every message, however it is garbled; and how long it may take."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from psl.details import KINDS, Details, Reader, split_issues

FRAGMENTS = st.sampled_from(
    """
    error|KY-5021|errors|says|"no match found"|on the|plan selection|screen|page|tab|in|chrome|131|edge
    not|isn't|instead of|case|#|118204377|118-204-377|app|id|doi number|774120|npn|T-1234-5678|t12345678
    psl gave me|ticket|ref|40091823|zip|40508|502-555-0147|(502) 555 0147|a@b.co|two|members|affected
    just her|and|her son|both kids|all|household of 4|enrolled in|silver|01/01/2027|SEP|not enrolled
    already|cleared cache|tried|logged out|haven't tried anything|agency is|Bluegrass Benefits|agency
    I'm a|delegate|agent|I'm on the case|mon-fri|9-5|9am|jan 2|speaks|spanish|kynect|agnet portal
    also|plus|another client|two things|1)|2)|3.|first|second|different|then|when|but|,|.|!|?|:|;|\n|-
    blank|stuck|won't|missing|wrong|documents|password|KOG|the same|it|is|who|do i call|draft a ticket
    "|“|”|'|(|)|/|&|$|%|_|0x80|ERR_X|é|🙂|W-2|www.x.y/1234567|+1|١٢٣٤٥٦
    """.replace("\n    ", "|")
    .strip("|")
    .split("|")
)
MESSAGES = st.lists(FRAGMENTS | st.text(max_size=6), max_size=30).flatmap(
    lambda parts: st.sampled_from([" ", ""]).map(lambda glue: glue.join(parts))
) | st.text(max_size=200)
ASKED = st.none() | st.sampled_from([*KINDS, "what_happened"])


def check(text: str, details: Details) -> None:
    free = 0
    for detail in details:
        assert free <= detail.start < detail.end <= len(text)
        assert text[detail.start : detail.end] == detail.text
        assert detail.kind in KINDS
        assert detail.value.strip()
        assert "\n" not in detail.value
        free = detail.end


@given(MESSAGES, ASKED)
@example("\n\n", None)
@example("T-1234-5678-", "ticket_number")
def test_details_lie_inside_the_text_and_apart(
    reader: Reader, text: str, asked: str | None
) -> None:
    check(text, reader.read(text, asked=asked))


@given(MESSAGES)
def test_issues_lie_inside_the_text_and_apart(reader: Reader, text: str) -> None:
    issues, shared = split_issues(text, reader)
    check(text, shared)
    free = 0
    for issue in issues:
        assert free <= issue.start < issue.end <= len(text)
        assert text[issue.start : issue.end] == issue.text
        check(text, issue.details)
        free = issue.end
    if len(issues) != 1:
        handed_out = [d for issue in issues for d in issue.details] + list(shared)
        assert len(handed_out) == len(set(handed_out))
    if issues:
        every = {d for issue in issues for d in issue.details} | set(shared)
        assert every == set(reader.read(text))


digits = st.text("123456789", min_size=1, max_size=1)


def numbers(least: int, most: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=least - 1, max_size=most - 1).flatmap(
        lambda tail: digits.map(lambda head: head + tail)
    )


BARE: list[tuple[str, st.SearchStrategy[str], Callable[[str], str]]] = [
    ("case_number", numbers(3, 12), str),
    ("application_number", numbers(3, 12), str),
    ("doi_number", numbers(2, 10), str),
    ("npn", numbers(3, 10), str),
    ("psl_number", numbers(3, 12), str),
    ("zip", numbers(5, 5), str),
    ("members", numbers(1, 2), str),
    ("error", numbers(2, 6), str),
]


@pytest.mark.parametrize(("asked", "strategy", "shown"), BARE, ids=[kind for kind, _, _ in BARE])
@settings(max_examples=60)
@given(data=st.data())
def test_a_bare_number_is_what_was_asked_for(
    reader: Reader,
    asked: str,
    strategy: st.SearchStrategy[str],
    shown: Callable[[str], str],
    data: st.DataObject,
) -> None:
    written = data.draw(strategy)
    frame = data.draw(st.sampled_from(["{}", "it's {}", " {} ", "{}.", "{} thanks"]))
    (detail,) = reader.read(frame.format(written), asked=asked)
    assert (detail.kind, detail.value, detail.text) == (asked, shown(written), written)


@given(numbers(4, 9))
def test_a_bare_number_is_a_number_when_nothing_was_asked(reader: Reader, written: str) -> None:
    (detail,) = reader.read(written) or (None,)
    if detail is None:  # a price, a year … never an identifier of more than four digits
        assert len(written) <= 4
    else:
        assert (detail.kind, detail.value) == ("number", written)


@given(numbers(6, 9), st.sampled_from(["case", "case #", "case no", "cs#", "case number is"]))
def test_a_labelled_number_is_what_the_label_says(reader: Reader, written: str, label: str) -> None:
    assert reader.read(f"{label} {written}").values("case_number") == (written,)


NORMAL = (
    "hi so error KY-5021 on the plan selection screen in chrome 131, case 118204377, two members "
    "affected, already cleared cache, I'm the agent with Bluegrass Benefits agency, doi 774120. "
    "also the documents tab is blank for a different client, app 20117745"
)
# The budget is 5 ms; the factor is for a machine that does other work at the same time.
BUSY = 6


def test_a_normal_message_takes_milliseconds(reader: Reader) -> None:
    best = min(_seconds(lambda: split_issues(NORMAL, reader)) for _ in range(20))
    assert best < 0.005


@pytest.mark.parametrize(
    "piece",
    [NORMAL + " ", "a", "1", "1-", "123 ", "a@", '"', "(", "case ", "and ", "also error ", "screen ",
     "1) ", "error: ", "tried edge ", "her and ", "a_", "\n", "agency is ", "Aa ", "T-1234-5678 ",
     "#1", "1.", "not ", "blank case 118204377 missing case 118204388 "],
)  # fmt: skip
def test_time_grows_with_the_text_only(reader: Reader, piece: str) -> None:
    def took(length: int) -> float:
        text = (piece * length)[:length]
        return min(_seconds(lambda: split_issues(text, reader)) for _ in range(3))

    assert took(10_000) < 0.15 * BUSY
    assert took(10_000) < 4 * BUSY * max(took(2_500), 0.002)


def _seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start
