"""Dates of birth, in every form agents write them; dates of events stay.

A date goes if the nearest cue says birth, or if it is a full date before 2013 that no event cue
claims: kynect opened in October 2013, so no case has an older date but a birth.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from psl.privacy import kinds
from psl.privacy.cues import TEENS, TENS, UNITS, Family, words
from psl.privacy.reading import WORD, Reading
from psl.privacy.recognisers.base import Find, Recogniser

_MONTH = (
    r"(?:jan(?:uary|uar)?|feb(?:ruary|uary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|"
    r"aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DAY = r"(?:3[01]|[12]\d|0?[1-9])"
_MONTH_NUMBER = r"(?:1[0-2]|0?[1-9])"
_YEAR4 = r"(?:19|20)\d\d"
_YEAR = rf"(?:{_YEAR4}|'?\d\d)"
_TH = r"(?:st|nd|rd|th)?"
_J = r"(?: ?[-./\\|] ?| )"  # what joins the numbers of a date
_START = r"(?<![\d$])(?<!\d[-./:])"
_STOP = r"(?!\d|[-/.:]\d)"
_WORD_START = r"(?<![^\W\d_])"

_FULL = re.compile(
    # 3/14/1979, 3.14.79, 14-3-1979, 3 14 1979
    rf"{_START}(?:{_MONTH_NUMBER}(?P<j>{_J}){_DAY}|{_DAY}(?P<k>{_J}){_MONTH_NUMBER})"
    rf"(?:(?P=j)|(?P=k))(?P<y1>{_YEAR4}|\d\d){_STOP}"
    # 1979-03-14
    rf"|{_START}(?P<y2>{_YEAR4}){_J}{_MONTH_NUMBER}{_J}{_DAY}{_STOP}"
    # march 14th, 1979; mar-14-79
    rf"|{_WORD_START}{_MONTH}\.?,?[ -]{{0,2}}(?:the )?{_DAY}{_TH}(?: ?, ?|[ -]{{1,2}}| of )"
    rf"(?P<y3>{_YEAR})(?!\d|[-/:]\d)"
    # 14 march 1979; 14th of mar, 79; 14mar1979
    rf"|(?<![\d$]){_DAY}{_TH}(?:[ -]{{0,2}}| of | day of ){_MONTH}\.?[, -]{{0,3}}"
    rf"(?P<y4>{_YEAR})(?!\d|[-/:]\d)"
)
_BIRTH_YEAR = r"(?:19\d\d|20[01]\d)"
_PARTIAL = re.compile(
    rf"{_START}{_MONTH_NUMBER}[-/]{_DAY}{_STOP}"  # 3/14
    rf"|{_WORD_START}{_MONTH}\.? ?(?:the )?{_DAY}{_TH}(?!\w|[-/:]\d)"  # march 14th
    rf"|(?<![\d$]){_DAY}{_TH}(?: | of |-){_MONTH}(?![^\W\d_])"  # 14th of march
    rf"|{_START}{_MONTH_NUMBER}[-/]{_BIRTH_YEAR}{_STOP}"  # 3/1979
    rf"|{_WORD_START}{_MONTH}\.?,? (?:of )?{_BIRTH_YEAR}(?!\d|[-/:]\d)"  # march of 1979
)
_SOLID = re.compile(r"(?<![\w$-])(?<!\d[.,/])\d{8}(?![\w-])|(?<![\w$-])(?<!\d[.,/])\d{6}(?![\w-])")
_BARE_YEAR = re.compile(
    r"(?<![\d$])(?<!\d[-./:,])(?:19[2-9]\d|20[0-2]\d)(?!\d|[-/:.,]\d|%)|(?<!\w)'\d\d(?!\w)"
)
_TURNED = re.compile(
    rf"\b(?:turn(?:s|ed|ing)?|be) (?:1?\d\d|\d)(?: (?:yo|years? old|yrs? old|yrs?))?"
    rf"(?: (?:back|again|last week|last month|yesterday|today|this year|next year))?"
    rf"(?: on| in|,)?(?: the)? "
    rf"(?P<date>{_MONTH_NUMBER}[-/.]{_DAY}(?:[-/.](?:{_YEAR4}|\d\d))?(?!\d)"
    rf"|{_MONTH}\.? {_DAY}{_TH}(?:,? {_YEAR4})?(?!\d)"
    rf"|{_DAY}{_TH}(?: of)? {_MONTH}(?![a-z])(?:,? {_YEAR4})?)"
)
_MONTH_WORD = re.compile(rf"{_MONTH}")
_ORDINALS = words(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth"
)
_DATE_WORDS = (
    UNITS | TEENS | TENS | _ORDINALS | {"hundred", "thousand", "and", "the", "of", ",", "-"}
)
_FIRST_YEAR_OF_KYNECT = 2013

_NEAR = {
    Family.BIRTH: (8 * WORD, 4 * WORD),
    Family.EVENT: (4 * WORD, 3 * WORD),
    Family.EXPIRY: (4 * WORD, WORD),
    Family.VERSION: (WORD, 0),
    Family.ERROR: (WORD, 0),
}
_CLOSE = {
    Family.BIRTH: (2 * WORD, 2 * WORD),
    Family.EVENT: (2 * WORD, 2 * WORD),
    Family.ERROR: (WORD, 0),
    Family.IDENTIFIER: (2 * WORD, WORD),
    Family.CODE: (WORD, WORD),
}
_TOUCHING = {
    Family.BIRTH: (WORD + 1, 2),
    Family.IDENTIFIER: (WORD, 2),
    Family.EVENT: (WORD, 2),
    Family.CODE: (WORD, WORD),
}
_ANY_EVENT = {
    Family.BIRTH: (12 * WORD, 8 * WORD),
    Family.EVENT: (8 * WORD, 5 * WORD),
    Family.EXPIRY: (8 * WORD, 3 * WORD),
    Family.VERSION: (3 * WORD, WORD),
    Family.ERROR: (3 * WORD, WORD),
    Family.IDENTIFIER: (2, 2),
}


class BirthDateRecogniser(Recogniser):
    """Dates that a birth cue owns, and dates too old to be an event."""

    kinds = (kinds.BIRTH_DATE,)

    def find(self, reading: Reading) -> Iterable[Find]:
        taken: list[tuple[int, int]] = []
        for start, end in _dates(reading):
            taken.append((start, end))
            yield Find(kinds.BIRTH_DATE, start, end)


def _born(reading: Reading, start: int, end: int, reach: dict[Family, tuple[int, int]]) -> bool:
    owner = reading.owner(start, end, reach)
    return owner is not None and owner.family is Family.BIRTH


def _dates(reading: Reading) -> Iterator[tuple[int, int]]:
    text = reading.text
    full = [match for match in _FULL.finditer(text) if not reading.is_reserved(*match.span())]
    for match in full:
        start, end = match.span()
        if _born(reading, start, end, _NEAR) or (
            _is_old(match) and not _claimed(reading, start, end)
        ):
            yield start, end
    for match in _TURNED.finditer(text):
        yield match.span("date")
    inside = {place for match in full for place in range(*match.span())}
    for pattern, reach in ((_PARTIAL, _CLOSE), (_SOLID, _CLOSE), (_BARE_YEAR, _TOUCHING)):
        for match in pattern.finditer(text):
            start, end = match.span()
            if start in inside or reading.is_reserved(start, end):
                continue
            if pattern is _SOLID and not _solid_date(match.group()):
                continue
            if _born(reading, start, end, reach):
                yield start, end
    yield from _spelt_dates(reading)


def _is_old(match: re.Match[str]) -> bool:
    year = next((value for value in match.group("y1", "y2", "y3", "y4") if value), "")
    if len(year) == 4:
        separator = match.group("j") or match.group("k") or ""
        return int(year) < _FIRST_YEAR_OF_KYNECT and separator != " "
    return (match.group("j") or "").strip() == "/" and int(year.strip("'") or 0) > 30


def _claimed(reading: Reading, start: int, end: int) -> bool:
    owner = reading.owner(start, end, _ANY_EVENT)
    return owner is not None and owner.family is not Family.BIRTH


def _solid_date(digits: str) -> bool:
    def valid(month: str, day: str) -> bool:
        return 1 <= int(month) <= 12 and 1 <= int(day) <= 31

    if len(digits) == 6:
        return (
            valid(digits[:2], digits[2:4])
            or valid(digits[2:4], digits[:2])
            or valid(digits[2:4], digits[4:])
        )
    if digits[4:6] in {"19", "20"}:
        return valid(digits[:2], digits[2:4]) or valid(digits[2:4], digits[:2])
    return digits[:2] in {"19", "20"} and valid(digits[4:6], digits[6:])


def _spelt_dates(reading: Reading) -> Iterator[tuple[int, int]]:
    """ "march fourteenth nineteen seventy nine", beside a birth cue."""
    words = reading.words
    index = 0
    while index < len(words):
        begin = index
        index += 1
        if not _MONTH_WORD.fullmatch(words[begin]):
            continue
        last = begin
        while index < len(words) and words[index] in _DATE_WORDS:
            if words[index].isalpha() and words[index] not in {"and", "the", "of"}:
                last = index
            index += 1
        if last > begin:
            start, end = reading.starts[begin], reading.ends[last]
            if _born(reading, start, end, _NEAR):
                yield start, end
