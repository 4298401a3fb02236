"""Questions about working hours, and sentences that answer them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from psl.agents.availability import DAY, WEEKDAYS, DayHours, Span, WeeklyHours, day_words
from psl.agents.times.clauses import Clause
from psl.agents.times.clocks import HOUR, NOON, Clock, clock_title
from psl.agents.times.readings import Choices, Question
from psl.agents.times.trouble import Trouble

EXAMPLE = "Mon–Fri 9 AM–5 PM, lunch noon–1 PM"

_WORKWEEK, _WEEK = (0, 1, 2, 3, 4), tuple(range(7))
_COMMON = (Span(9 * HOUR, 17 * HOUR), Span(8 * HOUR, 16 * HOUR + 30))
_OFFERED = {
    "morning": (Span(8 * HOUR, NOON), Span(9 * HOUR, NOON)),
    "afternoon": (Span(NOON, 17 * HOUR), Span(13 * HOUR, 17 * HOUR)),
    "evening": (Span(17 * HOUR, 20 * HOUR), Span(17 * HOUR, 21 * HOUR)),
    "night": (Span(18 * HOUR, DAY), Span(20 * HOUR, DAY)),
    "business": _COMMON,
}
_ENDS_BY_DAY = (16 * HOUR + 30, 17 * HOUR, 18 * HOUR)
_ENDS_AT_NIGHT = (20 * HOUR, 21 * HOUR, DAY)
_STARTS = (8 * HOUR, 9 * HOUR, NOON, 17 * HOUR)


def names(days: Collection[int]) -> str:
    """Days as people write them: "Mon–Fri", "Tue, Thu"."""
    runs: list[list[int]] = []
    for day in sorted(days):
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    ends = [(WEEKDAYS[run[0]], WEEKDAYS[run[-1]]) for run in runs]
    return ", ".join(first if first == last else f"{first}–{last}" for first, last in ends)


class Asker:
    """Asks about hours; knows the hours so far, so that its sentences leave nothing of them over."""

    def __init__(self, current: WeeklyHours) -> None:
        """Args:
        current: the hours so far.
        """
        self._current = current

    def _sentence(self, days: Collection[int], hours: DayHours | None) -> str:
        """Hours of some days in words that the reader understands without a question."""
        known = [self._current.days[day] for day in days]
        kept = any(day and day.breaks for day in known) if days else not self._current.is_empty
        clear = ", no break" if hours and not hours.breaks and kept else ""
        return f"{names(days)} {day_words(hours)}{clear}".strip()

    def _choices(self, days: Collection[int], options: Iterable[DayHours | None]) -> Choices:
        return tuple((day_words(hours), self._sentence(days, hours)) for hours in options)

    def _spans(self, days: Collection[int], spans: Iterable[Span]) -> Choices:
        return self._choices(days, [DayHours(span) for span in spans])

    def which_reading(
        self, clause: Clause, days: Sequence[int], options: Sequence[DayHours]
    ) -> Question:
        """Asks which of several readings is meant."""
        said, on = _said(clause), _on(days)
        first, second = options[0].span, options[1].span
        if second.start - first.start != NOON:
            text = f"What does {said}{on} mean?"
        elif first.end <= NOON:
            text = f"Is {said}{on} in the morning or in the evening?"
        else:
            text = f"Does {said}{on} begin in the morning or in the evening?"
        return Question(text, self._choices(days, options))

    def trouble(self, trouble: Trouble, clause: Clause, days: Sequence[int]) -> Question:
        """Asks for what is missing of some hours, or says what cannot be read."""
        on, at = _on(days), clock_title(trouble.known)
        match trouble.kind:
            case "no_end":
                ends = _ENDS_BY_DAY if trouble.known < NOON else _ENDS_AT_NIGHT
                later = [end for end in ends if end > trouble.known] or [DAY]
                spans = [Span(trouble.known, end) for end in later]
                return Question(
                    f"From {at}{on}: until when, as in “9 AM–5 PM”?", self._spans(days, spans)
                )
            case "no_start":
                starts = [start for start in _STARTS if start < trouble.known][:3] or [0]
                spans = [Span(start, trouble.known) for start in starts]
                return Question(f"Until {at}{on}: from when?", self._spans(days, spans))
            case "business" | "morning" | "afternoon" | "evening" | "night":
                said = f"{trouble.kind}s" if trouble.kind != "business" else "business hours"
                text = f"Which hours do you mean by {said}{on}?"
                return Question(text, self._spans(days, _OFFERED[trouble.kind]))
            case "senseless":
                text = f"I read “{_said(clause)}”{on}, which cannot be. What did you mean?"
                return Question(text, self._choices(days, trouble.options))
            case "overlap":
                return Question(f"“{_said(clause)}”{on} overlap. Type them like “{EXAMPLE}”.")
            case "break_length":
                return Question(f"How long is the break at {at}{on}?", self._breaks(days, trouble))
            case "break_time":
                return Question(f"When is the break{on}?", self._breaks(days, trouble))
            case "break_outside":
                text = (
                    f"That break is not within your hours{on}. When is it, as in “lunch noon–1 PM”?"
                )
                return Question(text)
        return Question(f"I could not read the hours{on}. Type them like “{EXAMPLE}”.")

    def _breaks(self, days: Sequence[int], trouble: Trouble) -> Choices:
        return tuple(
            (day_words(hours).partition("break ")[2], self._sentence(days, hours))
            for hours in trouble.options
        )

    def which_days(self, hours: DayHours, settled: Collection[int]) -> Question:
        """Asks which days hours are for, besides those that are settled."""
        choices = []
        for days in (_WORKWEEK, _WEEK):
            left = [day for day in days if day not in settled]
            title = "Every day" if len(left) == len(_WEEK) else names(left)
            if left:
                choices.append((title, self._sentence(left, hours)))
        text = f"On which days are you available {day_words(hours)}?"
        return Question(text, tuple(dict.fromkeys(choices)))

    def which_hours(self, days: Sequence[int]) -> Question:
        """Asks for the hours of days that were named without any."""
        known = [hours for hours in self._current.days if hours]
        options = dict.fromkeys([*known, *map(DayHours, _COMMON)])
        return Question(f"Which hours on {names(days)}?", self._choices(days, list(options)[:3]))

    def contradiction(self, days: Sequence[int], options: Iterable[DayHours | None]) -> Question:
        """Asks which of two statements about a day holds."""
        text = f"You gave two different hours for {names(days)}. Which are right?"
        return Question(text, self._choices(days, options))


def _on(days: Sequence[int]) -> str:
    return f" on {names(days)}" if days else ""


def _said(clause: Clause) -> str:
    return " and ".join(f"{_clock(said.start)}–{_clock(said.end)}" for said in clause.said)


def _clock(clock: Clock | None) -> str:
    """A time as it was said: "5", "5:30", "noon"."""
    if clock is None:
        return "?"
    if clock.sure:
        return clock_title(clock.minutes()[0])
    return f"{clock.hour}:{clock.minute:02}" if clock.minute else str(clock.hour)
