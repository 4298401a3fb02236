"""What a linked agent's own referrals add to answers from the guide, each as a short text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from actions import referral_words as words
from actions.turn import Turn
from psl.agents.registration import View
from psl.referrals.models import Decision, Offer, OfferKind, Referral
from psl.referrals.words import clock, county

_SHOWN = 10


def _own(turn: Turn) -> tuple[View, datetime, str]:
    """The agent's registration, the time, and the zone to tell it in."""
    view = turn.services.registrations.of(turn.linked_agent)
    return view, turn.services.referrals.now(), view.zone or view.home_zone


def history(turn: Turn) -> str | None:
    """The last offers, with what became of each."""
    view, now, zone = _own(turn)
    offers = turn.services.referrals.history(view.agent.id, _SHOWN)
    if not offers:
        return "No referral has come to you here yet."
    return "\n".join(["Your last ones here:", *(f"• {words.past(o, now, zone)}" for o in offers)])


def last_offer(turn: Turn) -> str | None:
    """What became of the latest offer."""
    view, now, zone = _own(turn)
    offers = turn.services.referrals.history(view.agent.id, 1)
    return f"Your last one here: {words.past(offers[0], now, zone)}." if offers else None


def time_left(turn: Turn) -> str | None:
    """How long each offer that waits can still be accepted."""
    view, now, zone = _own(turn)
    live = turn.services.referrals.live_offers(view.agent.id)
    lines = [words.waiting(o.referral, o, now, zone) for o in live]
    return "\n".join(["Waiting for you now:", *lines]) if lines else None


def in_hand(turn: Turn) -> str | None:
    """The referrals In Progress, without contact data."""
    view, now, zone = _own(turn)
    held = turn.services.referrals.in_hand(view.agent.id)
    if not held:
        return None
    lines = [f"• {_held(turn, referral, now, zone)}" for referral in held]
    return "\n".join(["Yours, In Progress (“my referrals” shows whom to contact):", *lines])


def _held(turn: Turn, referral: Referral, now: datetime, zone: str) -> str:
    limit = turn.services.settings.no_answer_attempts
    if referral.attempts:
        state = f"tried {referral.attempts} of {limit} times"
    elif referral.called_at is not None:
        state = "contacted, not set Complete"
    else:
        state = f"call back promised by {clock(referral.promised_by, now, zone)}"
    return f"{words.shown(referral)}, {county(referral)}: {state}"


def closing_with(said: str) -> Callable[[Turn], str | None]:
    """For a question about how a referral ends: the words that close the one in hand so."""

    def close(turn: Turn) -> str | None:
        held = turn.services.referrals.in_hand(turn.linked_agent)
        if not held:
            return None
        number = words.shown(held[0])
        return f"For {number}, say: “close it, {said}”."

    return close


# Why me -----------------------------------------------------------------------------------------


def why_me(turn: Turn) -> str | None:
    """Why the present or last referral came to this agent; other agents are never named."""
    view, *_ = _own(turn)
    referrals = turn.services.referrals
    offers = [*referrals.live_offers(view.agent.id), *referrals.history(view.agent.id, _SHOWN)]
    offer = next((o for o in offers if o.kind == OfferKind.GENERAL), next(iter(offers), None))
    if offer is None:
        return None
    decision = _decision(referrals.decisions(offer.referral.number), offer, view.agent.id)
    if decision is None:
        return None
    number, count = words.shown(offer.referral), len(decision.candidates)
    if offer.kind == OfferKind.MASS:
        return f"{number} was Mass: offered to all {count} agents on duty, in random order."
    mine = next((c for c in decision.candidates if c.get("agent_id") == view.agent.id), None)
    if mine is None:
        return None
    lead = f"{number} came to you as General: best of {count} agents who were near and available."
    if count == 1:
        lead = f"{number} came to you as General: nobody else near was available."
    return "\n".join(
        [
            lead,
            *(f"• {line}" for line in _terms(turn, mine)),
            "How much each counts is this assistant's setting.",
        ]
    )


def _decision(decisions: list[Decision], offer: Offer, agent_id: int) -> Decision | None:
    general = offer.kind == OfferKind.GENERAL
    for decision in reversed(decisions):
        if decision.outcome != str(offer.kind):
            continue
        if not general or decision.chosen_id == agent_id:
            return decision
    return None


def _terms(turn: Turn, mine: Mapping[str, Any]) -> list[str]:
    terms: Mapping[str, float] = mine["terms"]
    settings = turn.services.settings
    county_too = ", same county" if terms.get("same county") else ""
    lines = [
        f"distance: {float(mine['miles']):.0f} miles{county_too}",
        f"missed in a row: {mine['misses']}",
        f"load: {mine['recent']} in the last {settings.load_hours} hours, {mine['in_hand']} in hand",
    ]
    if full := settings.weight_waiting:
        hours = terms["waiting"] / full * settings.waiting_hours
        longest = terms["waiting"] >= full
        waited = f"{settings.waiting_hours} hours or more" if longest else f"{hours:.0f} hours"
        lines.append(f"waiting since the one before: {waited}")
    return lines


# intent -> what is said of the agent's referrals beside the answer
REFERRALS: dict[str, Callable[[Turn], str | None]] = {
    "ask_referral_history": history,
    "ask_referral_pending_meaning": in_hand,
    "ask_how_chosen": why_me,
    "ask_referral_vanished": last_offer,
    "ask_mass_no_contact": last_offer,
    "ask_general_window": time_left,
    "ask_window_start": time_left,
    "ask_after_accept": in_hand,
    "ask_set_complete": in_hand,
    "ask_how_contact_resident": in_hand,
    "ask_no_answer": in_hand,
    "ask_wrong_number": closing_with("wrong number"),
    "ask_resident_medicaid": closing_with("Medicaid"),
    "ask_resident_has_agent": closing_with("already has an agent"),
    "ask_resident_cancelled": closing_with("not interested"),
}
