"""The real assistant for tests: trained model, real actions, a database of its own."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from pathlib import Path

from bot.app import build_brain
from bot.brain import Brain, Reply
from psl.agents.models import Agent
from psl.agents.rules import COLUMNS
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

    async def link(self, chat: str) -> Agent:
        """Link the chat to a new eligible agent, by a real code."""
        number = next(self._numbers)
        row = ",".join(
            [
                f"88{number:04d}", f"19{number:06d}", f"Test Agent {number}", "Test Agency", "Agent",
                f"agent{number}@example.org", "502-555-0100", "40202", "English", "true", "2028-03-31",
                "2026-09-01", "2026-09-01",
            ]
        )  # fmt: skip
        self.services.roster.import_csv(f"{','.join(COLUMNS)}\n{row}\n")
        agent = self.services.roster.by_doi_number(f"88{number:04d}")
        await self.brain.handle(chat, f"link {self.services.roster.issue_code(agent.doi_number)}")
        return agent

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
