"""What was asked about a referral and waits for an answer, and the task it interrupted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rasa_sdk.events import SlotSet

from actions import referral_words as words
from actions.turn import Button, Event, Turn, focus_on, no_focus, payload
from psl.errors import NotYours
from psl.numbers import REFERRALS
from psl.referrals.models import Offer, Referral
from psl.referrals.rules import Outcome
from psl.referrals.words import county

# The slots of a task, in this order.
_SLOTS = ("focus", "subject", "asked", "told")


@dataclass(frozen=True)
class Item:
    """A referral that a command is about: an offer that waits, or one in hand."""

    referral: Referral
    offer: Offer | None = None

    @property
    def entities(self) -> dict[str, str | int]:
        """What a button about it carries: an offer's id, or the number of one in hand."""
        if self.offer is not None:
            return {"offer": self.offer.id}
        return {"referral": REFERRALS.shown(self.referral.number)}


@dataclass(frozen=True)
class Pending:
    """A command that waits for an answer.

    Attributes:
        command: its intent.
        offer: the id of the offer it is about.
        number: the number, as stored, of the referral in hand that it is about.
        outcome: how it ended, as told already.
        reason: why, as told already.
        back: focus, subject, asked and told of the task that it interrupted.
    """

    command: str
    offer: int | None = None
    number: str | None = None
    outcome: str | None = None
    reason: str = ""
    back: tuple[str | None, ...] = ()

    @classmethod
    def of(cls, turn: Turn) -> Pending | None:
        """What waits in this conversation; None when nothing about a referral does."""
        if turn.focus != "referral" or not turn.pending:
            return None
        kept = json.loads(turn.pending)
        return cls(**{**kept, "back": tuple(kept["back"])})


def carried(**told: str | None) -> dict[str, str | int]:
    """The entities of a button for what was told already."""
    return {name: value for name, value in told.items() if value}


def ask(turn: Turn, asked: str, pending: Pending, question: words.Question) -> list[Event]:
    """Ask; the slot events make the referral the task, and remember the one it interrupts."""
    turn.say(*question)
    back = _interrupted(turn)
    kept = json.dumps({**asdict(pending), "back": back})
    agent_id = turn.linked_agent
    return [*focus_on("referral", agent_id, asked), SlotSet("told", kept)]


def _interrupted(turn: Turn) -> tuple[str | None, ...]:
    waiting = Pending.of(turn)
    if waiting is not None:
        return waiting.back
    if turn.focus is None or turn.focus == "referral":
        return ()
    values: dict[str, Any] = {name: turn.tracker.get_slot(name) for name in _SLOTS}
    return tuple(None if value is None else str(value) for value in values.values())


def leave(turn: Turn) -> list[Event]:
    """Nothing about a referral waits any more: the interrupted task, if any, is the task again."""
    if turn.focus != "referral":
        return []
    back = _interrupted(turn)
    events = (
        [SlotSet(name, value) for name, value in zip(_SLOTS, back, strict=True)]
        if back
        else [*no_focus(), SlotSet("told", None)]
    )
    for event in events:
        # What this turn says next is said in the task that it went back to.
        turn.tracker.slots[event["name"]] = event["value"]
    return events


# The questions ----------------------------------------------------------------------------------


def which(
    turn: Turn, command: str, verb: str, items: Sequence[Item], more: dict[str, str | int]
) -> words.Question:
    """Several fit: a button for each."""
    now = turn.services.referrals.now()
    lines = [f"• {words.headline(item.referral, item.offer, now)}" for item in items]
    buttons = [
        (
            f"{verb} {words.short_headline(item.referral, item.offer, now)}",
            payload(command, **item.entities, **more),
        )
        for item in items
    ]
    return "\n".join(["Which one?", *lines]), buttons


def why_rejected(offer: Offer) -> words.Question:
    """The optional reason of a rejection."""
    reasons = ("With a client", "Too far", "Language")
    buttons: list[Button] = [
        (reason, payload("reject_referral", offer=offer.id, choice=reason)) for reason in reasons
    ]
    return "Why? A word is enough, and you may skip it.", [*buttons, ("Skip", payload("skip"))]


def how_ended(referral: Referral) -> words.Question:
    """The outcome of a referral."""
    number = REFERRALS.shown(referral.number)
    return (
        f"How did {number} end? Choose, or tell me in your words.",
        [
            (str(outcome), payload("complete_referral", referral=number, outcome=str(outcome)))
            for outcome in Outcome
        ],
    )


def sure_it_ended(item: Item, outcome: Outcome, said: str) -> words.Question:
    """A statement that may tell how a referral ended, or be part of a problem."""
    number = words.shown(item.referral)
    return (
        f"Is {number} Complete then, with the outcome “{outcome}”?",
        [
            (
                "Yes, Complete",
                payload("complete_referral", referral=number, outcome=str(outcome)),
            ),
            ("Other outcome", payload("complete_referral", referral=number)),
            ("No, draft a ticket", payload("start_ticket", words=said)),
        ],
    )


def sure_to_hand_back(referral: Referral, reason: str) -> words.Question:
    """Handing back is for others to see at once: it is confirmed."""
    number = REFERRALS.shown(referral.number)
    kept = f"Reason: “{reason}”." if reason else "You may add why."
    return (
        f"Hand {number} ({county(referral)}) back? It goes to other agents at once. {kept} The guide "
        "does not state what that counts as; this assistant is set to count it as nothing.",
        [
            (
                "Yes, hand it back",
                payload(
                    "hand_back_referral",
                    referral=number,
                    choice="yes",
                    **carried(words=reason),
                ),
            ),
            ("Keep it", payload("hand_back_referral", referral=number, choice="no")),
        ],
    )


def reminder(turn: Turn) -> words.Question | None:
    """The question again, after an aside; None when it is settled by now."""
    pending, agent_id = Pending.of(turn), turn.owner.agent_id
    if pending is None or agent_id is None or turn.subject != agent_id:
        return None
    try:
        question = _waiting_question(turn, pending, agent_id)
    except NotYours:
        return None
    return None if question is None else (f"Back to your referral. {question[0]}", question[1])


def _waiting_question(turn: Turn, pending: Pending, agent_id: int) -> words.Question | None:
    from actions.referrals import COMMANDS

    referrals = turn.services.referrals
    if turn.asked == "reason" and pending.offer is not None:
        return why_rejected(referrals.offer(agent_id, pending.offer))
    if turn.asked == "which":
        command = COMMANDS[pending.command]
        items = command.candidates(turn, agent_id)
        told = carried(outcome=pending.outcome, words=pending.reason)
        return which(turn, pending.command, command.verb, items, told) if items else None
    held = next((r for r in referrals.in_hand(agent_id) if r.number == pending.number), None)
    if held is None:
        return None
    if turn.asked == "outcome" and pending.outcome:
        return sure_it_ended(Item(held), Outcome(pending.outcome), turn.text)
    if turn.asked == "outcome":
        return how_ended(held)
    return sure_to_hand_back(held, pending.reason)
