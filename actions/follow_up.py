"""After a PSL call: the number it gave, its suggestions, and what stays unresolved."""

from __future__ import annotations

import re

from actions import ticket_words
from actions.checklists import note_suggestion, step
from actions.turn import Event, PslAction, Turn, payload
from psl.checklists import ItemState
from psl.errors import NotYours
from psl.tickets import numbers


def number_told(turn: Turn) -> str | None:
    """The PSL or ticket number in the message or button."""
    given = turn.entity("psl_number")
    if given:
        return given
    for kind in ("ticket_number", "psl_number", "number"):
        for detail in turn.details:
            if detail.kind == kind and not detail.negated:
                return re.sub(r"[\s-]", "", detail.value).removeprefix("T")
    return None


class ActionCallDone(PslAction):
    """The agent was on the phone with PSL: keep the number and go through the steps after."""

    action_name = "action_call_done"

    async def act(self, turn: Turn) -> list[Event]:
        """Record the number; a ticket drafted here is linked, any other is kept as PSL's own."""
        checklists = turn.services.checklists
        number = number_told(turn)
        unfinished = checklists.open_run(turn.owner, "after_call")
        run = unfinished or checklists.start(turn.owner, "after_call")
        if number is None:
            return step(turn, run, "Let's go through the steps after the call.")
        reference = turn.services.follow_ups.keep_number(turn.owner, number)
        run = checklists.save(
            turn.owner,
            run.id,
            states={"keep_number": ItemState.DONE},
            details={"psl_number": number},
        )
        if reference.ticket_id is not None:
            ticket = turn.services.tickets.by_number(turn.owner, number)
            lead = f"That is your ticket {numbers.shown(number)}, {ticket.status}. I linked it."
        else:
            lead = ticket_words.outside_reference(turn.services, reference)
        return step(turn, run, lead)


class ActionSuggestion(PslAction):
    """Something the Representative asked the agent to do."""

    action_name = "action_suggestion"

    async def act(self, turn: Turn) -> list[Event]:
        """Put it on the to-do list with a reminder."""
        suggestion = note_suggestion(turn)
        turn.say(
            f"On your to-do list: {suggestion}. Do it first; if the issue stays unresolved, the "
            "Open Enrollment Issue Tracker is next. "
            f"I remind you in {turn.services.settings.reminder_hours} hours.",
            [("My to-do list", payload("show_todo"))],
        )
        return []


class ActionTodo(PslAction):
    """The to-do list of PSL's suggestions, and the numbers that are kept."""

    action_name = "action_todo"

    async def act(self, turn: Turn) -> list[Event]:
        """Everything open, each with a button that ticks it off."""
        todo = turn.services.follow_ups.todo(turn.owner)
        kept = turn.services.follow_ups.numbers(turn.owner)
        lines = [f"{n}. {item.text}" for n, item in enumerate(todo, 1)]
        if kept:
            lines.append("PSL numbers kept: " + ", ".join(r.number for r in kept[:5]))
        if not lines:
            turn.say("Your to-do list is empty.")
            return []
        turn.say(
            "\n".join(["To do after your PSL call:", *lines]) if todo else "\n".join(lines),
            [(f"Done: {n}", payload("todo_done", suggestion=i.id)) for n, i in enumerate(todo, 1)],
        )
        return []


class ActionTodoDone(PslAction):
    """Tick a suggestion off."""

    action_name = "action_todo_done"

    async def act(self, turn: Turn) -> list[Event]:
        """The one of the button; then what is left."""
        chosen = turn.entity("suggestion")
        if chosen is None:
            raise NotYours("Open your to-do list and press the one that is done.")
        turn.services.follow_ups.done(turn.owner, int(chosen))
        left = turn.services.follow_ups.todo(turn.owner)
        turn.say(
            f"Done. {len(left)} left." if left else "Done. Your to-do list is empty.",
            [("My to-do list", payload("show_todo"))] if left else [],
        )
        return []
