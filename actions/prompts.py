"""The question a task is waiting with: asked at each step, and again after an aside."""

from __future__ import annotations

from actions import checklist_words, ticket_words
from actions.turn import Button, Event, Turn, payload
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
        if turn.focus == "handover":
            return (
                "Your call-back request stands. Anything else they should know?",
                [("No, that's all", payload("skip")), ("Never mind", payload("cancel"))],
            )
    except NotYours:
        return None
    return None


def back_to_task(turn: Turn) -> list[Event]:
    """Ask again what the task is waiting for; nothing without a task."""
    if (back := reminder(turn)) is not None:
        turn.say(*back)
    return []
