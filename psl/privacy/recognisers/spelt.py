"""Numbers spelt out in words: "four oh two, seventy-one, ninety three eighty five"."""

from __future__ import annotations

from typing import NamedTuple

from psl.privacy.cues import TEENS, TENS, UNITS, words
from psl.privacy.reading import Reading

_FILLERS = words("- , . and dash hyphen then / space ; ") | {"\n"}
_SCALES = words("hundred thousand k grand")
_SPELT = UNITS | TEENS | TENS
_LEADING = words("o oh")


class Run(NamedTuple):
    """Words ``first`` to ``last`` (exclusive) that spell ``digits`` digits."""

    first: int
    last: int
    digits: int
    words: int
    scaled: bool


def runs(reading: Reading) -> list[Run]:
    """Every run of number words (digits may be mixed in), in one pass."""
    in_cue: set[int] = set()
    for cue in reading.cues:
        in_cue.update(range(cue.first, cue.last))
    found: list[Run] = []
    parts: list[int] = []

    def close() -> None:
        while parts and reading.words[parts[0]] == "and":
            parts.pop(0)
        spelt = sum(1 for part in parts if reading.words[part] in _SPELT)
        if spelt:
            words = [reading.words[part] for part in parts]
            scaled = any(word in _SCALES for word in words)
            found.append(Run(parts[0], parts[-1] + 1, _digits(words), spelt, scaled))
        parts.clear()

    for index, word in enumerate(reading.words):
        if index in in_cue:
            close()
        elif (
            word in _SPELT
            or word in {"double", "triple"}
            or (word in _SCALES and parts)
            or (word[0].isdigit() and len(word) <= 4)
        ):
            parts.append(index)
        elif word in _FILLERS and parts and index - parts[-1] <= 3:
            continue
        else:
            close()
    close()
    return found


def _digits(words: list[str]) -> int:
    total = 0
    for place, word in enumerate(words):
        following = words[place + 1] if place + 1 < len(words) else ""
        if word[0].isdigit():
            total += len(word)
        elif word in UNITS or word == "double":
            total += 1
        elif word == "triple" or word in TEENS:
            total += 2
        elif word in TENS:
            total += 1 if following in UNITS and following not in _LEADING else 2
        elif word == "hundred":
            total += 0 if following in TENS or following in TEENS else 1 if following else 2
    return total
