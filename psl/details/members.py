"""How many members are affected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from psl.details.bags import bag
from psl.details.candidate import Candidate, candidate
from psl.details.numbers import Number
from psl.details.words import Words

_PERSONS = bag(
    """
    her him she he me mom mother dad father wife husband spouse daughter son child kid baby
    newborn client applicant primary member person grandmother grandfather grandma grandpa widow
    widower stepfather stepmother stepson stepdaughter partner dependent brother sister infant
    teen teenager girl boy man woman lady guy mum fiance fiancee grandson granddaughter nephew
    niece insured subscriber
    """
)
_PEOPLE = bag(
    """
    members people persons individuals kids children adults dependents applicants enrollees boys
    girls sons daughters teenagers teens parents spouses siblings twins insureds lives folks
    brothers sisters stepsons stepdaughters grandchildren grandkids babies minors
    """
)
_MEMBER = frozenset({"member", "person", "individual", "adult", "people", "members"})
_GROUPS = frozenset({"household", "family", "group", "hh"})
_BETWEEN = bag(
    """
    household family affected other more different of the minor adult young younger older whole
    case covered insured enrolled extra new total small little her his their my these those
    active tax eligible
    """
)
_DETERMINERS = bag("the a an her his their my our one 1 this")
_AFFECTED = frozenset({"affected"})
_MOST = 30


def read_members(words: Words, numbers: Sequence[Number], asked: bool) -> Iterator[Candidate]:
    """How many members are affected."""
    idle = {number.i for number in numbers if number.j - number.i > 1 or not number.plain}
    lists = list(_lists(words, idle, asked))
    yield from lists
    taken = {i for reading in lists for i in range(reading.i, reading.j)}
    counts: list[Candidate] = []
    sizes: list[Candidate] = []
    for i, norm in enumerate(words.norms):
        if i in taken:
            continue
        if norm in ("just", "only"):
            counts += _just(words, i)
        elif norm == "both":
            counts += _both(words, i, asked)
        elif norm in ("everyone", "everybody"):
            counts.append(candidate(words, "members", "all", i, i + 1))
        elif norm in ("all", "whole", "entire", "every", "each"):
            counts += _all(words, i, idle)
        elif norm in _GROUPS and words.norm(i + 1) == "of" and _count(words, i + 2, idle):
            whole = words.norm(i - 1) in ("whole", "entire")
            j = i + 3 + (words.norm(i + 3) in ("people", "members"))
            (counts if whole else sizes).append(
                candidate(words, "members", words.norm(i + 2), i - whole, j)
            )
        elif norm in ("members", "member", "people") and not _count(words, i - 1, idle):
            counts += _labelled(words, i, idle)
        elif _count(words, i, idle):
            counts += _counted(words, i, asked)
    yield from counts
    if not counts and not lists:
        yield from sizes


def _count(words: Words, i: int, idle: set[int]) -> bool:
    norm = words.norm(i)
    return norm.isdecimal() and len(norm) <= 2 and 0 < int(norm) <= _MOST and i not in idle


def _counted(words: Words, i: int, asked: bool) -> Iterator[Candidate]:
    """ "3 household members", "two of them", "1 of 3 members", "2 affected"."""
    k = i + 1
    number = words.norm(i)
    if words.norm(k) == "of" and words.norm(k + 1).isdecimal() and len(words.norm(k + 1)) <= 2:
        k += 2
    if words.norm(k) == "of" and words.norm(k + 1) in ("them", "us", "those"):
        yield candidate(words, "members", number, i, k + 2)
        return
    while words.norm(k) in _BETWEEN and k - i < 5:
        if words.norm(k) in _AFFECTED and words.norm(k + 1) not in (_PEOPLE | _MEMBER):
            yield candidate(words, "members", number, i, k + 1)
            return
        if words.norm(k) == "of" and words.norm(k + 1).isdecimal():
            k += 1
        k += 1
    noun = words.norm(k)
    affected = words.norm(k + 1) in _AFFECTED
    fits = (
        noun in _PEOPLE
        or noun in _MEMBER
        or (noun in ("client", "clients") and (affected or asked))
    )
    fits = fits or (
        number == "1" and noun in ("applicant", "dependent", "kid", "child", "client") and affected
    )
    if fits:
        if words.norm(k + 1) in ("screen", "page", "tab"):
            return
        yield candidate(words, "members", number, i, k + 1 + affected)


def _just(words: Words, i: int) -> Iterator[Candidate]:
    """ "just her", "only the husband", "only one"; "just her and her son" is a list."""
    k = i + 1
    while words.norm(k) in _DETERMINERS and words.norm(k + 1) in (_PERSONS | _MEMBER | {"primary"}):
        k += 1
    if words.norm(k) == "primary" and words.norm(k + 1) in ("applicant", "member", "person"):
        k += 1
    norm = words.norm(k)
    possessive = (
        norm in ("her", "him") and words.is_word(k + 1) and words.norm(k + 1) not in _AFTER_PERSON
    )
    # "just her app is stuck", "only client I have", "just me and my delegate"
    if norm in _PERSONS and not possessive and norm not in ("she", "he"):
        yield candidate(words, "members", "1", i, k + 1)


_AFTER_PERSON = bag(
    """
    is was and on in affected but with that has having can't not no who this gets got shows so
    for lication at , . ; when while too though because if it since alone then getting rn please
    """
)


def _both(words: Words, i: int, asked: bool) -> Iterator[Candidate]:
    k = i + 1
    if words.norm(k) == "of":
        j = k + 2
        if words.norm(k + 1) in ("them", "us"):
            yield candidate(words, "members", "2", i, j)
        return
    while words.norm(k) in ("the", "her", "his", "their", "my", "household", "family"):
        k += 1
    if words.norm(k) in _PEOPLE:
        yield candidate(words, "members", "2", i, k + 1)
    elif asked and k == i + 1:
        yield candidate(words, "members", "2", i, i + 1)


def _all(words: Words, i: int, idle: set[int]) -> Iterator[Candidate]:
    k = i + 1
    while words.norm(k) in ("of", "the", "her", "his", "their", "my"):
        k += 1
    if words.norm(i) == "all" and k == i + 2 and words.norm(k) in ("them", "us"):
        yield candidate(words, "members", "all", i, k + 1)
        return
    if words.norm(i) == "all" and words.norm(i + 1) == "of" and words.norm(k) in ("them", "us"):
        yield candidate(words, "members", "all", i, k + 1)
        return
    if words.norm(i) == "all" and _count(words, k, idle):
        m = k + 1
        while words.norm(m) in (*_BETWEEN, "are"):
            m += 1
        if words.norm(m) in _PEOPLE or words.norm(m) in _MEMBER:
            yield candidate(words, "members", words.norm(k), i, m + 1)
        elif words.norm(k + 1) in ("affected", "", ".", ",") or words.norm(k + 1) == "of":
            yield candidate(words, "members", words.norm(k), i, k + 1)
        return
    m = k
    while words.norm(m) in ("household", "family") and words.norm(m + 1) in (_PEOPLE | _MEMBER):
        m += 1
    norm = words.norm(m)
    if norm in _GROUPS and words.norm(i) != "each":
        if words.norm(m + 1) == "of" and _count(words, m + 2, idle):
            return  # "whole household of 4" is read with its number
        if words.norm(m + 1) in ("screen", "page", "tab", "summary"):
            return
        j = m + 1
        if _count(words, j, idle) and words.norm(j + 1) in (_PEOPLE | _MEMBER):
            yield candidate(words, "members", words.norm(j), i, j + 2)
        else:
            yield candidate(words, "members", "all", i, j)
    elif norm in ("people", "persons", "folks"):
        if words.norm(m + 1) in _AFFECTED:
            yield candidate(words, "members", "all", i, m + 1)
    elif norm in _PEOPLE or (norm in _MEMBER and words.norm(i) in ("every", "each")):
        yield candidate(words, "members", "all", i, m + 1)


def _labelled(words: Words, i: int, idle: set[int]) -> Iterator[Candidate]:
    """ "members affected: 2", "members = all", "members to 5"."""
    k = i + 1
    seen = False
    while words.norm(k) in ("affected", ":", "=", "is", "are", "-", "to", "(") and k - i < 5:
        seen = True
        k += 1
    if not seen:
        if (
            _count(words, k, idle)
            and words.norm(i) == "members"
            and words.norm(k + 1) not in _PEOPLE
        ):
            j, value = k + 1, words.norm(k)
            while words.norm(j) in ("and", "&", ",") and _count(words, j + 1, idle):
                j, value = j + 2, f"{value} and {words.norm(j + 1)}"
            yield candidate(words, "members", value, k, j, lead=i)
        return
    if _count(words, k, idle):
        yield candidate(words, "members", words.norm(k), k, k + 1, lead=i)
    elif words.norm(k) in ("all", "everyone", "everybody"):
        yield candidate(words, "members", "all", k, k + 1, lead=i)


def _lists(words: Words, idle: set[int], asked: bool) -> Iterator[Candidate]:
    """People told one by one: "mother and three kids" is 4, "just her and her son" is 2."""
    i = 0
    while i < len(words):
        total, counted, j, items = 0, False, i, 0
        while True:
            item = _item(words, j, idle)
            if item is None:
                break
            total, j, items = total + item[0], item[1], items + 1
            counted = counted or item[2]
            joint = j
            while words.norm(joint) in (",", "and", "&", "+", "plus", "with") and joint - j < 2:
                joint += 1
            if joint == j or _item(words, joint, idle) is None:
                break
            if words.norm(joint - 1) == "," and not asked:
                break
            j = joint
        just = words.norm(i - 1) in ("just", "only")
        if items > 1 and (asked or counted or just):
            yield candidate(words, "members", str(total), i - just, j)
        i = max(j, i + 1)


def _item(words: Words, i: int, idle: set[int]) -> tuple[int, int, bool] | None:
    """How many people the words at ``i`` are, where they end, and whether they were counted."""
    k = i
    if words.norm(k) in ("her", "his", "their", "the", "my") and _count(words, k + 1, idle):
        k += 1
    if words.norm(k) == "both" or (_count(words, k, idle) and words.norm(k) != "1"):
        number = 2 if words.norm(k) == "both" else int(words.norm(k))
        k += 1
        while words.norm(k) in _BETWEEN and words.norm(k) != "of":
            k += 1
        return (number, k + 1, True) if words.norm(k) in _PEOPLE else None
    while words.norm(k) in _DETERMINERS and k - i < 2:
        if words.norm(k) == "her" and words.norm(k + 1) in (*_AFTER_PERSON, ""):
            break
        k += 1
    if words.norm(k) in ("middle", "oldest", "youngest", "older", "younger", "adult", "minor"):
        k += 1
    if words.norm(k) not in _PERSONS:
        return None
    j = k + 1
    if words.norm(k) == "primary" and words.norm(j) in ("applicant", "member", "person"):
        j += 1
    return 1, j, False
