"""The hours of one day that a clause can mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise, product

from psl.agents.availability import DAY, DayHours, Span
from psl.agents.times.clauses import Clause
from psl.agents.times.clocks import HOUR, NOON, Clock, Range, ranges
from psl.agents.times.pauses import with_pauses
from psl.agents.times.pieces import Pause, Said
from psl.agents.times.trouble import Trouble

# Where the start of a day's work is in each part of the day.
_PARTS = {
    "morning": (4 * HOUR, NOON - 1),
    "afternoon": (NOON, 17 * HOUR),
    "evening": (15 * HOUR, 22 * HOUR),
    "night": (17 * HOUR, DAY),
}
_MOST_SHIFTS = 4
_EVENING_STARTS = 8  # "after 8" is in the evening, "after 9" in the morning


def day_hours(
    clause: Clause, pauses: Sequence[Pause], now: DayHours | None, start: int | None
) -> tuple[DayHours, ...] | Trouble:
    """What a clause can mean on a day: one if it is certain, several to choose from, or trouble.

    Args:
        clause: what was said.
        pauses: breaks that were said elsewhere for these days.
        now: the day's hours so far.
        start: where the other days start, for "til noon".
    """
    spans = _spans(clause, now, start)
    if isinstance(spans, Trouble):
        return spans
    found: list[DayHours] = []
    trouble: Trouble | None = None
    for pieces in spans:
        base = _split(pieces)
        if not clause.pauses and not pauses and now and len(pieces) == 1 and not _round(base):
            base = _keeping(base, now)
        made = with_pauses(base, clause.pauses)
        if isinstance(made, DayHours) and pauses:
            fitting = with_pauses(made, pauses)
            lacking = isinstance(fitting, Trouble) and fitting.kind == "break_outside"
            made = made if lacking else fitting
        if isinstance(made, Trouble):
            trouble = trouble or made
        elif made not in found:
            found.append(made)
    if trouble and len(spans) > 1:  # first things first: the break is asked for afterwards
        return tuple(map(_split, spans))
    return trouble or tuple(found)


def _round(hours: DayHours) -> bool:
    return hours.span == Span(0, DAY)


def _spans(
    clause: Clause, now: DayHours | None, start: int | None
) -> tuple[tuple[Range, ...], ...] | Trouble:
    """The stretches of work, each reading a tuple of them."""
    if clause.word in ("all", "always", "anytime") and not clause.said:
        return (((0, DAY),),)
    if not clause.said:
        return Trouble(clause.word)
    if any(said.broken for said in clause.said) or len(clause.said) > _MOST_SHIFTS:
        return Trouble("broken")
    if len(clause.said) == 1:
        said = clause.said[0]
        if said.end is None and said.start is not None:
            return _open_end(said, said.start, clause, now)
        if said.start is None and said.end is not None:
            return _open_start(said.end, now, start)
    if any(said.start is None or said.end is None for said in clause.said):
        return Trouble("broken")
    readings = [
        _readings(said, clause.word if at == 0 else "") for at, said in enumerate(clause.said)
    ]
    if not all(readings):
        at = next(at for at, found in enumerate(readings) if not found)
        return Trouble("senseless", options=tuple(_repaired(clause.said[at])))
    fitting = tuple(filter(_apart, product(*readings)))
    if not fitting:  # in another half of the day than each would be alone
        every = [_every(said) for said in clause.said]
        fitting = tuple(filter(_apart, product(*every)))[:1]
    return fitting or Trouble("overlap")


def _open_end(
    said: Said, clock: Clock, clause: Clause, now: DayHours | None
) -> tuple[tuple[Range, ...], ...] | Trouble:
    """Only a start: the day's end stays, unless the words leave the end open."""
    keep = now.span.end if now else None
    if not said.open and not said.lone and keep is not None:
        fitting = [minute for minute in clock.minutes() if minute < keep <= minute + DAY]
        likely = clock.daytime()
        if fitting:
            return (((likely if likely in fitting else fitting[0], keep),),)
    after = said.open and clock.hour <= _EVENING_STARTS and not clock.sure
    begin = clock.at("p") if after else clock.daytime()
    if clause.word in _PARTS:
        begin = next((m for m in clock.minutes() if _starts_in(clause.word, m)), begin)
    return Trouble("no_end", begin)


