"""Offers: accept and reject."""

from __future__ import annotations

from dataclasses import replace

from actions import referral_asking as asking
from actions import referral_reading as reading
from actions import referral_words as words
from actions.answers import next_steps
from actions.referral_asking import Item, Pending
from actions.referral_commands import Command, Told, in_hand, offers, settle, zone_of
from actions.turn import Button, Event, Turn, payload
from psl.agents.registration import View
from psl.referrals.models import OfferState
from psl.referrals.service import Answer, Answered
from psl.referrals.sweep import Sweeper


class OfferCommand(Command):
    """Accept or Reject."""

    def candidates(self, turn: Turn, agent_id: int) -> list[Item]:
        """The offers that wait."""
        return offers(turn, agent_id)

    def nothing(self, turn: Turn, view: View, told: Told) -> list[Event]:
        """No offer waits: the truth about the last one, and where one shows."""
        services, zone = turn.services, zone_of(view)
        now, held = services.referrals.now(), in_hand(turn, view.agent.id)
        lines = ["No referral is waiting for you."]
        buttons: list[Button] = []
        if not view.registered:
            lines.append(words.not_registered(view, now, zone))
            buttons.append(("Register", payload("start_registration")))
        if len(held) == 1:
            mine = held[0].referral
            lines.append(f"Already yours: {words.in_progress(services, mine, now, zone)}")
            buttons += words.held_buttons(mine, several=False)
        elif held:
            mine_too = ", ".join(words.shown(item.referral) for item in held)
            lines.append(f"Already yours, In Progress: {mine_too}.")
            buttons += next_steps(turn, ["show_my_referrals"])
        else:
            last = next(iter(services.referrals.history(view.agent.id, 1)), None)
            if last is not None:
                lines.append(f"The last one: {words.past(last, now, zone)}.")
            if view.registered:
                lines.append("A new one shows here at once, with Accept and Reject.")
                lines.append(self.in_portal(turn))
            buttons += next_steps(turn, ["show_my_referrals"])
        turn.say("\n".join(lines), buttons)
        return settle(turn)

    def gone(self, turn: Turn, view: View, item: Item, told: Told) -> list[Event]:
        """A press that came too late, or twice: the service tells what became of it."""
        if item.offer is None:
            return self.nothing(turn, view, told)
        return self.apply(turn, view, [item], told)

    def refused(self, turn: Turn, view: View, answered: Answered) -> None:
        """Say why nothing changed."""
        services, zone = turn.services, zone_of(view)
        if answered.answer == Answer.ALREADY_YOURS and self.intent == ActionReferralReject.intent:
            turn.say(
                f"You accepted {words.shown(answered.referral)}, so it cannot be rejected any more. "
                "If you can't take care of it, hand it back.",
                words.held_buttons(answered.referral, several=False),
            )
            return
        if answered.answer == Answer.ALREADY_YOURS:
            now = services.referrals.now()
            turn.say(
                f"Already yours: {words.in_progress(services, answered.referral, now, zone)}",
                words.held_buttons(answered.referral, several=False),
            )
            return
        if answered.answer == Answer.LATE and answered.offer.state == OfferState.OFFERED:
            # The window is over, and the engine has not come by yet: whether it counts is its to say.
            Sweeper(services.database, services.settings).end_windows()
            offer = services.referrals.offer(view.agent.id, answered.offer.id)
            answered = replace(answered, offer=offer, referral=offer.referral)
            view = services.registrations.of(view.agent.id)
        now = services.referrals.now()
        away = answered.answer == Answer.NOT_REGISTERED or not view.registered
        buttons: list[Button] = [("Register again", payload("start_registration"))] if away else []
        said = words.not_won(services, answered, view, now, zone)
        again = [
            item.offer
            for item in offers(turn, view.agent.id)
            if item.offer and item.referral.id == answered.referral.id
        ]
        for offer in again:
            said += f"\nStill to be had: {words.waiting(offer.referral, offer, now, zone)}"
            buttons += words.offer_buttons(offer, several=False)
        turn.say(said, buttons)


class ActionReferralAccept(OfferCommand):
    """Accept a referral."""

    action_name = "action_referral_accept"
    intent = "accept_referral"
    verb = "Accept"
    together = True

    def perform(self, turn: Turn, view: View, item: Item, told: Told) -> list[Event] | None:
        """One winner; the card is for the winner alone."""
        services = turn.services
        answered = services.referrals.accept(
            view.agent.id, item.offer.id if item.offer else 0, turn.chat
        )
        if answered.answer != Answer.ACCEPTED:
            self.refused(turn, view, answered)
            return None
        turn.say(
            words.accepted(services, answered.referral, services.referrals.now(), zone_of(view)),
            words.held_buttons(answered.referral, several=False),
        )
        return None


class ActionReferralReject(OfferCommand):
    """Reject a referral; a reason is welcome and not needed."""

    action_name = "action_referral_reject"
    intent = "reject_referral"
    verb = "Reject"
    together = True

    def hear(self, text: str) -> Told:
        """The reason, if the message gives one."""
        return Told(text, reason=reading.reason_told(text))

    def perform(self, turn: Turn, view: View, item: Item, told: Told) -> list[Event] | None:
        """Reject, then ask why once; a task that waits is not kept waiting for that."""
        services, offer = turn.services, item.offer
        reason = told.choice or told.reason
        answered = services.referrals.reject(
            view.agent.id, offer.id if offer else 0, reason, turn.chat
        )
        if answered.answer != Answer.REJECTED:
            self.refused(turn, view, answered)
            return None
        services.engine.wake()
        if offer is not None and offer.state == OfferState.REJECTED:
            turn.say(f"Noted: {reason}.")
            return None
        misses = services.registrations.of(view.agent.id).misses
        lead = words.rejected(services, answered.offer, misses)
        busy = turn.focus not in {None, "referral"} or bool(_interrupted(turn))
        if reason or busy or len(self.candidates(turn, view.agent.id)) > 0:
            turn.say(f"{lead} Noted: {reason}." if reason else lead)
            return None
        question, buttons = asking.why_rejected(answered.offer)
        waiting = Pending(self.intent, offer=answered.offer.id)
        return asking.ask(turn, "reason", waiting, (f"{lead}\n{question}", buttons))


def _interrupted(turn: Turn) -> tuple[str | None, ...]:
    waiting = Pending.of(turn)
    return waiting.back if waiting is not None else ()
