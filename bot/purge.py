"""Retention: removes what nobody may or needs to keep any longer."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, text

from psl.agents.models import LinkAttempt, LinkCode
from psl.buttons import OfferedButton
from psl.notices import Notice
from psl.services import build_services
from psl.settings import Settings
from psl.tickets.models import Ticket
from psl.tickets.rules import Status
from psl.transcripts import ChatMessage


def purge(settings: Settings) -> dict[str, int]:
    """Delete what is past its time (see the retention settings); rows removed by name."""
    services = build_services(settings)
    removed: dict[str, int] = {}
    with services.database.transaction() as session:
        now = services.database.now(session)
        old = now - timedelta(days=settings.transcript_days)
        for name, statement in {
            "web transcripts": delete(ChatMessage).where(ChatMessage.at < old),
            "buttons": delete(OfferedButton).where(OfferedButton.offered_at < old),
            "notices": delete(Notice).where(Notice.due_at < old),
            "link codes": delete(LinkCode).where(LinkCode.expires_at < now),
            "failed link tries": delete(LinkAttempt).where(
                LinkAttempt.at < now - timedelta(days=1)
            ),
            "discarded drafts": delete(Ticket).where(
                Ticket.status == Status.DISCARDED,
                Ticket.updated_at < now - timedelta(days=settings.discarded_draft_days),
            ),
        }.items():
            removed[name] = session.execute(statement).rowcount  # type: ignore[attr-defined]
    removed["conversation events"] = _purge_conversations(settings, old.timestamp())
    return removed


def _purge_conversations(settings: Settings, before: float) -> int:
    from sqlalchemy import create_engine

    url = settings.sqlalchemy_url()
    if url.startswith("sqlite"):
        path = settings.data_dir / "conversations.db"
        if not path.is_file():
            return 0
        url = f"sqlite:///{path}"
    engine = create_engine(url)
    with engine.begin() as connection:
        done = connection.execute(
            text("DELETE FROM events WHERE timestamp < :before"), {"before": before}
        )
    engine.dispose()
    return done.rowcount
