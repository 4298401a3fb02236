"""Rasa intent classifier: multinomial logistic regression on our featurizers' vectors.

Trained with scikit-learn, saved as plain arrays, predicted with numpy. It also decides when it
does not know (see ``config.yml`` for the two thresholds):

- sure of one intent: that intent;
- unsure between two: ``nlu_fallback`` with both names under ``between``;
- unsure of all: ``nlu_fallback``.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.features import Matrix, clause_vectors, sentence_vector, texts_of
from bot.nlu.ngrams import ORIGIN as NGRAMS
from bot.nlu.sentence import ORIGIN as SENTENCE

ORIGINS = [SENTENCE, NGRAMS]
FALLBACK = "nlu_fallback"
CLAUSES = "clauses"


def softmax(scores: Matrix) -> Matrix:
    """Probabilities of the last axis."""
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Matrix = raised / raised.sum(axis=-1, keepdims=True)
    return shares


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntentClassifier(GraphComponent):
    """One weight vector an intent."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Defaults.

        ``sure``: at this probability the first intent stands alone. ``unsure``: below it nothing
        is understood. Between them the message is ambiguous if the second intent has at least
        ``rival`` of the first one's probability. ``clause_sure``: a clause's intent counts only
        from here. ``strength`` is scikit-learn's inverse regularisation C.
        """
        return {
            "sure": 0.42,
            "unsure": 0.16,
            "rival": 0.6,
            "clause_sure": 0.5,
            "strength": 20.0,
            "ranking": 8,
        }

    def __init__(
        self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource
    ) -> None:
        """Made by Rasa through ``create`` or ``load``."""
        self._config = config
        self._storage = model_storage
        self._resource = resource
        self._intents: list[str] = []
        self._weights: Matrix = np.zeros((0, 0), dtype=np.float32)
        self._bias: Matrix = np.zeros(0, dtype=np.float32)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LinearIntentClassifier:
        """A new, untrained component."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: Any,
    ) -> LinearIntentClassifier:
        """The trained component, from the model's own folder."""
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component._intents = json.loads((folder / "intents.json").read_text())
            arrays = np.load(folder / "classifier.npz", allow_pickle=False)
            component._weights, component._bias = arrays["weights"], arrays["bias"]
        return component

    def train(self, training_data: TrainingData) -> Resource:
        """Fit on every example that has an intent."""
        from sklearn.linear_model import LogisticRegression

        examples = training_data.intent_examples
        vectors = np.stack([sentence_vector(example, ORIGINS) for example in examples])
        labels = [example.get(INTENT) for example in examples]
        # Half-way balanced: an intent with many examples shall not swallow its neighbours, and one
        # with few shall not shout.
        counts = Counter(labels)
        mean = len(labels) / len(counts)
        model = LogisticRegression(
            C=float(self._config["strength"]),
            class_weight={name: (mean / count) ** 0.5 for name, count in counts.items()},
            max_iter=60,
            tol=1e-3,
        )
        model.fit(vectors, labels)
        self._intents = [str(name) for name in model.classes_]
        self._weights = model.coef_.astype(np.float32)
        self._bias = model.intercept_.astype(np.float32)
        with self._storage.write_to(self._resource) as folder:
            (folder / "intents.json").write_text(json.dumps(self._intents))
            np.savez(folder / "classifier.npz", weights=self._weights, bias=self._bias)
        return self._resource

    def _ranking(self, vector: Matrix) -> list[dict[str, Any]]:
        shares = softmax(self._weights @ vector + self._bias)
        best = np.argsort(-shares)[: int(self._config["ranking"])]
        return [
            {"name": self._intents[index], "confidence": round(float(shares[index]), 4)}
            for index in best
        ]

    def _decide(self, ranking: list[dict[str, Any]]) -> dict[str, Any]:
        first, second = ranking[0], ranking[1]
        if first["confidence"] >= self._config["sure"]:
            return first
        if first["confidence"] < self._config["unsure"]:
            return {"name": FALLBACK, "confidence": 1.0 - first["confidence"]}
        if second["confidence"] >= self._config["rival"] * first["confidence"]:
            return {
                "name": FALLBACK,
                "confidence": first["confidence"],
                "between": [first["name"], second["name"]],
            }
        return first

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the intent, its ranking, and the intents of clauses that are clear by themselves."""
        for message in messages:
            if not self._intents or not message.get(TEXT):
                continue
            ranking = self._ranking(sentence_vector(message, ORIGINS))
            message.set(INTENT, self._decide(ranking), add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
            clauses = []
            rows = clause_vectors(message, ORIGINS)
            for clause, row in zip(texts_of(message)[1], rows, strict=False):
                best = self._ranking(row)[0]
                if best["confidence"] >= self._config["clause_sure"]:
                    clauses.append({**clause._asdict(), "intent": best})
            message.set(CLAUSES, clauses, add_to_output=True)
        return messages
