"""The whole product in a process of its own, on Telegram, and who runs it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import select, update

from psl.agents.availability import WeeklyHours
from psl.notices import Notice
from psl.numbers import REFERRALS
from psl.referrals.models import Referral, Stage
from psl.services import Services, build_services
from psl.settings import Settings
from tests.accept import Stack as Server
from tests.telegram.bot_api import BotApi
from tests.telegram.chats import Shown
from tests.telegram.people import User

REQUESTS = "/api/on-demand/requests"
SECONDS = 20.0


@dataclass
class Person:
    """An agent, or a guest, with a chat; acts and looks as people do."""

    user: User
    agent_id: int = 0

    @property
    def chat(self) -> str:
        """The conversation's name in the records."""
        return f"telegram:{self.user.id}"

    def sees(self, pattern: str, after: Shown | int = 0) -> Shown:
        """The latest message that says so, as soon as there is one."""
        return self.user.shows(pattern, SECONDS, after)

    def says(self, text: str, pattern: str) -> Shown:
        """Type something; the answer that says so."""
        return self.sees(pattern, self.user.say(text)["message"]["message_id"])

    def presses(self, message: Shown, title: str, pattern: str) -> Shown:
        """Press a button; the answer that says so."""
        last = self.user.last
        self.user.press(message, title)
        return self.sees(pattern, last)

    def sees_change(self, message: Shown, pattern: str, titles: list[str] | None = None) -> Shown:
        """A message once it says so, with just these buttons; by default with none."""
        wanted = re.compile(pattern, re.IGNORECASE)

        def changed(shown: list[Shown]) -> bool:
            now = next(m for m in shown if m.id == message.id)
            return bool(wanted.search(now.text)) and now.titles == (titles or [])

        self.user.wait(changed, SECONDS)
        return self.user.message(message.id)

    @property
    def everything(self) -> str:
        """All that the bot told in this chat, also what it changed since."""
        shown = self.user.messages(deleted=True)
        return "\n".join(text for m in shown for text in (*m.versions, m.text))


@dataclass
class Assistant:
    """`psl up` on a Bot API server, started, stopped and killed at will; its records stay."""

    api: BotApi
    data: Path
    logged: str = ""
    people: list[Person] = field(default_factory=list)
    _phones: Iterator[int] = field(default_factory=lambda: itertools.count(100))
    _server: Server | None = None
    _told: dict[str, str] = field(default_factory=dict)
    _services: Services | None = None

    # Running ----------------------------------------------------------------------------------

    def runs(self, settings: Mapping[str, str] | None = None) -> None:
        """Have it run with these settings, by PSL_ names; as it is if it does already."""
        told = {**(settings or {})}
        if self._server is not None and told == self._told:
            return
        self.stop()
        environment = {
            "PSL_TELEGRAM_TOKEN": self.api.token,
            "PSL_TELEGRAM_API_URL": self.api.address,
            "PSL_LOG_LEVEL": "DEBUG",
            **told,
        }
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            polls = self.api.polls
            self._server = Server(self.data)
        self._told = told
        assert self.api.until(lambda: self.api.polls > polls, SECONDS), "it does not poll"

    def stop(self) -> None:
        """End it as an operator does."""
        if self._server is not None:
            self._server.stop()
            self._ended()

    def kill(self) -> None:
        """End it at this instant."""
        assert self._server is not None
        self._server.process.kill()
        self._server.process.wait()
        self._ended()

    def _ended(self) -> None:
        assert self._server is not None
        self._server.http.close()
        self.logged += self._server.log.read_text()
        self._server = None

    def close(self) -> None:
        """Stop it, and leave its records."""
        self.stop()
        if self._services is not None:
            self._services.database.close()

    @property
    def log(self) -> str:
        """All that it logged so far."""
        return self.logged + (self._server.log.read_text() if self._server else "")

    # People -----------------------------------------------------------------------------------

    def guest(self, name: str) -> Person:
        """Somebody who never wrote to the bot."""
        person = Person(self.api.user(name))
        self.people.append(person)
        return person

    def agent(self, name: str, doi_number: str, *, registered: bool = True) -> Person:
        """An agent of the demo roster whose chat was linked by a deep link.

        ``registered``: round the clock, or not at all.
        """
        person = self.guest(name)
        agent = self.records.roster.by_doi_number(doi_number)
        person.agent_id = agent.id
        registrations = self.records.registrations
        if registered:
            registrations.agree(agent.id)
            registrations.set_contact(agent.id, "phone")
            registrations.draft_hours(agent.id, WeeklyHours.always(), "America/New_York")
            registrations.save(agent.id)
        elif registrations.of(agent.id).registered:
            registrations.leave(agent.id)
        person.user.start(self.link_code(doi_number))
        person.sees("Linked. You are")
        self.api.drained(SECONDS)
        return person

    def link_code(self, doi_number: str) -> str:
        """A code from the operator."""
        return self.records.roster.issue_code(doi_number)

    def request(self, **told: str) -> str:
        """A resident asks over the API; the referral's number as shown."""
        asked = {
            "first_name": "Maria",
            "last_name": "Lopez",
            "phone": f"502-555-{next(self._phones):04d}",
            "preferred_contact": "phone",
            "zip": "40202",
            **told,
        }
        assert self._server is not None
        answer = self._server.http.post(REQUESTS, json=asked)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["referral"])

    def settle(self) -> None:
        """The end of a story: nobody is linked, nothing is open, nothing goes wrong."""
        with self.records.database.reading() as session:
            open_ = session.scalars(select(Referral.number).where(Referral.stage != Stage.CLOSED))
            numbers = list(open_)
        for number in numbers:
            self.records.referrals.cancel(number)
        for person in self.people:
            self.records.roster.unlink(person.chat, by_operator=True)
        self.people.clear()
        self.api.heal()
        # Whoever reads the file of a database that is open in the same process takes its locks off.
        self.records.database.close()

    # Records ----------------------------------------------------------------------------------

    @property
    def records(self) -> Services:
        """The same records, as the operator's commands have them."""
        if self._services is None:
            self._services = build_services(Settings(_env_file=None, data_dir=self.data))
        return self._services

    def referral(self, shown: str) -> Referral:
        """How a referral stands."""
        return self.records.referrals.by_number(REFERRALS.read(shown) or "")

    def notices(self, person: Person, prefix: str) -> list[Notice]:
        """What is in the outbox for a chat."""
        with self.records.database.reading() as session:
            which = (Notice.chat == person.chat, Notice.key.startswith(prefix))
            return list(session.scalars(select(Notice).where(*which).order_by(Notice.id)))

    def end_leases(self, person: Person) -> None:
        """The minute is over for which a worker that vanished holds a chat's notices."""
        with self.records.database.transaction() as session:
            now = self.records.database.now(session)
            session.execute(
                update(Notice).where(Notice.chat == person.chat).values(claimed_until=now)
            )
