"""Submitted tickets: list, look up, add, still not fixed, close."""

from __future__ import annotations

import re

from actions import ticket_words as words
from actions.follow_up import number_told
from actions.prompts import reminder
from actions.ticket_drafting import ActionTicketStart, ActionTicketTurn, add_draft, ask_next
from actions.ticket_reading import NUMBERS, chosen, describes, values_of
from actions.turn import Event, PslAction, Turn, focus_on, keep_told, payload
from psl.errors import NotYours
from psl.numbers import TICKETS, is_plausible
from psl.tickets.models import Ticket
from psl.tickets.rules import Actor, Status

# "add to T-4821-7308 that …", "add: …": what stands before the words to be added.
_ADD_LEAD = re.compile(
    r"^\W*(?:(?:please|pls|can you|could you|can u|i want to|i need to|also)\s+)*"
    r"(?:add|put|note|append|attach)\b(?:\s+(?:this|a note|it|details?|info))*"
    r"(?:\s+(?:to|on|in)\s+(?:(?:my|the|that|this)\s+)?(?:ticket\s*)?(?:number\s+)?#?\s*"
    r"(?:T?[-\s]?\d[\d\s-]{6,}\d)?)?[\s:,-]*(?:that\s+)?",
    re.IGNORECASE,
)
# Numbers that differ in so few places are one number, misheard or mistyped.
_ALIKE = 2


def own_tickets(turn: Turn) -> list[Ticket]:
    """The agent's submitted tickets, last changed first."""
    agent = turn.owner.agent_id
    return turn.services.tickets.of_agent(agent) if agent is not None else []


def chosen_ticket(turn: Turn) -> Ticket | None:
    """The ticket the turn is about: of its button, its number, or the agent's only open one.

    Raises:
        NotYours: a number was given that is no ticket of theirs, or cannot be one.
    """
    if ref := turn.entity("ref"):
        return turn.services.tickets.draft(turn.owner, int(ref))
    told = number_told(turn)
    if told is not None:
        return _by_number(turn, told)
    live = [t for t in own_tickets(turn) if t.status != Status.CLOSED]
    return live[0] if len(live) == 1 else None


def _by_number(turn: Turn, told: str) -> Ticket | None:
    number = TICKETS.read(told)
    if number is None:
        return None
    named = any(d.kind == "ticket_number" for d in turn.details)
    if is_plausible(number):
        try:
            return turn.services.tickets.by_number(turn.owner, number)
        except NotYours:
            if not named:
                return None
            if turn.owner.agent_id is None:
                raise NotYours(
                    f"I can show {TICKETS.shown(number)} only to the agent it belongs to. If it is "
                    "yours, link this chat first: send “link” and your code."
                ) from None
            raise
    alike = next((t.number for t in own_tickets(turn) if _alike(t.number or "", number)), None)
    if not named and alike is None:
        return None
    meant = f" Yours is {TICKETS.shown(alike)}." if alike else " Please check it."
    raise NotYours(
        f"{TICKETS.shown(number)} cannot be a ticket number: its check digit does not fit, so a "
        f"digit is misheard or mistyped.{meant}"
    )


def _alike(one: str, other: str) -> bool:
    return len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) <= _ALIKE


def which_ticket(turn: Turn, intent: str, verb: str, **carried: str) -> list[Event]:
    """Several tickets or none fit: ask which, with a button each."""
    live = [t for t in own_tickets(turn) if t.status != Status.CLOSED][:4]
    if not live:
        drafts = turn.services.tickets.drafts(turn.owner)
        if not drafts:
            turn.say("I see no submitted ticket of yours here.", [_DRAFT])
            return []
        turn.say(
            f"Nothing of yours is submitted yet; this is a draft: {words.headline(drafts[0])}.",
            [
                ("Continue my draft", payload("resume")),
                ("Drop the draft", payload("cancel", draft=drafts[0].id)),
            ],
        )
        return []
    turn.say(
        "Which ticket?\n" + "\n".join(words.line(ticket) for ticket in live),
        [
            (
                f"{verb} {TICKETS.shown(ticket.number or '')}",
                payload(intent, ref=ticket.id, **carried),
            )
            for ticket in live
        ],
    )
    return []


_DRAFT = ("Draft a ticket", payload("start_ticket"))


