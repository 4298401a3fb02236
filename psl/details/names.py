"""Things with a name: systems, browsers and their versions, devices, languages."""

from __future__ import annotations

from collections.abc import Iterator

from psl.details.bags import bag
from psl.details.candidate import Candidate, candidate
from psl.details.lists import Name
from psl.details.words import Hit, Words

KINDS = ("system", "browser", "device", "language")

# A weak form is the thing after one of these (articles between do not count).
_BEFORE: dict[str, frozenset[str]] = {
    "system": bag(
        """
        the this my in on into to our your from via through using : = is was , / and or not
        system agent affected
        """
    ),
    "browser": bag(
        """
        in on using use used uses via with through from browser browsers is was : = not isn't
        wasn't it's its both and or & / , + than of tried try to open opened opening - ( plus
        meant either by that be say
        """
    ),
    "device": bag(
        "in on using use used uses via with from device is was : = not it's and or & / , +"
    ),
    "language": bag(
        """
        speak speaks speaking spoke in language languages : = is and or & / , add adding know
        knows prefers want wants only
        """
    ),
}
_ARTICLES = bag("the a an my her his their our old new")
_STARTS = frozenset({"", "\n", ".", "!", "?", ";"})
_NOT_AFTER = bag("of cutting the")
_VERSION_WORDS = frozenset({"version", "v", "ver", "vers"})
_NO_VERSION_BEFORE = bag(
    """
    member members people person kids kid children times time x browsers days day hours minutes
    clients weeks months tabs plans tries attempts of am pm
    """
)
_LONGEST_VERSION = 3


def patterns(kind: str, names: tuple[Name, ...]) -> dict[tuple[str, str], tuple[str, ...]]:
    """The pipeline's phrases for a list: groups ``kind``, ``kind?`` (weak) and ``kind+`` (nouned)."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for name in names:
        found[(kind, name.name)] = (
            *name.aliases,
            *(() if name.nouned or name.weak else (name.name,)),
        )
        found[(f"{kind}?", name.name)] = name.weak
        found[(f"{kind}+", name.name)] = name.nouned
    return {key: lines for key, lines in found.items() if lines}


def read_names(words: Words, asked: str | None) -> Iterator[Candidate]:
    """Every listed name."""
    browsers: set[int] = set()
    for kind in ("browser", "system", "device", "language"):
        sure = list(words.longest(kind))
        taken = {i for hit in sure for i in range(hit.i, hit.j)}
        weak = [
            hit
            for hit in words.longest(f"{kind}?")
            if hit.i not in taken
            and words.norm(hit.i - 1) != "no"
            and (asked == kind or _fits(words, kind, hit, browsers))
        ]
        if asked == kind:
            weak += [hit for hit in words.longest(f"{kind}+") if hit.i not in taken]
        for hit in (*sure, *weak):
            if kind == "browser":
                browsers.add(hit.j)
                j = _version_end(words, hit.j)
                version = words.written(hit.j, j).lower().removeprefix("version").removeprefix("v")
                value = f"{hit.value} {version.strip('. er')}".strip()
                yield candidate(words, kind, value, hit.i, j)
            else:
                yield candidate(words, kind, hit.value, hit.i, hit.j)


def _fits(words: Words, kind: str, hit: Hit, browsers: set[int]) -> bool:
    """Whether the words around a weak form make it the thing."""
    after = words.norm(hit.j)
    if kind == "browser":
        if after == "browser" or _version_end(words, hit.j) > hit.j:
            return True
        if after == "of" or (after in ("case", "cases") and not _number_follows(words, hit.j + 1)):
            return False
    before = hit.i - 1
    while words.norm(before) in _ARTICLES and before > hit.i - 3 and kind != "system":
        before -= 1
    starts = words.norm(before) in _STARTS and kind != "language"
    if words.norm(before) in _BEFORE[kind] or starts:
        return not (kind == "browser" and words.norm(hit.i - 1) in _NOT_AFTER)
    if kind == "device":
        return before + 1 in browsers
    return (
        kind == "browser"
        and words.raw(hit.i)[:1].isupper()
        and not words.raw(hit.i - 1)[:1].isupper()
    )


def _number_follows(words: Words, i: int) -> bool:
    while words.norm(i) in ("number", "no", "#", ":", "is", "."):
        i += 1
    return words.norm(i).isdecimal()


def _version_end(words: Words, i: int) -> int:
    """The end of a version number that begins at word ``i``; ``i`` if there is none."""
    j = i
    named = words.norm(j) in _VERSION_WORDS
    if named:
        j += 1
        if words.norm(j) == ".":
            j += 1
    number = words.norm(j)
    if not number.isdecimal() or len(number) > _LONGEST_VERSION:
        return i
    j += 1
    while (
        words.norm(j) == "."
        and words.glued(j - 1)
        and words.glued(j)
        and words.norm(j + 1).isdecimal()
    ):
        j += 2
    glued = words.glued(j - 1) and (words.is_word(j) or words.norm(j) in ("-", "/", ":"))
    if glued or words.norm(j) in _NO_VERSION_BEFORE or (not named and len(number) < 2):
        return i
    return j
