"""What our featurizers share: vectors are put on a message, and on each of its clauses."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.clauses import Clause, split_clauses

Matrix = npt.NDArray[np.float32]
CLAUSE_FEATURES = "clause_features"


def texts_of(message: Message) -> tuple[str, list[Clause]]:
    """The whole text and its clauses, split the same way by every component."""
    text = message.get(TEXT) or ""
    return text, split_clauses(text)


def put_features(message: Message, whole: Matrix, clauses: Matrix, origin: str) -> None:
    """Add a sentence vector (Rasa's usual kind) and one row a clause, kept off the output."""
    message.add_features(Features(whole.reshape(1, -1), FEATURE_TYPE_SENTENCE, TEXT, origin))
    if len(clauses):
        collected = message.get(CLAUSE_FEATURES) or {}
        message.set(CLAUSE_FEATURES, {**collected, origin: clauses}, add_to_output=False)


def sentence_vector(message: Message, origins: list[str]) -> Matrix:
    """The message's own vectors, joined in the order of ``origins``."""
    by_origin = {
        feature.origin: feature.features
        for feature in message.features
        if feature.type == FEATURE_TYPE_SENTENCE and feature.attribute == TEXT
    }
    joined: Matrix = np.concatenate([np.asarray(by_origin[origin])[0] for origin in origins])
    return joined.astype(np.float32)


def clause_vectors(message: Message, origins: list[str]) -> Matrix:
    """One row a clause; no rows when the message is one piece."""
    collected = message.get(CLAUSE_FEATURES) or {}
    if not collected:
        return np.zeros((0, 0), dtype=np.float32)
    rows: Matrix = np.concatenate([collected[origin] for origin in origins], axis=1)
    return rows
