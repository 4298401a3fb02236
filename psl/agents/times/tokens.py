"""A message about times, cut into the pieces that mean something."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from psl.agents.times.clocks import Clock
from psl.agents.times.day_letters import day_letters
from psl.agents.times.lexicon import SHARED, Patterns
from psl.agents.times.numerals import figures, without_other_numbers
from psl.details.spelling import Spelling
from psl.details.words import Hit, Pipeline, Words, vocabulary

_DASHES = "-‐‑–"
_PERIODS = {"day": "d", "week": "w", "month": "m"}
_MISSPELT = {"lucnh": "lunch", "lnch": "lunch", "tomm": "tomorrow"}
_MONTHS = {"january", "february", "september", "october", "november", "december"}
# Too like other words for their slips to be put right.
_UNTOUCHED = frozenset({"close", "closed", "before", "round", "other", "whole", "after", "about"})


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a message: its kind, where it stands, and what it says.

    Most kinds are those of the lexicon. "time" has a ``clock``, "duration" a length ("90" minutes,
    "2d", "1w"), "date" year, month and day with 0 for what was not said; "word" says nothing.
    """

    kind: str
    start: int
    end: int
    value: str = ""
    clock: Clock | None = None
    count: int = 0

    @property
    def days(self) -> tuple[int, ...]:
        """The weekdays of a token of the kind "day", 0 for Monday."""
        return tuple(int(number) for number in self.value)


class Lexer:
    """Cuts messages; made once, since its lists of phrases take a while to build."""

    def __init__(self, patterns: Patterns) -> None:
        """Args:
        patterns: (kind, value) -> patterns, besides those that all readers of times share.
        """
        merged: dict[tuple[str, str], tuple[str, ...]] = dict(SHARED)
        for key, lines in patterns.items():
            merged[key] = merged.get(key, ()) + lines
        words = vocabulary(line for lines in merged.values() for line in lines)
        self._pipeline = Pipeline(Spelling((words - _UNTOUCHED) | _MONTHS, _MISSPELT), merged)

    def tokens(self, text: str) -> list[Token]:
        """The pieces in order; words that mean nothing here are of the kind "word"."""
        words = self._pipeline.read(without_other_numbers(text))
        begins: dict[int, Hit] = {}
        for hits in words.hits.values():
            for hit in hits:
                known = begins.get(hit.i)
                if known is None or (known.j, known.group != "day") < (hit.j, hit.group != "day"):
                    begins[hit.i] = hit
        return list(_joined(list(_cut(words, begins))))


def _cut(words: Words, begins: dict[int, Hit]) -> Iterator[Token]:
    at = 0
    while at < len(words):
        token = _token(words, begins.get(at), at)
        yield token
        at = max(words.at(token.end), at + 1)
        # A hyphen between letters is no word: "mon-fri".
        gap = words.text[token.end : words.starts[at]].strip() if at < len(words) else ""
        if gap and gap in _DASHES:
            yield Token("to", token.end, words.starts[at], value="to")


def _token(words: Words, hit: Hit | None, i: int) -> Token:
    start, end = words.starts[i], words.ends[i]
    if words.raw(i) == "\n":
        return Token("sep", start, end, value="strong")
    letters = day_letters(words, i)
    if letters is not None and (hit is None or hit.j == i + 1):
        return Token("day" if letters else "bad", start, end, value=letters)
    found = figures(words.text, start) if words.is_digits(i) or words.is_word(i) else None
    if found is not None and found.kind == "date" and hit is not None and hit.group == "month":
        hit = None  # "january 2"
    if hit is not None and (hit.j > i + 1 or not words.is_digits(i)):
        end = words.ends[hit.j - 1]
        if hit.group == "clock":
            return Token(
                "time", start, end, clock=Clock(12, 0, "p" if hit.value == "noon" else "a")
            )
        return Token(hit.group, start, end, value=hit.value)
    if found is not None:
        return Token(found.kind, start, found.end, found.value, found.clock, found.count)
    if words.norm(i).isdecimal():  # written as a word
        count = int(words.norm(i))
        return Token("time", start, end, clock=Clock(count, bare=True), count=count)
    return Token("word", start, end, value=words.norm(i))


def _joined(tokens: Sequence[Token]) -> Iterator[Token]:
    """The same, with what belongs to a time or a number made one piece with it."""
    at = 0
    while at < len(tokens):
        token = tokens[at]
        at += 1
        if token.kind == "past" and at < len(tokens) and (clock := tokens[at].clock):
            token = replace(_past(token, clock), end=tokens[at].end)
            at += 1
        while at < len(tokens) and (longer := _with(token, tokens[at])):
            token = longer
            at += 1
        yield token


def _past(token: Token, clock: Clock) -> Token:
    """ "half past 8", "quarter to 9"."""
    minute, hour = int(token.value), clock.hour
    if minute < 0:
        minute, hour = minute + 60, (hour - 2) % 12 + 1
    return replace(token, kind="time", clock=Clock(hour, minute, clock.half, clock.exact))


def _with(token: Token, following: Token) -> Token | None:
    """A time or number and the word after it as one piece; None if they are two."""
    clock = token.clock
    bare = clock is None or clock.bare
    unit = _PERIODS.get(following.value) if following.kind == "period" else None
    if following.kind == "unit":
        unit = following.value
    if token.kind in ("time", "number") and token.count and unit and bare:
        length = str(token.count * int(unit)) if unit.isdecimal() else f"{token.count}{unit}"
        return Token("duration", token.start, following.end, value=length)
    if token.kind != "time" or clock is None:
        return None
    if following.kind == "minute" and clock.bare and not clock.exact:
        clock = Clock(clock.hour, int(following.value), clock.half)
    elif following.kind == "half" and not clock.sure and clock.hour <= 12:
        clock = Clock(clock.hour, clock.minute, following.value)
    else:
        return None
    return Token("time", token.start, following.end, clock=clock)
