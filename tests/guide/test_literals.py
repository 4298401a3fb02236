"""Phone numbers and limits stand in contacts.yml and limits.yml, and nowhere else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from psl.guide import Guide
from psl.settings import PROJECT_ROOT

ROOMS = ("psl", "actions", "bot", "desk", "data/guide/answers")
FILES = (
    "domain.yml",
    "data/guide/checklists.yml",
    "data/guide/ticket_fields.yml",
    "data/guide/handlers.yml",
    "data/guide/sources.yml",
)
SUFFIXES = {".py", ".yml", ".html", ".js", ".css", ".txt", ".csv", ".j2", ".svg"}
WORDS = {"3": "three", "15": "fifteen", "30": "thirty", "90": "ninety", "5": "five"}


def _texts() -> list[Path]:
    found = [PROJECT_ROOT / name for name in FILES]
    for room in ROOMS:
        found += [p for p in (PROJECT_ROOT / room).rglob("*") if p.suffix in SUFFIXES]
    return sorted(found)


def _where(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path.relative_to(PROJECT_ROOT)}:{number}: {line.strip()}"
        for path in _texts()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]


def test_the_search_finds_what_it_is_for() -> None:
    assert len(_texts()) > 60
    assert _where(re.compile("accept_window"))


def test_no_phone_number_elsewhere(guide: Guide) -> None:
    for contact in guide.contacts.values():
        if contact.phone:
            digits = contact.phone.removeprefix("1-").split("-")
            assert not _where(re.compile(r"\D{0,2}".join(digits))), contact.name


@pytest.mark.parametrize(
    "limit", ["accept_window", "promise", "consent_timer", "call_margin", "registration_time"]
)
def test_no_time_limit_elsewhere(guide: Guide, limit: str) -> None:
    number, unit = guide.limits[limit].words().split()
    either = rf"\b(?:{number}|{WORDS[number]})[\s-]*{unit.removesuffix('s')}"
    assert not _where(re.compile(either, re.IGNORECASE))


def test_no_count_elsewhere(guide: Guide) -> None:
    number = guide.limits["miss_limit"].words()
    either = (
        rf"\b(?:{number}|{WORDS[number]}) (?:consecutive|missed|misses|in a row|attempts|tries)\b"
    )
    assert not _where(re.compile(either, re.IGNORECASE))
