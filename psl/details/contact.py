"""E-mail addresses, phone numbers and web addresses: shapes that say themselves what they are."""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers

from psl.details.candidate import Candidate, spanned
from psl.details.words import Words

_BEFORE_AT = re.compile(r"[\w.+'-]+\Z")
_AFTER_AT = re.compile(r"[\w-]+(?:\.[\w-]+)+")
_LOCAL_LIMIT = 64
_DOMAIN_LIMIT = 253
PHONE = re.compile(
    r"(?<![\w/#-])(?:\+?1[ .-]?)?(?:\(\d{3}\) ?-?|\d{3}[ .-]) ?\d{3}[ .-]\d{4}(?![\w-])"
)
_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
TEN_DIGITS = 10


def urls(text: str) -> list[tuple[int, int]]:
    """Where web addresses stand; digits in them are no numbers of ours."""
    return [found.span() for found in _URL.finditer(text)]


def emails(words: Words) -> Iterator[Candidate]:
    """E-mail addresses."""
    text = words.text
    at = text.find("@")
    while at >= 0:
        local = _BEFORE_AT.search(text[max(0, at - _LOCAL_LIMIT) : at])
        domain = _AFTER_AT.match(text[at + 1 : at + 1 + _DOMAIN_LIMIT])
        if local and domain:
            start = at - len(local.group().lstrip(".'-"))
            end = at + 1 + len(domain.group())
            if start < at:
                yield spanned(words, "email", text[start:end].lower(), start, end)
        at = text.find("@", at + 1)


def phone_value(digits: str) -> str | None:
    """Ten digits (with or without a leading 1) as a phone number of the United States."""
    national = digits[1:] if len(digits) == TEN_DIGITS + 1 and digits[0] == "1" else digits
    if len(national) != TEN_DIGITS:
        return None
    try:
        number = phonenumbers.parse(national, "US")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return f"{national[:3]}-{national[3:6]}-{national[6:]}"


def sure_phone(digits: str) -> bool:
    """Whether bare digits are a number that a phone company could have given out."""
    value = phone_value(digits)
    return value is not None and phonenumbers.is_valid_number(phonenumbers.parse(value, "US"))
