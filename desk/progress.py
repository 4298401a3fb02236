"""How a request stands, told to the resident as it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from desk.texts import Texts
from psl.places import place_of
from psl.referrals.dispatch import given_up_at, late_at
from psl.referrals.models import Referral, Stage, Status
from psl.services import Services

# Kentucky's capital, for a ZIP that is of no fixed place any more.
HOME_ZONE: Final = "America/New_York"


@dataclass(frozen=True)
class Standing:
    """A referral as it stood at an instant; ``kind`` is General or Mass while one of them counts."""

    referral: Referral
    kind: str | None
    at: datetime


def is_waiting(referral: Referral) -> bool:
    """Whether nobody is on duty for it."""
    return referral.stage == Stage.WAITING


def zone_of(referral: Referral) -> str:
    """The time zone where the resident lives."""
    place = place_of(referral.zip)
    return place.zone if place is not None else HOME_ZONE


def told(standing: Standing, services: Services, texts: Texts) -> str:
    """The one sentence that matters to the resident now. No agent's and no resident's data."""
    referral, settings = standing.referral, services.settings
    zone = zone_of(referral)
    instants = {
        "by": late_at(referral, settings),
        "until": given_up_at(referral, settings),
        "opens": referral.expected_from,
        "accepted": referral.accepted_at,
        "closed": referral.closed_at,
    }
    values: dict[str, object] = {
        name: texts.when(at, zone, standing.at) for name, at in instants.items() if at is not None
    }
    return texts.say(
        "progress",
        _state(standing, late_at(referral, settings)),
        will=texts.say("will", referral.preferred_contact),
        attempts=referral.attempts,
        phone=services.guide.terms["resident_phone"],
        **values,
    )


def told_again(standing: Standing, texts: Texts) -> str:
    """That the request was there already."""
    referral = standing.referral
    asked = texts.when(referral.requested_at, zone_of(referral), standing.at)
    return texts.say("progress", "again", requested=asked)


def _state(standing: Standing, late: datetime) -> str:
    referral, now = standing.referral, standing.at
    match referral.status:
        case Status.CANCELLED:
            return "cancelled"
        case Status.COMPLETE:
            return "complete"
        case Status.UNFILLED:
            return "given_up" if referral.stage == Stage.CLOSED else "unfilled"
        case Status.IN_PROGRESS:
            if referral.attempts:
                return "tried"
            if referral.called_at is not None:
                return "called"
            return "accepted" if now < late else "accepted_late"
    if is_waiting(referral):
        opens = referral.expected_from
        return "waiting" if opens is not None and opens > now else "waiting_unknown"
    return "searching" if now < late else "unfilled"
