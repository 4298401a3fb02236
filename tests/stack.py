"""The real assistant for tests: trained model, real actions, a database of its own."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from pathlib import Path

from bot.app import build_brain
from bot.brain import Brain, Reply
from psl.agents.availability import WeeklyHours
from psl.agents.models import Agent
from psl.agents.rules import COLUMNS
from psl.referrals.intake import Request
from psl.referrals.models import Referral
from psl.referrals.sweep import Sweeper
from psl.services import Services
from psl.settings import Settings


@dataclass
class Stack:
    """One assistant, and chats that do not disturb each other."""

    brain: Brain
    services: Services
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def new_chat(self, channel: str = "test") -> str:
        """A chat nobody used yet."""
        return f"{channel}:{next(self._numbers)}"

    async def link(self, chat: str, role: str = "Agent") -> Agent:
        """Link the chat to a new agent, eligible unless a delegate, by a real code."""
        agent = self.new_agent(role)
        await self.brain.handle(chat, f"link {self.services.roster.issue_code(agent.doi_number)}")
        return agent

    def new_agent(self, role: str = "Agent") -> Agent:
        """Somebody new on the roster, in Louisville."""
        number = next(self._numbers)
        row = ",".join(
            [
                f"88{number:04d}", f"19{number:06d}", f"Test Agent {number}", "Test Agency", role,
                f"agent{number}@example.org", "502-555-0100", "40202", "English", "true", "2028-03-31",
                "2026-09-01", "2026-09-01",
            ]
        )  # fmt: skip
        self.services.roster.import_csv(f"{','.join(COLUMNS)}\n{row}\n")
        return self.services.roster.by_doi_number(f"88{number:04d}")

    def register(self, agent: Agent) -> None:
        """Register the agent for On Demand, round the clock in Eastern Time, reached by phone."""
        registrations = self.services.registrations
        registrations.agree(agent.id)
        registrations.set_contact(agent.id, "phone")
        registrations.draft_hours(agent.id, WeeklyHours.always(), "America/New_York")
        registrations.save(agent.id)

    def only(self, agent_id: int) -> None:
        """Everybody else leaves On Demand: referrals come to this agent, Spanish ones too."""
        registrations = self.services.registrations
        for other in registrations.registered() - {agent_id}:
            registrations.leave(other)
        registrations.set_languages(agent_id, add=["Spanish"])

    def request(self, mass: bool = False, **told: str) -> Referral:
        """A resident's request, put to the registered agents: General, or Mass."""
        number = next(self._numbers)
        asked = {
            "first_name": "Maria",
            "last_name": "Lopez",
            "phone": f"502-555-{number % 10000:04d}",
            "email": f"maria{number}@example.org",
            "preferred_contact": "phone",
            "zip": "40202",
            "language": "English",
            **told,
        }
        referral = self.services.referrals.request(Request.model_validate(asked)).referral
        self.sweep(**({"dispatch": "mass only"} if mass else {}))
        return referral

    def sweep(self, **settings: object) -> None:
        """What the engine does when something falls due; ``settings`` differ for this once."""
        changed = self.services.settings.model_copy(update=settings)
        Sweeper(self.services.database, changed).sweep_all()

    def take_notices(self, chat: str) -> list[Reply]:
        """What was pushed to the chat, as its channel shows it; it counts as delivered."""
        notices = self.services.notices
        claimed = notices.claim(chat.split(":", 1)[0], chats=[chat])
        replies = [self.brain.reply_of(notice) for notice in claimed.notices]
        for notice in claimed.notices:
            notices.delivered(claimed.token, notice.id)
        return replies

    async def say(self, chat: str, text: str) -> str:
        """Send a message; the reply's text."""
        return "\n".join(reply.text for reply in await self.brain.handle(chat, text))

    async def press(self, chat: str, replies: list[Reply], title: str) -> list[Reply]:
        """Press a button of these replies."""
        tokens = {t: token for reply in replies for t, token in reply.buttons}
        return await self.brain.handle(chat, tokens[title])


def build_stack(folder: Path) -> Stack:
    """A stack whose data lie in ``folder``."""
    brain, services = build_brain(Settings(data_dir=folder, messages_per_minute=100_000))
    return Stack(brain, services)
