"""Rasa featurizer: what a message means, as a MiniLM sentence vector."""

from __future__ import annotations

import re
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.encoder import shared_encoder
from bot.nlu.features import put_features, texts_of

ORIGIN = "sentence"
# To the encoder digits are words: with one number a message would mean this, with another that.
_OUR_NUMBER = re.compile(r"\b([RT])-?\d{4}-?\d{4}\b", re.IGNORECASE)


def steady(text: str) -> str:
    """``text`` with every referral or ticket number the same, so that only its words count."""
    return _OUR_NUMBER.sub(r"\1-4821-7308", text)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceFeaturizer(GraphComponent):
    """Adds the 384 numbers of the packaged MiniLM model (its sha256 is checked at load)."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceFeaturizer:
        """Load the encoder once a process, so that the first message does not wait for it."""
        component = cls()
        component._encoder = shared_encoder()
        return component

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Featurize all examples in batches; their clauses are not learnt from."""
        examples = training_data.training_examples
        vectors = self._encoder.encode([steady(texts_of(example)[0]) for example in examples])
        for example, vector in zip(examples, vectors, strict=True):
            put_features(example, vector, vectors[:0], ORIGIN)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Featurize each message and its clauses."""
        pieces = [texts_of(message) for message in messages]
        flat = [t for text, clauses in pieces for t in (text, *(c.text for c in clauses))]
        vectors = self._encoder.encode([steady(piece) for piece in flat])
        row = 0
        for message, (_text, clauses) in zip(messages, pieces, strict=True):
            end = row + 1 + len(clauses)
            put_features(message, vectors[row], vectors[row + 1 : end], ORIGIN)
            row = end
        return messages
