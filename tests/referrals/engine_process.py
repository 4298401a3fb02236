"""Starts engines, each a process of its own, without importing everything anew for each.

Reads lines of JSON from standard input, {"url": ..., "settings": {...}}; for each it forks a process
that runs an engine on that database, and writes its id. Ends when the input ends.
"""

from __future__ import annotations

import json
import os
import signal
import sys

from psl.database import Database
from psl.places import counties_by_distance
from psl.referrals.engine import Engine
from psl.settings import Settings


def run(database: Database, settings: Settings) -> None:
    """Run one engine until it is killed; what it logs goes to standard error."""
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    Engine(database, settings).run()


def main() -> None:
    """Fork an engine for each line."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    counties_by_distance("40202")  # the list of ZIP codes, which takes a moment
    for line in iter(sys.stdin.readline, ""):
        asked = json.loads(line)
        # Not connected yet, but its driver is imported: what follows the fork is the engine alone.
        database = Database(asked["url"])
        settings = Settings(_env_file=None, **asked["settings"])
        engine = os.fork()
        if engine == 0:
            run(database, settings)
            os._exit(0)
        print(engine, flush=True)


if __name__ == "__main__":
    main()
