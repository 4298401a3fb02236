"""Rasa entity extractor: ``psl.details`` behind Rasa's interface."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from actions.turn import reader_asks
from psl.details import Reader, shared_reader
from psl.settings import settings


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class DetailExtractor(GraphComponent):
    """Systems, screens, browsers, errors, numbers, times and so on, as Rasa entities."""

    def __init__(self, reader: Reader) -> None:
        """``reader`` is built from ``data/guide``."""
        self._reader = reader

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> DetailExtractor:
        """Build the matchers from the guide."""
        return cls(shared_reader(settings().guide_dir))

    def process(
        self,
        messages: list[Message],
        # Rasa compares the annotation by identity, so it cannot say that None is allowed.
        tracker: DialogueStateTracker = None,
    ) -> list[Message]:
        """Add what each message tells; a bare number is read by what was just asked."""
        asked = tracker.get_slot("asked") if tracker is not None else None
        for message in messages:
            text = message.get(TEXT) or ""
            found = [
                {
                    "entity": detail.kind,
                    "value": detail.value,
                    "start": detail.start,
                    "end": detail.end,
                    "negated": detail.negated,
                    "extractor": "DetailExtractor",
                }
                for detail in self._reader.read(text, asked=reader_asks(asked))
            ]
            message.set(ENTITIES, [*(message.get(ENTITIES) or []), *found], add_to_output=True)
        return messages