class DeskAction(PslAction):
    """Something about submitted tickets; a task that it interrupts is taken up again."""

    async def act(self, turn: Turn) -> list[Event]:
        """Do it, then ask again what the task waits for."""
        events = self.at_desk(turn)
        if not events and (back := reminder(turn)) is not None:
            turn.say(*back)
        return events

    def at_desk(self, turn: Turn) -> list[Event]:
        """Do it."""
        raise NotImplementedError


class ActionTicketList(DeskAction):
    """The agent's tickets and drafts."""

    action_name = "action_ticket_list"

    def at_desk(self, turn: Turn) -> list[Event]:
        """Open ones first; numbers of clients show their last four only."""
        tickets = turn.services.tickets
        drafts = tickets.drafts(turn.owner)
        sent = own_tickets(turn)
        kept = turn.services.follow_ups.numbers(turn.owner)
        shown = [*drafts, *sent][:10]
        attached = turn.services.attachments.counts([t.id for t in shown])
        lines = [words.line(t, attached.get(t.id, 0)) for t in shown]
        lines += [f"• PSL number {r.number} (given on the phone)" for r in kept[:5]]
        if not lines:
            turn.say(
                "You have no tickets here. If PSL gave you a number on the phone, tell me and I "
                "keep it; I can also draft a ticket.",
                [("Draft a ticket", payload("start_ticket"))],
            )
            return []
        more = "" if turn.owner.agent_id else "\nSubmitted tickets show once this chat is linked."
        buttons = [("Continue my draft", payload("resume"))] if drafts else []
        turn.say("Your tickets:\n" + "\n".join(lines) + more, buttons)
        return []


class ActionTicketStatus(DeskAction):
    """How a ticket stands."""

    action_name = "action_ticket_status"

    async def act(self, turn: Turn) -> list[Event]:
        """The status of a referral, if its number is told; else a ticket's."""
        from actions.referral_hints import meant_number

        events = meant_number(turn)
        return await super().act(turn) if events is None else events

    def at_desk(self, turn: Turn) -> list[Event]:
        """By number (own tickets only), or the only open one; a PSL number is kept and explained."""
        told = number_told(turn)
        ticket = chosen_ticket(turn)
        if ticket is not None:
            turn.say(*words.status_card(turn.services, ticket))
            return []
        if told is not None:
            reference = turn.services.follow_ups.keep_number(turn.owner, told)
            turn.say(
                words.outside_reference(turn.services, reference),
                [("After-call checklist", payload("start_after_call"))],
            )
            return []
        if own_tickets(turn):
            return which_ticket(turn, "ticket_status", "Status of")
        kept = turn.services.follow_ups.latest(turn.owner)
        if kept is not None:
            turn.say(words.outside_reference(turn.services, kept))
            return []
        turn.say(
            "I see no ticket of yours here. Which ticket number did you get? For a number that PSL "
            f"gave you on the phone, call PSL for an update, {turn.services.guide.terms['psl_phone']}. "
            "If it stays unresolved, the Open Enrollment Issue Tracker is next; quote the PSL number there.",
            [("Draft a ticket", payload("start_ticket"))],
        )
        return []


class ActionTicketAdd(DeskAction):
    """Add to a submitted ticket."""

    action_name = "action_ticket_add"

    def at_desk(self, turn: Turn) -> list[Event]:
        """The words of the message, or the draft that turned out to be a duplicate."""
        tickets = turn.services.tickets
        ticket = chosen_ticket(turn)
        said = turn.entity("words") or ("" if turn.is_button else _ADD_LEAD.sub("", turn.text))
        if ticket is None or ticket.number is None:
            return which_ticket(turn, "add_ticket_detail", "Add to", words=said[:600])
        if draft_id := turn.entity("draft"):
            return add_draft(turn, ticket, tickets.draft(turn.owner, int(draft_id)))
        if not describes(said, turn.services.reader.read(said)):
            turn.say(f"What should I add to {TICKETS.shown(ticket.number)}? Just type it.")
            return focus_on("ticket", ticket.id, "note")
        tickets.add_note(turn.owner, ticket.id, said)
        turn.say(f"Added to {TICKETS.shown(ticket.number)} ({ticket.status}).")
        return []


