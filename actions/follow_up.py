"""After a PSL call: the number it gave, its suggestions, and what stays unresolved."""

from __future__ import annotations

import re
from collections.abc import Sequence

from actions import checklist_reading as reading
from actions import checklist_words, ticket_words
from actions.checklists import ActionChecklistTurn, step, suggestion_noted
from actions.prompts import back_to_task
from actions.turn import Event, PslAction, Turn, payload
from psl.checklists import ItemState
from psl.details import summary
from psl.follow_ups import Suggestion
from psl.numbers import TICKETS
from psl.tickets.rules import similarity

_ALL = re.compile(r"\b(?:all|both|everything|every one|the whole list)\b", re.IGNORECASE)
_PLACES = [
    re.compile(rf"\b(?:{ordinal}|{n}|(?:number|item) {word})\b", re.IGNORECASE)
    for n, (ordinal, word) in enumerate(
        (("first|1st", "one"), ("second|2nd", "two"), ("third|3rd", "three")), 1
    )
]
_LAST = re.compile(r"\blast\b", re.IGNORECASE)


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
        """Record the number; a ticket drafted here is linked, any other is kept as PSL's own.

        Another number than the one of the unfinished run belongs to another call.
        """
        checklists = turn.services.checklists
        during = checklists.open_run(turn.owner, "during_call")
        if during is not None and turn.focus == "checklist" and turn.subject == during.id:
            return await ActionChecklistTurn().act(turn)
        number = number_told(turn)
        run = checklists.open_run(turn.owner, "after_call")
        if run is None or run.details.get("psl_number", number) != number:
            run = checklists.start(turn.owner, "after_call")
        states: dict[str, str] = {}
        details: dict[str, str] = {}
        lead = ["Let's go through the steps after the call."]
        if number is not None:
            states["keep_number"] = ItemState.DONE
            details["psl_number"] = number
            lead = [self._kept(turn, number)]
        elif reading.no_number(turn.text):
            states["keep_number"] = ItemState.NOT_YET
            lead += checklist_words.settled(turn.services, run, states)
        told = None if turn.is_button else reading.suggestion(turn.text, asked=False)
        if told is not None:
            states["suggestions"] = ItemState.DONE if told.done else ItemState.NOT_YET
            details["suggestion"] = told.text
            lead.append(suggestion_noted(turn, told))
        run = checklists.save(turn.owner, run.id, states=states, details=details)
        return step(turn, run, "\n".join(lead))

    @staticmethod
    def _kept(turn: Turn, number: str) -> str:
        reference = turn.services.follow_ups.keep_number(turn.owner, number)
        if reference.ticket_id is None:
            return ticket_words.outside_reference(turn.services, reference)
        ticket = turn.services.tickets.by_number(turn.owner, number)
        return f"That is your ticket {TICKETS.shown(number)}, {ticket.status}. I linked it."


class ActionSuggestion(PslAction):
    """Something the Representative asked the agent to do."""

    action_name = "action_suggestion"

    async def act(self, turn: Turn) -> list[Event]:
        """Put it on the to-do list with a reminder."""
        told = reading.suggestion(turn.text, asked=True) or reading.Suggestion(
            summary(turn.text), done=False
        )
        turn.say(suggestion_noted(turn, told), [("My to-do list", payload("show_todo"))])
        return back_to_task(turn)


class ActionTodo(PslAction):
    """The to-do list of PSL's suggestions, and the numbers that are kept."""

    action_name = "action_todo"

    async def act(self, turn: Turn) -> list[Event]:
        """Everything open, each with a button that ticks it off."""
        todo = turn.services.follow_ups.todo(turn.owner)
        kept = turn.services.follow_ups.numbers(turn.owner)
        lines = ["To do after your PSL call:" if todo else "Your to-do list is empty."]
        lines += [f"{n}. {item.text}" for n, item in enumerate(todo, 1)]
        if kept:
            lines.append("PSL numbers kept: " + ", ".join(r.number for r in kept[:5]))
        turn.say(
            "\n".join(lines),
            [(f"Done: {n}", payload("todo_done", suggestion=i.id)) for n, i in enumerate(todo, 1)],
        )
        return back_to_task(turn)


class ActionTodoDone(PslAction):
    """Tick a suggestion off."""

    action_name = "action_todo_done"

    async def act(self, turn: Turn) -> list[Event]:
        """The one of the button or of the words; then what is left."""
        todo = turn.services.follow_ups.todo(turn.owner)
        if not todo:
            turn.say("Your to-do list is empty.")
            return back_to_task(turn)
        chosen = turn.entity("suggestion")
        done = [int(chosen)] if chosen else [item.id for item in chosen_todo(turn.text, todo)]
        if not done:
            turn.say("Which one is done?")
            return await ActionTodo().act(turn)
        for suggestion_id in done:
            turn.services.follow_ups.done(turn.owner, suggestion_id)
        left = turn.services.follow_ups.todo(turn.owner)
        turn.say(
            f"Done. {len(left)} left." if left else "Done. Your to-do list is empty.",
            [("My to-do list", payload("show_todo"))] if left else [],
        )
        return back_to_task(turn)


def chosen_todo(text: str, todo: Sequence[Suggestion]) -> list[Suggestion]:
    """The entries that words choose: "all", "the second", "number 2", "cleared the cookies"."""
    if len(todo) == 1 or _ALL.search(text):
        return list(todo)
    for place, pattern in enumerate(_PLACES):
        if pattern.search(text):
            return [todo[place]] if place < len(todo) else []
    if _LAST.search(text):
        return [todo[-1]]
    scores = [similarity(text, item.text) for item in todo]
    best = max(scores)
    return [todo[scores.index(best)]] if best > 0 and scores.count(best) == 1 else []
