"""What is said of hours between two commas, sorted by the days it is said of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from psl.agents.times.clocks import HOUR
from psl.agents.times.pieces import Pause, Piece, Said

PARTS = frozenset({"morning", "afternoon", "evening", "night"})
_VAGUE = PARTS | {"business"}
_LONGEST_PAUSE = 4 * HOUR


@dataclass
class Clause:
    """Days, if any were named, and what is said of them."""

    days: list[int] = field(default_factory=list)
    others: str = ""  # "other", or "weekday" for "the other weekdays"
    off: bool = False
    said: list[Said] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)
    word: str = ""  # "all", "always", "anytime", "business" or a part of the day
    same: bool = False
    same_as: list[int] = field(default_factory=list)
    only: bool = False
    fix: bool = False
    too: bool = False
    spared: bool = False  # days that a break is not for; nothing else is said of them
    days_first: bool = False
    sentence: int = 0  # which sentence or line of the message it stands in

    @property
    def named(self) -> bool:
        """Whether it names days."""
        return bool(self.days or self.others)

    @property
    def timed(self) -> bool:
        """Whether it says hours."""
        return bool(self.said or self.word or self.same)

    @property
    def vague(self) -> bool:
        """Whether its hours are a word that is often said of something else."""
        everyday = self.word in ("all", "anytime") and not self.named
        return not self.said and (everyday or self.word in _VAGUE)

    @property
    def days_only(self) -> bool:
        """Whether it has days and says nothing of them."""
        return self.named and not (self.timed or self.off or self.pauses)

    @property
    def says_something(self) -> bool:
        """Whether there is anything in it."""
        told = self.named or self.timed or self.off or self.fix or bool(self.pauses)
        return told and not (self.spared and not self.timed and not self.pauses)


class SegmentReader:
    """Reads the pieces between two commas; ``clauses`` has what they say."""

    def __init__(self, said: Sequence[Piece]) -> None:
        """Args:
        said: the pieces in order.
        """
        self.clauses: list[Clause] = []
        self._clause = Clause()
        self._main: Clause | None = None  # what "except" took days from
        self._negative = ""  # "no", "off" or "except", waiting for its days
        self._as = False
        self._fix = False
        before = ""
        for at, piece in enumerate(said):
            self._read(piece, before, said[at + 1] if at + 1 < len(said) else None)
            before = piece.kind
        self._finish()

    def _finish(self) -> None:
        if self._clause.says_something:
            self.clauses.append(self._clause)
        self._clause = Clause()

    @property
    def _hours_first(self) -> bool:
        """Whether the clause is complete: hours, and then their days."""
        return self._clause.off or (
            self._clause.timed and self._clause.named and not self._clause.days_first
        )

    def _read(self, piece: Piece, before: str, next_piece: Piece | None) -> None:
        clause, after = self._clause, next_piece.kind if next_piece else ""
        match piece.kind:
            case "day" | "other":
                self._days(piece)
            case "off" | "no" if self._is_off(before, after, piece.kind):
                clause.off = True
                self._finish()
            case "no" | "off" | "except":
                self._negative = piece.kind
            case "hours" if piece.said:
                self._hours(piece.said)
            case "pause" if piece.pause:
                if clause.off:
                    self._finish()
                self._clause.pauses.append(piece.pause)
                self._negative = ""
            case "all" | "always" | "part" | "business" | "same":
                self._word(piece)
            case "as":
                clause.same, self._as = True, after == "day"
            case "only":
                hours = next_piece.said if next_piece else None
                whole = hours is not None and hours.start is not None and hours.end is not None
                clause.only |= after == "day" or (before == "day" and (whole or not after))
            case "fix":
                clause.fix |= not clause.timed
                self._fix = clause.timed
            case "too":
                clause.too = True

    def _is_off(self, before: str, after: str, kind: str) -> bool:
        """Whether the days just named are off: "wed off", "sat: no"."""
        clause = self._clause
        if not clause.named or clause.timed or self._negative or before not in ("day", "other"):
            return False
        return kind == "off" or after == ""

    def _days(self, piece: Piece) -> None:
        if self._as:
            self._clause.same_as += piece.days
            self._as = False
            return
        clause = self._clause
        if self._negative and not clause.off:
            if self._negative == "except":
                clause.days = [day for day in clause.days if day not in piece.days]
                self._main = clause
            spared = self._negative == "except" and bool(clause.pauses) and not clause.timed
            self._finish()
            # "Lunch 12-1 every day except friday": friday goes without the break.
            self._clause = Clause(off=not spared, days_first=True, spared=spared)
        elif not self._negative and (
            clause.off or ((clause.timed or clause.pauses) and clause.days_first and clause.named)
        ):
            self._finish()
        clause = self._clause
        if not clause.says_something:
            clause.days_first = True
        clause.days += [day for day in piece.days if day not in clause.days]
        if piece.kind == "other":
            clause.others = piece.token.value

    def _hours(self, said: Said) -> None:
        clause, negative = self._clause, self._negative
        both = said.start is not None and said.end is not None
        one = not both and not said.broken and not said.lone
        if negative and not clause.off:
            if both:  # "not 12-1"
                clause.pauses.append(Pause("break", said, add=True))
                self._negative = ""
                return
            said = Said(said.end, said.start) if one else said  # "off after 3" is until 3
        elif clause.off and self._main is not None and not self._main.timed:
            self._main.said.append(said)  # "every day except thursday 9-5"
            self._negative = ""
            return
        elif clause.off and (self._main is not None or one):
            # "except fri 9-1"; "not mondays before 10"
            clause.off = False
            said = Said(said.end, said.start) if one and self._main is None else said
        elif clause.off and said.start and said.end and _is_short(said):
            clause.off = False  # "not available mon 12-1"
            clause.pauses.append(Pause("break", said, add=True))
            return
        elif self._hours_first:
            self._finish()
        if self._fix:
            self._clause.said, self._fix = [], False
        self._clause.said.append(said)
        self._negative = ""

    def _word(self, piece: Piece) -> None:
        if self._hours_first:
            self._finish()
        if piece.kind == "same":
            self._clause.same = True
        else:
            self._clause.word = piece.token.value


def _is_short(said: Said) -> bool:
    return said.shortest is not None and said.shortest <= _LONGEST_PAUSE
