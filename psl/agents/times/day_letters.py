"""Weekdays in one or two letters: "M/W/F", "m-f", "MWF", "TTh"."""

from __future__ import annotations

import re

from psl.agents.times.lexicon import SHARED
from psl.details.bags import bag
from psl.details.words import Words

_LETTERS = {
    "m": "0", "mo": "0", "t": "1", "tu": "1", "w": "2", "we": "2", "th": "3", "r": "3", "h": "3",
    "f": "4", "fr": "4", "sa": "5", "su": "6", "s": "",
}  # fmt: skip
_WORDS = frozenset({"we", "h", "r", "s", "mo", "su", "sa"})  # other words, or slips
_RUN = re.compile(r"(m)?(tu|t(?!h))?(w)?(th|r|t)?(f)?(sa|s(?!u))?(su|s)?")
_OTHER_WORDS = bag("ms mr ws ts fs rs sas tf mf ss wr tt st")
_CHAIN = frozenset({"/", ",", "&", "-", "–", "and", "to", "thru", "through", "+"})
_TIGHT = frozenset({"-", "–", "‑"})
_NAMES = frozenset(
    form
    for (kind, value), lines in SHARED.items()
    if kind == "day" and len(value) == 1
    for line in lines
    for form in line.split("|")
    if form.isalpha()
)


def day_letters(words: Words, i: int) -> str | None:
    """The days that the word at ``i`` stands for, as "024"; None if it is another word.

    A letter is a day only next to another day or before hours. Empty for an "s", which may be
    Saturday or Sunday.
    """
    word = words.norm(i)
    if not word.isalpha() or len(word) > 10:
        return None
    if word not in _LETTERS:
        found = _RUN.fullmatch(word) if word not in _OTHER_WORDS and len(word) > 1 else None
        if found is None:
            return None
        return "".join(str(day) for day, part in enumerate(found.groups()) if part)
    return _LETTERS[word] if _in_chain(words, i) or _before_hours(words, i) else None


def _in_chain(words: Words, i: int) -> bool:
    word = words.norm(i)
    for step in (1, -1):
        near = i + step
        if not 0 <= near < len(words):
            continue
        first, second = sorted((i, near))
        gap = words.text[words.ends[first] : words.starts[second]].strip()
        linked = gap in _TIGHT
        if words.norm(near) in _CHAIN:
            near, linked = near + step, True
        other = words.norm(near)
        # "mon w lunch" is no Wednesday, "m w f" is one.
        if (linked and other in _NAMES) or (other in _LETTERS and (linked or word not in _WORDS)):
            return True
    return False


def _before_hours(words: Words, i: int) -> bool:
    """ "M 9-5 T 10-6": figures follow, and there are other letters of days."""
    if not words.is_digits(i + 1) or words.norm(i - 1) in ("a", "p", "i"):
        return False
    return any(
        norm in _LETTERS and norm not in _WORDS
        for norm in (*words.norms[:i], *words.norms[i + 1 :])
    )