class ActionStillNotFixed(DeskAction):
    """An issue that PSL had is still there."""

    action_name = "action_still_not_fixed"

    def at_desk(self, turn: Turn) -> list[Event]:
        """Note it on the ticket (a resolved one is reopened); name the Issue Tracker (GUIDE)."""
        tickets = turn.services.tickets
        ticket = chosen_ticket(turn) or self._closed(turn)
        tracker = (
            "An issue that stays unresolved goes to the Open Enrollment Issue Tracker: submit it "
            "there and quote the PSL ticket/reference number"
        )
        source = "(Source: PSL Best Practices)"
        if ticket is not None and ticket.number is not None:
            number = TICKETS.shown(ticket.number)
            if ticket.status == Status.CLOSED:
                turn.say(
                    f"{number} is closed. A new problem needs a new ticket.",
                    [("Draft a ticket", payload("start_ticket"))],
                )
                return []
            if ticket.status == Status.RESOLVED:
                ticket = tickets.move(
                    turn.owner, ticket.id, Status.IN_PROGRESS, Actor.AGENT, "still not fixed"
                )
            note = "Still not fixed." if turn.is_button else turn.text
            ticket = tickets.add_note(turn.owner, ticket.id, note)
            turn.say(
                f"Noted on {number} ({ticket.status}) that it is still not fixed. {tracker}. {source}",
                [("I sent it to the Tracker", payload("sent_to_tracker", ref=ticket.id))],
            )
            return []
        if number_told(turn) is None and len(own_tickets(turn)) > 1:
            return which_ticket(turn, "still_not_fixed", "Not fixed:")
        kept = turn.services.follow_ups.latest(turn.owner)
        quote = f", {kept.number}." if kept else "."
        todo = turn.services.follow_ups.todo(turn.owner)
        first = f"First carry out what PSL suggested: {todo[0].text}.\n" if todo else ""
        turn.say(
            f"{first}{tracker}{quote} {source}",
            [
                ("What do I put in it?", payload("ask_tracker_content")),
                ("Draft a ticket", payload("start_ticket")),
            ],
        )
        return []

    @staticmethod
    def _closed(turn: Turn) -> Ticket | None:
        """The agent's last ticket, if all are closed and the message names none."""
        own = own_tickets(turn)
        alone = own and number_told(turn) is None
        return own[0] if alone and all(t.status == Status.CLOSED for t in own) else None


class ActionTicketMove(DeskAction):
    """The agent closes a ticket, or says that it went to the Issue Tracker."""

    action_name = "action_ticket_move"

    def at_desk(self, turn: Turn) -> list[Event]:
        """Only legal moves; the audit keeps who and why."""
        ticket = chosen_ticket(turn)
        to_tracker = turn.intent == "sent_to_tracker"
        if ticket is None or ticket.number is None:
            kept = turn.services.follow_ups.latest(turn.owner)
            if to_tracker and kept is not None and not own_tickets(turn):
                turn.say(
                    f"All right. Quote PSL number {kept.number} there; I keep it for you.",
                    [("My to-do list", payload("show_todo"))],
                )
                return []
            return which_ticket(turn, turn.intent, "To the Tracker:" if to_tracker else "Close")
        wanted = Status.TRACKER if to_tracker else Status.CLOSED
        reason = "submitted to the Issue Tracker" if to_tracker else "closed by the agent"
        ticket = turn.services.tickets.move(turn.owner, ticket.id, wanted, Actor.AGENT, reason)
        turn.say(f"{TICKETS.shown(ticket.number or '')}: {ticket.status}.")
        return []


class ActionResume(PslAction):
    """Take up what was left: a draft or a checklist."""

    action_name = "action_resume"

    async def act(self, turn: Turn) -> list[Event]:
        """The one named, else the one touched last."""
        from actions.availability import on_demand_left
        from actions.checklists import step

        drafts = turn.services.tickets.drafts(turn.owner)
        run = turn.services.checklists.open_run(turn.owner)
        said = "" if turn.is_button else turn.text.lower()
        wants_list = any(w in said for w in ("check", "list", "prep", "psl call", "steps", "call"))
        wants_ticket = "ticket" in said or "draft" in said
        named = chosen(said, drafts) if len(drafts) > 1 else None
        draft = named or (drafts[0] if drafts else None)
        if (
            draft is not None
            and run is not None
            and not wants_ticket
            and (wants_list or run.updated_at > draft.updated_at)
        ):
            draft = None
        if (own := on_demand_left(turn, asked_for=not (draft or run))) is not None:
            return own
        if draft is not None:
            return ask_next(turn, draft, f"Back to your ticket “{words.headline(draft)}”.")
        if run is not None:
            return step(turn, run, "Picking up where you left off.")
        turn.say(
            "Nothing is waiting to be continued.",
            [
                ("Before-call checklist", payload("start_before_call")),
                ("Draft a ticket", payload("start_ticket")),
            ],
        )
        return []


