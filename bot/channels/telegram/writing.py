"""Replies as Telegram takes them: HTML, in pieces, with keyboards. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import Final

from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import MessageLimit

from psl.messages import Keyboard

LIMIT: Final[int] = MessageLimit.MAX_TEXT_LENGTH
# A row of a phone's width takes about so much.
ROW_LETTERS: Final = 30
ROW_BUTTONS: Final = 3
MOST_BUTTONS: Final = 100

# Tickets' and referrals' numbers: a tap on what is set as code copies it.
_NUMBER: Final = re.compile(r"\b[TR]-\d{4}-\d{4}\b")
_BOUNDS: Final = ("\n\n", "\n", " ")
_FIRST: Final = LIMIT // 4


def length(text: str) -> int:
    """How long Telegram takes a text to be: in UTF-16 units."""
    return len(text) + sum(ord(letter) > 0xFFFF for letter in text)


def pieces(text: str, limit: int = LIMIT) -> list[str]:
    """A text in parts that are short enough: cut between paragraphs, else lines, else words."""
    # What is no letter cannot be sent at all.
    rest = text.encode("utf-8", "replace").decode().strip()
    found = []
    while length(rest) > limit:
        cut = _cut(rest, limit)
        found.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [piece for piece in (*found, rest) if piece]


def _cut(text: str, limit: int) -> int:
    taken = units = 0
    for letter in text:
        units += 2 if ord(letter) > 0xFFFF else 1
        if units > limit:
            break
        taken += 1
    # The bound itself may lie just beyond.
    for bound in _BOUNDS:
        at = text.rfind(bound, 0, taken + len(bound))
        if at >= min(_FIRST, limit // 4) and at > 0:
            return at
    return taken


def as_html(text: str) -> str:
    """The text with nothing in it that could be taken for markup, numbers set as code."""
    return _NUMBER.sub(r"<code>\g<0></code>", escape(text, quote=False))


def keyboard(buttons: Sequence[tuple[str, str]]) -> Keyboard:
    """(title, token) in rows: short titles side by side."""
    rows: Keyboard = []
    for title, token in buttons[:MOST_BUTTONS]:
        row = rows[-1] if rows else None
        width = sum(len(known) for known, _ in row or ()) + len(title)
        if row is not None and len(row) < ROW_BUTTONS and width <= ROW_LETTERS:
            row.append([title, token])
        else:
            rows.append([[title, token]])
    return rows


def only(rows: Keyboard, tokens: set[str]) -> Keyboard:
    """What is left of a keyboard."""
    left = [[button for button in row if button[1] in tokens] for row in rows]
    return [row for row in left if row]


def markup(rows: Keyboard) -> InlineKeyboardMarkup | None:
    """The library's keyboard; None without buttons."""
    if not rows:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(title, callback_data=token) for title, token in row] for row in rows]
    )
