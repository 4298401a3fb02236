"""The Telegram channel: a Mass referral at Telegram's pace, and messages a second beside REST.

    python bench/telegram_channel.py [--small]

Three processes: the product (`psl serve`), the Bot API server of the tests with the people who use
the bot, and this one, which reads the records. In the first part the server refuses what comes too
fast (30 a second, about one a second in a chat), as Telegram does; in the second it takes all, so
that the channel and not Telegram's limit is measured. SQLite goes to PSL_BENCH_DIR (default: the
folder for temporary files).
"""

from __future__ import annotations

import argparse
import os
import random
import re
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from multiprocessing.managers import BaseManager
from pathlib import Path
from typing import Any

import httpx
from population import a_request, add_agents, analyse
from sqlalchemy import String, cast, select, update
from start import MESSAGES

from psl.agents.models import ChatLink, Duty
from psl.database import Database
from psl.notices import Notice
from psl.referrals.models import Offer, Referral
from tests.telegram.bot_api import BotApi
from tests.telegram.people import User

QUESTION = "how long do i have to accept a general referral"
ASKING = 4
# Between two questions of one person; more would be too fast for one chat.
PAUSE = 1.5
CHATS = 8
START_SECONDS = 120.0
ANSWER_SECONDS = 60.0
NUMBER = re.compile(r"R-\d{4}-\d{4}")


class People:
    """A Bot API server and those who use the bot, in a process of their own."""

    def __init__(self) -> None:
        """The server listens at once."""
        self._api = BotApi().start()

    def door(self) -> tuple[str, str]:
        """The server's address, and the bot's token."""
        return self._api.address, self._api.token

    def set_flood(self, on: bool) -> None:
        """Whether what comes too fast is refused."""
        self._api.flood = on

    def agents(self, count: int) -> int:
        """So many who pressed Start long ago; the first one's number, the others' follow."""
        users = [self._api.user(f"Agent {n}") for n in range(count)]
        for user in users:
            user.started = True
        return users[0].id

    def greeted(self) -> None:
        """Wait until the bot answers somebody new."""
        user = self._api.user("Guest")
        user.start()
        user.wait(1, START_SECONDS)

    def ask(self, count: int, seconds: float) -> list[float]:
        """Several people ask a question again and again; the seconds to each answer."""
        users = [self._api.user(f"Asking {n}") for n in range(count)]
        for user in users:
            user.start()
            user.wait(1, ANSWER_SECONDS)
        end = time.monotonic() + seconds
        took: list[float] = []

        def asking(user: User) -> None:
            # Not all at the same moment.
            time.sleep(random.random() * PAUSE)
            while time.monotonic() < end:
                took.append(_answered(user, QUESTION))
                time.sleep(PAUSE)

        with ThreadPoolExecutor(count) as threads:
            list(threads.map(asking, users))
        return took

    def talk(self, chats: int, messages: Sequence[str]) -> float:
        """Messages a second, each chat's next one when the one before is answered."""
        users = [self._api.user(f"Talking {n}") for n in range(chats)]

        def talking(user: User) -> None:
            for message in messages:
                _answered(user, message)

        started = time.monotonic()
        with ThreadPoolExecutor(chats) as threads:
            list(threads.map(talking, users))
        self._api.drained(ANSWER_SECONDS)
        return chats * len(messages) / (time.monotonic() - started)

    def offers(self, first: int) -> list[tuple[int, str, float]]:
        """Chat, referral and time (Unix) of each offer that was shown, from a chat's number on."""
        since = time.time() - time.monotonic()
        shown = []
        for call in self._api.calls_of("sendMessage"):
            found = NUMBER.search(str(call.params.get("text", "")))
            if call.status == 200 and call.chat >= first and found is not None:
                shown.append((call.chat, found[0], call.at + since))
        return shown

    def refused(self) -> tuple[int, int]:
        """How many calls came too fast, and how many broke Telegram's documentation."""
        return len(self._api.floods), len(self._api.violations)


def _answered(user: User, text: str) -> float:
    before = len(user.messages())
    started = time.monotonic()
    user.say(text)
    user.wait(before + 1, ANSWER_SECONDS)
    return time.monotonic() - started


class _Manager(BaseManager):
    """Starts ``People`` in another process; its methods are called from here."""


