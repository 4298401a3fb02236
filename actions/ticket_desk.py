"""Submitted tickets: list, look up, add, still not fixed, close."""

from __future__ import annotations

from rasa_sdk.events import SlotSet

from actions import ticket_words as words
from actions.follow_up import number_told
from actions.ticket_drafting import ActionTicketStart, describes, values_of
from actions.turn import Event, PslAction, Turn, no_focus, payload
from psl.errors import NotYours
from psl.tickets import numbers
from psl.tickets.models import Ticket
from psl.tickets.rules import OPEN, Actor, Status


def chosen_ticket(turn: Turn) -> Ticket | None:
    """The ticket the turn is about: of its button, its number, or the agent's only open one.

    Raises:
        NotYours: a number was given that is no ticket of theirs, or cannot be one.
    """
    tickets = turn.services.tickets
    if ref := turn.entity("ref"):
        return tickets.draft(turn.owner, int(ref))
    told = number_told(turn)
    if told is not None:
        return _by_number(turn, told)
    if turn.owner.agent_id is None:
        return None
    open_ones = [
        t for t in tickets.of_agent(turn.owner.agent_id) if t.status in {*OPEN, Status.RESOLVED}
    ]
    return open_ones[0] if len(open_ones) == 1 else None


def _by_number(turn: Turn, told: str) -> Ticket | None:
    number = numbers.read_number(told)
    if number is None:
        return None
    if not numbers.is_plausible(number):
        if any(
            d.kind == "ticket_number" for d in turn.details
        ) or turn.text.strip().upper().startswith("T"):
            raise NotYours(
                f"{numbers.shown(number)} cannot be a ticket number: its check digit does not "
                "fit. One digit is misheard or mistyped; please check it."
            )
        return None
    try:
        return turn.services.tickets.by_number(turn.owner, number)
    except NotYours:
        if any(d.kind == "ticket_number" for d in turn.details):
            raise
        return None


class ActionTicketList(PslAction):
    """The agent's tickets and drafts."""

    action_name = "action_ticket_list"

    async def act(self, turn: Turn) -> list[Event]:
        """Open ones first; numbers of clients show their last four only."""
        tickets = turn.services.tickets
        drafts = tickets.drafts(turn.owner)
        sent = tickets.of_agent(turn.owner.agent_id) if turn.owner.agent_id else []
        kept = turn.services.follow_ups.numbers(turn.owner)
        lines = [words.line(t) for t in [*drafts, *sent][:10]]
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


class ActionTicketStatus(PslAction):
    """How a ticket stands."""

    action_name = "action_ticket_status"

    async def act(self, turn: Turn) -> list[Event]:
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
        if turn.owner.agent_id and turn.services.tickets.of_agent(turn.owner.agent_id):
            turn.say("Which ticket? Tell me its number.")
            return await ActionTicketList().act(turn)
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


class ActionTicketAdd(PslAction):
    """Add to a submitted ticket."""

    action_name = "action_ticket_add"

    async def act(self, turn: Turn) -> list[Event]:
        """The words of the message, or the draft that turned out to be a duplicate."""
        tickets = turn.services.tickets
        ticket = chosen_ticket(turn)
        if ticket is None or ticket.number is None:
            return await ActionTicketList().act(turn)
        if draft_id := turn.entity("draft"):
            draft = tickets.draft(turn.owner, int(draft_id))
            tickets.add_note(turn.owner, ticket.id, words.card(turn.services, draft))
            tickets.discard(turn.owner, draft.id)
            turn.say(f"Added to {numbers.shown(ticket.number)}; the draft is closed.")
            return no_focus()
        if turn.is_button or len(turn.text.split()) < 4:
            number = numbers.shown(ticket.number)
            turn.say(
                f"Tell me what to add, for example: “add to {number}: now it also happens in Edge”."
            )
            return []
        tickets.add_note(turn.owner, ticket.id, turn.text)
        turn.say(f"Added to {numbers.shown(ticket.number)} ({ticket.status}).")
        return []


class ActionStillNotFixed(PslAction):
    """An issue that PSL had is still there."""

    action_name = "action_still_not_fixed"

    async def act(self, turn: Turn) -> list[Event]:
        """Note it on the ticket (a resolved one is reopened); name the Issue Tracker (GUIDE)."""
        tickets = turn.services.tickets
        ticket = chosen_ticket(turn)
        tracker = (
            "An issue that stays unresolved goes to the Open Enrollment Issue Tracker: submit it "
            "there and quote the PSL ticket/reference number"
        )
        source = "(Source: PSL Best Practices)"
        if ticket is not None and ticket.number is not None:
            number = numbers.shown(ticket.number)
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


class ActionTicketMove(PslAction):
    """The agent closes a ticket, or says that it went to the Issue Tracker."""

    action_name = "action_ticket_move"

    async def act(self, turn: Turn) -> list[Event]:
        """Only legal moves; the audit keeps who and why."""
        ticket = chosen_ticket(turn)
        if ticket is None or ticket.number is None:
            turn.say("Which ticket? Tell me its number.")
            return await ActionTicketList().act(turn)
        to_tracker = turn.intent == "sent_to_tracker"
        wanted = Status.TRACKER if to_tracker else Status.CLOSED
        reason = "submitted to the Issue Tracker" if to_tracker else "closed by the agent"
        ticket = turn.services.tickets.move(turn.owner, ticket.id, wanted, Actor.AGENT, reason)
        turn.say(f"{numbers.shown(ticket.number or '')}: {ticket.status}.")
        return []


class ActionResume(PslAction):
    """Take up what was left: a draft or a checklist."""

    action_name = "action_resume"

    async def act(self, turn: Turn) -> list[Event]:
        """The one named, else the one touched last."""
        from actions.checklists import step

        drafts = turn.services.tickets.drafts(turn.owner)
        run = turn.services.checklists.open_run(turn.owner)
        said = "" if turn.is_button else turn.text.lower()
        wants_list = any(w in said for w in ("check", "list", "prep", "psl call", "steps", "call"))
        wants_ticket = "ticket" in said or "draft" in said
        draft = drafts[0] if drafts else None
        if (
            draft is not None
            and run is not None
            and not wants_ticket
            and (wants_list or run.updated_at > draft.updated_at)
        ):
            draft = None
        if draft is not None:
            from actions.ticket_drafting import ask_next

            return ask_next(turn, draft, f"Back to your ticket: {words.headline(draft)}.")
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
        if turn.intent in {"review", "submit", "correct"} and turn.services.tickets.drafts(
            turn.owner
        ):
            return await ActionResume().act(turn)
        if turn.intent == "review":
            return await ActionTicketList().act(turn)
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
        if (
            turn.details
            and all(d.kind == "number" for d in turn.details)
            and len(turn.text.split()) < 4
        ):
            from actions.answers import ActionFallback

            return await ActionFallback().act(turn)
        about = values_of(turn.details)
        clients = [v for k, v in about.items() if k in {"case_number", "application_number"}]
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
            return [SlotSet("told", turn.text)]
        psl = turn.services.guide.terms["psl_phone"]
        turn.say(
            f"PSL handles that, {psl}, after the training material. I draft the ticket for it; "
            "say “cancel” if you don't want one."
        )
        return await ActionTicketStart().act(turn)
