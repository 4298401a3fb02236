"""The invented roster of a trial: 40 agents, some ineligible for each reason."""

from __future__ import annotations

from psl.agents.service import Roster
from psl.settings import PROJECT_ROOT

AGENTS_FILE = PROJECT_ROOT / "data" / "demo" / "agents.csv"


def load_demo(roster: Roster) -> bool:
    """Fill an empty roster; a roster with anybody on it is left alone. True if it was filled."""
    if roster.agents():
        return False
    roster.import_csv(AGENTS_FILE.read_text(encoding="utf-8"))
    return True
