"""One reading of a message: its words, its cue words, and how far they stand from a number.

Presidio asks an NLP engine to read a text once and hands the result to every recogniser. Ours is a
blank spaCy English pipeline with spaCy's PhraseMatcher over the cue table; there is no model to
download. Two choices are for privacy and for hostile input:

* spaCy keeps every string it ever sees. It is shown cue words only; all other words reach it as
  a placeholder, so nothing private can stay in its store.
* spaCy's own tokenizer takes quadratic time for some inputs (seconds for 10,000 brackets), so
  words come from one linear regular expression.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

import spacy
from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc

from psl.privacy.cues import ABBREVIATED, CONJUNCTIONS, LINKS, MONTHS, Family, misspellings, phrases
from psl.privacy.folding import SEALED

_TOKEN = re.compile(r"\d+|[^\W\d_]+(?:'[^\W\d_]+)?|\.{2,}|\n|\S")
_UNKNOWN = "_"

#: Distances count in thirds of a word, so that link words and commas weigh a little.
WORD: Final = 3
FAR: Final = 14 * WORD

_PUNCTUATION_WEIGHT = {",": 3, ";": 6, "?": 6, "!": 6, "\n": 4, SEALED: 3 * WORD}


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue phrase found in the message: words ``first`` to ``last`` (exclusive)."""

    families: frozenset[Family]
    first: int
    last: int
    start: int
    end: int
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Owner:
    """The cue that says what a number is."""

    family: Family
    cue: Cue
    gap: int
    before: bool


#: How far, in thirds of a word, a family's cue reaches: (cue before the value, cue after it).
Reach = Mapping[Family, tuple[int, int]]


class Reading(NlpArtifacts):
    """What the recognisers need to know of a folded message."""

    def __init__(self, text: str, engine: CueEngine) -> None:
        self.text = text
        matches = [(m.start(), m.end(), m.group()) for m in _TOKEN.finditer(text)]
        self.starts = [start for start, _, _ in matches]
        self.ends = [end for _, end, _ in matches]
        self.words = [engine.spelt(word) for _, _, word in matches]
        doc = engine.doc(self.words)
        super().__init__([], doc, self.starts, [], engine, "en")
        self.weights = [0, *accumulate(self._weight(i) for i in range(len(self.words)))]
        self.cues: list[Cue] = [
            Cue(
                families,
                first,
                last,
                self.starts[first],
                self.ends[last - 1],
                tuple(self.words[first:last]),
            )
            for first, last, families in engine.cues(doc)
        ]
        self._cue_firsts = [cue.first for cue in self.cues]
        self._cue_lasts = [cue.last for cue in self.cues]

    def _weight(self, index: int) -> int:
        word = self.words[index]
        if word in LINKS:
            return 1
        if word in CONJUNCTIONS:
            return 4
        if word[0].isdigit():
            return WORD if len(word) <= 3 else 3 * WORD
        if word[0].isalpha():
            return WORD
        if word == ".":
            if index and self.words[index - 1] in ABBREVIATED:
                return 0
            end = self.ends[index]
            return 6 if end >= len(self.text) or self.text[end] in " \n" else 0
        return _PUNCTUATION_WEIGHT.get(word, 0)

    # Places ---------------------------------------------------------------------------------

    def token_span(self, start: int, end: int) -> tuple[int, int]:
        """The words touched by characters ``start`` to ``end``."""
        return bisect_right(self.ends, start), bisect_left(self.starts, end)

    def gap(self, first: int, last: int) -> int:
        """The weight of the words from ``first`` to ``last`` (exclusive)."""
        return self.weights[last] - self.weights[first] if last > first else 0

    def between(self, first: int, last: int) -> list[str]:
        """The words from ``first`` to ``last`` (exclusive)."""
        return self.words[first:last]

    def before(self, first: int, reach: int = FAR) -> Iterator[tuple[Cue, int]]:
        """Cues in front of word ``first``, nearest first, with their gap."""
        for place in range(bisect_right(self._cue_lasts, first) - 1, -1, -1):
            cue = self.cues[place]
            gap = self.gap(cue.last, first)
            if gap > reach:
                return
            yield cue, gap

    def after(self, last: int, reach: int = FAR) -> Iterator[tuple[Cue, int]]:
        """Cues behind the value that ends before word ``last``, nearest first, with their gap."""
        for place in range(bisect_left(self._cue_firsts, last), len(self.cues)):
            cue = self.cues[place]
            gap = self.gap(last, cue.first)
            if gap > reach:
                return
            yield cue, gap

    def starts_own_number(self, cue: Cue) -> bool:
        """Whether a longer number or a date follows the cue itself ("case 118204377")."""
        for index in range(cue.last, min(cue.last + 6, len(self.words))):
            word = self.words[index]
            if word == SEALED or (word[0].isdigit() and len(word) >= 3) or word in MONTHS:
                return True
            if word[0].isdigit() and re.match(r"[-/.]\d", self.text[self.ends[index] :][:2]):
                return True
            if word[0].isalnum() and word not in LINKS and not word[0].isdigit():
                return False
        return False

    def owner(self, start: int, end: int, reach: Reach) -> Owner | None:
        """The nearest cue of the given families; in front of the value wins over behind it."""
        first, last = self.token_span(start, end)
        found: list[tuple[int, int, int, Owner]] = []
        ahead = max(reach_before for reach_before, _ in reach.values())
        behind = max(reach_after for _, reach_after in reach.values())
        order = {family: rank for rank, family in enumerate(reach)}
        for cue, gap in self.before(first, ahead):
            for family in cue.families & reach.keys():
                if gap <= reach[family][0]:
                    found.append((gap, 0, order[family], Owner(family, cue, gap, True)))
            if found:
                break
        for cue, gap in self.after(last, behind):
            families = cue.families & reach.keys()
            if not families:
                continue
            if self.starts_own_number(cue):
                break
            for family in families:
                if gap <= reach[family][1]:
                    found.append((gap, 1, order[family], Owner(family, cue, gap, False)))
            break
        return min(found, key=lambda entry: entry[:3])[3] if found else None

    # Things that are left alone ---------------------------------------------------------------

    @cached_property
    def reserved(self) -> list[tuple[int, int]]:
        """E-mails and written phone numbers: a ticket needs them; few rules look inside."""
        spans = [match.span() for pattern in _RESERVED for match in pattern.finditer(self.text)]
        return sorted(spans)

    @cached_property
    def _reserved_starts(self) -> list[int]:
        return [start for start, _ in self.reserved]

    def is_reserved(self, start: int, end: int) -> bool:
        """Whether the stretch touches an e-mail or a written phone number."""
        place = bisect_left(self._reserved_starts, end)
        return any(
            other_end > start and other_start < end
            for other_start, other_end in self.reserved[max(0, place - 3) : place]
        )


