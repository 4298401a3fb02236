"""What a message says of an absence, piece by piece."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from psl.agents.times.collecting import Collector
from psl.agents.times.moments import (
    Moment,
    date_moment,
    day_after,
    day_number,
    holiday_moment,
    month_moment,
    period_moment,
    relative,
    week_around,
    weekday_moment,
)
from psl.agents.times.tokens import Token
from psl.details.bags import bag

_DAYLIKE = bag("day date rel holiday this next period weekof month")
_MOMENT = _DAYLIKE | bag("time number endof rest through half at part")
_ROLES = {
    "from": "start", "between": "start", "after": "after", "before": "til", "til": "til",
    "through": "through", "back": "back", "ends": "end",
}  # fmt: skip
_ARTICLES = bag("the on about around like maybe")
# Moments refer to those before them; no message about an absence needs as many.
_MOST_TOKENS = 120
_TO = frozenset({"to", "til", "through"})
_FLAGS = frozenset({"early", "now", "unsure", "sick", "edit", "move", "more", "holidays"})


class Hearing(Collector):
    """Goes through the tokens of one message; ``heard`` is what they say."""

    def __init__(self, tokens: Sequence[Token], today: date) -> None:
        """Args:
        tokens: of the message.
        today: the date in the agent's zone.
        """
        super().__init__(today)
        self._tokens = tokens = tokens[:_MOST_TOKENS]
        self._between = False
        at = 0
        while at < len(tokens):
            at = self._read(at)

    def _kind(self, at: int) -> str:
        return self._tokens[at].kind if 0 <= at < len(self._tokens) else ""

    def _value(self, at: int) -> str:
        return self._tokens[at].value if 0 <= at < len(self._tokens) else ""

    def _moment_follows(self, at: int) -> bool:
        at += 1
        while self._kind(at) == "word" and self._tokens[at].value in _ARTICLES:
            at += 1
        return self._kind(at) in _MOMENT

    def _read(self, at: int) -> int:
        """Takes the token at a place; gives the place of the next."""
        token, heard = self._tokens[at], self.heard
        match token.kind:
            case "from" | "between" | "after" | "before" | "til" | "through" | "back" | "ends":
                self._take_role(token, last=at + 1 == len(self._tokens))
            case "to" if self._moment_follows(at):
                if self._role not in ("start", "end", "back"):
                    self._link("" if heard.move and not heard.moments else "to")
            case "and" if self._moment_follows(at):
                self._link("to" if self._between else "and")
            case "this" | "next" | "last":
                self._mod = token.kind
            case "rest" if self._kind(at + 1) in ("period", "part", "half"):
                self._link("rest")
            case "endof":
                self._link("through")
                if token.value != "endof":
                    name = "day" if token.value == "eod" else "week"
                    self._day(period_moment(name, False, self._today))
            case "weekof":
                self._week_of = True
            case "period" | "day" | "date" | "rel" | "holiday" | "month":
                self._named(at, token)
            case "time" | "number":
                return self._timed(at, token)
            case "part" | "half":
                self._part(token)
            case "duration" | "extra" | "vague" | "halfday":
                self._lasting(at, token)
            case "noend":
                heard.no_end = True
            case "now" if self._role == "end":
                heard.end_now = True
            case "wholeweek":
                self._named(at, Token("period", token.start, token.end, "week"))
            case "bad":
                heard.unread = True
            case "extend":
                heard.edit = heard.more = True
            case "dayafter" if heard.moments and (before := heard.moments[-1].find):
                self._link("and")
                self._day(day_after(before))
            case "sep" if self._is_day_number(at + 1, linked=True):
                self._link("and")  # "dec 24, 25"
            case kind if kind in _FLAGS:
                setattr(heard, kind, True)
        return at + 1

    def _take_role(self, token: Token, last: bool) -> None:
        role, pending = _ROLES[token.kind], self._role
        self.heard.edit |= token.value == "it"
        self._between |= token.kind == "between"
        if role == "after" and pending in ("til", "back", "to"):
            self.heard.unread = True  # "until after christmas"
        elif pending == "end" and token.kind == "after":
            self._link("through")  # "end it after Friday"
        elif pending == "end" and token.kind == "before":
            self._link("back")
        elif pending == "back" and role in ("til", "start", "end", "after"):
            pass  # "not back til monday"
        elif role == "through" and last and self.heard.moments:
            self.heard.moments[-1].role = role  # "12/24 to 12/26 inclusive"
        else:
            self._link(role)

    def _named(self, at: int, token: Token) -> None:
        moment = self._moment(at, token)
        if moment is not None:
            self._day(week_around(moment) if self._week_of else moment)

    def _moment(self, at: int, token: Token) -> Moment | None:
        match token.kind:
            case "rel":
                return relative(token, self._today)
            case "date":
                dates = [moment.find for moment in self.heard.moments if moment.dated]
                if token.value.startswith("0-0-") and dates and (before := dates[-1]):
                    return day_number(int(token.value[4:]), before, self._today)
                return date_moment(token)
            case "holiday":
                reason = self._kind(at - 1) == "for" and self.heard.moments
                return None if reason else holiday_moment(token)
            case "day":
                return weekday_moment(token, self._mod, self._today)
            case "month":
                said = self._kind(at - 1) in ("in", "for", "rest") or self._value(at - 1) == "of"
                named = self._role or self._mod or said
                return month_moment(token, self._today) if named else None
        last = self._last
        if last is not None and last.dated and not self._mod and token.value == "week":
            self.heard.moments[-1] = week_around(last)
            self.heard.moments[-1].role = last.role
            return None
        whole = self._kind(at) == "wholeweek"
        wanted = whole or self._mod or self._role in ("rest", "through", "til", "to", "end")
        if not wanted or (token.value == "day" and self._role not in ("rest", "through")):
            return None
        return period_moment(token.value, self._mod == "next", self._today)

    def _timed(self, at: int, token: Token) -> int:
        """A time of day, or the number of a day ("dec 24-26")."""
        if self._kind(at + 1) == "more" and self._kind(at + 2) == "unit":
            unit = self._tokens[at + 2].value  # "2 more days"
            length = str(token.count * int(unit)) if unit.isdecimal() else f"{token.count}{unit}"
            self.heard.duration, self.heard.more = length, True
            return at + 3
        bare = token.clock is None or token.clock.bare
        if bare and self._is_day_number(at):
            self._number(at, token)
            return at + 1
        ranged = self._kind(at + 1) in _TO and self._kind(at + 2) == "time"
        last = self._last
        beside = last is not None and last.find is not None and last.clock is None
        sure = not bare or self._role or ranged or beside or self._kind(at - 1) == "at"
        if token.clock is None or not (sure or len(self._tokens) <= 2):
            return at + 1
        day = self.heard.moments[-1] if self.heard.moments else None
        if beside and last is not None:
            last.clock = token.clock
            self._settle()
        elif day and day.find and not (day.role or day.clock) and self._role in ("start", "after"):
            day.role, day.clock = self._role, token.clock  # "tomorrow from 1", "today after 3"
            self._settle()
        else:
            self._add(Moment(clock=token.clock))
        moment = self.heard.moments[-1]
        # "8am - 5pm" is of one day, "dec 22 8am - 5pm jan 2" is not.
        whole = moment.find is None or self._kind(at + 3) not in _DAYLIKE
        if ranged and whole and moment.role in ("", "start", "and"):
            moment.until = self._tokens[at + 2].clock
            return at + 3
        return at + 1

    def _is_day_number(self, at: int, linked: bool = False) -> bool:
        """Whether a number is a day of a month: "dec 24-26", "24-26 dec", "dec 24, 25", "24-26"."""
        token = self._tokens[at] if at < len(self._tokens) else None
        if token is None or token.kind not in ("time", "number") or not 1 <= token.count <= 31:
            return False
        if token.clock is not None and not token.clock.bare:
            return False
        moments = self.heard.moments
        if self._kind(at + 1) == "to" and not (moments and moments[-1].clock):
            kinds = {token.kind, self._kind(at + 2)}
            if "date" in kinds or (not self._role and "number" in kinds and len(kinds) < 3):
                return True
        after_date = bool(moments) and moments[-1].dated and moments[-1].clock is None
        linked |= self._role in ("to", "through", "til", "and")
        return after_date and linked and self._kind(at + 1) not in _DAYLIKE

    def _number(self, at: int, token: Token) -> None:
        before = self.heard.moments[-1].find if self.heard.moments else None
        if self._kind(at + 2) == "date" and self._kind(at + 1) == "to":
            year, month, _ = self._tokens[at + 2].value.split("-")
            value = f"{year}-{month}-{token.count}"
            self._day(date_moment(Token("date", token.start, token.end, value)))
        elif before is not None:
            self._day(day_number(token.count, before, self._today))
        else:
            self._day(date_moment(Token("date", token.start, token.end, f"0-0-{token.count}")))

    def _lasting(self, at: int, token: Token) -> None:
        heard = self.heard
        if token.kind == "vague":
            heard.vague = token.value
        elif token.kind == "halfday":
            heard.half_day = True
        elif self._kind(at - 1) == "in" and self._role != "back":
            heard.ahead = token.value
        else:
            heard.duration = token.value
            heard.more |= token.kind == "extra"
        self._mod = ""
