"""Tokens put together to what is said of hours: a range, an open end, a break."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from psl.agents.times.clocks import HOUR, NOON, Clock
from psl.agents.times.tokens import Token

_TO = frozenset({"to", "til", "through"})
_FILLERS = frozenset({"word", "at", "onward", "half"})


@dataclass(frozen=True, slots=True)
class Said:
    """Hours as said: from a time to a time, or only one of the two.

    ``open`` is a start whose end has to be asked for ("after 4"); ``broken`` are hours that cannot
    be read ("9 to ??"); ``lone`` is a time of which nothing says whether it is start or end.
    """

    start: Clock | None = None
    end: Clock | None = None
    next_day: bool = False
    open: bool = False
    broken: bool = False
    lone: bool = False

    @property
    def shortest(self) -> int | None:
        """The fewest minutes between the two times, whatever halves of the day they are in."""
        if self.start is None or self.end is None:
            return None
        return (self.end.at("a") - self.start.at("a")) % NOON or NOON


@dataclass(frozen=True, slots=True)
class Pause:
    """A break as said; ``remove`` is "no lunch", ``add`` that others stay as they are."""

    name: str
    said: Said | None = None
    minutes: int = 0
    remove: bool = False
    add: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """Something said: its kind, the place in the text, and what it says."""

    kind: str
    token: Token
    days: tuple[int, ...] = ()
    said: Said | None = None
    pause: Pause | None = None


def pieces(tokens: Sequence[Token]) -> list[Piece]:
    """What is said, in order; words that say nothing are left out."""
    found: list[Piece] = []
    at = 0
    while at < len(tokens):
        piece, at = _piece(tokens, at)
        if piece is not None:
            found.append(piece)
    return _pauses(_pairs(found))


def _piece(tokens: Sequence[Token], at: int) -> tuple[Piece | None, int]:
    token = tokens[at]
    if token.kind == "day":
        return _days(tokens, at)
    if token.kind == "bad":
        return Piece("hours", token, said=Said(broken=True)), at + 1
    if token.kind == "time":
        return _from(tokens, at, at)
    following = _skip(tokens, at + 1)
    near = tokens[following] if following < len(tokens) else None
    if token.kind in ("starts", "after") and near is not None and near.kind == "time":
        return _from(tokens, at, following)
    if token.kind == "starts" and near is not None and near.kind == "to":
        beyond = _skip(tokens, following + 1)  # "move my start to 8"
        if beyond < len(tokens) and tokens[beyond].kind == "time":
            return _from(tokens, at, beyond)
    if (
        token.kind == "to"
        and near is not None
        and near.kind == "time"
        and _is_range(tokens, following)
    ):
        return _from(tokens, at, following)  # "move lunch to 1-2"
    if token.kind in _TO | {"ends"} and near is not None and near.kind == "time":
        said, to = _next_day(tokens, following + 1, Said(end=near.clock))
        if to < len(tokens) and tokens[to].kind == "starts":
            beyond = _skip(tokens, to + 1)
            if beyond < len(tokens) and tokens[beyond].kind == "time":
                return Piece(
                    "hours", token, said=replace(said, start=tokens[beyond].clock)
                ), beyond + 1
        return Piece("hours", token, said=said), to
    if token.kind in _FILLERS or token.kind in {*_TO, "starts", "ends", "after"}:
        return None, at + 1
    return Piece(token.kind, token), at + 1


def _is_range(tokens: Sequence[Token], at: int) -> bool:
    """Whether a time at that place is followed by "to" and another."""
    after = [token.kind for token in tokens[at + 1 : at + 3]]
    return len(after) == 2 and after[0] in _TO and after[1] == "time"


def _skip(tokens: Sequence[Token], at: int) -> int:
    """The next place that is no word without a meaning here."""
    while at < len(tokens) and tokens[at].kind in _FILLERS:
        at += 1
    return at


def _days(tokens: Sequence[Token], at: int) -> tuple[Piece | None, int]:
    """A day or a run of days: "fri", "mon-thu", "mon through fri"."""
    first = tokens[at]
    if (
        at + 2 < len(tokens)
        and tokens[at + 1].kind in _TO
        and tokens[at + 2].kind == "day"
        and len(first.days) == len(tokens[at + 2].days) == 1
    ):
        start, end = first.days[0], tokens[at + 2].days[0]
        run = tuple((start + step) % 7 for step in range((end - start) % 7 + 1))
        return Piece("day", first, days=run), at + 3
    return Piece("day", first, days=first.days), at + 1


def _from(tokens: Sequence[Token], at: int, time: int) -> tuple[Piece, int]:
    """Hours that begin with a time; ``at`` is where their words do."""
    start, opening = tokens[time].clock, tokens[at]
    to = time + 1
    link = tokens[to] if to < len(tokens) else None
    between = opening.value == "between"
    if link is not None and (link.kind in {*_TO, "ends"} or (between and link.kind == "and")):
        beyond = _skip(tokens, to + 1)
        end = tokens[beyond] if beyond < len(tokens) else None
        if end is not None and end.kind == "time":
            said, after = _next_day(tokens, beyond + 1, Said(start, end.clock))
            return Piece("hours", opening, said=said), after
        if end is not None and end.kind == "openend":
            return Piece("hours", opening, said=Said(start, open=True)), beyond + 1
        if link.kind != "ends" and (end is None or end.kind in ("bad", "number", "sep", "and")):
            skip = beyond + 1 if end is not None and end.kind in ("bad", "number") else beyond
            return Piece("hours", opening, said=Said(start, broken=True)), skip
    if link is not None and link.kind == "onward":
        return Piece("hours", opening, said=Said(start, open=True)), to + 1
    if opening.kind == "time":
        # "8 start", "5 finish"
        if link is not None and link.kind in ("starts", "ends") and to + 1 == len(tokens):
            said = Said(start=start) if link.kind == "starts" else Said(end=start)
            return Piece("hours", opening, said=said), to + 1
        return Piece("hours", opening, said=Said(start, lone=True)), to
    return Piece("hours", opening, said=Said(start, open=opening.kind == "after")), to


def _next_day(tokens: Sequence[Token], at: int, said: Said) -> tuple[Said, int]:
    if at < len(tokens) and tokens[at].kind == "nextday":
        return replace(said, next_day=True), at + 1
    return said, at


def _pairs(found: list[Piece]) -> list[Piece]:
    """Two halves made a whole: "9 5" without a dash, "start 8 end 5"."""
    made: list[Piece] = []
    for piece in found:
        before = made[-1].said if made else None
        if piece.said and before and not before.broken and not piece.said.broken:
            first, last = before, piece.said
            if last.lone and first.start and not first.end and not first.open:
                made[-1] = replace(made[-1], said=Said(first.start, last.start))
                continue
            if first.start and not first.end and last.end and not last.start:
                made[-1] = replace(made[-1], said=Said(first.start, last.end, last.next_day))
                continue
            if first.end and not first.start and last.start and not last.end and not last.open:
                made[-1] = replace(made[-1], said=Said(last.start, first.end, first.next_day))
                continue
        made.append(piece)
    return made


def _pauses(found: list[Piece]) -> list[Piece]:
    """Breaks with the times and lengths that belong to them."""
    made: list[Piece] = []
    at = 0
    while at < len(found):
        piece = found[at]
        at += 1
        if piece.kind != "break":
            made.append(piece)
            continue
        pause = Pause(piece.token.value)
        while at < len(found) and found[at].kind == "break":  # "lunch break"
            at += 1
        if made and made[-1].kind == "duration":
            pause = replace(pause, minutes=int(made.pop().token.value))
        while at < len(found) and found[at].kind in ("duration", "hours", "no", "off"):
            pause, used = _with(pause, found[at])
            if not used:
                break
            at += 1
        if pause.said and made and made[-1].said and _is_count(made[-1].said):
            made.pop()  # "two breaks at 10 and 3"
        if pause.said is None and made and made[-1].said and _brief(made[-1].said):
            pause = replace(pause, said=made.pop().said)  # "12-1 lunch"
        if made and made[-1].kind in ("no", "off", "add"):
            word = made.pop()
            bare = pause.said is None and word.kind != "add"
            pause = replace(pause, add=word.kind == "add", remove=bare)
        made.append(Piece("pause", piece.token, pause=pause))
    return made


def _with(pause: Pause, piece: Piece) -> tuple[Pause, bool]:
    """The break with what follows it, and whether that belonged to it."""
    if piece.kind == "duration" and not pause.minutes:
        return replace(pause, minutes=int(piece.token.value)), True
    if piece.kind == "hours" and pause.said is None and piece.said:
        return replace(pause, said=piece.said), True
    if piece.kind in ("off", "no") and pause.said is None and not pause.minutes:
        return replace(pause, remove=True), True
    return pause, False


def _is_count(said: Said) -> bool:
    return said.lone and said.start is not None and said.start.bare


def _brief(said: Said) -> bool:
    """Whether hours before "lunch" can be those of a break."""
    if said.lone:
        return True
    return said.shortest is not None and said.shortest <= 2 * HOUR
