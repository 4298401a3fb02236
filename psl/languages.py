"""The languages that residents and agents name, under one name each."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from psl.details.lists import load_lists


@lru_cache(maxsize=4)
def _names(guide_dir: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for language in load_lists(guide_dir).languages:
        for written in (language.name, *language.aliases, *language.weak):
            found[written.casefold()] = language.name
    return found


def language_name(typed: str, guide_dir: Path) -> str:
    """The usual name of a language ("espanol" is Spanish); an unknown one as it was typed."""
    words = " ".join(typed.split())
    return _names(guide_dir).get(words.casefold(), words[:1].upper() + words[1:])


def language_names(guide_dir: Path) -> frozenset[str]:
    """Every language that has a name here."""
    return frozenset(_names(guide_dir).values())
