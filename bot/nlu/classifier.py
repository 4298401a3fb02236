"""Rasa intent classifier: logistic regression and nearest examples, on our featurizers' vectors.

The regression draws the borders between intents; the examples nearest to a message correct it where
an intent is many small islands ("im sick", "jury duty", "no end date"). How a message is formed,
as a question or not, is a number of its own beside the featurizers', and decides between an intent
that asks how something is done and the one that does it when both are likely.

Trained with scipy's optimiser, saved as plain arrays, predicted with numpy. It also decides when it
does not know (see ``config.yml`` for the two thresholds):

- sure of one intent: that intent;
- unsure between two: ``nlu_fallback`` with both names under ``between``;
- unsure of all: ``nlu_fallback``.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import numpy.typing as npt
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.features import Matrix, clause_vectors, sentence_vector, texts_of
from bot.nlu.form import DONE_BY, looks_like_question
from bot.nlu.ngrams import ORIGIN as NGRAMS
from bot.nlu.sentence import ORIGIN as SENTENCE

Indices = npt.NDArray[np.intp]

ORIGINS = [SENTENCE, NGRAMS]
FALLBACK = "nlu_fallback"
CLAUSES = "clauses"
# What a question's form weighs, beside vectors of length one.
_ASKS = 0.5
# How quickly an example's vote falls with its distance.
_NEARNESS = 12.0


def softmax(scores: Matrix) -> Matrix:
    """Probabilities of the last axis."""
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Matrix = raised / raised.sum(axis=-1, keepdims=True)
    return shares


def with_form(vectors: Matrix, texts: list[str]) -> Matrix:
    """A row a text, with one more number: whether the text has the form of a question."""
    asks = [[_ASKS * looks_like_question(text)] for text in texts]
    return np.hstack([vectors, np.array(asks, dtype=np.float32).reshape(-1, 1)])


def unit(vectors: Matrix) -> Matrix:
    """Rows of length one."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    rows: Matrix = vectors / np.maximum(lengths, 1e-9)
    return rows


def by_form(ranking: list[dict[str, Any]], text: str, rival: float) -> list[dict[str, Any]]:
    """``ranking`` with its first two swapped where the form of ``text`` speaks for the second.

    Only between a question and its command, and if the second has ``rival`` of the first.
    """
    first, second = ranking[:2]
    if second["confidence"] < rival * first["confidence"]:
        return ranking
    asks = looks_like_question(text)
    question, command = (second, first) if asks else (first, second)
    if DONE_BY.get(question["name"]) != command["name"]:
        return ranking
    names = {"name": second["name"]}, {"name": first["name"]}
    return [first | names[0], second | names[1], *ranking[2:]]


