"""The insurance agency that an agent works with."""

from __future__ import annotations

from collections.abc import Iterator

from psl.details.bags import bag
from psl.details.candidate import Candidate, candidate
from psl.details.words import Words

_AGENCY_WORDS = frozenset({"agency", "brokerage", "firm"})
_SUFFIXES = bag(
    """
    insurance agency group benefits brokerage advisors advisers llc inc assurance financial
    partners associates solutions services agencies insurers underwriters advisory consulting co
    company
    """
)
_TELLING = frozenset(
    {"insurance", "agency", "benefits", "brokerage", "assurance", "financial", "llc", "inc"}
)
_TELLING |= {"advisors", "advisers"}
_NOT_A_NAME = bag(
    """
    having not getting missing wrong greyed grayed showing still unable closed closing the same
    asking in a an going being now on no only also listed correct incorrect right different what
    which who old new changed locked waiting calling saying telling trying blank empty gone down
    up here there ready unknown none isn't isnt it that this my is was down associated fixed
    under with for and or but to from at as of by i we you they he she set stuck linked page
    screen tab code number numbers info information name field list address shut open small big
    licensed registered contracted called license all both too very just never always owner
    manager
    """
)
_NAME_ENDS = bag(
    """
    , ; . ! ? ( ) : = / - – — doi npn my i i'm role phone email but as so because who which
    where that is was has and's am case app application agent delegate we they please thanks
    though when while number or
    """
)
_NAME_ENDS |= {"\n"}
_AFTER_AND = bag(
    "my doi i i'm npn role the a an phone agent delegate case app we our am it number email this"
)
_NAMING = bag("is was : = - called named it's isn't not to")
_LONGEST_NAME = 8


def read_agencies(words: Words) -> Iterator[Candidate]:
    """The agent's agency, up to the end of its clause."""
    for i, norm in enumerate(words.norms):
        if norm in _AGENCY_WORDS:
            yield from _after_agency(words, i)
            yield from _before_agency(words, i)
        elif norm in (
            "work",
            "works",
            "working",
            "am",
            "i'm",
            "we're",
            "are",
            "write",
        ) and words.norm(i + 1) in ("for", "at", "with", "from", "under"):
            yield from _works_for(words, i, i + 2)
    yield from _by_suffix(words)


def _name_end(words: Words, i: int) -> int:
    j = i
    while j < len(words) and j - i < _LONGEST_NAME:
        norm = words.norm(j)
        if (
            norm == "."
            and words.norm(j - 1) in ("st", "inc", "co", "ins", "mt", "dr")
            and words.is_word(j + 1)
        ):
            j += 1
            continue
        if norm == "and" and (words.norm(j + 1) in _AFTER_AND or not words.is_word(j + 1)):
            break
        if (
            norm in _NAME_ENDS
            or (norm.isdecimal() and words.is_digits(j) and j > i)
            or norm in ("’", '"', "“", "”")
        ):
            break
        j += 1
    while j > i and words.norm(j - 1) in ("and", "&", "the", "with", "for", "in"):
        j -= 1
    return j


def agency_name(words: Words, i: int, j: int) -> str:
    """An agency's name as shown: as written, or with capitals where none were typed."""
    written = words.written(i, j)
    if written != written.lower():
        return written
    return " ".join(
        part.upper()
        if part in ("llc",)
        else part
        if part in ("and", "of", "the")
        else part[:1].upper() + part[1:]
        for part in written.split()
    )


def _agency(words: Words, i: int, j: int, lead: int) -> Iterator[Candidate]:
    while i < j and words.norm(i) in ("the", "a", "an", "called", "named", "it's"):
        i += 1
    if i < j and any(words.is_word(k) for k in range(i, j)):
        yield candidate(words, "agency", agency_name(words, i, j), i, j, lead=lead)


