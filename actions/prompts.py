"""The question a task is waiting with: asked at each step, and again after an aside."""

from __future__ import annotations

from actions import checklist_words, ticket_words
from actions.turn import Button, Turn
from psl.errors import NotYours


def reminder(turn: Turn) -> tuple[str, list[Button]] | None:
    """What brings the conversation back to its task; None when it is in none."""
    if turn.focus is None or turn.subject is None:
        return None
    try:
        if turn.focus == "ticket":
            draft = turn.services.tickets.draft(turn.owner, turn.subject)
            text, buttons = ticket_words.question(turn.services, draft, turn.asked)
            return f"Back to your ticket draft. {text}", buttons
        if turn.focus == "checklist":
            run = turn.services.checklists.run(turn.owner, turn.subject)
            text, buttons = checklist_words.question(turn.services, run)
            return f"Back to the checklist. {text}", buttons
    except NotYours:
        return None
    return None
