"""Commands about referrals: who may give them, and which referral one is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from actions import referral_asking as asking
from actions import referral_reading as reading
from actions import referral_words as words
from actions.answers import next_steps
from actions.prompts import back_to_task
from actions.referral_asking import Item, Pending
from actions.turn import Event, PslAction, Turn
from psl.agents.registration import View
from psl.errors import NotYours
from psl.numbers import REFERRALS, is_plausible
from psl.referrals.rules import Outcome

# Offers that are looked through for a number that was typed.
PAST = 200


@dataclass(frozen=True)
class Told:
    """What a command's message or button tells beside the referral.

    Attributes:
        text: the words; empty for a button.
        outcome: how it ended.
        reason: why.
        choice: what a button chose.
    """

    text: str = ""
    outcome: Outcome | None = None
    reason: str = ""
    choice: str = ""


class ReferralAction(PslAction):
    """Something about referrals; a task that it interrupts is taken up again."""

    async def act(self, turn: Turn) -> list[Event]:
        """Referrals are shown to, and worked by, the agent they are for: not a guest, not a Delegate."""
        if turn.owner.agent_id is None:
            return self.guest(turn)
        view = turn.services.registrations.of(turn.owner.agent_id)
        if view.agent.role != "Agent":
            return self.delegate(turn)
        return self.work(turn, view)

    def work(self, turn: Turn, view: View) -> list[Event]:
        """Do it for this agent."""
        raise NotImplementedError

    # Where the same is done in Agent Portal: an answer of the guide, and what its line is known by.
    portal = ("ask_where_accept", "green check mark")

    def guest(self, turn: Turn) -> list[Event]:
        """Say how to link; nothing that was typed is kept."""
        turn.say(
            "Referrals come to the agent they are for, so link this chat first: get a link code "
            "from your agency's administrator and send “link” and the code. "
            f"Then say “my referrals”.\n{self.in_portal(turn)}",
            next_steps(turn, ["ask_how_link", self.portal[0]]),
        )
        return back_to_task(turn)

    def in_portal(self, turn: Turn) -> str:
        """The guide's line on where the same is done in Agent Portal."""
        return words.guide_line(turn.services.guide, *self.portal)

    def delegate(self, turn: Turn) -> list[Event]:
        """OPEN: a Delegate asks and drafts, and takes no referrals."""
        answer = turn.services.guide.answers["ask_delegate_on_demand"]
        turn.say(
            f"You are linked as a Delegate. The guide does not state {answer.not_stated}. "
            f"{words.setting(turn.services.guide, answer.intent)}",
            next_steps(turn, ["ask_delegate_on_demand"]),
        )
        return back_to_task(turn)


def settle(turn: Turn) -> list[Event]:
    """A command is done: back to the task that it interrupted."""
    events = asking.leave(turn)
    back_to_task(turn)
    return events


def zone_of(view: View) -> str:
    """The zone in which the agent is told times."""
    return view.zone or view.home_zone


