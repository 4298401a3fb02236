"""Payment cards: the number, its security code and its expiry date.

13 to 19 digits that pass the Luhn check and have a known issuer's prefix or a card word near; not
the long ids that systems print (error, trace, session ...), even where they pass the check.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from stdnum import luhn

from psl.privacy import kinds
from psl.privacy.cues import Family
from psl.privacy.reading import WORD, Reading
from psl.privacy.recognisers.base import Find, Recogniser

_GROUP = re.compile(r"\d+")
_CVV = re.compile(r"(?<![\w$])(?<!\d[-./:])\d{3,4}(?![\w]|[-./:,]\d|%)")
_EXPIRY = re.compile(
    r"(?<![\d$])(?<!\d[-./:])(?:0?[1-9]|1[0-2]) ?[-/] ?(?:20)?[2-4]\d(?!\d|[-/:]\d)"
)
_CODE_BEHIND = re.compile(r"[ ,/;|-]{1,3}(\d{3,4})(?![\w]|[-./:,]\d)")
_ISSUER = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"  # Visa
    r"|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|(?:6011|64[4-9]\d|65\d\d)\d{12,15}"  # Discover
    r"|3(?:0[0-5]|[689]\d)\d{11,16}"  # Diners
    r"|35(?:2[89]|[3-8]\d)\d{12,15}"  # JCB
    r"|62\d{14,17}"  # UnionPay
)
_USUAL_GROUPS = frozenset(
    {
        (4, 4, 4, 4),
        (4, 6, 5),
        (4, 6, 4),
        (4, 4, 4, 4, 3),
        (4, 4, 4, 1),
        (4, 4, 4, 3),
        (4, 4, 5),
        (8, 8),
        (4, 4, 8),
        (4, 12),
        (6, 10),
        (6, 4, 6),
    }
)
_REACH = {
    Family.CARD_SURE: (6 * WORD, 4 * WORD),
    Family.CARD: (6 * WORD, 4 * WORD),
    Family.ERROR: (3 * WORD, WORD),
    Family.TRACE: (3 * WORD, 2 * WORD),
    Family.IDENTIFIER: (3 * WORD, 2 * WORD),
}
_CARD_WORDS = frozenset({Family.CARD, Family.CARD_SURE, Family.CARD_EXTRA})


class CardRecogniser(Recogniser):
    """Card numbers, and beside them the security code and the expiry date."""

    kinds = (kinds.CARD,)

    def find(self, reading: Reading) -> Iterable[Find]:
        numbers = list(_numbers(reading))
        for start, end in [*numbers, *_security_codes(reading), *_expiries(reading, numbers)]:
            yield Find(kinds.CARD, start, end)


def _numbers(reading: Reading) -> Iterator[tuple[int, int]]:
    text = reading.text
    groups = [match.span() for match in _GROUP.finditer(text)]
    first = 0
    while first < len(groups):
        last = _card_from(reading, groups, first)
        if last is None:
            first += 1
        else:
            yield groups[first][0], groups[last][1]
            first = last + 1


def _card_from(reading: Reading, groups: list[tuple[int, int]], first: int) -> int | None:
    """The last group of the card number that begins with group ``first``, if one does."""
    text = reading.text
    start = groups[first][0]
    if start and (text[start - 1].isalpha() or text[start - 1] == "$"):
        glued_first, _ = reading.token_span(start, start + 1)
        if not any(cue.end == start for cue, _ in reading.before(glued_first, 0)):
            return None
    digits = ""
    sizes: tuple[int, ...] = ()
    previous_end = start
    for place in range(first, min(first + 19, len(groups))):
        begin, end = groups[place]
        joint = text[previous_end:begin]
        if joint and (len(joint) > 3 or joint.strip(" -.\n")):
            return None
        if len(digits) + end - begin > 19:
            return None
        digits += text[begin:end]
        sizes += (end - begin,)
        previous_end = end
        if len(digits) >= 13 and _is_card(reading, start, end, digits, sizes):
            return place
    return None


def _is_card(reading: Reading, start: int, end: int, digits: str, sizes: tuple[int, ...]) -> bool:
    whole = len(sizes) == 1 or sizes in _USUAL_GROUPS
    passes = luhn.is_valid(digits)
    if not whole and not passes:
        return False
    owner = reading.owner(start, end, _REACH)
    said = owner.family if owner else None
    if said in {Family.ERROR, Family.TRACE, Family.IDENTIFIER}:
        return False
    if said is Family.CARD_SURE and whole:
        return True  # a slip in a digit does not make it less of a card number
    known = whole and _ISSUER.fullmatch(digits) is not None
    if said is Family.CARD and known and owner is not None and owner.before and owner.gap <= 2:
        return True
    if not passes:
        return False
    if said is not None:
        return True
    return known


def _security_codes(reading: Reading) -> Iterator[tuple[int, int]]:
    """ "cvv 123"; "security code 123" if a card is spoken of."""
    reach = {Family.CARD_EXTRA: (2 * WORD, 2), Family.IDENTIFIER: (2 * WORD, 2)}
    for match in _CVV.finditer(reading.text):
        owner = reading.owner(*match.span(), reach)
        if owner and owner.family is Family.CARD_EXTRA:
            yield match.span()


def _expiries(reading: Reading, numbers: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    reach = {Family.EXPIRY: (2 * WORD, 2), Family.CARD_SURE: (2, 0)}
    for match in _EXPIRY.finditer(reading.text):
        start, end = match.span()
        first, _ = reading.token_span(start, end)
        beside_number = any(0 <= start - number_end <= 24 for _, number_end in numbers)
        owner = reading.owner(start, end, reach)
        spoken = any(
            cue.families & _CARD_WORDS and Family.IMMIGRATION not in cue.families
            for cue, _ in reading.before(first, 8 * WORD)
        )
        if beside_number or (owner is not None and spoken):
            yield start, end
            if beside_number and (code := _CODE_BEHIND.match(reading.text, end)):
                yield code.span(1)
