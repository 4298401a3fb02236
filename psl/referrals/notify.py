"""Writes the notices of referrals into the outbox, in the transaction of the change."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from psl import notices
from psl.agents.models import ChatLink, Registration
from psl.buttons import payload
from psl.database import among
from psl.numbers import REFERRALS
from psl.referrals import ledger, words
from psl.referrals.models import Offer, OfferKind, Referral
from psl.settings import Settings

OFFER = "offer:"
ENDING = "offer-ending:"
# The end of an offer. Over: it counts, so it is said. Closed: a channel that can may say it by
# changing the offer's own message.
OVER = "offer-over:"
CLOSED = "offer-closed:"
DEFAULT_ZONE = "America/New_York"


def offer_key(offer_id: int) -> str:
    """The key of an offer's notice: whether it was delivered decides whether a miss counts."""
    return f"{OFFER}{offer_id}"


def ending_key(offer_id: int) -> str:
    """The key of the reminder before an offer's window ends."""
    return f"{ENDING}{offer_id}"


def button(title: str, intent: str, **entities: str | int) -> dict[str, str]:
    """A button with Rasa's payload."""
    return {"title": title, "payload": payload(intent, **entities)}


def tell_offers(
    session: Session,
    referral: Referral,
    offers: Sequence[Offer],
    now: datetime,
    settings: Settings,
    until: datetime,
    foreign: bool = False,
) -> None:
    """The notices of new offers, and for a General one the reminder before its window ends.

    A notice of a Mass offer, which has no window, may be sent before ``until``.
    """
    of_agent = {offer.agent_id: offer for offer in offers}
    rows: list[dict[str, Any]] = []
    for agent_id, chat, zone in _linked(session, of_agent):
        offer = of_agent[agent_id]
        choices = [
            button("Accept", "accept_referral", offer=offer.id),
            button("Reject", "reject_referral", offer=offer.id),
        ]
        common = {
            "chat": chat,
            "agent_id": agent_id,
            "subject": offer_key(offer.id),
            "buttons": choices,
            "expires_at": offer.closes_at or until,
        }
        told = words.offered(referral, offer, now, zone, foreign)
        rows.append({**common, "key": offer_key(offer.id), "text": told, "due_at": now})
        warn = _warn_at(offer, settings)
        if warn is not None:
            text = words.ending(referral, offer, settings.warn_seconds)
            rows.append({**common, "key": ending_key(offer.id), "text": text, "due_at": warn})
    # Delivered in the order that was drawn, also where a channel can send only so many a second.
    rows.sort(key=lambda row: of_agent[row["agent_id"]].position)
    notices.enqueue_many(session, rows, new=True)


def tell(
    session: Session,
    agent_ids: Collection[int],
    key: str,
    text: str,
    now: datetime,
    *,
    subject: str,
    buttons: list[dict[str, str]] | None = None,
    due_at: datetime | None = None,
    expires_at: datetime | None = None,
) -> None:
    """One message to all chats of these agents."""
    notices.enqueue_many(
        session,
        [
            {
                "chat": chat,
                "key": key,
                "text": text,
                "due_at": due_at or now,
                "buttons": buttons or [],
                "agent_id": agent_id,
                "subject": subject,
                "expires_at": expires_at,
            }
            for agent_id, chat, _zone in _linked(session, agent_ids)
        ],
    )


def tell_deregistered(
    session: Session, registrations: Sequence[Registration], now: datetime
) -> None:
    """Tell agents at once that their registration ended, and how to come back (GUIDE)."""
    for registration in registrations:
        tell(
            session,
            [registration.agent_id],
            f"de-registered:{now.isoformat()}",
            words.deregistered(registration.misses, now, registration.zone or DEFAULT_ZONE),
            now,
            subject=ledger.agent_subject(registration.agent.doi_number),
            buttons=[button("Register again", "start_registration")],
        )


