"""Income: an amount that an income word governs, or that only an income can be ("15/hr").

Premiums, costs and tax credits stay: they are what agents ask about. The nearest money word wins.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from psl.privacy import kinds
from psl.privacy.cues import Family, words
from psl.privacy.reading import WORD, Owner, Reading
from psl.privacy.recognisers.base import Find, Recogniser
from psl.privacy.recognisers.spelt import runs

_K = r"(?: ?(?:k|grand|thousand|mil)(?![^\W\d_]))"
_AMOUNT = re.compile(
    r"(?:(?<!\w)(?P<currency>\$|usd) ?|(?<![\w.,/:#$-])|(?<=[^\W\d_] -)|(?<=-))"
    rf"(?:\d{{1,3}}{_K}? ?- ?\$?(?=\d{{1,3}}{_K}))?"
    r"(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d{1,7}(?:\.\d{1,2})?)"
    rf"(?P<k>{_K})?(?P<unit> ?(?:dollars|bucks|usd))?(?![-./:,]?\d|[^\W\d]|%|#)"
)
_HOUR = r"(?:hrs?|hours?|hourly)"
_YEARLY = r"(?:yrs?|years?|annum|yearly|annually|annual|anually)"
_OTHER = r"(?:mo|mos|mth|months?|monthly|wks?|weeks?|weekly|bi-?weekly|semi-?monthly|day|daily)"
_PERIOD = re.compile(
    rf"(?P<link> ?/ ?| per | an? | each | every (?:other |2 |two )?| p/| ?)"
    rf"(?:(?P<hour>{_HOUR})|(?P<year>{_YEARLY})|(?P<other>{_OTHER}))(?![^\W\d_])"
)
_PAYDAY = re.compile(r".*(?:week|wk)")
_COUNTED = re.compile(
    r" ?(?:members?|people|persons?|ppl|docs?|documents?|times|days?|stubs?|paystubs?|forms?|"
    r"w-?2s?|kids?|children|dependents?|adults?|pages?|files?|apps?|cases?|clients?|calls?|minutes?|mins?|"
    r"hours?|hrs?|weeks?|months?|years?|error|screen|am|pm|fpl|percent|letters?|sources?|jobs?|"
    r"tickets?|referrals?|questions?|agents?|county|tax)(?![^\W\d_])"
)
_YEAR = re.compile(r"20[0-4]\d|19[5-9]\d")

_REACH = {
    Family.INCOME: (6 * WORD, 4 * WORD),
    Family.INCOME_VERB: (5 * WORD, 3 * WORD),
    Family.INCOME_WEAK: (6 * WORD, 4 * WORD),
    Family.COST: (4 * WORD, 4 * WORD),
    Family.IDENTIFIER: (3 * WORD, WORD),
    Family.ERROR: (2 * WORD, 2),
    Family.TRACE: (2 * WORD, 2),
    Family.SSN: (WORD, 0),
    Family.BANK: (3 * WORD, 2),
    Family.CODE: (2 * WORD, 2),
    Family.PHONE: (2 * WORD, 2),
    Family.PLACE: (2 * WORD, 2),
    Family.BIRTH: (2 * WORD, 2),
    Family.VERSION: (2, 0),
}
_SAID = frozenset({Family.INCOME, Family.INCOME_VERB, Family.INCOME_WEAK})
_AROUND = words(
    "about around roughly only just like over under approx approximately maybe almost nearly bout "
    "circa ~ $ < > up between from less more than now currently is what he she they who it's was "
    "a total of at and to like - = : , her his their husband wife"
)


class IncomeRecogniser(Recogniser):
    """Amounts of money that somebody earns."""

    kinds = (kinds.INCOME,)

    def find(self, reading: Reading) -> Iterable[Find]:
        for start, end in [*_amounts(reading), *_spelt(reading)]:
            yield Find(kinds.INCOME, start, end)


def _amounts(reading: Reading) -> Iterator[tuple[int, int]]:
    """Amounts with an income's signs, and after one of them any other paid by the month or year
    that no other word claims: "agi was 61,000 last yr, now its 4,000 a month" goes on about income.
    """
    found = False
    for start, end, certain, recurring in _judged(reading):
        if certain or (found and recurring):
            found = True
            yield start, end


def _judged(reading: Reading) -> Iterator[tuple[int, int, bool, bool]]:
    text = reading.text
    for match in _AMOUNT.finditer(text):
        start, end = match.span()
        if reading.is_reserved(start, end):
            continue
        number = match["number"]
        value = float(number.replace(",", ""))
        k = match["k"] is not None
        period = _PERIOD.match(text, end)
        money = bool(match["currency"] or k or match["unit"] or "," in number)
        owner = reading.owner(start, end, _REACH)
        certain = _is_income(reading, match, value, period, money, owner)
        yield start, end, certain, period is not None and owner is None and value >= 100


def _is_income(
    reading: Reading,
    match: re.Match[str],
    value: float,
    period: re.Match[str] | None,
    money: bool,
    owner: Owner | None,
) -> bool:
    start, end = match.span()
    number, k = match["number"], match["k"] is not None
    if owner is None or owner.family not in _SAID:
        return _speaks_for_itself(match, value, period, owner)
    if owner.family is Family.INCOME:
        hours = (
            period is not None
            and period["hour"] is not None
            and not money
            and (value == 24 or (not period["link"].strip() and period["hour"] != "hourly"))
        )  # "24/hr", "40 hrs a week"
        counted = bool(money or period) and not hours
        return counted or _bare_income(reading, owner, number, start, end)
    if owner.family is Family.INCOME_VERB:
        plain = value >= 1000 and not _YEAR.fullmatch(number)
        return bool(money or period or plain) and _plain_between(reading, owner, start, end)
    if money and value * (1000 if k else 1) >= 100:
        return True
    return period is not None and bool(money or value >= 100 or period["hour"]) and value != 24


def _speaks_for_itself(
    match: re.Match[str], value: float, period: re.Match[str] | None, owner: Owner | None
) -> bool:
    """ "15/hr", "$38,400 a yr": nothing but an income is counted so."""
    if period is None:
        return False
    if period["hour"]:
        written = (
            match["currency"]
            or match["unit"]
            or "/" in (period["link"] or "")
            or ("." in match["number"])
        )
        return bool(written) and value != 24 and value < 1000
    if match["currency"] and owner is None and _PAYDAY.match(period.group().strip(" /")):
        return True
    full = value * 1000 if match["k"] else value
    return bool(period["year"]) and owner is None and full >= 10_000


def _bare_income(reading: Reading, owner: Owner, number: str, start: int, end: int) -> bool:
    """ "income 38400": a plain number directly beside the income word."""
    if _COUNTED.match(reading.text, end):
        return False
    if _YEAR.fullmatch(number):
        return False
    if not (len(number.split(".")[0]) >= 3 or number == "0" or "." in number):
        return False
    if owner.gap > 2 * WORD:
        return False
    return _plain_between(reading, owner, start, end) or owner.gap <= WORD + 1


def _plain_between(reading: Reading, owner: Owner, start: int, end: int) -> bool:
    first, last = reading.token_span(start, end)
    between = (
        reading.between(owner.cue.last, first)
        if owner.before
        else reading.between(last, owner.cue.first)
    )
    if not owner.before and not any(word in {"is", "was", "what"} for word in between):
        return False
    return all(
        word in _AROUND or word[0].isdigit() or word in {"k", "\ue000", "and", "or"}
        for word in between
    )


def _spelt(reading: Reading) -> Iterator[tuple[int, int]]:
    """ "makes fifty two thousand a year"."""
    for run in runs(reading):
        if not run.scaled:
            continue
        start, end = reading.starts[run.first], reading.ends[run.last - 1]
        owner = reading.owner(start, end, _REACH)
        if owner and owner.family in _SAID:
            yield start, end