_Manager.register("people", People)


@dataclass
class Product:
    """A running `psl serve`."""

    address: str
    key: str
    process: subprocess.Popen[bytes]
    database: Database

    def cpu_seconds(self) -> float:
        """What the process has used of the processors so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def request(self, draw: random.Random, number: int) -> str:
        """A resident's request by the API, in English; its number as shown."""
        told = a_request(draw, number) | {"language": "English", "phone": f"502555{number:04d}"}
        answer = httpx.post(
            f"{self.address}/api/on-demand/requests",
            json=told,
            headers={"Authorization": f"Bearer {self.key}"},
            timeout=ANSWER_SECONDS,
        )
        answer.raise_for_status()
        return str(answer.json()["referral"])


@contextmanager
def serving(people: Any, agents: int) -> Iterator[tuple[Product, int]]:
    """The product with agents whose chats are linked; the number of their first chat as well."""
    folder = Path(tempfile.mkdtemp(prefix="psl-bench-", dir=os.environ.get("PSL_BENCH_DIR")))
    database = Database(f"sqlite:///{folder / 'psl.db'}")
    database.upgrade()
    first = people.agents(agents)
    add_agents(database, agents)
    now = datetime.now(UTC)
    with database.transaction() as session:
        number = cast(ChatLink.agent_id + (first - 1), String)
        session.execute(update(ChatLink).values(chat="telegram:" + number))
        session.execute(update(Duty).values(opens_at=now - timedelta(hours=1)))
    analyse(database)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    api, token = people.door()
    key = secrets.token_hex(16)
    told = {
        "PSL_DATA_DIR": str(folder), "PSL_PORT": str(port), "PSL_API_KEY": key,
        "PSL_TELEGRAM_TOKEN": token, "PSL_TELEGRAM_API_URL": api, "PSL_DISPATCH": "mass only",
        "PSL_MESSAGES_PER_MINUTE": "1000000", "PSL_LOG_LEVEL": "ERROR",
        "RASA_TELEMETRY_ENABLED": "false",
    }  # fmt: skip
    # Of this shell's settings only these count; in another folder there is no .env.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PSL_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "bot.cli", "serve"], cwd=folder, env=kept | told
    )
    try:
        people.greeted()
        yield Product(f"http://127.0.0.1:{port}", key, process, database), first
    finally:
        process.terminate()
        process.wait()
        database.close()
        shutil.rmtree(folder)


# What is measured ---------------------------------------------------------------------------------


def quantiles(values: Sequence[float]) -> tuple[float, float]:
    """Median and 99th percentile."""
    ordered = sorted(values)
    return statistics.median(ordered), ordered[min(int(len(ordered) * 0.99), len(ordered) - 1)]


def mass(product: Product, people: Any, first: int, agents: int, quiet_seconds: float) -> None:
    """Two Mass referrals to everybody, the second right after the first; questions meanwhile."""
    people.set_flood(True)
    quiet = people.ask(ASKING, quiet_seconds)
    draw = random.Random(5)
    with ThreadPoolExecutor(1) as beside:
        # As long as the offers take at Telegram's pace.
        asking = beside.submit(people.ask, ASKING, 2 * agents / 25)
        numbers = [product.request(draw, 1)]
        # The second only after the first was written for all: then it is due later in each chat.
        while len(_written(product.database, numbers[0])) < agents:
            time.sleep(0.2)
        numbers.append(product.request(draw, 2))
        busy = asking.result()
    shown = _all_shown(people, first, 2 * agents)
    refused, broken = people.refused()
    people.set_flood(False)

    one, two = (
        sorted((at, chat - first + 1) for chat, number, at in shown if number == wanted)
        for wanted in numbers
    )
    span = one[-1][0] - one[0][0]
    print(f"  {len(one):,} offers of a Mass referral in {agents:,} chats: {len(one) / span:.1f}/s")
    print(f"  refused as too fast (429): {refused}; against the documentation: {broken}")
    drawn = _written(product.database, numbers[0])
    late = [at - drawn[agent][0] for at, agent in one]
    middle, worst = quantiles(late)
    print(f"  due to shown: p50 {middle:.1f} s, p99 {worst:.1f} s, max {max(late):.1f} s")
    print(f"  pairs of agents out of the order that was drawn: {_inverted(one, drawn):.2%}")
    when = dict((agent, at) for at, agent in one)
    kept = sum(when[agent] < at for at, agent in two)
    print(f"  chats that show the second referral after the first: {kept:,} of {len(two):,}")
    for name, took in (("alone", quiet), ("during the offers", busy)):
        middle, worst = quantiles(took)
        print(
            f"  a question {name}: p50 {middle * 1e3:.0f} ms, p99 {worst * 1e3:.0f} ms "
            f"({len(took)} questions of {ASKING} people)"
        )


