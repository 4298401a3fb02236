"""What agents are told about referrals. Never a resident's data: only the winner is shown those."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from psl.agents.availability import local_words
from psl.numbers import REFERRALS
from psl.places import place_of
from psl.referrals.models import Offer, OfferKind, Referral

# Stands in every message that shows a resident's contact data, so that these can be found again
# and removed in time.
PREFERRED = "(preferred)"


def minutes(seconds: float) -> str:
    """A stretch of time as people say it: "12 minutes", "40 seconds"."""
    if seconds < 90:
        whole = max(math.ceil(seconds), 0)
        return f"{whole} second{'' if whole == 1 else 's'}"
    whole = math.ceil(seconds / 60)
    if whole < 120:
        return f"{whole} minutes"
    hours = round(whole / 60)
    return f"{hours} hours" if hours < 48 else f"{round(hours / 24)} days"


def clock(at: datetime, now: datetime, zone: str) -> str:
    """An instant on the agent's clock, with the day only where the hour alone could mislead."""
    said = local_words(at, zone)
    return said.rsplit(", ", 1)[1] if abs(at - now) < timedelta(hours=12) else said


def county(referral: Referral) -> str:
    """Where the resident lives, as coarsely as may be told before accepting."""
    place = place_of(referral.zip)
    return place.county_words if place is not None else referral.county


def coarse(referral: Referral, now: datetime) -> str:
    """What may be known before accepting (GUIDE, OPEN): county, language, age of the request."""
    age = minutes((now - referral.requested_at).total_seconds())
    return f"{county(referral)}, {referral.language}, asked {age} ago"


def offered(referral: Referral, offer: Offer, now: datetime, zone: str, foreign: bool) -> str:
    """A new offer."""
    number = REFERRALS.shown(referral.number)
    facts = coarse(referral, now)
    if offer.kind == OfferKind.MASS or offer.closes_at is None:
        shared = "First come, first served: the first agent who accepts gets it."
        if foreign:
            shared += f" No {referral.language} speaker is on duty; an interpreter may be needed."
        return f"Mass referral {number}: {facts}. {shared}"
    left = minutes((offer.closes_at - now).total_seconds())
    return (
        f"General referral {number} for you: {facts}. "
        f"Accept or reject within {left}, before {clock(offer.closes_at, now, zone)}."
    )


def ending(referral: Referral, offer: Offer, warn_seconds: int) -> str:
    """The reminder before a window ends."""
    return (
        f"{minutes(warn_seconds).capitalize()} left for referral "
        f"{REFERRALS.shown(referral.number)}: accept or reject it."
    )


def missed(number: str, misses: int, limit: int) -> str:
    """A window ended without an answer; ``number`` as shown, ``misses`` the run after it."""
    lead = f"The time for referral {number} is over. It counts as missed: {misses} in a row."
    left = limit - misses
    if left <= 0:
        return lead
    more = "One more" if left == 1 else f"{left} more"
    return (
        f"{lead} {more} in a row and you are de-registered; accepting a referral starts the "
        "count again."
    )


def deregistered(misses: int, when: datetime, zone: str) -> str:
    """Too many misses in a row (GUIDE)."""
    return (
        f"You are de-registered from kynect On Demand since {local_words(when, zone)}: {misses} "
        "consecutive referrals were missed. To continue with the program, register again; "
        "it is the same three sections, and what you had entered is kept."
    )


def taken(referral: Referral) -> str:
    """Another agent was first."""
    return f"Referral {REFERRALS.shown(referral.number)} is taken: another agent accepted it first."


def answered_elsewhere(referral: Referral, how: str) -> str:
    """The agent answered in another chat; ``how`` is "accepted" or "rejected"."""
    return f"You {how} referral {REFERRALS.shown(referral.number)} in another chat."


def cancelled(referral: Referral, held: bool) -> str:
    """The resident does not want the call any more."""
    number = REFERRALS.shown(referral.number)
    if held:
        return (
            f"The resident cancelled referral {number}. Please don't call; there is nothing to set."
        )
    return f"The resident cancelled referral {number}. There is nothing to do; it is no miss."


def withdrawn(number: str) -> str:
    """The offer went back for another reason than an answer."""
    return f"Referral {REFERRALS.shown(number)} was taken back from you; it is no miss."


def call_again(referral: Referral, attempts: int, limit: int) -> str:
    """The reminder after nobody answered."""
    return (
        f"Time for another try to reach the resident of referral "
        f"{REFERRALS.shown(referral.number)} (tried {attempts} of {limit} times)."
    )


def not_complete(referral: Referral) -> str:
    """In Progress for long."""
    return (
        f"Referral {REFERRALS.shown(referral.number)} is still In Progress. Have you spoken with "
        "the resident? Then set it Complete; if you cannot, hand it back."
    )
