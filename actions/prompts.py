"""The question a task is waiting with: asked at each step, and again after an aside."""

from __future__ import annotations

from actions import checklist_words, on_demand_words, referral_asking, ticket_words
from actions.turn import Button, Event, Turn, payload
from psl.agents.registration import SECTIONS
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
        if turn.focus in {"registration", "availability"}:
            return _on_demand(turn, turn.subject)
        if turn.focus == "referral":
            return referral_asking.reminder(turn)
    except NotYours:
        return None
    return None


def _on_demand(turn: Turn, agent_id: int) -> tuple[str, list[Button]] | None:
    if turn.owner.agent_id != agent_id:
        return None
    view = turn.services.registrations.of(agent_id)
    if turn.focus == "availability":
        if not view.registered:
            return None
        text, buttons = on_demand_words.waiting(turn.services, view, turn.asked)
        return f"Back to your availability. {text}", buttons
    if view.registered:
        return None
    section = turn.asked if turn.asked in SECTIONS else next(iter(view.missing), None)
    text, buttons = on_demand_words.reminder(turn.services, view, section)
    return f"Back to your registration. {text}", buttons


def back_to_task(turn: Turn) -> list[Event]:
    """Ask again what the task is waiting for; nothing without a task."""
    if (back := reminder(turn)) is not None:
        turn.say(*back)
    return []
