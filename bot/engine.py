"""Rasa, loaded into this process: the trained model, our tracker store, actions without HTTP."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")

from bot import lean

with lean.imports():
    from rasa.core.actions.action import RemoteAction
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
    from rasa.shared.core.trackers import EventVerbosity
    from rasa.utils.endpoints import EndpointConfig

    from bot.tracker_store import RecentTurnsStore

from rasa_sdk.executor import ActionExecutor
from sqlalchemy import event, text
from sqlalchemy.engine.url import make_url

from psl.settings import Settings

__all__ = ["Agent", "CollectingOutputChannel", "UserMessage", "load_agent"]


class InProcessActions(EndpointConfig):
    """An action endpoint that calls the executor of rasa-sdk instead of an HTTP server."""

    def __init__(self) -> None:
        """Register every action of the ``actions`` package."""
        # Without `selective domain` Rasa would send the whole domain with every call.
        super().__init__(url="in-process", enable_selective_domain=True)
        self._executor = ActionExecutor()
        self._executor.register_package("actions")

    async def request(self, method: str = "post", subpath: str | None = None, **kwargs: Any) -> Any:
        """Run the action of the call; same answer as the server's."""
        return await self._executor.run(kwargs["json"])


def _trust_own_actions() -> None:
    # Rasa checks every action's result against a JSON schema that it builds anew each time, for
    # about twice the cost of the rest of a turn. Our own actions run in process and are tested.
    RemoteAction._validate_action_result = lambda self, result: True
    # Nor do our actions look at past events, which Rasa would write out for each of them.
    RemoteAction._action_call_format = _call_without_history


def _call_without_history(action: RemoteAction, tracker: Any, domain: Any) -> dict[str, Any]:
    return {
        "next_action": action.name(),
        "sender_id": tracker.sender_id,
        "tracker": tracker.current_state(EventVerbosity.NONE),
    }


def _tracker_store(settings: Settings, domain: Any) -> RecentTurnsStore:
    url = make_url(settings.sqlalchemy_url())
    if url.get_backend_name() != "sqlite":
        return RecentTurnsStore(
            domain=domain,
            dialect="postgresql",
            host=url.host,
            port=url.port,
            db=url.database,
            username=url.username,
            password=url.password,
            query={},
        )
    # A file of its own: Rasa's writes and ours then never wait for one another.
    store = RecentTurnsStore(
        domain=domain, dialect="sqlite", db=str(settings.data_dir / "conversations.db"), query={}
    )

    @event.listens_for(store.engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000"):
            connection.execute(f"PRAGMA {pragma}")

    store.engine.dispose()
    return store


def load_agent(model: Path, settings: Settings) -> Agent:
    """The Rasa agent of a trained model.

    Raises:
        rasa.exceptions.ModelNotFound: there is no model at ``model``.
    """
    if settings.actions_url:
        endpoint = EndpointConfig(url=settings.actions_url)
    else:
        endpoint = InProcessActions()
        _trust_own_actions()
    agent = Agent(action_endpoint=endpoint)
    with lean.imports():
        agent.load_model(model)
    store = _tracker_store(settings, agent.domain)
    with store.engine.begin() as connection:
        connection.execute(
            text(
                "CREATE INDEX IF NOT EXISTS ix_events_sender_time ON events (sender_id, timestamp)"
            )
        )
    agent.tracker_store = store
    agent.processor.tracker_store = store
    return agent
