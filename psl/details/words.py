"""The words of a message and the phrases found among them: spaCy's part of the reading.

A blank English pipeline with our own tokenizer: letters and digits are split ("case118204377",
"9am"), a hyphen between letters is no word ("plan-selection"), every other sign is a word, spaces
are none. Each token's NORM is the word spelt right (see ``spelling``), and one ``PhraseMatcher``
over NORM finds all listed phrases in a single pass, whose time grows with the text only.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from threading import Lock

import spacy
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc

from psl.details.spelling import Spelling

_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+|\n|[^\w\s]|_")
_LETTER = re.compile(r"[^\W\d_]")
_HYPHENS = "-‐‑–"

# Written {so} in a phrase.
_MACROS: Mapping[str, tuple[str, ...]] = {
    "{im}": ("i'm", "i am", "we're", "we are"),
    "{is}": ("is", "was", ":", "=", "-", "is :", "it's", "its"),
    "{a}": ("a", "an", "the", "her", "his", "their", "my", "our", "this", "that"),
}
_MACRO = re.compile(r"\{[a-z]+\}")


@dataclass(frozen=True, slots=True)
class Hit:
    """A listed phrase in a message: words ``i`` up to ``j``."""

    group: str
    value: str
    i: int
    j: int


@dataclass(frozen=True)
class Words:
    """A message cut into words."""

    text: str
    norms: Sequence[str]
    starts: Sequence[int]
    ends: Sequence[int]
    hits: Mapping[str, Sequence[Hit]]

    def __len__(self) -> int:
        return len(self.norms)

    def norm(self, i: int) -> str:
        """The word at ``i``, empty beyond either end."""
        return self.norms[i] if 0 <= i < len(self.norms) else ""

    def raw(self, i: int) -> str:
        """The word as written."""
        return self.text[self.starts[i] : self.ends[i]] if 0 <= i < len(self.norms) else ""

    def is_word(self, i: int) -> bool:
        """Whether there is a word of letters at ``i``."""
        return bool(_LETTER.match(self.raw(i)))

    def is_digits(self, i: int) -> bool:
        """Whether the word at ``i`` is written in digits."""
        return self.raw(i).isdecimal()

    def glued(self, i: int) -> bool:
        """Whether nothing stands between the words ``i`` and ``i + 1``."""
        return 0 <= i < len(self.norms) - 1 and self.ends[i] == self.starts[i + 1]

    def span(self, i: int, j: int) -> tuple[int, int]:
        """Where the words ``i`` up to ``j`` stand in the text."""
        return self.starts[i], self.ends[j - 1]

    def written(self, i: int, j: int) -> str:
        """The words ``i`` up to ``j`` as written, on one line."""
        return " ".join(self.text[self.starts[i] : self.ends[j - 1]].split()) if j > i else ""

    def at(self, place: int) -> int:
        """The first word that begins at or after a place in the text."""
        return bisect_left(self.starts, place)

    @cached_property
    def begins(self) -> Mapping[str, Mapping[int, Hit]]:
        """group -> word -> the longest phrase that begins there."""
        found: dict[str, dict[int, Hit]] = defaultdict(dict)
        for group, hits in self.hits.items():
            for hit in hits:
                known = found[group].get(hit.i)
                if known is None or known.j < hit.j:
                    found[group][hit.i] = hit
        return found

    def longest(self, group: str) -> Iterator[Hit]:
        """The phrases of a group from left to right, none inside another."""
        free = 0
        for hit in sorted(self.hits.get(group, ()), key=lambda hit: (hit.i, -hit.j)):
            if hit.i >= free:
                free = hit.j
                yield hit

    def beginning(self, group: str, i: int) -> Hit | None:
        """The longest phrase of a group that begins at word ``i``."""
        return self.begins[group].get(i) if group in self.begins else None


def expand(pattern: str) -> list[str]:
    """The phrases that a pattern stands for: "a|b" is either, "a?" may be missing."""
    slots: list[tuple[str, ...]] = []
    for slot in pattern.split():
        optional = slot.endswith("?") and len(slot) > 1
        options: list[str] = []
        for option in slot.removesuffix("?").split("|") if optional else slot.split("|"):
            options += _MACROS.get(option, (option,))
        slots.append((*options, "") if optional else tuple(options))
    return [" ".join(" ".join(chosen).split()) for chosen in product(*slots)]


def vocabulary(patterns: Iterable[str]) -> set[str]:
    """The words that patterns are made of."""
    return {
        word
        for pattern in patterns
        for word in re.findall(r"[^\W\d_]+", _MACRO.sub(" ", pattern.lower()))
    }


class Pipeline:
    """spaCy's blank English with our tokenizer, and the phrases to look for.

    Nothing of a message stays in memory: each is read inside spaCy's memory zone, under a lock
    because a zone is shared by the threads of a process.
    """

    def __init__(
        self, spelling: Spelling, patterns: Mapping[tuple[str, str], Iterable[str]]
    ) -> None:
        """Args:
        spelling: gives each word its norm.
        patterns: (group, value) -> the patterns which mean it; see ``expand``.
        """
        self._spelling = spelling
        self._lock = Lock()
        self._nlp = spacy.blank("en")
        self._matcher = PhraseMatcher(self._nlp.vocab, attr="NORM")
        self._keys: dict[int, tuple[str, str]] = {}
        for (group, value), lines in patterns.items():
            phrases = {phrase for line in lines for phrase in expand(line) if phrase}
            docs = [doc for phrase in sorted(phrases) if len(doc := self._doc(phrase)[0])]
            key = f"{group}|{value}"
            self._matcher.add(key, docs)
            self._keys[self._nlp.vocab.strings[key]] = (group, value)

    def _doc(self, text: str) -> tuple[Doc, list[str], list[int], list[int]]:
        words: list[str] = []
        norms: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        norm = self._spelling.norm
        for found in _TOKEN.finditer(text):
            word = found.group()
            if word in _HYPHENS and self._between_letters(text, found.start()):
                continue
            words.append(word)
            norms.append(norm(word))
            starts.append(found.start())
            ends.append(found.end())
        doc = Doc(self._nlp.vocab, words=words)
        for token, normed in zip(doc, norms, strict=True):
            token.norm_ = normed
        return doc, norms, starts, ends

    @staticmethod
    def _between_letters(text: str, place: int) -> bool:
        return 0 < place < len(text) - 1 and text[place - 1].isalpha() and text[place + 1].isalpha()

    def read(self, text: str) -> Words:
        """``text`` cut into words, with every listed phrase in it."""
        hits: dict[str, list[Hit]] = defaultdict(list)
        with self._lock, self._nlp.memory_zone():
            doc, norms, starts, ends = self._doc(text)
            for key, i, j in self._matcher(doc):
                group, value = self._keys[key]
                hits[group].append(Hit(group, value, i, j))
        return Words(text, norms, starts, ends, hits)
