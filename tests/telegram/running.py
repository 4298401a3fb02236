"""A running Telegram channel for tests, and people who use it without blocking it."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable

from pydantic import SecretStr
from sqlalchemy import select

from bot.channels.telegram.channel import Channel
from bot.channels.telegram.webhook import Secrets
from psl.agents.models import ChatLink
from psl.notices import Notice
from psl.referrals.models import Referral, Stage
from tests.stack import Stack
from tests.telegram.bot_api import BotApi
from tests.telegram.chats import Shown
from tests.telegram.people import User

SECONDS = 20.0


class Bot:
    """The channel with the real assistant behind it."""

    def __init__(self, api: BotApi, stack: Stack, **settings: object) -> None:
        self.api = api
        self.stack = stack
        told = {"telegram_token": SecretStr(api.token), "telegram_api_url": api.address}
        changed = stack.services.settings.model_copy(update={**told, **settings})
        self.services = dataclasses.replace(stack.services, settings=changed)
        self.channel: Channel | None = None

    async def start(self) -> None:
        self.channel = Channel(self.stack.brain, self.services, Secrets(b"key", self.api.token))
        await self.channel.start()

    async def stop(self) -> None:
        if self.channel is not None:
            await self.channel.stop()
            self.channel = None

    # People -----------------------------------------------------------------------------------

    async def person(self, name: str = "Robin") -> User:
        """A guest who has begun to talk to the bot."""
        user = self.api.user(name)
        user.start()
        await self.shows(user, "PSL")
        await self.drained()
        return user

    async def agent(
        self, name: str = "Robin", *, of: int = 0, alone: bool = True
    ) -> tuple[User, int]:
        """A registered agent's linked chat, by a deep link; ``of`` an agent who is there already."""
        user = self.api.user(name)
        agents = {a.id: a for a in self.services.roster.agents()}
        agent = agents[of] if of else self.stack.new_agent()
        user.start(self.services.roster.issue_code(agent.doi_number))
        await self.shows(user, "linked")
        await self.drained()
        if not of:
            self.stack.register(agent)
            if alone:
                self.stack.only(agent.id)
        return user, agent.id

    def chat(self, user: User) -> str:
        return f"telegram:{user.id}"

    # Waiting ----------------------------------------------------------------------------------

    async def shows(self, user: User, pattern: str, after: Shown | int = 0) -> Shown:
        return await asyncio.to_thread(user.shows, pattern, SECONDS, after)

    async def until(self, holds: Callable[[], object], seconds: float = SECONDS) -> None:
        assert await asyncio.to_thread(self.api.until, holds, seconds), "it did not happen"

    async def drained(self) -> None:
        """Every update is handled."""
        await asyncio.to_thread(self.api.drained, SECONDS)

    async def answers(self, user: User, text: str) -> Shown:
        """What a message is answered, the last of it."""
        before = user.messages()
        user.say(text)
        await self.drained()
        shown = user.messages()
        assert len(shown) > len(before), f"no answer to {text!r}"
        return shown[-1]

    async def now_shows(self, message: Shown, user: User, pattern: str) -> Shown:
        """The message, once it says so."""
        await asyncio.to_thread(
            user.wait,
            lambda shown: any(m.id == message.id and pattern in m.text for m in shown),
            SECONDS,
        )
        return user.message(message.id)

    # Records ----------------------------------------------------------------------------------

    def notices(self, user: User, prefix: str = "") -> list[Notice]:
        with self.services.database.reading() as session:
            return list(
                session.scalars(
                    select(Notice)
                    .where(Notice.chat == self.chat(user), Notice.key.startswith(prefix))
                    .order_by(Notice.id)
                )
            )

    async def noticed(self, user: User, prefix: str, what: Callable[[Notice], object]) -> Notice:
        """A notice of which something holds, as soon as it does."""
        for _ in range(int(SECONDS / 0.05)):
            found = [n for n in self.notices(user, prefix) if what(n)]
            if found:
                return found[0]
            await asyncio.sleep(0.05)
        raise AssertionError(
            f"no such notice among {[vars(n) for n in self.notices(user, prefix)]}"
        )

    def cancel_all(self) -> None:
        """No referral is left for the next test."""
        with self.services.database.reading() as session:
            open_ = session.scalars(
                select(Referral.number).where(Referral.stage != Stage.CLOSED)
            ).all()
        for number in open_:
            self.services.referrals.cancel(number)

    def unreachable(self, user: User) -> str:
        with self.services.database.reading() as session:
            link = session.get(ChatLink, self.chat(user))
            return link.unreachable_why if link is not None and link.unreachable_at else ""
