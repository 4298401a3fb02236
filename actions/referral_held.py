"""Referrals In Progress: complete, nobody answered, hand back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from actions import referral_asking as asking
from actions import referral_outcomes as outcomes
from actions import referral_reading as reading
from actions import referral_words as words
from actions.answers import next_steps
from actions.referral_asking import Item, Pending
from actions.referral_commands import PAST, Command, Told, in_hand, offers, settle, zone_of
from actions.turn import Button, Event, Turn, payload
from psl.agents.registration import View
from psl.errors import IllegalMove
from psl.referrals.models import Referral, Status
from psl.referrals.rules import Outcome
from psl.referrals.words import cancelled, clock

# So long after Complete an outcome that is told is a correction.
FRESH = timedelta(minutes=15)


class HeldCommand(Command):
    """Something done to a referral In Progress."""

    portal = ("ask_set_complete", "Referral Manager")

    def candidates(self, turn: Turn, agent_id: int) -> list[Item]:
        """Those in hand."""
        return in_hand(turn, agent_id)

    def nothing(self, turn: Turn, view: View, told: Told) -> list[Event]:
        """Nothing is In Progress; an offer that waits is accepted first."""
        waiting = offers(turn, view.agent.id)
        if waiting:
            now, zone = turn.services.referrals.now(), zone_of(view)
            turn.say(
                "Nothing of yours is In Progress. Accept first:\n"
                + "\n".join(
                    words.waiting(i.referral, i.offer, now, zone) for i in waiting if i.offer
                ),
                [
                    button
                    for i in waiting[:3]
                    if i.offer
                    for button in words.offer_buttons(i.offer, len(waiting) > 1)
                ],
            )
        else:
            turn.say(
                "You have no referral In Progress here. One that you accepted in Agent Portal is "
                "worked there, in Referral Manager on the Quick Updates Dashboard.",
                next_steps(turn, ["show_my_referrals", "ask_set_complete"]),
            )
        return settle(turn)

    def gone(self, turn: Turn, view: View, item: Item, told: Told) -> list[Event]:
        """One that is not in hand: how it stands."""
        now, zone = turn.services.referrals.now(), zone_of(view)
        if item.referral.status == Status.CANCELLED and item.referral.holder_id == view.agent.id:
            turn.say(cancelled(item.referral, held=True))
        elif item.offer is not None and item.offer.id in {
            each.offer.id for each in offers(turn, view.agent.id) if each.offer
        }:
            turn.say(
                "Not accepted yet. " + words.waiting(item.referral, item.offer, now, zone),
                words.offer_buttons(item.offer, several=False),
            )
        elif item.offer is not None:
            turn.say(
                f"Not In Progress with you: {words.past(item.offer, now, zone)}.",
                next_steps(turn, ["show_my_referrals"]),
            )
        return settle(turn)


class ActionReferralComplete(HeldCommand):
    """Set a referral Complete, with its outcome."""

    action_name = "action_referral_complete"
    intent = "complete_referral"
    verb = "Complete"
    together = True

    def hear(self, text: str) -> Told:
        """The outcome in the words."""
        return Told(text, outcome=outcomes.outcome_told(text))

    def work(self, turn: Turn, view: View) -> list[Event]:
        """Another outcome for the one just closed, else as every command."""
        if not turn.is_button and outcomes.corrects(turn.text):
            told = self.hear(turn.text)
            last = just_closed(turn, view.agent.id, FRESH)
            if told.outcome is not None and last is not None:
                return self.gone(turn, view, last, told)
        return super().work(turn, view)

    def nothing(self, turn: Turn, view: View, told: Told) -> list[Event]:
        """An outcome after the last one was closed is its outcome."""
        fresh = just_closed(turn, view.agent.id, FRESH)
        if fresh is not None:
            return self.gone(turn, view, fresh, told)
        last = just_closed(turn, view.agent.id, timedelta(days=1))
        if last is not None and not offers(turn, view.agent.id):
            # Of one closed long ago an outcome may not be meant: ask.
            return self.gone(turn, view, last, replace(told, outcome=None))
        return super().nothing(turn, view, told)

    def gone(self, turn: Turn, view: View, item: Item, told: Told) -> list[Event]:
        """One that is Complete may still get another outcome."""
        if not _closed_by(item, view.agent.id):
            return super().gone(turn, view, item, told)
        if told.outcome is None:
            question, buttons = asking.how_ended(item.referral)
            number, outcome = words.shown(item.referral), words.outcome_words(item.referral)
            waiting = Pending(self.intent, number=item.referral.number)
            lead = f"{number} is Complete{outcome}. Another outcome?"
            return asking.ask(turn, "outcome", waiting, (f"{lead} {question}", buttons))
        return self.apply(turn, view, [item], told)

    def perform(self, turn: Turn, view: View, item: Item, told: Told) -> list[Event] | None:
        """GUIDE: Complete after contacting the resident; the outcomes are ours (OPEN)."""
        referral, services = item.referral, turn.services
        number = words.shown(referral)
        if told.outcome is None:
            if outcomes.reached(told.text):
                services.referrals.called(view.agent.id, referral.number)
            question = asking.how_ended(referral)
            return asking.ask(
                turn, "outcome", Pending(self.intent, number=referral.number), question
            )
        if told.outcome == Outcome.NO_ANSWER and self._too_soon(turn, referral, told):
            return None
        note = "" if told.outcome != Outcome.OTHER else told.text
        services.referrals.complete(
            view.agent.id,
            referral.number,
            told.outcome,
            reading.without_resident(note, referral),
        )
        changed = referral.status == Status.COMPLETE
        lead = "now with the outcome" if changed else "outcome"
        turn.say(
            f"{number} is Complete, {lead} “{told.outcome}”. If that is not right, press “Other outcome”.",
            [("Other outcome", payload(self.intent, referral=number, choice="again"))],
        )
        return None

    @staticmethod
    def _too_soon(turn: Turn, referral: Referral, told: Told) -> bool:
        """Whether tries are left before "no answer" closes a referral (OPEN: ours)."""
        limit = turn.services.settings.no_answer_attempts
        tries = max(referral.attempts, outcomes.tries_told(told.text) if told.text else 0)
        if referral.status == Status.COMPLETE or tries >= limit or told.choice == "anyway":
            return False
        number = words.shown(referral)
        turn.say(
            f"{referral.attempts} of {limit} tries are noted for {number}. "
            f"{words.setting(turn.services.guide, 'ask_no_answer')}",
            [
                ("Note a try", payload("report_no_answer", referral=number)),
                (
                    "Close it now",
                    payload(
                        "complete_referral",
                        referral=number,
                        outcome=str(Outcome.NO_ANSWER),
                        choice="anyway",
                    ),
                ),
            ],
        )
        return True


def _closed_by(item: Item, agent_id: int) -> bool:
    return item.referral.status == Status.COMPLETE and item.referral.holder_id == agent_id


def just_closed(turn: Turn, agent_id: int, within: timedelta) -> Item | None:
    """The referral that this agent set Complete last, if that is not longer ago than ``within``."""
    since = turn.services.referrals.now() - within
    latest = turn.services.referrals.history(agent_id, PAST)
    closed = [
        (offer.referral.closed_at, Item(offer.referral, offer))
        for offer in latest
        if _closed_by(Item(offer.referral), agent_id) and offer.referral.closed_at
    ]
    at, item = max(closed, key=lambda pair: pair[0], default=(since, None))
    return item if at > since else None


class ActionReferralNoAnswer(HeldCommand):
    """Nobody answered: note the try."""

    action_name = "action_referral_no_answer"
    intent = "report_no_answer"
    verb = "No answer"
    _HOW = f"Close it as Complete with “{Outcome.NO_ANSWER}”, or hand it back."

    def guest(self, turn: Turn) -> list[Event]:
        """What the guide says."""
        return self._answer(turn)

    def delegate(self, turn: Turn) -> list[Event]:
        """What the guide says."""
        return self._answer(turn)

    def nothing(self, turn: Turn, view: View, told: Told) -> list[Event]:
        """Not about a referral here: what the guide says."""
        return self._answer(turn)

    @staticmethod
    def _answer(turn: Turn) -> list[Event]:
        guide = turn.services.guide
        answer = guide.answers["ask_no_answer"]
        turn.say(guide.reply(answer), next_steps(turn, answer.next))
        return settle(turn)

    def perform(self, turn: Turn, view: View, item: Item, told: Told) -> list[Event] | None:
        """Count the try, and say when the reminder comes or that the tries are over (OPEN)."""
        services, number = turn.services, words.shown(item.referral)
        limit = services.settings.no_answer_attempts
        tries = max(outcomes.tries_told(told.text) if told.text else 1, item.referral.attempts + 1)
        referral = item.referral
        try:
            for _ in range(min(tries, limit) - referral.attempts or 1):
                referral = services.referrals.no_answer(view.agent.id, referral.number)
        except IllegalMove:
            turn.say(f"All {limit} tries are noted for {number}. {self._HOW}", self._over(number))
            return None
        noted = f"Noted for {number}: try {referral.attempts} of {limit}."
        if referral.attempts >= limit:
            turn.say(
                f"{noted} {self._HOW}",
                self._over(number),
            )
            return None
        now = services.referrals.now()
        again = now + timedelta(seconds=services.settings.retry_call_seconds)
        turn.say(
            f"{noted} I remind you at {clock(again, now, zone_of(view))} to try again; their "
            f"preferred contact is {words.METHODS[referral.preferred_contact]}.",
            words.held_buttons(referral, several=False),
        )
        return None

    @staticmethod
    def _over(number: str) -> list[Button]:
        outcome = str(Outcome.NO_ANSWER)
        return [
            (
                "Complete: no answer",
                payload("complete_referral", referral=number, outcome=outcome),
            ),
            ("Hand back", payload("hand_back_referral", referral=number)),
            ("Complete: other", payload("complete_referral", referral=number)),
        ]


class ActionReferralHandBack(HeldCommand):
    """Give an accepted referral back, after a confirmation."""

    action_name = "action_referral_hand_back"
    intent = "hand_back_referral"
    verb = "Hand back"

    def hear(self, text: str) -> Told:
        """The reason, if the message gives one."""
        return Told(text, reason=reading.reason_told(text))

    def perform(self, turn: Turn, view: View, item: Item, told: Told) -> list[Event] | None:
        """Confirmed: it is others' at once. OPEN: it counts as nothing."""
        referral, services = item.referral, turn.services
        number = words.shown(referral)
        reason = reading.without_resident(told.reason, referral)
        if told.choice == "no":
            now = services.referrals.now()
            turn.say(
                f"Kept. {words.in_progress(services, referral, now, zone_of(view))}",
                words.held_buttons(referral, several=False),
            )
            return None
        if told.choice != "yes":
            waiting = Pending(self.intent, number=referral.number, reason=reason)
            question = asking.sure_to_hand_back(referral, reason)
            return asking.ask(turn, "hand_back", waiting, question)
        services.referrals.hand_back(view.agent.id, referral.number, reason)
        services.engine.wake()
        turn.say(
            f"Handed back: {number} goes to other agents now. Please don't contact the resident "
            "any more."
        )
        return None
