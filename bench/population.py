"""Invented agents and residents over Kentucky, written in bulk, for the measurements."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import zipcodes
from sqlalchemy import Table, insert

from psl.agents.availability import WeeklyHours
from psl.agents.duty import NEVER_OFFERED
from psl.agents.models import Agent, ChatLink, Duty, Registration, RegistrationStatus
from psl.database import Base, Database
from psl.notices import Notice
from psl.places import Place, place_of
from psl.referrals.models import Offer, OfferKind, OfferState, Referral, Stage, Status

LANGUAGES = {"English": 0.86, "Spanish": 0.07, "Swahili": 0.02, "Arabic": 0.02, "Nepali": 0.03}
# Where people live, roughly: the counties of Louisville, Lexington and Northern Kentucky, the rest.
CITIES = {"KY:Jefferson": 0.17, "KY:Fayette": 0.07, "KY:Kenton": 0.04, "KY:Warren": 0.03}
_CHUNK = 20_000


@cache
def kentucky() -> dict[str, list[Place]]:
    """The places of each county."""
    found: dict[str, list[Place]] = {}
    for record in zipcodes.filter_by(state="KY", active=True):
        place = place_of(record["zip_code"])
        if place is not None:
            found.setdefault(place.county, []).append(place)
    return found


def some_place(draw: random.Random) -> Place:
    """A place, cities as often as people live there."""
    at = draw.random()
    for county, share in CITIES.items():
        if at < share:
            return draw.choice(kentucky()[county])
        at -= share
    return draw.choice(kentucky()[draw.choice(sorted(kentucky()))])


def some_language(draw: random.Random) -> str:
    """A resident's language."""
    return draw.choices(list(LANGUAGES), list(LANGUAGES.values()))[0]


def write(database: Database, table: type[Base], rows: Iterator[Mapping[str, Any]]) -> None:
    """Insert many rows, a chunk a transaction."""
    made = table.__table__
    assert isinstance(made, Table)
    chunk: list[Mapping[str, Any]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == _CHUNK:
            with database.transaction() as session:
                session.execute(insert(made), chunk)
            chunk = []
    if chunk:
        with database.transaction() as session:
            session.execute(insert(made), chunk)


def add_agents(database: Database, count: int, seed: int = 1) -> None:
    """Registered agents with a linked chat; seven of ten are on duty now."""
    draw = random.Random(seed)
    now = datetime.now(UTC)
    places = [some_place(draw) for _ in range(count)]
    spoken = [
        ["English", draw.choice(["Spanish", "Swahili", "Arabic", "Nepali"])]
        if draw.random() < 0.2
        else ["English"]
        for _ in range(count)
    ]
    open_now = [draw.random() < 0.7 for _ in range(count)]
    write(database, Agent, (
        {
            "id": n + 1, "doi_number": str(600000 + n), "npn": str(10**8 + n), "name": f"Agent {n}",
            "agency": "Bench Agency", "role": "Agent", "email": f"agent{n}@example.org",
            "phone": "+15025550100", "zip": places[n].zip, "languages": spoken[n],
            "licence_active": True, "licence_expires": date(2030, 1, 1),
            "certified_on": date(2026, 1, 1), "doi_contact_confirmed_on": date(2026, 1, 1),
        }
        for n in range(count)
    ))  # fmt: skip
    hours = WeeklyHours.always().to_json()
    write(database, Registration, (
        {
            "agent_id": n + 1, "status": RegistrationStatus.REGISTERED, "agreed_at": now,
            "contact_method": "phone", "services": [], "zone": places[n].zone, "hours": hours,
            "draft": {}, "registered_at": now, "misses": 0, "updated_at": now,
        }
        for n in range(count)
    ))  # fmt: skip
    write(database, ChatLink, (
        {"chat": f"bench:{n + 1}", "agent_id": n + 1, "linked_at": now} for n in range(count)
    ))  # fmt: skip
    write(database, Duty, (
        {
            "agent_id": n + 1, "language": language, "county": places[n].county,
            "latitude": places[n].latitude, "longitude": places[n].longitude,
            "opens_at": now - timedelta(hours=1) if open_now[n] else now + timedelta(hours=12),
            "closes_at": now + timedelta(days=2), "refresh_at": now + timedelta(days=2),
            "misses": 0, "last_offered_at": NEVER_OFFERED,
        }
        for n in range(count)
        for language in spoken[n]
    ))  # fmt: skip


def a_request(draw: random.Random, number: int) -> dict[str, Any]:
    """What a resident sends."""
    return {
        "first_name": "Pat", "last_name": f"Poe {number}", "phone": f"502{number % 10**7:07d}",
        "email": "pat@example.org", "preferred_contact": "phone", "zip": some_place(draw).zip,
        "language": some_language(draw), "note": "",
    }  # fmt: skip


def add_open_windows(
    database: Database, agents: int, due: list[datetime], seed: int = 2, delivered: bool = False
) -> None:
    """General referrals under way, one for each of the instants at which its window ends.

    With ``delivered``, their notices reached the agents, so that the ends count as misses.
    """
    draw = random.Random(seed)
    now = datetime.now(UTC)
    with database.transaction() as session:
        from sqlalchemy import func, select

        first = (session.scalar(select(func.max(Referral.id))) or 0) + 1
        first_offer = (session.scalar(select(func.max(Offer.id))) or 0) + 1
    places = [some_place(draw) for _ in range(1000)]
    holders = [n % agents + 1 for n in range(len(due))]
    write(database, Referral, (
        {
            "id": first + n, "number": f"{first + n:08d}", "status": Status.PENDING, "stage": Stage.GENERAL,
            "epoch": 1, "holder_id": holders[n], "due_at": at, "first_name": "Pat",
            "last_name": "Poe", "phone": f"+1859{n % 10**7:07d}", "email": None,
            "preferred_contact": "phone", "note": "", "zip": places[n % 1000].zip,
            "county": places[n % 1000].county, "language": "English", "requested_at": now,
            "promised_by": now + timedelta(minutes=30), "attempts": 0, "reminders": 0,
        }
        for n, at in enumerate(due)
    ))  # fmt: skip
    write(database, Offer, (
        {
            "id": first_offer + n, "referral_id": first + n, "agent_id": holders[n],
            "kind": OfferKind.GENERAL, "state": OfferState.OFFERED, "epoch": 1,
            "offered_at": now, "closes_at": at, "position": 0, "reason": "", "counted": False,
        }
        for n, at in enumerate(due)
    ))  # fmt: skip
    if delivered:
        write(database, Notice, (
            {
                "chat": f"bench:{holders[n]}", "channel": "bench", "key": f"offer:{first_offer + n}",
                "text": "General referral", "buttons": [], "due_at": now, "next_try_at": now,
                "attempts": 1, "subject": f"offer:{first_offer + n}", "agent_id": holders[n],
                "delivered_at": at - timedelta(seconds=1), "last_error": "", "expires_at": at,
            }
            for n, at in enumerate(due)
        ))  # fmt: skip
    if not database.is_sqlite:
        # The rows brought their own ids; the next ones come from the sequences.
        with database.engine.begin() as connection:
            for table in ("referral", "offer", "agent"):
                connection.exec_driver_sql(
                    f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))"
                )
    analyse(database)


def analyse(database: Database) -> None:
    """Let the planner know what was written, as autovacuum does in a while."""
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
