"""A bare answer to a question: what was just asked for says what the words are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from psl.details import tried
from psl.details.agency import agency_name
from psl.details.bags import bag
from psl.details.candidate import ASKED, Candidate
from psl.details.identifiers import bare
from psl.details.numbers import find_numbers
from psl.details.screens import title
from psl.details.words import Words

_NUMBERS = bag("case_number application_number doi_number npn psl_number zip phone ticket_number")
_NONE = bag(
    """
    none nothing nil na n/a idk dunno skip unknown nope no nah yes yep yeah ok okay help cancel
    back stop pass unsure next continue same later please hmm sure thanks what huh why
    """
)
_NO_ANSWER = (
    "don't know",
    "not sure",
    "no idea",
    "no error",
    "no errors",
    "no clue",
    "can't remember",
    "don't remember",
    "don't have",
    "doesn't apply",
    "not applicable",
    "n / a",
    "no message",
    "none of",
    "not that i know",
    "can't tell",
    "i forgot",
    "didn't get an error",
    "didn't get 1",
    "isn't 1",
    "there's none",
    "error none",
    "nothing shows",
    "never mind",
    "go back",
    "start over",
    "skip it",
    "skip that",
)
_QUESTIONS = bag("what which why how who where when can could do does is are should would may am")
_UNTRIED = frozenset({"nothing", "none", "no", "nope", "not", "nada", "nothin"})
_OPENING = bag(
    """
    it's its it is was the a an um uh well ok okay so i think that's that would be maybe
    probably just yeah yes sure hi hello we're i'm with on in using
    """
)
_YES = frozenset({"yes", "yep", "yeah", "yup", "ya", "y", "yea", "correct", "affirmative"})
_NO = frozenset({"no", "nope", "nah", "n", "negative"})
_WITHIN_ENROLLMENT = frozenset({"enrollment", "date", "number", "system", "weekday"})
# kind -> most words of an answer taken as it stands
_FREE = {
    "system": 5,
    "browser": 3,
    "screen": 6,
    "agency": 8,
    "error": 25,
    "enrollment": 25,
    "tried": 40,
    "device": 4,
    "language": 2,
}


def preferred(reading: Candidate, asked: str) -> Candidate:
    """A reading of the kind asked for goes before all others of the same words."""
    if reading.kind == asked and reading.rank < ASKED:
        return reading._replace(rank=reading.rank + ASKED)
    return reading


def read_answer(words: Words, asked: str, found: Sequence[Candidate]) -> Iterator[Candidate]:
    """Readings of a message that answers a question and does not say what it is."""
    if asked == "enrollment" and all(c.kind in _WITHIN_ENROLLMENT for c in found):
        # A plan's name goes on where our words for it end: "anthem silver pathway 4000".
        yield from (c._replace(rank=c.rank + 2 * ASKED) for c in _free(words, asked, found))
        return
    if any(c.kind == asked and not c.negated for c in found):
        return
    if asked in _NUMBERS:
        claimed = {c.i for c in found if c.negated or (c.rank >= 80 and c.kind != asked)}
        codes = [code for code in find_numbers(words) if code.i not in claimed]
        yield from bare(words, codes, asked)
        return
    if asked == "error":
        codes = find_numbers(words)
        if len(words) <= 4 or (codes and codes[0].i <= 1):
            readings = list(bare(words, codes[:1], asked))
            if readings and len(words) - (readings[0].j - readings[0].i) <= 3:
                yield from readings
                return
    if asked == "members":
        set_aside = {k for c in found if c.negated for k in range(c.i, c.j)}
        yield from _members(words, set_aside)
        return
    if asked == "association":
        yield from _association(words)
        return
    if asked in _FREE:
        yield from _free(words, asked, found)


def _trimmed(words: Words) -> tuple[int, int]:
    i, j = 0, len(words)
    while j > i and not (words.is_word(j - 1) or words.norm(j - 1).isdecimal()):
        j -= 1
    while j > i and words.norm(j - 1) in ("please", "thanks", "thx"):
        j -= 1
    while i < j and (
        words.norm(i) in _OPENING or not (words.is_word(i) or words.norm(i).isdecimal())
    ):
        i += 1
    return i, j


def is_no_answer(words: Words) -> bool:
    """Whether a message declines to answer or asks back: "none", "idk", "what do you mean?"."""
    i, j = _trimmed(words)
    if i >= j:
        return True
    said = " ".join(words.norms)
    if words.norms[-1] == "?" or words.norm(0) in _QUESTIONS - {"is", "may"}:
        return True
    if all(norm in _NONE or not norm.isalnum() for norm in words.norms[i:j]):
        return True
    return any(f" {phrase} " in f" {said} " for phrase in _NO_ANSWER) and j - i <= 8


def _members(words: Words, set_aside: set[int]) -> Iterator[Candidate]:
    """ "3", "all", "both": a bare count."""
    for i, norm in enumerate(words.norms):
        if i in set_aside:
            continue
        if norm.isdecimal() and len(norm) <= 2 and int(norm) > 0 and words.norm(i - 1) != ".":
            yield _answer(words, "members", str(int(norm)), i, i + 1)
            return
        if norm in ("all", "everyone", "everybody", "everything"):
            yield _answer(words, "members", "all", i, i + 1)
            return
    i, j = _trimmed(words)
    single = words.norms[i:j]
    if 0 < len(single) <= 3 and single[-1] in (
        "her",
        "him",
        "applicant",
        "client",
        "primary",
        "me",
        "mom",
        "dad",
    ):
        yield _answer(words, "members", "1", i, j)


def _association(words: Words) -> Iterator[Candidate]:
    first = words.norm(0)
    if first in _YES or first in _NO:
        yield _answer(words, "association", "yes" if first in _YES else "no", 0, 1)
    elif (
        words.norms[:2] == ["not", "yet"]
        or words.norms[:3] == ["i'm", "not"]
        or words.norms[:2] == ["i'm", "not"]
    ):
        yield _answer(words, "association", "no", 0, 2)
    elif words.norms[:2] == ["i", "am"] or (first == "i'm" and len(words) <= 2):
        yield _answer(words, "association", "yes", 0, min(2, len(words)))


def _free(words: Words, asked: str, found: Sequence[Candidate]) -> Iterator[Candidate]:
    """An answer taken as it stands."""
    i, j = _trimmed(words)
    if asked == "tried" and i < j and words.norm(i) in _UNTRIED and j - i <= 3:
        yield _answer(words, "tried", tried.NOTHING, i, j)
        return
    if is_no_answer(words) or i >= j:
        return
    if asked == "error" and words.norm(0) in ("no", "none", "nothing", "nope"):
        return
    if asked in ("browser", "device", "language", "system", "screen", "agency"):
        # Digits, or another detail told instead, are no name.
        others = [c for c in found if c.kind != asked and c.rank >= 45 and c.i < j and c.j > i]
        named = any(c.kind not in ("system", "members", "language", "enrollment") for c in others)
        if named or j - i > _FREE[asked] or not any(words.is_word(k) for k in range(i, j)):
            return
        if words.norm(i) in ("not", "never", "no", "don't", "i'm", "can't"):
            return
    start = i if asked != "error" or words.norm(0) not in ("it", "it's", "its", "i") else 0
    if j - start > _FREE[asked]:
        return
    value = words.written(start, j)
    if asked == "screen":
        value = title(words, start, j)
    elif asked == "agency":
        value = agency_name(words, start, j)
    yield _answer(words, asked, value, start, j)


def _answer(words: Words, kind: str, value: str, i: int, j: int) -> Candidate:
    start, end = words.span(i, j)
    return Candidate(kind, value, i, j, start, end, ASKED, i)
