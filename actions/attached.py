"""Screenshots that hang on a draft or ticket: what is said of them, and what is offered."""

from __future__ import annotations

from collections.abc import Sequence

from actions import ticket_words as words
from actions.turn import Button, Turn, payload, short
from psl.attachments import Attachment
from psl.errors import BadInput
from psl.tickets.models import Ticket

# So much of a name fits on a button.
TITLE = 28


def to_draft(attachment: Attachment, draft: Ticket) -> Button:
    """The button that gives a screenshot to a draft."""
    about = short(words.headline(draft), TITLE)
    return f"To “{about}”", payload("attach_file", attachment=attachment.id, draft=draft.id)


def removal(attachments: Sequence[Attachment]) -> list[Button]:
    """A button each that takes a screenshot away; several are told apart by their names."""
    alone = len(attachments) == 1
    return [
        (
            "Remove screenshot" if alone else f"Remove {short(attachment.name, TITLE)}",
            payload("remove_file", attachment=attachment.id),
        )
        for attachment in attachments
    ]


def take_waiting(turn: Turn, draft: Ticket, others: Sequence[Ticket]) -> tuple[str, list[Button]]:
    """Give the draft what was sent before there was one; what to say of it, and buttons.

    ``others`` are the drafts that a screenshot could belong to as well.
    """
    attachments = turn.services.attachments
    taken, said = [], []
    for waiting in attachments.unbound(turn.owner):
        try:
            taken.append(attachments.bind(turn.owner, waiting.id, draft.id).attachment)
        except BadInput as error:
            said = [not_kept(turn, waiting, error)]
    if not taken:
        return "".join(said), []
    many = len(taken) > 1
    what = f"The {words.screenshots(len(taken)) if many else 'screenshot'} you sent"
    elsewhere = [to_draft(taken[0], other) for other in ([] if many else others[:2])]
    return (
        "\n".join([f"{what} {'are' if many else 'is'} with it.", *said]),
        [*removal(taken), *elsewhere],
    )


def not_kept(turn: Turn, attachment: Attachment, error: BadInput) -> str:
    """Let go of what a full ticket does not take, or another one would get it unasked."""
    turn.services.attachments.remove(turn.owner, attachment.id)
    return f"{error} Then send this one again."
