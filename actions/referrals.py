"""Referrals in conversation: what waits for the agent, and answers to what was asked about one."""

from __future__ import annotations

from dataclasses import replace

from actions import referral_asking as asking
from actions import referral_reading as reading
from actions import referral_words as words
from actions.answers import ActionAnswer, next_steps
from actions.referral_asking import Item, Pending
from actions.referral_commands import (
    Command,
    ReferralAction,
    Told,
    in_hand,
    of_mine,
    offers,
    outcome_of,
    settle,
    zone_of,
)
from actions.referral_held import (
    ActionReferralComplete,
    ActionReferralHandBack,
    ActionReferralNoAnswer,
)
from actions.referral_offers import ActionReferralAccept, ActionReferralReject
from actions.turn import Event, Turn, payload
from psl.agents.registration import View
from psl.numbers import REFERRALS
from psl.referrals.models import Offer

COMMANDS: dict[str, Command] = {
    command.intent: command
    for command in (
        ActionReferralAccept(),
        ActionReferralReject(),
        ActionReferralComplete(),
        ActionReferralNoAnswer(),
        ActionReferralHandBack(),
    )
}


# Answers ----------------------------------------------------------------------------------------


_LEAVES = frozenset({"cancel", "pause", "goodbye", "skip", "start_over"})


class ActionReferralTurn(ReferralAction):
    """The answer to what was asked about a referral."""

    action_name = "action_referral_turn"

    async def act(self, turn: Turn) -> list[Event]:
        """A wish to see something is no reason for a rejection; all else as for every action."""
        answers = turn.services.guide.answers
        if turn.asked == "reason" and turn.intent in answers and reading.wants_to_see(turn.text):
            return [*asking.leave(turn), *await ActionAnswer().act(turn)]
        return await super().act(turn)

    def work(self, turn: Turn, view: View) -> list[Event]:
        """Which one, why, how it ended, or whether to hand it back."""
        pending = Pending.of(turn)
        if pending is None or turn.subject != view.agent.id:
            turn.say("Nothing is waiting for an answer.", next_steps(turn, ["show_my_referrals"]))
            return settle(turn)
        if not turn.is_button and turn.asked in {"which", "reason"}:
            named = (c for c in COMMANDS.values() if c.intent != pending.command)
            for command in named:
                if reading.names(command.intent, turn.text):
                    return command.work(turn, view)
        return {
            "which": self._which,
            "reason": self._reason,
            "outcome": self._outcome,
            "hand_back": self._hand_back,
        }[turn.asked or "which"](turn, view, pending)

    @staticmethod
    def _which(turn: Turn, view: View, pending: Pending) -> list[Event]:
        command = COMMANDS[pending.command]
        items = command.candidates(turn, view.agent.id)
        told = command.hear(turn.text)
        told = replace(
            told,
            outcome=outcome_of(pending.outcome) or told.outcome,
            reason=pending.reason or told.reason,
        )
        # Of several only one may be left by now: it is not taken for meant because of that.
        named = (
            command.fitting(turn, items, turn.text)
            or reading.full_number(turn.text)
            or reading.means_all(turn.text)
        )
        if not named and (turn.intent in _LEAVES or reading.declines(turn.intent, turn.text)):
            turn.say("All right, nothing changed.", next_steps(turn, ["show_my_referrals"]))
            return settle(turn)
        meant = reading.names(command.intent, turn.text) or reading.agrees(turn.intent, turn.text)
        if items and not named and not (len(items) == 1 and meant):
            return command.ask_which(turn, items, told)
        return command.choose(turn, view, items, told)

    @staticmethod
    def _reason(turn: Turn, view: View, pending: Pending) -> list[Event]:
        answered = turn.intent in reading.NO | {"affirm", "thanks", "done_item"}
        bare = len(turn.text.split()) < 4 and answered
        if turn.is_button or bare or pending.offer is None:
            turn.say("All right.")
            return settle(turn)
        offer = turn.services.referrals.offer(view.agent.id, pending.offer)
        told = Told(reason=turn.text.strip(" .!")[: reading.LONGEST])
        return COMMANDS[pending.command].apply(turn, view, [Item(offer.referral, offer)], told)

    @staticmethod
    def _outcome(turn: Turn, view: View, pending: Pending) -> list[Event]:
        command = COMMANDS[pending.command]
        told = command.hear("" if turn.is_button else turn.text)
        item = _held(turn, view, pending)
        if item is None:
            return _closed(turn, view, command, pending, told)
        if told.outcome is None and pending.outcome and reading.agrees(turn.intent, turn.text):
            told = replace(told, outcome=outcome_of(pending.outcome))
        if told.outcome is not None:
            return command.apply(turn, view, [item], told)
        number = words.shown(item.referral)
        if reading.declines(turn.intent, turn.text):
            turn.say(
                f"{number} stays In Progress.", words.held_buttons(item.referral, several=False)
            )
            return settle(turn)
        question, buttons = asking.how_ended(item.referral)
        return asking.ask(
            turn, "outcome", pending, (f"I can't tell the outcome from that. {question}", buttons)
        )

    @staticmethod
    def _hand_back(turn: Turn, view: View, pending: Pending) -> list[Event]:
        command, item = COMMANDS[pending.command], _held(turn, view, pending)
        if item is None:
            return command.choose(turn, view, command.candidates(turn, view.agent.id), Told())
        told = Told(reason=pending.reason)
        if reading.declines(turn.intent, turn.text):
            return command.apply(turn, view, [item], replace(told, choice="no"))
        why = "" if turn.is_button else reading.reason_told(f"yes, {turn.text}")
        told = replace(told, reason=why or pending.reason)
        if reading.agrees(turn.intent, turn.text) or turn.intent == "hand_back_referral":
            return command.apply(turn, view, [item], replace(told, choice="yes"))
        return command.apply(turn, view, [item], told)


