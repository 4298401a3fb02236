"""Every recogniser the masker uses, and Presidio's context step switched off.

Presidio raises scores by lemmas near a find. Our recognisers weigh the words themselves, so a find
is final.
"""

from __future__ import annotations

from presidio_analyzer import EntityRecognizer, RecognizerResult
from presidio_analyzer.context_aware_enhancers import ContextAwareEnhancer
from presidio_analyzer.nlp_engine import NlpArtifacts

from psl.privacy.recognisers.birth import BirthDateRecogniser
from psl.privacy.recognisers.card import CardRecogniser
from psl.privacy.recognisers.health import HealthRecogniser
from psl.privacy.recognisers.income import IncomeRecogniser
from psl.privacy.recognisers.papers import PapersRecogniser
from psl.privacy.recognisers.secrets import OneTimeCodeRecogniser, PasswordRecogniser
from psl.privacy.recognisers.ssn import NineDigitRecogniser, SsnRecogniser


def all_recognisers() -> list[EntityRecognizer]:
    """One of each."""
    return [
        SsnRecogniser(),
        NineDigitRecogniser(),
        BirthDateRecogniser(),
        CardRecogniser(),
        PapersRecogniser(),
        IncomeRecogniser(),
        HealthRecogniser(),
        PasswordRecogniser(),
        OneTimeCodeRecogniser(),
    ]


class NoEnhancer(ContextAwareEnhancer):
    """Leaves every result as it is."""

    def __init__(self) -> None:
        super().__init__(0.0, 0.0, 0, 0)

    def enhance_using_context(
        self,
        text: str,
        raw_results: list[RecognizerResult],
        nlp_artifacts: NlpArtifacts,
        recognizers: list[EntityRecognizer],
        context: list[str] | None = None,
    ) -> list[RecognizerResult]:
        return raw_results