def fit(vectors: Matrix, labels: Indices, strength: float, rounds: int) -> tuple[Matrix, Matrix]:
    """Weights (a row a label) and biases of a multinomial logistic regression.

    ``labels`` are 0, 1, 2 ... for the rows of ``vectors``. Single precision and centred vectors:
    several times as quick as scikit-learn's, with the same result.
    """
    from scipy.optimize import minimize

    counts = np.bincount(labels)
    # Half-way balanced: an intent with many examples shall not swallow its neighbours, and one
    # with few shall not shout.
    shares = ((counts.mean() / counts) ** 0.5)[labels].astype(np.float32)
    mean = vectors.mean(axis=0)
    inputs = np.hstack([vectors - mean, np.ones((len(vectors), 1), dtype=np.float32)])
    shape = (inputs.shape[1], len(counts))
    penalty = np.full((shape[0], 1), 1 / strength, dtype=np.float32)
    penalty[-1] = 0  # the bias is free
    rows, total = np.arange(len(labels)), float(shares.sum())

    def loss(flat: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        weights = flat.reshape(shape).astype(np.float32)
        scores = inputs @ weights
        scores -= scores.max(axis=1, keepdims=True)
        wanted = scores[rows, labels]
        np.exp(scores, out=scores)
        sums = scores.sum(axis=1)
        missed = float((shares * (np.log(sums) - wanted)).sum(dtype=np.float64))
        scores *= (shares / sums)[:, None]
        scores[rows, labels] -= shares
        held = penalty * weights
        slope = (inputs.T @ scores + held) / total
        return (missed + 0.5 * float((held * weights).sum())) / total, slope.ravel().astype(float)

    found = minimize(
        loss, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", options={"maxiter": rounds}
    )
    weights = found.x.reshape(shape).astype(np.float32)
    return weights[:-1].T.copy(), weights[-1] - mean @ weights[:-1]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntentClassifier(GraphComponent):
    """One weight vector an intent."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Defaults.

        ``sure``: at this probability the first intent stands alone. ``unsure``: below it nothing
        is understood. Between them the message is ambiguous if the second intent has at least
        ``rival`` of the first one's probability. ``clause_sure``: a clause's intent counts only
        from here. ``strength`` is the inverse regularisation (scikit-learn's C); ``rounds`` ends
        the fit, after which held-out wording gains nothing. ``neighbours`` nearest examples give
        ``neighbour_share`` of the probability. Form decides between a question and its command
        when the second of them has at least ``form_rival`` of the first.
        """
        return {
            "sure": 0.42,
            "unsure": 0.16,
            "rival": 0.6,
            "clause_sure": 0.5,
            "strength": 20.0,
            "rounds": 40,
            "neighbours": 15,
            "neighbour_share": 0.2,
            "form_rival": 0.4,
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
        self._mean: Matrix = np.zeros(0, dtype=np.float32)
        self._labels: Indices = np.zeros(0, dtype=np.intp)
        self._examples: Matrix = np.zeros((0, 0), dtype=np.float32)

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
            component._mean, component._labels = arrays["mean"], arrays["labels"]
            component._examples = arrays["examples"] * arrays["scale"]
        return component

    def train(self, training_data: TrainingData) -> Resource:
        """Fit on every example that has an intent."""
        examples = training_data.intent_examples
        vectors = with_form(
            np.stack([sentence_vector(example, ORIGINS) for example in examples]),
            [texts_of(example)[0] for example in examples],
        )
        names, labels = np.unique(
            [example.get(INTENT) for example in examples], return_inverse=True
        )
        self._intents = [str(name) for name in names]
        self._weights, self._bias = fit(
            vectors, labels, float(self._config["strength"]), int(self._config["rounds"])
        )
        self._labels = labels
        self._mean = vectors.mean(axis=0)
        self._examples = unit(vectors - self._mean)
        # A byte a number keeps the model small, and the nearest examples the nearest.
        scale = np.float32(np.abs(self._examples).max() / 127)
        with self._storage.write_to(self._resource) as folder:
            (folder / "intents.json").write_text(json.dumps(self._intents))
            np.savez(
                folder / "classifier.npz",
                weights=self._weights,
                bias=self._bias,
                mean=self._mean,
                labels=self._labels,
                examples=np.rint(self._examples / scale).astype(np.int8),
                scale=scale,
            )
        return self._resource

    def _neighbours(self, vector: Matrix) -> Matrix:
        """The share of each intent among the nearest examples, the nearer the more."""
        likeness = self._examples @ unit(vector - self._mean)
        wanted = min(int(self._config["neighbours"]), len(likeness))
        nearest = np.argpartition(-likeness, wanted - 1)[:wanted]
        votes = np.exp(_NEARNESS * (likeness[nearest] - 1))
        counted = np.bincount(self._labels[nearest], votes, minlength=len(self._intents))
        shares: Matrix = (counted / counted.sum()).astype(np.float32)
        return shares

    def _ranking(self, vector: Matrix, text: str) -> list[dict[str, Any]]:
        share = float(self._config["neighbour_share"])
        vector = with_form(vector.reshape(1, -1), [text])[0]
        shares = (1 - share) * softmax(self._weights @ vector + self._bias)
        shares += share * self._neighbours(vector)
        best = np.argsort(-shares)[: int(self._config["ranking"])]
        ranking = [
            {"name": self._intents[index], "confidence": round(float(shares[index]), 4)}
            for index in best
        ]
        return by_form(ranking, text, float(self._config["form_rival"]))

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
            ranking = self._ranking(sentence_vector(message, ORIGINS), message.get(TEXT))
            message.set(INTENT, self._decide(ranking), add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
            clauses = []
            rows = clause_vectors(message, ORIGINS)
            for clause, row in zip(texts_of(message)[1], rows, strict=False):
                best = self._ranking(row, clause.text)[0]
                if best["confidence"] >= self._config["clause_sure"]:
                    clauses.append({**clause._asdict(), "intent": best})
            message.set(CLAUSES, clauses, add_to_output=True)
        return messages