def _closed(turn: Turn, view: View, command: Command, pending: Pending, told: Told) -> list[Event]:
    """The answer about one that is not in hand any more: another outcome, or none after all."""
    item = of_mine(turn, view, pending.number or "")
    if item is None:
        return command.choose(turn, view, command.candidates(turn, view.agent.id), told)
    if told.outcome is None and reading.declines(turn.intent, turn.text):
        outcome = words.outcome_words(item.referral)
        turn.say(f"{words.shown(item.referral)} stays {item.referral.status}{outcome}.")
        return settle(turn)
    return command.gone(turn, view, item, told)


def _held(turn: Turn, view: View, pending: Pending) -> Item | None:
    held: list[Item] = in_hand(turn, view.agent.id)
    return next((item for item in held if item.referral.number == pending.number), None)


# The list ---------------------------------------------------------------------------------------


class ActionReferralList(ReferralAction):
    """What waits for the agent, and what is In Progress."""

    action_name = "action_referral_list"

    def work(self, turn: Turn, view: View) -> list[Event]:
        """Offers with the time left, then a card for each one in hand; or why there is none."""
        back = ActionReferralHandBack()
        if not turn.is_button and reading.names(back.intent, reading.without_numbers(turn.text)):
            return back.work(turn, view)
        waiting, held = offers(turn, view.agent.id), in_hand(turn, view.agent.id)
        number = None if turn.is_button else reading.full_number(turn.text)
        if number is not None:
            both = [i for i in (*waiting, *held) if i.referral.number == number]
            waiting = [i for i in both if i.offer]
            held = [i for i in both if not i.offer]
            if not both:
                return self._past(turn, view, number)
        if not waiting and not held:
            self._none(turn, view)
            return settle(turn)
        services = turn.services
        now, zone = services.referrals.now(), zone_of(view)
        live: list[Offer] = [i.offer for i in waiting if i.offer]
        if live:
            turn.say(
                "\n".join(
                    ["Waiting for you:", *(words.waiting(o.referral, o, now, zone) for o in live)]
                ),
                [b for o in live[:4] for b in words.offer_buttons(o, len(live) > 1)],
            )
        for item in held:
            turn.say(
                words.in_progress(services, item.referral, now, zone),
                words.held_buttons(item.referral, len(held) > 1),
            )
        return settle(turn)

    @staticmethod
    def _past(turn: Turn, view: View, number: str) -> list[Event]:
        item = of_mine(turn, view, number)
        if item is None or item.offer is None:
            turn.say(f"I find no referral {REFERRALS.shown(number)} of yours.")
        else:
            now = turn.services.referrals.now()
            turn.say(f"{words.past(item.offer, now, zone_of(view))}.")
        return settle(turn)

    @staticmethod
    def _none(turn: Turn, view: View) -> None:
        """No referral: whether one could come now, and what stands in the way."""
        unmet = [c for c in turn.services.registrations.why_none(view.agent.id) if not c.met]
        lines = ["No referral is waiting for you, and none is In Progress."]
        if unmet:
            lines.append("None can come now:")
            lines += [f"• {c.name}{f'. {c.todo}' if c.todo else ''}" for c in unmet[:3]]
        else:
            lines.append("You are available: a new one shows here at once, with Accept and Reject.")
        away = not view.registered
        buttons = [("Register", payload("start_registration"))] if away else []
        if view.registered and unmet:
            buttons.append(("My availability", payload("show_availability")))
        turn.say("\n".join(lines), buttons)
