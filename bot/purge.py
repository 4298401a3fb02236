"""Retention: removes what nobody may or needs to keep any longer."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.orm import Session

from psl.agents.models import LinkAttempt, LinkCode
from psl.attachments import LEFT_OVER, Attachment
from psl.audit import AuditEvent
from psl.buttons import OfferedButton
from psl.messages import ReceivedMessage, SentMessage
from psl.notices import Notice
from psl.referrals import ledger
from psl.referrals.models import Offer, Referral
from psl.referrals.words import PREFERRED
from psl.services import build_services
from psl.settings import Settings
from psl.tickets.models import Ticket
from psl.tickets.rules import Status
from psl.transcripts import ChatMessage

# Referrals whose contact data are removed in one transaction.
BATCH: Final = 500
# Much longer than a channel keeps a message that it could not hand over.
RECEIVED_KEPT: Final = timedelta(days=7)


def purge(settings: Settings) -> dict[str, int]:
    """Delete what is past its time (see the retention settings); rows removed by name."""
    services = build_services(settings)
    removed: dict[str, int] = {}
    with services.database.transaction() as session:
        now = services.database.now(session)
        old = now - timedelta(days=settings.transcript_days)
        # A card is not shown after its referral's end, so one this old is due for removal.
        old_cards = now - timedelta(days=settings.contact_days)
        dropped = (
            Ticket.status == Status.DISCARDED,
            Ticket.updated_at < now - timedelta(days=settings.discarded_draft_days),
        )
        for name, statement in {
            "web transcripts": delete(ChatMessage).where(ChatMessage.at < old),
            "contact data in web transcripts": delete(ChatMessage).where(
                ChatMessage.at < old_cards, ChatMessage.text.contains(PREFERRED)
            ),
            "buttons": delete(OfferedButton).where(OfferedButton.offered_at < old),
            "notices": delete(Notice).where(Notice.due_at < old),
            # An answer that could not be sent at once waits as a notice.
            "contact data in notices": delete(Notice).where(
                Notice.due_at < old_cards, Notice.text.contains(PREFERRED)
            ),
            "messages received": delete(ReceivedMessage).where(
                ReceivedMessage.at < now - RECEIVED_KEPT
            ),
            "messages sent": delete(SentMessage).where(SentMessage.sent_at < old),
            "link codes": delete(LinkCode).where(LinkCode.expires_at < now),
            "failed link tries": delete(LinkAttempt).where(
                LinkAttempt.at < now - timedelta(days=1)
            ),
            "screenshots without a ticket": delete(Attachment).where(
                Attachment.ticket_id.is_(None), Attachment.added_at < now - LEFT_OVER
            ),
            "screenshots of discarded drafts": delete(Attachment).where(
                Attachment.ticket_id.in_(select(Ticket.id).where(*dropped))
            ),
            "discarded drafts": delete(Ticket).where(*dropped),
        }.items():
            removed[name] = session.execute(statement).rowcount  # type: ignore[attr-defined]
    removed["files of screenshots"] = services.attachments.sweep()
    ended = timedelta(days=settings.contact_days)
    removed["contact data of referrals"] = 0
    while count := services.database.run(
        lambda session: _wipe(session, services.database.now(session), ended)
    ):
        removed["contact data of referrals"] += count
    removed |= _purge_conversations(settings, old.timestamp(), old_cards.timestamp())
    return removed


def _wipe(session: Session, now: datetime, ended: timedelta) -> int:
    """Empty the residents' data of referrals that ended so long ago; county, language, times stay."""
    old = (
        select(Referral.id)
        .where(Referral.closed_at < now - ended, Referral.wiped_at.is_(None))
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    wiped = session.execute(
        update(Referral)
        .where(Referral.id.in_(old))
        .values(
            first_name="",
            last_name="",
            phone=None,
            email=None,
            note="",
            # The same request is a new one now.
            idempotency_key=None,
            wiped_at=now,
        )
        .returning(Referral.id, Referral.number)
        .execution_options(synchronize_session=False)
    ).all()
    if not wiped:
        return 0
    session.execute(
        update(Offer)
        .where(Offer.referral_id.in_([referral_id for referral_id, _ in wiped]))
        .values(reason="")
        .execution_options(synchronize_session=False)
    )
    session.execute(
        insert(AuditEvent),
        [
            {
                "at": now,
                "subject": ledger.referral_subject(number),
                "actor": "operator",
                "action": "contact data removed",
                "reason": f"{ended.days} days after its end",
            }
            for _, number in wiped
        ],
    )
    return len(wiped)


def _purge_conversations(settings: Settings, old: float, old_cards: float) -> dict[str, int]:
    """Events older than ``old`` and cards older than ``old_cards``, both as Rasa's timestamps."""
    from sqlalchemy import create_engine

    url = settings.sqlalchemy_url()
    if url.startswith("sqlite"):
        path = settings.data_dir / "conversations.db"
        if not path.is_file():
            return {}
        url = f"sqlite:///{path}"
    engine = create_engine(url)
    with engine.begin() as connection:
        events = connection.execute(
            text("DELETE FROM events WHERE timestamp < :before"), {"before": old}
        )
        cards = connection.execute(
            text(
                "DELETE FROM events "
                "WHERE timestamp < :before AND type_name = 'bot' AND data LIKE :card"
            ),
            {"before": old_cards, "card": f"%{PREFERRED}%"},
        )
    engine.dispose()
    return {
        "conversation events": events.rowcount,
        "contact data in conversation events": cards.rowcount,
    }
