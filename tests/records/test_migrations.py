"""The migrations make exactly the tables the code expects, and can be taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

import psl.services  # noqa: F401  every table's module
from psl.database import Base, Database
from psl.settings import PROJECT_ROOT


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'new' / 'psl.db'}")
    else:
        database = Database(request.getfixturevalue("make_postgres")())
    yield database
    database.close()


def config() -> Config:
    made = Config()
    made.set_main_option("script_location", str(PROJECT_ROOT / "psl" / "migrations"))
    return made


def downgrade(database: Database, revision: str) -> None:
    made = config()
    with database.engine.begin() as connection:
        made.attributes["connection"] = connection
        command.downgrade(made, revision)


def differences(database: Database) -> list[object]:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))


def tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names())


def refuses_rewriting(database: Database) -> bool:
    with database.engine.begin() as connection:
        query = (
            "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_event'"
            if database.is_sqlite
            else "SELECT count(*) FROM pg_trigger WHERE tgname = 'audit_event_append_only'"
        )
        return bool(connection.scalar(text(query)))


def test_upgrade_makes_what_the_code_expects(empty: Database) -> None:
    empty.upgrade()
    assert differences(empty) == []
    assert tables(empty) == {*Base.metadata.tables, "alembic_version"}
    assert refuses_rewriting(empty)


def test_upgrading_again_changes_nothing(empty: Database) -> None:
    empty.upgrade()
    with empty.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO audit_event (at, subject, actor, action, reason) "
                "VALUES ('2026-11-23 15:00:00', 's', 'a', 'x', '')"
            )
        )
    empty.upgrade()
    with empty.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM audit_event")) == 1


def test_down_to_nothing_and_up_again(empty: Database) -> None:
    empty.upgrade()
    downgrade(empty, "base")
    assert tables(empty) == {"alembic_version"}
    if not empty.is_sqlite:
        with empty.engine.connect() as connection:
            left = "SELECT count(*) FROM pg_proc WHERE proname LIKE 'audit_event%'"
            assert connection.scalar(text(left)) == 0
    empty.upgrade()
    assert differences(empty) == [] and refuses_rewriting(empty)


def test_one_line_of_revisions() -> None:
    script = ScriptDirectory.from_config(config())
    assert len(script.get_heads()) == 1 and len(script.get_bases()) == 1
