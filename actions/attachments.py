"""A screenshot was sent, or is taken away again."""

from __future__ import annotations

from actions import ticket_words as words
from actions.attached import not_kept, removal, to_draft
from actions.prompts import back_to_task
from actions.ticket_desk import own_tickets
from actions.ticket_drafting import ask, ask_next
from actions.turn import Button, Event, PslAction, Turn, payload
from psl.attachments import Attachment
from psl.errors import BadInput, IllegalMove, NotYours
from psl.numbers import TICKETS
from psl.tickets.models import Ticket
from psl.tickets.rules import OPEN, UNSENT, Status

# So many drafts, and so many tickets, are offered for a screenshot.
_OFFERED = 3


class ActionAttachFile(PslAction):
    """Give a screenshot to the ticket it belongs to, or keep it until there is one."""

    action_name = "action_attach_file"

    async def act(self, turn: Turn) -> list[Event]:
        """The ticket of the button, else the one in focus, else the only draft; else ask."""
        attachment = turn.services.attachments.get(turn.owner, int(turn.entity("attachment") or 0))
        if named := turn.entity("draft") or turn.entity("ref"):
            return self._give(turn, attachment, int(named), warned=True)
        if (ticket := _in_focus(turn)) is not None:
            return self._give(turn, attachment, ticket.id)
        drafts, sent = turn.services.tickets.drafts(turn.owner), _open_tickets(turn)
        if len(drafts) == 1 and not sent and _between_tasks(turn):
            return self._give(turn, attachment, drafts[0].id)
        return self._keep(turn, attachment, drafts, sent)

    @staticmethod
    def _give(
        turn: Turn, attachment: Attachment, ticket_id: int, *, warned: bool = False
    ) -> list[Event]:
        attachments = turn.services.attachments
        ticket = turn.services.tickets.draft(turn.owner, ticket_id)
        waiting = [one.id for one in attachments.unbound(turn.owner)]
        if ticket.status == Status.DRAFT and attachment.id in waiting and _between_tasks(turn):
            # Taking the draft up takes along all that waits.
            first = not (warned or attachments.of_ticket(ticket.id))
            lead = f"Back to your ticket “{words.headline(ticket)}”. {_warning(first)}"
            return ask_next(turn, ticket, lead.strip())
        try:
            bound = attachments.bind(turn.owner, attachment.id, ticket_id)
        except IllegalMove as error:
            turn.say(str(error))
            return back_to_task(turn)
        except BadInput as error:
            new = attachment.ticket_id is None
            said = not_kept(turn, attachment, error) if new else str(error)
            turn.say(said, removal(attachments.of_ticket(ticket_id)))
            return back_to_task(turn)
        buttons = removal([bound.attachment])
        again = " already" if bound.again else ""
        lead = f"The screenshot is with {_named(turn, bound.ticket)}{again}."
        lead = f"{lead} {_warning(bound.first and not warned)}".strip()
        if ticket.status == Status.DRAFT:
            return _go_on(turn, ticket, lead, buttons)
        if turn.asked == "note" and turn.subject == ticket.id:
            turn.say(f"{lead} Anything to say about it? Type it, or “no”.", buttons)
            return []
        turn.say(lead, buttons)
        return back_to_task(turn)

    @staticmethod
    def _keep(
        turn: Turn, attachment: Attachment, drafts: list[Ticket], sent: list[Ticket]
    ) -> list[Event]:
        if drafts and _between_tasks(turn):
            said = "Which ticket is the screenshot for?"
        else:
            said = (
                "I keep the screenshot for an hour, for the next ticket you start or continue here."
            )
        first = len(turn.services.attachments.unbound(turn.owner)) == 1
        turn.say(
            f"{said} {_warning(first)}".strip(),
            [
                *(to_draft(attachment, draft) for draft in drafts[:_OFFERED]),
                ("Start a ticket", payload("start_ticket")),
                *(
                    (
                        f"Add to {TICKETS.shown(ticket.number or '')}",
                        payload("attach_file", attachment=attachment.id, ref=ticket.id),
                    )
                    for ticket in sent[:_OFFERED]
                ),
                *removal([attachment]),
            ],
        )
        return back_to_task(turn)


class ActionRemoveFile(PslAction):
    """Take a screenshot away, also from a submitted ticket."""

    action_name = "action_remove_file"

    async def act(self, turn: Turn) -> list[Event]:
        """Delete it, and go on with the draft it was with."""
        removed = turn.services.attachments.remove(turn.owner, int(turn.entity("attachment") or 0))
        lead = "The screenshot is removed and deleted."
        ticket = _in_focus(turn)
        if ticket is not None and ticket.id == removed.ticket_id and ticket.status == Status.DRAFT:
            return _go_on(turn, ticket, lead, [])
        turn.say(lead)
        return back_to_task(turn)


def _open_tickets(turn: Turn) -> list[Ticket]:
    return [ticket for ticket in own_tickets(turn) if ticket.status in OPEN]


def _warning(first: bool) -> str:
    """Said with the first screenshot of a ticket, or of those that wait for one."""
    return words.HIDE_FIRST if first else ""


def _in_focus(turn: Turn) -> Ticket | None:
    """The draft that is worked on, or the ticket that a note is asked for."""
    if turn.focus != "ticket" or turn.subject is None:
        return None
    try:
        ticket = turn.services.tickets.draft(turn.owner, turn.subject)
    except NotYours:
        return None
    noting = turn.asked == "note" and ticket.status not in UNSENT
    return ticket if ticket.status == Status.DRAFT or noting else None


def _between_tasks(turn: Turn) -> bool:
    return turn.focus is None or (turn.focus == "ticket" and _in_focus(turn) is None)


def _named(turn: Turn, ticket: Ticket) -> str:
    if ticket.number is not None:
        return f"{TICKETS.shown(ticket.number)} ({ticket.status})"
    if turn.focus == "ticket" and turn.subject == ticket.id:
        return "this ticket"
    return f"your draft “{words.headline(ticket)}”"


def _go_on(turn: Turn, draft: Ticket, lead: str, buttons: list[Button]) -> list[Event]:
    """Ask again what was open; a draft that nothing else waits before is taken up."""
    here = turn.focus == "ticket" and turn.subject == draft.id
    if here and turn.asked not in {None, "confirm"}:
        return ask(turn, draft, str(turn.asked), lead, buttons)
    if here or _between_tasks(turn):
        return ask_next(turn, draft, lead, buttons)
    turn.say(lead, buttons)
    return back_to_task(turn)