def _after_agency(words: Words, i: int) -> Iterator[Candidate]:
    """ "agency is Bluegrass Benefits", "agency name: X", "agency X" where X has a capital."""
    k = i + 1
    sure = marked = False
    if words.norm(k) == "name":
        k += 1
        sure = True
    negated = False
    while words.norm(k) in _NAMING:
        sure = sure or words.norm(k) not in ("is", "was", "-", "isn't", "not", "to")
        negated = negated or words.norm(k) in ("isn't", "not")
        marked, k = True, k + 1
    capital = words.raw(k)[:1].isupper()
    first = words.norm(k)
    if not marked and not (capital and words.norm(k) not in _NAME_ENDS | _NOT_A_NAME):
        return
    numbered = words.is_digits(k) and len(first) <= 2 and words.is_word(k + 1)  # "1st Choice"
    if not (words.is_word(k) or numbered) or (words.norm(k - 1) == "to" and not capital):
        return
    if (
        not sure
        and not capital
        and (first in _NOT_A_NAME or (first.endswith("ing") and len(first) > 4))
    ):
        return
    if first in _NAME_ENDS and not (capital and marked):
        return
    j = _name_end(words, k)
    if j > k:
        yield from (reading._replace(negated=negated) for reading in _agency(words, k, j, i))
        if negated:  # "isn't Smith Insurance, it's Smith & Daughter"
            k = j
            while words.norm(k) in (",", "it's", "its", "but", ".", ";"):
                k += 1
            if k > j and words.raw(k)[:1].isupper():
                yield from _agency(words, k, _name_end(words, k), k)


def _before_agency(words: Words, i: int) -> Iterator[Candidate]:
    """ "with Bluegrass Benefits agency", "Smith Agency"."""
    k = i
    capital = words.raw(i)[:1].isupper()
    while k > 0 and i - k < _LONGEST_NAME and words.is_word(k - 1):
        norm = words.norm(k - 1)
        if norm in ("with", "for", "from", "at"):
            if k < i and words.norm(k) not in (
                "my",
                "the",
                "an",
                "a",
                "our",
                "another",
                "which",
                "her",
            ):
                yield from _agency(
                    words, k, i + (capital or words.norm(i - 1) not in _SUFFIXES), k - 1
                )
            return
        if norm in ("my", "the", "our", "an", "a", "your", "i", "their", "on", "in"):
            return
        k -= 1


def _works_for(words: Words, i: int, k: int) -> Iterator[Candidate]:
    first, last = words.norm(i), words.norm(i - 1)
    if first in ("am", "are") and last not in ("i", "we"):
        return
    if first in ("work", "write") and last not in ("i", "we"):
        return
    j = _name_end(words, k)
    if j <= k:
        return
    named = any(words.norm(m) in _SUFFIXES for m in range(k, j))
    capital = words.raw(k)[:1].isupper() and words.norm(k) not in (
        "kentucky",
        "kynect",
        "psl",
        "khbe",
        "doi",
    )
    client = words.norm(k) in ("a", "an", "my", "her", "his", "the", "this", "client") and not named
    place = words.norm(k - 1) in ("at", "from", "under") and not named
    if (named or (capital and j - k >= 2)) and not client and not place:
        end = next((m + 1 for m in range(j - 1, k - 1, -1) if words.norm(m) in _SUFFIXES), j)
        yield from _agency(words, k, end if not capital else j, i)


def _by_suffix(words: Words) -> Iterator[Candidate]:
    """ "Laurel Insurance Partners", by its capitals and what agencies are called."""
    i = 0
    while i < len(words):
        j = i
        while (
            j < len(words)
            and words.is_word(j)
            and (words.raw(j)[:1].isupper() or (j > i and words.norm(j) in ("&", "and", "of")))
        ):
            j += 1
            if words.norm(j) == "&" and words.raw(j + 1)[:1].isupper():
                j += 1
        while j > i and words.norm(j - 1) in ("and", "of", "&"):
            j -= 1
        if j == i:
            i += 1
            continue
        names = [words.norm(m) for m in range(i, j)]
        start = i
        while start < j and words.norm(start) in (
            "i'm",
            "my",
            "agency",
            "agent",
            "delegate",
            "the",
            "i",
            "insurance",
        ):
            start += 1
        telling = _TELLING & set(names[start - i :])
        enough = j - start >= 3 or (j - start == 2 and names[-1] in _SUFFIXES)
        known = {"kynect", "department", "kentucky", "anthem", "self", "screen", "page"} & set(
            names
        )
        if telling and enough and names[-1] in _SUFFIXES and not known:
            yield candidate(words, "agency", agency_name(words, start, j), start, j, rank="members")
        i = j
