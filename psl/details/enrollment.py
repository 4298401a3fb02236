"""Enrollment information: plan, metal level, effective date, enrollment period, enrolled or not."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from psl.details.bags import bag
from psl.details.candidate import Candidate, candidate
from psl.details.extent import clause_end
from psl.details.words import Hit, Words

# group "enrollment"; "long" phrases go on to the end of their clause
ENROLLMENT_PATTERNS: dict[str, tuple[str, ...]] = {
    "long": (
        "not|isn't|aren't|wasn't currently|yet? enrolled",
        "hasn't|haven't|didn't been|gotten? enrolled|enroll",
        "currently|already|auto|passively|newly|still? enrolled|reenrolled in|into|with|on|for|as",
        "enrolling in|into",
        "auto|passively renewed|enrolled|reenrolled",
        "enrollment information|info|status|date {is}",
        "enrollment {is}",
        "enrollment still|shows? pending|cancelled|canceled|terminated|confirmed|effectuated|active|complete",
        "effective|start date {is}",
        "effective|starting|starts|started|eff on|date?",
        "coverage effective|starts|started|begins|began|start|starting on?",
        "plan selected but",
        "plan confirmed|effectuated|effective",
        "policy effective|starts",
    ),
    "short": (
        "qhp|qhps",
        "qualified health plan",
        "{a}? bronze|silver|gold|platinum|catastrophic plan|qhp|level|policy",
        "dental|medical|health|vision plan",
        "sep",
        "special enrollment period?",
        "open enrollment period?",
        "oep",
        "unenrolled|disenrolled",
        "not enrolled",
    ),
    "metal": ("bronze|silver|gold|platinum|catastrophic",),
}
_NOT_AFTER = bag("issue tracker screen page tab button summary manager error filter section")
_NOT_DATE_HEADS = frozenset({"starting", "starts", "started", "effective", "eff"})
_ON_DEMAND = frozenset({"demand", "ondemand", "kynect", "od"})
_CARRIER_STOPS = bag(
    """
    the a an her his their my our in on with for to of and or but is was are has have plan
    picked chose selected enrolled into from at by that this new old same another other i we she
    he they only silver gold bronze it if any which what each both , . ; :
    """
)
_LONGEST = 10


def read_enrollment(
    words: Words, stops: Collection[int], dates: Collection[tuple[int, int]]
) -> Iterator[Candidate]:
    """Statements about the enrollment.

    Args:
        words: the message.
        stops: words where other details begin.
        dates: first word and end of the dates read.
    """
    ends = dict(dates)
    for hit in words.longest("enrollment"):
        if words.norm(hit.j) in _NOT_AFTER or words.norm(hit.i - 1) in ("fully", "kynect"):
            continue
        if words.norm(hit.i) == "sep" and hit.i in ends:
            continue  # the month
        long = hit.value == "long"
        span = _statement(words, hit, stops, ends) if long else _plan(words, hit, ends)
        if span is not None and span[1] > span[0]:
            yield candidate(words, "enrollment", words.written(*span), *span)


def _plan(words: Words, hit: Hit, ends: dict[int, int]) -> tuple[int, int] | None:
    """A plan or a period, with carrier and date: "Anthem silver 01/01/2027", "SEP"."""
    i, j = hit.i, hit.j
    if hit.value == "metal":
        i = _carrier(words, i)
        j += words.norm(j) in ("plan", "qhp", "policy", "level")
        if i == hit.i and j == hit.j and j not in ends:
            return None  # "silver" alone is no plan
    elif words.norm(j - 1) == "plan":
        i = _carrier(words, i)
    return i, _with_date(words, j, ends)


def _statement(
    words: Words, hit: Hit, stops: Collection[int], ends: dict[int, int]
) -> tuple[int, int] | None:
    """What is said of the enrollment, to the end of its clause or with its date."""
    i, j = hit.i, hit.j
    dated = _with_date(words, j, ends)
    if dated > j:
        return i, dated
    if words.norm(i) in _NOT_DATE_HEADS or _ON_DEMAND & set(words.norms[j : j + 3]):
        return None
    if words.norm(j - 1) in ("is", "was", ":", "=", "-", "it's", "its"):
        if words.norm(j) in _NOT_STATED:
            return None
        i = j if words.norm(j - 1) in (":", "=") else i
    end = clause_end(words, j, stops, _LONGEST, breaks=_BREAKS)
    return i, max(j, end, _with_date(words, j, ends))


_NOT_STATED = bag("wrong not incorrect off showing missing blank stuck none n na unknown")
_DATE_WORDS = bag("effective eff on date starting from for start is : as of")
_BREAKS = bag(
    """
    but when whenever because and while so then after before since until or which that if though
    error getting it who i she he they case app application can't won't
    """
)


def _carrier(words: Words, i: int) -> int:
    """Up to two words before a metal level: "Anthem silver"."""
    k = i
    while k > 0 and i - k < 2 and words.is_word(k - 1) and words.norm(k - 1) not in _CARRIER_STOPS:
        k -= 1
    # Without capitals only one word is taken, so that a verb does not come along.
    if k < i and not words.raw(k)[:1].isupper():
        k = i - 1 if words.norm(i - 1) not in _CARRIER_STOPS else i
        if words.norm(k).endswith(("ing", "ed", "s")) and not words.raw(k)[:1].isupper():
            k = i
    return k


def _with_date(words: Words, j: int, ends: dict[int, int]) -> int:
    """The end including a date that follows ("effective", "on", "date" may stand between)."""
    k = j
    while k - j < 4 and words.norm(k) in _DATE_WORDS:
        k += 1
    return ends.get(k, j)
