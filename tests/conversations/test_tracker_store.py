"""Reading only recent turns must lose and double nothing, and forget no slot."""

from __future__ import annotations

from rasa.shared.core.events import UserUttered

from bot.tracker_store import TURNS
from tests.stack import Stack

ASIDES = ["what is a qhp", "psl phone number please", "who handles a denied claim"]


async def test_every_turn_is_stored_once_and_slots_outlive_the_window(stack: Stack) -> None:
    chat = stack.new_chat()
    sent = ["ticket: the notices tab is blank in firefox", *(ASIDES * TURNS)]
    for message in sent:
        await stack.say(chat, message)
    store = stack.brain._agent.tracker_store
    recent = await store.retrieve(chat)
    full = await store.retrieve_full_tracker(chat)

    def said(tracker: object) -> list[str]:
        return [e.text for e in tracker.events if isinstance(e, UserUttered)]  # type: ignore[attr-defined]

    assert said(full) == sent
    assert said(recent) == sent[-TURNS:]
    assert recent.current_slot_values() == full.current_slot_values()
    assert recent.get_slot("focus") == "ticket"
    assert "Browser: Firefox" in await stack.say(chat, "show me the draft")
