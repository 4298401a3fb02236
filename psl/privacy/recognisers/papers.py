"""Bank accounts, driver's licences and immigration papers: numbers that a word beside them names.

An agent's own licence is not a driver's licence: the DOI number stays (the ticket needs it, GUIDE).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from psl.privacy import kinds
from psl.privacy.cues import Family, words
from psl.privacy.reading import WORD, Reading
from psl.privacy.recognisers.base import Find, Recogniser

_RIVALS = {
    Family.IDENTIFIER: (2 * WORD, WORD),
    Family.PHONE: (WORD, WORD),
    Family.ERROR: (2 * WORD, 2),
    Family.TRACE: (2 * WORD, 2),
    Family.PLACE: (2 * WORD, WORD),
    Family.SSN: (3 * WORD, 2),
    Family.BIRTH: (2 * WORD, 2),
    Family.EVENT: (WORD, 0),
}

_BANK_VALUE = re.compile(
    r"(?<![\w$])(?<!\d[-./:,])(?:\d{5,17}|\d{2,6}(?:[ -]\d{2,6}){1,4})(?![\w%]|[-./:,]\d)"
    r"|(?<![\w$])[a-z]{2}\d{2}[ ]?(?:[a-z0-9]{4}[ ]?){3,7}[a-z0-9]{0,4}(?!\w)"
)
_BANK_REACH = {
    Family.BANK: (4 * WORD, 2 * WORD),
    Family.BANK_WEAK: (WORD, 2),
    Family.CARD_SURE: (2 * WORD, 2),
    Family.LICENCE: (2 * WORD, 2),
    Family.INCOME: (2 * WORD, 2),
    Family.COST: (2, 2),
    **_RIVALS,
}

_LICENCE_VALUE = re.compile(
    r"(?<![\w$])(?<!\d[-./:,])"
    r"(?:[a-z]{1,3}-?|[b-hj-z] )?(?:\d{5,14}|\d{2,4}(?:[ -]\d{2,4}){1,4})[a-z]?(?![\w%]|[-./:,]\d)"
)
_KENTUCKY_LICENCE = re.compile(r"(?<!\w)[a-z]\d{2}[- ]?\d{3}[- ]?\d{3}(?!\w|[-]\d)")
_LICENCE_REACH = {
    Family.LICENCE: (4 * WORD, 2 * WORD),
    Family.BANK: (2 * WORD, 2),
    Family.IMMIGRATION: (2 * WORD, 2),
    Family.PASSPORT: (2 * WORD, 2),
    **_RIVALS,
}
_WEAK_LICENCE_REACH = {
    Family.LICENCE_WEAK: (2 * WORD, WORD),
    Family.LICENCE: (4 * WORD, 2 * WORD),
    **_RIVALS,
}

#: A and eight or nine digits, as on every green card.
_A_NUMBER = re.compile(
    r"(?<!\w)a(?:# ?|-|)(?:\d{8,9}|\d{2,3}[- ]\d{3}[- ]\d{3})(?!\w|-\d)"
    r"|(?<!\w)a \d{3}-\d{3}-\d{3}(?!\w|-\d)"
)
_RECEIPT = re.compile(
    r"(?<!\w)(?P<office>[a-z]{3})[- ]?\d{10}(?!\w)"
    r"|(?<!\w)(?P<split>[a-z]{3})[- ]\d{2}[- ]\d{3}[- ]\d{5}(?!\w)"
)
_OFFICES = words("eac wac lin src msc ioe nbc ysc vsc csc tsc nsc mct")
_PAPER_VALUE = re.compile(
    r"(?<![\w$])(?<!\d[-./:,])(?:[a-z]{1,3}-?|[b-hj-z] )?"
    r"(?:\d{6,13}[a-z]?\d?|\d{2,4}(?:[ -]\d{2,5}){1,3})(?![\w%]|[-./:,]\d)"
)
_PAPER_REACH = {
    Family.IMMIGRATION: (4 * WORD, 2 * WORD),
    Family.PASSPORT: (4 * WORD, 2 * WORD),
    Family.I94: (4 * WORD, 2 * WORD),
    Family.CARD_SURE: (2 * WORD, 2),
    Family.BANK: (2 * WORD, 2),
    Family.LICENCE: (2 * WORD, 2),
    **_RIVALS,
}
_PAPERS = frozenset({Family.IMMIGRATION, Family.PASSPORT, Family.I94})
_DATE_SHAPE = re.compile(
    r"\d{1,2}[- ]\d{1,2}[- ](?:\d{4}|\d{2})|(?:19|20)\d\d[- ]\d{1,2}[- ]\d{1,2}|(?:19|20)\d\d"
)
_YEARS = re.compile(r"(?:19|20)\d\d[- ](?:19|20)?\d\d")


class PapersRecogniser(Recogniser):
    """Numbers of accounts and papers that only the words beside them give away."""

    kinds = (kinds.BANK_ACCOUNT, kinds.DRIVERS_LICENCE, kinds.IMMIGRATION_NUMBER)

    def find(self, reading: Reading) -> Iterable[Find]:
        for start, end in _bank(reading):
            yield Find(kinds.BANK_ACCOUNT, start, end)
        for start, end in _licence(reading):
            yield Find(kinds.DRIVERS_LICENCE, start, end)
        for start, end in _immigration(reading):
            yield Find(kinds.IMMIGRATION_NUMBER, start, end)


def _values(reading: Reading, pattern: re.Pattern[str], digits: int) -> Iterator[tuple[int, int]]:
    for match in pattern.finditer(reading.text):
        value = match.group()
        if sum(character.isdigit() for character in value) < digits:
            continue
        if _DATE_SHAPE.fullmatch(value) or _YEARS.fullmatch(value):
            continue
        if reading.is_reserved(*match.span()):
            continue
        yield match.span()


def _bank(reading: Reading) -> Iterator[tuple[int, int]]:
    for start, end in _values(reading, _BANK_VALUE, 5):
        owner = reading.owner(start, end, _BANK_REACH)
        if owner is None:
            continue
        if owner.family is Family.BANK:
            yield start, end
        elif owner.family is Family.BANK_WEAK:
            numbered = len(owner.cue.words) > 1 or owner.cue.words[0].endswith(("no", "number"))
            size = sum(character.isdigit() for character in reading.text[start:end])
            # "my account 8595550173" is a telephone number; "acct 20117745" is an account.
            banking = any(
                Family.BANK in cue.families
                for cue, _ in [
                    *reading.before(owner.cue.first, 8 * WORD),
                    *reading.after(reading.token_span(start, end)[1], 4 * WORD),
                ]
            )
            if size >= 6 if numbered or banking else size >= 7 and size != 10 and owner.gap <= 2:
                yield start, end


def _licence(reading: Reading) -> Iterator[tuple[int, int]]:
    for start, end in _values(reading, _LICENCE_VALUE, 5):
        owner = reading.owner(start, end, _LICENCE_REACH)
        if owner and owner.family is Family.LICENCE:
            yield start, end
    for match in _KENTUCKY_LICENCE.finditer(reading.text):
        owner = reading.owner(*match.span(), _WEAK_LICENCE_REACH)
        if owner and owner.family in {Family.LICENCE, Family.LICENCE_WEAK}:
            yield match.span()


def _immigration(reading: Reading) -> Iterator[tuple[int, int]]:
    text = reading.text
    for match in _A_NUMBER.finditer(text):
        first, _ = reading.token_span(*match.span())
        if not any(
            gap <= 2 and Family.IDENTIFIER in cue.families for cue, gap in reading.before(first, 2)
        ):
            yield match.span()
    for match in _RECEIPT.finditer(text):
        office = match.group("office") or match.group("split")
        owner = reading.owner(*match.span(), _PAPER_REACH)
        if office in _OFFICES or (owner and owner.family in _PAPERS):
            yield match.span()
    for start, end in _values(reading, _PAPER_VALUE, 6):
        owner = reading.owner(start, end, _PAPER_REACH)
        if owner and owner.family in _PAPERS:
            yield start, end
