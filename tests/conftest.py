"""Fixtures for all tests: a clock that tests move, databases of both kinds, the records on them."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine.url import make_url

from bot import logs
from psl.agents.registration import Registrations
from psl.agents.rules import COLUMNS
from psl.agents.service import Roster
from psl.attachments import Attachments
from psl.buttons import Buttons
from psl.checklists import Checklists
from psl.database import Database
from psl.follow_ups import FollowUps
from psl.guide import Guide, load_guide
from psl.handovers import Handovers
from psl.notices import Notices
from psl.settings import PROJECT_ROOT, Settings
from psl.tickets.service import Owner, Tickets
from psl.transcripts import Transcripts
from tests.stack import Stack, build_stack

POSTGRES = os.environ.get("PSL_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/test")
_COLUMNS = ",".join(COLUMNS)
_DATES = "2028-03-31,2026-09-01,2026-08-01"
ROSTER = f"""\
{_COLUMNS}
700100,1900001,Robin Rowan,Example Insurance,Agent,robin@example.org,502-555-0101,40202,English,1,{_DATES}
700200,1900002,Sam Sycamore,Sample Agency,Delegate,sam@example.org,502-555-0102,40507,English,1,,,
"""


class Clock:
    """A clock that stands still but for a millisecond a look, so that events keep their order."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.time += timedelta(milliseconds=1)
        return self.time

    def advance(self, **how_long: float) -> None:
        self.time += timedelta(**how_long)


@dataclass
class World:
    """The records on one database, with two agents, each with a linked chat, and a guest."""

    settings: Settings
    clock: Clock
    database: Database
    guide: Guide
    roster: Roster
    registrations: Registrations
    tickets: Tickets
    attachments: Attachments
    checklists: Checklists
    follow_ups: FollowUps
    handovers: Handovers
    notices: Notices
    buttons: Buttons
    transcripts: Transcripts
    robin: Owner
    sam: Owner
    guest: Owner


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, data_dir=tmp_path / "var")


@pytest.fixture(scope="session")
def guide() -> Guide:
    return load_guide(PROJECT_ROOT / "data" / "guide", Settings(_env_file=None))


# Databases ------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    database = Database(f"sqlite:///{path}")
    database.upgrade()
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA user_version")
    database.close()
    return path


@pytest.fixture(scope="session")
def postgres_server() -> str:
    """The URL of a PostgreSQL to make databases on; without one its tests skip, in CI they fail."""
    try:
        psycopg.connect(POSTGRES, connect_timeout=3).close()
    except psycopg.OperationalError as error:
        reason = f"no PostgreSQL at {POSTGRES}: {error}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return POSTGRES


@pytest.fixture(scope="session")
def make_postgres(postgres_server: str) -> Iterator[Callable[[], str]]:
    """Makes an empty database and returns its URL; all go at the end."""
    made: list[str] = []
    with psycopg.connect(postgres_server, autocommit=True) as server:

        def make() -> str:
            name = f"psl_test_{uuid.uuid4().hex[:12]}"
            server.execute(f'CREATE DATABASE "{name}"')
            made.append(name)
            return make_url(postgres_server).set(database=name).render_as_string(False)

        yield make
        for name in made:
            server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def migrated_postgres(make_postgres: Callable[[], str]) -> str:
    url = make_postgres()
    database = Database(url)
    database.upgrade()
    database.close()
    return url


@pytest.fixture
def postgres_url(migrated_postgres: str) -> str:
    """The session's PostgreSQL database, emptied: far quicker than making one a test."""
    with psycopg.connect(migrated_postgres) as connection:
        # Without triggers, or the audit would refuse.
        connection.execute("SET session_replication_role = replica")
        names = connection.execute(
            "SELECT tablename FROM pg_tables "
            "WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
        ).fetchall()
        for (name,) in names:
            connection.execute(f'DELETE FROM "{name}"')
    return migrated_postgres


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    path = tmp_path / "psl.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated database of the test's own, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return str(request.getfixturevalue("sqlite_url"))
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def database(database_url: str, clock: Clock) -> Iterator[Database]:
    opened = Database(database_url, clock)
    yield opened
    opened.close()


@pytest.fixture
def sqlite(sqlite_url: str, clock: Clock) -> Iterator[Database]:
    opened = Database(sqlite_url, clock)
    yield opened
    opened.close()


# Records --------------------------------------------------------------------------------------


def build_world(database: Database, clock: Clock, guide: Guide, settings: Settings) -> World:
    tickets = Tickets(database, guide, settings)
    checklists = Checklists(database, guide.checklists)
    follow_ups = FollowUps(database, settings)
    attachments = Attachments(database, settings, tickets)
    adopt = (tickets.adopt, attachments.adopt, checklists.adopt, follow_ups.adopt)
    roster = Roster(database, settings, key=b"the key of a test", adopt=adopt)
    roster.import_csv(ROSTER)
    for chat, doi_number in (("web:robin", "700100"), ("web:sam", "700200")):
        roster.link(chat, roster.issue_code(doi_number))
    return World(
        settings=settings,
        clock=clock,
        database=database,
        guide=guide,
        roster=roster,
        registrations=Registrations(database, guide, settings),
        tickets=tickets,
        attachments=attachments,
        checklists=checklists,
        follow_ups=follow_ups,
        handovers=Handovers(database),
        notices=Notices(database, settings.notice_attempts),
        buttons=Buttons(database),
        transcripts=Transcripts(database),
        robin=Owner("web:robin", roster.by_doi_number("700100").id),
        sam=Owner("web:sam", roster.by_doi_number("700200").id),
        guest=Owner("web:guest"),
    )


@pytest.fixture
def world(sqlite: Database, clock: Clock, guide: Guide, settings: Settings) -> World:
    """The records on SQLite."""
    return build_world(sqlite, clock, guide, settings)


@pytest.fixture
def each_world(database: Database, clock: Clock, guide: Guide, settings: Settings) -> World:
    """The records, once on SQLite and once on PostgreSQL."""
    return build_world(database, clock, guide, settings)


# The assistant ----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The real model, actions and records; every test uses chats of its own."""
    logs.configure("ERROR")
    built = build_stack(tmp_path_factory.mktemp("stack"))
    yield built
    built.services.database.close()
