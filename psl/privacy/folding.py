"""Text folded to plain lower-case characters for matching, with the way back to the original.

Agents paste from web pages, spreadsheets and phones: full-width digits, no-break spaces and
hyphens, zero-width characters inside a number. Rules read the folded text; what is removed is the
stretch of the original that the folded stretch came from.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from psl.privacy.kinds import MARKS

#: Stands in folded text for a mark that is already there, so that no rule reads inside it.
SEALED = "\ue000"

_MARK = re.compile("|".join(re.escape(mark) for mark in MARKS.values()))

_LOOKALIKE = {
    **dict.fromkeys("‘’‚‛′`´", "'"),
    **dict.fromkeys("“”„‟″", '"'),
    **dict.fromkeys("−⁃˗➖﹣", "-"),
    **dict.fromkeys("·•⋅∙‧・。", "."),
    **dict.fromkeys("⁄∕╱", "/"),
    **dict.fromkeys("│｜¦", "|"),
    # Cyrillic and Greek letters which look like the Latin ones of our cue words and of 0 and 1.
    **dict(zip("аеорсухіѕԁӏοѵ", "aeopcyxisdlov", strict=True)),
    "\r": "\n",
    "\x85": "\n",
    "\u2028": "\n",
    "\u2029": "\n",
    SEALED: "?",
}


@lru_cache(maxsize=4096)
def _fold(character: str) -> str:
    low = character.lower()
    if low in _LOOKALIKE:
        return _LOOKALIKE[low]
    if character in "\n":
        return character
    if character.isspace():
        return " "
    folded = []
    for part in unicodedata.normalize("NFKC", character):
        category = unicodedata.category(part)
        if category in {"Cf", "Mn", "Me"} or part == "\u00ad":
            continue  # zero-width, soft hyphen, combining: invisible inside a number
        if category == "Nd":
            folded.append(str(unicodedata.decimal(part)))
        elif category == "Pd":
            folded.append("-")
        elif part.isspace() or category == "Cc":
            folded.append(" ")
        else:
            lowered = part.lower()
            folded.append(_LOOKALIKE.get(lowered, lowered))
    return "".join(folded)


@dataclass(frozen=True, slots=True)
class Folded:
    """Folded ``text``; character *i* of it came from ``origin[i]`` to ``limit[i]``."""

    text: str
    origin: Sequence[int]
    limit: Sequence[int]

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the original that ``text[start:end]`` came from."""
        return self.origin[start], self.limit[end - 1]


def fold(text: str) -> Folded:
    """Fold ``text``, sealing the marks it already has."""
    if text.isascii() and text.isprintable() and "[" not in text:
        return Folded(text.lower(), range(len(text)), range(1, len(text) + 1))
    characters: list[str] = []
    origin: list[int] = []
    limit: list[int] = []

    def add(folded: str, start: int, end: int) -> None:
        for character in folded:
            characters.append(character)
            origin.append(start)
            limit.append(end)

    def plain(start: int, end: int) -> None:
        for place in range(start, end):
            add(_fold(text[place]), place, place + 1)

    done = 0
    for mark in _MARK.finditer(text):
        plain(done, mark.start())
        add(SEALED, mark.start(), mark.end())
        done = mark.end()
    plain(done, len(text))
    return Folded("".join(characters), origin, limit)
