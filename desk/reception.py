"""Where requests come in, whichever door they came through: API, page or command line."""

from __future__ import annotations

import structlog
from sqlalchemy import select

from desk.progress import Standing
from psl.errors import BadInput, IllegalMove
from psl.referrals.intake import Request
from psl.referrals.models import Decision, OfferKind, Referral, Stage, Status
from psl.referrals.service import Requested
from psl.referrals.sweep import Sweeper
from psl.services import Services

log = structlog.get_logger()

# What a second request with the same key must share with the first; a note is kept masked.
_SAME = ("first_name", "last_name", "phone", "email", "preferred_contact", "zip")


class KeyReused(BadInput):
    """An idempotency key came with another request than before."""


class Reception:
    """Takes requests, has an agent found at once, and tells how they stand. Calls block."""

    def __init__(self, services: Services) -> None:
        """``services`` hold the records."""
        self._services = services
        self._sweeper = Sweeper(services.database, services.settings)

    def request(self, asked: Request, key: str | None = None) -> tuple[Standing, bool]:
        """The referral of this request, and whether the request made it.

        Raises:
            KeyReused: the key was used for another request.
        """
        try:
            made = self._services.referrals.request(asked, key)
        except BadInput as error:
            raise KeyReused(str(error)) from error
        if not made.is_new and key is not None and not _is_same(asked, made, key):
            raise KeyReused("This key was used for another request.")
        if made.is_new:
            self._dispatch(made.referral)
        return self.standing(made.referral.number), made.is_new

    def _dispatch(self, referral: Referral) -> None:
        try:
            self._sweeper.dispatch_now(referral.id)
        except Exception as error:
            # The request is kept and due: the engine will find an agent.
            log.error("not dispatched at once", error=type(error).__name__)

    def standing(self, number: str) -> Standing:
        """How a referral stands.

        Raises:
            NotYours: there is none of this number.
        """
        referral = self._services.referrals.by_number(number)
        with self._services.database.reading() as session:
            kind = session.scalar(
                select(Decision.outcome)
                .where(Decision.referral_id == referral.id, Decision.outcome.in_(list(OfferKind)))
                .order_by(Decision.id.desc())
                .limit(1)
            )
            now = self._services.database.now(session)
        settled = referral.stage in {Stage.NEW, Stage.WAITING}
        return Standing(referral, None if settled else kind, now)

    def cancel(self, number: str) -> tuple[Standing, bool]:
        """Cancel a referral, and whether this call did; one that was cancelled stays so.

        Raises:
            NotYours: there is none of this number.
            IllegalMove: it is complete or given up.
        """
        done = True
        try:
            self._services.referrals.cancel(number)
        except IllegalMove:
            if self._services.referrals.by_number(number).status != Status.CANCELLED:
                raise
            done = False
        return self.standing(number), done


def _is_same(asked: Request, made: Requested, key: str) -> bool:
    kept = made.referral
    if kept.idempotency_key != key:
        # Found by the phone or e-mail, not by the key.
        return True
    return all(getattr(asked, name) == getattr(kept, name) for name in _SAME)