def delivered_offers(session: Session, offer_ids: Collection[int]) -> dict[int, datetime]:
    """Those of these offers whose notice reached a chat, with the first instant it did."""
    found: dict[int, datetime] = {}
    keys = {offer_key(offer_id): offer_id for offer_id in offer_ids}
    for key, at in session.execute(
        select(notices.Notice.key, notices.Notice.delivered_at).where(
            notices.Notice.key.in_(keys), notices.Notice.delivered_at.is_not(None)
        )
    ):
        if at is not None:
            found[keys[key]] = min(at, found.get(keys[key], at))
    return found


def tell_closed(
    session: Session, offer_ids: Collection[int], text: str, now: datetime, but: str = ""
) -> None:
    """Tell the chats that were shown these offers, all of one referral, how they ended.

    Args:
        session: the transaction of the end.
        offer_ids: the offers.
        text: what is said.
        now: the time.
        but: a chat that knows already.
    """
    if not offer_ids:
        return
    notice = notices.Notice
    of_offer = {offer_key(offer_id): offer_id for offer_id in offer_ids}
    shown = session.execute(
        select(notice.chat, notice.key, notice.agent_id)
        .join(ChatLink, (ChatLink.chat == notice.chat) & (ChatLink.agent_id == notice.agent_id))
        .where(notice.key.in_(of_offer), notice.delivered_at.is_not(None), notice.chat != but)
    )
    notices.enqueue_many(
        session,
        [
            {
                "chat": chat,
                "key": f"{CLOSED}{of_offer[key]}",
                "text": text,
                "due_at": now,
                "agent_id": agent_id,
                "subject": key,
            }
            for chat, key, agent_id in shown
        ],
    )


def withdraw_offers(session: Session, offer_ids: Collection[int], now: datetime) -> None:
    """Take back what was not delivered of these offers and their reminders."""
    keys = [made(offer_id) for offer_id in offer_ids for made in (offer_key, ending_key)]
    notices.withdraw_many(session, now, keys)


def held_buttons(referral: Referral) -> list[dict[str, str]]:
    """What can be done with a referral In Progress."""
    number = REFERRALS.shown(referral.number)
    return [
        button("Complete", "complete_referral", referral=number),
        button("No answer", "report_no_answer", referral=number),
        button("Hand back", "hand_back_referral", referral=number),
    ]


def call_again_key(referral: Referral, attempt: int) -> str:
    """The key of the reminder after an unanswered try."""
    return f"call-again:{referral.number}:{referral.epoch}:{attempt}"


def not_complete_key(referral: Referral, reminder: int) -> str:
    """The key of a reminder to set Complete."""
    return f"not-complete:{referral.number}:{referral.epoch}:{reminder}"


def withdraw_reminders(session: Session, referral: Referral, now: datetime) -> None:
    """Take back undelivered reminders of a referral in hand; call it before its epoch changes."""
    keys = [call_again_key(referral, n) for n in range(1, referral.attempts + 1)]
    keys += [not_complete_key(referral, n) for n in range(1, referral.reminders + 1)]
    notices.withdraw_many(session, now, keys)


def _linked(session: Session, agent_ids: Collection[int]) -> list[tuple[int, str, str]]:
    """Each linked chat of these agents: (agent, chat, the agent's time zone)."""
    if not agent_ids:
        return []
    found = session.execute(
        select(ChatLink.agent_id, ChatLink.chat, Registration.zone)
        .join(Registration, Registration.agent_id == ChatLink.agent_id, isouter=True)
        .where(among(session, ChatLink.agent_id, agent_ids))
        .order_by(ChatLink.agent_id, ChatLink.linked_at)
    )
    return [(agent_id, chat, zone or DEFAULT_ZONE) for agent_id, chat, zone in found]


def _warn_at(offer: Offer, settings: Settings) -> datetime | None:
    if offer.kind != OfferKind.GENERAL or offer.closes_at is None or not settings.warn_seconds:
        return None
    warn = offer.closes_at - timedelta(seconds=settings.warn_seconds)
    return warn if warn > offer.offered_at else None
