"""Importing the roster: idempotent, lenient about formats, exact about what is wrong."""

from __future__ import annotations

import csv
import io

import pytest
from sqlalchemy import select

from psl import audit
from psl.agents.models import Agent
from psl.agents.registration import Registrations
from psl.agents.rules import COLUMNS
from psl.agents.service import Roster
from psl.database import Database
from psl.demo import AGENTS_FILE, load_demo
from psl.errors import BadInput, NotYours
from psl.guide import Guide
from psl.settings import Settings

GOOD = {
    "doi_number": "810001",
    "npn": "1234567890",
    "name": "Quinn Quince",
    "agency": "Quince & Co",
    "role": "agent",
    "email": "quinn@example.org",
    "phone": "(502) 555-0110",
    "zip": "40202-1234",
    "languages": "english; spanish|",
    "licence_active": "yes",
    "licence_expires": "",
    "certified_on": "2026-09-01",
    "doi_contact_confirmed_on": "",
}


def sheet(*rows: dict[str, str]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


@pytest.fixture
def roster(database: Database, settings: Settings) -> Roster:
    return Roster(database, settings, key=b"key")


def events(database: Database, doi_number: str) -> list[str]:
    with database.transaction() as session:
        return [e.action for e in audit.history(session, f"agent:{doi_number}")]


def test_first_import_adds_and_second_changes_nothing(roster: Roster, database: Database) -> None:
    content = AGENTS_FILE.read_text(encoding="utf-8")
    first = roster.import_csv(content)
    assert len(first.added) == 40 and not first.refused
    before = [(a.id, a.doi_number, a.name) for a in roster.agents()]
    second = roster.import_csv(content)
    assert len(second.unchanged) == 40
    assert not (second.added or second.changed or second.refused)
    assert [(a.id, a.doi_number, a.name) for a in roster.agents()] == before
    assert events(database, first.added[0]) == ["imported"]


def test_demo_fills_an_empty_roster_only(
    roster: Roster, database: Database, guide: Guide, settings: Settings
) -> None:
    registrations = Registrations(database, guide, settings)
    assert load_demo(roster, registrations)
    assert not load_demo(roster, registrations)
    assert {a.role for a in roster.agents()} == {"Agent", "Delegate"}
    assert any(not a.licence_active for a in roster.agents())
    assert any(a.certified_on is None for a in roster.agents())
    assert any(a.doi_contact_confirmed_on is None for a in roster.agents())
    assert all(a.phone.startswith("+150255501") for a in roster.agents())


def test_a_row_is_read_as_people_write_it(roster: Roster) -> None:
    roster.import_csv(sheet(GOOD))
    agent = roster.by_doi_number("810001")
    assert (agent.role, agent.phone) == ("Agent", "+15025550110")
    assert agent.languages == ["English", "Spanish"]
    assert agent.licence_active and agent.licence_expires is None
    assert str(agent.certified_on) == "2026-09-01"


def test_a_changed_row_is_changed_and_told_in_the_audit(roster: Roster, database: Database) -> None:
    roster.import_csv(sheet(GOOD))
    report = roster.import_csv(sheet({**GOOD, "agency": "Other & Co"}))
    assert report.changed == ["810001"]
    assert roster.by_doi_number("810001").agency == "Other & Co"
    assert events(database, "810001") == ["imported", "changed by import"]


BAD = {
    "doi_number": ("81-0001", "810", "", "8" * 21),
    "npn": ("12345678901", "ABC", ""),
    "name": ("", "Q"),
    "agency": ("",),
    "role": ("Broker", ""),
    "email": ("quinn at example", "a@b", ""),
    "phone": ("555", "none", ""),
    "zip": ("4020", "40202-12", "KY"),
    "languages": ("", " ; | "),
    "licence_active": ("", "perhaps"),
    "licence_expires": ("soon", "2026-13-01"),
    "certified_on": ("2026-02-30",),
}


@pytest.mark.parametrize(
    ("column", "value"), [(column, value) for column, values in BAD.items() for value in values]
)
def test_a_bad_row_is_named_with_line_and_reason_and_changes_nothing(
    sqlite: Database, settings: Settings, column: str, value: str
) -> None:
    roster = Roster(sqlite, settings, key=b"key")
    roster.import_csv(sheet(GOOD))
    other = {**GOOD, "doi_number": "810002"}
    report = roster.import_csv(sheet(other, {**GOOD, "agency": "Changed", column: value}))
    assert report.added == ["810002"], "the good row goes in all the same"
    ((line, reason),) = report.refused
    assert line == 3
    assert reason.startswith(f"{column}: ")
    assert roster.by_doi_number("810001").agency == GOOD["agency"]
    assert len(roster.agents()) == 2


def test_a_short_row_is_refused(roster: Roster) -> None:
    ((line, reason),) = roster.import_csv(sheet() + "810003,123\n").refused
    assert line == 2 and "name: " in reason and "zip: " in reason


def test_a_file_without_the_columns_is_refused_whole(roster: Roster) -> None:
    with pytest.raises(BadInput, match=r"lacks the columns.*npn.*zip"):
        roster.import_csv("doi_number,name\n810001,Quinn Quince\n")
    with pytest.raises(BadInput, match="lacks the columns"):
        roster.import_csv("")
    assert roster.agents() == []


def test_the_same_agent_twice_in_a_file_is_one_agent(roster: Roster, database: Database) -> None:
    report = roster.import_csv(sheet(GOOD, {**GOOD, "name": "Quinn Q. Quince"}))
    assert report.added == ["810001"] and report.changed == ["810001"]
    with database.transaction() as session:
        assert [a.name for a in session.scalars(select(Agent))] == ["Quinn Q. Quince"]


def test_unknown_doi_number(roster: Roster) -> None:
    with pytest.raises(NotYours, match="999999"):
        roster.by_doi_number("999999")
    with pytest.raises(NotYours):
        roster.issue_code("999999")
