"""The clauses of a whole message.

"mon-thu 8-5, fri til noon" has the days first, "8-5 mon-thu, 9-1 fri" the hours; both come in one
message, and commas stand between days as well as between clauses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from psl.agents.times.clauses import PARTS, Clause, SegmentReader
from psl.agents.times.clocks import HOUR
from psl.agents.times.pieces import Pause, pieces
from psl.agents.times.tokens import Token


def clauses(tokens: Sequence[Token]) -> list[Clause]:
    """The clauses of a message, days put together with the hours they belong to."""
    found: list[Clause] = []
    for sentence, segment in _segments(tokens):
        for clause in SegmentReader(pieces(segment)).clauses:
            clause.sentence = sentence
            found.append(clause)
    merged: list[Clause] = []
    waiting: list[Clause] = []  # days without hours so far
    for at, clause in enumerate(found):
        if clause.days_only and not clause.fix:
            home = _home(merged, clause, found[at + 1 :])
            if home is None:
                waiting.append(clause)
            else:
                _take_days(home, clause)
            continue
        for days in waiting:
            _take_days(clause, days)
            clause.days_first = True
        waiting = []
        if merged and clause.said and merged[-1].word in PARTS and not merged[-1].named:
            hint = merged[-1]
            if not hint.said and not clause.word:  # "evenings only, 6-9 mon-thu"
                clause.word = merged.pop().word
        if not _absorbed(merged, clause):
            merged.append(clause)
    return merged + waiting


def _segments(tokens: Sequence[Token]) -> Iterator[tuple[int, list[Token]]]:
    """The message cut at commas, ends of sentences and "and", but for "between 9 and 5".

    Each with the number of its sentence or line.
    """
    segment: list[Token] = []
    sentence = 0
    for token in tokens:
        between = any(part.value == "between" for part in segment[-3:-1])
        joins = token.kind == "and" and between and segment[-1].kind == "time"
        if token.kind not in ("sep", "and") or joins:
            segment.append(token)
            continue
        if segment:
            yield sentence, segment
        segment = []
        sentence += token.value == "strong"
    if segment:
        yield sentence, segment


def _home(merged: Sequence[Clause], clause: Clause, rest: Sequence[Clause]) -> Clause | None:
    """The clause before that days belong to; None if they belong to what follows, or to nothing."""
    last = merged[-1] if merged else None
    if last is None:
        return None
    if clause.too:  # "wed 10-4 and thursday too"
        return last
    if last.off:
        return last
    ahead = next((other for other in rest if not other.days_only), None)
    if last.timed and not last.days_first:
        # "9-5 mon, tue, 10-2 sat"
        return last
    if ahead is None and last.pauses and not last.timed:
        return last
    return None


def _take_days(clause: Clause, days: Clause) -> None:
    clause.days += [day for day in days.days if day not in clause.days]
    clause.others = clause.others or days.others
    clause.only |= days.only


def _complete(pause: Pause) -> bool:
    return pause.said is not None or pause.remove


def _absorbed(merged: list[Clause], clause: Clause) -> bool:
    """Whether a clause without days went to the one before: a split shift, a correction, a break."""
    last = merged[-1] if merged else None
    if last is None or clause.named or clause.off:
        return False
    if last.pauses and last.named and not last.timed and clause.said and _complete(last.pauses[-1]):
        last.said, last.fix = clause.said, clause.fix  # "no lunch on fri and go til 6"
        return True
    if last.pauses and not last.timed and clause.said and not _complete(last.pauses[-1]):
        pause = last.pauses[-1]  # "lunch, 12-1"
        last.pauses[-1] = Pause(pause.name, clause.said.pop(0), pause.minutes, add=pause.add)
        return not clause.timed
    first = last.pauses[-1] if last.pauses and not clause.fix else None
    if first and first.said and len(clause.said) == 1 and last.sentence == clause.sentence:
        brief = (clause.said[0].shortest or HOUR + 1) <= HOUR
        if brief or first.name == "breaks":  # "10-10:15 and 3-3:15"
            last.pauses.append(Pause(first.name, clause.said[0], first.minutes, add=True))
            return True
    if not (last.timed and clause.timed) or last.off:
        return False
    if clause.fix:
        last.said, last.word = clause.said, clause.word
    elif clause.said and (last.said or last.word in PARTS):
        last.said += clause.said
    else:
        return False
    last.pauses += clause.pauses
    return True
