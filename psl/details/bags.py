"""Small sets of words, written as people read them."""

from __future__ import annotations


def bag(words: str) -> frozenset[str]:
    """The words of a string as a set: ``bag("on in at")``."""
    return frozenset(words.split())
