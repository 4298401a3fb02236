"""Moments put together from the pieces of a message."""

from __future__ import annotations

from datetime import date

from psl.agents.times.moments import Heard, Moment, narrowed, period_moment
from psl.agents.times.tokens import Token


class Collector:
    """Gathers the moments of a message in ``heard``; keeps what was said just before them."""

    def __init__(self, today: date) -> None:
        """Args:
        today: the date in the agent's zone.
        """
        self.heard = Heard()
        self._today = today
        self._role = ""
        self._linked = True  # a word stands between the last moment and the next
        self._mod = ""  # "this" or "next"
        self._week_of = False

    def _link(self, role: str) -> None:
        self._role, self._linked, self._mod = role, True, ""

    def _add(self, moment: Moment) -> None:
        moment.role = self._role
        self.heard.moments.append(moment)
        self._settle()

    def _settle(self) -> None:
        self._role, self._linked, self._mod, self._week_of = "", False, "", False

    @property
    def _last(self) -> Moment | None:
        """The moment before, if no word stands between."""
        return self.heard.moments[-1] if self.heard.moments and not self._linked else None

    def _day(self, moment: Moment) -> None:
        """A day: with the time before it if that has none, or a moment of its own."""
        last = self._last
        if last is not None and last.find is None:
            moment.role, moment.clock, moment.until = last.role, last.clock, last.until
            moment.part = last.part
            self.heard.moments[-1] = moment
            self._settle()
        elif last is not None and (last.weekday is None) != (moment.weekday is None):
            self.heard.moments[-1] = narrowed(last, moment)
            self._settle()
        else:
            self._role = "and" if last is not None else self._role
            self._add(moment)

    def _part(self, token: Token) -> None:
        part = {"a": "morning", "p": "afternoon"}.get(token.value, token.value)
        last = self._last
        if last is not None and last.find and not last.clock:
            last.part = last.part or part
        elif self._mod == "this" or self._role or token.kind == "half":
            moment = period_moment("day", False, self._today)
            moment.part = part
            self._add(moment)
