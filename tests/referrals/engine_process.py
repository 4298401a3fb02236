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


def run(url: str, settings: dict[str, object]) -> None:
    """Run one engine until it is killed; what it logs goes to standard error."""
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    Engine(Database(url), Settings(_env_file=None, **settings)).run()  # type: ignore[arg-type]


def main() -> None:
    """Fork an engine for each line."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    counties_by_distance("40202")  # the list of ZIP codes, which takes a moment
    for line in iter(sys.stdin.readline, ""):
        asked = json.loads(line)
        engine = os.fork()
        if engine == 0:
            run(asked["url"], asked["settings"])
            os._exit(0)
        print(engine, flush=True)


if __name__ == "__main__":
    main()
