"""How far a phrase reaches: up to the end of its clause, or to where another detail begins."""

from __future__ import annotations

from collections.abc import Collection, Set

from psl.details.bags import bag
from psl.details.words import Words

ENDS = frozenset({".", ";", "!", "?", "\n", "•", "|"})
OPENING = frozenset({'"', "“", "«", "”"})
CLOSING = frozenset({'"', "”", "»", "“"})
_AFTER_AND = bag(
    """
    i we my she he they the then it it's i'm now also case app application that this there her
    his already tried cleared can can't won't nothing when what you our client kynect please
    """
)
_TRAILING = bag(", and & - : the a on in at for with")
_BREAKS = bag(
    """
    but when whenever after before while every each even then so because then though although
    until since which where plus also already if i'm once unless whereas except
    """
)


def ends_clause(words: Words, i: int) -> bool:
    """Whether the word at ``i`` is a full stop, line end or the like (not the dot in "131.0")."""
    norm = words.norm(i)
    return norm in ENDS and not (norm == "." and words.glued(i - 1) and words.glued(i))


def clause_end(
    words: Words,
    i: int,
    stops: Collection[int],
    limit: int,
    *,
    breaks: Set[str] = _BREAKS,
    commas: bool = True,
) -> int:
    """The end of the phrase that begins at word ``i``.

    Args:
        words: the message.
        i: the first word of the phrase.
        stops: words where other details begin.
        limit: most words.
        breaks: words which begin another clause.
        commas: whether a comma ends the phrase.
    """
    j = i
    while j < len(words) and j - i < limit:
        norm = words.norm(j)
        if ends_clause(words, j) or (commas and norm in (",", "(", ")", "—")):
            break
        if j > i and (j in stops or norm in breaks or norm in OPENING):
            break
        if j > i and norm in ("-", "–") and not words.glued(j) and not words.glued(j - 1):
            break
        if j > i and norm in ("and", "&") and words.norm(j + 1) in _AFTER_AND:
            break
        j += 1
    while j > i and words.norm(j - 1) in _TRAILING:
        j -= 1
    return j


def quoted_end(words: Words, i: int, limit: int) -> int | None:
    """Where the quotation ends whose opening mark is the word at ``i``; None if it is not closed."""
    for j in range(i + 1, min(len(words), i + limit)):
        if words.norm(j) in CLOSING:
            return j
        if words.norm(j) == "\n":
            return None
    return None
