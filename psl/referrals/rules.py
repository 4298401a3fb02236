"""Pure rules of referrals: General or Mass, the ranking, runs of misses, outcomes."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b

from psl.referrals.models import OfferKind
from psl.settings import Settings


class Outcome(StrEnum):
    """How a referral ended (OPEN: the guide only says Complete)."""

    ENROLLED = "Enrolled"
    QUOTE_GIVEN = "Quote given"
    FOLLOW_UP = "Follow-up set"
    NO_ANSWER = "No answer"
    WRONG_NUMBER = "Wrong number"
    MEDICAID = "Medicaid/KCHIP, sent to DCBS"
    HAS_AGENT = "Already has an agent"
    NOT_INTERESTED = "Not interested"
    DUPLICATE = "Duplicate"
    OTHER = "Other"


# General or Mass ------------------------------------------------------------------------------


def type_of_offer(now: datetime, promised_by: datetime, settings: Settings) -> OfferKind:
    """How a referral that needs somebody now is put to agents.

    OPEN: General only while its whole window ends ``call_margin_seconds`` before the promise.
    """
    if settings.dispatch != "general then mass":
        return OfferKind.MASS if settings.dispatch == "mass only" else OfferKind.GENERAL
    needed = timedelta(seconds=settings.accept_seconds + settings.call_margin_seconds)
    return OfferKind.GENERAL if now + needed <= promised_by else OfferKind.MASS


# Ranking --------------------------------------------------------------------------------------

# Miles from the resident's ZIP to the agent's, and what they are worth (OPEN).
BANDS = ((10.0, 1.0), (25.0, 0.8), (50.0, 0.6), (100.0, 0.3))
FAR = 0.1


@dataclass(frozen=True)
class Candidate:
    """An agent who could be assigned a referral; ``recent`` and ``in_hand`` count referrals."""

    agent_id: int
    doi_number: str
    miles: float
    same_county: bool
    misses: int
    recent: int
    in_hand: int
    waited: timedelta | None


@dataclass(frozen=True)
class Ranked:
    """A candidate with the terms of its score, each already weighted, and its tie-break."""

    candidate: Candidate
    terms: dict[str, float]
    score: float
    tie_break: float

    def as_stored(self) -> dict[str, object]:
        """What a decision keeps of it."""
        return {
            "agent_id": self.candidate.agent_id,
            "doi_number": self.candidate.doi_number,
            "miles": round(self.candidate.miles, 1),
            "misses": self.candidate.misses,
            "recent": self.candidate.recent,
            "in_hand": self.candidate.in_hand,
            "terms": self.terms,
            "score": self.score,
            "tie_break": self.tie_break,
        }


def proximity(miles: float) -> float:
    """What a distance is worth, from 0 to 1."""
    return next((worth for reach, worth in BANDS if miles <= reach), FAR)


def score_terms(candidate: Candidate, settings: Settings) -> dict[str, float]:
    """The weighted terms of a candidate's score; more is better for each.

    GUIDE names proximity, availability, preferred language and missed referrals; the candidates
    are already available and speak the language. Load and waiting (OPEN) rotate fairly.
    """
    run_left = 1 - min(candidate.misses, settings.miss_limit) / settings.miss_limit
    cap = timedelta(hours=settings.waiting_hours)
    waited = 1.0 if candidate.waited is None else min(candidate.waited / cap, 1.0)
    return {
        "proximity": round(settings.weight_proximity * proximity(candidate.miles), 6),
        "same county": round(settings.weight_county * candidate.same_county, 6),
        "misses": round(settings.weight_misses * run_left, 6),
        "load": round(settings.weight_load / (1 + candidate.recent + candidate.in_hand), 6),
        "waiting": round(settings.weight_waiting * max(waited, 0.0), 6),
    }


def rank(candidates: Iterable[Candidate], settings: Settings, seed: str) -> list[Ranked]:
    """The candidates, best first; equal scores in an order that ``seed`` alone decides."""
    ranked = []
    for candidate in candidates:
        terms = score_terms(candidate, settings)
        ranked.append(
            Ranked(candidate, terms, round(sum(terms.values()), 6), _drawn(seed, candidate))
        )
    return sorted(ranked, key=lambda r: (-r.score, r.tie_break, r.candidate.agent_id))


def _drawn(seed: str, candidate: Candidate) -> float:
    """A number from 0 to 1 that depends on nothing else."""
    digest = blake2b(f"{seed}:{candidate.agent_id}".encode(), digest_size=6).digest()
    return round(int.from_bytes(digest, "big") / 2**48, 6)


def shuffled(agent_ids: Sequence[int], seed: str) -> list[int]:
    """The order of a Mass referral's notices."""
    order = sorted(agent_ids)
    random.Random(seed).shuffle(order)
    return order


# Misses ---------------------------------------------------------------------------------------

# The words of the event log from which the run of misses follows.
ACCEPTED = "referral accepted"
REJECTED = "referral rejected"
MISSED = "referral missed"
LAPSED = "referral lapsed, not counted"
REGISTERED = "registered"
REREGISTERED = "re-registered"
DEREGISTERED = "de-registered"


def after_event(misses: int, action: str, settings: Settings) -> int:
    """The run of consecutive misses after one more event (GUIDE: too many in a row de-register)."""
    if action == MISSED:
        return misses + 1
    if action in {ACCEPTED, REGISTERED, REREGISTERED}:
        return 0
    if action == REJECTED and settings.reject_counts:
        return misses + 1
    if action == REJECTED and settings.reject_breaks_run:
        return 0
    return misses


def consecutive_misses(actions: Iterable[str], settings: Settings) -> int:
    """The run of misses that an agent's events, oldest first, amount to."""
    misses = 0
    for action in actions:
        misses = after_event(misses, action, settings)
    return misses
