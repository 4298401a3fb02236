"""Rasa policy: while a task is in focus, the message is read in its place."""

from __future__ import annotations

from typing import Any

from rasa.core.featurizers.precomputation import MessageContainerForCoreFeaturization
from rasa.core.policies.policy import Policy, PolicyPrediction
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker

from bot.dialogue.focus import (
    CHOICES,
    TURN_ACTION,
    Message,
    action_in_focus,
    action_without_focus,
)

# Above RulePolicy's 6: a task in focus comes before the rules that hold without one.
PRIORITY = 7


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True
)
class FocusPolicy(Policy):
    """Predicts only for the first action after a message, and only with a task in focus."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Only the priority among policies."""
        return {"priority": PRIORITY}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: Any,
    ) -> FocusPolicy:
        """Nothing is trained: the rules are in ``focus``."""
        return cls(config, model_storage, resource, execution_context)

    def train(
        self, training_trackers: list[TrackerWithCachedStates], domain: Domain, **_: Any
    ) -> Resource:
        """Nothing to train."""
        return self._resource

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: dict[str, Any] | None = None,
        precomputations: MessageContainerForCoreFeaturization | None = None,
        **_: Any,
    ) -> PolicyPrediction:
        """One action with certainty, or no opinion."""
        action = self._choose(tracker, domain)
        probabilities = self._default_predictions(domain)
        if action is not None:
            probabilities[domain.index_for_action(action)] = 1.0
        return self._prediction(probabilities)

    @staticmethod
    def _choose(tracker: DialogueStateTracker, domain: Domain) -> str | None:
        latest = tracker.latest_message
        if latest is None:
            return None
        last_event = next((e for e in reversed(tracker.events) if isinstance(e, UserUttered)), None)
        if last_event is None or tracker.latest_action_name != ACTION_LISTEN_NAME:
            # Our own actions ran for this message: listen again. The rules say so for theirs.
            return ACTION_LISTEN_NAME if tracker.latest_action_name in CHOICES else None
        parsed = latest.parse_data or {}
        message = Message(
            text=latest.text or "",
            intent=str(latest.intent.get("name") or ""),
            ranking=[
                (str(item["name"]), float(item["confidence"]))
                for item in parsed.get("intent_ranking") or []
            ],
            kinds=frozenset(str(entity["entity"]) for entity in latest.entities),
            is_button=(latest.text or "").startswith("/"),
        )
        focus, questions = tracker.get_slot("focus"), _questions(domain)
        if focus not in TURN_ACTION:
            return action_without_focus(message, questions)
        return action_in_focus(focus, tracker.get_slot("asked"), message, questions)


def _questions(domain: Domain) -> frozenset[str]:
    # Intents that name what they ask or decline, beside small talk: all have an answer.
    return frozenset(
        name
        for name in domain.intents
        if name.startswith(("ask_", "refuse_"))
        or name
        in {"off_topic", "bot_identity", "complaint", "greet", "thanks", "how_are_you", "goodbye"}
    )
