"""Cold start, memory, training and turn times of the embedded assistant: `make bench`.

Start-up is told beside the time of a bare `import rasa.core.agent`, and turns beside Rasa's own
parse of the same messages, measured in the same run, because shared machines vary.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FIRST_ANSWER = """
import asyncio, resource, time
started = time.perf_counter()
from bot import logs
from psl.settings import settings
logs.configure("ERROR")
from bot.app import build_brain
brain, services = build_brain(settings())
replies = asyncio.run(brain.handle("bench:1", "how long do i have to accept a general referral"))
assert replies
print(time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
MESSAGES = [
    "how long do i have to accept a general referral",
    "draft a ticket, error AB-12 on the income page in chrome, case 118555123, two members",
    "no, firefox",
    "what's the psl number?",
    "kynect",
    "show me what you have",
    "cancel",
    "am i eligible for on demand",
    "yes",
    "not yet",
    "stop",
    "client says her application is stuck and her medicaid letter is wrong, who do i call",
]


def run(code: str, data: str) -> list[float]:
    """Numbers a fresh interpreter printed."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True,
        env={**os.environ, "PSL_DATA_DIR": data, "RASA_TELEMETRY_ENABLED": "false"},
    )  # fmt: skip
    return [float(number) for number in done.stdout.split()]


def cold_starts(rounds: int) -> None:
    """Process start to first answer, with a trained model."""
    timed = (
        "import time; t=time.perf_counter(); import rasa.core.agent; print(time.perf_counter()-t)"
    )
    with tempfile.TemporaryDirectory() as data:
        run(FIRST_ANSWER, data)
        answers = [run(FIRST_ANSWER, data) for _ in range(rounds)]
        imports = [run(timed, data)[0] for _ in range(rounds)]
    seconds = statistics.median(a[0] for a in answers)
    print(
        f"cold start to first answer: {seconds:.2f} s (import of Rasa alone {statistics.median(imports):.2f} s)"
    )
    print(f"peak resident memory up to the first answer: {max(a[1] for a in answers):.0f} MB")


def training() -> None:
    """`rasa train` without its cache."""
    from bot import training as trainer
    from psl.settings import Settings

    with tempfile.TemporaryDirectory() as folder:
        os.environ["RASA_CACHE_DIRECTORY"] = f"{folder}/cache"
        started = time.perf_counter()
        trainer.train(Settings(models_dir=Path(folder)))
        print(f"training from nothing: {time.perf_counter() - started:.1f} s")


async def turns(rounds: int) -> None:
    """Whole turns, and their growth over a long conversation, beside Rasa's parse alone."""
    from bot import logs
    from bot.app import build_brain
    from psl.settings import Settings

    logs.configure("ERROR")
    with tempfile.TemporaryDirectory() as data:
        brain, _ = build_brain(Settings(data_dir=Path(data), messages_per_minute=10**6))
        await brain.warm_up()
        times: list[float] = []
        parses: list[float] = []
        for _ in range(rounds):
            for message in MESSAGES:
                started = time.perf_counter()
                await brain.handle("bench:long", message)
                times.append((time.perf_counter() - started) * 1000)
                started = time.perf_counter()
                await brain.parse(message)
                parses.append((time.perf_counter() - started) * 1000)
    ordered = sorted(times)
    p50, p99 = statistics.median(ordered), ordered[int(len(ordered) * 0.99)]
    first, last = statistics.median(times[:36]), statistics.median(times[-36:])
    parse = statistics.median(parses)
    print(
        f"turn: p50 {p50:.1f} ms, p99 {p99:.1f} ms, {p50 / parse:.1f} x Rasa's parse ({parse:.1f} ms)"
    )
    print(f"growth over {len(times)} turns of one conversation: {last / first:.2f} x")


def main() -> None:
    """All figures, or those chosen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-training", action="store_true")
    chosen = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}")
    if not chosen.no_training:
        training()
    cold_starts(chosen.rounds)
    asyncio.run(turns(12))


if __name__ == "__main__":
    main()
