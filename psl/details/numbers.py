"""Numbers and codes as they are written: "118-204-377", "KY-5021", "case118204377".

What a number is, is said in ``labels``; here is only where it stands and how it is normalised.
"""

from __future__ import annotations

from dataclasses import dataclass

from psl.details.bags import bag
from psl.details.candidate import RANKS, Candidate, lead_of
from psl.details.contact import PHONE, urls
from psl.details.words import Words

# The norm of a label's single word -> its kind, for what is written together ("app20117745").
GLUED_LABELS = {
    "case": "case_number",
    "cs": "case_number",
    "caseno": "case_number",
    "app": "application_number",
    "appid": "application_number",
    "application": "application_number",
    "doi": "doi_number",
    "npn": "npn",
    "zip": "zip",
    "ref": "psl_number",
    "reference": "psl_number",
    "psl": "psl_number",
    "ticket": "ticket",
    "error": "error",
    "err": "error",
    "code": "error",
    "http": "error",
}

# What is counted, timed or dated is no identifier.
COUNTED = bag(
    """
    members member people person persons kids kid children child adults adult dependents
    dependent clients client applicants applicant times time x browsers browser days day weeks
    week months month years year yrs yo hours hour hrs hr minutes minute mins min seconds sec
    secs am pm tabs plans plan tries attempts agents referrals boys girls boy girl teens
    teenagers percent % st nd rd th k of issues problems things errors computers devices phones
    screens pages tickets cases apps
    """
)
_UNITS = bag("am pm st nd rd th x k min mins hr hrs sec secs days day yo yr yrs mos mo wks")
_JOINERS = "-_"
_PREFIX_WORDS = bag(
    """
    of am pm p to in on at the and for is by or as w with x about my no a an i it jan feb mar
    apr may jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri sat sun win
    windows mac ios chrome edge firefox safari ie opera brave version v ver line step section
    page screen level room suite ste apt ext unit box form covid formula plan member members
    client agent sep oe aged age
    """
)


@dataclass(frozen=True, slots=True)
class Number:
    """Words ``i`` up to ``j`` that make one number or code.

    ``code`` is the normalised form; ``plain`` says that it is digits only; ``label`` is the kind
    that a word glued to its front, at ``front``, gives it; an ``idle`` one is a quantity, a price
    or the like.
    """

    i: int
    j: int
    code: str
    plain: bool
    label: str | None = None
    idle: bool = False
    front: int | None = None


def find_numbers(words: Words) -> list[Number]:
    """All numbers and codes of the message; ``idle`` ones are quantities, prices, parts of dates."""
    phones = {words.at(m.start()): words.at(m.end()) for m in PHONE.finditer(words.text)}
    web = urls(words.text)
    found: list[Number] = []
    at = 0
    while at < len(words):
        if at in phones:
            i, j = at, phones[at]
            digits = "".join(
                c for c in words.text[words.starts[i] : words.ends[j - 1]] if c.isdigit()
            )
            found.append(Number(i, j, digits, True))
            at = j
        elif words.is_digits(at):
            number = _number_at(words, at, found[-1].j if found else 0)
            while web and web[0][1] <= words.starts[number.i]:
                web.pop(0)
            if not (web and web[0][0] <= words.starts[number.i]):
                found.append(number)
            at = number.j
        else:
            at += 1
    return found


def _number_at(words: Words, at: int, free: int) -> Number:
    i, j, plain, idle = at, at + 1, True, False
    label: str | None = None
    label_at: int | None = None
    # what is glued to the front: a label, or the letters of a code
    front = at - 1
    if front >= free and words.glued(front) and words.norm(front) in ("-", "_", "#"):
        joined = front - 1 >= free and words.glued(front - 1) and words.norm(front) in _JOINERS
        front = front - 1 if joined else -1
    elif not (front >= free and words.glued(front)):
        front = -1
    if front >= 0 and words.is_word(front):
        prefix = words.raw(front).lower()
        joined = front < at - 1
        if prefix in GLUED_LABELS and not (joined and GLUED_LABELS[prefix] == "error"):
            label, label_at = GLUED_LABELS[prefix], front
        elif prefix in _PREFIX_WORDS and joined:
            label_at = front
        elif prefix not in _PREFIX_WORDS and len(prefix) <= 8 and prefix.isascii():
            i, plain = front, False
            # "ERR_TMO_12": the words before belong to the code as well
            while i - 2 >= free and words.norm(i - 1) == "_" and words.glued(i - 2):
                i -= 2
    while words.glued(j - 1) and j < len(words):
        mark = words.norm(j)
        if mark in _JOINERS and j + 1 < len(words) and words.glued(j):
            after = words.norm(j + 1)
            if words.is_digits(j + 1) or (not plain and len(after) <= 8 and words.is_word(j + 1)):
                j += 2
                continue
            if words.is_word(j + 1) and len(after) == 1:
                j, plain = j + 2, False
                continue
            idle = idle or words.is_word(j + 1)
            break
        if words.is_digits(j):
            j += 1
        elif words.is_word(j):
            digit_follows = words.glued(j) and words.is_digits(j + 1)
            if mark in _UNITS and not digit_follows:
                idle = idle or plain
                break
            if len(mark) > 3 and plain:
                break
            j, plain = j + 1, False
        elif mark in ".," and words.glued(j) and words.is_digits(j + 1):
            short = len(words.norm(j + 1)) <= 3 and len(words.norm(j - 1)) <= 3
            if not short:
                break
            j, idle = j + 2, True
        else:
            break
    before = words.norm(i - 1) if i else ""
    if before == "$" or words.norm(j) in ("%", "$"):
        idle = True
    written = words.text[words.starts[i] : words.ends[j - 1]]
    code = "".join(c for c in written if c.isdigit()) if plain else _code(written)
    return Number(i, j, code, plain, label, idle, label_at)


def _code(written: str) -> str:
    return written if written.lower().startswith("0x") else written.upper()


def number_reading(
    words: Words, kind: str, value: str, i: int, j: int, rank: str, lead: int | None = None
) -> Candidate:
    """A reading of the words ``i`` up to ``j`` as a number."""
    start, end = words.span(i, j)
    lead = lead_of(words, i if lead is None else lead)
    return Candidate(kind, value, i, j, start, end, RANKS[rank], lead)


def looks_like_phone(words: Words, number: Number) -> bool:
    """Whether a number is written as telephone numbers are."""
    written = words.text[words.starts[number.i] : words.ends[number.j - 1]]
    return bool(PHONE.fullmatch(written))
