"""Text that leaves the conversation: logs, lists, notices, web addresses.

Source: this product's rule under 45 CFR 155.260. Case and application numbers are identifying: they
are full where the work needs them, and cut to the last four everywhere else. E-mails and phones
stay in a ticket but never reach a log. Plain regular expressions: the logger must not import a
language library.
"""

from __future__ import annotations

import re
from typing import Final

_CUE: Final = (
    r"(?<![^\W_])(?:cases?|applications?|applicaton|aplication|apps?|appl)"
    r"(?:[\s_-]{0,2}(?:numbers?|num|nbr|nos?|ids?|#s?)(?![^\W_]))?"
)
_NUMBER: Final = r"(?=[a-z-]{0,6}\d)[a-z]{0,4}-?\d(?:-?[a-z\d]){4,15}"
_LINK: Final = (
    r"(?:[\s:=#'\"().,>_-]{0,6}(?:(?:is|are|was|number|no|id)(?![^\W_])[\s:=#'\"_-]{1,4}){0,2})"
)
_CUED = re.compile(rf"({_CUE}{_LINK})({_NUMBER})(?![\w])", re.IGNORECASE)
_NEXT = re.compile(rf"(\s{{0,2}}(?:,|&|/|and|or|\n)\s{{0,2}})({_NUMBER})(?![\w])", re.IGNORECASE)
_REVERSED = re.compile(
    rf"(?<![\w-])({_NUMBER})(\s{{0,2}}(?:is|was|=|-|\()\s{{0,2}}(?:(?:the|my|his|her|their|our|a)\s)?"
    r"(?:case|application|app)(?![^\W_]))",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+%'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
_PHONE = re.compile(
    r"(?<![\w$])(?<!\d[-.])(?:\+\d{1,3}[-. ]{0,2}|1[-. ]{1,2})?"
    r"(?:\(\d{3}\)[-. ]{0,3}|\d{3}(?: ?[-./] ?| )?)\d{3}(?: ?[-.] ?| )?\d{4}(?![\w]|-\d)"
    r"|(?<![\w$])1\d{10}(?!\w)"
    r"|(?<!\w)\+\d(?:[ .()-]{0,2}\d){7,14}(?!\w)"
    r"|(?<![\w$-])\d{3}-\d{4}(?![\w-])"
)
_SSN = re.compile(r"(?<!\d)\d{3}([-. /\u2010-\u2015])\d{2}\1\d{4}(?!\d)")
_NINE = re.compile(r"(?<![\w$.])\d{9}(?![\w])")
_KEEP = "…"


def last_four(number: str) -> str:
    """A case or application number as lists and notices show it: "…4377"."""
    return _KEEP + number[-4:] if len(number) > 4 else number


def mask_identifiers(text: str) -> str:
    """``text`` with case and application numbers cut to the last four."""
    out: list[str] = []
    place = 0
    while match := _CUED.search(text, place):
        out += (text[place : match.start()], match[1], last_four(match[2]))
        place = match.end()
        while further := _NEXT.match(text, place):
            if sum(character.isdigit() for character in further[2]) < 5:
                break
            out += (further[1], last_four(further[2]))
            place = further.end()
    out.append(text[place:])
    return _REVERSED.sub(lambda match: last_four(match[1]) + match[2], "".join(out))


def redact_for_log(text: str) -> str:
    """``text`` as a log may have it: no e-mail, no phone, case numbers cut to the last four.

    A second line of defence only: messages are masked long before they could be logged.
    """
    text = _EMAIL.sub("[e-mail]", text)
    text = _SSN.sub("[SSN removed]", text)
    text = mask_identifiers(text)
    text = _PHONE.sub("[phone]", text)
    return _NINE.sub("[9-digit number removed]", text)
