"""Finding the separate questions in one message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.clauses import MAX_CLAUSES, MIN_WORDS, split_clauses

SPLIT = {
    "How long do I have? And does a reject count?": [
        "How long do I have",
        "does a reject count",
    ],
    "how long do i have and does a reject count": ["how long do i have", "does a reject count"],
    "where do i accept, what if i am late": ["where do i accept", "what if i am late"],
    "whats the psl number n how do i register": ["whats the psl number", "how do i register"],
    "I need the number; also who handles a 1095-A?": [
        "I need the number",
        "who handles a 1095-A",
    ],
    "what is mass\nwho gets the contact": ["what is mass", "who gets the contact"],
    "Thanks! What is a Mass referral? Who gets it first?": [
        "What is a Mass referral",
        "Who gets it first",
    ],
}
WHOLE = [
    "",
    "hello",
    "how long do I have to accept a General referral?",
    "Thanks! What is a Mass referral?",
    "ok. so. yes.",
    "clear cookies and cache",
    "kynect.ky.gov does not load",
    "error 500.2 on the Signature page",
    "accept and reject a referral",
    "my client and her husband are on the case",
]


@pytest.mark.parametrize("message", SPLIT)
def test_two_questions_are_two_clauses(message: str) -> None:
    assert [clause.text for clause in split_clauses(message)] == SPLIT[message]


@pytest.mark.parametrize("message", WHOLE)
def test_one_question_stays_whole(message: str) -> None:
    assert split_clauses(message) == []


@given(
    st.lists(
        st.sampled_from(
            [
                "what is it",
                "and",
                "also how",
                "?",
                ". ",
                "; ",
                "\n",
                ", ",
                " ",
                "ok",
                "who gets mass",
            ]
        ),
        max_size=20,
    ).map("".join)
)
def test_clauses_stand_where_they_say_in_order_without_overlap(message: str) -> None:
    clauses = split_clauses(message)
    assert len(clauses) != 1 and len(clauses) <= MAX_CLAUSES
    end = 0
    for clause in clauses:
        assert clause.text == message[clause.start : clause.end]
        assert clause.start >= end and clause.text == clause.text.strip()
        assert len(clause.text.split()) >= MIN_WORDS
        end = clause.end


def test_many_questions_are_cut_to_the_first_few() -> None:
    assert len(split_clauses("what is a referral? " * 30)) == MAX_CLAUSES


def test_a_long_message_is_no_trouble() -> None:
    assert len(split_clauses("and what is it, " * 5_000)) <= MAX_CLAUSES
