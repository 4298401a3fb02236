"""The identifiers of a message, and the numbers that nothing explains."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from psl.details.candidate import Candidate
from psl.details.codes import damm_valid, is_error_code, is_http, ticket_value
from psl.details.contact import phone_value, sure_phone
from psl.details.labels import BARE, MOST, find_labels, is_year
from psl.details.numbers import COUNTED, Number, looks_like_phone, number_reading
from psl.details.words import Words

_TAX_FORMS = frozenset({"1095", "8962", "1040", "1099"})
_KENTUCKY = frozenset({"ky", "kentucky"})


def read_numbers(words: Words, found: Sequence[Number]) -> Iterator[Candidate]:
    """What each number is by the words around it."""
    numbers = list(found)
    kinds, leads = find_labels(words, numbers)
    done: set[int] = set()
    for at, number in enumerate(numbers):
        if at in done:
            continue
        kind, j, code = kinds.get(at), number.j, number.code
        if kind is not None and number.plain:
            for more in range(at + 1, len(numbers)):
                group = numbers[more]
                if not _continues(words, code, j, group, kinds.get(more)):
                    break
                code, j = code + group.code, group.j
                done.add(more)
        lead = leads.get(at, number.i)
        reading = (
            _as(words, kind, code, number, j, lead)
            if kind is not None
            else _unlabelled(words, number)
        )
        if reading is not None:
            yield reading


def _continues(words: Words, code: str, j: int, group: Number, kind: str | None) -> bool:
    """Whether a number goes on after a space: "118 204 377"."""
    return (
        kind is None
        and group.plain
        and not group.idle
        and group.i == j
        and 3 <= len(group.code) <= 4
        and 2 <= len(code) <= MOST - len(group.code)
        and len(code) % 10 != 9
        and words.norm(group.j) not in COUNTED
    )


def _as(words: Words, kind: str, code: str, number: Number, j: int, lead: int) -> Candidate | None:
    value: str | None = code
    rank, i = "labelled", number.i
    if kind == "case_number" and _opened_by_psl(words, j):
        kind = "psl_number"
    if kind == "phone":
        value = phone_value(code) or (f"{code[:3]}-{code[3:]}" if len(code) == 7 else None)
    elif kind == "zip":
        value = code if len(code) == 5 else f"{code[:5]}-{code[5:]}"
    elif kind == "ticket":
        ours = number.plain and damm_valid(code)
        kind, value = ("ticket_number", ticket_value(code)) if ours else ("psl_number", code)
    elif kind == "psl_number" and looks_like_phone(words, number) and sure_phone(code):
        kind, value = "phone", phone_value(code)
    elif kind == "error":
        rank = "error_said"
        if words.norm(i - 1) == "http":
            i, value = i - 1, f"HTTP {code}"
    return None if value is None else number_reading(words, kind, value, i, j, rank, lead)


def _opened_by_psl(words: Words, j: int) -> bool:
    """Whether PSL's own case is meant: "case 0091 that psl opened"."""
    j += words.norm(j) in ("that", "which")
    told = words.norm(j) in ("psl", "they") or words.norms[j : j + 2] == ["the", "rep"]
    return told and bool({"opened", "created", "made", "gave"} & set(words.norms[j + 1 : j + 5]))


def _unlabelled(words: Words, number: Number) -> Candidate | None:
    """A number that nothing explains: a phone or an error code by its shape, else just a number."""
    i, j, code = number.i, number.j, number.code
    if number.idle or number.label:
        return None
    if not number.plain:
        if is_error_code(words, number):
            return number_reading(words, "error", code, i, j, "error")
        letters = sum(c.isalpha() for c in code)
        if letters <= 3 and len(code) - letters >= 6:
            return number_reading(words, "number", code, i, j, "number")
        return None
    if looks_like_phone(words, number) or (len(code) >= 10 and sure_phone(code)):
        value = phone_value(code)
        if value is not None:
            return number_reading(words, "phone", value, i, j, "phone")
    if len(code) == 3 and is_http(words, number):
        return number_reading(words, "error", code, i, j, "error")
    if len(code) == 5 and words.norm(i - 1) in _KENTUCKY:
        return number_reading(words, "zip", code, i, j, "phone")
    alone = j - i == len(words)
    counted = words.norm(j) in COUNTED or words.norm(i - 1) == "$"
    if len(code) <= BARE and words.norm(i - 1) == "/" and words.glued(i - 1):
        return None
    if code in _TAX_FORMS and not alone:
        return None
    if len(code) >= BARE and not counted and (alone or not is_year(code)):
        return number_reading(words, "number", code, i, j, "number")
    return None


def bare(words: Words, numbers: Sequence[Number], kind: str) -> Iterator[Candidate]:
    """A number without a label, read as the kind that was just asked for."""
    usable = [number for number in numbers if not (number.idle and kind != "error")]
    for at, number in enumerate(usable):
        code, j = number.code, number.j
        if number.plain:
            for group in usable[at + 1 :]:
                if not _continues(words, code, j, group, None):
                    break
                code, j = code + group.code, group.j
        value: str | None = code
        if kind == "zip":
            value = code if len(code) == 5 else f"{code[:5]}-{code[5:]}" if len(code) == 9 else None
        elif kind == "phone":
            value = phone_value(code) or (f"{code[:3]}-{code[3:]}" if len(code) == 7 else None)
        elif kind == "ticket_number":
            value = ticket_value(code) if damm_valid(code) else None
        elif kind == "npn" and not (number.plain and len(code) <= 10):
            value = None
        if value is not None and words.norm(j) not in COUNTED:
            yield number_reading(words, kind, value, number.i, j, "labelled")
            return