_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
_PHONE = re.compile(
    r"(?<![\d$])(?<!\d[-.])(?:\+?1[-. ]{0,2})?"
    r"(?:\(\d{3}\)[-. ]{0,3}|\d{3}(?: ?[-./] ?| ))\d{3}(?: ?[-.] ?| )\d{4}(?![-.]?\d)"
)
_RESERVED = (_EMAIL, _PHONE)


class CueEngine(NlpEngine):
    """A blank spaCy English pipeline whose one task is to find cue phrases."""

    def __init__(self) -> None:
        self._nlp: spacy.language.Language | None = None

    def load(self) -> None:
        self._nlp = spacy.blank("en")
        self._matcher = PhraseMatcher(self._nlp.vocab)
        self._families: dict[int, frozenset[Family]] = {}
        self._known: set[str] = {_UNKNOWN, SEALED}
        table: dict[tuple[str, ...], set[Family]] = {}
        for phrase, families in [*phrases(), *_conditions()]:
            parts = phrase.split(" ")
            for joint in (" ", "-", "_") if 1 < len(parts) <= 3 else (" ",):
                words = tuple(_TOKEN.findall(joint.join(parts)))
                table.setdefault(words, set()).update(families)
        for words, named in table.items():
            self._known.update(words)
            label = " ".join(words)
            self._matcher.add(label, [Doc(self._nlp.vocab, words=list(words))])
            self._families[self._nlp.vocab.strings[label]] = frozenset(named)
        self._meant = {
            wrong: word for wrong, word in misspellings().items() if wrong not in self._known
        }

    def is_loaded(self) -> bool:
        return self._nlp is not None

    def spelt(self, word: str) -> str:
        """The word, or the cue word that was meant by it."""
        return self._meant.get(word, word)

    def doc(self, words: list[str]) -> Doc:
        """A spaCy document of cue words and placeholders."""
        assert self._nlp is not None
        known = self._known
        return Doc(self._nlp.vocab, words=[w if w in known else _UNKNOWN for w in words])

    def cues(self, doc: Doc) -> list[tuple[int, int, frozenset[Family]]]:
        """Cue phrases in order, the longest at each place, none overlapping."""
        kept: list[tuple[int, int, frozenset[Family]]] = []
        matches = [(first, last, label) for label, first, last in self._matcher(doc)]
        done = 0
        for first, last, label in sorted(matches, key=lambda match: (match[0], -match[1])):
            if first >= done:
                kept.append((first, last, self._families[label]))
                done = last
        return kept

    def process_text(self, text: str, language: str) -> Reading:
        return Reading(text, self)

    def process_batch(
        self,
        texts: Iterable[str],
        language: str,
        batch_size: int = 1,
        n_process: int = 1,
        **kwargs: Any,
    ) -> Iterator[tuple[str, NlpArtifacts]]:
        for text in texts:
            yield text, Reading(text, self)

    def is_stopword(self, word: str, language: str) -> bool:
        return word in LINKS

    def is_punct(self, word: str, language: str) -> bool:
        return not word.isalnum()

    def get_supported_entities(self) -> list[str]:
        return []

    def get_supported_languages(self) -> list[str]:
        return ["en"]


def _conditions() -> list[tuple[str, frozenset[Family]]]:
    lines = Path(__file__).with_name("conditions.txt").read_text("utf-8").splitlines()
    return [
        (line.strip(), frozenset({Family.CONDITION}))
        for line in lines
        if line.strip() and not line.startswith("#")
    ]
