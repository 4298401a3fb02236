"""Run an acceptance set against the whole stack: `make accept ACCEPTANCE=DIR`.

Starts `psl up` on a free port with an empty data folder, plays the files over REST, and prints the
share that passed per file and every failure. For private data it also searches what was stored
and logged. Exit code 1 when a share is below its goal.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import yaml

GOALS = {"questions": 0.92, "pii": 1.0, "dialogues": 12 / 16}
ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Stack:
    """`psl up` in a process of its own, with a data folder of its own."""

    def __init__(self, data: Path) -> None:
        """Start and wait until it is ready."""
        self.data = data
        self.port = free_port()
        self.log = data / "server.log"
        # Everybody on the demo roster may be used, so codes are asked for as an operator would.
        self.environment = {
            **os.environ,
            "PSL_DATA_DIR": str(data),
            "PSL_MESSAGES_PER_MINUTE": "100000",
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot.cli", "up", "--port", str(self.port), "--data", str(data)],
                cwd=ROOT, env=self.environment, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=30)
        for _ in range(600):
            if self.process.poll() is not None:
                raise SystemExit(f"the stack stopped:\n{self.log.read_text()}")
            try:
                if self.http.get("/readyz").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.25)
        raise SystemExit("the stack did not get ready in time")

    def say(self, sender: str, message: str) -> list[dict[str, Any]]:
        """Send one message and return the replies."""
        answer = self.http.post(
            "/webhooks/rest/webhook", json={"sender": sender, "message": message}
        )
        answer.raise_for_status()
        return list(answer.json())

    def cli(self, *arguments: str) -> Any:
        """A `psl` command's JSON."""
        done = subprocess.run(
            [sys.executable, "-m", "bot.cli", *arguments, "--json"],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return json.loads(done.stdout)

    def stop(self) -> None:
        """Stop the process."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(20)


def texts(replies: list[dict[str, Any]]) -> str:
    """The reply text that patterns are held against."""
    return "\n".join(str(reply.get("text", "")) for reply in replies)


def faults(reply: str, entry: dict[str, Any]) -> list[str]:
    """What is missing from a reply, or in it though it must not be."""
    missing = [f"missing {p}" for p in entry["expect"] if not re.search(p, reply, re.IGNORECASE)]
    wrong = [f"must not {p}" for p in entry["never"] if re.search(p, reply, re.IGNORECASE)]
    return missing + wrong


def questions(stack: Stack, entries: list[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    """Single messages, each in a new conversation."""
    results = []
    for entry in entries:
        reply = texts(stack.say(f"q-{entry['id']}", entry["says"]))
        found = faults(reply, entry)
        results.append(
            (entry["id"], [f"says: {entry['says']}", f"reply: {reply}", *found] if found else [])
        )
    return results


def _eligible(stack: Stack, agent: dict[str, Any]) -> bool:
    shown = stack.cli("agent", "show", "--doi", agent["doi_number"])
    return bool(shown["licence_active"] and shown["certified_on"])


def dialogues(stack: Stack, entries: list[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    """Conversations; each signed-in one as another eligible agent of the demo roster."""
    roster = [a for a in stack.cli("agent", "list") if a["role"] == "Agent"]
    registered = [a for a in roster if a["registered"]]
    others = [a for a in roster if not a["registered"] and _eligible(stack, a)]
    results = []
    for number, entry in enumerate(entries):
        sender = f"d-{entry['id']}"
        if entry["as"] == "agent":
            # The goal says it where registration matters.
            able = registered if "agent is registered" in entry["goal"] else others
            agent = able[number % len(able)]
            code = stack.cli("agent", "code", "--doi", agent["doi_number"])["code"]
            stack.say(sender, f"link {code}")
        problems = []
        for turn in entry["turns"]:
            reply = texts(stack.say(sender, turn["say"]))
            if found := faults(reply, turn):
                problems += [f"says: {turn['say']}", f"reply: {reply}", *found]
        results.append((entry["id"], problems))
    return results


def pii(stack: Stack, entries: list[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    """Private data: in no reply, in no file of the data folder, and look-alikes unharmed."""
    replies = {e["id"]: json.dumps(stack.say(f"p-{e['id']}", e["says"])) for e in entries}
    written = (
        b"\n".join(
            p.read_bytes()
            for p in sorted(stack.data.rglob("*"))
            if p.is_file() and p.name != "secret.key"
        )
        .decode("utf-8", "replace")
        .lower()
    )
    with sqlite3.connect(stack.data / "conversations.db") as database:
        rows = database.execute(
            "select sender_id, data from events where type_name = 'user'"
        ).fetchall()
    stored = {sender: json.loads(data)["text"].lower() for sender, data in rows}
    results = []
    for entry in entries:
        problems = []
        kept_text = stored.get(f"rest:p-{entry['id']}", "")
        for secret in entry["secret"]:
            if secret.lower() in replies[entry["id"]].lower() or secret.lower() in kept_text:
                problems.append(f"told: {secret}")
            # A secret of a few digits turns up by chance in times and ids: look at messages only.
            elif len(secret) > 4 and secret.lower() in written:
                problems.append(f"stored or logged: {secret}")
        problems += [
            f"lost: {k} in {kept_text!r}" for k in entry["keep"] if k.lower() not in kept_text
        ]
        results.append((entry["id"], [f"says: {entry['says']}", *problems] if problems else []))
    return results


def main() -> int:
    """Play all files; 0 when every goal is met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--quiet", action="store_true", help="only the shares")
    chosen = parser.parse_args()
    good = True
    with tempfile.TemporaryDirectory() as data:
        stack = Stack(Path(data))
        try:
            for name, play in {"pii": pii, "questions": questions, "dialogues": dialogues}.items():
                entries = yaml.safe_load(
                    (chosen.folder / f"{name}.yml").read_text(encoding="utf-8")
                )
                results = play(stack, entries)
                passed = sum(not problems for _, problems in results)
                share = passed / len(results)
                good = good and share >= GOALS[name]
                for identifier, problems in results:
                    if problems and not chosen.quiet:
                        print(f"\n{identifier}\n  " + "\n  ".join(problems))
                print(
                    f"\n{name}: {passed} of {len(results)} ({share:.1%}), goal {GOALS[name]:.0%}",
                    flush=True,
                )
            kinds = Counter(
                line.split()[1] for line in stack.log.read_text().splitlines() if " failed" in line
            )
            if kinds:
                print("failures in the log:", dict(kinds))
        finally:
            stack.stop()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
