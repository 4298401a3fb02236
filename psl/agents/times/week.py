"""The clauses of a message about hours put together to a week."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from psl.agents.availability import DayHours, WeeklyHours
from psl.agents.times.asking import EXAMPLE, Asker
from psl.agents.times.clauses import Clause
from psl.agents.times.pauses import with_pauses
from psl.agents.times.pieces import Pause
from psl.agents.times.readings import Question
from psl.agents.times.trouble import Trouble
from psl.agents.times.workday import day_hours, joined

_WEEK = tuple(range(7))
_WORKWEEK = (0, 1, 2, 3, 4)


class Week:
    """The days of a message, clause by clause: ``days`` as in a reading, and ``questions``."""

    def __init__(self, said: Sequence[Clause], current: WeeklyHours, plain: bool) -> None:
        """Args:
        said: the clauses of the message.
        current: the hours so far.
        plain: whether the message has no words besides those of hours, so that days without hours
            in it are to be asked about.
        """
        self.days: dict[int, DayHours | None] = {}
        self.questions: list[Question] = []
        self._current = current
        self._asker = Asker(current)
        self._width: dict[int, int] = {}  # how many days the clause named that decided a day
        self._asked: set[int] = set()
        self._said = said
        self._base = tuple(day for day in _WEEK if current.days[day])
        self._named = {day for clause in said for day in clause.days}
        shared = _shared_pauses(said)
        for at, clause in enumerate(said):
            if clause.vague and not plain:
                continue
            if clause.off:
                self._off(clause)
            elif clause.same:
                self._same(clause)
            elif clause.timed:
                self._timed(clause, shared[at])
        for clause in said:
            if clause.pauses and not clause.timed and not clause.off:
                self._breaks(clause)
            elif clause.days_only:
                self._bare_days(clause, plain)
        self._only(said)

    def _targets(self, clause: Clause) -> tuple[int, ...]:
        """The days that a clause is about: those named, or all with hours so far."""
        if clause.others:
            pool = _WEEK if clause.off else (self._base or ())
            pool = _WORKWEEK if clause.others == "weekday" else pool
            rest = [day for day in pool if day not in self._named]
            return tuple(sorted({*clause.days, *rest}))
        if clause.days:
            return tuple(sorted(clause.days))
        if clause.word in ("always", "anytime") and not clause.said:
            return _WEEK
        off = {day for other in self._said if other.off for day in other.days}
        return tuple(day for day in self._base if day not in off)

    def _off(self, clause: Clause) -> None:
        self._decide(self._targets(clause), dict.fromkeys(self._targets(clause)), clause)

    def _timed(self, clause: Clause, shared: Sequence[Pause]) -> None:
        days = self._targets(clause)
        if not days:
            self._without_days(clause, shared)
            return
        decided: dict[int, DayHours | None] = {}
        asked: dict[Trouble | tuple[DayHours, ...], list[int]] = {}
        for day in days:
            found = day_hours(clause, shared, self._known(day), self._other_start(clause))
            if isinstance(found, tuple) and len(found) == 1:
                decided[day] = found[0]
            else:
                asked.setdefault(found, []).append(day)
        self._decide(days, decided, clause)
        for unclear, group in asked.items():
            self._ask(group, self._question(unclear, clause, group))

    def _question(
        self, found: Trouble | tuple[DayHours, ...], clause: Clause, days: Sequence[int]
    ) -> Question:
        if isinstance(found, Trouble):
            return self._asker.trouble(found, clause, days)
        return self._asker.which_reading(clause, days, found)

    def _without_days(self, clause: Clause, shared: Sequence[Pause]) -> None:
        """Hours for no day in particular, and no day has hours yet."""
        if all(said.lone for said in clause.said) and clause.said:
            return  # a time alone says nothing
        found = day_hours(clause, shared, None, None)
        if isinstance(found, tuple) and len(found) == 1:
            self.questions.append(self._asker.which_days(found[0], self._named))
        else:
            self.questions.append(self._question(found, clause, ()))

    def _known(self, day: int) -> DayHours | None:
        return self.days[day] if day in self.days else self._current.days[day]

    def _other_start(self, clause: Clause) -> int | None:
        """Where the days that were told before start, for "fri til noon"."""
        starts = [hours.span.start for hours in self.days.values() if hours]
        if starts:
            return starts[-1]
        now = {hours.span.start for hours in self._current.days if hours}
        wanted = [self._current.days[day] for day in clause.days]
        return now.pop() if len(now) == 1 and not all(wanted) else None

    def _same(self, clause: Clause) -> None:
        days = tuple(sorted(clause.days))
        if not days:
            return
        sources = [self._known(day) for day in clause.same_as] or [*self.days.values()]
        likely = [hours for hours in sources if hours]
        if likely:
            self._decide(days, dict.fromkeys(days, likely[-1]), clause)
            return
        now = list(dict.fromkeys(hours for hours in self._current.days if hours))
        if len(now) == 1:
            self._decide(days, dict.fromkeys(days, now[0]), clause)
        else:
            self._ask(days, self._asker.which_hours(days))

    def _breaks(self, clause: Clause) -> None:
        """Breaks that belong to days' hours, said now or before."""
        mine = [day for day, hours in self.days.items() if hours]
        days = tuple(sorted(clause.days)) or (() if mine or self._asked else self._base)
        if not any(self._known(day) for day in days):
            if not mine and not self._asked and not all(p.remove for p in clause.pauses):
                self.questions.append(
                    Question(f"A break within which hours? Type them like “{EXAMPLE}”.")
                )
            return
        troubled: dict[Trouble, list[int]] = {}
        fitted = False
        for day in days:
            known = self._known(day)
            found = with_pauses(known, clause.pauses) if known else Trouble("broken")
            if isinstance(found, Trouble):
                troubled.setdefault(found, []).append(day)
            else:
                fitted = True
                if found != known or day in self.days or clause.days:
                    self.days[day] = found
        for trouble, group in troubled.items():
            general = not clause.days or len(clause.days) >= len(_WORKWEEK)
            if fitted and trouble.kind in ("break_outside", "broken") and general:
                continue
            self._ask(group, self._asker.trouble(trouble, clause, group))

    def _bare_days(self, clause: Clause, plain: bool) -> None:
        days = [day for day in self._targets(clause) if day not in self.days]
        if clause.only:
            for day in days:
                if self._current.days[day]:
                    self.days[day] = self._current.days[day]
            days = [day for day in days if not self._current.days[day]]
        if days and plain and not self._asked.issuperset(days):
            self._ask(days, self._asker.which_hours(days))

    def _only(self, said: Sequence[Clause]) -> None:
        named = self._named | set(self.days) | self._asked
        if any(clause.only for clause in said) and named:
            for day in _WEEK:
                if day not in named:
                    self.days[day] = None

    def _ask(self, days: Iterable[int], question: Question) -> None:
        self._asked.update(days)
        for day in days:
            self.days.pop(day, None)
        self.questions.append(question)

    def _decide(
        self, days: Sequence[int], hours: dict[int, DayHours | None], clause: Clause
    ) -> None:
        """Sets days; where another clause set one too, the one that names fewer days wins."""
        width = len(days)
        quarrels: dict[tuple[DayHours | None, DayHours | None], list[int]] = {}
        for day, new in hours.items():
            before = self._width.get(day, 0)
            if day in self.days and self.days[day] != new and before <= width and not clause.fix:
                if before < width:
                    continue
                old = self.days[day]
                whole = joined(old, new) if old and new else None
                if whole is None:
                    quarrels.setdefault((old, new), []).append(day)
                    continue
                new = whole
            if day not in self._asked:
                self.days[day] = new
                self._width[day] = width
        for (one, other), group in quarrels.items():
            self._ask(group, self._asker.contradiction(group, (one, other)))


def _shared_pauses(said: Sequence[Clause]) -> list[list[Pause]]:
    """For each clause the breaks said apart from it, without days.

    They are for the hours before them: those of the same sentence, if there are any.
    """
    shared: list[list[Pause]] = [[] for _ in said]
    hours = [at for at, clause in enumerate(said) if clause.timed and not clause.off]
    since = 0
    last = -1
    for at, clause in enumerate(said):
        if clause.timed or clause.off or clause.named or not clause.pauses:
            continue
        if last >= 0 and any(last < other < at for other in hours):
            since = last
        before = [other for other in hours if since <= other < at]
        beside = [other for other in before if said[other].sentence == clause.sentence]
        for other in beside or before or hours:
            shared[other] += clause.pauses
        last = at
    return shared