class ActionControl(PslAction):
    """A control word ("yes", "skip", "cancel") where no task is open, or bare details."""

    action_name = "action_control"

    async def act(self, turn: Turn) -> list[Event]:
        """Details begin a ticket offer; a word without a task is answered kindly."""
        from actions.availability import on_demand_left
        from actions.referral_hints import meant_referral

        if (events := meant_referral(turn)) is not None:
            return events
        drafts = turn.services.tickets.drafts(turn.owner)
        if turn.intent == "submit" and (own := on_demand_left(turn, asked_for=not drafts)):
            return own
        if turn.intent in {"review", "submit", "correct"} and drafts:
            return await ActionResume().act(turn)
        if turn.intent == "review":
            return await ActionTicketList().act(turn)
        if turn.is_button and turn.entity("draft") is not None:
            return await ActionTicketTurn().act(turn)
        if turn.is_button:
            turn.say(
                "That belongs to something that is finished.",
                [("What can you do?", payload("ask_capabilities"))],
            )
            return []
        if turn.details:
            return await ActionReport().act(turn)
        if turn.intent in {"cancel", "deny", "pause", "skip"}:
            turn.say("All right. Nothing is open that I could stop.")
            return []
        if turn.intent in {"affirm", "done_item"}:
            turn.say(
                "Good. What can I do for you?", [("What can you do?", payload("ask_capabilities"))]
            )
            return []
        turn.say(
            "There is no checklist or draft open right now.",
            [
                ("Before-call checklist", payload("start_before_call")),
                ("Draft a ticket", payload("start_ticket")),
            ],
        )
        return []


class ActionReport(PslAction):
    """A problem told without asking for a ticket: begin the draft, and say who handles it."""

    action_name = "action_report"

    async def act(self, turn: Turn) -> list[Event]:
        """Telling enough starts a draft; a bare number or client is asked about."""
        from actions.referral_hints import meant_referral

        if (events := meant_referral(turn)) is not None:
            return events
        if (
            turn.details
            and all(d.kind == "number" for d in turn.details)
            and len(turn.text.split()) < 4
        ):
            from actions.answers import ActionFallback

            return await ActionFallback().act(turn)
        if _ADD_LEAD.match(turn.text) and own_tickets(turn):
            return await ActionTicketAdd().act(turn)
        about = values_of(turn.details)
        clients = [v for k, v in about.items() if k in NUMBERS]
        if clients and not turn.told and not describes(turn.text, turn.details):
            turn.say(
                f"What about {clients[0]}? Tell me what happens, or choose.",
                [
                    ("Draft a ticket", payload("start_ticket", words=turn.text[:600])),
                    (
                        turn.services.guide.label("ask_not_associated"),
                        payload("ask_not_associated"),
                    ),
                    ("Talk to a person", payload("ask_human")),
                ],
            )
            return keep_told(turn.text)
        if not turn.told and not describes(turn.text, turn.details):
            turn.say(
                f"{words.noted(turn.services, about)} Is something not working? Tell me what "
                "happens, and I draft the ticket.".strip(),
                [("Draft a ticket", payload("start_ticket", words=turn.text[:600]))],
            )
            return keep_told("\n".join(filter(None, [turn.told, turn.text])))
        if re.search(r"\b(?:ticket|tkt)s?\b", turn.text, re.IGNORECASE):
            return await ActionTicketStart().act(turn)
        # No ticket was asked for by name: say who handles it, and how to stop the draft.
        psl = turn.services.guide.terms["psl_phone"]
        return ActionTicketStart().begin(
            turn,
            f"PSL handles that, {psl}, after the training material. I started a ticket draft for "
            "it; say “cancel” if you don't want one.",
        )
