"""The `psl` command on a data folder of the test's own, with the demo roster."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from bot.cli import app
from psl.demo import load_demo
from psl.services import Services, build_services
from psl.settings import Settings, settings

ASK = ("referral", "request", "--first-name", "Pat", "--last-name", "Poplar")
PAT = (*ASK, "--phone", "502-555-0187", "--email", "pat.poplar@example.org", "--zip", "40202")
PRIVATE = ("Pat", "Poplar", "5550187", "555-0187", "pat.poplar")


@dataclass
class Psl:
    """Runs commands, and has the same records."""

    services: Services

    def run(self, *arguments: str) -> Result:
        """Run a command whatever becomes of it."""
        return CliRunner().invoke(app, list(arguments))

    def text(self, *arguments: str) -> str:
        """What a command that ends well prints."""
        done = self.run(*arguments)
        assert done.exit_code == 0, (done.output, done.exception)
        return done.stdout

    def json(self, *arguments: str) -> Any:
        """What it prints for scripts."""
        return json.loads(self.text(*arguments, "--json"))

    def link(self, doi_number: str) -> int:
        """Link a chat to an agent."""
        roster = self.services.roster
        return roster.link(f"rest:{doi_number}", roster.issue_code(doi_number)).id


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the demo roster."""
    folder = tmp_path_factory.mktemp("demo")
    made = build_services(Settings(_env_file=None, data_dir=folder))
    load_demo(made.roster, made.registrations)
    made.database.close()
    return folder


@pytest.fixture
def psl(demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Psl]:
    """The command, with the demo roster."""
    folder = tmp_path / "data"
    shutil.copytree(demo, folder)
    monkeypatch.setenv("PSL_DATA_DIR", str(folder))
    settings.cache_clear()
    made = build_services(settings())
    yield Psl(made)
    made.database.close()
    settings.cache_clear()
