"""Messages that the classifier puts elsewhere and that are about a referral all the same."""

from __future__ import annotations

from actions import referral_asking as asking
from actions import referral_outcomes as outcomes
from actions import referral_reading as reading
from actions.referral_asking import Pending
from actions.referral_commands import Told, in_hand, of_mine
from actions.referral_held import FRESH, ActionReferralComplete, just_closed
from actions.referrals import COMMANDS, ActionReferralList
from actions.turn import Event, Turn

# An outcome told without a command is short, and holds no details of a problem but these.
_SHORT = 15
_BESIDE = frozenset({"enrollment", "weekday", "date", "time_range", "language", "members"})


def meant_referral(turn: Turn) -> list[Event] | None:
    """What a message without a clear command does about a referral; None when it is about none."""
    events = meant_number(turn)
    return meant_outcome(turn) if events is None else events


def meant_number(turn: Turn) -> list[Event] | None:
    """A referral's number with the words for what to do, or alone; None without a number."""
    if turn.is_button or turn.owner.agent_id is None:
        return None
    number = reading.full_number(turn.text)
    view = turn.services.registrations.of(turn.owner.agent_id)
    if number is None or not (reading.has_letter(turn.text) or of_mine(turn, view, number)):
        return None
    named = [c for c in COMMANDS.values() if reading.names(c.intent, turn.text)]
    action = named[0] if len(named) == 1 else ActionReferralList()
    if not named and outcomes.outcome_told(turn.text):
        action = COMMANDS["complete_referral"]
    return action.work(turn, view) if view.agent.role == "Agent" else action.delegate(turn)


def meant_outcome(turn: Turn) -> list[Event] | None:
    """What a statement without a command means for a referral; None when it means nothing.

    Another outcome of the one just closed is set. "She enrolled" may be how the one in hand ended
    or part of a problem: that is asked.
    """
    agent_id = turn.owner.agent_id
    told = None if turn.is_button or agent_id is None else outcomes.outcome_told(turn.text)
    if told is None or agent_id is None or {d.kind for d in turn.details} - _BESIDE:
        return None
    view, command = turn.services.registrations.of(agent_id), ActionReferralComplete()
    last = just_closed(turn, agent_id, FRESH)
    if last is not None and outcomes.corrects(turn.text):
        return command.gone(turn, view, last, Told(outcome=told))
    held = in_hand(turn, agent_id)
    if not held or len(turn.text.split()) > _SHORT:
        return None
    if len(held) > 1:
        return command.ask_which(turn, held, Told(outcome=told))
    waiting = Pending(command.intent, number=held[0].referral.number, outcome=told)
    return asking.ask(turn, "outcome", waiting, asking.sure_it_ended(held[0], told, turn.text))