def _open_start(
    clock: Clock, now: DayHours | None, start: int | None
) -> tuple[tuple[Range, ...], ...] | Trouble:
    """Only an end: the start stays, or is that of the other days."""
    if start is None and now:
        start = now.span.start
    if start is None:
        likely = clock.at("p") if not clock.sure and clock.hour != 11 else clock.daytime()
        return Trouble("no_start", likely or DAY)
    later = [minute for minute in clock.minutes() if minute > start]
    if not later and start >= NOON:
        later = [minute + DAY for minute in clock.minutes()]
    if not later and clock.minutes() == (0,):
        later = [DAY]
    return (((start, later[0]),),) if later else Trouble("no_start", clock.minutes()[-1] or DAY)


def _readings(said: Said, part: str) -> tuple[Range, ...]:
    if said.start is None or said.end is None:
        return ()
    if part in _PARTS and not said.start.sure:
        fitting = [found for found in _every(said) if _starts_in(part, found[0])]
        if fitting:
            return (min(fitting, key=lambda found: found[1] - found[0]),)
    return ranges(said.start, said.end, said.next_day)


def _starts_in(part: str, minute: int) -> bool:
    first, last = _PARTS[part]
    return first <= minute <= last


def _every(said: Said) -> tuple[Range, ...]:
    """All ways to read two times, in either half of the day, none longer than sixteen hours."""
    if said.start is None or said.end is None:
        return ()
    return tuple(
        (start, end + over)
        for start, end in product(said.start.minutes(), said.end.minutes())
        for over in (0, DAY)
        if start < end + over <= start + 16 * HOUR
    )


def _repaired(said: Said) -> Iterable[DayHours]:
    """What hours without sense may have been meant to be."""
    if said.start is None or said.end is None:
        return
    seen: set[Range] = set()
    firsts, lasts = said.start.minutes(), said.end.minutes()
    flipped = [(a, b % DAY) for a in firsts for b in (lasts[0] + NOON,)]
    flipped += [((a + NOON) % DAY, b) for a in firsts for b in lasts]
    for start, end in [*flipped, *((a, b + DAY) for a in firsts for b in lasts)]:
        if start < end <= start + DAY and (start, end) not in seen and len(seen) < 3:
            seen.add((start, end))
            yield DayHours(Span(start, end))


def _apart(pieces: Sequence[Range]) -> bool:
    ordered = all(first[1] < second[0] for first, second in pairwise(pieces))
    return ordered and pieces[-1][1] <= pieces[0][0] + DAY


def _split(pieces: Sequence[Range]) -> DayHours:
    """Stretches of work as one span with breaks (PUBLIC: one start and end per day)."""
    gaps = tuple(Span(first[1], second[0]) for first, second in pairwise(pieces))
    return DayHours(Span(pieces[0][0], pieces[-1][1]), gaps)


def joined(one: DayHours, other: DayHours) -> DayHours | None:
    """Two stretches of a day as a split shift; None if they meet."""
    first, second = sorted((one, other), key=lambda hours: hours.span.start)
    if first.span.end >= second.span.start or second.span.end > first.span.start + DAY:
        return None
    gap = Span(first.span.end, second.span.start)
    span = Span(first.span.start, second.span.end)
    return DayHours(span, (*first.breaks, gap, *second.breaks))


def _keeping(hours: DayHours, now: DayHours) -> DayHours:
    """New hours with those of the day's breaks that are well inside."""
    span = hours.span
    kept = tuple(b for b in now.breaks if span.start < b.start and b.end < span.end)
    return DayHours(span, kept)
