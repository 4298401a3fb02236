"""Our ticket numbers, and error codes.

Our ticket numbers carry a check digit (see ``psl.numbers``), which tells them from those
that PSL gives out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stdnum import damm

from psl.details.bags import bag
from psl.details.candidate import Candidate
from psl.details.numbers import COUNTED, Number, number_reading
from psl.details.words import Words

_NO_CODE_WORDS = bag(
    """
    on in at for when with the to my and of after over since all both only a an is it says said
    case app page when where then from by as or so but if this that each every me us her his our
    we i you he she was are be not no yes ok about like some any via per also plus with first
    last next again both two three got get gets
    """
)
_HTTP_WORDS = bag(
    """
    error errors page forbidden not internal bad service gateway unauthorized unavailable
    timeout server code
    """
)
_HTTP_BEFORE = bag(
    """
    getting get gets got gives gave giving throws threw shows showing showed shown a an with
    returns returned says said an see seeing sees saw error
    """
)
_TICKET_DIGITS = 8


def damm_valid(digits: str) -> bool:
    """Whether eight digits are a ticket number of ours."""
    return len(digits) == _TICKET_DIGITS and digits.isascii() and damm.is_valid(digits)


def ticket_value(digits: str) -> str:
    """Our ticket number as people see it, T-1234-5678."""
    return f"T-{digits[:4]}-{digits[4:]}"


def read_tickets(words: Words, numbers: Sequence[Number]) -> Iterator[Candidate]:
    """Our ticket numbers in the form with the letter T, however it was typed."""
    for place, number in enumerate(numbers):
        i, digits, j = number.i, "", number.j
        if number.plain and words.norm(i - 1) == "t" and not words.glued(i - 2):
            digits, i = number.code, i - 1
        elif number.plain and words.norm(i - 1) == "-" and words.norm(i - 2) == "t":
            digits, i = number.code, i - 2
        elif not number.plain and number.code[0] == "T":
            digits = number.code[1:].replace("-", "").replace("_", "")
        if len(digits) == 4 and place + 1 < len(numbers):
            after = numbers[place + 1]
            if after.plain and after.i - j <= 1 and words.norm(j) in ("-", words.norm(after.i)):
                digits, j = digits + after.code, after.j
        if len(digits) == _TICKET_DIGITS and digits.isdecimal():
            yield number_reading(
                words, "ticket_number", ticket_value(digits), i, j, "ticket_number"
            )


def is_http(words: Words, number: Number) -> bool:
    """Whether three digits are an HTTP status: "a 404", "500 error"."""
    if number.code[0] not in "45" or words.norm(number.j) in COUNTED - {"errors"}:
        return False
    if words.norm(number.j) == "not":
        return words.norm(number.j + 1) == "found"
    return words.norm(number.j) in _HTTP_WORDS or words.norm(number.i - 1) in _HTTP_BEFORE


def is_error_code(words: Words, number: Number) -> bool:
    """KY-5021, ERR_2041, ky5021, E-1077; but not T-1234-5678, W-2, 1095-A, I-551."""
    code = number.code
    head = code.split("-")[0].split("_")[0]
    letters = "".join(c for c in head if c.isalpha())
    digits = "".join(c for c in code[len(letters) :] if c.isdigit())
    if code.startswith("0X") or code.startswith("0x"):
        return True
    if not letters or not head.startswith(letters) or not digits:
        return False
    joined = "-" in code or "_" in code
    if len(letters) == 1:
        return joined and letters not in "TI" and 3 <= len(digits) <= 5
    if joined:
        return len(digits) <= 6
    return len(letters) <= 5 and 2 <= len(digits) <= 5


def read_spaced_codes(words: Words, numbers: Sequence[Number]) -> Iterator[Candidate]:
    """Error codes written with a space, "error ridp 102", and those without digits, ERR_TIMEOUT."""
    for number in numbers:
        i = number.i
        if number.plain and not number.idle and words.norm(i - 2) in ("error", "code"):
            letters = words.raw(i - 1)
            fits = letters.isascii() and letters.isalpha() and 2 <= len(letters) <= 6
            named = words.norm(i - 1) in _NO_CODE_WORDS or words.norm(i - 1) in (
                "number",
                "code",
                "message",
                "id",
                "num",
            )
            counted = words.norm(number.j) in COUNTED
            if fits and not named and not counted and 2 <= len(number.code) <= 6:
                value = f"{letters.upper()} {number.code}"
                yield number_reading(words, "error", value, i - 1, number.j, "error_said", i - 2)
    i = 0
    while i < len(words) - 2:
        j = i + 1
        while (
            words.glued(j - 1) and words.norm(j) == "_" and words.glued(j) and words.is_word(j + 1)
        ):
            j += 2
        if j > i + 1 and words.text[words.starts[i] : words.ends[j - 1]].isupper():
            value = words.text[words.starts[i] : words.ends[j - 1]]
            if not value[0].isdigit() and not words.norm(j).isdecimal():
                yield number_reading(words, "error", value, i, j, "error")
        i = j
