"""Replies as Telegram takes them."""

from __future__ import annotations

from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.writing import (
    LIMIT,
    MOST_BUTTONS,
    as_html,
    keyboard,
    length,
    markup,
    only,
    pieces,
)
from tests.telegram.markup import formatted

WORD = "referral "
LINE = WORD * 40 + "\n"
PARAGRAPH = LINE * 5 + "\n"


def test_a_short_text_is_one_piece() -> None:
    assert pieces("  Hello.\n\nHow are you? ") == ["Hello.\n\nHow are you?"]


@pytest.mark.parametrize("empty", ["", " \n\t "])
def test_nothing_is_no_piece(empty: str) -> None:
    assert pieces(empty) == []


def test_a_text_of_just_the_limit_is_one_piece() -> None:
    assert len(pieces("x" * LIMIT)) == 1
    assert [len(piece) for piece in pieces("x" * (LIMIT + 1))] == [LIMIT, 1]


def test_letters_outside_the_basic_plane_count_twice() -> None:
    assert length("👍é") == 3
    assert [length(piece) for piece in pieces("👍" * LIMIT)] == [LIMIT, LIMIT]
    assert [length(piece) for piece in pieces("x" + "👍" * LIMIT)] == [LIMIT - 1, LIMIT, 2]


@pytest.mark.parametrize(("part", "bound"), [(PARAGRAPH, "\n\n"), (LINE, "\n"), (WORD, " ")])
def test_it_is_cut_at_the_greatest_bound(part: str, bound: str) -> None:
    text = (part * (3 * LIMIT // len(part))).strip()
    found = pieces(text)
    assert len(found) > 1
    assert bound.join(piece.strip() for piece in found).split() == text.split()
    whole = part.strip()
    assert all(piece.startswith(whole) and piece.endswith(whole) for piece in found)


def test_a_bound_near_the_start_does_not_make_a_tiny_piece() -> None:
    found = pieces("Title\n\n" + WORD * 1000)
    assert length(found[0]) > LIMIT // 2


@given(st.text(max_size=300), st.integers(min_value=4, max_value=40))
def test_no_piece_is_too_long_and_no_word_is_lost(text: str, limit: int) -> None:
    found = pieces(text, limit)
    assert all(0 < length(piece) <= limit for piece in found)
    sendable = text.encode("utf-8", "replace").decode()
    assert "".join("".join(found).split()) == "".join(sendable.split())


def test_half_a_letter_is_not_sent() -> None:
    assert pieces("a\ud83d b") == ["a? b"]


@given(st.text(alphabet="<>&\"'_*[`bi/code T-0123456789R", max_size=60).filter(str.strip))
def test_no_text_can_be_taken_for_markup(text: str) -> None:
    shown = formatted(as_html(text), "HTML")
    assert shown.text == text.strip()
    assert {entity["type"] for entity in shown.entities} <= {"code"}


def test_numbers_are_set_as_code() -> None:
    html = as_html("Ticket T-4821-7308 & referral R-1111-2222, not XT-4821-7308 or T-4821-73081.")
    assert html == (
        "Ticket <code>T-4821-7308</code> &amp; referral <code>R-1111-2222</code>, "
        "not XT-4821-7308 or T-4821-73081."
    )
    assert "T-4821-7308" in unescape(html)


def test_short_titles_share_a_row() -> None:
    pairs = [("Yes", "1"), ("No", "2"), ("Skip", "3"), ("Explain", "4")]
    assert keyboard(pairs) == [[["Yes", "1"], ["No", "2"], ["Skip", "3"]], [["Explain", "4"]]]


def test_long_titles_have_their_own_rows() -> None:
    pairs = [("How do I register for On Demand?", "1"), ("No", "2"), ("Talk to a person", "3")]
    assert [[title for title, _ in row] for row in keyboard(pairs)] == [
        ["How do I register for On Demand?"],
        ["No", "Talk to a person"],
    ]


def test_no_keyboard_is_larger_than_telegram_takes() -> None:
    rows = keyboard([("x", str(n)) for n in range(MOST_BUTTONS + 20)])
    assert sum(map(len, rows)) == MOST_BUTTONS
    assert max(map(len, rows)) <= 8


def test_what_is_left_of_a_keyboard_has_no_empty_rows() -> None:
    rows = [[["Yes", "1"], ["No", "2"]], [["Skip", "3"]]]
    assert only(rows, {"2"}) == [[["No", "2"]]]
    assert only(rows, set()) == []
    assert markup([]) is None


def test_the_librarys_keyboard_says_the_same() -> None:
    made = markup([[["Yes", "btn:1"]], [["No", "btn:2"]]])
    assert made is not None
    assert [[(b.text, b.callback_data) for b in row] for row in made.inline_keyboard] == [
        [("Yes", "btn:1")],
        [("No", "btn:2")],
    ]
