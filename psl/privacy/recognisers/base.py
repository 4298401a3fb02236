"""What all our recognisers share: they read a ``Reading``, not raw text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from presidio_analyzer import EntityRecognizer, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts

from psl.privacy.reading import Reading


class Find(NamedTuple):
    """A stretch of the folded message that must go."""

    kind: str
    start: int
    end: int


class Recogniser(EntityRecognizer):
    """A deterministic recogniser: a find is certain, its score is always 1."""

    kinds: tuple[str, ...] = ()

    def __init__(self) -> None:
        super().__init__(supported_entities=list(self.kinds), supported_language="en")

    def load(self) -> None:
        """Nothing to load: patterns are compiled with the module."""

    def find(self, reading: Reading) -> Iterable[Find]:
        """What this recogniser wants removed."""
        raise NotImplementedError

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts
    ) -> list[RecognizerResult]:
        assert isinstance(nlp_artifacts, Reading)
        return [self.result(*find) for find in self.find(nlp_artifacts)]

    def result(self, kind: str, start: int, end: int) -> RecognizerResult:
        """The find in Presidio's form."""
        metadata = {
            RecognizerResult.RECOGNIZER_NAME_KEY: type(self).__name__,
            RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: self.id,
        }
        return RecognizerResult(kind, start, end, 1.0, recognition_metadata=metadata)


#: No password is longer; a longer run of characters is looked at in pieces.
_LONGEST = 256


def chunks(text: str, start: int, limit: int) -> Iterator[tuple[int, int]]:
    """Up to ``limit`` runs of characters without white space, from ``start`` on."""
    place = start
    for _ in range(limit):
        while place < len(text) and text[place].isspace():
            place += 1
        if place >= len(text):
            return
        begin = place
        while place < len(text) and place - begin < _LONGEST and not text[place].isspace():
            place += 1
        yield begin, place
