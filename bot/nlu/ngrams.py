"""Rasa featurizer: hashed word and character n-grams, folded to a few hundred numbers.

Sentence vectors lose rare programme words and misspellings ("refferal", "1095a"); n-grams keep
them. The sparse counts are folded by a truncated SVD so that the linear classifier stays small.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from itertools import pairwise
from math import log
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.features import Matrix, put_features, texts_of

ORIGIN = "ngrams"
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_DIGITS = re.compile(r"\d")


def ngrams(text: str) -> Counter[str]:
    """Words, word pairs and 2-4 letter pieces of each word; digits count only as digits.

    How a message begins counts too: "how do I set ..." and "set ..." have their words in common.
    """
    words = [_DIGITS.sub("0", word) for word in _WORD.findall(text.lower())]
    counts: Counter[str] = Counter(words)
    counts.update(f"{a} {b}" for a, b in pairwise(words))
    counts.update("^" + " ".join(words[:length]) for length in (1, 2) if len(words) >= length)
    for word in words:
        padded = f"<{word}>"
        for size in (2, 3, 4):
            counts.update(f"#{padded[i : i + size]}" for i in range(len(padded) - size + 1))
    return counts


def hashed_row(text: str, buckets: int) -> tuple[list[int], list[float]]:
    """Bucket numbers and damped counts of one text's n-grams."""
    row: dict[int, float] = {}
    for gram, count in ngrams(text).items():
        bucket = zlib.crc32(gram.encode()) % buckets
        row[bucket] = row.get(bucket, 0.0) + 1.0 + log(count)
    return list(row), list(row.values())


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class NgramFeaturizer(GraphComponent):
    """Learns bucket weights and a folding from the training data; plain arrays, no pickle."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Sizes: ``buckets`` of the hash, ``dimensions`` after folding, and the random seed."""
        return {"buckets": 16384, "dimensions": 384, "seed": 7}

    def __init__(
        self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource
    ) -> None:
        """Made by Rasa through ``create`` or ``load``."""
        self._config = config
        self._storage = model_storage
        self._resource = resource
        self._weights: Matrix = np.zeros(0, dtype=np.float32)
        self._folding: Matrix = np.zeros((0, 0), dtype=np.float32)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> NgramFeaturizer:
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
    ) -> NgramFeaturizer:
        """The trained component, from the model's own folder."""
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            arrays = np.load(folder / "ngrams.npz", allow_pickle=False)
            component._weights = arrays["weights"]
            component._folding = arrays["folding"].astype(np.float32)
        return component

    def train(self, training_data: TrainingData) -> Resource:
        """Weigh buckets by rarity (idf) and fold them by truncated SVD."""
        from scipy.sparse import csr_matrix
        from sklearn.utils.extmath import randomized_svd

        texts = [texts_of(example)[0] for example in training_data.training_examples]
        buckets = int(self._config["buckets"])
        indices: list[int] = []
        values: list[float] = []
        offsets = [0]
        for text in texts:
            row, counts = hashed_row(text, buckets)
            indices += row
            values += counts
            offsets.append(len(indices))
        counts_matrix = csr_matrix((values, indices, offsets), shape=(len(texts), buckets))
        documents = np.bincount(np.array(indices, dtype=np.int64), minlength=buckets)
        self._weights = (np.log((1 + len(texts)) / (1 + documents)) + 1).astype(np.float32)
        weighted = counts_matrix.multiply(self._weights).tocsr()
        norms = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
        weighted = weighted.multiply(1 / np.maximum(norms, 1e-9)[:, None]).tocsr()
        wanted = min(int(self._config["dimensions"]), min(weighted.shape) - 1)
        _, _, right = randomized_svd(
            weighted, wanted, n_iter=3, random_state=int(self._config["seed"])
        )
        self._folding = right.T.astype(np.float16).astype(np.float32)
        with self._storage.write_to(self._resource) as folder:
            np.savez_compressed(
                folder / "ngrams.npz",
                weights=self._weights,
                folding=self._folding.astype(np.float16),
            )
        return self._resource

    def _vectors(self, texts: list[str]) -> Matrix:
        out = np.zeros((len(texts), self._folding.shape[1]), dtype=np.float32)
        for number, text in enumerate(texts):
            row, counts = hashed_row(text, len(self._weights))
            if row:
                weighted = np.array(counts, dtype=np.float32) * self._weights[row]
                weighted /= max(float(np.linalg.norm(weighted)), 1e-9)
                out[number] = weighted @ self._folding[row]
        return out

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Featurize all examples; their clauses are not learnt from."""
        examples = training_data.training_examples
        vectors = self._vectors([texts_of(example)[0] for example in examples])
        for example, vector in zip(examples, vectors, strict=True):
            put_features(example, vector, vectors[:0], ORIGIN)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Featurize each message and its clauses."""
        for message in messages:
            text, clauses = texts_of(message)
            vectors = self._vectors([text, *(clause.text for clause in clauses)])
            put_features(message, vectors[0], vectors[1:], ORIGIN)
        return messages
