"""The error an agent receives: codes are in ``numbers``, here are its words."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from psl.details.bags import bag
from psl.details.candidate import RANKS, Candidate, candidate
from psl.details.extent import OPENING, clause_end, quoted_end
from psl.details.words import Words

_HEADS = bag("error errors message messages popup banner alert warning text reason")
_BETWEEN = bag(
    """
    code message text messages i we get got gets keep getting received it gives me shown that
    shows which is being displayed up pops comes
    """
)
_TELLS = bag("says say saying said reads reading read stating states stated")
_MARKS = frozenset({":", "=", "is", "was"})
_ABOUT = frozenset({"about"})
_SPEAKERS = bag(
    """
    it screen page site website portal system kynect box which that and just then still keeps
    popup tab kog banner app application message error window status up always now one dashboard
    alert me link summary also , ( line form field browser
    """
)
_GIVES = bag(
    """
    getting get gets got gives gave giving throws threw shows showing showed returns returned
    see sees seeing saw receive receives received displays displayed with pops has had kept
    keeps was by flashing
    """
)
_NOT_GIVING = bag("with has had kept keeps was by")
_SKIPPED = bag("me us a an the this error message that her him red")
_NO_TEXT_FIRST = bag(
    """
    alive none nothing no still back gone the same on in at when there here happening coming
    showing only not my your fixed random intermittent always now this that what because from
    for with i we she he they it to of about how where why again blank similar different one if
    after as by and or was is n/a na unknown , ) kept keeps popping every never gives given
    being below above attached
    """
)
_NONE = frozenset({"none", "nothing", "na", "unknown", "n", "no", "nil"})
_NAMES_BEFORE = bag(
    """
    called titled named button link tab screen page click clicked clicking press pressed hit
    choose chose select selected option box field the on labeled checkbox column a reads
    """
) - {"reads"}
_NAMES_AFTER = bag(
    "screen page tab button section link box field option filter menu checkbox column for"
)
_LONGEST, _LONGEST_QUOTE = 16, 40


def read_errors(words: Words, stops: Collection[int]) -> Iterator[Candidate]:
    """What the error says."""
    for hit in words.longest("message"):
        yield candidate(words, "error", words.written(hit.i, hit.j), hit.i, hit.j)
    closed = 0
    for i, norm in enumerate(words.norms):
        if norm in OPENING:
            if i >= closed:
                end = quoted_end(words, i, _LONGEST_QUOTE)
                closed = i + 1 if end is None else end + 1
                yield from _quoted(words, i, end)
        elif norm in _HEADS:
            yield from _after_head(words, i, stops)
        elif norm in _TELLS and (i == 0 or words.norm(i - 1) in _SPEAKERS):
            yield from _said(words, i + 1, stops, lead=max(0, i - 1), told=True)
        elif norm in _GIVES:
            yield from _given(words, i, stops)


def _after_head(words: Words, i: int, stops: Collection[int]) -> Iterator[Candidate]:
    """ "error is …", "the message I get says …", "error: …"."""
    if words.norm(i - 1) in ("no", "without", "any") and words.norm(i) in ("error", "errors"):
        return
    k = i + 1
    while k - i < 6 and words.norm(k) in _BETWEEN - {"is"} and words.norm(k) not in _TELLS:
        k += 1
    norm = words.norm(k)
    if norm in _TELLS:
        yield from _said(words, k + 1, stops, lead=i, told=True)
    elif norm in _MARKS and words.norm(k) != "was":
        yield from _said(words, k + 1, stops, lead=i, sure=norm in (":", "="))
    elif (norm in _ABOUT and words.norm(i) in ("error", "message")) or (
        norm == "-" and not words.glued(k)
    ):
        yield from _said(words, k + 1, stops, lead=i)


def _said(
    words: Words,
    i: int,
    stops: Collection[int],
    *,
    lead: int,
    sure: bool = False,
    told: bool = False,
) -> Iterator[Candidate]:
    """The words of a message, from word ``i`` on.

    ``sure``: a colon stands before them; ``told``: "says" or the like does.
    """
    while words.norm(i) in (":", "that", "-", "like", "something", "is") and i < lead + 12:
        if words.norm(i) == "something" and words.norm(i + 1) != "like":
            break
        i += 1
    if told and words.norm(i) == "the" and words.norm(i + 1) != "same":
        i += 1
    first = words.norm(i)
    if first in OPENING or (not words.is_word(i) and not first.isdecimal()):
        return
    if first in _NONE or (
        not sure and first in _NO_TEXT_FIRST and not words.beginning("opener", i)
    ):
        return
    j = clause_end(words, i, stops, _LONGEST)
    if j > i and any(words.is_word(k) for k in range(i, j)):
        # A message of words says more than a name in it, but a code in it is the code.
        yield candidate(words, "error", words.written(i, j), i, j, rank="error", lead=lead)


def _given(words: Words, i: int, stops: Collection[int]) -> Iterator[Candidate]:
    """ "getting no match found": only where the words open a message."""
    if words.norm(i) in _NOT_GIVING:
        return
    k = i + 1
    while words.norm(k) in _SKIPPED and k - i < 4:
        k += 1
    opener = words.beginning("opener", k)
    if opener is None:
        return
    j = max(clause_end(words, k, stops, _LONGEST), opener.j)
    if j - k >= 2 or opener.j - opener.i >= 2:
        yield candidate(words, "error", words.written(k, j), k, j, lead=i)


def _quoted(words: Words, i: int, end: int | None) -> Iterator[Candidate]:
    """A quotation that is not the name of a button or a screen."""
    before, after = words.norm(i - 1), words.norm(end + 1) if end is not None else ""
    j = end if end is not None else clause_end(words, i + 1, (), _LONGEST, commas=False)
    if j <= i + 1 or not any(words.is_word(k) for k in range(i + 1, j)):
        return
    short = j - i - 1 < 2
    told = before in _GIVES | _TELLS | _HEADS | {
        "code",
        ":",
        "as",
        ",",
        "-",
        "is",
        "then",
        "(",
        "says",
        "and",
    }
    if before in _NAMES_BEFORE and before not in _TELLS:
        return
    if after in _NAMES_AFTER - {"for"} or (short and not told):
        return
    if end is None and not told:
        return
    start, finish = words.span(i + 1, j)
    value = words.written(i + 1, j)
    yield Candidate("error", value, i + 1, j, start, finish, RANKS["error_said"], i)
