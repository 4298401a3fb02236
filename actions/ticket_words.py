"""What is said about tickets: questions, read-backs, cards."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from actions.turn import Button, payload, short
from psl.follow_ups import PslReference
from psl.numbers import TICKETS
from psl.services import Services
from psl.tickets.models import Ticket
from psl.tickets.rules import UNSKIPPABLE, Status

# Most of Kentucky; named wherever a time is shown.
ZONE = ZoneInfo("America/New_York")
# Nothing looks into a picture, so nothing can be masked in it.
HIDE_FIRST = (
    "Please hide Social Security numbers, income and health details in a screenshot before you send "
    "it: I cannot mask pictures."
)
DETAIL_LABELS = {"case_number": "Case number", "application_number": "Application ID"}


def _label(services: Services, field: str) -> str:
    return DETAIL_LABELS.get(field) or services.guide.ticket_fields[field].label


def question(services: Services, draft: Ticket, asked: str | None) -> tuple[str, list[Button]]:
    """The question that is open on a draft, with its buttons."""
    ref = draft.id
    if asked == "split":
        return (
            "Shall I make a separate ticket for each, or is it one issue?",
            [
                ("Separate tickets", payload("split_issues", draft=ref)),
                ("It's one issue", payload("merge_issues", draft=ref)),
            ],
        )
    if asked == "duplicate":
        return (
            "Send it as a new ticket all the same?",
            [
                ("Submit as new", payload("submit", draft=ref, anyway="yes")),
                ("Drop the draft", payload("cancel", draft=ref)),
            ],
        )
    if asked == "note":
        return f"What should I add to {TICKETS.shown(draft.number or '')}?", []
    if asked in (None, "confirm", "change"):
        if asked == "change":
            return "What should I change? For example: “browser Edge”.", []
        return (
            "Is this right? Submit it, or tell me what to change.",
            [
                ("Submit", payload("submit", draft=ref)),
                ("Change something", payload("correct", draft=ref)),
                ("Cancel", payload("cancel", draft=ref)),
            ],
        )
    entry = services.guide.ticket_fields[asked]
    buttons = [
        (choice, payload("inform", draft=ref, **{asked: choice})) for choice in entry.choices
    ]
    if entry.not_applicable:
        buttons.append(("Doesn't apply", payload("not_applicable", draft=ref, words=asked)))
    if asked not in UNSKIPPABLE:
        buttons.append(("Skip", payload("skip", draft=ref, words=asked)))
    return services.guide.fill(entry.ask), buttons


def noted(services: Services, values: dict[str, str]) -> str:
    """A short read-back of what was just understood."""
    parts = [
        f"{_label(services, field)}: {short(value, 60)}"
        for field, value in values.items()
        if field != "what_happened"
    ]
    return f"Noted: {'; '.join(parts)}." if parts else ""


def known(draft: Ticket, field: str) -> str | None:
    """What a draft holds for a field."""
    if field == "case_or_application":
        return draft.details.get("case_number") or draft.details.get("application_number")
    return draft.details.get(field)


def listed(labels: Sequence[str]) -> str:
    """Labels in a sentence; "DOI number" keeps its capitals."""
    return ", ".join(label if label[:2].isupper() else label.lower() for label in labels)


def card(services: Services, draft: Ticket, *, whole: bool = False) -> str:
    """Everything a ticket holds, a line each; a long story is cut on a phone unless ``whole``."""
    length = 10_000 if whole else 240
    lines = [
        f"• {_label(services, field)}: {short(draft.details[field], length)}"
        for field in [
            "what_happened",
            "case_number",
            "application_number",
            *(f for f in services.guide.ticket_fields if f != "what_happened"),
        ]
        if field in draft.details
    ]
    if count := len(services.attachments.of_ticket(draft.id)):
        lines.append(f"• {screenshots(count)}")
    if draft.waived:
        lines.append(f"• Left out: {listed([_label(services, f) for f in draft.waived])}")
    if missing := services.tickets.missing(draft):
        lines.append(f"• Still needed: {listed([_label(services, f) for f in missing])}")
    return "\n".join(lines)


def headline(draft: Ticket) -> str:
    """A draft or ticket in a few words."""
    words = draft.title or draft.details.get("what_happened") or "no description yet"
    return short(words, 70)


def masked(number: str) -> str:
    """An identifying number as lists show it: its last four."""
    return f"…{number[-4:]}" if len(number) > 4 else number


def screenshots(count: int) -> str:
    """ "1 screenshot", "2 screenshots"."""
    return f"{count} screenshot{'' if count == 1 else 's'}"


def line(ticket: Ticket, attached: int = 0) -> str:
    """A ticket or draft in a list; ``attached`` is how many screenshots it has."""
    about = ticket.case_number or ticket.application_number
    client = f", {masked(about)}" if about else ""
    number = f"{TICKETS.shown(ticket.number)} ({ticket.status})" if ticket.number else "Draft"
    with_it = f", {screenshots(attached)}" if attached else ""
    return f"• {number}{client}{with_it}: {headline(ticket)}"


def split_shown(drafts: Sequence[Ticket]) -> str:
    """Separate issues with the words each came from."""
    lines = [f"{n}. “{short(draft.words, 160)}”" for n, draft in enumerate(drafts, 1)]
    return (
        f"That sounds like {len(drafts)} separate issues, and PSL takes one issue per ticket:\n"
        + "\n".join(lines)
    )


def second_shown(draft: Ticket, second: Ticket) -> str:
    """A second issue that was told while the first is drafted."""
    return (
        "That sounds like another issue, and PSL takes one issue per ticket:\n"
        f"1. “{short(headline(draft), 160)}”\n2. “{short(second.words, 160)}”"
    )


def add_to(draft: Ticket, known_tickets: Sequence[Ticket]) -> list[Button]:
    """The button that puts a draft into the ticket it repeats."""
    if not known_tickets:
        return []
    ref = known_tickets[0].id
    return [("Add to that ticket", payload("add_ticket_detail", ref=ref, draft=draft.id))]


def submitted(services: Services, ticket: Ticket) -> str:
    """What the agent is told when a ticket has its number."""
    number = TICKETS.shown(ticket.number or "")
    return (
        f"Submitted. Your ticket number is {number}. Keep it for call-backs and updates.\n"
        "It is with the PSL desk now; ask me “status of "
        f"{number}” any time. In a hurry: PSL, {services.guide.terms['psl_phone']}."
    )


def status_card(services: Services, ticket: Ticket) -> tuple[str, list[Button]]:
    """How a ticket stands, and what its owner can do."""
    when = (
        f"{ticket.submitted_at.astimezone(ZONE):%b %-d, %-I:%M %p %Z}"
        if ticket.submitted_at
        else ""
    )
    text = f"{TICKETS.shown(ticket.number or '')}: {ticket.status}.\n{headline(ticket)}\nSubmitted {when}."
    if count := len(services.attachments.of_ticket(ticket.id)):
        text += f"\nWith {screenshots(count)}."
    notes = services.tickets.notes(ticket.id)
    if notes:
        text += f"\nLast note: {short(notes[-1].text, 120)}"
    if ticket.status == Status.TRACKER:
        text += "\nIt is with the Open Enrollment Issue Tracker; quote your PSL number there."
    buttons: list[Button] = []
    if ticket.status != Status.CLOSED:
        buttons = [
            ("Add details", payload("add_ticket_detail", ref=ticket.id)),
            ("Still not fixed", payload("still_not_fixed", ref=ticket.id)),
            ("Close it", payload("close_ticket", ref=ticket.id)),
        ]
    return text, buttons


def outside_reference(services: Services, reference: PslReference) -> str:
    """What can be said of a number that PSL gave on the phone."""
    terms = services.guide.terms
    return (
        f"PSL number {reference.number}: I keep it for you, but I cannot see PSL's own system. "
        f"For an update call PSL, {terms['psl_phone']}, and quote it. If the issue stays "
        "unresolved, submit it in the Open Enrollment Issue Tracker and quote the number there."
    )
