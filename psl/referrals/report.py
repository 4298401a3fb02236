"""How the promise of a call-back in time (GUIDE) was kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from psl.database import Database
from psl.referrals.models import Offer, OfferState, Referral, Status


@dataclass
class Tally:
    """Counts of one group of referrals; seconds are from the request."""

    requested: int = 0
    due: int = 0
    accepted_in_time: int = 0
    called_in_time: int = 0
    unfilled: int = 0
    cancelled: int = 0
    to_accept: list[float] = field(default_factory=list)

    @property
    def share_accepted(self) -> float | None:
        """Share accepted by the promise, of those whose promise is over or that were accepted."""
        return self.accepted_in_time / self.due if self.due else None

    @property
    def share_called(self) -> float | None:
        """Share called by the promise, as far as agents told."""
        return self.called_in_time / self.due if self.due else None

    @property
    def median_seconds(self) -> float | None:
        """Median time from the request to its acceptance."""
        waits = sorted(self.to_accept)
        return waits[len(waits) // 2] if waits else None

    def add(self, referral: Referral, now: datetime) -> None:
        """Count one referral. A cancelled one was not failed."""
        self.requested += 1
        if referral.status == Status.CANCELLED:
            self.cancelled += 1
            return
        if referral.unfilled_at is not None:
            self.unfilled += 1
        if referral.accepted_at is None and now < referral.promised_by:
            return
        self.due += 1
        if referral.accepted_at is not None:
            self.to_accept.append((referral.accepted_at - referral.requested_at).total_seconds())
            self.accepted_in_time += referral.accepted_at <= referral.promised_by
        if referral.called_at is not None:
            self.called_in_time += referral.called_at <= referral.promised_by


@dataclass(frozen=True)
class Report:
    """The promise since an instant, in all, by county and by language, and the misses."""

    since: datetime
    until: datetime
    total: Tally
    by_county: dict[str, Tally]
    by_language: dict[str, Tally]
    misses_counted: int
    misses_not_counted: int


def report(database: Database, days: int = 7) -> Report:
    """The accounts of the last ``days`` days on the database's clock."""
    with database.reading() as session:
        now = database.now(session)
        since = now - timedelta(days=days)
        referrals = session.scalars(
            select(Referral).where(Referral.requested_at >= since)
        ).yield_per(1000)
        total, counties, languages = _tally(referrals, now)
        counted, not_counted = _misses(session, since)
        return Report(since, now, total, counties, languages, counted, not_counted)


def _tally(
    referrals: Iterable[Referral], now: datetime
) -> tuple[Tally, dict[str, Tally], dict[str, Tally]]:
    total = Tally()
    counties: dict[str, Tally] = defaultdict(Tally)
    languages: dict[str, Tally] = defaultdict(Tally)
    for referral in referrals:
        for tally in (total, counties[referral.county], languages[referral.language]):
            tally.add(referral, now)
    return total, dict(sorted(counties.items())), dict(sorted(languages.items()))


def _misses(session: Session, since: datetime) -> tuple[int, int]:
    found = {
        counted: count
        for counted, count in session.execute(
            select(Offer.counted, func.count())
            .where(Offer.state == OfferState.MISSED, Offer.answered_at >= since)
            .group_by(Offer.counted)
        )
    }
    return found.get(True, 0), found.get(False, 0)
