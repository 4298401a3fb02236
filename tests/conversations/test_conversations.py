"""Whole conversations through the real model, real actions and a real database.

Each YAML file beside this one holds conversations of one kind: happy paths, corrections,
cancellations, digressions, invalid input, guards.

    - id: ticket_corrected
      as: agent            # guest | agent | delegate | registered | de-registered
      turns:
        - say: "..."       # or press: "title of a button just offered"; or link: agent | registered
          expect: [regular expressions, all found in the reply, ignoring case]
          never: [regular expressions, none found]
        - request: {zip: "40507"}    # by a resident, to this agent; `mass: true` for a Mass referral
        - notices: now               # what was pushed since; expect, never, press as after a reply

`{1}` in a text is the number of the first referral requested, `{2}` of the second.
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.brain import Reply
from psl.agents.models import Agent
from psl.errors import IllegalMove
from psl.numbers import REFERRALS
from tests.stack import Stack

HERE = Path(__file__).parent
CONVERSATIONS = [
    pytest.param(entry, id=f"{path.stem}-{entry['id']}")
    for path in sorted(HERE.glob("*.yml"))
    for entry in yaml.safe_load(path.read_text(encoding="utf-8"))
]


async def prepare(stack: Stack, chat: str, who: str) -> None:
    """Make the chat that of a guest or of somebody linked."""
    if who == "guest":
        return
    agent = somebody(stack, who)
    await stack.brain.handle(chat, f"link {stack.services.roster.issue_code(agent.doi_number)}")


def somebody(stack: Stack, who: str) -> Agent:
    """A new agent or delegate, registered for On Demand if it says so."""
    agent = stack.new_agent("Delegate" if who == "delegate" else "Agent")
    if who in {"registered", "de-registered"}:
        stack.register(agent)
    if who == "de-registered":
        stack.services.registrations.deregister(agent.id, "referrals missed in a row")
    return agent


class Talk:
    """One conversation as far as it went."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.chat = stack.new_chat()
        self.offered: dict[str, str] = {}
        self.referrals: list[str] = []

    async def answer(self, turn: dict[str, Any], label: str) -> list[Reply]:
        """Do a turn; what was said to it."""
        if "notices" in turn:
            return self.stack.take_notices(self.chat)
        if "press" in turn:
            title = self.filled(turn["press"])
            assert title in self.offered, f"{label}: no button {title} in {list(self.offered)}"
            return await self.stack.brain.handle(self.chat, self.offered[title])
        sent = str(turn["say"]) if "say" in turn else self._code(turn["link"])
        return await self.stack.brain.handle(self.chat, self.filled(sent))

    def _code(self, who: str) -> str:
        roster = self.stack.services.roster
        return f"link {roster.issue_code(somebody(self.stack, who).doi_number)}"

    def request(self, **asked: Any) -> None:
        """A resident asks; the referral is put to the agent of this chat."""
        self.stack.only(self.stack.services.owner(self.chat).agent_id or 0)
        self.referrals.append(REFERRALS.shown(self.stack.request(**asked).number))

    def filled(self, text: str) -> str:
        for number, referral in enumerate(self.referrals, 1):
            text = text.replace(f"{{{number}}}", referral)
        return text

    def close(self) -> None:
        """Nobody waits for an agent any more."""
        for referral in self.referrals:
            with contextlib.suppress(IllegalMove):
                self.stack.services.referrals.cancel(referral[2:].replace("-", ""))


@pytest.mark.parametrize("conversation", CONVERSATIONS)
async def test_conversation(conversation: dict[str, Any], stack: Stack) -> None:
    talk = Talk(stack)
    await prepare(stack, talk.chat, conversation["as"])
    try:
        for number, turn in enumerate(conversation["turns"], 1):
            if "request" in turn:
                talk.request(**turn["request"])
                continue
            await _turn(talk, turn, f"turn {number}, {turn.get('say') or turn.get('press')!r}")
    finally:
        talk.close()


async def _turn(talk: Talk, turn: dict[str, Any], label: str) -> None:
    replies = await talk.answer(turn, label)
    text = "\n".join(reply.text for reply in replies)
    talk.offered = {title: token for reply in replies for title, token in reply.buttons}
    told = f"{label} was answered:\n{text}"
    for pattern in map(talk.filled, turn.get("expect", [])):
        assert re.search(pattern, text, re.IGNORECASE), f"{pattern} is missing. {told}"
    for pattern in map(talk.filled, turn.get("never", [])):
        assert not re.search(pattern, text, re.IGNORECASE), f"{pattern} must not be there. {told}"
    for title in map(talk.filled, turn.get("buttons", [])):
        assert title in talk.offered, f"no button {title}. {told}\n{list(talk.offered)}"
