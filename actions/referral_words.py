"""What agents are told about referrals. A resident's contact data stand in the card alone."""

from __future__ import annotations

from datetime import datetime

from actions.turn import Button
from psl.agents.registration import View, shown_phone
from psl.guide import Guide
from psl.numbers import REFERRALS
from psl.referrals import notify
from psl.referrals.models import Offer, OfferKind, OfferState, Referral, Status
from psl.referrals.service import Answer, Answered
from psl.referrals.words import PREFERRED, cancelled, clock, coarse, county, minutes
from psl.services import Services
from psl.settings import Settings

Question = tuple[str, list[Button]]

_REACH = {"phone": "Call", "text": "Text", "email": "E-mail"}
METHODS = {"phone": "a call", "text": "a text", "email": "e-mail"}
OURS = "Not a programme rule, but what this assistant is set to do:"


def guide_line(guide: Guide, intent: str, about: str) -> str:
    """The line of a guide's answer that holds ``about``, so that a fact is written once.

    Raises:
        LookupError: no line of the answer does.
    """
    for line in guide.fill(guide.answers[intent].text or "").splitlines():
        if about in line:
            return line
    raise LookupError(f"{intent} says nothing about {about}")


def setting(guide: Guide, intent: str) -> str:
    """Our setting for an OPEN question, marked as ours."""
    return f"{OURS} {guide.fill(guide.answers[intent].setting or '').rstrip('.')}."


def shown(referral: Referral) -> str:
    """The number as people read it out."""
    return REFERRALS.shown(referral.number)


def buttons_of(choices: list[dict[str, str]]) -> list[Button]:
    """Buttons of a notice as buttons of a reply."""
    return [(choice["title"], choice["payload"]) for choice in choices]


# A referral in a line ---------------------------------------------------------------------------


def headline(referral: Referral, offer: Offer | None, now: datetime) -> str:
    """What may be known of a referral by anybody: number, type, place, language, age or state."""
    if offer is None:
        return f"{shown(referral)}: {county(referral)}, {referral.language}, {referral.status}"
    return f"{shown(referral)} ({offer.kind}): {coarse(referral, now)}"


def short_headline(referral: Referral, offer: Offer | None, now: datetime) -> str:
    """As much as a button takes: number, county, time left."""
    place = county(referral).partition(",")[0]
    left = ""
    if offer is not None:
        left = f", {_left(offer, now)}" if offer.closes_at else ", Mass"
    return f"{shown(referral)}, {place}{left}"


def _left(offer: Offer, now: datetime) -> str:
    return minutes((offer.closes_at - now).total_seconds()) if offer.closes_at else ""


def waiting(referral: Referral, offer: Offer, now: datetime, zone: str) -> str:
    """An offer that can be accepted now."""
    if offer.closes_at is None:
        return (
            f"{headline(referral, offer, now)}. First come, first served: the first agent who "
            "accepts gets it."
        )
    until = clock(offer.closes_at, now, zone)
    return f"{headline(referral, offer, now)}. {_left(offer, now)} left, until {until}."


def offer_buttons(offer: Offer, several: bool) -> list[Button]:
    """Accept and Reject, with the number when there are several."""
    number = f" {shown(offer.referral)}" if several else ""
    return buttons_of(
        [
            notify.button(f"Accept{number}", "accept_referral", offer=offer.id),
            notify.button(f"Reject{number}", "reject_referral", offer=offer.id),
        ]
    )


def held_buttons(referral: Referral, several: bool) -> list[Button]:
    """Complete, No answer and Hand back, with the number when there are several."""
    number = f" {shown(referral)}" if several else ""
    return [
        (f"{title}{number}", payload)
        for title, payload in buttons_of(notify.held_buttons(referral))
    ]


# The card ---------------------------------------------------------------------------------------


def card(services: Services, referral: Referral, now: datetime, zone: str) -> str:
    """Who to reach, how and by when: only for the agent who accepted (GUIDE)."""
    lines = [
        f"{referral.first_name} {referral.last_name}".strip() or "Contact data were removed.",
        *_ways(referral),
        f"{referral.language}, {county(referral)}",
    ]
    if referral.note:
        lines.append(f"Their note: “{referral.note}”")
    lines.append(_by_when(services, referral, now, zone))
    return "\n".join(filter(None, lines))


def _ways(referral: Referral) -> list[str]:
    known = {"email": referral.email}
    if referral.phone:
        # One number for both; a resident who wants texts is texted first.
        by_phone = "text" if referral.preferred_contact == "text" else "phone"
        known[by_phone] = shown_phone(referral.phone)
    preferred = referral.preferred_contact
    methods = sorted((m for m, value in known.items() if value), key=lambda m: m != preferred)
    return [
        f"• {_REACH[method]} {known[method]}{f' {PREFERRED}' if method == preferred else ''}"
        for method in methods
    ]


def _by_when(services: Services, referral: Referral, now: datetime, zone: str) -> str:
    reach = _REACH[referral.preferred_contact]
    if referral.attempts:
        limit = services.settings.no_answer_attempts
        return f"Tried {referral.attempts} of {limit} times; nobody answered so far."
    if referral.called_at is not None:
        return "You have spoken with them."
    when = clock(referral.promised_by, now, zone)
    promise = services.guide.terms["promise"]
    if now < referral.promised_by:
        return f"{reach} by {when}: a call back within {promise} was promised."
    return f"{reach} now: the {promise} promised for the call back ended {when}."