class Command(ReferralAction):
    """Something done to one referral: of a button, of the words, the only one, or asked for."""

    intent = ""
    verb = ""
    # Whether "both" and "all" may be done at once.
    together = False

    def candidates(self, turn: Turn, agent_id: int) -> list[Item]:
        """What it can be done to now."""
        raise NotImplementedError

    def nothing(self, turn: Turn, view: View, told: Told) -> list[Event]:
        """There is nothing to do it to."""
        raise NotImplementedError

    def gone(self, turn: Turn, view: View, item: Item, told: Told) -> list[Event]:
        """It is about one to which it cannot be done now; say why."""
        raise NotImplementedError

    def perform(self, turn: Turn, view: View, item: Item, told: Told) -> list[Event] | None:
        """Do it and say so; slot events if it asked something, None when it is done."""
        raise NotImplementedError

    def hear(self, text: str) -> Told:
        """What the words tell beside which referral is meant."""
        return Told(text)

    def work(self, turn: Turn, view: View) -> list[Event]:
        """The referral of the button, else the one the words mean."""
        pending = Pending.of(turn)
        other = pending is not None and pending.command != self.intent
        if other and not turn.is_button and not reading.names(self.intent, turn.text):
            # "The spanish one" sounds like accepting, also when asked which one to reject.
            from actions.referrals import ActionReferralTurn

            return ActionReferralTurn().work(turn, view)
        items = self.candidates(turn, view.agent.id)
        if not turn.is_button:
            return self.choose(turn, view, items, self.hear(turn.text))
        told = Told(
            outcome=outcome_of(turn.entity("outcome")),
            reason=turn.entity("words") or "",
            choice=turn.entity("choice") or "",
        )
        # Typed word for word, a button's title names none of several.
        if len(items) > 1 and turn.typed.casefold() == self.verb.casefold():
            return self.choose(turn, view, items, told)
        return self._of_button(turn, view, items, told)

    def _of_button(self, turn: Turn, view: View, items: Sequence[Item], told: Told) -> list[Event]:
        offer, number = turn.entity("offer"), turn.entity("referral")
        if offer is None and number is None:
            return self.choose(turn, view, items, told)
        for item in items:
            if item.offer is not None and str(item.offer.id) == offer:
                return self.apply(turn, view, [item], told)
            if item.offer is None and words.shown(item.referral) == number:
                return self.apply(turn, view, [item], told)
        past = None
        if offer is not None:
            found = turn.services.referrals.offer(view.agent.id, int(offer))
            past = Item(found.referral, found)
        elif number is not None:
            past = of_mine(turn, view, reading.full_number(number) or "")
        if past is None:
            raise NotYours("I find no such referral of yours.")
        return self.gone(turn, view, past, told)

    def choose(self, turn: Turn, view: View, items: Sequence[Item], told: Told) -> list[Event]:
        """The one that the words mean, or the only one; else ask."""
        number = reading.full_number(told.text)
        if number is not None and all(item.referral.number != number for item in items):
            return self._elsewhere(turn, view, number, told)
        if not items:
            return self.nothing(turn, view, told)
        if self.together and len(items) > 1 and reading.means_all(told.text):
            return self.apply(turn, view, items, told)
        fitting = self.fitting(turn, items, told.text)
        if not fitting and len(items) == 1:
            guide_dir = turn.services.settings.guide_dir
            if reading.contradicts(told.text, _choice(items[0]), guide_dir):
                return self.ask_which(turn, items, told)
            fitting = list(items)
        if len(fitting) == 1:
            return self.apply(turn, view, fitting, told)
        return self.ask_which(turn, fitting or items, told)

    @staticmethod
    def fitting(turn: Turn, items: Sequence[Item], text: str) -> list[Item]:
        """Those that the words name."""
        choices = [_choice(item) for item in items]
        picked = reading.chosen(text, choices, turn.services.settings.guide_dir)
        return [item for item, choice in zip(items, choices, strict=True) if choice in picked]

    def ask_which(self, turn: Turn, items: Sequence[Item], told: Told) -> list[Event]:
        """Several fit: ask, keeping what else was told."""
        more = asking.carried(outcome=told.outcome, words=told.reason)
        question = asking.which(turn, self.intent, self.verb, items, more)
        waiting = Pending(self.intent, outcome=told.outcome, reason=told.reason)
        return asking.ask(turn, "which", waiting, question)

    def _elsewhere(self, turn: Turn, view: View, number: str, told: Told) -> list[Event]:
        """A number that is not among what it can be done to."""
        item = of_mine(turn, view, number)
        if item is not None:
            return self.gone(turn, view, item, told)
        shown = REFERRALS.shown(number)
        if not is_plausible(number):
            turn.say(
                f"{shown} cannot be a referral number: its check digit does not fit, so a digit is "
                "misread. “My referrals” shows yours.",
                next_steps(turn, ["show_my_referrals"]),
            )
        else:
            turn.say(
                f"I find no referral {shown} of yours.", next_steps(turn, ["show_my_referrals"])
            )
        return settle(turn)

    def apply(self, turn: Turn, view: View, items: Sequence[Item], told: Told) -> list[Event]:
        """Do it to each; then back to the task that was interrupted, unless something is asked."""
        asked: list[Event] | None = None
        for item in items:
            asked = self.perform(turn, view, item, told)
        return settle(turn) if asked is None else asked


def _choice(item: Item) -> reading.Choice:
    return reading.Choice(item.referral, item.offer.kind if item.offer else None)


def outcome_of(told: str | None) -> Outcome | None:
    """The outcome of that name; None for any other word."""
    return Outcome(told) if told in set(Outcome) else None


def of_mine(turn: Turn, view: View, number: str) -> Item | None:
    """The latest offer of a referral to this agent."""
    offers = turn.services.referrals.history(view.agent.id, PAST)
    found = next((o for o in offers if o.referral.number == number), None)
    return Item(found.referral, found) if found else None


def offers(turn: Turn, agent_id: int) -> list[Item]:
    """What the agent can accept now."""
    return [Item(o.referral, o) for o in turn.services.referrals.live_offers(agent_id)]


def in_hand(turn: Turn, agent_id: int) -> list[Item]:
    """What the agent accepted and did not close."""
    return [Item(referral) for referral in turn.services.referrals.in_hand(agent_id)]