def _all_shown(people: Any, first: int, count: int) -> list[tuple[int, str, float]]:
    """The offers, once there are so many, or no more come."""
    shown: list[tuple[int, str, float]] = []
    still = 0
    while len(shown) < count and still < 10:
        before = len(shown)
        time.sleep(1)
        shown = people.offers(first)
        still = still + 1 if len(shown) == before else 0
    return shown


def _written(database: Database, number: str) -> dict[int, tuple[float, int]]:
    """When each agent's offer was due, and its place among those that were drawn with it."""
    with database.reading() as session:
        rows = session.execute(
            select(Offer.agent_id, Offer.position, Notice.due_at)
            .join(Referral, Referral.id == Offer.referral_id)
            .join(Notice, Notice.key == "offer:" + cast(Offer.id, String))
            .where(Referral.number == number[2:].replace("-", ""))
        ).all()
    return {agent: (at.timestamp(), position) for agent, position, at in rows}


def _inverted(shown: Sequence[tuple[float, int]], drawn: dict[int, tuple[float, int]]) -> float:
    """The share of pairs of which the later drawn one was shown earlier."""
    order = [drawn[agent] for _, agent in shown]
    pairs = len(order) * (len(order) - 1) // 2
    return sum(a > b for n, a in enumerate(order) for b in order[n + 1 :]) / max(pairs, 1)


def beside_rest(product: Product, people: Any, rounds: int) -> None:
    """The same conversations over both channels in turn."""
    rates: dict[str, list[float]] = {"rest": [], "telegram": []}
    cpu: dict[str, list[float]] = {"rest": [], "telegram": []}
    for number in range(rounds + 1):
        for channel in rates:
            used = product.cpu_seconds()
            over_rest = channel == "rest"
            rate = _over_rest(product, number) if over_rest else people.talk(CHATS, MESSAGES)
            if number:
                # The first round warms up.
                rates[channel].append(rate)
                cpu[channel].append((product.cpu_seconds() - used) / CHATS / len(MESSAGES))
    for channel in rates:
        print(
            f"  {channel:>8}: {statistics.median(rates[channel]):5.1f} messages/s, "
            f"{statistics.median(cpu[channel]) * 1e3:5.1f} ms of a processor each"
        )
    rate, used = (
        statistics.median(figures["telegram"]) / statistics.median(figures["rest"])
        for figures in (rates, cpu)
    )
    print(f"  telegram beside rest: {rate:.2f} x the messages, {used:.2f} x the processor's time")


def _over_rest(product: Product, number: int) -> float:
    def talking(sender: str) -> None:
        with httpx.Client(
            headers={"Authorization": f"Bearer {product.key}"}, timeout=ANSWER_SECONDS
        ) as client:
            for message in MESSAGES:
                told = {"sender": sender, "message": message}
                client.post(
                    f"{product.address}/webhooks/rest/webhook", json=told
                ).raise_for_status()

    started = time.monotonic()
    with ThreadPoolExecutor(CHATS) as threads:
        list(threads.map(talking, [f"bench-{number}-{n}" for n in range(CHATS)]))
    return CHATS * len(MESSAGES) / (time.monotonic() - started)


def main() -> None:
    """All measurements; ``--small`` for a quick look."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a tenth of the agents")
    small = parser.parse_args().small
    agents = 100 if small else 1000
    print(f"telegram: {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with _Manager(ctx=get_context("spawn")) as manager:
        people = manager.people()  # type: ignore[attr-defined]
        with serving(people, agents) as (product, first):
            mass(product, people, first, agents, 5 if small else 20)
            print(f"the same {len(MESSAGES)} messages in {CHATS} chats at once, flood control off:")
            beside_rest(product, people, 1 if small else 5)


if __name__ == "__main__":
    main()