def accepted(services: Services, referral: Referral, now: datetime, zone: str) -> str:
    """The card with what comes with it the first time: the consent step, and how to close."""
    guide = services.guide
    return "\n".join(
        [
            f"{shown(referral)} is yours: {Status.PENDING} → {Status.IN_PROGRESS}.",
            card(services, referral, now, zone),
            guide_line(guide, "ask_after_accept", "Request Case Access"),
            "When you have contacted them, tell me how it ended (“she enrolled”) or press Complete.",
        ]
    )


def in_progress(services: Services, referral: Referral, now: datetime, zone: str) -> str:
    """A referral in hand."""
    return f"{shown(referral)}, {referral.status}\n{card(services, referral, now, zone)}"


# Not won ----------------------------------------------------------------------------------------


def not_won(services: Services, answered: Answered, view: View, now: datetime, zone: str) -> str:
    """Why a press on Accept or Reject did nothing, and what it means for the agent's misses."""
    referral, offer = answered.referral, answered.offer
    number, settings = shown(referral), services.settings
    match answered.answer:
        case Answer.TAKEN:
            return f"Another agent accepted {number} first. {_untaken(services)}"
        case Answer.CANCELLED:
            return cancelled(referral, held=referral.holder_id == offer.agent_id)
        case Answer.GIVEN_UP:
            return f"{number} is closed: nobody took it in time. There is nothing to do any more."
        case Answer.NOT_REGISTERED:
            return f"{number} went on to other agents. {not_registered(view, now, zone)}"
        case Answer.ANSWERED:
            return _answered(referral, offer, now, zone)
    if offer.state == OfferState.WITHDRAWN:
        return f"{number} was taken back from you; it is no miss."
    ended = f" at {clock(offer.closes_at, now, zone)}" if offer.closes_at else ""
    return f"Too late for {number}: its time ended{ended}. {missed(offer, view, settings)}"


def missed(offer: Offer, view: View, settings: Settings) -> str:
    """What a lapsed offer counts as."""
    if not offer.counted:
        return "It does not count as missed."
    if not view.registered:
        return "It counts as missed. You are not registered any more."
    return (
        f"It counts as missed; you have {view.misses} in a row, {settings.miss_limit} in a row "
        "de-register."
    )


def _untaken(services: Services) -> str:
    if services.settings.untaken_mass_counts:
        return f"{OURS} a Mass referral that nobody takes in time counts as missed."
    return setting(services.guide, "ask_mass_untaken_counts")


def _answered(referral: Referral, offer: Offer, now: datetime, zone: str) -> str:
    number = shown(referral)
    at = f" at {clock(offer.answered_at, now, zone)}" if offer.answered_at else ""
    match offer.state:
        case OfferState.REJECTED:
            return f"You rejected {number}{at}; it went on to other agents."
        case OfferState.HANDED_BACK:
            return f"You handed {number} back; it went on to other agents."
        case _:
            return f"{number} was yours; it is {referral.status}{outcome_words(referral)}."


def outcome_words(referral: Referral) -> str:
    """How a closed referral ended, after its status."""
    return f", outcome “{referral.outcome}”" if referral.outcome else ""


def not_registered(view: View, now: datetime, zone: str) -> str:
    """Why no referral can come."""
    if view.ended_at is not None:
        why = f" ({view.ended_reason})" if view.ended_reason else ""
        since = clock(view.ended_at, now, zone)
        return f"You are not registered for kynect On Demand since {since}{why}."
    return "You are not registered for kynect On Demand, so no referral can come."


def rejected(services: Services, offer: Offer, misses: int) -> str:
    """A rejection, and that it is no miss (OPEN: ours)."""
    settings = services.settings
    goes = "It goes on to the next agent." if offer.kind == OfferKind.GENERAL else ""
    if settings.reject_counts:
        counts = f"{OURS} a rejection counts as missed; you have {misses} in a row."
    elif settings.reject_breaks_run:
        counts = f"{OURS} a rejection is no miss, and it ends a run of misses."
    else:
        counts = setting(services.guide, "ask_reject_counts")
    return f"Rejected {shown(offer.referral)}. {goes} {counts}".replace("  ", " ")


# The past ---------------------------------------------------------------------------------------


def past(offer: Offer, now: datetime, zone: str) -> str:
    """An offer in a list of past ones: when, what, and what became of it."""
    return (
        f"{shown(offer.referral)} ({offer.kind}), {county(offer.referral)}, "
        f"{clock(offer.offered_at, now, zone)}: {fate(offer)}"
    )


def fate(offer: Offer) -> str:
    """What became of an offer, in a few words."""
    match offer.state:
        case OfferState.ACCEPTED:
            return f"accepted; {offer.referral.status}{outcome_words(offer.referral)}"
        case OfferState.MISSED:
            return "missed" if offer.counted else "lapsed, does not count as missed"
        case OfferState.TAKEN:
            return "another agent was first"
        case OfferState.WITHDRAWN if offer.referral.status == Status.CANCELLED:
            return "cancelled by the resident"
        case OfferState.OFFERED:
            return "waits for you"
        case _:
            return str(offer.state).lower()
