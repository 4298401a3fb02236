"""Rasa's SQL tracker store, reading only the recent turns of a conversation.

Rasa reads, rebuilds and featurizes the whole session at every message, so that turns get slower as a
session grows. Here the dialogue looks at the latest message and the slots alone (rules are of one
turn, tasks are in the records), so the last turns and the slots are enough.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.events import SlotSet, UserUttered

TURNS = 4
# Enough for the last value of every slot: an action that sets one of ours sets them together.
SLOT_EVENTS = 12


class RecentTurnsStore(SQLTrackerStore):
    """Stores every event as Rasa does; reads the last ``TURNS`` turns and the slots before them."""

    def _event_query(
        self, session: Any, sender_id: str, fetch_events_from_all_sessions: bool
    ) -> Any:
        # Rasa's save counts with the same query how many events of the tracker are stored already.
        query = super()._event_query(session, sender_id, fetch_events_from_all_sessions)
        if fetch_events_from_all_sessions:
            return query
        table = self.SQLEvent
        turns = (
            session.query(table.id)
            .filter(table.sender_id == sender_id, table.type_name == UserUttered.type_name)
            .order_by(table.id.desc())
            .limit(TURNS)
            .all()
        )
        if len(turns) < TURNS:
            return query
        start = turns[-1].id
        slots = (
            session.query(table.id)
            .filter(
                table.sender_id == sender_id,
                table.type_name == SlotSet.type_name,
                table.id < start,
            )
            .order_by(table.id.desc())
            .limit(SLOT_EVENTS)
        )
        return query.filter(sa.or_(table.id >= start, table.id.in_([row.id for row in slots])))
